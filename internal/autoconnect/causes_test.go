package autoconnect

import (
	"fmt"
	"testing"
	"time"

	"vpnstatus/internal/vpn"
)

// after is what the policy does about a service whose attempt ended with a
// cause, and again with the same cause, on a network that works.
type after struct {
	first, second State
	key           Key // of the second
}

var afterRetry = after{Backoff, Backoff, KeyBackoffFailed}

func afterNeeds(k Key) after { return after{NeedsUser, NeedsUser, k} }

// Each disposition and topic, with a cause of each family that has one.
func TestWhatACauseCallsFor(t *testing.T) {
	seen := map[vpn.Disposition]bool{}
	for _, r := range []struct {
		family vpn.Family
		code   int
		device int
		want   after
	}{
		{vpn.FamilyVPN, vpn.StopNotResponding, 0, afterRetry},
		{vpn.FamilyIPSec, 9, 0, afterRetry},
		{vpn.FamilyPPP, 8, 2, afterRetry},
		{vpn.FamilyVPN, 42, 0, afterRetry}, // of a later system
		{"Martian", 1, 0, afterRetry},
		{vpn.FamilyVPN, 19, 0, afterRetry},
		{vpn.FamilyPPP, 12, 0, afterRetry},
		{vpn.FamilyVPN, vpn.StopNegotiation, 0, afterRetry},
		{vpn.FamilyIPSec, 10, 0, afterRetry},

		{vpn.FamilyVPN, vpn.StopAuthFailed, 0, after{Backoff, NeedsUser, KeyNeedsAuth}},
		{vpn.FamilyIPSec, 14, 0, after{Backoff, NeedsUser, KeyNeedsAuth}},
		{vpn.FamilyPPP, 19, 7, after{Backoff, NeedsUser, KeyNeedsAuth}}, // the device's cause is of an earlier end
		{vpn.FamilyVPN, 11, 0, after{Backoff, NeedsUser, KeyNeedsPrompt}},

		{vpn.FamilyVPN, vpn.StopAuthCancelled, 0, afterNeeds(KeyNeedsPrompt)},
		{vpn.FamilyVPN, vpn.StopConfiguration, 0, afterNeeds(KeyNeedsConfiguration)},
		{vpn.FamilyVPN, 6, 0, afterNeeds(KeyNeedsPlugin)},
		{vpn.FamilyVPN, 14, 0, afterNeeds(KeyNeedsApp)},
		{vpn.FamilyVPN, 25, 0, afterNeeds(KeyNeedsCertificate)},
		{vpn.FamilyVPN, 28, 0, afterNeeds(KeyNeedsServerCertificate)},
		{vpn.FamilyVPN, vpn.StopConfigurationDisabled, 0, afterNeeds(KeyNeedsDisabled)},
		{vpn.FamilyVPN, vpn.StopConfigurationRemoved, 0, afterNeeds(KeyNeedsRemoved)},
		{vpn.FamilyIPSec, 3, 0, afterNeeds(KeyNeedsSecret)},
		{vpn.FamilyPPP, 8, 7, afterNeeds(KeyNeedsSecret)},
		{vpn.FamilyPPP, 4, 0, afterNeeds(KeyNeedsSystem)},

		{vpn.FamilyVPN, vpn.StopUser, 0, after{Held, Held, KeyHeldForeign}},
		{vpn.FamilyPPP, 5, 0, after{Held, Held, KeyHeldForeign}},
		{vpn.FamilyVPN, vpn.StopNoNetwork, 0, after{Waiting, Waiting, KeyWaitingOffline}},
		{vpn.FamilyVPN, vpn.StopSleep, 0, after{Waiting, Waiting, KeyWaitingAsleep}},
		{vpn.FamilyVPN, 35, 0, after{Waiting, Waiting, KeyWaitingSession}},
		{vpn.FamilyVPN, vpn.StopSuperseded, 0, afterRetry}, // no other service is up any more
		{vpn.FamilyVPN, 39, 0, after{Waiting, Waiting, KeyWaitingOnDemandRule}},
	} {
		cause := vpn.Cause{Family: r.family, Code: r.code, Device: r.device}
		seen[cause.Disposition()] = true
		t.Run(fmt.Sprintf("%s %d.%d: %s", r.family, r.code, r.device, cause), func(t *testing.T) {
			b := newBed(t)
			end := func() State {
				b.status(1, vpn.Connecting, vpn.Disconnected)
				b.handle(CauseLearned{ID: idOf(1), Cause: cause, Answered: true})
				return b.p.View(idOf(1)).State
			}
			if got := end(); got != r.want.first {
				t.Fatalf("after the first time it is %s, want %s", got, r.want.first)
			}
			v := b.p.View(idOf(1))
			if v.State == Backoff || v.State == Waiting && !v.Next.IsZero() {
				b.pass(v.Next.Sub(b.now))
				end()
			}
			if got := b.p.View(idOf(1)); got.State != r.want.second || got.Reason.Key != r.want.key {
				t.Fatalf("after the second time it is %s %s, want %s %s", got.State, got.Reason.Key, r.want.second, r.want.key)
			}
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
