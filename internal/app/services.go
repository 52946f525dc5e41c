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

	// Snapshot returns how things are now. It waits for the list of services
	// and, for a short while, for the first status of each.
	Snapshot(ctx context.Context) (*engine.Snapshot, error)
	// Follow is Snapshot and a subscription to what happens after it. Nothing
	// falls between the two.
	Follow(ctx context.Context) (*engine.Snapshot, *engine.Subscription, error)
	// Explain says why a service is in its state.
	Explain(ctx context.Context, id vpn.ID) (autoconnect.Explanation, error)
	// Info returns all that the system knows about a service, with Details if
	// they can be had.
	Info(ctx context.Context, id vpn.ID) (vpn.Info, error)
	// Statistics returns the traffic of a service; vpn.ErrNoStatistics when
	// there is no tunnel.
	Statistics(ctx context.Context, id vpn.ID) (vpn.Statistics, error)
	// App reports whether this is the running app.
	App() bool
	// Close returns when all requests have left the process. It stops no VPN.
	Close() error
}

// ErrNotRunning reports that no app is running.
var ErrNotRunning = control.ErrNotRunning

// followBuffer is how many updates the reader of a subscription may lag behind;
// more than any burst that a storm of network changes makes.
const followBuffer = 256

// Connect returns the services of the running app. The error is ErrNotRunning
// when there is none.
func Connect(ctx context.Context, c Config) (Services, error) {
	client, err := c.dial(ctx)
	if err != nil {
		return nil, err
	}
	return &remote{client, c}, nil
}

func (c Config) dial(ctx context.Context) (*control.Client, error) {
	path, err := c.SocketPath()
	if err != nil {
		return nil, err
	}
	return control.Dial(ctx, path)
}

// remote is Services over the control socket.
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
	if err != nil || s.Loaded && allKnown(s) {
		return s, err
	}
	s, sub, err := r.Follow(ctx)
	if err == nil {
		sub.Close()
	}
	return s, err
}

func (r *remote) Follow(ctx context.Context) (*engine.Snapshot, *engine.Subscription, error) {
	sub := r.Subscribe(followBuffer)
	select { // the first update is the current state
	case u, ok := <-sub.C():
		if !ok {
			return nil, nil, sub.Err()
		}
		s, err := settled(ctx, u.Snapshot, sub, firstStatusWait)
		if err != nil {
			sub.Close()
			return nil, nil, err
		}
		return s, sub, nil
	case <-ctx.Done():
		sub.Close()
		return nil, nil, ctx.Err()
	}
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

// settled waits until the list has arrived and, at most for the time given,
// until all first statuses have.
func settled(ctx context.Context, s *engine.Snapshot, sub *engine.Subscription, patience time.Duration) (*engine.Snapshot, error) {
	var enough <-chan time.Time
	for !s.Loaded || !allKnown(s) {
		if !s.Loaded {
			for _, p := range s.Problems {
				if p.Key == "backend" {
					return nil, errors.New(p.Text)
				}
			}
		} else if enough == nil {
			timer := time.NewTimer(patience)
			defer timer.Stop()
			enough = timer.C
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-enough:
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

func allKnown(s *engine.Snapshot) bool {
	for _, v := range s.Services {
		if !v.Known {
			return false
		}
	}
	return true
}
