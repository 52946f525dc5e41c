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
func runApp(ctx context.Context, e *env) error {
	signal.Ignore(syscall.SIGPIPE)
	defer signal.Reset(syscall.SIGPIPE)
	err := app.Run(ctx, e.app)
	if errors.Is(err, terminal.ErrNoTerminal) {
		return usage("the menu needs a terminal; without one, run it with --headless")
	}
	return err
}
