package autoconnect

import (
	"time"

	"vpnstatus/internal/vpn"
)

// retry is what is remembered about bad ends in a row, and when the next
// attempt is due. The zero value is a service that never failed.
type retry struct {
	next     time.Time       // of the next attempt; zero if nothing keeps it waiting
	attempts int             // starts in a row, without a stable session between
	failures int             // bad ends, likewise; attempts that failed count until one succeeds
	short    int             // of these, sessions that died young
	alike    tally           // failures of one kind in a row: negotiations, crashed plug-ins
	excused  tally           // ends that are not the service's fault, in a row; the key is what it waits for
	rejected int             // rejected credentials in a row
	slow     Key             // in the slow lane for this reason; empty if it is not
	gaveUp   bool            // the user was notified of the slow lane
	needs    Key             // needs the user for this reason; empty if it does not
	echo     echo            // the questions to its server
	awaits   vpn.Disposition // AwaitOthers or AwaitOtherNetwork: what its last end calls for; else 0
}

// tally counts what happens several times in a row.
type tally struct {
	key Key
	n   int
}

// pace is how fast a service may be tried.
type pace struct {
	most   time.Duration // the cap of the back-off
	least  time.Duration // the floor of an unstable service, which may be above the cap
	jitter func() float64
}

// delay returns the back-off after n bad ends in a row.
func (p pace) delay(n int) time.Duration {
	d := min(retryFirst<<min(max(n-1, 0), maxRetryShift), p.most)
	return max(min(time.Duration(float64(d)*p.jitter()), p.most), p.least)
}

// longest returns the longest time that a service may have to wait.
func (r *retry) longest(p pace) time.Duration {
	d := max(p.most, p.least)
	if r.slow != "" {
		d = max(d, slowEvery)
	}
	return d
}

// fail counts a bad end.
func (r *retry) fail(at time.Time, p pace) {
	r.failures++
	r.next = at.Add(p.delay(r.failures))
	r.excused.key = ""
	if r.failures >= slowFailures {
		r.slowDown(KeySlowFailures, at, p)
	}
}

// excuse notes an end that is not the service's fault. The delay grows all the
// same, because the facts may be wrong. key is what it waits for.
func (r *retry) excuse(key Key, at time.Time, p pace) {
	r.excused = tally{key, r.excused.n + 1}
	r.next = at.Add(p.delay(r.excused.n))
}

// slowDown enters the slow lane.
func (r *retry) slowDown(key Key, at time.Time, p pace) {
	r.slow = key
	r.next = later(r.next, at.Add(max(slowEvery, p.most)))
}

// judge notes a bad end with its cause, which is zero if it is not known. p is
// how fast the service may be tried after it.
func (r *retry) judge(cause vpn.Cause, last end, p pace) {
	disposition, at := cause.Disposition(), last.at
	switch {
	case cause.Silent(), !cause.Known() && !r.echo.since.IsZero():
		r.echo.failed(at, p)
	default:
		r.echo = echo{}
	}
	if disposition != vpn.RetrySlower {
		r.alike = tally{}
	}
	r.awaits = 0
	switch disposition {
	case vpn.AwaitNetwork:
		r.excuse(KeyWaitingOffline, at, p)
		return
	case vpn.AwaitWake:
		r.excuse(KeyWaitingAsleep, at, p)
		return
	case vpn.AwaitSession:
		r.excuse(KeyWaitingSession, at, p)
		return
	case vpn.AwaitOthers, vpn.AwaitOtherNetwork:
		r.excuse("", at, p)
		r.awaits = disposition
		return
	case vpn.Stopped:
		r.next = time.Time{}
		return
	}
	if last.up && !last.stable {
		r.short++
	}
	r.fail(at, p)
	if last.stable {
		r.next = at.Add(retryAtOnce)
	}
	switch disposition {
	case vpn.RetrySlower:
		if key := slowKey(cause); r.alike.key != key {
			r.alike = tally{key: key}
		}
		if r.alike.n++; r.alike.n >= classFailures {
			r.slowDown(r.alike.key, at, p)
		}
	case vpn.RetryOnce:
		r.reject(cause)
		r.next = later(r.next, at.Add(authDelay))
	case vpn.NeedsUser:
		r.needs = needsKey(cause)
	}
}

// reject counts rejected credentials.
func (r *retry) reject(cause vpn.Cause) {
	if r.rejected++; r.rejected >= authFailures {
		r.needs = needsKey(cause)
	}
}

// connected returns what is left when a session begins. The server is back, but
// only a session that lasts shows that the service works.
func (r retry) connected() retry {
	return retry{attempts: r.attempts, failures: r.short, short: r.short, gaveUp: r.gaveUp}
}

// forgiven returns what is left when the user has done something about the
// failures. After rejected credentials one more rejection is enough.
func (r retry) forgiven() retry { return retry{rejected: min(r.rejected, authFailures-1)} }

// refreshed returns what is left after a change of the surroundings. Another
// network and a wake are a fresh start but for what only the user can mend.
func (r retry) refreshed(c changed) retry {
	r.next, r.excused = time.Time{}, tally{}
	if c.network || c.wake {
		r.echo = echo{}
		r.failures, r.short, r.alike, r.slow, r.gaveUp = 0, 0, tally{}, "", false
	}
	if c.network {
		r.attempts = 0
		if r.awaits == vpn.AwaitOtherNetwork {
			r.awaits = 0
		}
	}
	return r
}

// gaveWay reports whether the next member of the group should be tried.
func (r *retry) gaveWay() bool { return r.failures >= groupFailures || r.slow != "" }

// anotherChance lets a member that gave way have another attempt.
func (r *retry) anotherChance() {
	if r.gaveWay() {
		r.failures, r.slow, r.next = min(r.failures, groupFailures-1), "", time.Time{}
	}
}

// clamp limits the next attempt, because the cap was lowered or the clock set
// back.
func (r *retry) clamp(p pace, now time.Time) {
	within(r.longest(p), now, &r.next)
	r.echo.clamp(now)
}

// needsKey is the reason of a service whose cause needs the user.
func needsKey(c vpn.Cause) Key { return Key("needs-user." + string(c.Topic())) }

// slowKey is the reason of the slow lane after a cause that came repeatedly.
func slowKey(c vpn.Cause) Key { return Key("slow." + string(c.Topic())) }
