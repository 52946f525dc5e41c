package settings

import (
	"os"
	"path/filepath"
)

// maxSocketPath is the size of sun_path in <sys/un.h>, less its closing zero.
const maxSocketPath = 103

func platformDir() (string, error) {
	home, err := os.UserHomeDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(home, "Library", "Application Support", "VPNStatus"), nil
}

func platformSocketDir() (string, error) { return platformDir() }
