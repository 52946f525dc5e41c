package autoconnect

import (
	"testing"
	"time"

	"vpnstatus/internal/vpn"
)

func TestDrop(t *testing.T) {
	b := newBed(t)
	b.did("start 1 (1)")
	b.is(1, Connecting, KeyConnecting)
	b.up(1)
	b.is(1, Satisfied, KeySatisfied)
	b.pass(2 * time.Minute)
	b.did()
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
	}
	b.take()
	b.fail(1, vpn.StopNotResponding)
	b.is(1, Slow, KeySlowFailures)
	b.nextIn(1, 300*time.Second)
	b.did("notify gave-up slow.failures")
}
