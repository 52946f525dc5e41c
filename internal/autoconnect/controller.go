package autoconnect

import (
	"time"

	"vpnstatus/internal/vpn"
)

// stopKind is why this policy sent a stop.
type stopKind int

const (
	stopNone    stopKind = iota
	stopUser             // the user asked for it
	stopRecycle          // stuck or dead: start again
	stopRule             // a rule
	stopGroup            // another member of the group takes its place
)

// controller is what the policy remembers about one service, and what it
// reported last. It is a value: step replaces it as a whole.
type controller struct {
	conf  vpn.Configuration
	auto  bool
	group int // index into Policy.groups; -1 if none

	// What was observed.
	known   bool       // the first status has arrived
	status  vpn.Status // last known; Invalid if none is
	upAt    time.Time  // up since; zero if not up
	foreign bool       // it went Disconnecting without a request from here, on a calm network
	prompts bool       // a start of it has shown a prompt
	cause   vpn.Cause  // why it is down; zero if not known
	last    vpn.Cause  // the last cause known

	// What was asked for.
	hold           Hold // Until is zero if there is none
	dirty          bool // hold changed; cleared by the Policy
	userStarted    bool // the user connected it, here or elsewhere; cleared by the group
	userStopped    bool // the user stopped it, here or elsewhere; cleared by the group
	pendingConnect bool // a connect by the user that is to be carried out as soon as possible
	pendingUntil   time.Time
	options        vpn.Options // of pendingConnect
	override       bool        // connected by the user: overrides the rules …
	overrideEpoch  uint64      // … while world.epoch is this
	byUser         bool        // the user started the attempt or connection

	// Our start and our stop.
	inflight   bool      // a Start was sent, and no other status than Disconnected was seen
	startAt    time.Time //
	statusSeen bool      // a status has come since the last Start or Cancel
	verifyAt   time.Time // when the status was last asked for, during inflight or a watchdog; zero if not
	stop       stopKind  // a Stop or Cancel was sent, and the service is not down yet
	stopKey    Key       // why
	stopOther  string    // group: the member that takes its place
	stopAt     time.Time
	stopLate   bool      // the stop takes too long
	watchFrom  time.Time // start of the watchdog
	recycled   bool      // once per trigger
	ruleEpoch  uint64    // world.epoch+1 at which a rule last took it down; 0 if never

	// Going down.
	down         down
	overdue      bool // the cause of the last end was not awaited and has not come
	dropPending  bool // a drop is to be notified once the next step is known
	dropNotified bool // a drop was notified: notify the return too
	next         time.Time
	failed       bool // the last end was a failed attempt, not a drop

	failures        int  // bad ends in a row, without a stable connection between
	attempts        int  // starts sent in a row, likewise
	uncounted       int  // ends that are not the service's fault, in a row
	uncountedKey    Key  // the reason to show while waiting after such an end
	auth            int  // rejected credentials, in a row
	class           Key  // the kind of failure that classFailures counts
	classes         int  //
	slow            Key  // in the slow lane for this reason; empty if it is not
	gaveUp          bool // the user was notified of the slow lane
	needs           Key  // needs the user for this reason; empty if it does not
	superseded      bool // superseded by another service
	onDemandBlocked bool // an on-demand rule of the system took it down: wait for another network
	byRule          bool // the last reason for being down was a rule

	flaps flaps

	// Liveness probe.
	probeAt  time.Time // next check; zero if none
	probing  time.Time // deadline of the answer; zero if no probe is under way
	misses   int
	noAnswer bool // the tunnel is dead, and was recycled already

	// What was reported last.
	view View
	wake time.Time // when it must be looked at again; zero if never
}

// down is an end of a session or attempt whose cause is awaited.
type down struct {
	open    bool
	at      time.Time
	until   time.Time // the cause will not arrive after that
	up      bool      // it had been up
	foreign bool      // see controller.foreign
	hand    bool      // the user's attempt
}

