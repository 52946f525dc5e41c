package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"vpnstatus/internal/autoconnect"
	"vpnstatus/internal/hooks"
	"vpnstatus/internal/macos"
	"vpnstatus/internal/menubar"
	"vpnstatus/internal/menubar/appkit"
	"vpnstatus/internal/menubar/preferences"
	"vpnstatus/internal/update"
	"vpnstatus/internal/vpn"
)

func systemScreen() screen { return appKitScreen{} }

// appKitScreen is the menu in the menu bar.
type appKitScreen struct{}

func (appKitScreen) run(ctx context.Context, s screenDeps) error {
	env := menubar.Env{Version: s.version, Location: time.Local, Updates: update.Repository != ""}
	var view *appkit.Screen
	follow := &links{
		source: s.source,
		show:   func() { view.Show("") },
		ask:    func(question, detail, button string) bool { return view.Ask(ctx, question, detail, button) },
	}
	view = appkit.New(appkit.Options{
		Source:   s.source,
		Settings: s.settings,
		Env:      env,
		Login:    loginItem,
		Log:      s.log,
		Change: func(c preferences.Control, value string) error {
			return preferences.Apply(s.preferences.store, c, value)
		},
		Preferences: s.preferences.gathered(s),
		Act: func(ctx context.Context, a menubar.Action) error {
			switch a.App {
			case menubar.AppDiagnostics:
				return copyDiagnostics(ctx, s, view.Copy)
			case menubar.AppUpdate:
				r, err := update.Check(ctx, s.version, update.Options{})
				if err == nil {
					view.Say("VPNStatus "+s.version, r.Words())
				}
				return err
			}
			if a.App == menubar.AppLocationSettings && s.askLocation() {
				return nil
			}
			return act(ctx, a, s.preferences)
		},
		OpenURL: func(text string) {
			if err := follow.follow(ctx, text); err != nil {
				s.log.Warn("a link was not followed", "error", err)
				if !errors.Is(err, errAsking) {
					view.Say("The Link Was Not Followed", err.Error())
				}
			}
		},
		Shutdown: s.shutdown,
	})
	ended := make(chan struct{})
	defer close(ended)
	go func() {
		for {
			select {
			case id := <-s.show:
				view.Show(id)
			case <-ended:
				return
			}
		}
	}()
	return view.Run(ctx)
}

// loginItem is the state of the login item for the menu.
func loginItem() menubar.LoginItem {
	status, err := macos.Login()
	if err != nil {
		return menubar.LoginUnavailable
	}
	switch status {
	case macos.LoginEnabled:
		return menubar.LoginOn
	case macos.LoginRequiresApproval:
		return menubar.LoginApproval
	}
	return menubar.LoginOff
}

// act carries out the actions that belong to the program, not to the engine or
// the screen.
func act(ctx context.Context, a menubar.Action, d settingsClient) error {
	switch a.App {
	case menubar.AppLogin:
		return macos.SetLogin(a.On)
	case menubar.AppLoginSettings:
		return macos.OpenLoginItems()
	case menubar.AppVPNSettings:
		return macos.Open(macos.VPNPane)
	case menubar.AppLocationSettings:
		return macos.Open(macos.LocationPane)
	case menubar.AppSettingsFile:
		return macos.Reveal(d.store.Path())
	case preferences.AppLogFile:
		path, err := d.config.LogPath()
		if err != nil {
			return err
		}
		return macos.Reveal(path)
	case preferences.AppHooksDir:
		dir, err := d.hooksDir()
		if err != nil {
			return err
		}
		return macos.Reveal(dir)
	case preferences.AppImport:
		return d.takeOver()
	}
	return fmt.Errorf("this version does not know the action %q", a.App)
}

// gathered returns env with the current result of each rule.
func (d settingsClient) gathered(s screenDeps) func(context.Context) preferences.Env {
	return func(ctx context.Context) preferences.Env {
		env := d.env()
		env.Explain = map[vpn.ID]autoconnect.Explanation{}
		for _, v := range s.source.Latest().Services {
			if x, err := d.explain(ctx, v.ID); err == nil { // otherwise it was removed in the meantime
				env.Explain[v.ID] = x
			}
		}
		return env
	}
}

// hooksDir returns the folder of the user's scripts and creates it if needed,
// writable by the user only: other scripts are not run.
func (d settingsClient) hooksDir() (string, error) {
	dir, err := d.config.in("hooks")
	if err != nil {
		return "", err
	}
	for _, kind := range hooks.Kinds {
		if err := os.MkdirAll(filepath.Join(dir, kind.Dir()), 0o700); err != nil {
			return "", err
		}
	}
	return dir, nil
}

// diagnosticsTime is the limit for the checks, since a hanging daemon is one
// of the faults they find.
const diagnosticsTime = 15 * time.Second

// copyDiagnostics puts doctor's report on the clipboard.
func copyDiagnostics(ctx context.Context, s screenDeps, copy func(string) error) error {
	ctx, cancel := context.WithTimeout(ctx, diagnosticsTime)
	defer cancel()
	var b strings.Builder
	if err := s.diagnose(ctx).WriteText(&b); err != nil {
		return err
	}
	return copy(b.String())
}
