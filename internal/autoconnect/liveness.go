package autoconnect

import "time"

// liveness is what is known about whether a tunnel that says connected carries
// traffic. Without a probe it has no opinion.
type liveness struct {
	next    time.Time // of the next check; zero if none is planned
	answer  time.Time // the answer to a check has come by then, or is lost; zero if none is awaited
	misses  int       // checks without success, in a row
	renewed bool      // the session was renewed already since the last change of the surroundings
	silent  bool      // it carries nothing, and renewing it did not help
}

// connected plans the first check of a new session.
func (l *liveness) connected(p Probe, probed bool, now time.Time) {
	*l = liveness{renewed: l.renewed}
	if probed {
		l.next = now.Add(p.Interval)
	}
}

// reasserting forgets the checks so far: the tunnel is being re-established.
func (l *liveness) reasserting(wasConnected bool) {
	l.answer, l.misses = time.Time{}, 0
	l.renewed = l.renewed && !wasConnected
}

// down forgets everything about the session but that it was renewed.
func (l *liveness) down() { *l = liveness{renewed: l.renewed} }

// refresh checks again soon after a change of the surroundings.
func (l *liveness) refresh(c changed, now time.Time) {
	if c.network || c.wake {
		l.renewed, l.silent = false, false
	}
	if !l.next.IsZero() {
		l.next, l.answer, l.misses = now.Add(maxSettle), time.Time{}, 0
	}
}

// done takes the answer to a check.
func (l *liveness) done(p Probe, ok bool, now time.Time) {
	l.answer = time.Time{}
	l.next = now.Add(p.Interval)
	if ok {
		l.misses, l.silent, l.renewed = 0, false, false
		return
	}
	if l.misses++; l.misses < probeMisses {
		l.next = now.Add(probeAgain)
	}
}

// dead reports whether the session is to be renewed: enough checks in a row had
// no success. It does so once, until a check succeeds or the surroundings
// change.
func (l *liveness) dead() bool {
	if l.misses < probeMisses {
		return false
	}
	l.misses = 0
	if l.renewed {
		l.silent = true
		return false
	}
	l.renewed = true
	return true
}

func (l *liveness) clamp(now time.Time) {
	within(probeTimeout+probeLost, now, &l.answer)
	within(probeAgain, now, &l.next)
}
