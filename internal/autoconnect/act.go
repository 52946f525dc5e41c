package autoconnect

import (
	"time"

	"vpnstatus/internal/vpn"
)

// lapse notes what the passing of time alone changes.
func (v *visit) lapse() {
	s := v.s
	if s.intent.held() && (v.due(s.intent.hold.Until.Time) || s.intent.hold.Until.Over(v.w.here.facts, v.now)) {
		v.release()
		s.retry.next = time.Time{}
	}
	if v.due(s.intent.connect) {
		s.intent.forget()
	}
	v.due(s.flaps.until)
	switch o := &s.order; {
	case o.kind == starting, o.unseen:
		v.lapseUnseen()
	case o.pending() && s.seen.status != vpn.Disconnected && v.due(o.at.Add(stopAnswer)):
		o.late = true
		v.do(Verify{ID: s.conf.ID})
	}
}

// lapseUnseen asks for the status if a start, or its cancellation, has not shown
// in it.
func (v *visit) lapseUnseen() {
	s := v.s
	at := s.order.at.Add(startAnswer)
	if !s.seen.asked.IsZero() {
		at = s.seen.asked.Add(connectWatchdog)
	}
	if !v.due(at) {
		return
	}
	if s.order.kind == starting && !s.order.unseen && !s.seen.asked.IsZero() {
		v.unanswered()
		return
	}
	v.verify()
	v.due(s.seen.asked.Add(connectWatchdog))
}

// act stops or starts the service if that is due, and publishes its state.
func (v *visit) act(p place) {
	s := v.s
	v.supervise(p)
	q := query{s: s, w: v.w, place: p, now: v.now}
	a, blocked := q.deciding()
	if blocked < 0 {
		if s.intent.connecting() {
			v.start(Reason{Key: KeyConnectingUser}, true)
		} else {
			v.start(v.reasonToStart(), false)
		}
		a, _ = q.deciding() // what there is to say now that it is starting
	}
	v.due(a.next)
	if a.asks {
		v.askServer()
	}
	v.publish(a)
}

// askServer asks the server whether it is back, if that is due.
func (v *visit) askServer() {
	s := v.s
	e := &s.retry.echo
	if v.due(e.next) {
		e.ask(v.now, s.pace(v.w, v.now))
		v.do(AskServer{ID: s.conf.ID, Server: s.conf.Server, Protocol: s.conf.Protocol, Timeout: askTimeout})
		v.due(e.next)
	}
}

// reasonToStart returns why the service is started now.
func (v *visit) reasonToStart() Reason {
	s := v.s
	if s.retry.echo.tried {
		return Reason{Key: KeyConnectingServer}
	}
	if s.retry.failures+s.retry.excused.n > 0 {
		return Reason{Key: KeyConnectingRetry, Cause: s.seen.cause}
	}
	if r := s.ruling(v.w); s.rule.down && r.title != "" {
		r := Reason{Key: KeyConnectingRule, Rule: r.title}
		v.notify(NoticeRule, r)
		return r
	}
	return Reason{Key: KeyConnecting}
}

// supervise stops a session or attempt that must not go on. The first reason
// counts.
func (v *visit) supervise(p place) {
	s, here := v.s, &v.w.here
	if s.order.kind == stopping || s.order.kind == nothing && !s.seen.rising() {
		return
	}
	if p.stop && (p.force || here.able() && !v.w.paused()) {
		v.stop(stopForGroup, Reason{Key: KeyStopGroup, Other: p.other})
		return
	}
	if s.order.kind == starting || !s.wanted(v.w) {
		return
	}
	if r := s.ruling(v.w); r.then == OutcomeDisconnect && here.able() && here.calm(v.now) && s.rule.stopped != here.epoch {
		s.rule.stopped = here.epoch
		why := Reason{Key: KeyStopRule, Rule: r.title}
		v.stop(stopForRule, why)
		v.notify(NoticeRule, why)
		return
	}
	switch able := here.able(); s.seen.status {
	case vpn.Connecting:
		limit := connectWatchdog
		if s.seen.prompts || s.intent.byUser {
			limit = promptWatchdog
		}
		if able && v.stuck(limit) {
			v.stop(stopStuck, Reason{Key: KeyRecyclingStuck})
		}
	case vpn.Reasserting:
		if able && s.health.renewed == "" && v.stuck(connectWatchdog) {
			s.health.renewed = KeyRecyclingReasserting
			v.stop(stopRenew, Reason{Key: KeyRecyclingReasserting})
		}
	case vpn.Connected:
		if !able {
			break
		}
		if k := v.dead(); k != "" {
			v.stop(stopRenew, Reason{Key: k})
			v.notify(NoticeDropped, Reason{Key: k})
			s.owed.rising = true
		}
	}
}

