package autoconnect

import (
	"testing"
	"time"

	"vpnstatus/internal/vpn"
)

func TestBackoff(t *testing.T) {
	play(t, []scene{
		{"a stable session is started again at once, then twice as long after each failure up to the cap", func(t *testing.T) {
			b := newBed(t)
			b.up(1)
			b.pass(2 * time.Minute)
			b.take()
			b.drop(1, vpn.StopServerTerminated)
			b.is(1, Backoff, KeyBackoffDropped)
			b.nextIn(1, retryAtOnce)
			b.attempt(1, 1)
			b.did("notify dropped backoff.dropped")
			b.pass(retryAtOnce)
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
			b.nextIn(1, retryAtOnce)
			b.attempt(1, 1)
			b.pass(retryAtOnce)
			b.up(1)
			b.drop(1, vpn.StopServerTerminated)
			b.nextIn(1, time.Second) // the first that died young
		}},
		{"the slow lane is no faster than the cap", func(t *testing.T) {
			b := newBed(t, func(k *Config) { k.RetryDelayMax = time.Hour })
			b.failures(slowFailures, vpn.StopNotResponding)
			b.is(1, Slow, KeySlowFailures)
			b.nextIn(1, time.Hour)
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
			b.failures(9, vpn.StopNotResponding)
			b.nextIn(1, 256*time.Second)
			b.handle(ConfigChanged{Config{Auto: b.p.world.config.Auto, RetryDelayMax: 10 * time.Second}})
			b.nextIn(1, 10*time.Second)
		}},
		{"a session counts from its beginning, whatever re-established it", func(t *testing.T) {
			b := newBed(t)
			b.up(1)
			b.pass(stableAfter - time.Second)
			b.status(1, vpn.Reasserting)
			b.pass(time.Second)
			b.status(1, vpn.Connected)
			b.drop(1, vpn.StopServerTerminated)
			b.nextIn(1, retryAtOnce)
		}},
		{"another network is a fresh start", func(t *testing.T) {
			b := newBed(t)
			b.failures(slowFailures, vpn.StopNotResponding)
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
			b.failures(3, vpn.StopNegotiation)
			b.is(1, Slow, KeySlowNegotiation)
			b.take()
			f := b.f
			f.Asleep = true
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
		{"an attempt after one that is not the fault of the service is a retry too", func(t *testing.T) {
			b := newBed(t)
			b.fail(1, vpn.StopNoNetwork) // the path says otherwise
			b.is(1, Waiting, KeyWaitingOffline)
			b.pass(time.Second)
			b.is(1, Connecting, KeyConnectingRetry)
		}},
		{"of the causes that are reported late only rejected credentials count, unless it is up by then", func(t *testing.T) {
			for _, c := range []struct {
				cause int
				up    bool
				want  State // after a rejection
			}{{vpn.StopAuthFailed, false, NeedsUser}, {vpn.StopAuthFailed, true, Backoff}, {vpn.StopNotResponding, false, Backoff}} {
				b := newBed(t)
				b.status(1, vpn.Connecting, vpn.Disconnected)
				b.handle(UserConnect{ID: idOf(1)}) // before the cause is known
				if c.up {
					b.up(1)
				}
				b.cause(1, c.cause)
				if c.up {
					b.drop(1, vpn.StopServerDead)
				} else {
					b.is(1, Connecting, KeyConnectingUser)
					b.fail(1, vpn.StopNotResponding)
				}
				b.is(1, Backoff, b.p.View(idOf(1)).Reason.Key)
				b.nextIn(1, time.Second)
				b.pass(time.Second)
				b.fail(1, vpn.StopAuthFailed)
				if got := b.p.View(idOf(1)).State; got != c.want {
					t.Errorf("cause %d, up %t: after a rejection it is %s, want %s", c.cause, c.up, got, c.want)
				}
			}
		}},
		{"an attempt of the user is not answered in words if the policy tries again", func(t *testing.T) {
			b := newBed(t)
			b.handle(UserHold{ID: idOf(1), Until: Forever})
			b.status(1, vpn.Connecting, vpn.Disconnecting, vpn.Disconnected)
			b.handle(UserConnect{ID: idOf(1)})
			b.take()
			b.fail(1, vpn.StopNotResponding)
			b.did()
			b.is(1, Backoff, KeyBackoffFailed)
		}},
	})
}

func TestUnstableServices(t *testing.T) {
	play(t, []scene{
		{"five short sessions in ten minutes raise the alarm and slow it down", func(t *testing.T) {
			b := newBed(t)
			for i := range flapDrops {
				b.up(1)
				b.pass(stableAfter - time.Second)
				b.take()
				b.drop(1, vpn.StopServerTerminated)
				if wait := time.Second << i; i < flapDrops-1 {
					b.nextIn(1, wait)
					b.did("notify dropped backoff.dropped")
					b.pass(wait)
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
		{"stable sessions raise no alarm however often they drop", func(t *testing.T) {
			b := newBed(t)
			for range 3 * flapDrops {
				b.up(1)
				b.pass(stableAfter)
				b.drop(1, vpn.StopServerTerminated)
				b.nextIn(1, retryAtOnce)
				b.pass(retryAtOnce)
			}
			if b.p.View(idOf(1)).Unstable {
				t.Error("the alarm is on")
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
