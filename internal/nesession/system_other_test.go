//go:build !darwin

package nesession

import (
	"errors"
	"testing"

	"vpnstatus/internal/vpn"
)

func TestOffMacOSThereIsNoLibrary(t *testing.T) {
	_, err := System()
	var u *vpn.UnavailableError
	if !errors.As(err, &u) {
		t.Errorf("err = %v", err)
	}
	if _, _, err := SystemNames(); !errors.As(err, &u) {
		t.Errorf("err = %v", err)
	}
}
