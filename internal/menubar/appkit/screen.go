package appkit

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"vpnstatus/internal/menubar"
)

// ErrUnavailable means that this program was built without AppKit.
var ErrUnavailable = errors.New("this program was built without the menu bar (that needs macOS and cgo: build it with make)")

// ErrNoWindowServer means that there is no screen to draw on.
var ErrNoWindowServer = errors.New("the menu bar can't be used: this process is not part of a log-in session with a screen (over SSH, use the menu and the commands for the terminal)")

// Screen is the menu bar item, its menu and the settings window.
type Screen struct {
	o        Options
	r        *renderer
	platform // what AppKit needs; empty elsewhere
	ending   sync.Once
	quit     chan struct{} // closed by Quit
	quitting sync.Once
}

// New returns a screen; nothing is drawn before Run.
func New(o Options) *Screen {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Screen{o: o, quit: make(chan struct{}), r: &renderer{
		source: o.Source, settings: o.Settings, env: o.Env, login: o.Login, log: o.Log,
		wake: make(chan struct{}, 1),
	}}
}

// Quit ends the app. It may be called on any goroutine, also before Run.
func (s *Screen) Quit() { s.quitting.Do(func() { close(s.quit) }) }

// shutdown ends the program around the screen, once.
func (s *Screen) shutdown() {
	s.ending.Do(func() {
		if s.o.Shutdown != nil {
			s.o.Shutdown()
		}
	})
}

// carryOut sends the command of an action, or passes the action to the program,
// on a goroutine; done is called there with the outcome.
func (s *Screen) carryOut(a menubar.Action, done func(error)) {
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), commandTimeout)
		defer cancel()
		var err error
		switch c := a.Resolve(time.Now(), s.o.Env.Location); {
		case a.App != menubar.AppNone && s.o.Act != nil:
			err = s.o.Act(ctx, a)
		case a.App == menubar.AppNone && c.Verb != "":
			err = s.o.Source.Do(ctx, c)
		}
		if err != nil {
			s.o.Log.Warn("an action failed", "action", a.App, "error", err)
		}
		if a.App == menubar.AppLogin {
			s.r.askLogin()
		}
		done(err)
	}()
}

// actionTitle returns the title of the message about a failed action.
func actionTitle(a menubar.AppAction) string {
	switch a {
	case menubar.AppCopy, menubar.AppDiagnostics:
		return "Copying Failed"
	case menubar.AppLogin:
		return "Launch at Login Could Not Be Changed"
	case menubar.AppLoginSettings, menubar.AppVPNSettings, menubar.AppLocationSettings:
		return "System Settings Could Not Be Opened"
	case menubar.AppSettingsFile:
		return "The Settings File Could Not Be Shown"
	}
	return "VPNStatus Could Not Do That"
}
