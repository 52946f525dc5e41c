package autoconnect

import (
	"maps"
	"math"
	"slices"
	"time"

	"vpnstatus/internal/vpn"
)

// Policy is the policy of all services. It is not safe for concurrent use.
type Policy struct {
	world  world
	loaded bool      // the first list has come
	all    []service // in the order of the list
	index  map[vpn.ID]int
	groups []group
	agenda agenda
	absent map[vpn.ID]Hold // stored holds of services that are not in the list
	store  bool            // Stored() changed
	out    []Action
}

// agenda is whom to look at: in this call of Handle, and at which time.
type agenda struct {
	everyone bool
	touched  []int    // indices of services, if not everyone; whole groups, without repetition
	at       []moment // when to look at a service again, by its index
	all      moment   // when to look at all of them
	next     moment   // the earliest of these
}

// moment is a time in nanoseconds since 1970. A thousand are compared in a
// fraction of a microsecond.
type moment int64

// never is also the moment of times that nobody lives to see.
const never moment = math.MaxInt64

func momentOf(t time.Time) moment {
	if t.IsZero() || t.Year() > 2261 {
		return never
	}
	return moment(t.UnixNano())
}

// has reports whether a service is looked at in this call.
func (a *agenda) has(i int) bool { return a.everyone || slices.Contains(a.touched, i) }

// New makes a policy; the user has logged in just now. stored is what Stored
// returned when the program last ran. jitter returns a factor in [0.5, 1.5).
func New(config Config, stored Stored, jitter func() float64, now time.Time) *Policy {
	p := &Policy{index: map[vpn.ID]int{}, absent: map[vpn.ID]Hold{}}
	p.agenda.all, p.agenda.next = never, never
	p.world.jitter = jitter
	p.world.here.epoch, p.world.here.login = 1, now.Add(loginGrace)
	p.world.ticks = grid{now}
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
	p.configure(config, now)
	return p
}

// Handle handles an event and appends the actions to out, in the order in which
// to carry them out. The Policy does not keep the slice. now is wall-clock
// time; time windows of rules are in its location.
//
// It terminates because it is one pass: whom the event concerns learns it, then
// whoever it concerns, or whose time has come, is brought up to date, then the
// groups choose, then each of those services acts once. Acting changes nothing
// that another of them looks at.
func (p *Policy) Handle(out []Action, event Event, now time.Time) []Action {
	now = now.Round(0)
	p.out = out
	p.agenda.everyone, p.agenda.touched = false, p.agenda.touched[:0]
	p.learn(event, now)
	p.lapse(now)
	p.act(now)
	if p.store {
		p.store = false
		p.out = append(p.out, Store{})
	}
	out, p.out = p.out, nil
	return out
}

// learn records an event.
func (p *Policy) learn(event Event, now time.Time) {
	switch e := event.(type) {
	case ConfigurationsLoaded:
		p.load(e.Configurations, now)
	case ConfigChanged:
		p.configure(e.Config, now)
	case FactsChanged:
		p.factsChanged(e, now)
	case ClockJumped:
		p.clockJumped(e.Gap, now)
	case UserPause:
		p.userPause(e.Until, now)
	case StatusChanged:
		p.tell(e.ID, e, now)
	case CauseLearned:
		p.tell(e.ID, e, now)
	case UserConnect:
		p.tell(e.ID, e, now)
	case UserDisconnect:
		p.tell(e.ID, e, now)
	case UserHold:
		p.tell(e.ID, e, now)
	case ProbeDone:
		p.tell(e.ID, e, now)
	case ServerAnswered:
		p.tell(e.ID, e, now)
	case TrafficRead:
		p.tell(e.ID, e, now)
	case Tick:
	}
}

