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
	days  = flag.Int("days", 3, "length of each trace")
	seeds = flag.Int("seeds", 1, "number of traces")
)

// result is what a contestant cost, added up over all services and traces.
type result struct {
	name      string
	down      time.Duration            // wanted, awake, and not up
	avoidable time.Duration            // of that: a start would have succeeded, and none was under way
	causes    map[string]time.Duration // avoidable by what the service waited after
	reconnect []time.Duration          // from the moment a start could succeed to connected
	starts    int
	offline   int // starts while offline or asleep
	denied    int // starts after two rejections in a row of the same credentials
	undone    int // manual disconnects that were undone
	recycled  int // healthy tunnels that were stopped
	questions int // whether a server is there
	needless  int // of those: while offline or asleep, up, or disconnected by the user
	wakeups   uint64
}

// meter watches the simulator and adds up a result. It runs under the
// simulator's lock.
type meter struct {
	r        *result
	scenario simulator.Scenario
	ids      map[string]vpn.ID // by name
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
	after      string    // what made it possible then, or took it down: a key of result.causes
	outage     time.Time // end of the last outage of its server
	well       time.Time // a start could succeed, since
}

// evidence is how far back what a policy has seen of a tunnel may lie: to stop one
// that has come back to life within it is no harm, since nobody could know.
const evidence = 30 * time.Second

// What services that could be up waited after.
const (
	afterDrop    = "a drop"
	afterOutage  = "an outage"
	afterNetwork = "a change of network or a wake"
	inDeadTunnel = "in a dead tunnel"
)

func (m *meter) up(v *reading) bool { return v.status.Up() && !v.dead }

// settle adds up the time since the last change.
func (m *meter) settle(v *reading, now time.Time) {
	d := now.Sub(v.last)
	v.last = now
	if v.off || m.asleep || m.up(v) {
		return
	}
	m.r.down += d
	if !v.possible || v.status == vpn.Connecting {
		return
	}
	m.r.avoidable += d
	if v.dead {
		m.r.causes[inDeadTunnel] += d
	} else {
		m.r.causes[v.after] += d
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
			v.after = afterNetwork
			m.mark(v, o.At)
		}
	}
	if o.Kind == simulator.ObserveStep {
		s := m.scenario.Timeline[o.Step]
		if s.Do == simulator.DoOutage {
			for _, name := range s.Services {
				m.at[m.ids[name]].outage = o.At.Add(s.For.Min)
			}
		}
		if s.Do == simulator.DoDead {
			for _, name := range s.Services {
				v := m.at[m.ids[name]]
				m.settle(v, o.At)
				v.dead = v.status.Up() // until it is restarted, not until it reasserts
				m.mark(v, o.At)
			}
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
	case simulator.ObserveStop:
		if !o.Foreign && o.Accepted && o.Status == vpn.Connected && !v.dead && !v.off && v.possible && o.At.Sub(v.well) >= evidence {
			m.r.recycled++
		}
	case simulator.ObserveAsk:
		m.r.questions++
		if !o.Online || o.Asleep || o.Status.Up() || v.off {
			m.r.needless++
		}
	case simulator.ObserveStatus:
		m.settle(v, o.At)
		if o.Status == vpn.Connected {
			v.rejections = 0
		} else if o.Cause == simulator.CauseAuthFailed && o.Status == vpn.Disconnected {
			v.rejections++
		}
		if v.status.Up() && v.possible {
			v.after = afterDrop
		}
		v.status = o.Status
		if !o.Status.Up() {
			v.dead = false
		}
		m.mark(v, o.At)
	case simulator.ObservePossible:
		m.settle(v, o.At)
		v.possible, v.well = o.Possible, o.At
		if v.after = afterNetwork; o.At.Sub(v.outage).Abs() < time.Second {
			v.after = afterOutage
		}
		m.mark(v, o.At)
	}
}

