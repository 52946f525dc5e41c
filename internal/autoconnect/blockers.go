package autoconnect

import (
	"fmt"
	"time"

	"vpnstatus/internal/vpn"
)

// blocker is one thing that can keep a service from being started.
type blocker struct {
	name string // of Explanation.Blockers
	// always: it also stops a connect by the user.
	always bool
	// own: it is about this service alone and does not pass with time, so another
	// member of its group may take its place.
	own bool
	// ask reports whether the blocker holds. It changes nothing.
	ask func(query) answer
}

// blockers is the list of everything that keeps a wanted service from being
// started, in the order in which it counts: what the user wants, what the
// service does already, what only the user can mend, the machine, the rules and
// the group, and at last what only takes time. The first that holds is the state
// of the service; if none does it is started.
var blockers = []blocker{
	{name: "manual", ask: manual, own: true},
	{name: "on-demand", ask: onDemand, own: true},
	{name: "held", ask: held, own: true},
	{name: "paused", ask: paused},
	{name: "status", ask: status, always: true, own: true},
	{name: "connection", ask: connection, always: true},
	{name: "disabled", ask: disabled, always: true, own: true},
	{name: "needs-user", ask: needsUser, own: true},
	{name: "asleep", ask: asleep, always: true},
	{name: "session", ask: session},
	{name: "offline", ask: offline, always: true},
	{name: "rule", ask: byRule, own: true},
	{name: "group", ask: byGroup, always: true},
	{name: "on-demand-rule", ask: onDemandRule, own: true},
	{name: "settling", ask: settlingDown},
	{name: "superseded", ask: superseded, own: true},
	{name: "backoff", ask: backingOff},
	{name: "cause", ask: awaitingCause},
}

// query is what blockers are asked about.
type query struct {
	s     *service
	w     *world
	place place // in its group
	now   time.Time
	tell  bool // the answer is to be explained
}

// answer is what a blocker says. The zero value is that it does not hold.
type answer struct {
	holds  bool
	state  State
	reason Reason
	next   time.Time // of the next attempt, if nothing else happens; zero if not known
	asks   bool      // the server is asked meanwhile whether it is back
	why    string    // if query.tell: why it does not hold, or what the reason does not say
}

// deciding returns the answer of the blocker that decides, and its index; -1 if
// the service is to be started. It is the first that holds; while a connect by
// the user waits, the first of those that stop that too.
func (q query) deciding() (answer, int) {
	byHand := q.s.intent.connecting()
	for i := range blockers {
		if byHand && !blockers[i].always {
			continue
		}
		if a := blockers[i].ask(q); a.holds {
			return a, i
		}
	}
	return answer{}, -1
}

// stop is the answer of a blocker that holds.
func stop(s State, r Reason) answer { return answer{holds: true, state: s, reason: r} }

// no is the answer of a blocker that does not hold.
func (q query) no(why string) answer { return answer{why: why} }

// clock returns a moment as text for explanations.
func (q query) clock(t time.Time) string { return momentWords(t.In(q.now.Location()), q.now) }

func manual(q query) answer {
	if q.s.auto {
		return q.no("Auto Connect is on")
	}
	r := Reason{Key: KeyManual}
	if q.s.seen.status == vpn.Disconnected {
		r.Cause = q.s.seen.cause
	}
	return stop(Manual, r)
}

func onDemand(q query) answer {
	if q.s.conf.OnDemand {
		return stop(Waiting, Reason{Key: KeyWaitingOnDemand})
	}
	return q.no("On Demand is not enabled")
}

func held(q query) answer {
	if h := q.s.intent.hold; !h.Until.IsZero() {
		return stop(Held, Reason{Key: h.Key, Until: h.Until})
	}
	return q.no("nobody has stopped it or put it on hold")
}

func paused(q query) answer {
	if q.w.paused() {
		return stop(Paused, Reason{Key: KeyPaused, Until: q.w.pause})
	}
	return q.no("Auto Connect is not paused")
}

func status(q query) answer {
	switch {
	case !q.s.seen.legible():
		return stop(Waiting, Reason{Key: KeyWaitingStatus})
	case q.tell:
		return q.no("the status is " + q.s.seen.status.String())
	}
	return answer{}
}

// connection holds while the service is up, on its way, or going down.
func connection(q query) answer {
	s := q.s
	switch o := &s.order; {
	case o.kind == starting:
		return stop(Connecting, o.reason)
	case o.pending() && (o.unseen || s.seen.status != vpn.Disconnected):
		return stopped(o)
	}
	switch s.seen.status {
	case vpn.Connecting:
		return stop(Connecting, s.attempt())
	case vpn.Connected:
		if k := s.health.silent; k != "" {
			return stop(Satisfied, Reason{Key: k})
		}
		return stop(Satisfied, Reason{Key: KeySatisfied})
	case vpn.Reasserting:
		return stop(Satisfied, Reason{Key: KeySatisfiedReasserting})
	case vpn.Disconnecting:
		return stop(Waiting, Reason{Key: KeyWaitingStopping})
	}
	return q.no("it is down, and no start is under way")
}

// stopped is the answer about a service that is going down, or should be.
func stopped(o *order) answer {
	switch o.why {
	case stopStuck, stopRenew:
		return stop(Recycling, o.reason)
	case stopForRule:
		return stop(Waiting, Reason{Key: KeyWaitingRule, Rule: o.reason.Rule})
	case stopForGroup:
		return stop(Waiting, Reason{Key: KeyWaitingGroup, Other: o.reason.Other})
	}
	return stop(Waiting, Reason{Key: KeyWaitingStopping})
}

