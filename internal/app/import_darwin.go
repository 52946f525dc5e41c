package app

import (
	"vpnstatus/internal/macos"
	"vpnstatus/internal/settings"
)

// timacValues asks the system rather than read the file, which may be older:
// macOS keeps preferences in memory.
func timacValues() (map[string]any, error) { return macos.Preferences(settings.TimacDomain) }
