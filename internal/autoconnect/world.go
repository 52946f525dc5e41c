package autoconnect

import (
	"time"

	"vpnstatus/internal/facts"
	"vpnstatus/internal/vpn"
)

// world is the state that all controllers share. They only read it.
type world struct {
	config  Config
	limit   time.Duration // Config.RetryDelayMax brought into its range
	jitter  func() float64
	started bool // the first event has come

	facts      facts.Facts
	net        facts.Network // the present network, or the last one while offline
	epoch      uint64        // grows with each change of the network
	movedAt    time.Time     // when the network or the path last changed
	wokeAt     time.Time     // last wake, or missed wake
	loginUntil time.Time     // end of the grace after login; zero if over

	settleFrom, settleUntil time.Time // waiting for calm; zero if it is calm
	settleKey               Key

	pause Until
	up    int // services that are up

	rules    []rule    // those that can be read and are not disabled
	active   []int     // indices of the rules whose conditions hold
	spare    []int     // the array of an earlier active
	boundary time.Time // next edge of a rule's time window
}

// offline reports whether there is no network. An unknown path counts as
// usable: an attempt that fails is better than staying down for a missing fact.
func (w *world) offline() bool {
	return w.facts.Path.Known && w.facts.Path.Value == facts.Unsatisfied
}

// away reports whether another user has the screen.
func (w *world) away() bool { return w.facts.SessionActive.Known && !w.facts.SessionActive.Value }

// able reports whether anything may be started or stopped automatically.
func (w *world) able() bool { return !w.facts.Asleep && !w.away() && !w.offline() }

// calm reports whether nothing happened lately that could have ended a
// session. A session that ends without a cause while it is calm was stopped by
// somebody.
func (w *world) calm(now time.Time) bool {
	quiet := func(t time.Time) bool { return t.IsZero() || now.Sub(t) >= maxSettle }
	return !w.facts.Asleep && !w.offline() && quiet(w.movedAt) && quiet(w.wokeAt)
}

// nearSleep reports whether a drop is caused by sleep, and needs no notification.
func (w *world) nearSleep(now time.Time) bool {
	return w.facts.Asleep || !w.wokeAt.IsZero() && now.Sub(w.wokeAt) < maxSettle
}

func (w *world) paused() bool { return !w.pause.IsZero() }

// probe returns the liveness probe of a service with defaults filled in.
func (w *world) probe(id vpn.ID) (Probe, bool) {
	p, ok := w.config.Probes[id]
	if !ok || p.Target == "" {
		return p, false
	}
	if p.Interval == 0 {
		p.Interval = probeEvery
	}
	p.Interval = max(p.Interval, minProbeInterval)
	return p, true
}

// settle starts or prolongs the wait for calm.
func (w *world) settle(key Key, now time.Time) {
	if w.settleUntil.IsZero() || !now.Before(w.settleUntil) {
		w.settleFrom, w.settleKey = now, key
	}
	w.settleUntil = earlier(now.Add(settleQuiet), w.settleFrom.Add(maxSettle))
}

// clamp limits times that are further ahead than possible, because the clock
// was set back.
func (w *world) clamp(now time.Time) {
	since(now, &w.movedAt, &w.wokeAt, &w.settleFrom)
	within(loginGrace, now, &w.loginUntil)
	within(maxSettle, now, &w.settleUntil)
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
