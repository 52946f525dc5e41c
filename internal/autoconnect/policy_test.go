package autoconnect

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"vpnstatus/internal/facts"
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

func TestStart(t *testing.T) {
	play(t, []scene{
		{"without a first status nothing is started", func(t *testing.T) {
			b := bareBed(t, Stored{})
			b.load(conf(1, "Office"))
			b.facts(home())
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
		{"a satisfied path ends the wait after login", func(t *testing.T) {
			b := bareBed(t, Stored{})
			b.load(conf(1, "Office"))
			b.status(1, vpn.Disconnected)
			b.facts(home())
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
		{"a status of unknown number starts nothing", func(t *testing.T) {
			b := newBed(t)
			b.up(1)
			b.take()
			b.status(1, 17)
			b.is(1, Waiting, KeyWaitingStatus)
			b.status(1, vpn.Invalid)
			b.is(1, Waiting, KeyWaitingStatus)
			b.pass(time.Hour)
			b.did()
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
			b.load(conf(1, "Office"), conf(2, "Lab"), conf(2, "Lab again"))
			b.status(2, vpn.Disconnected)
			b.did("start 2 (1)")
		}},
	})
}

func TestTheCallerOwnsTheActions(t *testing.T) {
	b := bareBed(t, Stored{})
	b.load(conf(1, "Office"))
	b.facts(home())
	first := b.p.Handle(nil, StatusChanged{ID: idOf(1), Status: vpn.Disconnected}, b.now)
	before := slices.Clone(first)
	b.p.Handle(nil, UserDisconnect{ID: idOf(1)}, b.now)
	if !slices.Equal(first, before) {
		t.Errorf("the next call made %v of %v", first, before)
	}
}

func TestBackoff(t *testing.T) {
	play(t, []scene{
		{"a drop is retried after one second, then twice as long each time up to the cap", func(t *testing.T) {
			b := newBed(t)
			b.up(1)
			b.pass(2 * time.Minute)
			b.take()
			b.drop(1, vpn.StopServerTerminated)
			b.is(1, Backoff, KeyBackoffDropped)
			b.nextIn(1, time.Second)
			b.attempt(1, 1)
			b.did("notify dropped backoff.dropped")
			b.pass(time.Second)
			b.did("start 1 (1)")
			for i, want := range []time.Duration{2, 4, 8, 16, 32, 64, 120, 120} {
				b.fail(1, vpn.StopNotResponding)
				b.is(1, Backoff, KeyBackoffFailed)
				b.nextIn(1, want*time.Second)
				b.attempt(1, i+2)
				b.pass(want * time.Second)
				b.is(1, Connecting, KeyConnectingRetry)
				b.attempt(1, i+2)
			}
			b.take()
			b.fail(1, vpn.StopNotResponding)
			b.is(1, Slow, KeySlowFailures)
			b.nextIn(1, slowEvery)
			b.did("notify gave-up slow.failures")
			b.pass(slowEvery)
			b.fail(1, vpn.StopNotResponding)
			b.did("start 1 (10)") // and no second notification
			b.pass(slowEvery)
			b.up(1)
			b.pass(stableAfter)
			b.did("start 1 (11)", "notify reconnected satisfied")
			b.drop(1, vpn.StopServerTerminated)
			b.nextIn(1, time.Second)
			b.attempt(1, 1)
		}},
		{"the delay is spread by the jitter and never above the cap", func(t *testing.T) {
			for _, c := range []struct {
				factor float64
				first  time.Duration
				last   time.Duration
			}{{0.5, 500 * time.Millisecond, 15 * time.Second}, {1.49, 1490 * time.Millisecond, 30 * time.Second}} {
				b := newBed(t, func(k *Config) { k.RetryDelayMax = 30 * time.Second })
				b.p.world.jitter = func() float64 { return c.factor }
				b.fail(1, vpn.StopNotResponding)
				b.nextIn(1, c.first)
				for range 7 {
					b.pass(b.p.View(idOf(1)).Next.Sub(b.now))
					b.fail(1, vpn.StopNotResponding)
				}
				b.nextIn(1, c.last)
			}
		}},
		{"a cap out of range is brought into it, and none is two minutes", func(t *testing.T) {
			for _, c := range []struct{ set, want time.Duration }{{time.Second, 5 * time.Second}, {24 * time.Hour, time.Hour}, {0, 2 * time.Minute}, {-1, 5 * time.Second}} {
				b := newBed(t, func(k *Config) { k.RetryDelayMax = c.set })
				if got := b.p.world.cap(); got != c.want {
					t.Errorf("a cap of %v counts as %v, want %v", c.set, got, c.want)
				}
			}
		}},
		{"a cap that is lowered takes effect at once", func(t *testing.T) {
			b := newBed(t, func(k *Config) { k.RetryDelayMax = time.Hour })
			for range 9 {
				b.pass(max(0, b.p.View(idOf(1)).Next.Sub(b.now)))
				b.fail(1, vpn.StopNotResponding)
			}
			b.nextIn(1, 256*time.Second)
			b.handle(ConfigChanged{Config{Auto: b.p.world.config.Auto, RetryDelayMax: 10 * time.Second}})
			b.nextIn(1, 10*time.Second)
		}},
		{"a connection of less than a minute does not count as success", func(t *testing.T) {
			b := newBed(t)
			for _, want := range []time.Duration{1, 2, 4, 8} {
				b.up(1)
				b.pass(stableAfter - time.Second)
				b.drop(1, vpn.StopServerTerminated)
				b.nextIn(1, want*time.Second)
				b.pass(want * time.Second)
			}
		}},
		{"another network is a fresh start", func(t *testing.T) {
			b := newBed(t)
			for range 10 {
				b.fail(1, vpn.StopNotResponding)
				b.pass(max(0, b.p.View(idOf(1)).Next.Sub(b.now)))
			}
			b.fail(1, vpn.StopNotResponding)
			b.is(1, Slow, KeySlowFailures)
			b.take()
			b.facts(cafe())
			b.is(1, Settling, KeySettlingNetwork)
			b.nextIn(1, settleQuiet)
			b.pass(settleQuiet)
			b.did("start 1 (1)")
			b.fail(1, vpn.StopNotResponding)
			b.nextIn(1, time.Second)
		}},
		{"a wake ends the slow lane, after two seconds", func(t *testing.T) {
			b := newBed(t)
			for range 3 {
				b.fail(1, vpn.StopNegotiation)
				b.pass(min(5*time.Second, max(0, b.p.View(idOf(1)).Next.Sub(b.now))))
			}
			b.is(1, Slow, KeySlowNegotiation)
			b.take()
			f := b.f
			f.Asleep, f.SleptAt = true, b.now
			b.facts(f)
			b.is(1, Waiting, KeyWaitingAsleep)
			b.pass(time.Minute)
			f.Asleep, f.WokeAt = false, b.now
			b.facts(f)
			b.is(1, Settling, KeySettlingWake)
			b.nextIn(1, wakeGrace)
			b.pass(wakeGrace)
			b.did("start 1 (4)")
		}},
		{"a connect by hand tries at once", func(t *testing.T) {
			b := newBed(t)
			for range 3 {
				b.fail(1, vpn.StopNegotiation)
				b.pass(min(5*time.Second, max(0, b.p.View(idOf(1)).Next.Sub(b.now))))
			}
			b.take()
			b.handle(UserConnect{ID: idOf(1)})
			b.did("start 1 (1)")
		}},
		{"after a connect by hand one more rejected password is enough", func(t *testing.T) {
			b := newBed(t)
			b.fail(1, vpn.StopAuthFailed)
			b.pass(authDelay)
			b.fail(1, vpn.StopAuthFailed)
			b.is(1, NeedsUser, KeyNeedsAuth)
			b.take()
			b.handle(UserConnect{ID: idOf(1)})
			b.did("start 1 (1)")
			b.fail(1, vpn.StopAuthFailed)
			b.is(1, NeedsUser, KeyNeedsAuth)
		}},
		{"an edited configuration is tried again, a new name is not an edit", func(t *testing.T) {
			b := newBed(t)
			b.fail(1, vpn.StopConfiguration)
			b.is(1, NeedsUser, KeyNeedsConfiguration)
			b.take()
			b.load(conf(1, "Office 2"))
			b.did()
			c := conf(1, "Office 2")
			c.Server = "vpn.example.com"
			b.load(c)
			b.did("start 1 (1)")
		}},
		{"the system's own lack of a network waits and is not counted", func(t *testing.T) {
			b := newBed(t)
			for _, want := range []time.Duration{1, 2, 4, 8, 16, 32, 64, 120, 120, 120, 120, 120} {
				b.fail(1, vpn.StopNoNetwork)
				b.is(1, Waiting, KeyWaitingOffline)
				b.nextIn(1, want*time.Second)
				b.pass(want * time.Second)
			}
			b.fail(1, vpn.StopNotResponding)
			b.nextIn(1, time.Second)
		}},
		{"nothing is tried before the question for the cause is answered", func(t *testing.T) {
			b := newBed(t)
			b.up(1)
			b.take()
			b.status(1, vpn.Disconnected)
			b.is(1, Backoff, KeyBackoffDropped)
			b.pass(time.Hour)
			b.did()
			b.noAnswer(1)
			b.did("start 1 (2)", "notify dropped backoff.dropped")
		}},
		{"a cause that comes after a connect by hand does not undo it", func(t *testing.T) {
			b := newBed(t)
			b.up(1)
			b.take()
			b.status(1, vpn.Disconnected)
			b.handle(UserConnect{ID: idOf(1)})
			b.cause(1, vpn.StopUser)
			b.did("start 1 (1)")
			b.is(1, Connecting, KeyConnectingUser)
		}},
		{"a rejection that arrives late still counts, once", func(t *testing.T) {
			b := newBed(t)
			b.status(1, vpn.Connecting, vpn.Disconnected)
			b.handle(UserConnect{ID: idOf(1)})
			b.cause(1, vpn.StopAuthFailed)
			b.cause(1, vpn.StopAuthFailed)
			b.is(1, Connecting, KeyConnectingUser)
			b.fail(1, vpn.StopAuthFailed)
			b.is(1, NeedsUser, KeyNeedsAuth)
		}},
	})
}

func TestManualOff(t *testing.T) {
	play(t, []scene{
		{"a disconnect here holds until connected by hand", func(t *testing.T) {
			b := newBed(t)
			b.up(1)
			b.take()
			b.handle(UserDisconnect{ID: idOf(1)})
			b.did("stop 1 stop.user", "store")
			b.is(1, Held, KeyHeldUser)
			b.status(1, vpn.Disconnecting, vpn.Disconnected)
			b.cause(1, vpn.StopUser)
			b.pass(24 * time.Hour)
			b.facts(cafe())
			b.pass(24 * time.Hour)
			b.did()
			b.handle(UserConnect{ID: idOf(1), Options: vpn.Options{Username: "me"}})
			if a, ok := b.log[0].(Start); !ok || a.Options.Username != "me" || a.Reason.Key != KeyConnectingUser {
				t.Errorf("the start is %+v", b.log[0])
			}
			b.did("start 1 (1)", "store")
			b.is(1, Connecting, KeyConnectingUser)
		}},
		{"a hold until the network changes survives being offline", func(t *testing.T) {
			b := newBed(t)
			u, ok := UntilNetworkChanges(b.f)
			if !ok {
				t.Fatal("the network can be identified")
			}
			b.handle(UserDisconnect{ID: idOf(1), Until: u})
			b.status(1, vpn.Connecting, vpn.Disconnecting, vpn.Disconnected)
			b.take()
			f := home()
			f.Path.Value = facts.Unsatisfied
			b.facts(f)
			f = home()
			f.SSID.Known, f.GatewayMAC.Known = false, false
			b.facts(f)
			b.facts(home())
			b.pass(time.Hour)
			b.did()
			b.facts(cafe())
			b.pass(2 * time.Second)
			b.did("store", "start 1 (1)")
		}},
		{"a disconnect while waiting cancels the next attempt", func(t *testing.T) {
			b := newBed(t)
			b.fail(1, vpn.StopNotResponding)
			b.take()
			b.handle(UserDisconnect{ID: idOf(1)})
			b.pass(time.Hour)
			b.did("store")
			b.is(1, Held, KeyHeldUser)
		}},
		{"a disconnect overtaken by our own start stops again", func(t *testing.T) {
			b := newBed(t)
			b.take()
			b.handle(UserDisconnect{ID: idOf(1)})
			b.did("cancel 1 stop.user", "verify 1", "store")
			b.status(1, vpn.Connecting)
			b.did("stop 1 stop.user")
			b.is(1, Held, KeyHeldUser)
			b.status(1, vpn.Disconnecting, vpn.Disconnected)
			b.pass(time.Hour)
			b.did()
		}},
		{"a stop that the system ignores is verified once", func(t *testing.T) {
			b := newBed(t)
			b.up(1)
			b.take()
			b.handle(UserDisconnect{ID: idOf(1)})
			b.pass(time.Hour)
			b.did("stop 1 stop.user", "store", "verify 1")
			b.handle(UserConnect{ID: idOf(1)})
			b.did("store")
			b.is(1, Satisfied, KeySatisfied)
		}},
		{"changing one's mind while it goes down connects when it is down", func(t *testing.T) {
			b := newBed(t)
			b.up(1)
			b.handle(UserDisconnect{ID: idOf(1)})
			b.status(1, vpn.Disconnecting)
			b.take()
			b.handle(UserConnect{ID: idOf(1)})
			b.did("store")
			b.is(1, Waiting, KeyWaitingStopping)
			b.status(1, vpn.Disconnected)
			b.did("start 1 (1)")
		}},
		{"a disconnect while another's stop is under way is still held as the user's", func(t *testing.T) {
			b := newBed(t)
			b.up(1)
			b.status(1, vpn.Disconnecting)
			b.take()
			b.handle(UserDisconnect{ID: idOf(1)})
			b.status(1, vpn.Disconnected)
			b.cause(1, vpn.StopUser)
			b.did("store")
			b.is(1, Held, KeyHeldUser)
		}},
		{"a stop elsewhere becomes a hold and says so", func(t *testing.T) {
			b := newBed(t)
			b.up(1)
			b.pass(time.Hour)
			b.take()
			b.status(1, vpn.Disconnecting)
			b.is(1, Waiting, KeyWaitingStopping)
			b.status(1, vpn.Disconnected)
			b.cause(1, vpn.StopUser)
			b.did("notify held held.foreign", "store")
			b.is(1, Held, KeyHeldForeign)
		}},
		{"a stop elsewhere for which the system has no cause is a hold until the network changes", func(t *testing.T) {
			b := newBed(t)
			b.up(1)
			b.pass(time.Hour)
			b.take()
			b.status(1, vpn.Disconnecting, vpn.Disconnected)
			b.is(1, Backoff, KeyBackoffDropped)
			b.noCause(1)
			b.did("notify held held.unexplained", "store")
			b.is(1, Held, KeyHeldUnexplained)
			if got := b.p.View(idOf(1)).Reason.Words(b.now, time.UTC); got != "Held: it went down as if disconnected outside VPNStatus, until the network changes, you connect or resume" {
				t.Errorf("the words are %q", got)
			}
			b.pass(time.Hour)
			b.did()
			b.facts(cafe())
			b.pass(settleQuiet)
			b.did("store", "start 1 (1)")
		}},
		{"such a stop on a network that can't be identified is a drop", func(t *testing.T) {
			b := newBed(t)
			b.facts(facts.Facts{Path: facts.Known(facts.Satisfied, t0)})
			b.up(1)
			b.pass(time.Hour)
			b.status(1, vpn.Disconnecting, vpn.Disconnected)
			b.noCause(1)
			b.is(1, Backoff, KeyBackoffDropped)
		}},
		{"a stop elsewhere is no hold if the question for its cause had no answer", func(t *testing.T) {
			b := newBed(t)
			b.up(1)
			b.pass(time.Hour)
			b.take()
			b.status(1, vpn.Disconnecting, vpn.Disconnected)
			b.noAnswer(1)
			b.did("notify dropped backoff.dropped")
			b.is(1, Backoff, KeyBackoffDropped)
		}},
		{"a session that dies with an error code is not taken for a manual stop", func(t *testing.T) {
			b := newBed(t)
			b.up(1)
			b.pass(time.Hour)
			b.take()
			b.status(1, vpn.Disconnecting, vpn.Disconnected)
			b.pass(500 * time.Millisecond)
			b.cause(1, vpn.StopServerDead)
			b.pass(500 * time.Millisecond)
			b.did("notify dropped backoff.dropped", "start 1 (1)")
		}},
		{"a crash of the daemon is not taken for a manual stop", func(t *testing.T) {
			b := newBed(t)
			b.up(1)
			b.pass(time.Hour)
			b.take()
			b.status(1, vpn.Disconnected)
			b.noCause(1)
			b.pass(time.Second)
			b.did("notify dropped backoff.dropped", "start 1 (1)")
		}},
		{"a session that ends as the network goes is not taken for a manual stop", func(t *testing.T) {
			b := newBed(t)
			b.up(1)
			b.pass(time.Hour)
			b.take()
			b.status(1, vpn.Disconnecting)
			f := home()
			f.Path.Value = facts.Unsatisfied
			b.facts(f)
			b.status(1, vpn.Disconnected)
			b.noCause(1)
			b.pass(time.Minute)
			b.is(1, Waiting, KeyWaitingOffline)
			b.did("notify dropped waiting.offline")
		}},
		{"a session that ends just after a wake is not taken for a manual stop", func(t *testing.T) {
			b := newBed(t)
			b.up(1)
			f := home()
			f.Asleep = true
			b.facts(f)
			b.pass(time.Minute)
			b.facts(home())
			b.pass(time.Second)
			b.status(1, vpn.Disconnecting, vpn.Disconnected)
			b.noCause(1)
			b.take()
			b.pass(time.Minute)
			b.is(1, Connecting, KeyConnectingRetry)
		}},
		{"an attempt cancelled elsewhere is held", func(t *testing.T) {
			b := newBed(t)
			b.status(1, vpn.Connecting, vpn.Disconnecting, vpn.Disconnected)
			b.cause(1, vpn.StopUser)
			b.is(1, Held, KeyHeldForeign)
		}},
		{"a connect elsewhere lifts the hold", func(t *testing.T) {
			b := newBed(t)
			b.up(1)
			b.handle(UserDisconnect{ID: idOf(1)})
			b.status(1, vpn.Disconnecting, vpn.Disconnected)
			b.pass(time.Hour)
			b.take()
			b.status(1, vpn.Connecting)
			b.did("store")
			b.is(1, Connecting, KeyConnectingOther)
			b.status(1, vpn.Connected)
			b.pass(time.Hour)
			b.drop(1, vpn.StopServerDead)
			b.is(1, Backoff, KeyBackoffDropped)
		}},
		{"a connect elsewhere whose beginning was missed lifts the hold too", func(t *testing.T) {
			b := newBed(t)
			b.handle(UserDisconnect{ID: idOf(1)})
			b.status(1, vpn.Disconnected)
			b.pass(time.Hour)
			b.status(1, vpn.Connected)
			b.is(1, Satisfied, KeySatisfied)
		}},
		{"being up when the program starts does not lift a stored hold", func(t *testing.T) {
			b := bareBed(t, Stored{Holds: map[vpn.ID]Hold{idOf(1): {Until: Forever, Key: KeyHeldUser}}})
			b.load(conf(1, "Office"))
			b.facts(home())
			b.status(1, vpn.Connected)
			b.is(1, Held, KeyHeldUser)
		}},
		{"a hold without a stop leaves it up and keeps it down after a drop", func(t *testing.T) {
			b := newBed(t)
			b.up(1)
			b.take()
			b.handle(UserHold{ID: idOf(1), Until: Forever})
			b.did("store")
			b.is(1, Held, KeyHeldAsked)
			b.drop(1, vpn.StopServerDead)
			b.pass(time.Hour)
			b.did("notify dropped held.asked")
			b.handle(UserHold{ID: idOf(1)})
			b.did("start 1 (1)", "store")
		}},
		{"a released hold that was none does nothing", func(t *testing.T) {
			b := newBed(t)
			b.take()
			b.handle(UserHold{ID: idOf(1)})
			b.did()
		}},
		{"a hold with a time ends then, and extending it moves the end", func(t *testing.T) {
			b := newBed(t)
			u := UntilTime(b.now.Add(time.Minute))
			b.handle(UserDisconnect{ID: idOf(1), Until: u})
			b.status(1, vpn.Connecting, vpn.Disconnecting, vpn.Disconnected)
			b.handle(UserHold{ID: idOf(1), Until: u.Extend(time.Hour, b.now)})
			b.take()
			b.pass(time.Hour + time.Minute - time.Second)
			b.did()
			b.pass(time.Second)
			b.did("start 1 (1)", "store")
		}},
		{"holds survive a relaunch and count the time in between", func(t *testing.T) {
			b := newBed(t)
			b.handle(UserDisconnect{ID: idOf(1), Until: UntilTime(b.now.Add(time.Hour))})
			stored := b.p.Stored()
			for _, c := range []struct {
				after time.Duration
				want  State
			}{{59 * time.Minute, Held}, {time.Hour, Connecting}, {1000 * time.Hour, Connecting}} {
				n := bareBed(t, stored)
				n.now = t0.Add(c.after)
				n.load(conf(1, "Office"))
				n.facts(home())
				n.status(1, vpn.Disconnected)
				if got := n.p.View(idOf(1)).State; got != c.want {
					t.Errorf("%v later it is %s, want %s", c.after, got, c.want)
				}
			}
		}},
		{"a hold until the network changes survives a relaunch, whatever the Wi-Fi is called", func(t *testing.T) {
			f := home()
			f.SSID.Value = "x, gateway y"
			b := newBed(t)
			b.facts(f)
			u, _ := UntilNetworkChanges(f)
			b.handle(UserDisconnect{ID: idOf(1), Until: u})
			text, err := json.Marshal(b.p.Stored())
			if err != nil {
				t.Fatal(err)
			}
			var stored Stored
			if err := json.Unmarshal(text, &stored); err != nil {
				t.Fatal(err)
			}
			n := bareBed(t, stored)
			n.load(conf(1, "Office"))
			n.facts(f)
			n.status(1, vpn.Disconnected)
			n.is(1, Held, KeyHeldUser)
			n.facts(cafe())
			n.pass(settleQuiet)
			n.is(1, Connecting, KeyConnecting)
		}},
		{"the hold of a service that is not in the list is kept", func(t *testing.T) {
			b := newBed(t)
			b.handle(UserHold{ID: idOf(1), Until: Forever})
			b.load()
			if b.p.Stored().Holds[idOf(1)].Until != Forever {
				t.Error("the hold was lost")
			}
			b.load(conf(1, "Office"))
			b.is(1, Held, KeyHeldAsked)
		}},
	})
}

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
			f := home()
			f.Path.Value = facts.Unsatisfied
			b.facts(f)
			b.handle(UserConnect{ID: idOf(1)})
			b.is(1, Waiting, KeyWaitingOffline)
			b.did()
			b.pass(time.Minute)
			b.facts(home())
			b.did("start 1 (1)")
		}},
		{"a click that can't be obeyed is forgotten after a while", func(t *testing.T) {
			b := newBed(t, manual)
			f := home()
			f.Asleep = true
			b.facts(f)
			b.handle(UserConnect{ID: idOf(1)})
			b.is(1, Waiting, KeyWaitingAsleep)
			b.pass(pendingConnectFor)
			b.is(1, Manual, KeyManual)
			b.facts(home())
			b.pass(time.Minute)
			b.did()
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
	})
}

func TestPause(t *testing.T) {
	play(t, []scene{
		{"a pause leaves services as they are, and a drop while paused stays down", func(t *testing.T) {
			b := newBed(t)
			b.up(1)
			b.pass(time.Hour)
			b.take()
			b.handle(UserPause{Forever})
			b.did("store")
			b.is(1, Paused, KeyPaused)
			if b.p.Pause() != Forever {
				t.Error("not paused")
			}
			b.drop(1, vpn.StopServerDead)
			b.facts(cafe())
			b.pass(24 * time.Hour)
			b.did("notify dropped paused")
			b.handle(UserPause{})
			b.is(1, Settling, KeySettlingResume)
			b.pass(settleQuiet)
			b.did("store", "start 1 (1)")
		}},
		{"a pause with a time ends then", func(t *testing.T) {
			b := newBed(t)
			b.fail(1, vpn.StopNotResponding)
			b.handle(UserPause{UntilTime(b.now.Add(5 * time.Minute))})
			b.take()
			b.pass(5*time.Minute - time.Millisecond)
			b.did()
			b.pass(settleQuiet + time.Millisecond)
			b.did("store", "start 1 (2)")
		}},
		{"a pause until the network changes ends there", func(t *testing.T) {
			b := newBed(t)
			b.fail(1, vpn.StopNotResponding)
			u, _ := UntilNetworkChanges(b.f)
			b.handle(UserPause{u})
			b.take()
			b.pass(time.Hour)
			b.did()
			b.facts(cafe())
			b.pass(settleQuiet)
			b.did("store", "start 1 (1)")
		}},
		{"a pause survives a relaunch", func(t *testing.T) {
			b := newBed(t)
			b.handle(UserPause{UntilTime(b.now.Add(time.Hour))})
			n := bareBed(t, b.p.Stored())
			n.load(conf(1, "Office"))
			n.facts(home())
			n.status(1, vpn.Disconnected)
			n.is(1, Paused, KeyPaused)
			n.pass(time.Hour + settleQuiet)
			n.is(1, Connecting, KeyConnecting)
		}},
		{"a pause whose end has passed is over", func(t *testing.T) {
			b := bareBed(t, Stored{Pause: UntilTime(t0.Add(-time.Hour))})
			b.load(conf(1, "Office"))
			b.facts(home())
			b.status(1, vpn.Disconnected)
			b.pass(settleQuiet)
			b.is(1, Connecting, KeyConnecting)
			b.handle(UserPause{UntilTime(t0.Add(-time.Hour))})
			if !b.p.Pause().IsZero() {
				t.Error("a pause into the past pauses")
			}
		}},
		{"a click connects while paused, and is not kept up", func(t *testing.T) {
			b := newBed(t)
			b.fail(1, vpn.StopNotResponding)
			b.handle(UserPause{Forever})
			b.take()
			b.handle(UserConnect{ID: idOf(1)})
			b.did("start 1 (1)")
			b.up(1)
			b.is(1, Paused, KeyPaused)
			b.drop(1, vpn.StopServerDead)
			b.pass(time.Hour)
			b.did("notify dropped paused")
		}},
		{"a foreign stop while paused is a hold after the pause", func(t *testing.T) {
			b := newBed(t)
			b.up(1)
			b.handle(UserPause{Forever})
			b.status(1, vpn.Disconnecting, vpn.Disconnected)
			b.cause(1, vpn.StopUser)
			b.handle(UserPause{})
			b.pass(time.Hour)
			b.is(1, Held, KeyHeldForeign)
		}},
		{"resuming when nothing is paused releases the holds", func(t *testing.T) {
			b := newBed(t)
			b.handle(UserDisconnect{ID: idOf(1)})
			b.status(1, vpn.Connecting, vpn.Disconnecting, vpn.Disconnected)
			b.take()
			b.handle(UserPause{Forever})
			b.handle(UserPause{})
			b.pass(time.Minute)
			b.did("store", "store")
			b.is(1, Held, KeyHeldUser)
			b.handle(UserPause{})
			b.did("start 1 (1)", "store")
		}},
		{"pausing twice the same way is stored once", func(t *testing.T) {
			b := newBed(t)
			b.take()
			b.handle(UserPause{Forever})
			b.handle(UserPause{Forever})
			b.did("store")
		}},
	})
}

func TestSurroundings(t *testing.T) {
	unsatisfied := func(f facts.Facts) facts.Facts { f.Path.Value = facts.Unsatisfied; return f }
	play(t, []scene{
		{"offline is waited out and settled after", func(t *testing.T) {
			b := newBed(t)
			b.up(1)
			b.pass(time.Hour)
			b.take()
			b.facts(unsatisfied(home()))
			b.drop(1, vpn.StopNetworkChange)
			b.is(1, Waiting, KeyWaitingOffline)
			b.pass(time.Hour)
			b.did("notify dropped waiting.offline")
			b.facts(home())
			b.is(1, Settling, KeySettlingNetwork)
			b.pass(settleQuiet)
			b.did("start 1 (1)")
		}},
		{"a network that does not calm down is waited for five seconds", func(t *testing.T) {
			b := newBed(t)
			b.fail(1, vpn.StopNotResponding)
			b.take()
			b.facts(cafe())
			for i := range 12 {
				b.pass(500 * time.Millisecond)
				f := cafe()
				f.GatewayMAC.Known = i%2 == 1
				b.facts(f)
				if b.now.Sub(t0) < maxSettle {
					b.did()
				}
			}
			b.did("start 1 (1)")
		}},
		{"facts that come in one after the other are one network", func(t *testing.T) {
			b := newBed(t)
			b.up(1)
			epoch := b.p.world.here.epoch
			for _, change := range []func(*facts.Facts){
				func(f *facts.Facts) { f.SSID.Known = false },
				func(f *facts.Facts) { f.GatewayMAC.Known = false },
				func(f *facts.Facts) { f.Interface.Known = false },
				func(f *facts.Facts) { f.BSSID.Value = "00:00:00:00:00:01" },
				func(f *facts.Facts) { *f = facts.Facts{} },
			} {
				f := home()
				change(&f)
				b.facts(f)
				b.facts(home())
			}
			if b.p.world.here.epoch != epoch {
				t.Error("the network changed")
			}
		}},
		{"asleep nothing is started", func(t *testing.T) {
			b := newBed(t)
			b.up(1)
			f := home()
			f.Asleep = true
			b.facts(f)
			b.take()
			b.drop(1, vpn.StopSleep)
			b.is(1, Waiting, KeyWaitingAsleep)
			b.pass(8 * time.Hour)
			b.did()
			f = unsatisfied(home())
			b.facts(f)
			b.is(1, Settling, KeySettlingWake)
			b.pass(wakePathGrace - time.Second)
			b.is(1, Settling, KeySettlingWake)
			b.pass(time.Second)
			b.is(1, Waiting, KeyWaitingOffline)
			b.facts(home())
			b.pass(settleQuiet)
			b.did("start 1 (2)")
		}},
		{"a long sleep has connected services verified, a short one not", func(t *testing.T) {
			for _, c := range []struct {
				slept time.Duration
				want  []string
			}{{longSleep - time.Second, nil}, {longSleep, []string{"verify 1"}}} {
				b := newBed(t)
				b.up(1)
				f := home()
				f.Asleep, f.SleptAt = true, b.now
				b.facts(f)
				b.take()
				b.now = b.now.Add(c.slept)
				f.Asleep, f.WokeAt = false, b.now
				b.facts(f)
				b.did(c.want...)
			}
		}},
		{"a wake that only shows in the time of the last wake counts", func(t *testing.T) {
			b := newBed(t)
			f := home()
			f.WokeAt = t0.Add(-time.Hour)
			b.facts(f)
			b.fail(1, vpn.StopNotResponding)
			f.WokeAt = t0
			b.facts(f)
			b.is(1, Settling, KeySettlingWake)
		}},
		{"a missed wake shows as a jump of the clock", func(t *testing.T) {
			b := newBed(t)
			b.up(1)
			b.take()
			b.now = b.now.Add(time.Hour)
			b.handle(ClockJumped{Gap: time.Hour})
			b.did("verify 1")
			b.drop(1, vpn.StopOverslept)
			b.is(1, Settling, KeySettlingWake)
		}},
		{"a small jump of the clock does not count as a wake", func(t *testing.T) {
			b := newBed(t)
			b.up(1)
			b.take()
			b.handle(ClockJumped{Gap: time.Second})
			b.did()
			if !b.p.world.here.wokeAt.IsZero() {
				t.Error("it woke")
			}
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
		{"a clock that is set back a year does not silence watchdogs and probes", func(t *testing.T) {
			b := newBed(t, func(c *Config) { c.Probes = map[vpn.ID]Probe{idOf(1): {Target: "10.0.0.1:22"}} })
			b.take()
			back := func() {
				b.now = b.now.AddDate(-1, 0, 0)
				b.handle(ClockJumped{Gap: -365 * 24 * time.Hour})
			}
			back()
			b.pass(startAnswer)
			b.did("verify 1")
			b.status(1, vpn.Connecting)
			back()
			b.pass(connectWatchdog)
			b.did("verify 1")
			b.status(1, vpn.Connected)
			back()
			b.pass(probeEvery)
			b.did("probe 1")
			b.handle(UserDisconnect{ID: idOf(1)})
			back()
			b.pass(stopAnswer)
			b.did("stop 1 stop.user", "store", "verify 1")
		}},
		{"a clock that is set back does not move the end of a hold", func(t *testing.T) {
			b := newBed(t)
			end := UntilTime(b.now.Add(time.Hour))
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
			f := home()
			f.Asleep = true
			b.facts(f)
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
			f := home()
			f.SessionActive.Value = false
			b.facts(f)
			b.take()
			b.drop(1, 35)
			b.is(1, Waiting, KeyWaitingSession)
			b.pass(time.Hour)
			b.did()
			b.facts(home())
			b.did("start 1 (2)")
		}},
	})
}

func TestOnDemand(t *testing.T) {
	onDemand := conf(1, "Office")
	onDemand.OnDemand = true
	play(t, []scene{
		{"a service with On Demand is left to the system", func(t *testing.T) {
			b := bareBed(t, Stored{})
			b.load(onDemand)
			b.facts(home())
			b.status(1, vpn.Disconnected)
			b.pass(time.Hour)
			b.did()
			b.is(1, Waiting, KeyWaitingOnDemand)
			b.up(1)
			b.drop(1, vpn.StopServerDead)
			b.pass(time.Hour)
			b.did("notify dropped waiting.on-demand")
		}},
		{"a disconnect goes out and warns that it may come back", func(t *testing.T) {
			b := bareBed(t, Stored{})
			b.load(onDemand)
			b.facts(home())
			b.status(1, vpn.Connected)
			b.handle(UserDisconnect{ID: idOf(1)})
			b.did("stop 1 stop.on-demand")
			b.is(1, Waiting, KeyWaitingOnDemand)
		}},
		{"a click connects it", func(t *testing.T) {
			b := bareBed(t, Stored{})
			b.load(onDemand)
			b.facts(home())
			b.status(1, vpn.Disconnected)
			b.handle(UserConnect{ID: idOf(1)})
			b.did("start 1 (1)")
		}},
		{"when On Demand is switched off it is kept up", func(t *testing.T) {
			b := bareBed(t, Stored{})
			b.load(onDemand)
			b.facts(home())
			b.status(1, vpn.Disconnected)
			b.load(conf(1, "Office"))
			b.did("start 1 (1)")
		}},
	})
}

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
		}},
		{"an attempt that may prompt is given three minutes", func(t *testing.T) {
			for name, prepare := range map[string]func(*bed){
				"the configuration prompts": func(b *bed) {
					c := conf(1, "Office")
					c.Prompts = true
					b.load(c)
				},
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
		}},
		{"a stop that the system ignores is not repeated", func(t *testing.T) {
			b := newBed(t)
			b.up(1)
			b.status(1, vpn.Reasserting)
			b.take()
			b.pass(time.Hour)
			b.did("verify 1", "stop 1 recycling.reasserting", "verify 1")
			b.is(1, Satisfied, KeySatisfiedReasserting)
		}},
		{"a reasserting offline is left in peace", func(t *testing.T) {
			b := newBed(t)
			b.up(1)
			f := home()
			f.Path.Value = facts.Unsatisfied
			b.facts(f)
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
			f := home()
			f.Asleep = true
			b.facts(f)
			b.take()
			b.pass(time.Hour)
			b.facts(home())
			b.pass(connectWatchdog - time.Second)
			b.did()
		}},
		{"a manual service is not recycled", func(t *testing.T) {
			b := newBed(t, func(c *Config) { c.Auto = nil })
			b.status(1, vpn.Connecting)
			b.pass(time.Hour)
			b.did()
		}},
	})
}