// tell passes an event to one service.
func (p *Policy) tell(id vpn.ID, e Event, now time.Time) {
	i, ok := p.index[id]
	if !ok {
		return // removed meanwhile
	}
	wasUp := p.all[i].seen.upAt
	wereUp, wereEnclosed := p.world.up > 0, p.world.enclosed > 0
	p.teach(i, e, now)
	p.touch(i)
	if g := p.all[i].group; g >= 0 && !wasUp.IsZero() && now.Sub(wasUp) >= stableAfter && p.all[i].seen.upAt.IsZero() {
		// A member is to be connected again: those that gave way are tried again.
		for _, j := range p.groups[g].members {
			if j != i {
				p.teach(j, anotherChance{}, now)
			}
		}
	}
	// Others wait until no VPN is up, or must not be asked while one takes all
	// traffic.
	if wereUp != (p.world.up > 0) || wereEnclosed != (p.world.enclosed > 0) {
		for j := range p.all {
			if r := &p.all[j].retry; r.awaits == vpn.AwaitOthers || !r.echo.since.IsZero() {
				p.touch(j)
			}
		}
	}
}

// teach lets one service learn.
func (p *Policy) teach(i int, e Event, now time.Time) {
	s := &p.all[i]
	p.world.count(s, -1)
	v := p.visit(i, now)
	v.learn(e)
	p.leave(i, v)
	p.world.count(s, 1)
}

// everyone lets every service learn.
func (p *Policy) everyone(e Event, now time.Time) {
	p.agenda.everyone = true
	for i := range p.all {
		p.teach(i, e, now)
	}
}

// touch puts a service on the agenda of this call, with its group.
func (p *Policy) touch(i int) {
	a := &p.agenda
	switch g := p.all[i].group; {
	case a.has(i):
	case g >= 0:
		a.touched = append(a.touched, p.groups[g].members...)
	default:
		a.touched = append(a.touched, i)
	}
}

// lapse notes what the passing of time alone changes, for all that is on the
// agenda or due.
func (p *Policy) lapse(now time.Time) {
	a, w := &p.agenda, &p.world
	at := momentOf(now)
	if a.all <= at {
		a.everyone = true
		w.rules.evaluate(&w.here.facts, now)
	}
	if p.pauseOver(now) {
		p.resume(now)
	}
	if a.next <= at {
		for i, t := range a.at {
			if t <= at {
				p.touch(i)
			}
		}
	}
	p.each(func(i int) {
		a.at[i] = never
		v := p.visit(i, now)
		v.lapse()
		p.leave(i, v)
	})
}

// act lets the groups choose, and then everyone on the agenda act.
func (p *Policy) act(now time.Time) {
	for gi := range p.groups {
		if g := &p.groups[gi]; len(g.members) > 0 && p.agenda.has(g.members[0]) {
			p.choose(g, now)
		}
	}
	p.each(func(i int) {
		v := p.visit(i, now)
		v.act(p.place(i))
		p.leave(i, v)
	})
	a := &p.agenda
	a.all = momentOf(p.world.next(now))
	a.next = a.all
	if len(a.at) > 0 {
		a.next = min(a.next, slices.Min(a.at))
	}
}

// each calls f for every service on the agenda.
func (p *Policy) each(f func(i int)) {
	if p.agenda.everyone {
		for i := range p.all {
			f(i)
		}
		return
	}
	for _, i := range p.agenda.touched {
		f(i)
	}
}

// visit begins a visit to a service, leave ends it.
func (p *Policy) visit(i int, now time.Time) visit {
	return visit{s: &p.all[i], w: &p.world, now: now, out: p.out}
}

func (p *Policy) leave(i int, v visit) {
	p.out = v.out
	p.agenda.at[i] = min(p.agenda.at[i], momentOf(v.wake))
	p.store = p.store || v.store
	if g := v.s.group; g >= 0 && v.click != noClick {
		p.groups[g].clicked(v.s.conf.ID, v.click, p.world.here.epoch)
	}
}

// clockJumped re-evaluates everything. A jump forwards counts as a missed wake.
func (p *Policy) clockJumped(gap time.Duration, now time.Time) {
	w := &p.world
	p.agenda.everyone = true
	w.here.clamp(now)
	w.ticks = grid{now}
	for i := range p.all {
		p.all[i].clamp(w, now)
	}
	w.rules.evaluate(&w.here.facts, now)
	if gap > 0 {
		w.here.wokeAt = now
		p.everyone(changed{wake: true}, now)
	}
}

