package autoconnect

import (
	"time"

	"vpnstatus/internal/vpn"
)

// directive is what a group tells a member. The zero value is for services that are
// in no group.
type directive struct {
	wait      bool   // another member goes first, or is not down yet
	stop      bool   // another member takes its place
	force     bool   // … because the user chose the other
	held      bool   // the user stopped the member in use, so no member is started
	other     string // name of the other member
	learnOnly bool   // only record the input; the group chooses next
}

// group is a Group with its state.
type group struct {
	name       string
	ids        []vpn.ID // parallel to members
	members    []int    // indices of controllers
	userChoice int      // the member that the user connected last; -1 if none
	epoch      uint64
	blocked    int       // the member that the user stopped; -1 if none
	chosen     int       // -1 if none
	chosenOn   uint64    // world.epoch for which the order has decided
	wake       time.Time // when to choose again; zero if only at the next event
}

// busy reports whether a service is anything but down, or may turn out to be: no
// status has come since its last start or since that was cancelled.
func (c *controller) busy() bool {
	return !c.statusSeen || c.inflight || c.known && c.status != vpn.Disconnected && c.status != vpn.Invalid
}

// active reports whether it is up or coming up, and not being stopped.
func (c *controller) active() bool {
	return c.stop == stopNone && (c.inflight || c.known && (c.status.Up() || c.status == vpn.Connecting))
}

// gaveWay reports whether the next member of the group should be tried.
func (c *controller) gaveWay() bool { return c.failures >= groupFailures || c.slow != "" }

// candidate reports whether the policy would start it, groups and time aside.
func (p *Policy) candidate(c *controller) bool {
	if !c.auto || !c.known || c.conf.OnDemand || !c.conf.Enabled || c.needs != "" || !c.hold.Until.IsZero() || c.status == vpn.Invalid || c.onDemandBlocked || c.superseded && p.world.up > 0 {
		return false
	}
	return c.overridesRules(&p.world) || p.world.rule(&c.conf).then == OutcomeConnect
}

// choose picks the member that may be up.
func (p *Policy) choose(g *group, now time.Time) {
	g.wake = time.Time{}
	g.chosen = -1
	for _, i := range g.members {
		c := &p.all[i]
		if c.userStarted {
			c.userStarted = false
			g.userChoice, g.epoch, g.blocked = i, p.world.epoch, -1
		}
		if c.userStopped {
			c.userStopped = false
			g.blocked = i
			if g.userChoice == i {
				g.userChoice = -1
			}
		}
	}
	if g.blocked >= 0 && p.all[g.blocked].hold.Until.IsZero() {
		g.blocked = -1
	}
	if g.userChoice >= 0 {
		c := &p.all[g.userChoice]
		if c.pendingConnect || g.epoch == p.world.epoch && (c.active() || p.candidate(c) && !c.gaveWay()) {
			g.chosen = g.userChoice
			return
		}
		g.userChoice = -1
	}
	current := -1
	for _, i := range g.members {
		if p.all[i].active() {
			current = i
			break
		}
	}
	if current >= 0 {
		g.chosen = current
		if current != g.blocked {
			g.blocked = -1
		}
		if preferred := p.preferred(g, current, now); preferred >= 0 {
			g.chosen = preferred
		}
		return
	}
	g.chosenOn = p.world.epoch
	if g.blocked >= 0 {
		return
	}
	for _, i := range g.members {
		if p.all[i].down.open {
			g.chosen = i // if the user stopped it, no member takes its place
			return
		}
	}
	// Choose the first that has not given way or, if all have, the one whose turn
	// is next.
	for _, i := range g.members {
		c := &p.all[i]
		if c.auto && !c.known && c.hold.Until.IsZero() {
			return // its status is not known; it may be up
		}
		switch {
		case !p.candidate(c):
		case !c.gaveWay():
			g.chosen = i
			return
		case g.chosen < 0 || c.next.Before(p.all[g.chosen].next):
			g.chosen = i
		}
	}
}

// preferred returns the member that should take the place of the current one
// because the network has changed; -1 if none. It decides once per network,
// when the network is calm and the current member is up.
func (p *Policy) preferred(g *group, current int, now time.Time) int {
	w, c := &p.world, &p.all[current]
	if g.chosenOn == w.epoch || w.paused() || !w.able() || !c.status.Up() || !c.auto || !c.hold.Until.IsZero() {
		return -1
	}
	if now.Before(w.settleUntil) {
		g.wake = w.settleUntil
		return -1
	}
	g.chosenOn = w.epoch
	for _, i := range g.members {
		if i == current {
			break
		}
		if c := &p.all[i]; p.candidate(c) && !c.gaveWay() {
			return i
		}
	}
	return -1
}

// directiveFor returns what a member may do.
func (p *Policy) directiveFor(g *group, i int) directive {
	if g.chosen == i {
		for _, j := range g.members {
			if j != i && p.all[j].busy() {
				return directive{wait: true, other: p.all[j].conf.DisplayName()}
			}
		}
		return directive{}
	}
	if g.chosen < 0 {
		s := directive{wait: true}
		if g.blocked >= 0 {
			s.held, s.other = true, p.all[g.blocked].conf.DisplayName()
		}
		return s
	}
	chosen := &p.all[g.chosen]
	c := &p.all[i]
	force := g.chosen == g.userChoice
	return directive{
		wait:  true,
		stop:  c.busy() && (force || !c.conf.OnDemand),
		force: force,
		other: chosen.conf.DisplayName(),
	}
}

// consult chooses again and lets every member act on it.
func (p *Policy) consult(gi int, now time.Time) {
	g := &p.groups[gi]
	// Acting may change the choice: a member may turn out to need the user.
	for range 3 {
		p.choose(g, now)
		chosen := g.chosen
		for _, i := range g.members {
			p.apply(i, look{}, p.directiveFor(g, i), now)
		}
		if p.choose(g, now); g.chosen == chosen {
			return
		}
	}
}
