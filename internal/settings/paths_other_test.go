//go:build !darwin

package settings

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

func TestPathsFollowXDG(t *testing.T) {
	t.Setenv(HomeVariable, "")
	t.Setenv("XDG_CONFIG_HOME", "/etc/somewhere")
	if got, err := DefaultDir(); err != nil || got != "/etc/somewhere/vpnstatus" {
		t.Errorf("%q, %v", got, err)
	}
	t.Setenv("XDG_RUNTIME_DIR", "/run/user/501")
	if got, err := SocketPath(""); err != nil || got != "/run/user/501/vpnstatus/control.sock" {
		t.Errorf("%q, %v", got, err)
	}
	t.Setenv("XDG_RUNTIME_DIR", "")
	want := filepath.Join(os.TempDir(), fmt.Sprintf("vpnstatus-%d", os.Getuid()), "control.sock")
	if got, err := SocketPath(""); err != nil || got != want {
		t.Errorf("%q, %v", got, err)
	}
}
