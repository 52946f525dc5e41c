package autoconnect

import (
	"bytes"
	"container/heap"
	"maps"
	"slices"
	"time"

	"vpnstatus/internal/facts"
	"vpnstatus/internal/vpn"
)

// Policy is the policy of all services. It is not safe for concurrent use.
type Policy struct {
	world  world
	all    []controller // by ID
	index  map[vpn.ID]int
	wakes  wakes
	groups []group
	loaded bool

	absent map[vpn.ID]Hold // stored holds of services that are not in the list
	dirty  bool            // Stored() changed
	autos  int             // services under automatic control

	out []Action

	warnings []string
	warned   bool // warnings is up to date
	broken   []string
}

// New makes a policy. stored is what Stored returned when the program last ran;
// holds that have ended are ignored. jitter returns a factor in [0.5, 1.5);
// nil means no jitter.
func New(config Config, stored Stored, jitter func() float64) *Policy {
	if jitter == nil {
		jitter = func() float64 { return 1 }
	}
	p := &Policy{index: map[vpn.ID]int{}, absent: map[vpn.ID]Hold{}}
	p.world.jitter = jitter
	p.world.pause = stored.Pause.sane()
	for id, h := range stored.Holds {
		if h.Until.IsZero() {
			continue
		}
		if h.Key == "" {
			h.Key = KeyHeldUser
		}
		h.Until = h.Until.sane()
		p.absent[id] = h
	}
	p.configure(config, time.Time{})
	return p
}

// Handle handles an event and appends the actions to out, in the order in which
// to carry them out. The Policy does not keep the slice. now is wall-clock
// time; time windows of rules are in its location.
func (p *Policy) Handle(out []Action, event Event, now time.Time) []Action {
	now = now.Round(0)
	p.out = out
	if !p.world.started {
		p.world.started = true
		p.world.loginUntil = now.Add(loginGrace)
	}
	switch e := event.(type) {
	case ConfigurationsLoaded:
		p.load(e.Configurations, now)
	case StatusChanged:
		p.send(e.ID, e, now)
	case CauseLearned:
		p.send(e.ID, e, now)
	case FactsChanged:
		p.factsChanged(e.Facts, now)
	case ConfigChanged:
		p.configure(e.Config, now)
		p.everyone(look{}, now)
	case UserConnect:
		p.send(e.ID, e, now)
	case UserDisconnect:
		p.send(e.ID, e, now)
	case UserHold:
		p.send(e.ID, e, now)
	case UserPause:
		p.userPause(e.Until, now)
	case ProbeDone:
		p.send(e.ID, e, now)
	case ClockJumped:
		p.clockJumped(e.Gap, now)
	case Tick:
	}
	p.timers(now)
	if p.dirty {
		p.dirty = false
		p.do(Store{})
	}
	out, p.out = p.out, nil
	return out
}

func (p *Policy) do(a Action) { p.out = append(p.out, a) }

// clockJumped re-evaluates everything. A large jump forwards counts as a
// missed wake.
func (p *Policy) clockJumped(gap time.Duration, now time.Time) {
	w := &p.world
	w.clamp(now)
	for i := range p.all {
		p.all[i].clamp(w.limit, now)
	}
	w.evaluateRules(now)
	if gap < clockJump {
		p.everyone(look{}, now)
		return
	}
	w.wokeAt = now
	p.everyone(fresh{wake: true, long: gap >= longSleep}, now)
}

// send passes an event to one service.
func (p *Policy) send(id vpn.ID, e Event, now time.Time) {
	i, ok := p.index[id]
	if !ok {
		return // removed meanwhile
	}
	p.deliver(i, e, now)
}

func (p *Policy) deliver(i int, e Event, now time.Time) {
	c := &p.all[i]
	up := c.status.Up()
	if c.group < 0 {
		p.apply(i, e, directive{}, now)
	} else {
		p.deliverGrouped(i, e, now)
	}
	c = &p.all[i]
	if up && !c.status.Up() && p.world.up == 0 {
		for j := range p.all {
			if p.all[j].superseded {
				p.applyInGroup(j, look{}, now)
			}
		}
	}
}

