package engine

import (
	"testing"
	"time"

	"vpnstatus/internal/autoconnect"
	"vpnstatus/internal/facts"
	"vpnstatus/internal/settings"
	"vpnstatus/internal/vpn"
)

// A quiet app wakes at the safety tick alone. While something is kept up, it wakes
// three times as often, for the readings of the traffic, and the safety tick is one
// of these, whenever services connected and however the ticks were moved.
func TestWakeUpsOfAnHour(t *testing.T) {
	const (
		quiet = 60  // one a minute
		kept  = 180 // one each 20 s
	)
	all := autoOn(0, 1, 2)
	probed := func(s *settings.Settings) {
		all(s)
		s.Probes = map[vpn.ID]autoconnect.Probe{}
		for i := range 3 {
			s.Probes[idOf(i)] = autoconnect.Probe{Target: "10.0.0.1:443", Interval: time.Minute}
		}
	}
	// oneByOne has three services come up at different distances from the ticks.
	oneByOne := func(x *bench) {
		for i, d := range []time.Duration{3100 * time.Millisecond, 7300 * time.Millisecond, 11700 * time.Millisecond} {
			x.after(d)
			x.session(i).drop(vpn.StopServerTerminated)
		}
		x.after(time.Minute)
		for i := range 3 {
			if s := x.service(i); s.Status != vpn.Connected {
				x.t.Errorf("%s is %v", s.Name, s.Status)
			}
		}
	}
	jump := func(gap time.Duration) func(*bench) {
		return func(x *bench) {
			oneByOne(x)
			x.after(13700 * time.Millisecond)
			x.jump(gap)
			x.after(time.Minute)
		}
	}
	pause := func(until time.Duration) func(*bench) {
		return func(x *bench) {
			oneByOne(x)
			u := autoconnect.Forever
			if until > 0 {
				u = autoconnect.Until{Time: time.Now().Add(until)}
			}
			x.do(Command{Verb: VerbPause, Until: u})
			x.after(until + time.Minute)
		}
	}
	for _, c := range []struct {
		name     string
		settings func(*settings.Settings)
		do       func(*bench)
		want     uint64
	}{
		{"nothing is under Auto Connect", nil, func(x *bench) { x.after(time.Minute) }, quiet},
		{"three are kept up", all, oneByOne, kept},
		{"three are kept up and have test addresses", probed, oneByOne, kept},
		{"one of three is kept up", autoOn(1), func(x *bench) { x.session(1).drop(vpn.StopServerTerminated); x.after(time.Minute) }, kept},
		{"the clock was set forward", probed, jump(time.Hour), kept},
		{"the clock was set back", probed, jump(-time.Hour), kept},
		{"Auto Connect is paused", all, func(x *bench) {
			pause(0)(x)
			for i := range 3 {
				x.do(Command{Verb: VerbDisconnect, ID: idOf(i)})
			}
			x.after(time.Minute)
		}, quiet},
		{"a pause has ended", all, pause(17 * time.Minute), kept},
		{"all are held", all, func(x *bench) {
			oneByOne(x)
			for i := range 3 {
				x.do(Command{Verb: VerbDisconnect, ID: idOf(i)})
			}
			x.after(time.Minute)
		}, quiet},
		{"the network is away", all, func(x *bench) {
			oneByOne(x)
			x.facts.set(func(f *facts.Facts) { f.Path = facts.Known(facts.Unsatisfied, time.Now()) })
			for i := range 3 {
				x.session(i).drop(vpn.StopNoNetwork)
			}
			x.after(5 * time.Minute)
		}, quiet},
	} {
		t.Run(c.name, func(t *testing.T) {
			run(t, newUp("A", "B", "C"), c.settings, func(x *bench) {
				c.do(x)
				x.after(5100 * time.Millisecond) // away from the ticks
				before := x.Wakeups()
				time.Sleep(time.Hour)
				if n := x.Wakeups() - before; n != c.want {
					t.Errorf("%d wake-ups in an hour, want %d", n, c.want)
				}
			})
		})
	}
}