func TestLivenessProbe(t *testing.T) {
	probed := func(c *Config) { c.Probes = map[vpn.ID]Probe{idOf(1): {Target: "10.0.0.1:22"}} }
	answer := func(b *bed, err string) { b.t.Helper(); b.handle(ProbeDone{ID: idOf(1), Err: err}) }
	// miss lets three probes fail.
	miss := func(b *bed) {
		b.t.Helper()
		b.pass(probeEvery)
		answer(b, "timed out")
		b.pass(probeAgain)
		answer(b, "timed out")
		b.pass(probeAgain)
		answer(b, "timed out")
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
			b.did("probe 1", "probe 1", "probe 1", "stop 1 recycling.dead")
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
			b := newBed(t, probed)
			b.up(1)
			miss(b)
			b.status(1, vpn.Disconnecting, vpn.Disconnected)
			b.up(1)
			b.take()
			miss(b)
			b.did("probe 1", "probe 1", "probe 1")
			b.is(1, Satisfied, KeySatisfiedNoAnswer)
			b.pass(probeEvery)
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
			f := home()
			f.Path.Value = facts.Unsatisfied
			b.facts(f)
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
			b.pass(probeEvery + probeTimeout + probeLost + probeEvery)
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
	})
}

func TestFlaps(t *testing.T) {
	play(t, []scene{
		{"five drops in ten minutes raise the alarm and slow it down", func(t *testing.T) {
			b := newBed(t)
			for i := range flapDrops {
				b.up(1)
				b.pass(stableAfter + time.Duration(i)*20*time.Second)
				b.take()
				b.drop(1, vpn.StopServerTerminated)
				if i < flapDrops-1 {
					b.nextIn(1, time.Second)
					b.did("notify dropped backoff.dropped")
					b.pass(time.Second)
				}
			}
			b.nextIn(1, flapFloor)
			b.did() // no notification any more
			if v := b.p.View(idOf(1)); !v.Unstable {
				t.Errorf("the view is %+v", v)
			}
			b.pass(flapFloor)
			b.up(1)
			b.pass(flapWindow)
			if b.p.View(idOf(1)).Unstable {
				t.Error("the alarm does not end")
			}
		}},
		{"stops by the user are no drops", func(t *testing.T) {
			b := newBed(t)
			for range 2 * flapDrops {
				b.up(1)
				b.status(1, vpn.Disconnecting, vpn.Disconnected)
				b.cause(1, vpn.StopUser)
				b.handle(UserConnect{ID: idOf(1)})
			}
			if b.p.View(idOf(1)).Unstable {
				t.Error("the alarm is on")
			}
		}},
	})
}