// play runs one contestant through one trace.
func play(t *testing.T, r *result, tr *trace, enter entry) {
	seed := tr.scenario.Seed
	synctest.Test(t, func(t *testing.T) {
		m := &meter{r: r, scenario: tr.scenario, ids: map[string]vpn.ID{}, at: map[vpn.ID]*reading{}}
		var mu sync.Mutex
		for _, s := range tr.scenario.Services {
			m.ids[s.Name] = s.ID
			m.at[s.ID] = &reading{status: vpn.Disconnected, last: time.Now()}
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
		c := enter(sim, tr.services(), func() float64 {
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
		time.Sleep(time.Until(begin.Add(tr.end())))
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
	t.Parallel()
	for _, c := range []struct {
		weather weather
		share   time.Duration // our avoidable downtime is at most this fraction of Timac's in four times thirty days
	}{{ordinary, 100}, {harsh, 50}} {
		share := c.share
		if *days**seeds < 120 {
			share /= 4 // less is a matter of luck
		}
		t.Run(c.weather.name, func(t *testing.T) {
			t.Parallel()
			compare(t, c.weather, share)
		})
	}
}

func compare(t *testing.T, w weather, share time.Duration) {
	contestants := []struct {
		name  string
		enter entry
	}{
		{"VPNStatus (this program)", newOurs},
		{"Timac, every 120 s", newTimac(120 * time.Second)},
		{"Timac, every 12 s", newTimac(12 * time.Second)},
		{"NetworkManager", newManager},
	}
	results := make([]*result, len(contestants))
	for i, c := range contestants {
		results[i] = &result{name: c.name, causes: map[string]time.Duration{}}
		for n := range *seeds {
			play(t, results[i], newTrace(w, w.seed+uint64(n), *days), c.enter)
		}
	}
	table(t, w.name+" weather", results)

	our, timac := results[0], results[1]
	if our.avoidable*share > timac.avoidable {
		t.Errorf("avoidable downtime is %v, more than a %dth of Timac's %v", our.avoidable, share, timac.avoidable)
	}
	if our.starts > timac.starts {
		t.Errorf("%d starts were sent, more than Timac's %d", our.starts, timac.starts)
	}
	unharmed(t, our)
	// The match is real only if the faults were.
	if timac.undone == 0 || timac.offline == 0 || timac.denied == 0 {
		t.Error("the trace holds nothing that a blind policy does wrong")
	}
}

// unharmed checks what must never happen.
func unharmed(t *testing.T, r *result) {
	t.Helper()
	for what, n := range map[string]int{
		"starts offline":                   r.offline,
		"starts with rejected credentials": r.denied,
		"disconnects undone":               r.undone,
		"healthy tunnels stopped":          r.recycled,
		"questions without need":           r.needless,
	} {
		if n != 0 {
			t.Errorf("harm was done: %d %s", n, what)
		}
	}
}

func TestHealthyTunnelsAreLeftAlone(t *testing.T) {
	t.Parallel()
	our := &result{name: "VPNStatus (this program)", causes: map[string]time.Duration{}}
	for seed := range *seeds {
		play(t, our, newHealthyTrace(uint64(seed+1), *days), newOurs)
	}
	table(t, "healthy tunnels", []*result{our})
	unharmed(t, our)
	if our.starts == 0 {
		t.Error("nothing was started")
	}
}

// table prints a table of docs/policy.md.
func table(t *testing.T, name string, results []*result) {
	w := tabwriter.NewWriter(t.Output(), 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "%s, %d traces of %d days\n", name, *seeds, *days)
	fmt.Fprintln(w, "policy\tdown h\tavoidable h\tmedian s\t95 % s\tstarts\toffline\trejected\tundone\trecycled\tquestions\twake-ups/day")
	for _, r := range results {
		slices.Sort(r.reconnect)
		at := func(p int) float64 {
			if len(r.reconnect) == 0 {
				return 0
			}
			return r.reconnect[(len(r.reconnect)-1)*p/100].Seconds()
		}
		fmt.Fprintf(w, "%s\t%.1f\t%.2f\t%.1f\t%.1f\t%d\t%d\t%d\t%d\t%d\t%d\t%d\n", r.name, r.down.Hours(), r.avoidable.Hours(),
			at(50), at(95), r.starts, r.offline, r.denied, r.undone, r.recycled, r.questions, r.wakeups/uint64(*seeds**days))
	}
	_ = w.Flush()
	fmt.Fprintln(w, "avoidable h after\ta drop\tan outage\ta network or wake\tin dead tunnels")
	for _, r := range results {
		fmt.Fprintf(w, "%s\t%.2f\t%.2f\t%.2f\t%.2f\n", r.name, r.causes[afterDrop].Hours(), r.causes[afterOutage].Hours(),
			r.causes[afterNetwork].Hours(), r.causes[inDeadTunnel].Hours())
	}
	_ = w.Flush()
}
