package autoconnect

import (
	"testing"
	"time"

	"vpnstatus/internal/vpn"
)

func TestStart(t *testing.T) {
	play(t, []scene{
		{"without a first status nothing is started", func(t *testing.T) {
			b := unseenBed(t, Stored{})
			b.pass(time.Hour)
			b.did()
			b.is(1, Waiting, KeyWaitingStatus)
			b.status(1, vpn.Disconnected)
			b.did("start 1 (1)")
		}},
		{"after login it waits for five seconds when the path is not known", func(t *testing.T) {
			b := bareBed(t, Stored{})
			b.load(conf(1, "Office"))
			b.status(1, vpn.Disconnected)
			b.is(1, Settling, KeySettlingLogin)
			b.nextIn(1, loginGrace)
			b.pass(4900 * time.Millisecond)
			b.did()
			b.pass(100 * time.Millisecond)
			b.did("start 1 (1)")
		}},
		{"a start that has no effect is verified and counts as a failure", func(t *testing.T) {
			b := newBed(t)
			b.take()
			b.pass(startAnswer)
			b.did("verify 1")
			b.is(1, Connecting, KeyConnecting)
			b.status(1, vpn.Disconnected)
			b.is(1, Backoff, KeyBackoffFailed)
			b.nextIn(1, time.Second)
			b.pass(time.Second)
			b.did("start 1 (2)")
		}},
		{"without an answer to that there is no second start", func(t *testing.T) {
			b := newBed(t)
			b.take()
			b.pass(startAnswer + 3*connectWatchdog)
			b.did("verify 1", "verify 1", "verify 1", "verify 1")
			b.is(1, Connecting, KeyConnecting)
		}},
		{"a status between start and effect is waited for, then counts", func(t *testing.T) {
			b := newBed(t)
			b.take()
			b.status(1, vpn.Disconnected) // repeated by a safety tick
			b.is(1, Connecting, KeyConnecting)
			b.pass(startAnswer + connectWatchdog)
			b.did("verify 1")
			b.is(1, Backoff, KeyBackoffFailed)
		}},
		{"a disabled configuration needs the user", func(t *testing.T) {
			b := newBed(t)
			b.up(1)
			b.take()
			c := conf(1, "Office")
			c.Enabled = false
			b.load(c)
			b.drop(1, vpn.StopConfigurationDisabled)
			b.is(1, NeedsUser, KeyNeedsDisabled)
			b.pass(time.Hour)
			b.did("notify needs-user needs-user.disabled")
			b.handle(UserConnect{ID: idOf(1)})
			b.did()
			b.load(conf(1, "Office"))
			b.did("start 1 (1)")
		}},
		{"events of a service that is gone are ignored", func(t *testing.T) {
			b := newBed(t)
			b.take()
			b.status(9, vpn.Connected)
			b.cause(9, 23)
			b.handle(UserConnect{ID: idOf(9)})
			b.did()
			if v := b.p.View(idOf(9)); v != (View{}) {
				t.Errorf("a view of a stranger: %+v", v)
			}
			if _, ok := b.p.Explain(idOf(9), b.now); ok {
				t.Error("a stranger was explained")
			}
		}},
		{"a configuration that appears is connected when ticked", func(t *testing.T) {
			b := newBed(t, func(c *Config) { c.Auto[idOf(2)] = true })
			b.up(1)
			b.take()
			b.load(conf(1, "Office"), conf(2, "Lab"))
			b.status(2, vpn.Disconnected)
			b.did("start 2 (1)")
		}},
	})
}
