package faults_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"
	"go.uber.org/goleak"

	"vpnstatus/internal/autoconnect"
	"vpnstatus/internal/engine"
	"vpnstatus/internal/settings"
	"vpnstatus/internal/simulator"
	"vpnstatus/internal/vpn"
	"vpnstatus/test/faults"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// The VPNs of each bed: Kept is kept connected, Held was too until the user
// disconnected it, Manual is none of VPNStatus's business.
const (
	kept = iota
	held
	manual
)

// faultAt is when a fault begins; until then all is well.
const faultAt = 10 * time.Minute

// bed is an engine and a simulated system in virtual time.
type bed struct {
	*engine.Engine
	t        *testing.T
	sim      *simulator.Simulator
	truth    []vpn.Session // what the system says, past any fault of the engine's backend
	begin    time.Time
	settings *settings.Store

	mu      sync.Mutex
	harmful []string // starts that must not be
}

// setup is what a bed is made of.
type setup struct {
	steps   []simulator.Step    // at times after faultAt
	trace   *simulator.Scenario // its networks and timeline are in place of steps; nil: none
	backend func(vpn.Backend) vpn.Backend
	lying   bool // the backend may tell the engine what is not so, and starts follow from that
}

// service is one without chance.
func service(name string, p vpn.Protocol) simulator.Service {
	return simulator.Service{
		ID: idOf(name), Name: name, Protocol: p, Server: "192.0.2.7",
		Connect: simulator.Exactly(2 * time.Second), Disconnect: simulator.Exactly(time.Second), GiveUp: simulator.Exactly(10 * time.Second),
		Reassert: simulator.Exactly(time.Second), ReassertLimit: simulator.Exactly(time.Minute), Notice: simulator.Exactly(20 * time.Second),
	}
}

func idOf(name string) vpn.ID { return uuid.NewSHA1(uuid.NameSpaceDNS, []byte(name)) }

// play runs f at faultAt, and checks afterwards what holds after every fault.
func play(t *testing.T, s setup, f func(b *bed)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		scenario := simulator.Scenario{Services: []simulator.Service{service("Kept", vpn.IKEv2), service("Held", vpn.IKEv2), service("Manual", vpn.L2TP)}}
		for _, step := range s.steps {
			step.At += faultAt
			scenario.Timeline = append(scenario.Timeline, step)
		}
		if s.trace != nil {
			scenario.Networks, scenario.Timeline = s.trace.Networks, s.trace.Timeline
		}
		b := &bed{t: t, begin: time.Now()}
		sim, err := simulator.New(scenario, simulator.Options{Observe: b.observe})
		if err != nil {
			t.Fatal(err)
		}
		b.sim = sim
		conf := settings.Default()
		conf.AutoConnect = map[vpn.ID]bool{b.id(kept): true, b.id(held): true}
		b.settings = settings.NewMemory(conf)
		for i := range scenario.Services {
			session, err := sim.Open(b.id(i))
			if err != nil {
				t.Fatal(err)
			}
			b.truth = append(b.truth, session)
		}
		var backend vpn.Backend = sim
		if s.backend != nil {
			backend = s.backend(backend)
		}
		b.Engine = engine.New(engine.Options{Backend: backend, Facts: sim.Facts(), Settings: b.settings, Jitter: func() float64 { return 1 }})
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- b.Run(ctx) }()
		b.pass(faultAt / 2)
		b.do(engine.Command{Verb: engine.VerbDisconnect, ID: b.id(held)})
		b.pass(faultAt / 2)
		f(b)
		b.well()
		if !s.lying {
			b.mu.Lock()
			for _, h := range b.harmful {
				t.Error(h)
			}
			b.mu.Unlock()
		}
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("the engine ended with %v", err)
		}
		if err := sim.Close(); err != nil {
			t.Error(err)
		}
		time.Sleep(2 * time.Hour) // what is late ends too
	})
}

func (b *bed) id(i int) vpn.ID { return b.sim.Scenario().Services[i].ID }

func (b *bed) pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func (b *bed) do(c engine.Command) {
	b.t.Helper()
	if err := b.Do(b.t.Context(), c); err != nil {
		b.t.Errorf("%s: %v", c.Verb, err)
	}
	synctest.Wait()
}

func (b *bed) seen(i int) engine.Service {
	b.t.Helper()
	s := b.Latest().Service(b.id(i))
	if s == nil {
		b.t.Fatalf("service %d is not listed", i)
	}
	return *s
}

// is checks what the engine says of a service.
func (b *bed) is(i int, status vpn.Status, state autoconnect.State) {
	b.t.Helper()
	if s := b.seen(i); s.Status != status || s.Policy.State != state {
		b.t.Errorf("%v after the start %s is %v, %s (%s), want %v, %s", time.Since(b.begin), s.Name, s.Status, s.Policy.State, s.Policy.Reason.Key, status, state)
	}
}

