package appkit

import (
	"context"
	"log/slog"

	"vpnstatus/internal/menubar"
	"vpnstatus/internal/settings"
)

// Options are what the screen needs of the program around it.
type Options struct {
	Source   menubar.Source
	Settings func() settings.Settings // those in force; called on any goroutine
	Env      menubar.Env              // Login is taken from the function below

	// Login asks the system whether the app launches at login. It is called on
	// a goroutine each time the menu opens; nil: not on this system.
	Login func() menubar.LoginItem

	// Act does an action of the program, except those the screen does by
	// itself: AppCopy, AppSettings, AppAbout and AppQuit. It is called on a
	// goroutine; the error is shown to the person.
	Act func(ctx context.Context, a menubar.Action) error

	// OpenURL gets each URL the system hands to the app, on a goroutine.
	OpenURL func(url string)

	// Shutdown ends everything but the screen. It is called once, on the main
	// thread, when the app terminates for whatever reason (the menu, ⌘Q, log-out,
	// the end of Run's context), and must return within the few seconds that
	// the system grants. The process ends when it has returned.
	Shutdown func()

	// SettingsFile is the path that the window shows.
	SettingsFile string

	Log *slog.Logger
}
