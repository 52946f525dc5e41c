package autoconnect

import (
	"time"

	"vpnstatus/internal/vpn"
)

// decide evaluates the state and does what is due. It may be called at any
// time and any number of times.
func (t *turn) decide() {
	c := &t.c
	c.wake = time.Time{}
	if !c.hold.Until.IsZero() && (t.due(c.hold.Until.Time) || c.hold.Until.Over(t.w.facts, t.now)) {
		t.release()
		c.next = time.Time{}
	}
	if c.down.open && t.due(c.down.until) {
		t.unexplained()
	}
	if c.pendingConnect && t.due(c.pendingUntil) {
		c.pendingConnect, c.options = false, vpn.Options{}
	}
	if c.stop != stopNone && c.status != vpn.Disconnected && !c.stopLate && t.due(c.stopAt.Add(stopAnswer)) {
		c.stopLate = true
		t.do(Verify{ID: c.conf.ID})
	}
	if t.directive.stop && (t.directive.force || t.w.able() && !t.w.paused()) &&
		c.stop == stopNone && (c.inflight || c.status.Up() || c.status == vpn.Connecting) {
		c.byUser, c.dropNotified = false, false
		t.sendStop(stopGroup, KeyStopGroup, t.directive.other)
	}
	t.watchStart()
	t.due(c.flaps.until)
	state, reason, next := t.judge()
	t.publish(state, reason, next)
}

// watchStart asks for the status if a start has not shown in it, and at once if
// that start was cancelled.
func (t *turn) watchStart() {
	c := &t.c
	if !c.inflight && c.statusSeen {
		return
	}
	ask := c.startAt.Add(startAnswer)
	switch {
	case !c.verifyAt.IsZero():
		ask = c.verifyAt.Add(connectWatchdog)
	case !c.inflight:
		ask = t.now // a cancelled start: without a status nothing can follow it
	}
	if !t.due(ask) {
		return
	}
	if c.inflight && c.statusSeen && !c.verifyAt.IsZero() {
		t.unanswered()
		return
	}
	c.verifyAt = t.now
	t.do(Verify{ID: c.conf.ID})
	t.due(c.verifyAt.Add(connectWatchdog))
}

// judge returns the state of the service, and starts or stops it if that is
// due.
func (t *turn) judge() (State, Reason, time.Time) {
	c, w := &t.c, t.w
	never := time.Time{}
	if c.pendingConnect && t.startable() {
		switch {
		case w.facts.Asleep:
			return Waiting, Reason{Key: KeyWaitingAsleep}, never
		case w.offline():
			return Waiting, Reason{Key: KeyWaitingOffline}, never
		case t.directive.wait:
			return Waiting, Reason{Key: KeyWaitingGroup, Other: t.directive.other}, never
		case c.auto && !c.conf.Enabled:
			c.pendingConnect, c.options = false, vpn.Options{}
		default:
			t.start(Reason{Key: KeyConnectingUser}, true)
		}
	}
	switch {
	case !c.auto && c.pendingConnect:
		if !c.known {
			return Waiting, Reason{Key: KeyWaitingStatus}, never
		}
		return Waiting, Reason{Key: KeyWaitingStopping}, never
	case !c.auto:
		r := Reason{Key: KeyManual}
		if c.status == vpn.Disconnected {
			r.Cause = c.cause
		}
		return Manual, r, never
	case c.conf.OnDemand:
		return Waiting, Reason{Key: KeyWaitingOnDemand}, never
	case !c.hold.Until.IsZero():
		return Held, Reason{Key: c.hold.Key, Until: c.hold.Until}, never
	case w.paused():
		return Paused, Reason{Key: KeyPaused, Until: w.pause}, never
	case !c.known || c.status == vpn.Invalid:
		return Waiting, Reason{Key: KeyWaitingStatus}, never
	case c.inflight:
		return Connecting, c.connectingReason(), never
	}
	switch c.status {
	case vpn.Connecting, vpn.Connected, vpn.Reasserting:
		return t.judgeUp()
	case vpn.Disconnecting:
		return t.judgeStopping()
	case vpn.Disconnected:
		return t.judgeDown()
	}
	return Waiting, Reason{Key: KeyWaitingStatus}, never // a status that this program doesn't know
}

// startable reports whether a start would have an effect.
func (t *turn) startable() bool {
	c := &t.c
	return c.known && c.status == vpn.Disconnected && !c.inflight && c.statusSeen
}

func (t *turn) start(r Reason, byUser bool) {
	c := &t.c
	c.inflight, c.statusSeen, c.startAt, c.verifyAt = true, false, t.now, time.Time{}
	c.byUser = byUser
	c.stop, c.stopLate = stopNone, false
	t.stopWaitingForCause()
	c.uncountedKey = ""
	c.attempts++
	c.view.Reason = r // what the attempt is for, until it ends
	a := Start{ID: c.conf.ID, Attempt: c.attempts, Reason: r}
	if byUser {
		a.Options = c.options
		c.override, c.overrideEpoch = true, t.w.epoch
	}
	c.pendingConnect, c.options = false, vpn.Options{}
	t.do(a)
	t.due(t.now.Add(startAnswer))
}

