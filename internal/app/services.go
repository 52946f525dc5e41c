package app

import (
	"context"
	"errors"
	"time"

	"vpnstatus/internal/autoconnect"
	"vpnstatus/internal/control"
	"vpnstatus/internal/engine"
	"vpnstatus/internal/menubar"
	"vpnstatus/internal/vpn"
)

// Services is what commands and screens use: the running app over its socket
// (Connect), or the system itself (OpenDirect).
type Services interface {
	menubar.Source

	// Snapshot returns the current state. It waits for the list of services and,
	// for up to three seconds, for the first status of each; a status that has not
	// arrived by then is not Known.
	Snapshot(ctx context.Context) (*engine.Snapshot, error)
	// Follow returns a Snapshot and a subscription to what happens after it,
	// with no gap between the two.
	Follow(ctx context.Context) (*engine.Snapshot, *engine.Subscription, error)
	// Watch passes a line for each of the services named, or for all if there are
	// no names, and then a line for each event that concerns them to f; see
	// control.Client.Watch.
	Watch(ctx context.Context, names []string, f func(control.Line) error) error
	// Explain returns why a service is in its state.
	Explain(ctx context.Context, id vpn.ID) (autoconnect.Explanation, error)
	// Info returns everything the system knows about a service, with Details
	// if they are available.
	Info(ctx context.Context, id vpn.ID) (vpn.Info, error)
	// Statistics returns the traffic of a service; vpn.ErrNoStatistics when
	// there is no tunnel.
	Statistics(ctx context.Context, id vpn.ID) (vpn.Statistics, error)
	// App reports whether this is the running app.
	App() bool
	// Close returns when all requests have left the process. It stops no VPN.
	Close() error
}

// ErrNotRunning means that no app is running.
var ErrNotRunning = control.ErrNotRunning

// followBuffer is how many updates the reader of a subscription may lag behind;
// more than any burst that a storm of network changes makes.
const followBuffer = 256

// Connect returns the services of the running app. The error is ErrNotRunning
// when there is none.
func Connect(ctx context.Context, c Config) (Services, error) {
	client, err := c.Dial(ctx)
	if err != nil {
		return nil, err
	}
	return &remote{client, c}, nil
}

// Dial connects to the running app, as control.Dial does.
func (c Config) Dial(ctx context.Context) (*control.Client, error) {
	path, err := c.SocketPath()
	if err != nil {
		return nil, err
	}
	return control.Dial(ctx, path)
}

// remote implements Services over the control socket.
type remote struct {
	*control.Client
	config Config
}

func (r *remote) App() bool { return true }

func (r *remote) Close() error {
	r.Client.Close()
	return nil
}

func (r *remote) Snapshot(ctx context.Context) (*engine.Snapshot, error) {
	s, err := r.Client.Snapshot(ctx)
	if err != nil || s.Loaded && s.AllKnown() {
		return s, err
	}
	return snapshot(ctx, r.Client)
}

func (r *remote) Follow(ctx context.Context) (*engine.Snapshot, *engine.Subscription, error) {
	return follow(ctx, r.Client)
}

// Info returns what the app knows. On a real system this process asks for the
// details itself: the app does not keep them.
func (r *remote) Info(ctx context.Context, id vpn.ID) (vpn.Info, error) {
	s, err := r.Snapshot(ctx)
	if err != nil {
		return vpn.Info{}, err
	}
	v := s.Service(id)
	if v == nil {
		return vpn.Info{}, &vpn.NotFoundError{Query: id.String()}
	}
	if s.Simulated {
		return v.Info, nil
	}
	d, err := OpenDirect(ctx, r.config)
	if err != nil {
		return vpn.Info{}, err
	}
	info, err := d.Info(ctx, id)
	return info, errors.Join(err, d.Close())
}

// snapshot implements Services.Snapshot for any source.
func snapshot(ctx context.Context, src engine.Source) (*engine.Snapshot, error) {
	s, sub, err := follow(ctx, src)
	if err == nil {
		sub.Close()
	}
	return s, err
}

// follow implements Services.Follow for any source.
func follow(ctx context.Context, src engine.Source) (*engine.Snapshot, *engine.Subscription, error) {
	sub := src.Subscribe(followBuffer)
	s, err := settled(ctx, src.Latest(), sub)
	if err != nil {
		sub.Close()
		return nil, nil, err
	}
	return s, sub, nil
}

// firstStatusWait is how long a snapshot waits for the first statuses once the
// list is there. The daemon answers within milliseconds, or within seconds if it
// has to be launched.
const firstStatusWait = 3 * time.Second

// settled waits until the list has arrived and, for up to firstStatusWait, until
// all first statuses have. s is the state when the subscription was made.
func settled(ctx context.Context, s *engine.Snapshot, sub *engine.Subscription) (*engine.Snapshot, error) {
	var limit <-chan time.Time // nil until the list has arrived
	for !s.Loaded || !s.AllKnown() {
		if !s.Loaded {
			if text := s.LoadProblem(); text != "" {
				return nil, errors.New(text)
			}
		} else if limit == nil {
			timer := time.NewTimer(firstStatusWait)
			defer timer.Stop()
			limit = timer.C
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-limit:
			return s, nil
		case u, ok := <-sub.C():
			if !ok {
				return nil, sub.Err()
			}
			s = u.Snapshot
		}
	}
	return s, nil
}
