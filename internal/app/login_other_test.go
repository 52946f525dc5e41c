//go:build !darwin

package app

import (
	"errors"
	"testing"
)

func TestLaunchAtLoginIsForTheMac(t *testing.T) {
	if _, err := Login(); !errors.Is(err, errOnlyMac) {
		t.Errorf("asking says %v", err)
	}
	if err := SetLogin(true); !errors.Is(err, errOnlyMac) {
		t.Errorf("turning it on says %v", err)
	}
}