func newController(conf vpn.Configuration, auto bool, now time.Time) controller {
	c := controller{conf: conf, auto: auto, group: -1, statusSeen: true}
	c.view = View{Auto: auto, State: Manual, Reason: Reason{Key: KeyManual}, Since: now}
	if auto {
		c.view.State, c.view.Reason.Key = Waiting, KeyWaitingStatus
	}
	return c
}

// Inputs of step besides the events that concern one service.
type (
	// look: nothing happened to this service; check whether something is due.
	look struct{}
	// edited: the configuration was changed in the system's settings.
	edited struct{ conf vpn.Configuration }
	// ticked: Auto Connect was switched.
	ticked struct{ on bool }
	// fresh: the surroundings changed, so that waiting is pointless.
	fresh struct {
		network bool // another network
		wake    bool // the machine woke, after a long sleep
		long    bool //
	}
	// anotherChance: its group gives this member another attempt.
	anotherChance struct{}
)

func (look) event()          {}
func (edited) event()        {}
func (ticked) event()        {}
func (fresh) event()         {}
func (anotherChance) event() {}

// clamp limits times that are further ahead than possible, because the clock
// was set back. The ends of holds stay.
func (c *controller) clamp(limit time.Duration, now time.Time) {
	since(now, &c.upAt, &c.startAt, &c.verifyAt, &c.stopAt, &c.watchFrom, &c.down.at, &c.view.Since)
	within(causeWait, now, &c.down.until)
	within(pendingConnectFor, now, &c.pendingUntil)
	within(probeTimeout+probeLost, now, &c.probing)
	within(probeAgain, now, &c.probeAt)
	within(max(limit, slowEvery), now, &c.next)
	c.flaps.clamp(now)
}

// step is the policy of one service: from its state, an input, the shared
// facts and the time it computes the next state and the actions, which are
// appended to out.
func step(c *controller, e Event, w *world, d directive, now time.Time, out []Action) []Action {
	t := turn{c: *c, w: w, directive: d, now: now, out: out}
	t.learn(e)
	if !d.learnOnly {
		t.decide()
		t.notifyDrop()
	}
	*c = t.c
	return t.out
}

// turn is one call of step.
type turn struct {
	c         controller
	w         *world
	directive directive
	now       time.Time
	out       []Action
}

func (t *turn) do(a Action) { t.out = append(t.out, a) }

// due reports whether a time has come; the zero time never comes. If it has
// not, the service is looked at again at that time.
func (t *turn) due(at time.Time) bool {
	if at.IsZero() {
		return false
	}
	if t.now.Before(at) {
		t.c.wake = earlier(t.c.wake, at)
		return false
	}
	return true
}

// learn records what happened. It decides nothing that depends on the
// surroundings.
func (t *turn) learn(e Event) {
	c := &t.c
	switch e := e.(type) {
	case look:
	case StatusChanged:
		t.status(e.Status)
	case CauseLearned:
		if e.Cause.Known() {
			c.last = e.Cause
			if c.down.open {
				t.explain(e.Cause)
			} else if c.overdue && e.Cause.Disposition() == vpn.RetryOnce && !c.status.Up() {
				// It is too late to decide what comes next, but the cause
				// still counts.
				if c.auth++; c.auth >= authFailures {
					c.needs = needsKey(e.Cause)
				}
			}
			c.overdue = false
		}
	case UserConnect:
		t.userConnect(e.Options)
	case UserDisconnect:
		t.userDisconnect(e.Until)
	case UserHold:
		switch {
		case !e.Until.IsZero():
			c.pendingConnect = false
			t.setHold(e.Until, KeyHeldAsked)
		case !c.hold.Until.IsZero():
			t.release()
			t.resetFailures()
		}
	case ProbeDone:
		t.probeDone(e.Err == "")
	case edited:
		old, conf := c.conf, e.conf
		c.conf = conf
		old.Name, conf.Name = "", ""
		if old != conf {
			t.resetFailures()
			c.auth = 0
		}
	case ticked:
		t.ticked(e.on)
	case fresh:
		t.fresh(e)
	case anotherChance:
		if c.gaveWay() {
			c.failures = min(c.failures, groupFailures-1)
			c.slow, c.next = "", time.Time{}
		}
	default:
		// Other events concern all services; the Policy handles them.
	}
}

