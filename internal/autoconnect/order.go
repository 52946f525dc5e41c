package autoconnect

import "time"

// order is what was asked of the system and has not happened yet: nothing, a
// start, or a stop. The zero value is nothing.
type order struct {
	kind   orderKind
	reason Reason    // why
	why    stopWhy   // of a stop
	at     time.Time // when it was given
	unseen bool      // no status has come since: only a status shows what became of it
	late   bool      // the system took no notice of the stop
}

type orderKind int

const (
	nothing orderKind = iota
	starting
	stopping
)

// stopWhy is what follows when a stop has had its effect.
type stopWhy int

const (
	stopForUser  stopWhy = iota // the user asked for it
	stopForRule                 // a rule
	stopForGroup                // another member of the group takes its place
	stopStuck                   // connecting took too long: a failed attempt
	stopRenew                   // the session is of no use any more: start again at once
)

// renews reports whether a session is being replaced by another.
func (o *order) renews() bool { return o.pending() && o.why == stopRenew }

// pending reports whether a stop is under way that the system has not ignored.
func (o *order) pending() bool { return o.kind == stopping && !o.late }

// overtaken reports whether a session that begins now is that of a start that
// was sent before the stop.
func (o *order) overtaken(now time.Time) bool {
	return o.kind == stopping && now.Before(o.at.Add(stopAnswer))
}

func (o *order) clamp(now time.Time) { since(now, &o.at) }
