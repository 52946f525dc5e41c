package autoconnect

import (
	"testing"
	"time"

	"vpnstatus/internal/vpn"
)

func TestLivenessProbe(t *testing.T) {
	probed := withProbe(Probe{Target: "10.0.0.1:22"})
	answer := func(b *bed, err string) { b.t.Helper(); b.handle(ProbeDone{ID: idOf(1), Err: err}) }
	// miss lets three probes fail.
	miss := func(b *bed) {
		b.t.Helper()
		b.pass(b.p.all[0].health.probe.next.Sub(b.now))
		answer(b, "timed out")
		b.pass(probeAgain)
		answer(b, "timed out")
		b.pass(probeAgain)
		answer(b, "timed out")
	}
	// renewed is a session that took the place of one which did not answer.
	renewed := func(t *testing.T) *bed {
		b := newBed(t, probed)
		b.up(1)
		miss(b)
		b.status(1, vpn.Disconnecting, vpn.Disconnected)
		b.up(1)
		return b
	}
	play(t, []scene{
		{"it runs every minute while connected", func(t *testing.T) {
			b := newBed(t, probed)
			b.up(1)
			b.take()
			for range 3 {
				b.pass(probeEvery)
				b.did("probe 1")
				answer(b, "")
			}
		}},
		{"three misses recycle", func(t *testing.T) {
			b := newBed(t, probed)
			b.up(1)
			b.take()
			miss(b)
			b.did("probe 1", "probe 1", "probe 1", "stop 1 recycling.dead", "notify dropped recycling.dead")
			b.is(1, Recycling, KeyRecyclingDead)
			b.status(1, vpn.Disconnecting, vpn.Disconnected)
			b.cause(1, vpn.StopUser)
			b.did("start 1 (1)")
		}},
		{"two misses and an answer do not", func(t *testing.T) {
			b := newBed(t, probed)
			b.up(1)
			b.take()
			for range 3 {
				b.pass(probeEvery)
				answer(b, "timed out")
				b.pass(probeAgain)
				answer(b, "timed out")
				b.pass(probeAgain)
				answer(b, "")
			}
			b.is(1, Satisfied, KeySatisfied)
		}},
		{"a recycle that did not help is not repeated", func(t *testing.T) {
			b := renewed(t)
			b.take()
			miss(b)
			b.did("probe 1", "probe 1", "probe 1")
			b.is(1, Satisfied, KeySatisfiedNoAnswer)
			b.pass(b.p.all[0].health.probe.next.Sub(b.now))
			answer(b, "")
			b.is(1, Satisfied, KeySatisfied)
		}},
		{"not while paused or held", func(t *testing.T) {
			for _, e := range []Event{UserPause{Forever}, UserHold{ID: idOf(1), Until: Forever}} {
				b := newBed(t, probed)
				b.up(1)
				b.handle(e)
				b.take()
				b.pass(time.Hour)
				b.did()
			}
		}},
		{"not while offline, and soon after a wake", func(t *testing.T) {
			b := newBed(t, probed)
			b.up(1)
			b.facts(noNetwork())
			b.take()
			b.pass(time.Hour)
			b.did()
			b.facts(home())
			b.pass(maxSettle)
			b.did("probe 1")
		}},
		{"an answer of an earlier session is ignored", func(t *testing.T) {
			b := newBed(t, probed)
			b.up(1)
			b.pass(probeEvery)
			b.status(1, vpn.Reasserting, vpn.Connected)
			for range 5 {
				answer(b, "timed out")
			}
			b.is(1, Satisfied, KeySatisfied)
		}},
		{"while an answer is awaited there is no other question", func(t *testing.T) {
			b := newBed(t, probed)
			b.up(1)
			b.take()
			b.pass(time.Hour)
			b.did("probe 1")
			b.is(1, Satisfied, KeySatisfied)
		}},
		{"a probe that is configured or removed while connected takes effect", func(t *testing.T) {
			b := newBed(t)
			b.up(1)
			b.take()
			c := Config{Auto: map[vpn.ID]bool{idOf(1): true}}
			probed(&c)
			b.handle(ConfigChanged{c})
			b.pass(probeEvery)
			b.did("probe 1")
			b.handle(ConfigChanged{Config{Auto: c.Auto}})
			answer(b, "timed out")
			b.pass(time.Hour)
			b.did()
		}},
		{"an interval below five seconds is five", func(t *testing.T) {
			b := newBed(t, withProbe(Probe{Target: "h:1", Interval: time.Millisecond}))
			b.up(1)
			b.take()
			b.pass(minProbeInterval)
			b.did("probe 1")
		}},
		{"after a recycle that did not help it asks at the usual pace", func(t *testing.T) {
			b := renewed(t)
			miss(b)
			b.take()
			b.pass(2 * probeAgain)
			b.did()
		}},
		{"the verdict of a test address goes with it", func(t *testing.T) {
			b := renewed(t)
			miss(b)
			b.is(1, Satisfied, KeySatisfiedNoAnswer)
			b.handle(ConfigChanged{Config{Auto: map[vpn.ID]bool{idOf(1): true}}})
			b.is(1, Satisfied, KeySatisfied)
		}},
		{"a probe without an address is none", func(t *testing.T) {
			b := newBed(t, withProbe(Probe{Interval: time.Minute}))
			b.up(1)
			b.take()
			b.pass(time.Hour)
			b.did()
		}},
	})
}