// well checks what holds once every fault is over: the engine knows the truth,
// Kept is up, Held and Manual are left alone, commands are carried out.
func (b *bed) well() {
	b.t.Helper()
	for i, session := range b.truth {
		status, err := session.Status(b.t.Context())
		if s := b.seen(i); err != nil || s.Status != status || !s.Known {
			b.t.Errorf("%s is %v, %v, and the engine says %v", s.Name, status, err, s.Status)
		}
	}
	b.is(kept, vpn.Connected, autoconnect.Satisfied)
	b.is(held, vpn.Disconnected, autoconnect.Held)
	b.is(manual, vpn.Disconnected, autoconnect.Manual)
	if holds := b.settings.State().Holds; len(holds) != 1 || holds[b.id(held)].Until.IsZero() {
		b.t.Errorf("the holds are %v", holds)
	}
	b.do(engine.Command{Verb: engine.VerbConnect, ID: b.id(manual)})
	b.pass(time.Minute)
	b.is(manual, vpn.Connected, autoconnect.Manual)
}

// observe notes starts that must not be. The simulator calls it with its lock held.
func (b *bed) observe(o simulator.Observation) {
	if o.Kind != simulator.ObserveStart || o.Foreign {
		return
	}
	harm := faults.Harm(o)
	if o.ID == b.id(held) && o.At.Sub(b.begin) > faultAt/2 {
		harm = append(harm, "of the VPN that the user has stopped")
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, why := range harm {
		b.harmful = append(b.harmful, fmt.Sprintf("%v after the start: a start %s", o.At.Sub(b.begin), why))
	}
}

// relay is a backend whose answers and events pass through functions.
type relay struct {
	vpn.Backend
	events func(in <-chan vpn.Event, out func(vpn.Event)) // returns once in is closed; nil: as they are
	before func(context.Context) error                    // before each call; nil: at once
	after  func()                                         // between an answer and its delivery; nil: at once
	load   func(context.Context) error                    // before each load; nil: at once
	change <-chan struct{}                                // of the list; nil: the backend's own
	opened *int                                           // how often a session was opened; nil: not counted
}

func (r relay) Configurations(ctx context.Context) ([]vpn.Configuration, error) {
	if r.load != nil {
		if err := r.load(ctx); err != nil {
			return nil, err
		}
	}
	return r.Backend.Configurations(ctx)
}

func (r relay) Changed() <-chan struct{} {
	if r.change != nil {
		return r.change
	}
	return r.Backend.Changed()
}

func (r relay) Open(id vpn.ID) (vpn.Session, error) {
	s, err := r.Backend.Open(id)
	if err != nil {
		return nil, err
	}
	if r.opened != nil {
		*r.opened++
	}
	x := relayed{s, r, s.Events()}
	if r.events != nil {
		out := make(chan vpn.Event, 1<<16)
		x.events = out
		go func() {
			defer close(out)
			r.events(s.Events(), func(e vpn.Event) { out <- e })
		}()
	}
	return x, nil
}

type relayed struct {
	vpn.Session
	relay  relay
	events <-chan vpn.Event
}

func (x relayed) Events() <-chan vpn.Event { return x.events }

// call makes a call with what the relay does before and after.
func call[T any](ctx context.Context, r relay, f func() (T, error)) (T, error) {
	if r.before != nil {
		if err := r.before(ctx); err != nil {
			var none T
			return none, err
		}
	}
	v, err := f()
	if r.after != nil {
		r.after()
	}
	return v, err
}

func (x relayed) Status(ctx context.Context) (vpn.Status, error) {
	return call(ctx, x.relay, func() (vpn.Status, error) { return x.Session.Status(ctx) })
}

func (x relayed) Info(ctx context.Context) (vpn.Info, error) {
	return call(ctx, x.relay, func() (vpn.Info, error) { return x.Session.Info(ctx) })
}

func (x relayed) Statistics(ctx context.Context) (vpn.Statistics, error) {
	return call(ctx, x.relay, func() (vpn.Statistics, error) { return x.Session.Statistics(ctx) })
}

func (x relayed) Start(ctx context.Context, o vpn.Options) error {
	_, err := call(ctx, x.relay, func() (struct{}, error) { return struct{}{}, x.Session.Start(ctx, o) })
	return err
}

func (x relayed) Stop(ctx context.Context) error {
	_, err := call(ctx, x.relay, func() (struct{}, error) { return struct{}{}, x.Session.Stop(ctx) })
	return err
}
