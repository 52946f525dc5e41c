package autoconnect

import (
	"time"

	"vpnstatus/internal/vpn"
)

// service is everything the policy knows about one service.
type service struct {
	conf   vpn.Configuration
	auto   bool     // ticked Auto Connect
	group  int      // index into Policy.groups; -1 if none
	seen   observed // its status, and why it last ended
	intent intent   // what the user wants of it
	order  order    // what was asked of the system and has not happened yet
	retry  retry    // its failures, and when it is tried again
	health liveness // whether its tunnel carries traffic
	flaps  flaps    // its last drops
	rule   ruled    // what the rules did to it
	owed   debts    // notifications that are still to come
	view   View     // what was reported last
}

// ruled is what the rules did to a service.
type ruled struct {
	down    bool   // a rule kept it down
	stopped uint64 // a rule took it down on the network whose epoch+1 this is; 0 if none did
}

// debts are notifications that can't be sent yet.
type debts struct {
	drop   bool // a drop, once the next step is known
	rising bool // that it is back, after a drop that was notified
}

func newService(conf vpn.Configuration, auto bool, now time.Time) service {
	s := service{conf: conf, auto: auto, group: -1}
	s.view = View{Auto: auto, State: Manual, Reason: Reason{Key: KeyManual}, Since: now}
	if auto {
		s.view.State, s.view.Reason.Key = Waiting, KeyWaitingStatus
	}
	return s
}

// busy reports whether it is anything but down, or may turn out to be.
func (s *service) busy() bool {
	return s.order.unseen || s.order.kind == starting || s.seen.known && s.seen.status != vpn.Disconnected && s.seen.status != vpn.Invalid
}

// active reports whether it is up or coming up, and not being stopped.
func (s *service) active() bool {
	return s.order.kind == starting || s.order.kind == nothing && s.seen.known && s.seen.rising()
}

// wanted reports whether the policy keeps it up: it is ticked, the system does
// not do it, and the user has neither held nor paused it.
func (s *service) wanted(w *world) bool {
	return s.auto && !s.conf.OnDemand && !s.intent.held() && !w.paused()
}

// ruling returns what the rules say about it.
func (s *service) ruling(w *world) ruling {
	if s.intent.overrides(w.here.epoch) {
		return ruling{then: OutcomeConnect}
	}
	return w.rules.of(&s.conf)
}

// pace returns how fast it may be tried.
func (s *service) pace(w *world, now time.Time) pace {
	p := pace{most: w.cap(), jitter: w.jitter}
	if s.flaps.unstable(now) {
		p.least = flapFloor
	}
	return p
}

// asks reports whether its server is asked whether it is back: it does not
// respond, and no tunnel is up that would take the question too.
func (s *service) asks(w *world) bool {
	return !s.retry.echo.since.IsZero() && w.config.ServerEcho && w.enclosed == 0 && s.conf.Server != ""
}

// dropped is the reason why it is down, if nothing but a failure is.
func (s *service) dropped() Reason {
	if s.seen.end.up {
		return Reason{Key: KeyBackoffDropped, Cause: s.seen.cause}
	}
	return Reason{Key: KeyBackoffFailed, Cause: s.seen.cause}
}

// attempt is the reason of the attempt under way.
func (s *service) attempt() Reason {
	switch s.view.Reason.Key {
	case KeyConnecting, KeyConnectingRetry, KeyConnectingServer, KeyConnectingUser, KeyConnectingRule, KeyConnectingOther:
		return s.view.Reason
	}
	return Reason{Key: KeyConnectingOther}
}

// clamp limits times that are further ahead than possible, because the clock
// was set back. The ends of holds stay.
func (s *service) clamp(w *world, now time.Time) {
	s.seen.clamp(now)
	s.intent.clamp(now)
	s.order.clamp(now)
	s.retry.clamp(s.pace(w, now), now)
	s.health.clamp(now)
	s.flaps.clamp(now)
	since(now, &s.view.Since)
}

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

// visit is one look at a service: learn and lapse bring its parts up to date, act
// starts or stops it and publishes its state.
type visit struct {
	s    *service
	w    *world
	now  time.Time
	out  []Action
	wake time.Time // when to look at it again; zero if only an event changes anything

	click click // the user's, for the group
	store bool  // the hold changed
}

// click is what the user did to a service, here or elsewhere.
type click int

const (
	noClick click = iota
	clickConnect
	clickDisconnect
)

func (v *visit) do(a Action) { v.out = append(v.out, a) }

// due reports whether a time has come; the zero time never comes. If it has
// not, the service is looked at again at that time. So whatever it is looked at
// for lies in the future.
func (v *visit) due(at time.Time) bool {
	if at.IsZero() {
		return false
	}
	if v.now.Before(at) {
		v.wake = earlier(v.wake, at)
		return false
	}
	return true
}

func (v *visit) notify(n Notice, r Reason) { v.do(Notify{ID: v.s.conf.ID, Kind: n, Reason: r}) }

// verify asks for the status, since it should have changed by now.
func (v *visit) verify() {
	v.s.seen.asked = v.now
	v.do(Verify{ID: v.s.conf.ID})
}

func (v *visit) hold(u Until, k Key) {
	if v.s.intent.holdUntil(u, k) {
		v.store = true
	}
}

