package comparison

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"text/tabwriter"
	"time"

	"vpnstatus/internal/simulator"
	"vpnstatus/internal/vpn"
)

var (
	days  = flag.Int("days", 5, "length of each trace")
	seeds = flag.Int("seeds", 1, "number of traces")
)

// result is what a contestant cost, added up over all services and traces.
type result struct {
	name      string
	down      time.Duration   // wanted, awake, and not up
	avoidable time.Duration   // of that: a start would have succeeded, and none was under way
	reconnect []time.Duration // from the moment a start could succeed to connected
	starts    int
	offline   int // starts while offline or asleep
	denied    int // starts after two rejections in a row of the same credentials
	undone    int // manual disconnects that were undone
	wakeups   uint64
}

// meter watches the simulator and adds up a result. It runs under the
// simulator's lock.
type meter struct {
	r        *result
	scenario simulator.Scenario
	at       map[vpn.ID]*reading
	asleep   bool
}

type reading struct {
	status     vpn.Status
	possible   bool
	dead       bool // says connected, carries nothing
	off        bool // the user disconnected it
	undone     bool // since then somebody started it
	rejections int
	last       time.Time // up to here it is added up
	since      time.Time // it is down and could be up, since
}

func (m *meter) up(v *reading) bool { return v.status.Up() && !v.dead }

// settle adds up the time since the last change.
func (m *meter) settle(v *reading, now time.Time) {
	d := now.Sub(v.last)
	v.last = now
	if v.off || m.asleep || m.up(v) {
		return
	}
	m.r.down += d
	if v.possible && v.status != vpn.Connecting {
		m.r.avoidable += d
	}
}

// mark begins and ends the interval in which it is down and could be up.
func (m *meter) mark(v *reading, now time.Time) {
	switch could := v.possible && !v.off && !m.asleep; {
	case m.up(v):
		if !v.since.IsZero() && could {
			m.r.reconnect = append(m.r.reconnect, now.Sub(v.since))
		}
		v.since = time.Time{}
	case !could:
		v.since = time.Time{}
	case v.since.IsZero():
		v.since = now
	}
}

func (m *meter) observe(o simulator.Observation) {
	if m.asleep != o.Asleep {
		for _, v := range m.at {
			m.settle(v, o.At)
		}
		m.asleep = o.Asleep
		for _, v := range m.at {
			m.mark(v, o.At)
		}
	}
	if o.Kind == simulator.ObserveStep {
		if m.scenario.Timeline[o.Step].Do == simulator.DoDead {
			v := m.at[silent]
			m.settle(v, o.At)
			v.dead = v.status == vpn.Connected
			m.mark(v, o.At)
		}
		return
	}
	v := m.at[o.ID]
	if v == nil {
		return
	}
	switch o.Kind {
	case simulator.ObserveStart:
		if o.Foreign {
			return
		}
		m.r.starts++
		if !o.Online || o.Asleep {
			m.r.offline++
		}
		if o.Rejected && v.rejections >= 2 {
			m.r.denied++
		}
		if v.off && o.Accepted && !v.undone {
			v.undone = true
			m.r.undone++
		}
	case simulator.ObserveStatus:
		m.settle(v, o.At)
		if o.Status == vpn.Connected {
			v.rejections = 0
		} else if o.Cause == simulator.CauseAuthFailed && o.Status == vpn.Disconnected {
			v.rejections++
		}
		v.status = o.Status
		if o.Status != vpn.Connected {
			v.dead = false
		}
		m.mark(v, o.At)
	case simulator.ObservePossible:
		m.settle(v, o.At)
		v.possible = o.Possible
		m.mark(v, o.At)
	}
}

