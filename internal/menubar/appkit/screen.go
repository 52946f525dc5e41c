package appkit

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"vpnstatus/internal/engine"
	"vpnstatus/internal/menubar"
)

// commandTimeout bounds a command or action. The engine answers within
// milliseconds; macOS may take longer.
const commandTimeout = 30 * time.Second

// ErrNoWindowServer means that there is no screen to draw on.
var ErrNoWindowServer = errors.New("the menu bar can't be used: this process is not part of a log-in session with a screen (over SSH, use the menu and the commands for the terminal)")

// Screen is the menu bar item, its menu and the settings window.
type Screen struct {
	o        Options
	r        *renderer
	platform        // what AppKit needs; empty elsewhere
	shutdown func() // ends the program around the screen; the second call waits for the first
}

// New returns a screen; nothing is drawn before Run.
func New(o Options) *Screen {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Screen{o: o, shutdown: sync.OnceFunc(o.Shutdown), r: &renderer{o: o, wake: make(chan struct{}, 1)}}
}

// carryOut sends the command of an action, or passes the action to the program,
// on a goroutine; done is called there with the error to show, nil if the app is
// ending.
func (s *Screen) carryOut(a menubar.Action, done func(error)) {
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), commandTimeout)
		defer cancel()
		var err error
		switch c := a.Resolve(time.Now(), s.o.Env.Location); {
		case a.App != menubar.AppNone:
			err = s.o.Act(ctx, a)
		case c.Verb != "":
			err = s.o.Source.Do(ctx, c)
		}
		if err != nil {
			s.o.Log.Warn("an action failed", "action", a.App, "verb", a.Command.Verb, "id", a.Command.ID, "error", err)
		}
		if errors.Is(err, engine.ErrClosed) || errors.Is(err, context.Canceled) {
			err = nil
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
