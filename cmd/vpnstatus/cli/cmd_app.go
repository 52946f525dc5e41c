package cli

import (
	"context"
	"errors"
	"os/signal"
	"syscall"

	"vpnstatus/internal/app"
	"vpnstatus/internal/menubar/terminal"
)

// runApp runs the app. Unlike a command it must outlive the reader of its output.
// A signal ends it in order, which for the app is success; the command menu, and
// an app that was still starting, end as that signal.
func runApp(ctx context.Context, e *env) error {
	signal.Ignore(syscall.SIGPIPE)
	defer signal.Reset(syscall.SIGPIPE)
	ctx, caught, stop := untilSignal(ctx)
	defer stop()
	err := app.Run(ctx, e.app)
	var of *signalError // net/http returns the cause of the context
	if s := caught(); s != nil && (e.app.Terminal || errors.Is(err, context.Canceled) || errors.As(err, &of)) {
		dieOf(s)
	}
	switch {
	case errors.Is(err, terminal.ErrNoTerminal) && e.app.Terminal:
		return usage("the menu needs a terminal for input and output, in which the cursor can be moved; use one, or: vpnstatus status, vpnstatus watch; over SSH: ssh -t HOST vpnstatus menu")
	case errors.Is(err, terminal.ErrNoTerminal):
		return usage("the menu needs a terminal for input and output, in which the cursor can be moved; without one, run it with --headless")
	}
	return err
}
