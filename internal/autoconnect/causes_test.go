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

var (
	afterRetry       = after{Backoff, Backoff, KeyBackoffFailed}
	afterRejection   = after{Backoff, NeedsUser, KeyNeedsAuth}
	afterForeignStop = after{Held, Held, KeyHeldForeign}
	afterOffline     = after{Waiting, Waiting, KeyWaitingOffline}
)

func afterNeeds(k Key) after { return after{NeedsUser, NeedsUser, k} }

// TestVerdicts has a row per code of each family. The codes are those of
// docs/internals.md, section 2.
func TestVerdicts(t *testing.T) {
	certificate, serverCertificate := afterNeeds(KeyNeedsCertificate), afterNeeds(KeyNeedsServerCertificate)
	configuration := afterNeeds(KeyNeedsConfiguration)
	rows := []struct {
		family vpn.Family
		code   int
		device int
		want   after
	}{
		{vpn.FamilyVPN, 1, 0, afterForeignStop},
		{vpn.FamilyVPN, 2, 0, afterRetry},
		{vpn.FamilyVPN, 3, 0, afterRetry},
		{vpn.FamilyVPN, 4, 0, afterOffline},
		{vpn.FamilyVPN, 5, 0, afterRetry},
		{vpn.FamilyVPN, 6, 0, afterNeeds(KeyNeedsPlugin)},
		{vpn.FamilyVPN, 7, 0, afterRetry},
		{vpn.FamilyVPN, 8, 0, afterNeeds(KeyNeedsPrompt)},
		{vpn.FamilyVPN, 9, 0, after{Waiting, Waiting, KeyWaitingAsleep}},
		{vpn.FamilyVPN, 10, 0, configuration},
		{vpn.FamilyVPN, 11, 0, after{Backoff, NeedsUser, KeyNeedsPrompt}},
		{vpn.FamilyVPN, 12, 0, afterRetry},
		{vpn.FamilyVPN, 13, 0, afterRetry},
		{vpn.FamilyVPN, 14, 0, afterNeeds(KeyNeedsApp)},
		{vpn.FamilyVPN, 15, 0, configuration},
		{vpn.FamilyVPN, 16, 0, configuration},
		{vpn.FamilyVPN, 17, 0, afterRetry},
		{vpn.FamilyVPN, 18, 0, afterRetry},
		{vpn.FamilyVPN, 19, 0, afterRetry},
		{vpn.FamilyVPN, 20, 0, afterRetry},
		{vpn.FamilyVPN, 21, 0, afterRetry},
		{vpn.FamilyVPN, 22, 0, afterRetry},
		{vpn.FamilyVPN, 23, 0, afterRejection},
		{vpn.FamilyVPN, 24, 0, certificate},
		{vpn.FamilyVPN, 25, 0, certificate},
		{vpn.FamilyVPN, 26, 0, certificate},
		{vpn.FamilyVPN, 27, 0, certificate},
		{vpn.FamilyVPN, 28, 0, serverCertificate},
		{vpn.FamilyVPN, 29, 0, serverCertificate},
		{vpn.FamilyVPN, 30, 0, serverCertificate},
		{vpn.FamilyVPN, 31, 0, afterNeeds(KeyNeedsDisabled)},
		{vpn.FamilyVPN, 32, 0, afterNeeds(KeyNeedsRemoved)},
		{vpn.FamilyVPN, 33, 0, after{Backoff, Backoff, KeyBackoffFailed}}, // no other service is up any more
		{vpn.FamilyVPN, 34, 0, after{Waiting, Waiting, KeyWaitingSession}},
		{vpn.FamilyVPN, 35, 0, after{Waiting, Waiting, KeyWaitingSession}},
		{vpn.FamilyVPN, 36, 0, afterRetry},
		{vpn.FamilyVPN, 37, 0, afterRetry},
		{vpn.FamilyVPN, 38, 0, afterNeeds(KeyNeedsRemoved)},
		{vpn.FamilyVPN, 39, 0, after{Waiting, Waiting, KeyWaitingOnDemandRule}},
		{vpn.FamilyVPN, 40, 0, afterRetry},
		{vpn.FamilyVPN, 41, 0, afterRetry},
		{vpn.FamilyVPN, 42, 0, afterRetry}, // of a later system
		{vpn.FamilyVPN, -1, 0, afterRetry},

		{vpn.FamilyIPSec, 1, 0, afterRetry},
		{vpn.FamilyIPSec, 2, 0, configuration},
		{vpn.FamilyIPSec, 3, 0, afterNeeds(KeyNeedsSecret)},
		{vpn.FamilyIPSec, 4, 0, certificate},
		{vpn.FamilyIPSec, 5, 0, afterRetry},
		{vpn.FamilyIPSec, 6, 0, afterOffline},
		{vpn.FamilyIPSec, 7, 0, configuration},
		{vpn.FamilyIPSec, 8, 0, afterRetry},
		{vpn.FamilyIPSec, 9, 0, afterRetry},
		{vpn.FamilyIPSec, 10, 0, afterRetry},
		{vpn.FamilyIPSec, 11, 0, afterRejection},
		{vpn.FamilyIPSec, 12, 0, serverCertificate},
		{vpn.FamilyIPSec, 13, 0, certificate},
		{vpn.FamilyIPSec, 14, 0, afterRejection},
		{vpn.FamilyIPSec, 15, 0, afterRetry},
		{vpn.FamilyIPSec, 16, 0, afterRetry},
		{vpn.FamilyIPSec, 17, 0, afterRetry},
		{vpn.FamilyIPSec, 18, 0, afterRetry},
		{vpn.FamilyIPSec, 19, 0, afterRetry},
		{vpn.FamilyIPSec, 20, 0, certificate},
		{vpn.FamilyIPSec, 21, 0, certificate},
		{vpn.FamilyIPSec, 22, 0, serverCertificate},
		{vpn.FamilyIPSec, 23, 0, serverCertificate},
		{vpn.FamilyIPSec, 24, 0, serverCertificate},
		{vpn.FamilyIPSec, 25, 0, afterRetry},

		{vpn.FamilyPPP, 1, 0, afterRetry},
		{vpn.FamilyPPP, 2, 0, configuration},
		{vpn.FamilyPPP, 3, 0, afterNeeds(KeyNeedsSystem)},
		{vpn.FamilyPPP, 4, 0, afterNeeds(KeyNeedsSystem)},
		{vpn.FamilyPPP, 5, 0, afterForeignStop},
		{vpn.FamilyPPP, 6, 0, afterRetry},
		{vpn.FamilyPPP, 7, 0, afterRetry},
		{vpn.FamilyPPP, 8, 0, afterRetry},
		{vpn.FamilyPPP, 8, 1, afterRetry},
		{vpn.FamilyPPP, 8, 2, afterRetry},
		{vpn.FamilyPPP, 8, 5, afterRetry},
		{vpn.FamilyPPP, 8, 6, afterRetry},
		{vpn.FamilyPPP, 8, 7, afterNeeds(KeyNeedsSecret)},
		{vpn.FamilyPPP, 8, 8, certificate},
		{vpn.FamilyPPP, 8, 99, afterRetry},
		{vpn.FamilyPPP, 9, 0, afterRetry},
		{vpn.FamilyPPP, 10, 0, afterRetry},
		{vpn.FamilyPPP, 11, 0, afterRetry},
		{vpn.FamilyPPP, 12, 0, afterRetry},
		{vpn.FamilyPPP, 13, 0, afterRetry},
		{vpn.FamilyPPP, 14, 0, configuration},
		{vpn.FamilyPPP, 15, 0, afterRetry},
		{vpn.FamilyPPP, 16, 0, afterRetry},
		{vpn.FamilyPPP, 17, 0, afterRetry},
		{vpn.FamilyPPP, 18, 0, afterRetry},
		{vpn.FamilyPPP, 19, 0, afterRejection},
		{vpn.FamilyPPP, 19, 7, afterRejection}, // a stale cause of the device
		{vpn.FamilyPPP, 20, 0, afterRetry},
		{vpn.FamilyPPP, 21, 0, afterRetry},
		{vpn.FamilyPPP, 21, 7, afterNeeds(KeyNeedsSecret)},
		{vpn.FamilyPPP, 22, 0, afterRejection},
		{vpn.FamilyPPP, 23, 0, afterRejection},
		{vpn.FamilyPPP, 24, 0, afterRetry},
		{vpn.FamilyPPP, 25, 0, afterRetry},

		{vpn.FamilyConnection, 1, 0, afterRetry},
		{vpn.FamilyConnection, 2, 0, afterOffline},
		{vpn.FamilyConnection, 3, 0, afterRetry},
		{vpn.FamilyConnection, 4, 0, configuration},
		{vpn.FamilyConnection, 5, 0, afterRetry},
		{vpn.FamilyConnection, 6, 0, afterRetry},
		{vpn.FamilyConnection, 7, 0, afterRetry},
		{vpn.FamilyConnection, 8, 0, afterRejection},
		{vpn.FamilyConnection, 9, 0, certificate},
		{vpn.FamilyConnection, 10, 0, certificate},
		{vpn.FamilyConnection, 11, 0, certificate},
		{vpn.FamilyConnection, 12, 0, afterRetry},
		{vpn.FamilyConnection, 13, 0, afterNeeds(KeyNeedsRemoved)},
		{vpn.FamilyConnection, 14, 0, afterNeeds(KeyNeedsPlugin)},
		{vpn.FamilyConnection, 15, 0, afterRetry},
		{vpn.FamilyConnection, 16, 0, afterRetry},
		{vpn.FamilyConnection, 17, 0, serverCertificate},
		{vpn.FamilyConnection, 18, 0, serverCertificate},
		{vpn.FamilyConnection, 19, 0, serverCertificate},
		{vpn.FamilyConnection, 20, 0, afterRetry},

		{"Martian", 1, 0, afterRetry},
	}
	seen := map[vpn.Family]map[int]bool{}
	for _, r := range rows {
		if seen[r.family] == nil {
			seen[r.family] = map[int]bool{}
		}
		seen[r.family][r.code] = true
		cause := vpn.Cause{Family: r.family, Code: r.code, Device: r.device}
		t.Run(fmt.Sprintf("%s %d.%d: %s", r.family, r.code, r.device, cause), func(t *testing.T) {
			b := newBed(t)
			end := func() State {
				b.status(1, vpn.Connecting, vpn.Disconnected)
				b.handle(CauseLearned{ID: idOf(1), Cause: cause})
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
	for _, family := range []vpn.Family{vpn.FamilyVPN, vpn.FamilyIPSec, vpn.FamilyPPP, vpn.FamilyConnection} {
		for _, code := range vpn.Codes(family) {
			if !seen[family][code] {
				t.Errorf("no row for %s %d", family, code)
			}
		}
	}
}

func TestVerdictsBeyondTheSecondTime(t *testing.T) {
	fail := func(b *bed, code int) {
		b.t.Helper()
		b.pass(b.p.View(idOf(1)).Next.Sub(b.now))
		b.fail(1, code)
	}
	t.Run("three failed negotiations in a row lead to the slow lane", func(t *testing.T) {
		b := newBed(t)
		b.fail(1, vpn.StopNegotiation)
		fail(b, vpn.StopNegotiation)
		b.is(1, Backoff, KeyBackoffFailed)
		fail(b, vpn.StopNegotiation)
		b.is(1, Slow, KeySlowNegotiation)
		b.nextIn(1, slowEvery)
	})
	t.Run("three crashes of the plug-in lead to the slow lane", func(t *testing.T) {
		b := newBed(t)
		b.fail(1, vpn.StopPluginFailed)
		fail(b, vpn.StopPluginFailed)
		fail(b, vpn.StopPluginFailed)
		b.is(1, Slow, KeySlowPlugin)
	})
	t.Run("failures of different kinds don't add up", func(t *testing.T) {
		b := newBed(t)
		b.fail(1, vpn.StopNegotiation)
		fail(b, vpn.StopPluginFailed)
		fail(b, vpn.StopNegotiation)
		fail(b, vpn.StopNotResponding)
		fail(b, vpn.StopNegotiation)
		fail(b, vpn.StopNegotiation)
		b.is(1, Backoff, KeyBackoffFailed)
	})
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
	})
	t.Run("a time-out between two rejected passwords does not make them good", func(t *testing.T) {
		b := newBed(t)
		b.fail(1, vpn.StopAuthFailed)
		fail(b, vpn.StopNotResponding)
		fail(b, vpn.StopAuthFailed)
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
	t.Run("a cause that is only a message is tried again", func(t *testing.T) {
		b := newBed(t)
		b.status(1, vpn.Connecting, vpn.Disconnected)
		b.handle(CauseLearned{ID: idOf(1), Cause: vpn.Cause{Message: "Licence expired"}})
		b.is(1, Backoff, KeyBackoffFailed)
	})
}
