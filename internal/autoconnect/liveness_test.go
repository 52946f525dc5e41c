package autoconnect

import (
	"testing"
	"time"

	"vpnstatus/internal/vpn"
)

// reading is one reading of the counters; bytes since the last one.
type reading struct {
	in, out uint64
	unknown bool
}

// readings answers as many ticks with readings, which count on from before.
type counters struct{ in, out uint64 }

func (c *counters) read(b *bed, list ...reading) {
	b.t.Helper()
	for _, r := range list {
		b.pass(b.p.world.ticks.after(b.now).Sub(b.now))
		c.in += r.in
		c.out += r.out
		b.handle(TrafficRead{ID: idOf(1), In: c.in, Out: c.out, Known: !r.unknown})
	}
}

func repeat(r reading, n int) []reading {
	list := make([]reading, n)
	for i := range list {
		list[i] = r
	}
	return list
}

func TestTrafficLiveness(t *testing.T) {
	healthy, lost := reading{in: 9000, out: 1000}, reading{out: 1000}
	for _, c := range []struct {
		name     string
		readings []reading
		renewed  bool
	}{
		{"nothing comes back any more for a minute", append(repeat(healthy, 3), repeat(lost, lostReadings)...), true},
		{"nothing comes back for less than a minute", append(repeat(healthy, 3), repeat(lost, lostReadings-1)...), false},
		{"a log shipper never had an answer", append([]reading{{in: 300, out: 500}}, repeat(lost, 60)...), false},
		{"an idle tunnel", append(repeat(healthy, 3), repeat(reading{}, 60)...), false},
		{"only keepalives go out", append(repeat(healthy, 3), repeat(reading{out: 60}, 6)...), false},
		{"something goes out now and then", append(repeat(healthy, 3), lost, lost, reading{}, lost, lost, reading{}, lost, lost), false},
		{"counters that are missing", append(repeat(healthy, 3), repeat(reading{out: 1000, unknown: true}, 60)...), false},
		{"both counters zero", repeat(reading{}, 60), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBed(t)
			b.up(1)
			b.take()
			var k counters
			k.read(b, c.readings...)
			got := b.take()
			if renewed := count(got, "stop 1 recycling.no-traffic") == 1; renewed != c.renewed {
				t.Errorf("it did %q", got)
			}
			if c.renewed && count(got, "notify dropped recycling.no-traffic") != 1 {
				t.Errorf("it was not notified as a drop: %q", got)
			}
		})
	}
}

func TestCountersThatGoBackwardsSayNothing(t *testing.T) {
	b := newBed(t)
	b.up(1)
	k := counters{in: 1 << 20, out: 1 << 20}
	k.read(b, repeat(reading{in: 100, out: 100}, 3)...)
	k = counters{in: 5, out: 5}
	b.take()
	k.read(b, repeat(reading{out: 1000}, 20)...)
	b.did()
}

func TestATunnelIsRenewedForItsTrafficOncePerNetwork(t *testing.T) {
	healthy, lost := reading{in: 9000, out: 1000}, reading{out: 1000}
	b := newBed(t)
	b.up(1)
	var k counters
	k.read(b, append(repeat(healthy, 2), repeat(lost, lostReadings)...)...)
	b.is(1, Recycling, KeyRecyclingNoTraffic)
	b.status(1, vpn.Disconnecting, vpn.Disconnected)
	b.cause(1, vpn.StopUser)
	b.take()
	b.up(1)
	b.did("notify reconnected satisfied")
	k = counters{}
	k.read(b, repeat(lost, lostReadings+1)...)
	b.did()
	b.is(1, Satisfied, KeySatisfiedNoTraffic)
	k.read(b, healthy)
	b.is(1, Satisfied, KeySatisfied)
	b.facts(cafe())
	k.read(b, append(repeat(healthy, 2), repeat(lost, lostReadings)...)...)
	b.did("stop 1 recycling.no-traffic", "notify dropped recycling.no-traffic")
}

func TestTheTestAddressDecidesAboutTraffic(t *testing.T) {
	healthy, lost := reading{in: 9000, out: 1000}, reading{out: 1000}
	b := newBed(t, func(c *Config) { c.Probes = map[vpn.ID]Probe{idOf(1): {Target: "10.0.0.1:22", Interval: time.Hour}} })
	b.up(1)
	b.take()
	var k counters
	k.read(b, healthy, healthy, lost)
	b.did("probe 1")
	b.handle(ProbeDone{ID: idOf(1)})
	k.read(b, lost)
	b.did("probe 1")
	for range probeMisses - 1 {
		b.handle(ProbeDone{ID: idOf(1), Err: "timed out"})
		b.pass(probeAgain)
	}
	b.handle(ProbeDone{ID: idOf(1), Err: "timed out"})
	b.did("probe 1", "probe 1", "stop 1 recycling.dead", "notify dropped recycling.dead")
}

func TestTrafficIsReadAtTheSharedTickAndOnlyOfWhatIsKeptUp(t *testing.T) {
	read := func(b *bed, d time.Duration) (at []time.Duration) {
		for end := b.now.Add(d); ; {
			next := b.p.Deadline()
			if next.IsZero() || next.After(end) {
				return at
			}
			b.now = next
			b.handle(Tick{})
			for _, a := range b.log {
				if _, ok := a.(ReadTraffic); ok {
					at = append(at, b.now.Sub(t0))
				}
			}
			b.take()
		}
	}
	b := newBed(t)
	b.pass(7 * time.Second)
	b.up(1)
	if got := read(b, time.Minute); len(got) != 3 || got[0] != trafficEvery || got[2] != 3*trafficEvery {
		t.Errorf("the counters are read after %v", got)
	}
	b.handle(UserPause{Forever})
	if got := read(b, time.Hour); len(got) > 0 {
		t.Errorf("while paused they are read after %v", got)
	}
	b.handle(UserPause{})
	b.handle(ConfigChanged{Config{}})
	if got := read(b, time.Hour); len(got) > 0 {
		t.Errorf("those of a service that is not ticked are read after %v", got)
	}
}

func TestSharedTicksCountFromTheirBase(t *testing.T) {
	g := grid{t0}
	for _, c := range []struct{ at, want time.Duration }{
		{0, 20}, {1, 20}, {19, 20}, {20, 40}, {-1, 0}, {-20, 0}, {-21, -20},
	} {
		if got := g.after(t0.Add(c.at * time.Second)).Sub(t0); got != c.want*time.Second {
			t.Errorf("after %d s comes %v, want %d s", c.at, got, c.want)
		}
	}
}
