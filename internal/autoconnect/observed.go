package autoconnect

import (
	"time"

	"vpnstatus/internal/vpn"
)

// observed is what was seen of a service.
type observed struct {
	known   bool       // a first status has arrived, which may be Invalid
	status  vpn.Status // the last one; Invalid until the first
	since   time.Time  // the watchdogs count from here: the change to status, or a later change of the surroundings
	asked   time.Time  // when the status was asked for because it lasts too long; zero if it was not
	upAt    time.Time  // up since; zero if it is not up
	unasked bool       // it is Disconnecting on a quiet network, and nobody here asked for that
	end     end        // how it last went down by itself
	cause   vpn.Cause  // why it is down; zero if not known
	last    vpn.Cause  // the last cause known
	prompts bool       // one of its attempts has shown a prompt
}

// end is the end of a session or of an attempt.
type end struct {
	at      time.Time
	up      bool // a session ended; else an attempt failed
	stable  bool // … that had lasted
	unasked bool // see observed.unasked
	byUser  bool // the attempt or session was the user's
	cause   inquiry
}

// inquiry is what became of the question for the cause of an end. The caller of
// the Policy answers it once for each end.
type inquiry int

const (
	answered inquiry = iota
	awaited          // nothing is concluded before the answer
	overdue          // something else happened before the answer; it still counts as a rejection
)

// legible reports whether the last status is one that this program knows.
func (o *observed) legible() bool {
	return o.status >= vpn.Disconnected && o.status <= vpn.Disconnecting
}

// rising reports whether it is up or coming up.
func (o *observed) rising() bool { return o.status.Up() || o.status == vpn.Connecting }

// become notes a status that differs from the last one.
func (o *observed) become(to vpn.Status, now time.Time) {
	o.status, o.since, o.asked, o.unasked, o.cause = to, now, time.Time{}, false, vpn.Cause{}
	switch {
	case !to.Up() && to != vpn.Disconnecting:
		o.upAt = time.Time{}
	case to.Up() && o.upAt.IsZero():
		o.upAt = now
	}
}

func (o *observed) clamp(now time.Time) { since(now, &o.since, &o.asked, &o.upAt, &o.end.at) }
