package app

import (
	"vpnstatus/internal/macos"
	"vpnstatus/internal/settings"
)

// timacValues asks the system, which keeps preferences in memory: the file may
// be older.
func timacValues() (map[string]any, error) { return macos.Preferences(settings.TimacDomain) }