func (v *visit) release() { v.hold(Until{}, "") }

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
			v.release()
			s.retry = s.retry.forgiven()
		}
	case ProbeDone:
		if s.health.probe.answer.IsZero() {
			return // of an earlier session
		}
		s.health.probe.answer = time.Time{}
		if _, ok := v.w.probe(s.conf.ID); ok && s.seen.status == vpn.Connected {
			s.health.answered(e.Err == "", v.now)
		}
	case TrafficRead:
		if s.seen.status == vpn.Connected {
			s.health.measured(e)
		}
	case ServerAnswered:
		waits := s.seen.down() && s.order.kind == nothing
		if waits && !s.retry.echo.since.IsZero() && s.retry.echo.answer(e.Err, hasIKE(s.conf.Protocol), v.now) {
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
		s.intent.override = 0
		v.release()
		s.retry, s.rule.down = s.retry.forgiven(), false
		if !e.on && s.order.recycles() {
			s.intent.ask(vpn.Options{}, v.now) // finish it: unticking leaves a service connected
		}
	case changed:
		v.refresh(e)
	case anotherChance:
		s.retry.anotherChance()
	}
}

// userConnected notes that the user connected the service, here or elsewhere.
func (v *visit) userConnected() {
	s := v.s
	v.release()
	s.retry, s.rule.down = s.retry.forgiven(), false
	s.intent.override, s.intent.byUser = v.w.here.epoch+1, true
	s.health.renewed = false
	s.seen.moveOn()
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
	s.intent.override, s.intent.byUser = 0, false
	s.owed.rising = false
	s.retry = retry{rejected: s.retry.rejected, needs: s.retry.needs, awaits: s.retry.awaits}
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
	s.seen.moveOn()
	switch {
	case s.order.kind == starting, s.seen.rising():
		v.stop(stopForUser, Reason{Key: key})
	case s.conf.OnDemand && s.seen.status == vpn.Disconnected:
		v.do(Stop{ID: s.conf.ID, Reason: Reason{Key: key}}) // pauses On Demand
	case s.seen.status == vpn.Disconnecting:
		s.order = order{kind: stopping, why: stopForUser, reason: Reason{Key: key}, at: v.now}
	}
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
	s.retry.excused.key = ""
	s.rule.down = false
	s.seen.asked = time.Time{}
	s.order = order{kind: starting, reason: r, at: v.now, unseen: true}
	a := Start{ID: s.conf.ID, Attempt: s.retry.attempts, Reason: r}
	if byUser {
		a.Options = s.intent.options
		s.intent.override = v.w.here.epoch + 1
	}
	s.intent.byUser = byUser
	s.intent.forget()
	v.do(a)
	v.due(v.now.Add(startAnswer))
}

// refresh gives everything another chance after a change of the surroundings.
func (v *visit) refresh(c changed) {
	s := v.s
	s.retry = s.retry.refreshed(c)
	s.seen.since, s.seen.asked = v.now, time.Time{} // it may have slept since
	s.order.refresh(v.now)
	s.health.refresh(c, v.now)
	if c.long && s.seen.status.Up() {
		v.do(Verify{ID: s.conf.ID})
	}
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
		if was.known && was.status == vpn.Disconnected && !ours {
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
	s.health.down()
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
	case o.why != stopRenew:
		s.retry.next = time.Time{}
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
		if s.auto && !s.conf.OnDemand && !s.intent.held() {
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
	auto := s.auto && !s.conf.OnDemand
	switch {
	case auto && s.retry.needs != "":
		v.notify(NoticeNeedsUser, Reason{Key: s.retry.needs, Cause: e.Cause})
	case last.up && !e.Cause.Expected() && !s.flaps.unstable(v.now) && !v.w.here.nearSleep(v.now):
		s.owed = debts{drop: true, rising: auto}
	case !auto && last.byUser && !last.up && !e.Cause.Expected() && e.Cause.Known():
		v.notify(NoticeGaveUp, Reason{Key: KeyManual, Cause: e.Cause})
	}
}

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
	if v.due(s.health.probe.answer) {
		s.health.probe.answer = time.Time{} // it was lost, which says nothing about the tunnel
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
		s.intent.byUser, s.owed.rising = false, false
		v.stop(stopForGroup, Reason{Key: KeyStopGroup, Other: p.other})
		return
	}
	if s.order.kind == starting || !s.wanted(v.w) {
		return
	}
	if r := s.ruling(v.w); r.then == OutcomeDisconnect && here.able() && here.calm(v.now) && s.rule.stopped != here.epoch+1 {
		s.rule.stopped = here.epoch + 1
		s.owed.rising = false
		why := Reason{Key: KeyStopRule, Rule: r.title}
		v.stop(stopForRule, why)
		v.notify(NoticeRule, why)
		return
	}
	switch able := here.able(); s.seen.status {
	case vpn.Connecting:
		limit := connectWatchdog
		if s.conf.Prompts || s.seen.prompts || s.intent.byUser {
			limit = promptWatchdog
		}
		if able && v.stuck(limit) {
			v.stop(stopStuck, Reason{Key: KeyRecyclingStuck})
		}
	case vpn.Reasserting:
		if able && !s.health.renewed && v.stuck(connectWatchdog) {
			s.health.renewed = true
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
	if k := h.dead(probed, v.w.here.epoch, v.now); k != "" {
		return k
	}
	if h.probe.answer.IsZero() && v.due(h.probe.next) {
		h.probe.answer = v.now.Add(probeTimeout + probeLost)
		h.probe.next = p.next(v.w.ticks, v.now)
		v.do(RunProbe{ID: s.conf.ID, Probe: p, Timeout: probeTimeout})
	}
	v.due(h.probe.answer)
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
	s.view = View{Auto: s.auto, State: a.state, Reason: a.reason, Since: old.Since, Next: a.next, Unstable: s.flaps.unstable(v.now)}
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
