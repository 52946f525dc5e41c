//go:build !darwin

package settings

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/adrg/xdg"
)

// maxSocketPath is the size of sun_path in <sys/un.h>, less its closing zero.
const maxSocketPath = 107

func platformDir() (string, error) {
	if os.Getenv("HOME") == "" && os.Getenv("XDG_CONFIG_HOME") == "" { // the library would take / for the home
		return "", errors.New("neither HOME nor XDG_CONFIG_HOME is set")
	}
	xdg.Reload() // the environment may have been set since the program started
	return filepath.Join(xdg.ConfigHome, "vpnstatus"), nil
}

// platformSocketDir goes by the variable alone: the library would fall back to
// a directory that does not exist on machines without a log-in manager.
func platformSocketDir() (string, error) {
	if dir := os.Getenv("XDG_RUNTIME_DIR"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "vpnstatus"), nil
	}
	return filepath.Join(os.TempDir(), fmt.Sprintf("vpnstatus-%d", os.Getuid())), nil
}
