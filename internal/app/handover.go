package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"vpnstatus/internal/control"
	"vpnstatus/internal/engine"
	"vpnstatus/internal/settings"
)

// handOverTime is how long the running app may take to show itself.
const handOverTime = 5 * time.Second

// startingTime is how long to wait for another instance that has the socket's
// lock and does not answer yet. Tests shorten it.
var startingTime = 3 * time.Second

// RunningError means that another instance runs already and this one has
// nothing to hand over.
type RunningError struct{ PID int }

func (e *RunningError) Error() string {
	return fmt.Sprintf("VPNStatus is already running, as process %d", e.PID)
}

// handOver is run by a second instance: it makes the first one show itself, or
// draws the first one's menu in its own terminal.
func handOver(ctx context.Context, c Config, view screen) error {
	path, err := c.SocketPath()
	if err != nil {
		return err
	}
	client, err := control.DialWithin(ctx, path, startingTime)
	if err != nil {
		return fmt.Errorf("another program uses %s, and it does not answer as VPNStatus does: %w", path, err)
	}
	defer client.Close()
	if view == nil {
		return &RunningError{client.Version().PID}
	}
	if t, ok := view.(terminalScreen); ok {
		return attach(ctx, c, t, client)
	}
	if c.AtLogin {
		return nil // no window was requested
	}
	ctx, cancel := context.WithTimeout(ctx, handOverTime)
	defer cancel()
	if err := client.Show(ctx); err != nil {
		return errors.Join(&RunningError{client.Version().PID}, err)
	}
	return nil
}

// attach draws the menu of a running app in this terminal. Leaving it does not
// end the app.
func attach(ctx context.Context, c Config, view terminalScreen, client *control.Client) error {
	path, err := c.SettingsPath()
	if err != nil {
		return err
	}
	store, err := settings.Open(path, slog.New(slog.DiscardHandler)) // the same file as the app's
	if err != nil {
		return err
	}
	defer start(store.Follow)()
	err = view.run(ctx, screenDeps{
		source: client, settings: store.Current, changed: store.Changed(), settingsFile: path, version: client.Version().Version,
		quit: func(ctx context.Context) error { return client.Quit(ctx, "menu") },
	})
	if errors.Is(err, engine.ErrClosed) || errors.Is(err, ErrNotRunning) {
		return fmt.Errorf("the app has ended: %w", err)
	}
	return err
}
