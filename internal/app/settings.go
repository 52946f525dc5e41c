package app

import (
	"errors"
	"log/slog"

	"vpnstatus/internal/settings"
)

// readSettings returns what the settings file says. The error names what is
// wrong with the file; the settings can be used all the same.
func readSettings(c Config) (settings.Settings, error) {
	path, err := c.SettingsPath()
	if err != nil {
		return settings.Default(), err
	}
	store, err := settings.Open(path, slog.New(slog.DiscardHandler))
	if err != nil {
		return settings.Default(), err
	}
	var wrong []error
	for _, p := range store.Problems() {
		wrong = append(wrong, errors.New(p.String()))
	}
	return store.Current(), errors.Join(wrong...)
}