// deliverGrouped lets the member learn first and the group choose then, so that
// no action follows from an outdated choice.
func (p *Policy) deliverGrouped(i int, e Event, now time.Time) {
	was := p.all[i].upAt
	p.apply(i, e, directive{learnOnly: true}, now)
	g := p.all[i].group
	if !was.IsZero() && now.Sub(was) >= stableAfter && p.all[i].upAt.IsZero() {
		// A member is to be connected again: those that gave way are tried again.
		for _, j := range p.groups[g].members {
			if j != i {
				p.apply(j, anotherChance{}, directive{learnOnly: true}, now)
			}
		}
	}
	p.consult(g, now)
}

// applyInGroup is apply with the group's directive, if there is a group.
func (p *Policy) applyInGroup(i int, e Event, now time.Time) {
	if g := p.all[i].group; g >= 0 {
		p.deliverGrouped(i, e, now)
		return
	}
	p.apply(i, e, directive{}, now)
}

// apply runs step for one service and updates the values derived from all
// services.
func (p *Policy) apply(i int, e Event, d directive, now time.Time) {
	c := &p.all[i]
	up := c.status.Up()
	p.out = step(c, e, &p.world, d, now, p.out)
	if c.dirty {
		c.dirty, p.dirty = false, true
	}
	if c.group < 0 {
		c.userStarted, c.userStopped = false, false
	}
	if c.status.Up() != up {
		if up {
			p.world.up--
		} else {
			p.world.up++
		}
	}
	p.schedule(i)
}

func (p *Policy) schedule(i int) {
	h := &p.wakes
	wake := p.all[i].wake
	at := h.place[i]
	switch {
	case wake.IsZero() && at < 0:
	case wake.IsZero():
		heap.Remove(h, at)
	case at < 0:
		h.at[i] = wake
		heap.Push(h, i)
	case !h.at[i].Equal(wake):
		h.at[i] = wake
		heap.Fix(h, at)
	}
}

// everyone passes an input to all services.
func (p *Policy) everyone(e Event, now time.Time) {
	for i := range p.all {
		if p.all[i].group < 0 {
			p.apply(i, e, directive{}, now)
		}
	}
	for gi := range p.groups {
		if _, nothing := e.(look); !nothing {
			for _, i := range p.groups[gi].members {
				p.apply(i, e, directive{learnOnly: true}, now)
			}
		}
		p.consult(gi, now)
	}
}

// load handles the list of services.
func (p *Policy) load(list []vpn.Configuration, now time.Time) {
	p.loaded = true
	p.warned = false
	sorted := slices.Clone(list)
	slices.SortStableFunc(sorted, func(a, b vpn.Configuration) int { return bytes.Compare(a.ID[:], b.ID[:]) })
	sorted = slices.CompactFunc(sorted, func(a, b vpn.Configuration) bool { return a.ID == b.ID })

	old, oldIndex := p.all, p.index
	p.all = make([]controller, 0, len(sorted))
	p.index = make(map[vpn.ID]int, len(sorted))
	kept := make([]bool, len(old))
	changed := make([]bool, len(sorted))
	for n, conf := range sorted {
		p.index[conf.ID] = len(p.all)
		if i, ok := oldIndex[conf.ID]; ok {
			kept[i] = true
			changed[n] = old[i].conf != conf
			p.all = append(p.all, old[i])
			continue
		}
		c := newController(conf, p.world.config.Auto[conf.ID], now)
		if h, ok := p.absent[conf.ID]; ok {
			c.hold = h
			delete(p.absent, conf.ID)
		}
		p.all = append(p.all, c)
	}
	for i := range old {
		if !kept[i] && !old[i].hold.Until.IsZero() {
			p.absent[old[i].conf.ID] = old[i].hold // it may come back
		}
	}
	p.world.up = 0
	p.wakes = wakes{at: make([]time.Time, len(p.all)), place: make([]int, len(p.all)), heap: make([]int, 0, len(p.all))}
	for i := range p.all {
		p.wakes.place[i] = -1
		if p.all[i].status.Up() {
			p.world.up++
		}
	}
	p.regroup()
	for i := range p.all {
		if changed[i] {
			p.applyInGroup(i, edited{sorted[i]}, now)
		}
	}
	p.count()
	p.everyone(look{}, now)
}

