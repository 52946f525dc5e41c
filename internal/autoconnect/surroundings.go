package autoconnect

import (
	"time"

	"vpnstatus/internal/facts"
)

// surroundings is what is known about the machine: the facts, and what changed
// in them lately.
type surroundings struct {
	facts   facts.Facts
	network facts.Network // the present network, or the last one while offline
	epoch   uint64        // number of the network, from 1; grows with each change
	movedAt time.Time     // when the network or the path last changed
	wokeAt  time.Time     // last wake, or missed wake
	login   time.Time     // end of the grace after login
	settle  settling
}

// settling is the wait for a network that calms down. The zero value is calm.
type settling struct{ from, until time.Time }

// offline reports whether there is no network. An unknown path counts as
// usable: an attempt that fails is better than staying down for a missing fact.
func (s *surroundings) offline() bool {
	return s.facts.Path.Known && s.facts.Path.Value == facts.Unsatisfied
}

// away reports whether another user has the screen.
func (s *surroundings) away() bool {
	return s.facts.SessionActive.Known && !s.facts.SessionActive.Value
}

// able reports whether anything may be started or stopped automatically.
func (s *surroundings) able() bool { return !s.facts.Asleep && !s.away() && !s.offline() }

// quiet reports whether nothing happened lately that could have ended a
// session. A session that ends without a cause while it is quiet was stopped by
// somebody.
func (s *surroundings) quiet(now time.Time) bool {
	past := func(t time.Time) bool { return t.IsZero() || now.Sub(t) >= maxSettle }
	return !s.facts.Asleep && !s.offline() && past(s.movedAt) && past(s.wokeAt)
}

// nearSleep reports whether a drop is caused by sleep, and needs no notification.
func (s *surroundings) nearSleep(now time.Time) bool {
	return s.facts.Asleep || !s.wokeAt.IsZero() && now.Sub(s.wokeAt) < maxSettle
}

// calm reports whether the network has settled.
func (s *surroundings) calm(now time.Time) bool { return !now.Before(s.settle.until) }

// wait starts or prolongs the wait for calm.
func (s *surroundings) wait(now time.Time) {
	if s.calm(now) {
		s.settle.from = now
	}
	s.settle.until = earlier(now.Add(settleQuiet), s.settle.from.Add(maxSettle))
}

// changed is what services must know about a change of the surroundings.
type changed struct {
	network bool // another network
	wake    bool // the machine woke
	fresh   bool // waiting is pointless: whoever waits for another attempt may try at once
}

// learn takes over new facts.
func (s *surroundings) learn(f facts.Facts, now time.Time) (c changed) {
	old, wasOffline, wasAway := s.facts, s.offline(), s.away()
	s.facts = f
	if f.Path.Known && f.Path.Value == facts.Satisfied && now.Before(s.login) {
		s.login, c.fresh = time.Time{}, true
	}
	switch n := f.Network(); {
	case n.IsZero():
	case s.network.IsZero():
		s.network = n
	case s.network.Same(n):
		s.network = s.network.Merge(n)
	default:
		s.network = n
		s.epoch++
		c.network = true
	}
	switch {
	case c.network, wasOffline && !s.offline():
		s.movedAt, c.fresh = now, true
		s.wait(now)
	case !wasOffline && s.offline():
		s.movedAt = now
	case !s.calm(now) && f.Network() != old.Network():
		s.wait(now) // still arriving
	}
	if old.Asleep && !f.Asleep || !f.Asleep && !old.WokeAt.IsZero() && f.WokeAt.After(old.WokeAt) {
		s.wokeAt = now
		c.wake, c.fresh = true, true
	}
	if wasAway && !s.away() {
		c.fresh = true
	}
	return c
}

// next returns when a wait for the surroundings ends next; zero if none is
// under way.
func (s *surroundings) next(now time.Time) (next time.Time) {
	for _, t := range [...]time.Time{s.settle.until, s.login, s.wokeAt.Add(wakeGrace), s.wokeAt.Add(wakePathGrace)} {
		if t.After(now) {
			next = earlier(next, t)
		}
	}
	return next
}

// clamp limits times that are further ahead than possible, because the clock
// was set back.
func (s *surroundings) clamp(now time.Time) {
	since(now, &s.movedAt, &s.wokeAt, &s.settle.from)
	within(loginGrace, now, &s.login)
	within(maxSettle, now, &s.settle.until)
}

// earlier returns the earlier of two times, of which zero means never.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// later returns the later of two times.
func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// since limits times of past events to now.
func since(now time.Time, times ...*time.Time) {
	within(0, now, times...)
}

// within limits times to d after now.
func within(d time.Duration, now time.Time, times ...*time.Time) {
	end := now.Add(d)
	for _, t := range times {
		if t.After(end) {
			*t = end
		}
	}
}
