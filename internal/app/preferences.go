package app

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"vpnstatus/internal/autoconnect"
	"vpnstatus/internal/control"
	"vpnstatus/internal/engine"
	"vpnstatus/internal/menubar/preferences"
	"vpnstatus/internal/settings"
	"vpnstatus/internal/vpn"
)

// preferencesDesk is what the settings window of a screen needs: of this process,
// or of a running app. Its functions may be called from any goroutine.
type preferencesDesk struct {
	config Config
	store  *settings.Store // the file, read here in either case

	// apply makes a change and returns the settings then in force.
	apply   func(context.Context, preferences.Change) (settings.Settings, error)
	update  func(context.Context, func(*settings.Settings)) error
	explain func(context.Context, vpn.ID) (autoconnect.Explanation, error)

	// found is what could be taken over from another app; read once, when the
	// window opens for the first time.
	found func() *settings.Import
}

func localDesk(c Config, e *engine.Engine, store *settings.Store) preferencesDesk {
	return preferencesDesk{
		config: c, store: store, explain: e.Explain, found: sync.OnceValue(findImport),
		apply: func(_ context.Context, change preferences.Change) (settings.Settings, error) {
			err := preferences.Keep(store, change)
			return store.Current(), err
		},
		update: func(_ context.Context, change func(*settings.Settings)) error { return store.Update(change) },
	}
}

// remoteDesk changes the settings through the app, which then says what is in
// force.
func remoteDesk(c Config, client *control.Client, store *settings.Store) preferencesDesk {
	return preferencesDesk{
		config: c, store: store, explain: client.Explain, found: sync.OnceValue(findImport),
		apply: func(ctx context.Context, change preferences.Change) (settings.Settings, error) {
			return preferences.KeepRemote(ctx, client, change)
		},
		update: func(ctx context.Context, change func(*settings.Settings)) error {
			_, err := preferences.UpdateRemote(ctx, client, func(s *settings.Settings) error { change(s); return nil })
			return err
		},
	}
}

// env is what the window says beside the settings.
func (d preferencesDesk) env() preferences.Env {
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

// takeOver takes over the settings of another app.
func (d preferencesDesk) takeOver(ctx context.Context) error {
	if i := d.found(); i != nil {
		return d.update(ctx, i.Apply)
	}
	return nil
}

// tilde shortens a path below the home directory, for people.
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