// configure handles changed settings. The caller must re-evaluate every service
// afterwards.
func (p *Policy) configure(config Config, now time.Time) {
	p.warned = false
	p.world.config = config
	p.world.limit = min(max(config.RetryDelayMax, MinRetryDelay), MaxRetryDelay)
	if config.RetryDelayMax == 0 {
		p.world.limit = DefaultRetryDelay
	}
	p.compile(config.Rules, now)
	p.regroup()
	for i := range p.all {
		if on := config.Auto[p.all[i].conf.ID]; on != p.all[i].auto {
			p.applyInGroup(i, ticked{on}, now)
		}
	}
	p.count()
}

func (p *Policy) count() {
	p.autos = 0
	for i := range p.all {
		if p.all[i].auto {
			p.autos++
		}
	}
}

// compile replaces the rules.
func (p *Policy) compile(rules []Rule, now time.Time) {
	w := &p.world
	w.rules, p.broken = nil, nil
	for i, in := range rules {
		if in.Disabled {
			continue
		}
		r, errs := compileRule(i-w.config.Trusted, in)
		if errs != nil {
			for _, err := range errs {
				p.broken = append(p.broken, err.Error()+"; the rule is skipped")
			}
			continue
		}
		w.rules = append(w.rules, r)
	}
	w.evaluateRules(now)
}

// regroup resolves the members of the groups. A service belongs to the first
// group that names it.
func (p *Policy) regroup() {
	old := p.groups
	p.groups = nil
	for i := range p.all {
		p.all[i].group = -1
	}
	for _, in := range p.world.config.Groups {
		g := group{name: in.Name, userChoice: -1, blocked: -1, chosen: -1, chosenOn: p.world.epoch}
		for _, id := range in.Members {
			if i, ok := p.index[id]; ok && p.all[i].group < 0 {
				p.all[i].group = len(p.groups)
				g.ids = append(g.ids, id)
				g.members = append(g.members, i)
			}
		}
		for _, i := range g.members {
			if k := p.all[i].hold.Key; g.blocked < 0 && (k == KeyHeldUser || k == KeyHeldForeign) {
				g.blocked = i
			}
		}
		for _, o := range old {
			if o.name == in.Name && slices.Equal(o.ids, g.ids) {
				now := func(i int) int { // indices change with the list
					if k := slices.Index(o.members, i); k >= 0 {
						return g.members[k]
					}
					return -1
				}
				g.userChoice, g.blocked = now(o.userChoice), now(o.blocked)
				g.epoch, g.chosenOn = o.epoch, o.chosenOn
				break
			}
		}
		p.groups = append(p.groups, g)
	}
}

// factsChanged handles changed surroundings.
func (p *Policy) factsChanged(f facts.Facts, now time.Time) {
	w := &p.world
	p.warned = false
	old, wasOffline, wasAway := w.facts, w.offline(), w.away()
	w.facts = f
	var trigger fresh
	changed := false // something that all services wait for
	if f.Path.Known && f.Path.Value == facts.Satisfied && !w.loginUntil.IsZero() {
		w.loginUntil = time.Time{}
		changed = true
	}
	moved := false
	if n := f.Network(); !n.IsZero() {
		switch {
		case w.net.IsZero():
			w.net = n
		case w.net.Same(n):
			w.net = w.net.Merge(n)
		default:
			w.net = n
			w.epoch++
			trigger.network, moved = true, true
		}
	}
	switch {
	case moved, wasOffline && !w.offline():
		w.movedAt = now
		w.settle(KeySettlingNetwork, now)
		changed = true
	case !wasOffline && w.offline():
		w.movedAt = now
	case now.Before(w.settleUntil) && f.Network() != old.Network():
		w.settle(w.settleKey, now) // still arriving
	}
	if old.Asleep && !f.Asleep || !f.Asleep && !old.WokeAt.IsZero() && f.WokeAt.After(old.WokeAt) {
		w.wokeAt = now
		trigger.wake, changed = true, true
		trigger.long = f.WokeAt.Sub(f.SleptAt) >= longSleep && !f.SleptAt.IsZero()
	}
	if wasAway && !w.away() {
		changed = true
	}
	rules := w.evaluateRules(now)
	if p.pauseOver(now) {
		changed = true
	}
	switch {
	case changed:
		p.everyone(trigger, now)
	case rules || surroundingsDiffer(old, f):
		p.everyone(look{}, now)
	}
}

