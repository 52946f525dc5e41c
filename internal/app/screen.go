package app

import (
	"context"
	"log/slog"
	"time"

	"vpnstatus/internal/doctor"
	"vpnstatus/internal/menubar"
	"vpnstatus/internal/menubar/terminal"
	"vpnstatus/internal/settings"
	"vpnstatus/internal/update"
)

// screen shows the menu. The one of macOS is AppKit, the other the terminal.
type screen interface {
	// run shows the menu until ctx ends or the user quits. It is called on
	// the main goroutine, which is locked to the main thread where that
	// matters (see main_darwin.go of the command).
	run(ctx context.Context, s screenDeps) error
}

// screenDeps is what a screen needs.
type screenDeps struct {
	source      menubar.Source
	settings    func() settings.Settings // in force now
	changed     <-chan struct{}          // receives a value when settings change without an update of source; nil if that can't happen
	version     string
	preferences settingsClient
	show        <-chan string // another instance asked this one to show itself, or a notification about that service was clicked
	askLocation func() bool   // makes the system ask for the Location right; reports whether it does
	diagnose    func(context.Context) doctor.Report
	quit        func(context.Context) error // ends the app in another process that the source is; nil if it is this one
	log         *slog.Logger

	// shutdown ends everything but the screen. A screen that can't return
	// from run calls it before it ends the process; others need not.
	shutdown func()
}

// terminalScreen is the menu in the terminal of this process.
type terminalScreen struct{}

func (terminalScreen) run(ctx context.Context, s screenDeps) error {
	o := terminal.Options{
		Settings: s.settings, SettingsChanged: s.changed, Quit: s.quit,
		Env: menubar.Env{Version: s.version, Location: time.Local},
	}
	if update.Repository != "" {
		o.Update = func(ctx context.Context) (string, error) {
			r, err := update.Check(ctx, s.version, update.Options{})
			return r.Words(), err
		}
	}
	return terminal.Run(ctx, s.source, o)
}