// load handles the list of services.
func (p *Policy) load(list []vpn.Configuration, now time.Time) {
	p.loaded = true
	before := map[vpn.ID]service{}
	for _, s := range p.all {
		before[s.conf.ID] = s
	}
	p.all = make([]service, 0, len(list))
	p.index = make(map[vpn.ID]int, len(list))
	p.world.up, p.world.enclosed = 0, 0
	for i, conf := range list {
		p.index[conf.ID] = i
		s, ok := before[conf.ID]
		delete(before, conf.ID)
		if !ok {
			s = newService(conf, p.world.config.Auto[conf.ID], now)
			s.intent.hold = p.absent[conf.ID]
			delete(p.absent, conf.ID)
		}
		p.world.count(&s, 1)
		p.all = append(p.all, s)
	}
	for id, s := range before {
		if s.intent.held() {
			p.absent[id] = s.intent.hold // it may come back
		}
	}
	p.agenda.everyone = true
	p.agenda.at = make([]moment, len(p.all))
	p.regroup()
	for i, conf := range list {
		if p.all[i].conf != conf {
			p.teach(i, edited{conf}, now)
		}
	}
}

// configure handles changed settings.
func (p *Policy) configure(config Config, now time.Time) {
	p.agenda.everyone = true
	p.world.config = config
	p.world.rules.compile(config.Rules, config.Trusted)
	p.world.rules.evaluate(&p.world.here.facts, now)
	p.regroup()
	for i := range p.all {
		s := &p.all[i]
		if on := config.Auto[s.conf.ID]; on != s.auto {
			p.teach(i, ticked{on}, now)
		}
		s.retry.clamp(s.pace(&p.world, now), now)
	}
}

// factsChanged handles changed surroundings.
func (p *Policy) factsChanged(e FactsChanged, now time.Time) {
	w := &p.world
	p.agenda.everyone = true
	c := w.here.learn(e.Facts, now)
	w.rules.evaluate(&w.here.facts, now)
	if c.fresh {
		p.everyone(c, now)
	}
}

func (p *Policy) userPause(u Until, now time.Time) {
	w := &p.world
	p.agenda.everyone = true
	switch {
	case u.IsZero() && w.paused():
		p.resume(now)
	case u.IsZero():
		p.everyone(UserHold{}, now) // nothing is paused, so resume applies to the holds
	case u.sane() != w.pause:
		w.pause = u.sane()
		p.store = true
	}
}

// resume ends the pause. Who was waiting for another attempt may try at once.
func (p *Policy) resume(now time.Time) {
	p.world.pause = Until{}
	p.store = true
	p.everyone(changed{}, now)
}

// pauseOver reports whether the pause has run out.
func (p *Policy) pauseOver(now time.Time) bool {
	w := &p.world
	return w.paused() && w.pause.Over(w.here.facts, now)
}

// Deadline returns when a Tick is due; zero if never. It lies after the time of
// the last event.
func (p *Policy) Deadline() time.Time {
	if p.agenda.next == never {
		return time.Time{}
	}
	return time.Unix(0, int64(p.agenda.next))
}

// View returns the View of a service, or the zero View if it is not in the
// list.
func (p *Policy) View(id vpn.ID) View {
	if i, ok := p.index[id]; ok {
		return p.all[i].view
	}
	return View{}
}

// Echo returns the last question to the server of a service; zero if there is
// no outage.
func (p *Policy) Echo(id vpn.ID) Echo {
	if i, ok := p.index[id]; ok {
		return p.all[i].retry.echo.last()
	}
	return Echo{}
}

// Pause returns the end of the pause; zero if not paused.
func (p *Policy) Pause() Until { return p.world.pause }

// Stored returns what must survive a relaunch. The caller owns it.
func (p *Policy) Stored() Stored {
	s := Stored{Pause: p.world.pause}
	holds := maps.Clone(p.absent)
	for i := range p.all {
		if h := p.all[i].intent.hold; !h.Until.IsZero() {
			holds[p.all[i].conf.ID] = h
		}
	}
	if len(holds) > 0 {
		s.Holds = holds
	}
	return s
}