// surroundingsDiffer reports whether a fact that all services look at differs.
func surroundingsDiffer(a, b facts.Facts) bool {
	return a.Asleep != b.Asleep || a.Path.Known != b.Path.Known || a.Path.Value != b.Path.Value ||
		a.SessionActive.Known != b.SessionActive.Known || a.SessionActive.Value != b.SessionActive.Value ||
		a.Network() != b.Network()
}

func (p *Policy) userPause(u Until, now time.Time) {
	w := &p.world
	if u.IsZero() {
		if !w.paused() {
			// Nothing is paused, so resume applies to the holds.
			p.everyone(UserHold{}, now)
			return
		}
		p.resume(now)
		p.everyone(look{}, now)
		return
	}
	if u = u.sane(); u != w.pause {
		w.pause = u
		p.dirty = true
	}
	p.pauseOver(now)
	p.everyone(look{}, now)
}

func (p *Policy) resume(now time.Time) {
	p.world.pause = Until{}
	p.dirty = true
	p.world.settle(KeySettlingResume, now)
}

// pauseOver ends a pause that has run out.
func (p *Policy) pauseOver(now time.Time) bool {
	if p.world.paused() && p.world.pause.Over(p.world.facts, now) {
		p.resume(now)
		return true
	}
	return false
}

// timers handles everything that is due.
func (p *Policy) timers(now time.Time) {
	w := &p.world
	if p.pauseOver(now) {
		p.everyone(look{}, now)
	}
	if !w.boundary.IsZero() && !now.Before(w.boundary) && w.evaluateRules(now) {
		p.everyone(look{}, now)
	}
	for gi := range p.groups {
		if g := &p.groups[gi]; !g.wake.IsZero() && !now.Before(g.wake) {
			p.consult(gi, now)
		}
	}
	// Each evaluation sets a later time; the bound is a precaution.
	for range 4 * (len(p.all) + 1) {
		if len(p.wakes.heap) == 0 {
			return
		}
		i := p.wakes.heap[0]
		if now.Before(p.wakes.at[i]) {
			return
		}
		p.deliver(i, look{}, now)
	}
}

// Deadline returns when a Tick is due; zero if never.
func (p *Policy) Deadline() time.Time {
	w := &p.world
	at := w.boundary
	if p.autos == 0 {
		at = time.Time{}
	}
	at = earlier(at, w.pause.Time)
	for i := range p.groups {
		at = earlier(at, p.groups[i].wake)
	}
	if len(p.wakes.heap) > 0 {
		at = earlier(at, p.wakes.at[p.wakes.heap[0]])
	}
	return at
}

// View returns the View of a service, or the zero View if it is not in the
// list.
func (p *Policy) View(id vpn.ID) View {
	if i, ok := p.index[id]; ok {
		return p.all[i].view
	}
	return View{}
}

// Pause returns the end of the pause; zero if not paused.
func (p *Policy) Pause() Until { return p.world.pause }

// Stored returns what must survive a relaunch. The caller owns it.
func (p *Policy) Stored() Stored {
	s := Stored{Pause: p.world.pause}
	holds := maps.Clone(p.absent)
	for i := range p.all {
		if c := &p.all[i]; !c.hold.Until.IsZero() {
			holds[c.conf.ID] = c.hold
		}
	}
	if len(holds) > 0 {
		s.Holds = holds
	}
	return s
}