// connectingReason returns the reason of the attempt under way.
func (c *controller) connectingReason() Reason {
	switch c.view.Reason.Key {
	case KeyConnecting, KeyConnectingRetry, KeyConnectingUser, KeyConnectingRule, KeyConnectingOther:
		return c.view.Reason
	}
	return Reason{Key: KeyConnectingOther}
}

// overridesRules reports whether the user's connect still overrides the rules.
func (c *controller) overridesRules(w *world) bool { return c.override && c.overrideEpoch == w.epoch }

// ruling returns what the rules say about the service.
func (t *turn) ruling() ruling {
	if t.c.overridesRules(t.w) {
		return ruling{then: OutcomeConnect}
	}
	return t.w.rule(&t.c.conf)
}

// judgeStopping judges a service that is going down, or should be.
func (t *turn) judgeStopping() (State, Reason, time.Time) {
	c := &t.c
	switch c.stop {
	case stopRecycle:
		return Recycling, t.reason(c.stopKey), time.Time{}
	case stopRule:
		return Waiting, Reason{Key: KeyWaitingRule, Rule: c.stopOther}, time.Time{}
	case stopGroup:
		return Waiting, Reason{Key: KeyWaitingGroup, Other: c.stopOther}, time.Time{}
	case stopUser, stopNone:
	}
	return Waiting, Reason{Key: KeyWaitingStopping}, time.Time{}
}

// judgeUp judges a service that is connecting, connected or reasserting.
func (t *turn) judgeUp() (State, Reason, time.Time) {
	c, w := &t.c, t.w
	if c.stop != stopNone && !c.stopLate {
		return t.judgeStopping()
	}
	able := w.able() && c.stop == stopNone
	if r := t.ruling(); r.then == OutcomeDisconnect && able && c.ruleEpoch != w.epoch+1 && t.calm() {
		c.ruleEpoch = w.epoch + 1
		c.dropNotified = false
		t.sendStop(stopRule, KeyStopRule, r.title)
		t.notify(NoticeRule, Reason{Key: KeyStopRule, Rule: r.title})
		return t.judgeStopping()
	}
	switch c.status {
	case vpn.Connecting:
		limit := connectWatchdog
		if c.conf.Prompts || c.prompts || c.byUser {
			limit = promptWatchdog
		}
		if able && t.stuck(limit) {
			t.sendStop(stopRecycle, KeyRecyclingStuck, "")
			return t.judgeStopping()
		}
		return Connecting, c.connectingReason(), time.Time{}
	case vpn.Reasserting:
		if able && !c.recycled && t.stuck(connectWatchdog) {
			c.recycled = true
			t.sendStop(stopRecycle, KeyRecyclingReasserting, "")
			return t.judgeStopping()
		}
		return Satisfied, Reason{Key: KeySatisfiedReasserting}, time.Time{}
	}
	if able && t.dead() {
		c.recycled = true
		t.sendStop(stopRecycle, KeyRecyclingDead, "")
		return t.judgeStopping()
	}
	if c.noAnswer {
		return Satisfied, Reason{Key: KeySatisfiedNoAnswer}, time.Time{}
	}
	return Satisfied, Reason{Key: KeySatisfied}, time.Time{}
}

// stuck reports whether the status has lasted beyond the limit, after asking
// for it again: the event that it has changed may have been lost.
func (t *turn) stuck(limit time.Duration) bool {
	c := &t.c
	if !t.due(c.watchFrom.Add(limit)) {
		return false
	}
	if c.verifyAt.IsZero() {
		c.verifyAt = t.now
		t.do(Verify{ID: c.conf.ID})
	}
	return t.due(c.verifyAt.Add(verifyAnswer))
}

// dead runs the liveness probe and reports whether the tunnel should be
// recycled.
func (t *turn) dead() bool {
	c := &t.c
	p, ok := t.w.probe(c.conf.ID)
	if !ok {
		c.probeAt, c.noAnswer = time.Time{}, false
		return false
	}
	if c.probeAt.IsZero() {
		c.probeAt = t.now.Add(p.Interval) // configured since
	}
	if c.misses >= probeMisses {
		c.misses = 0
		if !c.recycled {
			return true
		}
		c.noAnswer = true
	}
	if !c.probing.IsZero() {
		if !t.due(c.probing) {
			return false
		}
		c.probing = time.Time{} // the answer was lost, which says nothing about the tunnel
		c.probeAt = t.now.Add(p.Interval)
	}
	if t.due(c.probeAt) {
		c.probing = t.now.Add(probeTimeout + probeLost)
		t.do(RunProbe{ID: c.conf.ID, Probe: p, Timeout: probeTimeout})
		t.due(c.probing)
	}
	return false
}

