package app

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"vpnstatus/internal/autoconnect"
	"vpnstatus/internal/engine"
	"vpnstatus/internal/menubar/preferences"
	"vpnstatus/internal/settings"
	"vpnstatus/internal/vpn"
)

// settingsClient is what the settings window of a screen needs. Its methods may
// be called from any goroutine.
type settingsClient struct {
	config  Config
	store   *settings.Store
	explain func(context.Context, vpn.ID) (autoconnect.Explanation, error)

	// found is what can be imported from another app. It is read once, when
	// the window opens for the first time.
	found func() *settings.Import
}

func newSettingsClient(c Config, e *engine.Engine, store *settings.Store) settingsClient {
	return settingsClient{config: c, store: store, explain: e.Explain, found: sync.OnceValue(findImport)}
}

// env is what the window shows besides the settings.
func (d settingsClient) env() preferences.Env {
	env := preferences.Env{
		Problems:     d.store.Problems(),
		SettingsFile: tilde(d.store.Path()), Import: d.found(),
	}
	if path, err := d.config.LogPath(); err == nil {
		env.LogFile = tilde(path)
	}
	if path, err := d.config.in("hooks"); err == nil {
		env.HooksDir = tilde(path)
	}
	return env
}

// takeOver imports the settings of another app.
func (d settingsClient) takeOver() error {
	if i := d.found(); i != nil {
		return d.store.Update(i.Apply)
	}
	return nil
}

// tilde shortens a path below the home directory for display.
func tilde(path string) string {
	home, err := os.UserHomeDir()
	if err != nil || home == "" {
		return path
	}
	if rest, ok := strings.CutPrefix(path, home+string(filepath.Separator)); ok {
		return "~" + string(filepath.Separator) + rest
	}
	return path
}