// reading is one reading of the counters; bytes since the last one.
type reading struct {
	in, out uint64
	unknown bool
}

var healthy, lost = reading{in: 9000, out: 1000}, reading{out: 1000}

// counters are what the counters of service 1 show.
type counters struct{ in, out uint64 }

// read lets as many of the shared ticks pass, and answers each with a reading.
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
		{"just enough goes out to want an answer", append(repeat(healthy, 3), reading{out: 100}, reading{out: 100}, reading{out: lostBytes - 200}), true},
		{"something goes out now and then", append(repeat(healthy, 3), lost, lost, reading{}, lost, lost, reading{}, lost, lost), false},
		{"counters that are missing", append(repeat(healthy, 3), repeat(reading{out: 1000, unknown: true}, 60)...), false},
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

func TestATunnelIsRenewedForItsTrafficOnceUntilTheNetworkChanges(t *testing.T) {
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
	b.status(1, vpn.Reasserting, vpn.Connected)
	k.read(b, append(repeat(healthy, 2), repeat(lost, lostReadings)...)...)
	b.did()
	k.read(b, healthy)
	b.is(1, Satisfied, KeySatisfied)
	b.facts(cafe())
	k.read(b, append(repeat(healthy, 2), repeat(lost, lostReadings)...)...)
	b.did("stop 1 recycling.no-traffic", "notify dropped recycling.no-traffic")
}

func TestAChangeOfTheNetworkOrTheTunnelStartsTheReadingsAgain(t *testing.T) {
	for name, change := range map[string]func(*bed){
		"the network": func(b *bed) { b.facts(cafe()) },
		"the tunnel":  func(b *bed) { b.status(1, vpn.Reasserting, vpn.Connected) },
	} {
		b := newBed(t)
		b.up(1)
		var k counters
		k.read(b, append(repeat(healthy, 2), repeat(lost, lostReadings-1)...)...)
		b.take()
		change(b)
		k.read(b, repeat(lost, lostReadings-1)...)
		if got := b.take(); count(got, "stop") > 0 {
			t.Errorf("%s: it did %q", name, got)
		}
		k.read(b, lost)
		b.did("stop 1 recycling.no-traffic", "notify dropped recycling.no-traffic")
	}
	b := newBed(t)
	b.up(1)
	var k counters
	k.read(b, healthy, healthy)
	b.drop(1, vpn.StopServerTerminated)
	b.pass(time.Second)
	b.up(1)
	b.take()
	k.read(b, repeat(lost, 2*lostReadings)...)
	b.did() // nothing has come in during this session
}