// calm reports whether the network has settled; if not, the controller will be
// woken when it has.
func (t *turn) calm() bool {
	return t.w.settleUntil.IsZero() || t.due(t.w.settleUntil)
}

// judgeDown judges a service that is down and should be up. The cases are in
// the order of their importance to the user.
func (t *turn) judgeDown() (State, Reason, time.Time) {
	c, w := &t.c, t.w
	never := time.Time{}
	wait := func(k Key) (State, Reason, time.Time) { return Waiting, t.reason(k), never }
	switch {
	case !c.conf.Enabled:
		return NeedsUser, Reason{Key: KeyNeedsDisabled}, never
	case c.needs != "":
		return NeedsUser, Reason{Key: c.needs, Cause: c.cause}, never
	case w.facts.Asleep:
		return wait(KeyWaitingAsleep)
	case w.away():
		return wait(KeyWaitingSession)
	case w.offline():
		if !w.wokeAt.IsZero() && !t.due(w.wokeAt.Add(wakePathGrace)) {
			return Settling, Reason{Key: KeySettlingWake}, never
		}
		return wait(KeyWaitingOffline)
	}
	most := w.limit
	if c.slow != "" {
		most = max(most, slowEvery)
	}
	if c.flaps.unstable(t.now) {
		most = max(most, flapFloor)
	}
	if at := t.now.Add(most); c.next.After(at) {
		c.next = at // the cap was lowered
	}
	r := t.ruling()
	switch {
	case r.then != OutcomeConnect:
		c.byRule = true
		return Waiting, Reason{Key: KeyWaitingRule, Rule: r.title, Network: w.facts.SSID.Value}, never
	case t.directive.held:
		return Waiting, Reason{Key: KeyWaitingGroupHeld, Other: t.directive.other}, never
	case t.directive.wait:
		return Waiting, Reason{Key: KeyWaitingGroup, Other: t.directive.other}, never
	case c.onDemandBlocked:
		return wait(KeyWaitingOnDemandRule)
	case !w.loginUntil.IsZero() && !t.due(w.loginUntil):
		return Settling, Reason{Key: KeySettlingLogin}, w.loginUntil
	case !w.wokeAt.IsZero() && !t.due(w.wokeAt.Add(wakeGrace)):
		return Settling, Reason{Key: KeySettlingWake}, w.wokeAt.Add(wakeGrace)
	case !t.calm():
		return Settling, Reason{Key: w.settleKey}, w.settleUntil
	case c.superseded && w.up > 0:
		return wait(KeyWaitingSuperseded)
	case !c.next.IsZero() && !t.due(c.next):
		return t.judgeBackoff()
	case c.down.open && !t.due(c.down.until):
		return t.judgeBackoff()
	case !c.statusSeen:
		return wait(KeyWaitingStatus)
	}
	start := Reason{Key: KeyConnecting}
	switch {
	case c.failures+c.uncounted > 0:
		start = t.reason(KeyConnectingRetry)
	case c.byRule && r.title != "":
		start = Reason{Key: KeyConnectingRule, Rule: r.title}
		t.notify(NoticeRule, start)
	}
	c.byRule = false
	t.start(start, false)
	return Connecting, start, never
}

func (t *turn) judgeBackoff() (State, Reason, time.Time) {
	c := &t.c
	switch {
	case c.uncountedKey != "":
		return Waiting, t.reason(c.uncountedKey), c.next
	case c.slow != "":
		return Slow, t.reason(c.slow), c.next
	case c.failed:
		return Backoff, t.reason(KeyBackoffFailed), c.next
	}
	return Backoff, t.reason(KeyBackoffDropped), c.next
}

// publish updates the view and reports a transition.
func (t *turn) publish(state State, reason Reason, next time.Time) {
	c := &t.c
	old := c.view
	v := View{Auto: c.auto, State: state, Reason: reason, Since: old.Since, Next: next,
		Unstable: c.flaps.unstable(t.now)}
	if state != old.State {
		v.Since = t.now
	}
	switch state {
	case Connecting:
		if reason.Key != KeyConnectingOther {
			v.Attempt = c.attempts
		}
	case Backoff, Slow, Recycling:
		v.Attempt = c.attempts + 1
	}
	c.view = v
	if state == Slow && !c.gaveUp {
		c.gaveUp = true
		t.notify(NoticeGaveUp, reason)
	}
	if state != old.State || reason.Key != old.Reason.Key || reason.Cause != old.Reason.Cause {
		t.do(Transition{ID: c.conf.ID, From: old.State, To: state, Reason: reason, Attempt: v.Attempt, Next: next})
	}
}
