package autoconnect

import (
	"time"

	"vpnstatus/internal/vpn"
)

// Inputs of learn besides the events that concern one service.
type (
	// edited: the configuration was changed in the system's settings.
	edited struct{ conf vpn.Configuration }
	// ticked: Auto Connect was switched.
	ticked struct{ on bool }
	// anotherChance: its group gives this member another attempt.
	anotherChance struct{}
)

func (edited) event()        {}
func (ticked) event()        {}
func (changed) event()       {}
func (anotherChance) event() {}

// learn records what happened. It decides nothing.
func (v *visit) learn(e Event) {
	s := v.s
	switch e := e.(type) {
	case StatusChanged:
		v.status(e.Status)
	case CauseLearned:
		v.cause(e)
	case UserConnect:
		v.userConnect(e.Options)
	case UserDisconnect:
		v.userDisconnect(e.Until)
	case UserHold:
		switch {
		case !e.Until.IsZero():
			s.intent.forget()
			v.hold(e.Until, KeyHeldAsked)
		case s.intent.held():
			v.forgive()
		}
	case ProbeDone:
		if !s.health.probe.asked {
			return // of an earlier session
		}
		s.health.probe.asked = false
		if _, ok := v.w.probe(s.conf.ID); ok && s.seen.status == vpn.Connected {
			s.health.answered(e.Err == "", v.now)
		}
	case TrafficRead:
		if s.seen.status == vpn.Connected {
			s.health.measured(e)
		}
	case ServerAnswered:
		waits := s.seen.status == vpn.Disconnected && s.order.kind == nothing
		if waits && !s.retry.echo.since.IsZero() && s.retry.echo.answer(e, hasIKE(s.conf.Protocol), v.now) {
			s.retry.next = v.now
		}
	case edited:
		old, conf := s.conf, e.conf
		s.conf = conf
		old.Name, conf.Name = "", ""
		if old != conf {
			s.retry, s.rule.down = retry{}, false
		}
	case ticked:
		s.auto = e.on
		v.forgive()
		if !e.on && s.order.renews() {
			s.intent.ask(vpn.Options{}, v.now) // finish it: unticking leaves a service connected
		}
	case changed:
		v.refresh(e)
	case anotherChance:
		s.retry.anotherChance()
	}
}

// forgive gives the service a fresh start because the user wants it up.
func (v *visit) forgive() {
	v.release()
	v.s.retry, v.s.rule.down = v.s.retry.forgiven(), false
}

// userConnected notes that the user connected the service, here or elsewhere.
func (v *visit) userConnected() {
	s := v.s
	v.forgive()
	s.intent.override, s.intent.byUser = v.w.here.epoch, true
	if s.seen.end.cause == awaited {
		s.seen.end.cause = overdue
	}
	v.click = clickConnect
}

func (v *visit) userConnect(o vpn.Options) {
	s := v.s
	v.userConnected()
	if s.order.late {
		s.order = order{} // the system ignored the stop
	}
	if s.order.kind == starting || s.order.kind == nothing && s.seen.rising() {
		return
	}
	s.intent.ask(o, v.now)
}

func (v *visit) userDisconnect(u Until) {
	s := v.s
	s.intent.forget()
	s.intent.override = 0
	key := KeyStopUser
	switch {
	case s.conf.OnDemand:
		key = KeyStopOnDemand
	case s.auto:
		if u.IsZero() {
			u = Forever
		}
		v.hold(u, KeyHeldUser)
		v.click = clickDisconnect
	}
	switch {
	case s.order.kind == starting, s.seen.rising():
		v.stop(stopForUser, Reason{Key: key})
	case s.conf.OnDemand && s.seen.status == vpn.Disconnected:
		v.do(Stop{ID: s.conf.ID, Reason: Reason{Key: key}}) // pauses On Demand
	case s.seen.status == vpn.Disconnecting:
		s.order = order{kind: stopping, why: stopForUser, reason: Reason{Key: key}, at: v.now}
	}
}

// refresh gives everything another chance after a change of the surroundings.
func (v *visit) refresh(c changed) {
	s := v.s
	s.retry = s.retry.refreshed(c)
	s.seen.since, s.seen.asked = v.now, time.Time{} // it may have slept since
	if s.order.late {
		s.order = order{} // the system may heed another stop
	}
	s.health.refresh(c, v.now)
}

