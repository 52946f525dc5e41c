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

// otherTime is how long to wait for another instance that has the socket's lock
// and does not answer: it is starting, or ending. Tests shorten it.
var otherTime = shutdownLimit + 2*time.Second

// otherPoll is how often to look at it.
const otherPoll = 100 * time.Millisecond

// RunningError means that another instance runs already and this one has
// nothing to hand over.
type RunningError struct{ PID int }

func (e *RunningError) Error() string {
	return fmt.Sprintf("VPNStatus is already running, as process %d", e.PID)
}

// listenOrDial returns a listener if this is the only instance, or a client of the
// one that runs. It waits for one that is starting or ending. The error is
// an *occupiedError if another program has the socket.
func listenOrDial(ctx context.Context, c Config) (*control.Listener, *control.Client, error) {
	path, err := c.SocketPath()
	if err != nil {
		return nil, nil, err
	}
	over := time.NewTimer(otherTime)
	defer over.Stop()
	for {
		listener, err := control.Listen(path)
		if !errors.Is(err, control.ErrInUse) {
			return listener, nil, err
		}
		client, err := control.Dial(ctx, path)
		if err == nil {
			return nil, client, nil
		}
		if !errors.Is(err, control.ErrNotRunning) {
			return nil, nil, &occupiedError{path, err}
		}
		select {
		case <-time.After(otherPoll):
		case <-ctx.Done():
			return nil, nil, ctx.Err()
		case <-over.C:
			return nil, nil, &occupiedError{path, err}
		}
	}
}

// occupiedError means that the socket has an owner who does not answer as
// VPNStatus does.
type occupiedError struct {
	path string
	err  error
}

func (e *occupiedError) Error() string {
	return fmt.Sprintf("another program uses %s, and it does not answer as VPNStatus does: %v", e.path, e.err)
}

func (e *occupiedError) Unwrap() error { return e.err }

// handOver is run by a second instance: it makes the first one show itself, or
// draws the first one's menu in its own terminal.
func handOver(ctx context.Context, c Config, view screen, client *control.Client) error {
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
		source: client, settings: store.Current, changed: store.Changed(), version: client.Version().Version,
		quit: func(ctx context.Context) error { return client.Quit(ctx, "menu") },
	})
	if errors.Is(err, engine.ErrClosed) || errors.Is(err, ErrNotRunning) {
		return fmt.Errorf("the app has ended: %w", err)
	}
	return err
}
