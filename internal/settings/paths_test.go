package settings

import (
	"path/filepath"
	"strings"
	"testing"
)

func TestPathsFollowTheEnvironment(t *testing.T) {
	t.Run("everything is in VPNSTATUS_HOME", func(t *testing.T) {
		const dir = "/some/where" // t.TempDir is too long for a socket on macOS
		t.Setenv(HomeVariable, dir)
		if got, err := DefaultDir(); err != nil || got != dir {
			t.Errorf("%q, %v", got, err)
		}
		if got, err := SocketPath(""); err != nil || filepath.Dir(got) != dir {
			t.Errorf("%q, %v", got, err)
		}
	})
	t.Run("a relative one is made absolute", func(t *testing.T) {
		t.Setenv(HomeVariable, "x")
		if got, err := DefaultDir(); err != nil || !filepath.IsAbs(got) {
			t.Errorf("%q, %v", got, err)
		}
	})
	t.Run("without it, in the user's own directory", func(t *testing.T) {
		home := t.TempDir()
		t.Setenv(HomeVariable, "")
		t.Setenv("HOME", home)
		t.Setenv("XDG_CONFIG_HOME", "")
		if got, err := DefaultDir(); err != nil || !strings.HasPrefix(got, home) {
			t.Errorf("%q, %v", got, err)
		}
	})
	t.Run("a path too long for a socket is refused in words", func(t *testing.T) {
		t.Setenv(HomeVariable, "/"+strings.Repeat("long/", 40))
		if got, err := SocketPath(""); err == nil || !strings.Contains(err.Error(), HomeVariable) {
			t.Errorf("%q, %v", got, err)
		}
	})
}