// resetFailures forgets failures because the user did something about them.
// Rejected credentials are remembered as one rejection, so that one more is
// enough.
func (t *turn) resetFailures() {
	c := &t.c
	c.needs, c.slow, c.class, c.uncountedKey = "", "", "", ""
	c.failures, c.attempts, c.classes, c.uncounted = 0, 0, 0, 0
	c.auth = min(c.auth, authFailures-1)
	c.superseded, c.onDemandBlocked, c.gaveUp, c.byRule = false, false, false, false
	c.next = time.Time{}
}

func (t *turn) setHold(u Until, k Key) {
	h := Hold{Until: u.sane(), Key: k}
	if t.c.hold != h {
		t.c.hold, t.c.dirty = h, true
	}
}

func (t *turn) release() {
	if t.c.hold != (Hold{}) {
		t.c.hold, t.c.dirty = Hold{}, true
	}
}

// userConnected notes that the user connected the service, here or elsewhere.
func (t *turn) userConnected() {
	t.release()
	t.resetFailures()
	c := &t.c
	c.override, c.overrideEpoch = true, t.w.epoch
	c.userStarted, c.userStopped, c.byUser, c.recycled = true, false, true, false
	t.stopWaitingForCause()
}

// stopWaitingForCause decides without the cause of the last end; should it still
// come, it counts as late.
func (t *turn) stopWaitingForCause() {
	t.c.overdue = t.c.overdue || t.c.down.open
	t.c.down.open = false
}

func (t *turn) userConnect(o vpn.Options) {
	c := &t.c
	t.userConnected()
	if c.stop != stopNone && c.stopLate {
		c.stop = stopNone // the system ignored it
	}
	if c.inflight || c.stop == stopNone && (c.status.Up() || c.status == vpn.Connecting) {
		return
	}
	c.pendingConnect, c.pendingUntil, c.options = true, t.now.Add(pendingConnectFor), o
}

func (t *turn) userDisconnect(u Until) {
	c := &t.c
	c.pendingConnect, c.options = false, vpn.Options{}
	c.override, c.byUser, c.dropNotified = false, false, false
	c.failures, c.attempts, c.slow = 0, 0, ""
	c.next = time.Time{}
	key := KeyStopUser
	switch {
	case c.conf.OnDemand:
		key = KeyStopOnDemand
	case c.auto:
		if u.IsZero() {
			u = Forever
		}
		t.setHold(u, KeyHeldUser)
		c.userStarted, c.userStopped = false, true
	}
	c.down.open = false
	switch {
	case c.inflight, c.status.Up(), c.status == vpn.Connecting:
		t.sendStop(stopUser, key, "")
	case c.conf.OnDemand && c.status == vpn.Disconnected:
		t.do(Stop{ID: c.conf.ID, Reason: t.reason(key)}) // pauses On Demand
	case c.status == vpn.Disconnecting:
		c.stop, c.stopKey, c.stopAt, c.stopLate = stopUser, key, t.now, false
	}
}

// sendStop sends a stop, or takes back a start that has not shown in the status.
func (t *turn) sendStop(kind stopKind, key Key, other string) {
	c := &t.c
	c.stop, c.stopKey, c.stopOther, c.stopAt, c.stopLate = kind, key, other, t.now, false
	c.verifyAt = time.Time{}
	if c.inflight {
		c.inflight, c.statusSeen = false, false // only a status after this shows that it is down
		t.do(Cancel{ID: c.conf.ID, Reason: t.reason(key)})
		return
	}
	t.do(Stop{ID: c.conf.ID, Reason: t.reason(key)})
	t.due(t.now.Add(stopAnswer))
}

func (t *turn) ticked(on bool) {
	c := &t.c
	c.auto = on
	c.override = false
	t.release()
	t.resetFailures()
	if !on && c.stop == stopRecycle {
		c.pendingConnect, c.pendingUntil = true, t.now.Add(pendingConnectFor) // finish the recycle: unticking leaves a service connected
	}
}

