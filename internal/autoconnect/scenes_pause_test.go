package autoconnect

import (
	"testing"
	"time"

	"vpnstatus/internal/vpn"
)

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
			b.did("start 1 (1)", "store")
		}},
		{"a pause with a time ends then", func(t *testing.T) {
			b := newBed(t)
			b.fail(1, vpn.StopNotResponding)
			b.handle(UserPause{Until{Time: b.now.Add(5 * time.Minute)}})
			b.take()
			b.pass(5*time.Minute - time.Millisecond)
			b.did()
			b.pass(time.Millisecond)
			b.did("start 1 (2)", "store")
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
			b.handle(UserPause{Until{Time: b.now.Add(time.Hour)}})
			n := unseenBed(t, b.p.Stored())
			n.status(1, vpn.Disconnected)
			n.is(1, Paused, KeyPaused)
			n.pass(time.Hour)
			n.is(1, Connecting, KeyConnecting)
		}},
		{"a pause whose end has passed is over", func(t *testing.T) {
			b := unseenBed(t, Stored{Pause: Until{Time: t0.Add(-time.Hour)}})
			b.status(1, vpn.Disconnected)
			b.is(1, Connecting, KeyConnecting)
			b.handle(UserPause{Until{Time: t0.Add(-time.Hour)}})
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
		{"after a pause nothing waits for its next attempt", func(t *testing.T) {
			b := newBed(t)
			b.failures(7, vpn.StopNotResponding)
			b.handle(UserPause{Forever})
			b.take()
			b.handle(UserPause{})
			b.did("start 1 (8)", "store")
		}},
	})
}
