package notify

import (
	"slices"
	"time"

	"vpnstatus/internal/autoconnect"
	"vpnstatus/internal/engine"
	"vpnstatus/internal/settings"
	"vpnstatus/internal/vpn"
)

// window is how long the first event waits for others: when a network is lost
// all its VPNs go down within a second or two, and a short drop is over by
// then.
const window = 2 * time.Second

// Notification is one message to the user.
type Notification struct {
	ID      string // a later one with the same ID replaces it
	Service vpn.ID // zero if it is about several
	Kind    autoconnect.Notice
	Title   string
	Body    string
	Sound   bool
	At      time.Time // when it happened
}

// batcher collects events until they can be notified together. The zero batcher is
// ready. It belongs to one goroutine.
type batcher struct {
	pending []*history      // in the order of their first event
	opened  time.Time       // when the first of them was added
	byUser  map[vpn.ID]bool // the user asked for the last change of status
	shown   map[vpn.ID]bool // has its own notification that may still be visible
	stale   []string        // IDs of notifications to withdraw
}

// history is what happened to one service since the window opened.
type history struct {
	id      vpn.ID
	notices []engine.Event
}

// Add adds what happened, in the engine's order. now is when the events were
// read: the window counts from it.
func (b *batcher) Add(events []engine.Event, now time.Time) {
	for _, e := range events {
		switch e.Kind {
		case engine.EventStatus:
			if b.byUser == nil {
				b.byUser = make(map[vpn.ID]bool)
			}
			b.byUser[e.ID] = e.ByUser
			if e.ByUser {
				b.forget(e.ID) // the user is handling it
			}
		case engine.EventList:
			if e.To == "removed" {
				delete(b.byUser, e.ID)
				b.forget(e.ID)
			}
		case engine.EventNotice:
			if !b.byUser[e.ID] || !confirms(e.Notice) {
				b.add(e, now)
			}
		}
	}
}

func (b *batcher) add(e engine.Event, now time.Time) {
	if len(b.pending) == 0 {
		b.opened = now
	}
	i := slices.IndexFunc(b.pending, func(h *history) bool { return h.id == e.ID })
	if i < 0 {
		i, b.pending = len(b.pending), append(b.pending, &history{id: e.ID})
	}
	b.pending[i].notices = append(b.pending[i].notices, e)
}

// confirms reports whether a notice only confirms the change of status before
// it, which the user may have asked for. The user may not know that a service
// needs them, that it failed or what a rule does.
func confirms(n autoconnect.Notice) bool {
	return n == autoconnect.NoticeDropped || n == autoconnect.NoticeReconnected || n == autoconnect.NoticeHeld
}

// forget drops what is pending about a service and withdraws what was shown.
func (b *batcher) forget(id vpn.ID) {
	b.pending = slices.DeleteFunc(b.pending, func(h *history) bool { return h.id == id })
	b.withdraw(id)
}

func (b *batcher) withdraw(id vpn.ID) {
	if b.shown[id] {
		delete(b.shown, id)
		b.stale = append(b.stale, id.String())
	}
}

// Deadline is when Flush will have something to return; zero if not before the
// next Add.
func (b *batcher) Deadline() time.Time {
	switch {
	case len(b.stale) > 0:
		return b.opened // at once
	case len(b.pending) == 0:
		return time.Time{}
	}
	return b.opened.Add(window)
}

// Flush returns the notifications to show now, none before Deadline, and the IDs
// of those that no longer hold.
func (b *batcher) Flush(s settings.Settings, now time.Time, loc *time.Location) (show []Notification, stale []string) {
	if len(b.pending) > 0 && !now.Before(b.opened.Add(window)) {
		for _, g := range b.groups(s) {
			n := g.notification(now, loc)
			n.Sound = s.NotificationSound
			show = append(show, n)
			for _, e := range g.events {
				if len(g.events) > 1 {
					b.withdraw(e.ID)
					continue
				}
				if b.shown == nil {
					b.shown = make(map[vpn.ID]bool)
				}
				b.shown[e.ID] = true
			}
		}
		b.pending = nil
	}
	stale, b.stale = b.stale, nil
	return show, stale
}

// groups returns the pending events to be notified, grouped by kind.
func (b *batcher) groups(s settings.Settings) []*group {
	var groups []*group
	for _, h := range b.pending {
		last, brief, ok := h.outcome(s)
		if !ok || slices.Contains(s.MutedServices, h.id) {
			continue
		}
		k := groupKey{last.Notice, brief, ""}
		if last.Notice == autoconnect.NoticeRule {
			k.reason = last.Reason.Key
		}
		i := slices.IndexFunc(groups, func(g *group) bool { return g.groupKey == k })
		if i < 0 {
			i, groups = len(groups), append(groups, &group{groupKey: k})
		}
		groups[i].events = append(groups[i].events, last)
	}
	return groups
}

// outcome returns the event to be notified, the last one that is enabled.
// brief reports whether the service dropped and is up again.
func (h *history) outcome(s settings.Settings) (e engine.Event, brief, ok bool) {
	var drop vpn.Cause // only a drop has a cause
	for _, n := range h.notices {
		if n.Notice == autoconnect.NoticeDropped {
			drop, brief = n.Reason.Cause, true
		}
	}
	brief = brief && h.notices[len(h.notices)-1].Notice == autoconnect.NoticeReconnected
	for _, e := range slices.Backward(h.notices) {
		if on, set := s.Notifications[e.Notice]; on || !set {
			if brief && e.Notice == autoconnect.NoticeReconnected {
				e.Reason.Cause = drop
			}
			return e, brief, true
		}
	}
	return engine.Event{}, false, false
}