func (t *turn) fresh(e fresh) {
	c := &t.c
	if e.network {
		c.attempts, c.onDemandBlocked = 0, false
	}
	if e.network || e.wake {
		c.failures, c.classes, c.slow, c.gaveUp = 0, 0, "", false
		c.recycled, c.noAnswer = false, false
	}
	c.uncounted, c.uncountedKey = 0, ""
	c.watchFrom, c.verifyAt = t.now, time.Time{}
	if c.inflight {
		c.startAt = t.now // the machine slept meanwhile
	}
	if c.stopLate {
		c.stop, c.stopLate = stopNone, false // try again where it is still needed
	}
	c.next = time.Time{}
	if c.down.open {
		c.down.until = t.now.Add(causeWait) // the machine slept in between
		c.next = c.down.until
	}
	if !c.probeAt.IsZero() {
		c.probeAt, c.probing, c.misses = t.now.Add(maxSettle), time.Time{}, 0
	}
	if e.long && c.status.Up() {
		t.do(Verify{ID: c.conf.ID})
	}
}

// status handles a status of the service.
func (t *turn) status(to vpn.Status) {
	c := &t.c
	from, first := c.status, !c.known
	c.known, c.statusSeen = true, true
	if to == from {
		switch {
		case to != vpn.Disconnected:
		case !c.inflight:
			c.verifyAt = time.Time{}
		case !c.verifyAt.IsZero():
			t.unanswered()
		}
		return
	}
	c.status = to
	if to == vpn.Connecting || to == vpn.Connected {
		t.stopWaitingForCause()
		if c.stop == stopNone {
			c.pendingConnect, c.options = false, vpn.Options{} // it is being carried out
		}
	}
	c.watchFrom, c.verifyAt = t.now, time.Time{}
	ours := c.inflight
	c.inflight = false
	switch to {
	case vpn.Connecting:
		t.begun(from, first, ours)
	case vpn.Connected:
		t.begun(from, first, ours)
		t.connected(from)
	case vpn.Reasserting:
		if c.upAt.IsZero() {
			c.upAt = t.now
		}
		c.recycled = c.recycled && from != vpn.Connected
		c.probing, c.misses = time.Time{}, 0
	case vpn.Disconnecting:
		c.foreign = c.stop == stopNone && t.w.calm(t.now)
	case vpn.Disconnected:
		t.ended(from)
	default: // Invalid, or a number that this program doesn't know: the state is unknown
		c.upAt, c.down.open = time.Time{}, false
	}
	if to != vpn.Disconnecting {
		c.foreign = false
	}
}

// begun handles a session that begins: connecting, or connected already.
func (t *turn) begun(from vpn.Status, first, ours bool) {
	c := &t.c
	if from != vpn.Disconnected || first || ours {
		return
	}
	if c.stop != stopNone && t.now.Before(c.stopAt.Add(stopAnswer)) {
		// Our start overtook the stop.
		t.do(Stop{ID: c.conf.ID, Reason: t.reason(c.stopKey)})
		return
	}
	c.stop = stopNone
	t.userConnected()
	c.override = !c.conf.OnDemand // the system may have connected it by itself
}

func (t *turn) connected(from vpn.Status) {
	c := &t.c
	if !from.Up() {
		c.upAt = t.now
	}
	c.cause = vpn.Cause{}
	c.auth, c.classes, c.uncounted = 0, 0, 0
	c.needs, c.slow, c.uncountedKey = "", "", ""
	c.superseded, c.onDemandBlocked, c.byRule = false, false, false
	c.next = time.Time{}
	c.probing, c.misses, c.noAnswer = time.Time{}, 0, false
	c.probeAt = time.Time{}
	if p, ok := t.w.probe(c.conf.ID); ok {
		c.probeAt = t.now.Add(p.Interval)
	}
	if c.dropNotified && !c.byUser && !from.Up() {
		t.notify(NoticeReconnected, Reason{Key: KeySatisfied})
	}
	if !from.Up() {
		c.dropNotified = false
	}
}

