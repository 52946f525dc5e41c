package autoconnect

import (
	"testing"
	"time"

	"vpnstatus/internal/vpn"
)

func TestSurroundings(t *testing.T) {
	play(t, []scene{
		{"offline is waited out and settled after", func(t *testing.T) {
			b := newBed(t)
			b.up(1)
			b.pass(time.Hour)
			b.take()
			b.facts(noNetwork())
			b.drop(1, vpn.StopNetworkChange)
			b.is(1, Waiting, KeyWaitingOffline)
			b.pass(time.Hour)
			b.did("notify dropped waiting.offline")
			b.facts(home())
			b.is(1, Settling, KeySettlingNetwork)
			b.pass(settleQuiet)
			b.did("start 1 (1)")
		}},
		{"asleep nothing is started", func(t *testing.T) {
			b := newBed(t)
			b.up(1)
			b.facts(sleeping())
			b.take()
			b.drop(1, vpn.StopSleep)
			b.is(1, Waiting, KeyWaitingAsleep)
			b.pass(8 * time.Hour)
			b.did()
			b.facts(noNetwork())
			b.is(1, Settling, KeySettlingWake)
			b.pass(wakePathGrace - time.Second)
			b.is(1, Settling, KeySettlingWake)
			b.pass(time.Second)
			b.is(1, Waiting, KeyWaitingOffline)
			b.facts(home())
			b.pass(settleQuiet)
			b.did("start 1 (2)")
		}},
		{"a clock that is set back a year delays the next attempt by minutes at most", func(t *testing.T) {
			b := newBed(t)
			b.fail(1, vpn.StopNotResponding)
			b.take()
			b.now = b.now.AddDate(-1, 0, 0)
			b.handle(ClockJumped{Gap: -365 * 24 * time.Hour})
			b.nextIn(1, DefaultRetryDelay)
			b.pass(DefaultRetryDelay)
			b.did("start 1 (2)")
		}},
		{"a clock that is set back does not move the end of a hold", func(t *testing.T) {
			b := newBed(t)
			end := Until{Time: b.now.Add(time.Hour)}
			b.handle(UserHold{ID: idOf(1), Until: end})
			b.now = b.now.Add(-time.Hour)
			b.handle(ClockJumped{Gap: -time.Hour})
			if got := b.p.Stored().Holds[idOf(1)].Until; got != end {
				t.Errorf("the hold ends at %v, want %v", got, end)
			}
		}},
		{"a drop caused by sleep is not notified", func(t *testing.T) {
			b := newBed(t)
			b.up(1)
			b.pass(time.Hour)
			b.facts(sleeping())
			b.status(1, vpn.Disconnected)
			b.noCause(1)
			b.take()
			b.pass(time.Hour)
			b.facts(home())
			b.pass(wakeGrace)
			b.up(1)
			b.did("start 1 (1)")
		}},
		{"while another user has the screen nothing is started", func(t *testing.T) {
			b := newBed(t)
			b.up(1)
			b.facts(otherUser())
			b.take()
			b.drop(1, 35)
			b.is(1, Waiting, KeyWaitingSession)
			b.pass(time.Hour)
			b.did()
			b.facts(home())
			b.did("start 1 (2)")
		}},
		{"a missed wake shows as a jump of the clock", func(t *testing.T) {
			b := newBed(t)
			b.failures(slowFailures, vpn.StopNotResponding)
			b.take()
			b.now = b.now.Add(time.Minute)
			b.handle(ClockJumped{Gap: time.Minute})
			b.is(1, Settling, KeySettlingWake)
			b.pass(wakeGrace)
			b.did("start 1 (11)")
			b.fail(1, vpn.StopNotResponding)
			b.nextIn(1, time.Second)
		}},
		{"a clock that is set back is not a wake", func(t *testing.T) {
			b := newBed(t)
			b.failures(3, vpn.StopNotResponding)
			b.now = b.now.Add(-time.Minute)
			b.handle(ClockJumped{Gap: -time.Minute})
			b.is(1, Backoff, KeyBackoffFailed)
		}},
		{"what is up still counts after the list was loaded again", func(t *testing.T) {
			b := newBed(t)
			list := []vpn.Configuration{conf(1, "Office"), conf(2, "Other")}
			b.load(list...)
			b.status(2, vpn.Disconnected, vpn.Connected)
			b.up(1)
			b.pass(time.Hour)
			b.load(list...)
			b.drop(1, vpn.StopSuperseded)
			b.is(1, Waiting, KeyWaitingSuperseded)
			b.status(2, vpn.Disconnected)
			b.is(1, Backoff, KeyBackoffDropped)
		}},
		{"the rules are looked at again when the clock jumps", func(t *testing.T) {
			for _, gap := range []time.Duration{90 * time.Minute, -90 * time.Minute} {
				b := newBed(t, withRules(Rule{Then: OutcomeConnect, When: When{Time: "11:00-13:00"}}, Rule{Then: OutcomeIgnore}))
				b.fail(1, vpn.StopNotResponding)
				b.now = b.now.Add(gap)
				b.handle(ClockJumped{Gap: gap})
				b.is(1, Waiting, KeyWaitingRule)
			}
		}},
	})
}
