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
	"vpnstatus/internal/update"
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
		Forced: d.store.Forced(), Problems: d.store.Problems(),
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

// gathered returns env with what each rule says now and the program's links, for
// a screen that shows them.
func (d preferencesDesk) gathered(s stage) func(context.Context) preferences.Env {
	return func(ctx context.Context) preferences.Env {
		env := d.env()
		if update.Repository != "" {
			env.Links = []preferences.Link{{Title: "Website", URL: "https://github.com/" + update.Repository}}
		}
		env.Explain = map[vpn.ID]autoconnect.Explanation{}
		for _, id := range preferences.Explained(s.source.Latest(), s.settings()) {
			x, err := d.explain(ctx, id)
			if err != nil {
				continue // a service that has gone meanwhile; the rules say nothing then
			}
			env.Explain[id] = x
		}
		return env
	}
}

// hooksDir returns the folder of the person's scripts, made if need be: those
// that others may write to are not run.
func (d preferencesDesk) hooksDir() (string, error) {
	dir, err := d.config.in("hooks")
	if err != nil {
		return "", err
	}
	for _, sub := range []string{"connected.d", "disconnected.d", "failed.d", "network-changed.d"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o700); err != nil {
			return "", err
		}
	}
	return dir, nil
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
