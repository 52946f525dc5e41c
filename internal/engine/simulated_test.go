package engine

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"vpnstatus/internal/autoconnect"
	"vpnstatus/internal/settings"
	"vpnstatus/internal/simulator"
	"vpnstatus/internal/vpn"
	"vpnstatus/test/faults"
)

// guard watches what reaches the simulated daemon and notes what must never
// happen. It runs under the simulator's lock.
type guard struct {
	mu       sync.Mutex
	faults   []string
	starts   int
	accepted int

	paused  bool
	held    map[vpn.ID]bool
	clicked map[vpn.ID]time.Time // the user asked for it
	denied  map[vpn.ID]int       // rejections in a row
}

func (g *guard) observe(o simulator.Observation) {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch o.Kind {
	case simulator.ObserveStatus:
		switch {
		case o.Status == vpn.Connected:
			g.denied[o.ID] = 0
		case o.Status == vpn.Disconnected && o.Cause == simulator.CauseAuthFailed:
			g.denied[o.ID]++
		}
	case simulator.ObserveStart:
		if o.Foreign {
			return
		}
		g.starts++
		if o.Accepted {
			g.accepted++
		}
		byUser := !g.clicked[o.ID].IsZero() && o.At.Sub(g.clicked[o.ID]) < 3*time.Minute
		fault := func(bad bool, what string) {
			if bad {
				g.faults = append(g.faults, fmt.Sprintf("%s: start of %s %s (%+v)", o.At.Format(time.TimeOnly), o.ID, what, o))
			}
		}
		for _, why := range faults.Harm(o) {
			fault(true, why)
		}
		fault(g.paused && !byUser, "while paused")
		fault(g.held[o.ID] && !byUser, "while held")
		fault(o.Rejected && g.denied[o.ID] >= 2 && !byUser, "against credentials rejected twice")
	}
}

// TestNothingHarmfulReachesTheDaemon runs the engine through two days of all
// kinds of faults with the user clicking at random.
func TestNothingHarmfulReachesTheDaemon(t *testing.T) {
	t.Parallel()
	for seed := range uint64(4) {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { twoDays(t, seed) })
		})
	}
}

func twoDays(t *testing.T, seed uint64) {
	g := &guard{held: map[vpn.ID]bool{}, clicked: map[vpn.ID]time.Time{}, denied: map[vpn.ID]int{}}
	const span = 48 * time.Hour
	scenario := faults.Trace{Seed: seed, Span: span, Services: 5, Kinds: faults.All()}.Scenario()
	sim, err := simulator.New(scenario, simulator.Options{Observe: g.observe})
	if err != nil {
		t.Fatal(err)
	}
	conf := settings.Default()
	conf.AutoConnect = map[vpn.ID]bool{}
	list, err := sim.Configurations(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range list {
		conf.AutoConnect[c.ID] = true
	}
	rng := rand.New(rand.NewPCG(seed, 7))
	e := New(Options{
		Backend: sim, Facts: sim.Facts(), Settings: settings.NewMemory(conf),
		Jitter: func() float64 { return 0.5 + rng.Float64() },
		Ask:    func(ctx context.Context, server string, _ vpn.Protocol) error { return sim.Ask(ctx, server) },
	})
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() { _ = e.Run(ctx) })

	clicks := rand.New(rand.NewPCG(seed, 8))
	do := func(c Command) {
		if err := e.Do(t.Context(), c); err != nil {
			t.Errorf("%s: %v", c.Verb, err)
		}
	}
	for end := time.Now().Add(span); time.Now().Before(end); {
		time.Sleep(time.Duration(clicks.ExpFloat64() * float64(40*time.Minute)))
		synctest.Wait()
		id := list[clicks.IntN(len(list))].ID
		g.mu.Lock()
		switch clicks.IntN(4) {
		case 0:
			g.held[id] = true
			g.mu.Unlock()
			do(Command{Verb: VerbDisconnect, ID: id})
		case 1:
			g.held[id], g.clicked[id] = false, time.Now()
			g.denied[id] = 0
			g.mu.Unlock()
			do(Command{Verb: VerbConnect, ID: id})
		case 2:
			g.paused = true
			g.mu.Unlock()
			do(Command{Verb: VerbPause, Until: autoconnect.Forever})
		case 3:
			wasPaused := g.paused
			g.paused = false
			if !wasPaused {
				clear(g.held) // without a pause, resume ends all holds
			}
			g.mu.Unlock()
			do(Command{Verb: VerbResume})
		}
	}
	cancel()
	wg.Wait()
	if err := sim.Close(); err != nil {
		t.Error(err)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	for i, f := range g.faults {
		if i == 5 {
			t.Errorf("… and %d more", len(g.faults)-i)
			break
		}
		t.Error(f)
	}
	t.Logf("%d starts, %d accepted", g.starts, g.accepted)
	if g.accepted < 20 {
		t.Errorf("only %d of %d starts were accepted: the test shows nothing", g.accepted, g.starts)
	}
}