func TestTheTestAddressDecidesAboutTraffic(t *testing.T) {
	b := newBed(t, withProbe(Probe{Target: "10.0.0.1:22", Interval: time.Hour}))
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

func TestTraffic(t *testing.T) {
	before := traffic{in: 1000, out: 500, heard: true, lost: 2, sent: 300}
	for _, c := range []struct {
		name    string
		reading TrafficRead
		heard   bool
		want    traffic
	}{
		{"something came in", TrafficRead{In: 1001, Out: 500, Known: true}, true, traffic{in: 1001, out: 500, heard: true}},
		{"something went out only", TrafficRead{In: 1000, Out: 600, Known: true}, false, traffic{in: 1000, out: 600, heard: true, lost: 3, sent: 400}},
		{"nothing happened", TrafficRead{In: 1000, Out: 500, Known: true}, false, traffic{in: 1000, out: 500, heard: true}},
		{"there are no counters", TrafficRead{In: 1001, Out: 501}, false, traffic{}},
		{"both are zero", TrafficRead{Known: true}, false, traffic{}},
		{"one goes backwards, bytes in", TrafficRead{In: 999, Out: 600, Known: true}, false, traffic{}},
		{"one goes backwards, bytes out", TrafficRead{In: 1001, Out: 499, Known: true}, false, traffic{}},
	} {
		tr := before
		if heard := tr.take(c.reading); heard != c.heard || tr != c.want {
			t.Errorf("%s: heard %t, %+v", c.name, heard, tr)
		}
	}
	for _, first := range []TrafficRead{{In: 5, Known: true}, {Out: 5, Known: true}, {In: 5, Out: 5, Known: true}} {
		var tr traffic
		if heard, want := tr.take(first), (traffic{in: first.In, out: first.Out}); heard || tr != want {
			t.Errorf("the first reading %+v: heard %t, %+v", first, heard, tr)
		}
	}
}

func TestTheTestAddressIsAskedEarlyOnlyIfAnswersStayAway(t *testing.T) {
	for name, c := range map[string]struct {
		readings []reading
		early    bool
	}{
		"enough goes out for an answer": {[]reading{healthy, healthy, {out: lostBytes}}, true},
		"hardly anything goes out":      {[]reading{healthy, healthy, {out: lostBytes - 1}}, false},
		"nothing goes out":              {[]reading{healthy, healthy, {}}, false},
		"nothing ever came back":        {[]reading{{in: 1, out: 1}, {out: 1000}, {out: 1000}}, false},
	} {
		b := newBed(t, withProbe(Probe{Target: "10.0.0.1:22", Interval: time.Hour}))
		b.up(1)
		b.take()
		new(counters).read(b, c.readings...)
		if got := b.take(); (count(got, "probe") == 1) != c.early {
			t.Errorf("%s: it did %q", name, got)
		}
	}
}

// What the counters show does not end the verdict of the test address.
func TestTrafficSaysNothingAboutTheTestAddress(t *testing.T) {
	l := liveness{silent: KeySatisfiedNoAnswer, traffic: traffic{in: 5, out: 5}}
	l.measured(TrafficRead{In: 6, Out: 6, Known: true})
	if l.silent != KeySatisfiedNoAnswer {
		t.Errorf("the verdict is %q", l.silent)
	}
	l = liveness{silent: KeySatisfiedNoTraffic, traffic: traffic{in: 5, out: 5}}
	l.measured(TrafficRead{In: 5, Out: 6, Known: true})
	if l.silent != KeySatisfiedNoTraffic {
		t.Errorf("nothing came in, and the verdict is %q", l.silent)
	}
}

func TestAVerdictAboutATunnelLastsUntilTheSurroundingsChange(t *testing.T) {
	for c, lasts := range map[changed]bool{{fresh: true}: true, {network: true}: false, {wake: true}: false} {
		l := liveness{silent: KeySatisfiedNoTraffic, renewed: KeyRecyclingNoTraffic}
		l.refresh(c, t0)
		if (l.silent != "") != lasts || (l.renewed != "") != lasts {
			t.Errorf("after %+v the verdict is %q, renewed %q", c, l.silent, l.renewed)
		}
	}
}

func TestAProbeWithTheIntervalOfTheSharedTickRunsAtIt(t *testing.T) {
	g, now := grid{t0}, t0.Add(7*time.Second)
	for interval, want := range map[time.Duration]time.Duration{
		trafficEvery - 1: 7*time.Second + trafficEvery - 1,
		trafficEvery:     2 * trafficEvery,
		3 * trafficEvery: 4 * trafficEvery,
	} {
		if got := (Probe{Interval: interval}).next(g, now).Sub(t0); got != want {
			t.Errorf("an interval of %v: the next is at %v, want %v", interval, got, want)
		}
	}
}
