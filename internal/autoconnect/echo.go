package autoconnect

import (
	"time"

	"vpnstatus/internal/vpn"
)

// echo is the questions to the server of a service during an outage, that is
// while attempts end because it does not respond. The zero value is that there
// is none. An answer is evidence that an attempt is worth while; silence is none
// of anything, and delays nothing.
type echo struct {
	since    time.Time // the outage began; zero if there is none
	next     time.Time // when the next question is due
	asked    time.Time // the last question; zero if none was asked
	answered time.Time // the last answer; zero if there was none
	err      string    // why the last question had no answer
	mute     bool      // a question of this outage had no answer, and none since had one
	never    bool      // it can't be asked
	tried    bool      // the attempt that is next, or under way, follows an answer
	vain     int       // such attempts that failed
}

// failed notes an attempt or session that ended because the server did not
// respond.
func (e *echo) failed(at time.Time, p pace) {
	switch {
	case e.since.IsZero():
		e.since = at
		e.next = at.Add(e.pause(at, p))
	case e.tried:
		e.vain++
		e.tried = false
		e.next = at.Add(e.pause(at, p))
	}
}

// ask notes a question.
func (e *echo) ask(now time.Time, p pace) {
	e.asked, e.next = now, now.Add(e.pause(now, p))
}

// answer notes what became of the last question, and reports whether the next
// attempt should be made at once. An answer of the VPN server itself always says
// so; one of its host only if the host was away before.
func (e *echo) answer(a ServerAnswered, ofServer bool, now time.Time) bool {
	if e.err, e.never = a.Err, a.Never; a.Err != "" {
		e.mute = true
		return false
	}
	back := ofServer || e.mute
	e.answered, e.mute = now, false
	e.tried = e.tried || back
	return back
}

// pause returns the time from now to the next question. Attempts that fail although
// the server had answered double it, up to the cap of the back-off.
func (e *echo) pause(now time.Time, p pace) time.Duration {
	every := askEvery
	switch age := now.Sub(e.since); {
	case age >= askSeldom:
		every = askLeastEvery
	case age >= askOften:
		every = askLessEvery
	}
	// The jitter only adds: never more than one question in the time.
	spread := time.Duration(float64(every) / 5 * (p.jitter() - 0.5))
	return max(every, min(every<<min(e.vain, maxRetryShift), p.most)) + spread
}

// last returns the last question.
func (e *echo) last() Echo { return Echo{e.asked, e.answered, e.err} }

func (e *echo) clamp(now time.Time) {
	since(now, &e.since, &e.asked, &e.answered)
	within(MaxRetryDelay, now, &e.next)
}

// hasIKE reports whether servers of the protocol can be asked themselves; of
// others it is the host that is asked.
func hasIKE(p vpn.Protocol) bool { return p == vpn.IKEv2 || p == vpn.IPSec || p == vpn.L2TP }
