package appkit

import (
	"context"
	"errors"
	"time"

	"vpnstatus/internal/engine"
	"vpnstatus/internal/menubar"
)

// commandTimeout bounds a command or action. The engine answers within
// milliseconds; macOS may take longer.
const commandTimeout = 30 * time.Second

// carryOut sends the command of an action, or passes the action to the program,
// on a goroutine; done is called there with the error to show, nil if the app is
// ending.
func (r *renderer) carryOut(a menubar.Action, done func(error)) {
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), commandTimeout)
		defer cancel()
		var err error
		switch c := a.Resolve(time.Now(), r.o.Env.Location); {
		case a.App != menubar.AppNone:
			err = r.o.Act(ctx, a)
		case c.Verb != "":
			err = r.o.Source.Do(ctx, c)
		}
		if err != nil {
			r.o.Log.Warn("an action failed", "action", a.App, "verb", a.Command.Verb, "id", a.Command.ID, "error", err)
		}
		if errors.Is(err, engine.ErrClosed) || errors.Is(err, context.Canceled) {
			err = nil
		}
		if a.App == menubar.AppLogin {
			r.askLogin()
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