// play runs one contestant through one trace.
func play(t *testing.T, r *result, tr trace, seed uint64, enter func(*simulator.Simulator, func() float64) contestant) {
	synctest.Test(t, func(t *testing.T) {
		m := &meter{r: r, scenario: tr.scenario, at: map[vpn.ID]*reading{}}
		var mu sync.Mutex
		for _, id := range everyone {
			m.at[id] = &reading{status: vpn.Disconnected, last: time.Now()}
		}
		sim, err := simulator.New(tr.scenario, simulator.Options{Observe: func(o simulator.Observation) {
			mu.Lock()
			defer mu.Unlock()
			m.observe(o)
		}})
		if err != nil {
			t.Fatal(err)
		}
		// Drawn from the time and not from one stream, or else the order in which
		// what happens at the same instant is handled would change all that
		// follows, and each run would give another table.
		c := enter(sim, func() float64 {
			return 0.5 + rand.New(rand.NewPCG(seed, uint64(time.Now().UnixNano()))).Float64()
		})
		ctx, cancel := context.WithCancel(context.Background())
		var wg sync.WaitGroup
		begin := time.Now()
		wg.Go(func() { c.run(ctx) })
		for _, a := range tr.acts {
			time.Sleep(time.Until(begin.Add(a.at)))
			synctest.Wait()
			mu.Lock()
			v := m.at[a.id]
			m.settle(v, time.Now())
			v.off, v.undone = !a.connect, false
			m.mark(v, time.Now())
			mu.Unlock()
			if a.connect {
				c.connect(a.id)
			} else {
				c.disconnect(a.id)
			}
		}
		time.Sleep(time.Until(begin.Add(time.Duration(tr.days) * 24 * time.Hour)))
		synctest.Wait()
		mu.Lock()
		for _, v := range m.at {
			m.settle(v, time.Now())
		}
		mu.Unlock()
		r.wakeups += c.wakeups()
		cancel()
		wg.Wait()
		if err := sim.Close(); err != nil {
			t.Error(err)
		}
	})
}

func TestComparison(t *testing.T) {
	for _, c := range []struct {
		weather weather
		share   time.Duration // our avoidable downtime is at most this fraction of Timac's
	}{{ordinary, 20}, {harsh, 9}} {
		t.Run(c.weather.name, func(t *testing.T) { compare(t, c.weather, c.share) })
	}
}

func compare(t *testing.T, w weather, share time.Duration) {
	contestants := []struct {
		name  string
		enter func(*simulator.Simulator, func() float64) contestant
	}{
		{"VPNStatus (this program)", newOurs},
		{"Timac, every 120 s", newTimac(120 * time.Second)},
		{"Timac, every 12 s", newTimac(12 * time.Second)},
		{"NetworkManager", newManager},
	}
	results := make([]*result, len(contestants))
	for i, c := range contestants {
		results[i] = &result{name: c.name}
		for n := range *seeds {
			seed := w.seed + uint64(n)
			play(t, results[i], newTrace(w, seed, *days), seed, c.enter)
		}
	}
	table(t, w, results)

	our, timac := results[0], results[1]
	if our.avoidable*share > timac.avoidable {
		t.Errorf("avoidable downtime is %v, more than a %dth of Timac's %v", our.avoidable, share, timac.avoidable)
	}
	if our.starts > timac.starts {
		t.Errorf("%d starts were sent, more than Timac's %d", our.starts, timac.starts)
	}
	if our.offline != 0 || our.denied != 0 || our.undone != 0 {
		t.Errorf("harm was done: %d starts offline, %d against rejected credentials, %d disconnects undone", our.offline, our.denied, our.undone)
	}
	// The match is real only if the faults were.
	if timac.undone == 0 || timac.offline == 0 || timac.denied == 0 {
		t.Error("the trace holds nothing that a blind policy does wrong")
	}
}

// table prints the table of docs/policy.md.
func table(t *testing.T, weather weather, results []*result) {
	w := tabwriter.NewWriter(t.Output(), 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "%s weather, %d traces of %d days, %d services\n", weather.name, *seeds, *days, len(everyone))
	fmt.Fprintln(w, "policy\tdown h\tavoidable h\tmedian s\t95 % s\tstarts\toffline\trejected\tundone\twake-ups/day")
	for _, r := range results {
		slices.Sort(r.reconnect)
		at := func(p int) float64 {
			if len(r.reconnect) == 0 {
				return 0
			}
			return r.reconnect[(len(r.reconnect)-1)*p/100].Seconds()
		}
		fmt.Fprintf(w, "%s\t%.1f\t%.2f\t%.1f\t%.1f\t%d\t%d\t%d\t%d\t%d\n", r.name, r.down.Hours(), r.avoidable.Hours(),
			at(50), at(95), r.starts, r.offline, r.denied, r.undone, r.wakeups/uint64(*seeds**days))
	}
	_ = w.Flush()
}
