package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"vpnstatus/internal/control"
	"vpnstatus/internal/engine"
	"vpnstatus/internal/settings"
	"vpnstatus/internal/vpn"
)

// direct implements Services without the app: its own engine watches the
// services, and requests go straight to the system.
type direct struct {
	*engine.Engine
	world *world
	stop  context.CancelFunc
	ended chan struct{}
}

// OpenDirect opens the system's services, or with Config.Demo those of a
// simulator that lives as long as this process. Auto Connect does nothing there;
// it is part of the app. The error is ErrNoSystem where there are no services.
func OpenDirect(ctx context.Context, c Config) (Services, error) {
	if c.Demo == "" && !hasSystem {
		return nil, ErrNoSystem
	}
	if err := c.check(); err != nil {
		return nil, err
	}
	log := slog.New(slog.DiscardHandler)
	w, err := openWorld(c, log)
	if err != nil {
		return nil, err
	}
	keeper := settings.NewMemory(watchOnly(c))
	d := &direct{world: w, ended: make(chan struct{})}
	lacks := func() []engine.Problem { return nil }
	if !w.simulated {
		lacks = sync.OnceValue(func() []engine.Problem { return lackProblems(systemLacks()) })
	}
	d.Engine = engine.New(engine.Options{Backend: w.backend, Facts: w.facts, Settings: keeper, Log: log, Simulated: w.simulated, Problems: lacks})
	ctx, d.stop = context.WithCancel(context.WithoutCancel(ctx))
	go func() {
		defer close(d.ended)
		_ = d.Engine.Run(ctx) // it ends when Close cancels the context
	}()
	return d, nil
}

// watchOnly returns the settings that matter without the app: the hidden
// services. Nothing is connected automatically.
func watchOnly(c Config) settings.Settings {
	s := settings.Default()
	stored, _ := readSettings(c) // a file with faults is reported by the commands that need it
	s.Hidden = stored.Hidden
	return s
}

func (d *direct) App() bool { return false }

// Do sends a request and returns once it has left the process.
func (d *direct) Do(ctx context.Context, c engine.Command) error {
	session, err := d.world.backend.Open(c.ID)
	if err != nil {
		return err
	}
	return errors.Join(d.request(ctx, session, c), session.Close())
}

// request sends a start only while the service is Disconnected, since the system
// ignores others, and a stop only while it is not: a stop of a service that is down
// would pause On Demand, and is sent only to do that (docs/internals.md, section 7).
func (d *direct) request(ctx context.Context, session vpn.Session, c engine.Command) error {
	status, err := session.Status(ctx)
	if err == nil && c.Verb == engine.VerbConnect {
		status, err = disconnected(ctx, session, status)
	}
	if err != nil {
		return err
	}
	down := status == vpn.Disconnected
	switch c.Verb {
	case engine.VerbConnect:
		if down || status == vpn.Invalid { // the backend returns why an invalid one can't start
			return session.Start(ctx, c.Options)
		}
	case engine.VerbDisconnect:
		v := d.Latest().Service(c.ID)
		if status.Up() || status == vpn.Connecting || down && v != nil && v.OnDemand {
			return session.Stop(ctx)
		}
	default:
		return fmt.Errorf("%s needs the running app", c.Verb)
	}
	return nil
}

// disconnectLimit is how long a start waits for the end of a disconnect, which
// takes about a second.
const disconnectLimit = 10 * time.Second

// disconnected waits while the status is Disconnecting and returns the next one.
func disconnected(ctx context.Context, session vpn.Session, status vpn.Status) (vpn.Status, error) {
	ctx, cancel := context.WithTimeout(ctx, disconnectLimit)
	defer cancel()
	for status == vpn.Disconnecting {
		select {
		case e, ok := <-session.Events():
			if !ok {
				return status, vpn.ErrClosed
			}
			status = e.Status
		case <-ctx.Done():
			if errors.Is(ctx.Err(), context.DeadlineExceeded) {
				return status, fmt.Errorf("the VPN is still disconnecting after %v", disconnectLimit)
			}
			return status, ctx.Err()
		}
	}
	return status, nil
}

func (d *direct) Snapshot(ctx context.Context) (*engine.Snapshot, error) {
	return snapshot(ctx, d.Engine)
}

func (d *direct) Follow(ctx context.Context) (*engine.Snapshot, *engine.Subscription, error) {
	return follow(ctx, d.Engine)
}

func (d *direct) Watch(ctx context.Context, names []string, f func(control.Line) error) error {
	first, sub, err := d.Follow(ctx)
	if err != nil {
		return err
	}
	defer sub.Close()
	selection, err := control.Select(first, names)
	if err != nil {
		return err
	}
	selection.Begin(first)
	for line := range selection.Opening(first, time.Now()) {
		if err := f(line); err != nil {
			return err
		}
	}
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case u, ok := <-sub.C():
			if !ok {
				return sub.Err()
			}
			var lines []control.Line
			for i := range u.Events {
				if selection.Wants(&u.Events[i]) {
					lines = append(lines, control.Line{Type: control.LineEvent, Event: &u.Events[i]})
				}
			}
			for _, line := range append(lines, selection.Arrived(u, time.Now())...) {
				if err := f(line); err != nil {
					return err
				}
			}
		}
	}
}

func (d *direct) Info(ctx context.Context, id vpn.ID) (vpn.Info, error) {
	session, err := d.world.backend.Open(id)
	if err != nil {
		return vpn.Info{}, err
	}
	defer session.Close()
	return session.Info(ctx)
}

func (d *direct) Statistics(ctx context.Context, id vpn.ID) (vpn.Statistics, error) {
	session, err := d.world.backend.Open(id)
	if err != nil {
		return vpn.Statistics{}, err
	}
	defer session.Close()
	return session.Statistics(ctx)
}

func (d *direct) Close() error {
	d.stop()
	<-d.ended
	return d.world.close()
}
