package autoconnect

import (
	"fmt"
	"testing"
	"time"

	"vpnstatus/internal/vpn"
)

// Each disposition, on a network that works.
func TestWhatACauseCallsFor(t *testing.T) {
	seen := map[vpn.Disposition]bool{}
	for _, r := range []struct {
		code          int
		first, second State
		key           Key // of the second
	}{
		{vpn.StopNotResponding, Backoff, Backoff, KeyBackoffFailed},
		{42, Backoff, Backoff, KeyBackoffFailed}, // of a later system
		{19, Backoff, Backoff, KeyBackoffFailed},
		{vpn.StopNegotiation, Backoff, Backoff, KeyBackoffFailed},
		{vpn.StopAuthFailed, Backoff, NeedsUser, KeyNeedsAuth},
		{11, Backoff, NeedsUser, KeyNeedsPrompt},
		{vpn.StopAuthCancelled, NeedsUser, NeedsUser, KeyNeedsPrompt},
		{vpn.StopConfiguration, NeedsUser, NeedsUser, KeyNeedsConfiguration},
		{vpn.StopUser, Held, Held, KeyHeldForeign},
		{vpn.StopNoNetwork, Waiting, Waiting, KeyWaitingOffline},
		{vpn.StopSleep, Waiting, Waiting, KeyWaitingAsleep},
		{35, Waiting, Waiting, KeyWaitingSession},
		{vpn.StopSuperseded, Backoff, Backoff, KeyBackoffFailed}, // no other service is up any more
		{39, Waiting, Waiting, KeyWaitingOnDemandRule},
	} {
		cause := vpn.Cause{Family: vpn.FamilyVPN, Code: r.code}
		seen[cause.Disposition()] = true
		t.Run(fmt.Sprintf("%d: %s", r.code, cause), func(t *testing.T) {
			b := newBed(t)
			b.fail(1, r.code)
			v := b.p.View(idOf(1))
			if v.State != r.first {
				t.Fatalf("after the first time it is %s, want %s", v.State, r.first)
			}
			if !v.Next.IsZero() {
				b.pass(v.Next.Sub(b.now))
				b.fail(1, r.code)
			}
			b.is(1, r.second, r.key)
		})
	}
	for d := vpn.Retry; d <= vpn.AwaitOtherNetwork; d++ {
		if !seen[d] {
			t.Errorf("no row for disposition %d", d)
		}
	}
}

// Every cause that needs the user, or a slower pace, has a reason with a text.
func TestEveryTopicHasAReason(t *testing.T) {
	for _, family := range []vpn.Family{vpn.FamilyVPN, vpn.FamilyIPSec, vpn.FamilyPPP} {
		for _, code := range vpn.Codes(family) {
			c := vpn.Cause{Family: family, Code: code}
			key := needsKey(c)
			if c.Disposition() == vpn.RetrySlower {
				key = slowKey(c)
			}
			if c.Topic() != "" && words[key] == "" {
				t.Errorf("%s %d: no text for %q", family, code, key)
			}
		}
	}
}

func TestCausesBeyondTheSecondTime(t *testing.T) {
	t.Run("the second rejected password waits at least five seconds", func(t *testing.T) {
		b := newBed(t)
		b.fail(1, vpn.StopAuthFailed)
		b.nextIn(1, authDelay)
		b.take()
		b.pass(authDelay)
		b.did("start 1 (2)")
		b.fail(1, vpn.StopAuthFailed)
		b.is(1, NeedsUser, KeyNeedsAuth)
		b.did("notify needs-user needs-user.auth")
		b.pass(24 * time.Hour)
		b.facts(cafe())
		b.pass(time.Hour)
		b.did()
		b.handle(UserConnect{ID: idOf(1)})
		b.fail(1, vpn.StopAuthFailed) // one more is enough
		b.is(1, NeedsUser, KeyNeedsAuth)
	})
	t.Run("a session that was superseded waits until the other is down", func(t *testing.T) {
		b := newBed(t)
		b.load(conf(1, "Office"), conf(2, "Home"))
		b.up(1)
		b.status(2, vpn.Disconnected)
		b.up(2)
		b.take()
		b.drop(1, vpn.StopSuperseded)
		b.is(1, Waiting, KeyWaitingSuperseded)
		b.pass(time.Hour)
		b.did("notify dropped waiting.superseded")
		b.status(2, vpn.Disconnecting, vpn.Disconnected)
		b.did("start 1 (2)")
	})
	t.Run("a session that was superseded waits for another that comes up", func(t *testing.T) {
		b := newBed(t)
		b.load(conf(1, "Office"), conf(2, "Home"))
		b.up(1)
		b.status(2, vpn.Connected)
		b.drop(1, vpn.StopSuperseded)
		b.status(2, vpn.Disconnected)
		b.is(1, Backoff, KeyBackoffDropped)
		b.status(2, vpn.Connecting, vpn.Connected)
		b.is(1, Waiting, KeyWaitingSuperseded)
	})
	t.Run("an on-demand rule's disconnect lasts until the network changes", func(t *testing.T) {
		b := newBed(t)
		b.up(1)
		b.take()
		b.drop(1, 39)
		b.pass(time.Hour)
		b.did()
		b.facts(cafe())
		b.pass(2 * time.Second)
		b.did("start 1 (1)")
	})
}
