package control

import (
	"iter"
	"time"

	"vpnstatus/internal/engine"
	"vpnstatus/internal/vpn"
)

// Selection is what a watch of services is about. The zero value is about all
// services, including those added later, and about events of no service.
type Selection struct {
	only    map[vpn.ID]bool // nil: all
	waiting map[vpn.ID]bool // services whose first status has not arrived
}

// Select returns the selection of the services with the names, of everything if
// there are no names.
func Select(s *engine.Snapshot, names []string) (Selection, error) {
	if len(names) == 0 {
		return Selection{}, nil
	}
	only := make(map[vpn.ID]bool)
	for _, n := range names {
		v, err := s.Find(n)
		if err != nil {
			return Selection{}, err
		}
		only[v.ID] = true
	}
	return Selection{only: only}, nil
}

// Wants reports whether an event belongs to the selection.
func (s *Selection) Wants(e *engine.Event) bool { return s.only == nil || s.only[e.ID] }

// shows reports whether the service has a line in the opening; hidden ones have
// only if they are named.
func (s *Selection) shows(v *engine.Service) bool {
	return s.only == nil && !v.Hidden || s.only[v.ID]
}

// Opening yields a line for each service as it is.
func (s *Selection) Opening(v *engine.Snapshot, now time.Time) iter.Seq[Line] {
	return func(yield func(Line) bool) {
		for _, v := range v.Services {
			if s.shows(v) && !yield(serviceLine(v, now)) {
				return
			}
		}
	}
}

func serviceLine(v *engine.Service, now time.Time) Line {
	entry := NewEntry(v, now)
	return Line{Type: LineService, Service: &entry}
}

// Begin notes which services of the opening have no status yet, for Arrived.
func (s *Selection) Begin(v *engine.Snapshot) {
	for _, v := range v.Services {
		if !v.Known && s.shows(v) {
			s.await(v.ID)
		}
	}
}

func (s *Selection) await(id vpn.ID) {
	if s.waiting == nil {
		s.waiting = make(map[vpn.ID]bool)
	}
	s.waiting[id] = true
}

// Arrived returns the lines of services whose first status has arrived: it is no
// event, since nothing has happened to them. That includes services that were
// added. It is called with each update after Begin.
func (s *Selection) Arrived(u engine.Update, now time.Time) []Line {
	for i := range u.Events {
		if e := &u.Events[i]; e.Kind == engine.EventList && e.To == "added" && s.Wants(e) {
			s.await(e.ID)
		}
	}
	var out []Line
	for id := range s.waiting {
		v := u.Snapshot.Service(id)
		if v == nil || v.Known {
			delete(s.waiting, id)
		}
		if v != nil && v.Known && s.shows(v) {
			out = append(out, serviceLine(v, now))
		}
	}
	return out
}