// ended handles the end of a session or attempt.
func (t *turn) ended(from vpn.Status) {
	c := &t.c
	stop, up, byUser := c.stop, !c.upAt.IsZero(), c.byUser
	life := t.now.Sub(c.upAt)
	c.stop, c.stopLate = stopNone, false
	c.upAt, c.probeAt, c.probing = time.Time{}, time.Time{}, time.Time{}
	c.byUser, c.noAnswer = false, false
	c.cause = vpn.Cause{}
	c.overdue = false
	if from == vpn.Invalid {
		return // its first status is that it is down
	}
	if up && life >= stableAfter {
		c.failures, c.attempts, c.classes, c.gaveUp = 0, 0, 0, false
	}
	c.overdue = stop != stopNone
	switch stop {
	case stopUser, stopRule, stopGroup:
		c.next = time.Time{}
		return
	case stopRecycle:
		if c.stopKey == KeyRecyclingStuck {
			c.failed = true
			t.count()
		}
		return
	case stopNone:
	}
	c.failed = !up
	t.count()
	c.down = down{open: true, at: t.now, until: earlier(c.next, t.now.Add(causeWait)), up: up, foreign: c.foreign, hand: byUser}
}

// count counts a bad end and sets the time of the next attempt.
func (t *turn) count() {
	c := &t.c
	c.failures++
	c.next = t.now.Add(t.delay(c.failures))
	if c.failures >= slowFailures {
		t.slowDown(KeySlowFailures)
	}
}

// uncount reverts count, since the end was not the service's fault. The delay
// still grows, because the facts may be wrong.
func (t *turn) uncount(key Key) {
	c := &t.c
	c.failures = max(0, c.failures-1) // the count may have been reset by another network
	if c.failures < slowFailures && c.slow == KeySlowFailures {
		c.slow = ""
	}
	c.uncounted++
	c.uncountedKey = key
	c.next = c.down.at.Add(t.delay(c.uncounted))
}

// delay returns the back-off after n bad ends in a row.
func (t *turn) delay(n int) time.Duration {
	d := min(retryFirst<<min(max(n-1, 0), maxRetryShift), t.w.limit)
	d = min(time.Duration(float64(d)*t.w.jitter()), t.w.limit)
	if t.c.flaps.unstable(t.now) {
		d = max(d, flapFloor)
	}
	return d
}

