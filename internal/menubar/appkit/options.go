package appkit

import (
	"context"
	"log/slog"

	"vpnstatus/internal/menubar"
	"vpnstatus/internal/menubar/preferences"
	"vpnstatus/internal/settings"
)

// Options are what the screen needs from the program around it.
type Options struct {
	Source   menubar.Source
	Settings func() settings.Settings // those in force; called on any goroutine
	Env      menubar.Env              // Login is taken from the function below

	// Login asks the system whether the app launches at login. It is called on
	// a goroutine each time the menu opens; nil if this system has no login
	// items.
	Login func() menubar.LoginItem

	// Act carries out an action of the program, except those that the screen
	// carries out itself: AppCopy, AppSettings, AppAbout and AppQuit. It is
	// called on a goroutine; the error is shown to the user.
	Act func(ctx context.Context, a menubar.Action) error

	// OpenURL gets each URL the system hands to the app, on a goroutine.
	OpenURL func(url string)

	// Shutdown ends everything but the screen. It is called once, on the main
	// thread, when the app terminates for whatever reason (the menu, ⌘Q, log-out,
	// the end of Run's context), and must return within the few seconds that
	// the system grants. The process ends when it has returned.
	Shutdown func()

	// Change changes the settings as preferences.Apply does, or returns why not.
	// It is called on a goroutine, one change at a time; the error is shown next
	// to the control.
	Change func(c preferences.Control, value string) error

	// Preferences returns what the settings window shows besides the snapshot and
	// the settings. Location, Login, Selected and Errors are the screen's own. It
	// is called on a goroutine when the window opens and when something has
	// changed; nil if there is nothing to show.
	Preferences func(ctx context.Context) preferences.Env

	Log *slog.Logger
}
