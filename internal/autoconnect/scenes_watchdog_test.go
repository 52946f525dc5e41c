package autoconnect

import (
	"slices"
	"testing"
	"time"

	"vpnstatus/internal/vpn"
)

func TestWatchdogs(t *testing.T) {
	play(t, []scene{
		{"an attempt that never ends is verified, stopped and counted", func(t *testing.T) {
			b := newBed(t)
			b.status(1, vpn.Connecting)
			b.take()
			b.pass(connectWatchdog)
			b.did("verify 1")
			b.pass(verifyAnswer)
			b.did("stop 1 recycling.stuck")
			b.is(1, Recycling, KeyRecyclingStuck)
			b.attempt(1, 2)
			b.status(1, vpn.Disconnecting, vpn.Disconnected)
			b.is(1, Backoff, KeyBackoffFailed)
			b.nextIn(1, time.Second)
		}},
		{"a lost event that it is connected is found before it is stopped", func(t *testing.T) {
			b := newBed(t)
			b.status(1, vpn.Connecting)
			b.take()
			b.pass(connectWatchdog)
			b.status(1, vpn.Connected)
			b.pass(time.Hour)
			b.did("verify 1")
			b.status(1, vpn.Reasserting)
			b.pass(connectWatchdog)
			b.did("verify 1") // that was another question
		}},
		{"an attempt that may prompt is given three minutes", func(t *testing.T) {
			for name, prepare := range map[string]func(*bed){
				"it has prompted once": func(b *bed) {
					b.fail(1, vpn.StopAuthCancelled)
					c := conf(1, "Office")
					c.Server = "vpn.example.com" // an edit, so that it is tried again
					b.load(c)
				},
				"the user connected it": func(b *bed) {
					b.fail(1, vpn.StopNotResponding)
					b.handle(UserConnect{ID: idOf(1)})
				},
			} {
				b := newBed(t)
				prepare(b)
				b.status(1, vpn.Connecting)
				b.take()
				b.pass(promptWatchdog - time.Second)
				if got := b.take(); len(got) > 0 {
					t.Errorf("%s: too early it did %q", name, got)
				}
				b.pass(time.Second)
				if got := b.take(); !slices.Equal(got, []string{"verify 1"}) {
					t.Errorf("%s: it did %q", name, got)
				}
			}
		}},
		{"a reasserting that never ends is recycled once", func(t *testing.T) {
			b := newBed(t)
			b.up(1)
			b.status(1, vpn.Reasserting)
			b.is(1, Satisfied, KeySatisfiedReasserting)
			b.take()
			b.pass(connectWatchdog + verifyAnswer)
			b.did("verify 1", "stop 1 recycling.reasserting")
			b.is(1, Recycling, KeyRecyclingReasserting)
			b.status(1, vpn.Disconnecting, vpn.Disconnected)
			b.cause(1, vpn.StopUser)
			b.did("start 1 (1)")
			b.status(1, vpn.Connecting, vpn.Reasserting)
			b.pass(time.Hour)
			b.did()
			b.is(1, Satisfied, KeySatisfiedReasserting)
		}},
		{"one that is found reasserting is recycled too", func(t *testing.T) {
			b := unseenBed(t, Stored{})
			b.status(1, vpn.Reasserting)
			b.pass(connectWatchdog + verifyAnswer)
			b.did("verify 1", "stop 1 recycling.reasserting")
		}},
		{"a reasserting offline is left in peace", func(t *testing.T) {
			b := newBed(t)
			b.up(1)
			b.facts(noNetwork())
			b.status(1, vpn.Reasserting)
			b.take()
			b.pass(time.Hour)
			b.did()
			b.facts(home())
			b.pass(connectWatchdog)
			b.did("verify 1")
		}},
		{"a sleep does not make an attempt stuck", func(t *testing.T) {
			b := newBed(t)
			b.status(1, vpn.Connecting)
			b.pass(connectWatchdog)
			b.facts(sleeping())
			b.take()
			b.pass(time.Hour)
			b.facts(home())
			b.pass(connectWatchdog - time.Second)
			b.did()
			b.pass(time.Second)
			b.did("verify 1")
		}},
		{"a manual service is not recycled", func(t *testing.T) {
			b := newBed(t, func(c *Config) { c.Auto = nil })
			b.status(1, vpn.Connecting)
			b.pass(time.Hour)
			b.did()
		}},
		{"a stop by a rule that the system ignores is not repeated on this network", func(t *testing.T) {
			b := newBed(t)
			b.up(1)
			b.pass(time.Hour)
			b.take()
			config := b.p.world.config
			config.Rules = []Rule{{Name: "Home", Then: OutcomeDisconnect}}
			b.handle(ConfigChanged{config})
			b.did("stop 1 stop.rule", "notify rule stop.rule")
			b.pass(stopAnswer)
			b.status(1, vpn.Connected)
			b.facts(otherUser())
			b.facts(home())
			b.pass(time.Minute)
			b.did("verify 1")
			b.facts(cafe())
			b.pass(time.Minute)
			b.did("stop 1 stop.rule", "notify rule stop.rule", "verify 1")
		}},
		{"a cancelled start without any status is asked about again", func(t *testing.T) {
			b := newBed(t)
			b.take()
			b.handle(UserDisconnect{ID: idOf(1)})
			b.did("cancel 1 stop.user", "verify 1", "store")
			b.pass(connectWatchdog)
			b.did("verify 1")
		}},
		{"a session that was up since the recycle is recycled again", func(t *testing.T) {
			b := newBed(t)
			for range 2 {
				b.up(1)
				b.status(1, vpn.Reasserting)
				b.take()
				b.pass(connectWatchdog + verifyAnswer)
				b.did("verify 1", "stop 1 recycling.reasserting")
				b.status(1, vpn.Disconnecting, vpn.Disconnected)
				b.cause(1, vpn.StopUser)
			}
		}},
	})
}