// slowDown enters the slow lane.
func (t *turn) slowDown(key Key) {
	c := &t.c
	c.slow = key
	c.next = later(c.next, t.now.Add(max(slowEvery, t.w.limit)))
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// unanswered handles a start that had no effect.
func (t *turn) unanswered() {
	c := &t.c
	c.inflight, c.failed = false, true
	c.verifyAt = time.Time{}
	c.byUser = false
	t.count()
}

// explain handles the cause of an end.
func (t *turn) explain(cause vpn.Cause) {
	c := &t.c
	d := c.down
	c.down.open = false
	c.cause = cause
	disposition := cause.Disposition()
	if disposition != vpn.RetrySlower {
		c.classes = 0
	}
	if cause.Topic() == vpn.TopicPrompt {
		c.prompts = true
	}
	switch disposition {
	case vpn.Stopped:
		t.uncount("")
		c.next = time.Time{}
		if c.auto && !c.conf.OnDemand && c.hold.Until.IsZero() {
			t.setHold(Forever, KeyHeldForeign)
			c.userStarted, c.userStopped = false, true
			t.notify(NoticeHeld, Reason{Key: KeyHeldForeign, Until: Forever})
		}
		return
	case vpn.RetrySlower:
		if key := slowKey(cause); c.class != key {
			c.class, c.classes = key, 0
		}
		if c.classes++; c.classes >= classFailures {
			t.slowDown(c.class)
		}
		t.flapped(d)
	case vpn.Retry, vpn.RetryExpected:
		t.flapped(d)
	case vpn.AwaitNetwork:
		t.uncount(KeyWaitingOffline)
	case vpn.AwaitWake:
		t.uncount(KeyWaitingAsleep)
	case vpn.AwaitSession:
		t.uncount(KeyWaitingSession)
	case vpn.RetryOnce:
		if c.auth++; c.auth >= authFailures {
			c.needs = needsKey(cause)
		}
		c.next = later(c.next, d.at.Add(authDelay))
	case vpn.NeedsUser:
		c.needs = needsKey(cause)
	case vpn.AwaitOthers:
		t.uncount("")
		c.superseded = true
	case vpn.AwaitOtherNetwork:
		t.uncount("")
		c.onDemandBlocked = true
	}
	t.notifyEnd(d)
}

// flapped counts a drop.
func (t *turn) flapped(d down) {
	c := &t.c
	if !d.up {
		return
	}
	c.flaps.dropped(d.at)
	if c.flaps.unstable(t.now) {
		c.next = later(c.next, d.at.Add(flapFloor))
	}
}

// notifyEnd notifies the user of an end, unless it was to be expected.
func (t *turn) notifyEnd(d down) {
	c := &t.c
	auto := c.auto && !c.conf.OnDemand
	switch {
	case auto && c.needs != "":
		t.notify(NoticeNeedsUser, Reason{Key: c.needs, Cause: c.cause})
	case d.up && !c.cause.Expected() && !c.flaps.unstable(t.now) && !t.w.nearSleep(t.now):
		c.dropPending, c.dropNotified = true, auto
	case !auto && d.hand && !d.up && !c.cause.Expected() && c.cause.Known():
		t.notify(NoticeGaveUp, Reason{Key: KeyManual, Cause: c.cause})
	}
}

// notifyDrop notifies the user of a drop, with the reason if the service stays
// down.
func (t *turn) notifyDrop() {
	c := &t.c
	if !c.dropPending {
		return
	}
	c.dropPending = false
	r := c.view.Reason
	switch c.view.State {
	case Manual, Waiting, Held, Paused, NeedsUser:
	default:
		r = Reason{Key: KeyBackoffDropped} // it comes back by itself
	}
	r.Cause = c.cause
	t.notify(NoticeDropped, r)
}

func (t *turn) notify(n Notice, r Reason) {
	t.do(Notify{ID: t.c.conf.ID, Kind: n, Reason: r})
}

// unexplained handles an end whose cause will not arrive.
func (t *turn) unexplained() {
	c := &t.c
	c.overdue = true
	if c.down.foreign && t.w.calm(t.now) {
		t.explain(vpn.Cause{Family: vpn.FamilyVPN, Code: vpn.StopUser})
		c.cause = vpn.Cause{}
		return
	}
	t.explain(vpn.Cause{})
}

func (t *turn) probeDone(ok bool) {
	c := &t.c
	if c.probing.IsZero() {
		return // of an earlier session
	}
	c.probing = time.Time{}
	p, configured := t.w.probe(c.conf.ID)
	if !configured || c.status != vpn.Connected {
		c.probeAt = time.Time{}
		return
	}
	if ok {
		c.misses, c.noAnswer, c.recycled = 0, false, false
		c.probeAt = t.now.Add(p.Interval)
		return
	}
	c.misses++
	c.probeAt = t.now.Add(probeAgain)
	if c.misses >= probeMisses {
		c.probeAt = t.now.Add(p.Interval)
	}
}

// reason returns a reason with the values known about this service.
func (t *turn) reason(k Key) Reason {
	c := &t.c
	r := Reason{Key: k}
	switch k {
	case KeyConnectingRetry, KeyBackoffDropped, KeyBackoffFailed, KeySlowFailures, KeySlowNegotiation, KeySlowPlugin,
		KeyWaitingOffline, KeyWaitingSuperseded:
		r.Cause = c.cause
	case KeyStopGroup:
		r.Other = c.stopOther
	}
	return r
}

// needsKey is the reason of a service whose cause needs the user.
func needsKey(c vpn.Cause) Key { return Key("needs-user." + string(c.Topic())) }

// slowKey is the reason of the slow lane after a cause that came repeatedly.
func slowKey(c vpn.Cause) Key { return Key("slow." + string(c.Topic())) }
