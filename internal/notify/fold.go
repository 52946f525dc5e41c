package notify

import (
	"slices"
	"time"

	"vpnstatus/internal/autoconnect"
	"vpnstatus/internal/engine"
	"vpnstatus/internal/settings"
	"vpnstatus/internal/vpn"
)

// window is how long the first event waits for others: a network that goes
// away takes all its VPNs with it within a second or two, and a short drop is
// over by then.
const window = 2 * time.Second

// Notification is one thing to tell a person.
type Notification struct {
	ID      string             `json:"id"`      // a later one with the same ID replaces it
	Service vpn.ID             `json:"service"` // zero: it is about several
	Kind    autoconnect.Notice `json:"kind"`
	Title   string             `json:"title"`
	Body    string             `json:"body,omitempty"`
	Sound   bool               `json:"sound,omitempty"`
	At      time.Time          `json:"at"` // when it happened
}

// Folder collects events until they can be told together. The zero Folder is
// ready. It belongs to one goroutine.
type Folder struct {
	stories []*story // in the order of their first event
	opened  time.Time
	byUser  map[vpn.ID]bool // the last change of status was the person's wish
	shown   map[vpn.ID]bool // has a notification of its own that may still be seen
	stale   []string
}

// story is what happened to one service since the window opened.
type story struct {
	id      vpn.ID
	name    string
	notices []engine.Event
}

// Add takes in what happened, in the engine's order. now is the time of
// reading; the events' own times are told, not waited for.
func (f *Folder) Add(events []engine.Event, now time.Time) {
	for _, e := range events {
		switch e.Kind {
		case engine.EventStatus:
			f.status(e)
		case engine.EventList:
			if e.To == "removed" {
				f.forget(e.ID)
			}
		case engine.EventNotice:
			if f.byUser[e.ID] && ownDoing(e.Notice) {
				continue
			}
			if len(f.stories) == 0 {
				f.opened = now
			}
			s := f.story(e)
			s.notices = append(s.notices, e)
			if len(s.notices) > storyMost {
				s.notices = slices.Delete(s.notices, 1, 2)
			}
		}
	}
}

// storyMost bounds what a service that flaps within the window may pile up; the
// first and the last events tell the story.
const storyMost = 8

// ownDoing reports whether a notice only confirms the change of status before
// it, which a person may have asked for. That they are needed, that it failed
// and what a rule does is news to them all the same.
func ownDoing(n autoconnect.Notice) bool {
	switch n {
	case autoconnect.NoticeDropped, autoconnect.NoticeReconnected, autoconnect.NoticeHeld:
		return true
	}
	return false
}

func (f *Folder) status(e engine.Event) {
	if f.byUser == nil {
		f.byUser = make(map[vpn.ID]bool)
	}
	f.byUser[e.ID] = e.ByUser
	if !e.ByUser {
		return
	}
	// The person has taken it in hand: what was to be said is no news any
	// more, and what was said is settled.
	f.stories = slices.DeleteFunc(f.stories, func(s *story) bool { return s.id == e.ID })
	f.withdraw(e.ID)
}

func (f *Folder) forget(id vpn.ID) {
	delete(f.byUser, id)
	f.stories = slices.DeleteFunc(f.stories, func(s *story) bool { return s.id == id })
	f.withdraw(id)
}

func (f *Folder) withdraw(id vpn.ID) {
	if f.shown[id] {
		delete(f.shown, id)
		f.stale = append(f.stale, id.String())
	}
}

func (f *Folder) story(e engine.Event) *story {
	for _, s := range f.stories {
		if s.id == e.ID {
			s.name = e.Name
			return s
		}
	}
	s := &story{id: e.ID, name: e.Name}
	f.stories = append(f.stories, s)
	return s
}

// Deadline is when Take has something to tell; zero: not before the next Add.
func (f *Folder) Deadline() time.Time {
	switch {
	case len(f.stale) > 0:
		return f.opened // at once
	case len(f.stories) == 0:
		return time.Time{}
	}
	return f.opened.Add(window)
}

// Take returns what is to be told now, and the IDs of notifications that no
// longer hold. Before Deadline there is nothing to be told.
func (f *Folder) Take(s settings.Settings, now time.Time, loc *time.Location) (tell []Notification, stale []string) {
	stale, f.stale = f.stale, nil
	// A clock that was set back must not keep news waiting.
	if len(f.stories) == 0 || now.Before(f.opened.Add(window)) && !now.Before(f.opened) {
		return nil, stale
	}
	var groups []*group
	for _, v := range f.stories {
		if slices.Contains(s.MutedServices, v.id) {
			continue
		}
		last, brief, ok := v.outcome(s)
		if !ok {
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
	f.stories = nil
	for _, g := range groups {
		n := g.notification(now, loc)
		n.Sound = s.NotificationSound
		tell = append(tell, n)
		for _, e := range g.events {
			if len(g.events) > 1 {
				f.withdraw(e.ID)
				continue
			}
			if f.shown == nil {
				f.shown = make(map[vpn.ID]bool)
			}
			f.shown[e.ID] = true
		}
	}
	stale, f.stale = append(stale, f.stale...), nil
	return tell, stale
}

// outcome is the event that is told: the last one that may be. brief: it
// dropped and is up again.
func (v *story) outcome(s settings.Settings) (e engine.Event, brief, ok bool) {
	dropped := slices.ContainsFunc(v.notices, func(e engine.Event) bool { return e.Notice == autoconnect.NoticeDropped })
	brief = dropped && v.notices[len(v.notices)-1].Notice == autoconnect.NoticeReconnected
	for _, e := range slices.Backward(v.notices) {
		if on, set := s.Notifications[e.Notice]; on || !set {
			// The cause is known to the drop alone.
			if brief && e.Notice == autoconnect.NoticeReconnected {
				e.Reason.Cause = v.causeOfDrop()
			}
			return e, brief, true
		}
	}
	return engine.Event{}, false, false
}

func (v *story) causeOfDrop() vpn.Cause {
	for _, e := range slices.Backward(v.notices) {
		if e.Notice == autoconnect.NoticeDropped {
			return e.Reason.Cause
		}
	}
	return vpn.Cause{}
}