// status handles a status of the service.
func (v *visit) status(to vpn.Status) {
	s := v.s
	was := s.seen
	s.seen.known, s.order.unseen = true, false
	if to == was.status {
		switch {
		case to != vpn.Disconnected:
		case s.order.kind != starting:
			s.seen.asked = time.Time{}
		case !was.asked.IsZero():
			v.unanswered()
		}
		return
	}
	s.seen.become(to, v.now)
	ours := s.order.kind == starting
	if ours {
		s.order = order{}
	}
	if s.seen.rising() && to != vpn.Reasserting && s.order.kind == nothing {
		s.intent.forget() // it is being carried out
	}
	switch to {
	case vpn.Connecting, vpn.Connected:
		if was.status == vpn.Disconnected && !ours {
			v.startedElsewhere()
		}
		if to == vpn.Connected {
			v.connected(was.status.Up())
		}
	case vpn.Reasserting:
		s.health.reasserting(was.status == vpn.Connected)
	case vpn.Disconnecting:
		s.seen.unasked = s.order.kind != stopping && v.w.here.quiet(v.now)
	case vpn.Disconnected:
		v.ended(&was)
	}
}

// startedElsewhere handles a session that nobody here asked for.
func (v *visit) startedElsewhere() {
	s := v.s
	if s.order.overtaken(v.now) {
		v.do(Stop{ID: s.conf.ID, Reason: s.order.reason})
		return
	}
	s.order = order{}
	v.userConnected()
	if s.conf.OnDemand {
		s.intent.override = 0 // the system may have connected it by itself
	}
}

func (v *visit) connected(wasUp bool) {
	s := v.s
	s.retry, s.rule.down = s.retry.connected(), false
	p, probed := v.w.probe(s.conf.ID)
	s.health.connected(p, probed, v.w.ticks, v.now)
	if wasUp {
		return
	}
	if s.owed.rising && !s.intent.byUser {
		v.notify(NoticeReconnected, Reason{Key: KeySatisfied})
	}
	s.owed.rising = false
}

// ended handles the end of a session or attempt.
func (v *visit) ended(was *observed) {
	s := v.s
	o := s.order
	s.order = order{}
	s.health.traffic = traffic{}
	byUser := s.intent.byUser
	s.intent.byUser = false
	if was.status == vpn.Invalid {
		return // its first status is that it is down
	}
	up := !was.upAt.IsZero()
	stable := up && v.now.Sub(was.upAt) >= stableAfter
	if stable {
		s.retry = retry{}
	}
	s.seen.end = end{at: v.now, up: up, stable: stable, unasked: was.unasked, byUser: byUser, cause: overdue}
	switch {
	case o.kind != stopping:
		s.seen.end.cause = awaited
	case o.why == stopStuck:
		s.seen.end.up = false
		s.retry.fail(v.now, s.pace(v.w, v.now))
	}
}

// unanswered handles a start that had no effect.
func (v *visit) unanswered() {
	s := v.s
	s.order = order{}
	s.seen.asked = time.Time{}
	s.seen.end = end{at: v.now}
	s.intent.byUser = false
	s.retry.fail(v.now, s.pace(v.w, v.now))
}

// cause handles the answer to the question why it went down.
func (v *visit) cause(e CauseLearned) {
	s := v.s
	if e.Cause.Known() {
		s.seen.last = e.Cause
	}
	was := s.seen.end.cause
	s.seen.end.cause = answered
	switch {
	case was == awaited:
		v.judge(e)
	case was == overdue && e.Cause.Disposition() == vpn.RetryOnce && !s.seen.status.Up():
		s.retry.reject(e.Cause)
	}
}

// judge draws the conclusions from the end of a session or attempt. An end
// without evidence is a failure, whatever it looked like.
func (v *visit) judge(e CauseLearned) {
	s := v.s
	last := s.seen.end
	s.seen.cause = e.Cause
	s.seen.prompts = s.seen.prompts || e.Cause.Topic() == vpn.TopicPrompt
	hold := Until{}
	key := KeyHeldForeign
	switch {
	case e.Cause.Disposition() == vpn.Stopped:
		hold = Forever
	case e.Answered && !e.Cause.Known() && last.unasked && v.w.here.quiet(v.now):
		hold, _ = UntilNetworkChanges(v.w.here.facts)
		key = KeyHeldUnexplained
	}
	if !hold.IsZero() {
		s.retry.next = time.Time{}
		if s.ours() && !s.intent.held() {
			v.hold(hold, key)
			v.click = clickDisconnect
			v.notify(NoticeHeld, Reason{Key: key, Until: hold})
		}
		return
	}
	switch e.Cause.Disposition() {
	case vpn.Retry, vpn.RetryExpected, vpn.RetrySlower:
		if last.up && !last.stable {
			s.flaps.dropped(last.at)
		}
	}
	s.retry.judge(e.Cause, last, s.pace(v.w, v.now))
	auto := s.ours()
	switch {
	case auto && s.retry.needs != "":
		v.notify(NoticeNeedsUser, Reason{Key: s.retry.needs, Cause: e.Cause})
	case last.up && !e.Cause.Expected() && !s.flaps.unstable(v.now) && !v.w.here.nearSleep(v.now):
		s.owed = debts{drop: true, rising: true}
	case !auto && last.byUser && !last.up && !e.Cause.Expected() && e.Cause.Known():
		v.notify(NoticeGaveUp, Reason{Key: KeyManual, Cause: e.Cause})
	}
}
