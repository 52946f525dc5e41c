package app

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"vpnstatus/internal/engine"
	"vpnstatus/internal/vpn"
)

func TestASnapshotWaitsForFirstStatusesButNotForever(t *testing.T) {
	unknown := &engine.Snapshot{Loaded: true, Services: []*engine.Service{{Status: vpn.Invalid}}}
	answered := &engine.Snapshot{Loaded: true, Services: []*engine.Service{{Status: vpn.Connected, Known: true}}}
	for name, c := range map[string]struct {
		after time.Duration // until the status arrives; zero if it never does
		takes time.Duration
		known bool
	}{
		"a daemon that had to be launched": {2 * time.Second, 2 * time.Second, true},
		"a daemon that hangs":              {0, firstStatusWait, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sub := engine.NewSubscription(1, nil)
				if c.after > 0 {
					time.AfterFunc(c.after, func() { sub.Publish(engine.Update{Snapshot: answered}) })
				}
				start := time.Now()
				s, err := settled(t.Context(), unknown, sub)
				if err != nil || s.Services[0].Known != c.known || time.Since(start) != c.takes {
					t.Errorf("%v, known %t after %v", err, s.Services[0].Known, time.Since(start))
				}
			})
		})
	}
}

func TestASnapshotEndsWithWhatItWaitsFor(t *testing.T) {
	broken := &engine.Snapshot{Problems: []engine.Problem{{Key: "control", Text: "another"}, {Key: "backend", Text: "no daemon"}}}
	sub := engine.NewSubscription(1, nil)
	if _, err := settled(t.Context(), broken, sub); err == nil || err.Error() != "no daemon" {
		t.Errorf("a list that can't be loaded: %v", err)
	}
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := settled(over, &engine.Snapshot{}, sub); !errors.Is(err, context.Canceled) {
		t.Errorf("a caller that ends: %v", err)
	}
	sub.End(engine.ErrClosed)
	if _, err := settled(t.Context(), &engine.Snapshot{}, sub); !errors.Is(err, engine.ErrClosed) {
		t.Errorf("an engine that ends: %v", err)
	}
}

func TestDirectServicesPassOnThatASessionCannotBeOpened(t *testing.T) {
	d := &direct{Engine: engine.New(engine.Options{}), world: &world{backend: absent{vpn.ErrClosed, nil}}}
	if err := d.Do(t.Context(), engine.Command{Verb: engine.VerbConnect}); !errors.Is(err, vpn.ErrClosed) {
		t.Errorf("a start: %v", err)
	}
	if _, err := d.Info(t.Context(), vpn.ID{}); !errors.Is(err, vpn.ErrClosed) {
		t.Errorf("details: %v", err)
	}
	if _, err := d.Statistics(t.Context(), vpn.ID{}); !errors.Is(err, vpn.ErrClosed) {
		t.Errorf("statistics: %v", err)
	}
}

// recorder is a session in some status that remembers what it was asked for.
type recorder struct {
	vpn.Session
	status vpn.Status
	events chan vpn.Event
	calls  []string
}

func (r *recorder) Status(context.Context) (vpn.Status, error) { return r.status, nil }
func (r *recorder) Events() <-chan vpn.Event                   { return r.events }
func (r *recorder) Start(context.Context, vpn.Options) error {
	r.calls = append(r.calls, "start")
	return nil
}
func (r *recorder) Stop(context.Context) error {
	r.calls = append(r.calls, "stop")
	return nil
}

func TestRequestsAreSentOnlyWhereTheyAct(t *testing.T) {
	d := &direct{Engine: engine.New(engine.Options{})}
	for status, want := range map[vpn.Status]struct{ connect, disconnect []string }{
		vpn.Disconnected:  {[]string{"start"}, nil}, // a stop would hide the cause
		vpn.Connecting:    {nil, []string{"stop"}},
		vpn.Connected:     {nil, []string{"stop"}},
		vpn.Reasserting:   {nil, []string{"stop"}},
		vpn.Disconnecting: {[]string{"start"}, nil}, // once it has ended
		vpn.Invalid:       {[]string{"start"}, nil}, // the backend says why not
	} {
		for verb, calls := range map[engine.Verb][]string{engine.VerbConnect: want.connect, engine.VerbDisconnect: want.disconnect} {
			r := &recorder{status: status, events: make(chan vpn.Event, 2)}
			r.events <- vpn.Event{Status: vpn.Disconnecting}
			r.events <- vpn.Event{Status: vpn.Disconnected}
			if err := d.request(t.Context(), r, engine.Command{Verb: verb}); err != nil || !slices.Equal(r.calls, calls) {
				t.Errorf("%s while %v: %q, %v, want %q", verb, status, r.calls, err, calls)
			}
		}
	}
}