func disabled(q query) answer {
	if q.s.conf.Enabled {
		return q.no("the configuration is enabled")
	}
	return stop(NeedsUser, Reason{Key: KeyNeedsDisabled})
}

func needsUser(q query) answer {
	if k := q.s.retry.needs; k != "" {
		return stop(NeedsUser, Reason{Key: k, Cause: q.s.seen.cause})
	}
	return q.no("nothing is known that only the user can mend")
}

func asleep(q query) answer {
	if q.w.here.facts.Asleep {
		return stop(Waiting, Reason{Key: KeyWaitingAsleep})
	}
	if t := q.w.here.wokeAt; q.tell && !t.IsZero() {
		return q.no("the Mac is awake since " + q.clock(t))
	}
	return q.no("the Mac is awake")
}

func session(q query) answer {
	switch active := q.w.here.facts.SessionActive; {
	case q.w.here.away():
		return stop(Waiting, Reason{Key: KeyWaitingSession})
	case !active.Known:
		return q.no("it is not known who has the screen")
	}
	return q.no("the user has the screen")
}

func offline(q query) answer {
	switch path := q.w.here.facts.Path; {
	case q.w.here.offline() && q.now.Before(q.w.here.wokeAt.Add(wakePathGrace)):
		return stop(Settling, Reason{Key: KeySettlingWake})
	case q.w.here.offline():
		return stop(Waiting, Reason{Key: KeyWaitingOffline, Cause: q.s.seen.cause})
	case !path.Known:
		return q.no("the path is not known, so it is tried")
	case q.tell && !path.At.IsZero():
		return q.no("the path is satisfied since " + q.clock(path.At))
	}
	return q.no("the path is satisfied")
}

func byRule(q query) answer {
	switch r := q.s.ruling(q.w); {
	case r.then != OutcomeConnect:
		return stop(Waiting, Reason{Key: KeyWaitingRule, Rule: r.title})
	case q.s.intent.overrides(q.w.here.epoch):
		return q.no("you connected it on this network, which overrides the rules")
	case q.tell && r.title != "":
		return q.no(fmt.Sprintf("the rule “%s” says connect", r.title))
	}
	return q.no("no rule matches")
}

func byGroup(q query) answer {
	switch p := q.place; {
	case p.group == "":
		return q.no("it is in no group")
	case p.held:
		return stop(Waiting, Reason{Key: KeyWaitingGroupHeld, Other: p.other})
	case p.wait:
		return stop(Waiting, Reason{Key: KeyWaitingGroup, Other: p.other})
	}
	return q.no("it is the one of its group that may be up")
}

func onDemandRule(q query) answer {
	if q.s.retry.awaits == vpn.AwaitOtherNetwork {
		return stop(Waiting, Reason{Key: KeyWaitingOnDemandRule})
	}
	return q.no("no On Demand rule of the system disconnected it on this network")
}

// settlingDown holds while the surroundings are changing.
func settlingDown(q query) answer {
	here, now := &q.w.here, q.now
	wait := func(k Key, t time.Time) answer {
		return answer{holds: true, state: Settling, reason: Reason{Key: k}, next: t}
	}
	switch {
	case now.Before(here.login):
		return wait(KeySettlingLogin, here.login)
	case now.Before(here.wokeAt.Add(wakeGrace)):
		return wait(KeySettlingWake, here.wokeAt.Add(wakeGrace))
	case !here.calm(now):
		return wait(KeySettlingNetwork, here.settle.until)
	case q.tell && !here.movedAt.IsZero():
		return q.no("the network last changed at " + q.clock(here.movedAt))
	}
	return q.no("the network is calm")
}

func superseded(q query) answer {
	if q.s.retry.awaits == vpn.AwaitOthers && q.w.up > 0 {
		return stop(Waiting, Reason{Key: KeyWaitingSuperseded, Cause: q.s.seen.cause})
	}
	return q.no("no other VPN has taken its place")
}

func backingOff(q query) answer {
	s := q.s
	r := &s.retry
	if !q.now.Before(r.next) {
		if q.tell && !r.next.IsZero() {
			return q.no("the next attempt was due at " + q.clock(r.next))
		}
		return q.no("no failure keeps it waiting")
	}
	a := answer{holds: true, state: Backoff, reason: s.dropped(), next: r.next}
	switch {
	case r.excused.key != "":
		a.state, a.reason.Key = Waiting, r.excused.key
	case r.slow != "":
		a.state, a.reason.Key = Slow, r.slow
	}
	a.asks = s.asks(q.w)
	if a.asks && (r.echo.mute || hasIKE(s.conf.Protocol)) {
		a.reason.Key = KeyBackoffServer
	}
	if a.asks && q.tell {
		a.why = r.echo.words(q)
	}
	return a
}

// words says what became of the questions to the server.
func (e *echo) words(q query) string {
	switch {
	case e.asked.IsZero():
		return "it will be asked whether it is there"
	case !e.answered.IsZero():
		return "it last answered at " + q.clock(e.answered)
	case e.err == "":
		return "asked at " + q.clock(e.asked)
	}
	return "asked at " + q.clock(e.asked) + ", no answer: " + e.err
}

// awaitingCause holds from the end of a session or attempt until its cause is
// known, or known to be missing.
func awaitingCause(q query) answer {
	if q.s.seen.end.cause == awaited {
		return stop(Backoff, q.s.dropped())
	}
	return q.no("no question about its last end is open")
}
