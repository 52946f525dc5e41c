package autoconnect

import (
	"testing"
	"time"

	"vpnstatus/internal/vpn"
)

func TestManualServices(t *testing.T) {
	manual := func(c *Config) { c.Auto = nil }
	play(t, []scene{
		{"it is only observed", func(t *testing.T) {
			b := newBed(t, manual)
			b.pass(time.Hour)
			b.did()
			b.is(1, Manual, KeyManual)
		}},
		{"a click connects it, and it is not kept up", func(t *testing.T) {
			b := newBed(t, manual)
			b.handle(UserConnect{ID: idOf(1)})
			b.did("start 1 (1)")
			b.up(1)
			b.pass(time.Hour)
			b.drop(1, vpn.StopServerDead)
			b.pass(time.Hour)
			b.did("notify dropped manual")
			b.is(1, Manual, KeyManual)
			if got := b.p.View(idOf(1)).Reason.Words(b.now, time.UTC); got != "It went down: the server is going down" {
				t.Errorf("the words are %q", got)
			}
		}},
		{"a click is refused in words when the attempt fails", func(t *testing.T) {
			b := newBed(t, manual)
			b.handle(UserConnect{ID: idOf(1)})
			b.fail(1, vpn.StopNotResponding)
			b.pass(time.Hour)
			b.did("start 1 (1)", "notify gave-up manual")
		}},
		{"a click while offline is obeyed when the network is back", func(t *testing.T) {
			b := newBed(t, manual)
			b.facts(noNetwork())
			b.handle(UserConnect{ID: idOf(1)})
			b.is(1, Waiting, KeyWaitingOffline)
			b.did()
			b.pass(time.Minute)
			b.facts(home())
			b.did("start 1 (1)")
		}},
		{"a click that can't be obeyed is forgotten after a while", func(t *testing.T) {
			b := newBed(t, manual)
			b.facts(sleeping())
			b.handle(UserConnect{ID: idOf(1)})
			b.is(1, Waiting, KeyWaitingAsleep)
			b.pass(pendingConnectFor)
			b.is(1, Manual, KeyManual)
			b.facts(home())
			b.pass(time.Minute)
			b.did()
		}},
		{"a disconnect or a hold calls off a click that waits", func(t *testing.T) {
			for _, e := range []Event{UserDisconnect{ID: idOf(1)}, UserHold{ID: idOf(1), Until: Forever}} {
				b := newBed(t, manual)
				b.facts(noNetwork())
				b.handle(UserConnect{ID: idOf(1)})
				b.handle(e)
				b.is(1, Manual, KeyManual)
				b.facts(home())
				b.pass(time.Minute)
				if got := b.take(); count(got, "start") > 0 {
					t.Errorf("after %T it did %q", e, got)
				}
			}
		}},
		{"a click while it goes down is obeyed when it is down", func(t *testing.T) {
			b := newBed(t, manual)
			b.up(1)
			b.status(1, vpn.Disconnecting)
			b.handle(UserConnect{ID: idOf(1)})
			b.is(1, Waiting, KeyWaitingStopping)
			b.status(1, vpn.Disconnected)
			b.did("start 1 (1)")
		}},
		{"a click before the status is known waits for it", func(t *testing.T) {
			b := bareBed(t, Stored{}, manual)
			b.load(conf(1, "Office"))
			b.handle(UserConnect{ID: idOf(1)})
			b.is(1, Waiting, KeyWaitingStatus)
			b.did()
			b.status(1, vpn.Disconnected)
			b.did("start 1 (1)")
		}},
		{"a disconnect only stops it", func(t *testing.T) {
			b := newBed(t, manual)
			b.up(1)
			b.handle(UserDisconnect{ID: idOf(1)})
			b.did("stop 1 stop.user")
			b.is(1, Manual, KeyManual)
			b.status(1, vpn.Disconnecting, vpn.Disconnected)
			b.cause(1, vpn.StopUser)
			b.pass(time.Hour)
			b.did()
		}},
		{"a connect, a disconnect and a connect before any status ask for one", func(t *testing.T) {
			b := newBed(t, manual)
			b.handle(UserConnect{ID: idOf(1)})
			b.handle(UserDisconnect{ID: idOf(1)})
			b.handle(UserConnect{ID: idOf(1)})
			b.did("start 1 (1)", "cancel 1 stop.user", "verify 1")
			b.status(1, vpn.Disconnected)
			b.did("start 1 (1)")
		}},
		{"ticking connects it, unticking leaves it connected", func(t *testing.T) {
			b := newBed(t, manual)
			b.handle(ConfigChanged{Config{Auto: map[vpn.ID]bool{idOf(1): true}}})
			b.did("start 1 (1)")
			b.up(1)
			b.handle(ConfigChanged{Config{}})
			b.pass(time.Hour)
			b.did()
			b.is(1, Manual, KeyManual)
		}},
		{"ticking connects even what was held", func(t *testing.T) {
			b := newBed(t)
			b.handle(UserDisconnect{ID: idOf(1)})
			b.status(1, vpn.Connecting, vpn.Disconnecting, vpn.Disconnected)
			b.handle(ConfigChanged{Config{}})
			b.is(1, Manual, KeyManual)
			b.take()
			b.handle(ConfigChanged{Config{Auto: map[vpn.ID]bool{idOf(1): true}}})
			b.did("start 1 (1)")
		}},
		{"unticking in the middle of a recycle finishes it", func(t *testing.T) {
			b := newBed(t)
			b.up(1)
			b.status(1, vpn.Reasserting)
			b.pass(connectWatchdog + verifyAnswer)
			b.take()
			b.handle(ConfigChanged{Config{}})
			b.status(1, vpn.Disconnecting, vpn.Disconnected)
			b.did("start 1 (1)")
		}},
		{"unticking while a rule takes it down does not connect it again", func(t *testing.T) {
			b := newBed(t)
			b.up(1)
			config := b.p.world.config
			config.Rules = []Rule{{Then: OutcomeDisconnect}}
			b.handle(ConfigChanged{config})
			b.take()
			b.handle(ConfigChanged{Config{}})
			b.status(1, vpn.Disconnecting, vpn.Disconnected)
			b.did()
		}},
		{"a click on one that is up, or that turns out to be, is not kept for later", func(t *testing.T) {
			for _, known := range []bool{true, false} {
				b := unseenBed(t, Stored{}, manual)
				if known {
					b.status(1, vpn.Connected)
				}
				b.handle(UserConnect{ID: idOf(1)})
				b.status(1, vpn.Connected)
				b.drop(1, vpn.StopServerTerminated)
				b.pass(time.Minute)
				if got := b.take(); count(got, "start") > 0 {
					t.Errorf("status known %t: it did %q", known, got)
				}
			}
		}},
		{"a click after a disconnect that has not shown yet is obeyed when it is down", func(t *testing.T) {
			b := newBed(t, manual)
			b.up(1)
			b.handle(UserDisconnect{ID: idOf(1)})
			b.handle(UserConnect{ID: idOf(1)})
			b.did("stop 1 stop.user")
			b.status(1, vpn.Disconnecting, vpn.Disconnected)
			b.did("start 1 (1)")
		}},
		{"a disconnect while it goes down by itself makes that no drop", func(t *testing.T) {
			b := newBed(t, manual)
			b.up(1)
			b.pass(time.Hour)
			b.status(1, vpn.Disconnecting)
			b.handle(UserDisconnect{ID: idOf(1)})
			b.drop(1, vpn.StopServerTerminated)
			b.did()
		}},
		{"an attempt elsewhere whose beginning was missed is not answered in words when it fails", func(t *testing.T) {
			b := unseenBed(t, Stored{}, manual)
			b.fail(1, vpn.StopNotResponding)
			b.did()
		}},
		{"a stop elsewhere is no hold", func(t *testing.T) {
			b := newBed(t, manual)
			b.up(1)
			b.pass(time.Hour)
			b.drop(1, vpn.StopUser)
			b.did()
		}},
	})
}

