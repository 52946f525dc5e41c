//go:build !darwin

package nesession

import "testing"

func TestOffMacOSThereIsNoLibrary(t *testing.T) {
	if _, err := System(); err == nil {
		t.Error("there is one")
	}
}