// stuck reports whether the status has lasted beyond the limit, after asking
// for it again: the event that it has changed may have been lost.
func (v *visit) stuck(limit time.Duration) bool {
	s := v.s
	if !v.due(s.seen.since.Add(limit)) {
		return false
	}
	if s.seen.asked.IsZero() {
		v.verify()
	}
	return v.due(s.seen.asked.Add(verifyAnswer))
}

// dead checks the tunnel if that is due, and returns why the session is to be
// renewed; empty if it is not.
func (v *visit) dead() Key {
	s := v.s
	h := &s.health
	p, probed := v.w.probe(s.conf.ID)
	switch {
	case probed && h.probe.next.IsZero(): // configured since
		h.probe.next = p.next(v.w.ticks, v.now)
	case !probed:
		h.probe = probing{}
		if h.silent == KeySatisfiedNoAnswer {
			h.silent = ""
		}
	}
	if k := h.dead(probed, v.now); k != "" {
		return k
	}
	if !h.probe.asked && v.due(h.probe.next) {
		h.probe.asked, h.probe.next = true, p.next(v.w.ticks, v.now)
		v.do(RunProbe{ID: s.conf.ID, Probe: p, Timeout: probeTimeout})
	}
	if v.due(h.read) {
		h.read = v.w.ticks.after(v.now)
		v.do(ReadTraffic{ID: s.conf.ID})
		v.due(h.read)
	}
	return ""
}

// publish updates the view and reports a transition.
func (v *visit) publish(a answer) {
	s := v.s
	old := s.view
	s.view = View{State: a.state, Reason: a.reason, Since: old.Since, Next: a.next, Unstable: s.flaps.unstable(v.now)}
	if a.state != old.State {
		s.view.Since = v.now
	}
	if a.reason.Key == KeyWaitingRule {
		s.rule.down = true
	}
	switch a.state {
	case Connecting:
		if a.reason.Key != KeyConnectingOther {
			s.view.Attempt = s.retry.attempts
		}
	case Backoff, Slow, Recycling:
		s.view.Attempt = s.retry.attempts + 1
	}
	if a.state == Slow && !s.retry.gaveUp {
		s.retry.gaveUp = true
		v.notify(NoticeGaveUp, Reason{Key: s.retry.slow, Cause: s.seen.cause})
	}
	switch {
	case a.state != old.State, a.reason.Key != old.Reason.Key, a.reason.Cause != old.Reason.Cause:
		v.do(Transition{ID: s.conf.ID, From: old.State, To: a.state, Reason: a.reason, Attempt: s.view.Attempt, Next: a.next})
	case s.view != old:
		v.do(ViewChanged{ID: s.conf.ID})
	}
	v.notifyDrop()
}

// notifyDrop notifies the user of a drop, with the reason if the service stays
// down.
func (v *visit) notifyDrop() {
	s := v.s
	if !s.owed.drop {
		return
	}
	s.owed.drop = false
	r := s.view.Reason
	switch s.view.State {
	case Manual, Waiting, Held, Paused, NeedsUser:
	default:
		r = Reason{Key: KeyBackoffDropped} // it comes back by itself
	}
	r.Cause = s.seen.cause
	v.notify(NoticeDropped, r)
}

// stop asks the system to stop it, or takes back a start that has not shown in
// the status.
func (v *visit) stop(why stopWhy, r Reason) {
	s := v.s
	cancel := s.order.kind == starting
	s.order = order{kind: stopping, why: why, reason: r, at: v.now, unseen: cancel}
	s.seen.asked = time.Time{}
	if cancel {
		v.do(Cancel{ID: s.conf.ID, Reason: r})
		v.verify() // nothing can follow a cancelled start without a status
		v.due(v.now.Add(connectWatchdog))
		return
	}
	v.do(Stop{ID: s.conf.ID, Reason: r})
	v.due(v.now.Add(stopAnswer))
}

// start asks the system to start it.
func (v *visit) start(r Reason, byUser bool) {
	s := v.s
	s.retry.attempts++
	s.rule.down = false
	s.order = order{kind: starting, reason: r, at: v.now, unseen: true}
	a := Start{ID: s.conf.ID, Attempt: s.retry.attempts, Reason: r}
	if byUser {
		a.Options = s.intent.options
		s.intent.override = v.w.here.epoch
	}
	s.intent.byUser = byUser
	s.intent.forget()
	v.do(a)
	v.due(v.now.Add(startAnswer))
}