func TestOnDemand(t *testing.T) {
	onDemand := conf(1, "Office")
	onDemand.OnDemand = true
	demandBed := func(t *testing.T, status vpn.Status) *bed {
		b := bareBed(t, Stored{})
		b.load(onDemand)
		b.facts(home())
		b.status(1, status)
		return b
	}
	play(t, []scene{
		{"a service with On Demand is left to the system", func(t *testing.T) {
			b := demandBed(t, vpn.Disconnected)
			b.pass(time.Hour)
			b.did()
			b.is(1, Waiting, KeyWaitingOnDemand)
			b.up(1)
			b.drop(1, vpn.StopServerDead)
			b.pass(time.Hour)
			b.did("notify dropped waiting.on-demand")
		}},
		{"a disconnect goes out and warns that it may come back", func(t *testing.T) {
			b := demandBed(t, vpn.Connected)
			b.handle(UserDisconnect{ID: idOf(1)})
			b.did("stop 1 stop.on-demand")
			b.is(1, Waiting, KeyWaitingOnDemand)
		}},
		{"a disconnect while it is down has On Demand paused", func(t *testing.T) {
			b := demandBed(t, vpn.Disconnected)
			b.handle(UserDisconnect{ID: idOf(1)})
			b.did("stop 1 stop.on-demand")
			b.status(1, vpn.Connecting, vpn.Disconnecting)
			b.take()
			b.handle(UserDisconnect{ID: idOf(1)})
			b.did() // it is on its way
		}},
		{"a click connects it", func(t *testing.T) {
			b := demandBed(t, vpn.Disconnected)
			b.handle(UserConnect{ID: idOf(1)})
			b.did("start 1 (1)")
		}},
		{"when On Demand is switched off it is kept up", func(t *testing.T) {
			b := demandBed(t, vpn.Disconnected)
			b.load(conf(1, "Office"))
			b.did("start 1 (1)")
		}},
	})
}
