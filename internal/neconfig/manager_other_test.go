//go:build !darwin

package neconfig

import (
	"errors"
	"testing"

	"vpnstatus/internal/vpn"
)

func TestOffMacOSThereIsNoManager(t *testing.T) {
	_, err := System()
	var u *vpn.UnavailableError
	if !errors.As(err, &u) {
		t.Errorf("err = %v", err)
	}
}
