//go:build !darwin

package neconfig

import "testing"

func TestOffMacOSThereIsNoManager(t *testing.T) {
	if _, err := System(); err == nil {
		t.Error("there is one")
	}
}
