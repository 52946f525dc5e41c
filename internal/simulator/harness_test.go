package simulator_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"vpnstatus/internal/facts"
	"vpnstatus/internal/simulator"
	"vpnstatus/internal/vpn"
)

var ctx = context.Background()

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// bench runs a simulation in virtual time and keeps what its sessions receive.
type bench struct {
	t        *testing.T
	sim      *simulator.Simulator
	start    time.Time
	sessions map[string]vpn.Session
	mu       sync.Mutex // guards what follows
	got      map[string][]vpn.Event
	seen     []simulator.Observation
}

func run(t *testing.T, s simulator.Scenario, test func(b *bench)) {
	t.Helper()
	runWith(t, s, simulator.Options{}, test)
}

func runWith(t *testing.T, s simulator.Scenario, o simulator.Options, test func(b *bench)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		b := &bench{t: t, start: time.Now(), sessions: map[string]vpn.Session{}, got: map[string][]vpn.Event{}}
		o.Observe = func(o simulator.Observation) {
			b.mu.Lock()
			defer b.mu.Unlock()
			b.seen = append(b.seen, o)
		}
		sim, err := simulator.New(s, o)
		if err != nil {
			t.Fatal(err)
		}
		b.sim = sim
		defer func() {
			if err := sim.Close(); err != nil {
				t.Error(err)
			}
		}()
		test(b)
	})
}

func ms(n int) time.Duration { return time.Duration(n) * time.Millisecond }

// plain is a service without chance: it connects in 1 s and disconnects in
// 300 ms.
func plain(name string, p vpn.Protocol) simulator.Service {
	return simulator.Service{
		Name: name, Protocol: p, Server: "192.0.2.7", Connect: simulator.Exactly(time.Second),
		Disconnect: simulator.Exactly(ms(300)), GiveUp: simulator.Exactly(10 * time.Second), Reassert: simulator.Exactly(ms(500)),
		ReassertLimit: simulator.Exactly(time.Minute), Notice: simulator.Exactly(20 * time.Second), OnDemandPause: simulator.Exactly(time.Minute),
		Traffic: &simulator.Traffic{In: 1000, Out: 100},
	}
}

func up(v simulator.Service) simulator.Service { v.Status = vpn.Connected; return v }

func one(v simulator.Service, steps ...simulator.Step) simulator.Scenario {
	return simulator.Scenario{
		Networks: []simulator.Network{{Name: "Home"}, {Name: "Café"}, {Name: "Desk", Interface: facts.Ethernet}},
		Join:     simulator.Exactly(time.Second), Wake: simulator.Exactly(2 * time.Second),
		Services: []simulator.Service{v}, Timeline: steps,
	}
}

func step(at time.Duration, do simulator.Effect, services ...string) simulator.Step {
	return simulator.Step{At: at, Do: do, Services: services}
}

// id of a service by name, as the scenario has it.
func (b *bench) id(name string) vpn.ID {
	b.t.Helper()
	s := b.sim.Scenario()
	for _, v := range s.Services {
		if v.Name == name {
			return v.ID
		}
	}
	for _, t := range s.Timeline {
		if t.Service != nil && t.Service.Name == name {
			return t.Service.ID
		}
	}
	b.t.Fatalf("no service %q", name)
	return vpn.ID{}
}

// open subscribes to a service and keeps its events under the key.
func (b *bench) openAs(key, name string) vpn.Session {
	b.t.Helper()
	x, err := b.sim.Open(b.id(name))
	if err != nil {
		b.t.Fatal(err)
	}
	b.sessions[key] = x
	go func() {
		for e := range x.Events() {
			b.mu.Lock()
			b.got[key] = append(b.got[key], e)
			b.mu.Unlock()
		}
	}()
	return x
}

func (b *bench) open(name string) vpn.Session { b.t.Helper(); return b.openAs(name, name) }

// opened subscribes and lets the first status settle.
func (b *bench) opened(name string) vpn.Session {
	b.t.Helper()
	x := b.open(name)
	b.pass(ms(50))
	b.events(name)
	return x
}

// events returns what the session received since the last time.
func (b *bench) events(name string) []vpn.Event {
	synctest.Wait()
	b.mu.Lock()
	defer b.mu.Unlock()
	got := b.got[name]
	delete(b.got, name)
	return got
}

// observed returns all observations so far.
func (b *bench) observed() []simulator.Observation {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.seen)
}

func (b *bench) pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// until lets time pass up to the moment since the start.
func (b *bench) until(at time.Duration) { b.pass(time.Until(b.start.Add(at))) }

// wantEvents checks what the session received since the last time.
func (b *bench) wantEvents(name string, want ...vpn.Status) {
	b.t.Helper()
	var got []vpn.Status
	for _, e := range b.events(name) {
		got = append(got, e.Status)
	}
	if !slices.Equal(got, want) {
		b.t.Errorf("at %v %s got %v, want %v", time.Since(b.start), name, got, want)
	}
}

func (b *bench) status(name string, want vpn.Status) {
	b.t.Helper()
	got, err := b.sessions[name].Status(context.Background())
	if err != nil || got != want {
		b.t.Errorf("at %v %s is %v, %v; want %v", time.Since(b.start), name, got, err, want)
	}
}

func (b *bench) do(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) info(name string) vpn.Info {
	b.t.Helper()
	i, err := b.sessions[name].Info(context.Background())
	b.do(err)
	return i
}

func (b *bench) cause(name string, f vpn.Family, code, device int) {
	b.t.Helper()
	got := b.info(name).Cause
	if got.Family != f || got.Code != code || got.Device != device {
		b.t.Errorf("at %v %s went down by %+v, want %s %d/%d", time.Since(b.start), name, got, f, code, device)
	}
}

func (b *bench) vpnCause(name string, code int) {
	b.t.Helper()
	f := vpn.FamilyVPN
	if code == 0 {
		f = vpn.FamilyNone
	}
	b.cause(name, f, code, 0)
}

// starts are the starts that arrived, as accepted or the reason they were not.
func (b *bench) starts() []string {
	var out []string
	for _, o := range b.observed() {
		if o.Kind == simulator.ObserveStart {
			out = append(out, strings.TrimSpace("start "+o.Why))
		}
	}
	return out
}

func (b *bench) names() []string {
	b.t.Helper()
	list, err := b.sim.Configurations(context.Background())
	b.do(err)
	var out []string
	for _, c := range list {
		out = append(out, c.Name)
	}
	return out
}
