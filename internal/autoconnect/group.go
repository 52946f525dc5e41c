package autoconnect

import (
	"slices"
	"time"

	"vpnstatus/internal/vpn"
)

// group is a Group with its state.
type group struct {
	name     string
	ids      []vpn.ID
	members  []int  // their indices, which change with the list
	favoured vpn.ID // the member that the user connected last; zero if none
	epoch    uint64 // … on this network
	blocked  vpn.ID // the member that the user stopped; zero if none
	chosen   int    // index of the member that may be up; -1 if none
	chosenOn uint64 // number of the network for which the order has decided
}

// place is what a group tells a member. The zero value is for services that are
// in no group.
type place struct {
	group string
	wait  bool   // another member goes first, or is not down yet
	stop  bool   // another member takes its place
	force bool   // … because the user chose the other
	held  bool   // the user stopped the member in use, so no member is started
	other string // name of the other member
}

// clicked notes what the user did to a member.
func (g *group) clicked(id vpn.ID, c click, epoch uint64) {
	if c == clickConnect {
		g.favoured, g.epoch, g.blocked = id, epoch, vpn.ID{}
		return
	}
	g.blocked = id
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
		g := group{name: in.Name, chosenOn: p.world.here.epoch}
		for _, id := range in.Members {
			if i, ok := p.index[id]; ok && p.all[i].group < 0 {
				p.all[i].group = len(p.groups)
				g.ids = append(g.ids, id)
				g.members = append(g.members, i)
				if p.all[i].intent.hold.Key.stopped() {
					g.blocked = id
				}
			}
		}
		for _, o := range old {
			if o.name == in.Name && slices.Equal(o.ids, g.ids) {
				g.favoured, g.epoch, g.blocked, g.chosenOn = o.favoured, o.epoch, o.blocked, o.chosenOn
			}
		}
		p.groups = append(p.groups, g)
	}
}

// candidate reports whether the policy would start it, groups, time and what
// concerns all services aside.
func (p *Policy) candidate(s *service) bool {
	q := query{s: s, w: &p.world}
	return !slices.ContainsFunc(blockers, func(b blocker) bool { return b.own && b.ask(q).holds })
}

// choose picks the member that may be up: the one that the user connected last,
// else the one in use, else the first in order that can be.
func (p *Policy) choose(g *group, now time.Time) {
	w := &p.world
	g.chosen = -1
	if i, ok := p.index[g.blocked]; ok && !p.all[i].intent.held() {
		g.blocked = vpn.ID{}
	}
	if i, ok := p.index[g.favoured]; ok {
		s := &p.all[i]
		if s.intent.connecting() || g.epoch == w.here.epoch && (s.active() || p.candidate(s) && !s.retry.gaveWay()) {
			g.chosen = i
			return
		}
		g.favoured = vpn.ID{}
	}
	for _, i := range g.members {
		if p.all[i].active() {
			g.chosen = i
			if p.all[i].conf.ID != g.blocked {
				g.blocked = vpn.ID{}
			}
			if preferred := p.preferred(g, i, now); preferred >= 0 {
				g.chosen = preferred
			}
			return
		}
	}
	g.chosenOn = w.here.epoch
	if g.blocked != (vpn.ID{}) {
		return
	}
	for _, i := range g.members {
		if p.all[i].seen.end.cause == awaited {
			g.chosen = i // if the user stopped it, no member takes its place
			return
		}
	}
	// Choose the first that has not given way or, if all have, the one whose turn
	// is next.
	for _, i := range g.members {
		s := &p.all[i]
		if s.auto && !s.seen.known && !s.intent.held() {
			return // its status is not known; it may be up
		}
		switch {
		case !p.candidate(s):
		case !s.retry.gaveWay():
			g.chosen = i
			return
		case g.chosen < 0 || s.retry.next.Before(p.all[g.chosen].retry.next):
			g.chosen = i
		}
	}
}

// preferred returns the member that should take the place of the current one
// because the network has changed; -1 if none. It decides once per network,
// when the network is calm and the current member is up.
func (p *Policy) preferred(g *group, current int, now time.Time) int {
	w, s := &p.world, &p.all[current]
	if g.chosenOn == w.here.epoch || !w.here.able() || !w.here.calm(now) || !s.seen.status.Up() || !s.auto || s.intent.held() || w.paused() {
		return -1
	}
	g.chosenOn = w.here.epoch
	for _, i := range g.members {
		if i == current {
			break
		}
		if s := &p.all[i]; p.candidate(s) && !s.retry.gaveWay() {
			return i
		}
	}
	return -1
}

// place returns what the group of a service tells it.
func (p *Policy) place(i int) place {
	s := &p.all[i]
	if s.group < 0 {
		return place{}
	}
	g := &p.groups[s.group]
	name := func(j int) string { return p.all[j].conf.DisplayName() }
	at := place{group: g.name, wait: true}
	switch {
	case g.chosen == i:
		k := slices.IndexFunc(g.members, func(j int) bool { return j != i && p.all[j].busy() })
		if at.wait = k >= 0; at.wait {
			at.other = name(g.members[k])
		}
	case g.chosen < 0 && g.blocked == (vpn.ID{}):
	case g.chosen < 0:
		at.held, at.other = true, name(p.index[g.blocked])
	default:
		at.force = p.all[g.chosen].conf.ID == g.favoured
		at.stop = at.force || !s.conf.OnDemand
		at.other = name(g.chosen)
	}
	return at
}
