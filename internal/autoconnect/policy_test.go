package autoconnect

import (
	"slices"
	"testing"
	"time"

	"vpnstatus/internal/vpn"
)

// scene is a row of the specification; its name is the fact it checks.
type scene struct {
	name string
	play func(t *testing.T)
}

func play(t *testing.T, scenes []scene) {
	for _, s := range scenes {
		t.Run(s.name, s.play)
	}
}

func TestTheCallerOwnsTheActions(t *testing.T) {
	b := unseenBed(t, Stored{})
	first := b.p.Handle(nil, StatusChanged{ID: idOf(1), Status: vpn.Disconnected}, b.now)
	before := slices.Clone(first)
	b.p.Handle(nil, UserDisconnect{ID: idOf(1)}, b.now)
	if !slices.Equal(first, before) {
		t.Errorf("the next call made %v of %v", first, before)
	}
}

func TestLivenessProbe(t *testing.T) {
	probed := func(c *Config) { c.Probes = map[vpn.ID]Probe{idOf(1): {Target: "10.0.0.1:22"}} }
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
		{"an answer that is lost says nothing", func(t *testing.T) {
			b := newBed(t, probed)
			b.up(1)
			b.take()
			b.pass(probeEvery + probeTimeout + probeLost + probeEvery + trafficEvery)
			b.did("probe 1", "probe 1")
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
			b := newBed(t, func(c *Config) { c.Probes = map[vpn.ID]Probe{idOf(1): {Target: "h:1", Interval: time.Millisecond}} })
			b.up(1)
			b.take()
			b.pass(minProbeInterval)
			b.did("probe 1")
		}},
		{"an answer just before the time-out counts", func(t *testing.T) {
			b := newBed(t, probed)
			b.up(1)
			b.pass(probeEvery)
			b.take()
			for range probeMisses {
				b.pass(probeTimeout + probeLost - time.Millisecond)
				answer(b, "timed out")
				b.pass(probeAgain)
			}
			b.is(1, Recycling, KeyRecyclingDead)
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
			b := newBed(t, func(c *Config) { c.Probes = map[vpn.ID]Probe{idOf(1): {Interval: time.Minute}} })
			b.up(1)
			b.take()
			b.pass(time.Hour)
			b.did()
		}},
	})
}

func TestMoments(t *testing.T) {
	if last := time.Date(2261, 12, 31, 23, 59, 59, 0, time.UTC); momentOf(last) == never || int64(momentOf(last)) != last.UnixNano() {
		t.Error("the last day that counts does not")
	}
	for _, at := range []time.Time{{}, time.Date(2262, 1, 1, 0, 0, 0, 0, time.UTC), endOfTime} {
		if momentOf(at) != never {
			t.Errorf("%v comes", at)
		}
	}
}
