package settings

import (
	"fmt"
	"os"
	"path/filepath"
)

// HomeVariable names the environment variable that puts all files of
// VPNStatus, and its socket, into one directory. Tests and portable
// installations use it.
const HomeVariable = "VPNSTATUS_HOME"

// FileName is the name of the settings file in DefaultDir.
const FileName = "settings.json"

const socketName = "control.sock"

// DefaultDir returns the directory of the settings, the hooks and the log:
// $VPNSTATUS_HOME when set, else ~/Library/Application Support/VPNStatus on
// macOS and vpnstatus in the XDG configuration directory elsewhere. It need not
// exist.
func DefaultDir() (string, error) {
	if home := os.Getenv(HomeVariable); home != "" {
		return absolute(home)
	}
	dir, err := platformDir()
	if err != nil {
		return "", fmt.Errorf("finding the settings directory: %w", err)
	}
	return dir, nil
}

// SocketPath returns where the running program listens: in $VPNSTATUS_HOME when
// set, else next to the settings on macOS and in $XDG_RUNTIME_DIR/vpnstatus
// elsewhere, or in a directory of the user's own in the temporary directory
// when there is none; sub, which may be empty, is a folder there. It is an error if
// the path is too long for a socket.
func SocketPath(sub string) (string, error) {
	dir := os.Getenv(HomeVariable)
	var err error
	if dir != "" {
		dir, err = absolute(dir)
	} else {
		dir, err = platformSocketDir()
	}
	if err != nil {
		return "", fmt.Errorf("finding the socket's directory: %w", err)
	}
	path := filepath.Join(dir, sub, socketName)
	if len(path) > maxSocketPath {
		return "", fmt.Errorf("the socket's path %q has %d bytes, more than the %d a socket may have: set %s to a shorter one", path, len(path), maxSocketPath, HomeVariable)
	}
	return path, nil
}

func absolute(dir string) (string, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("%s: %w", HomeVariable, err)
	}
	return abs, nil
}
