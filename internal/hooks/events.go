package hooks

import (
	"time"

	"vpnstatus/internal/autoconnect"
	"vpnstatus/internal/engine"
	"vpnstatus/internal/vpn"
)

// detailsWait is how long a hook waits for details that follow a change of status:
// the addresses of a tunnel, or why it went down. They arrive within milliseconds
// or never.
const detailsWait = 2 * time.Second

// call is one occasion to run the scripts of a kind.
type call struct {
	kind    Kind
	id      vpn.ID // zero if it is not about a service
	environ []string
}

// recognizer turns updates of the engine into calls. The zero value is ready. It
// belongs to one goroutine.
type recognizer struct {
	services map[vpn.ID]tracked
}

// tracked is what a recognizer knows about a service.
type tracked struct {
	phase   phase
	tunnel  vpn.Info // of the tunnel that is up, or has just gone down
	waiting waiting
}

// phase is how far a service has come.
type phase int

const (
	down   phase = iota
	trying       // an attempt has begun
	up
)

// waiting is an event that waits for its details; there is none if kind is empty.
type waiting struct {
	kind  Kind // Failed if an attempt ended, also by being cancelled
	event engine.Event
	stale vpn.Info // the details before; those of this event differ
	due   time.Time
}

// add handles an update and returns its calls, those of each service in the order
// of its events.
func (r *recognizer) add(u engine.Update, now time.Time) (calls []call) {
	if r.services == nil {
		r.services = make(map[vpn.ID]tracked)
	}
	for _, e := range u.Events {
		switch e.Kind {
		case engine.EventStatus:
			calls = append(calls, r.status(e, u.Snapshot, now)...)
		case engine.EventNetwork:
			calls = append(calls, networkCall(e))
		case engine.EventList:
			if e.To == "removed" {
				calls = append(calls, r.services[e.ID].calls(nil, now)...)
				delete(r.services, e.ID)
			}
		}
	}
	// A tunnel that was up before this program started counts like others.
	for _, v := range u.Snapshot.Services {
		if v.Known && v.Status.Up() {
			t := r.services[v.ID]
			t.phase = up
			if hasTunnel(v.Info) {
				t.tunnel = v.Info
			}
			r.services[v.ID] = t
		}
	}
	return append(calls, r.ready(u.Snapshot, now)...)
}

func (r *recognizer) status(e engine.Event, s *engine.Snapshot, now time.Time) []call {
	to, err := vpn.ParseStatus(e.To)
	if err != nil {
		return nil // of a later version
	}
	v := s.Service(e.ID)
	wait := waiting{event: e, due: now.Add(detailsWait)}
	if v != nil {
		wait.stale = v.Info
	}
	was := r.services[e.ID]
	var next tracked
	switch to {
	case vpn.Connecting:
		next.phase = trying
		if was.phase == up {
			next = tracked{phase: up, tunnel: was.tunnel}
		}
	case vpn.Connected:
		if was.phase == up {
			return nil // re-established: it was not down
		}
		wait.kind = Connected
		next = tracked{phase: up, waiting: wait}
	case vpn.Disconnected, vpn.Invalid:
		switch was.phase {
		case trying:
			wait.kind = Failed
			next = tracked{waiting: wait}
		case up:
			wait.kind = Disconnected
			next = tracked{tunnel: was.tunnel, waiting: wait}
		}
	default:
		return nil
	}
	r.services[e.ID] = next
	return was.calls(v, now) // of the event before: it waits no longer
}

// ready returns the calls whose details have arrived or are overdue.
func (r *recognizer) ready(s *engine.Snapshot, now time.Time) (calls []call) {
	for id, t := range r.services {
		if t.waiting.kind == "" {
			continue
		}
		v := s.Service(id)
		if v != nil && now.Before(t.waiting.due) && !t.waiting.complete(v) {
			continue
		}
		calls = append(calls, t.calls(v, now)...)
		t.waiting = waiting{}
		r.services[id] = t
	}
	return calls
}

// deadline returns when ready must be called; zero if nothing waits.
func (r *recognizer) deadline() (due time.Time) {
	for _, t := range r.services {
		if w := t.waiting; w.kind != "" && (due.IsZero() || w.due.Before(due)) {
			due = w.due
		}
	}
	return due
}

func (w waiting) complete(v *engine.Service) bool {
	if w.kind == Connected {
		return v.Status.Up() && hasTunnel(v.Info) && (!hasTunnel(w.stale) || !v.Info.Since.Equal(w.stale.Since))
	}
	return v.Info.Cause.Known() && v.Info.Cause != w.stale.Cause
}

func hasTunnel(i vpn.Info) bool { return len(i.Addresses) > 0 || i.Interface != "" }

// calls returns the call of the event that waits: none if there is none, or if the
// attempt was cancelled. v is nil if the service was removed.
func (t tracked) calls(v *engine.Service, now time.Time) []call {
	kind, e := t.waiting.kind, t.waiting.event
	if kind == "" {
		return nil
	}
	if v == nil {
		v = &engine.Service{Configuration: vpn.Configuration{ID: e.ID, Name: e.Name}, Info: t.tunnel}
	}
	if kind == Failed && cancelled(v.Info.Cause, e.ByUser) {
		return nil
	}
	info := v.Info
	if kind != Connected {
		info = t.tunnel
		info.Cause = v.Info.Cause
	}
	reason, text := reasonOf(kind, v, info.Cause, now)
	address := ""
	if len(info.Addresses) > 0 {
		address = info.Addresses[0].String()
	}
	server := info.Remote
	if server == "" {
		server = v.Server
	}
	return []call{{kind, e.ID, []string{
		variable("VPNSTATUS_EVENT", string(kind)),
		variable("VPNSTATUS_ID", e.ID.String()),
		variable("VPNSTATUS_NAME", v.DisplayName()),
		variable("VPNSTATUS_REASON", reason),
		variable("VPNSTATUS_REASON_TEXT", text),
		variable("VPNSTATUS_ADDRESS", address),
		variable("VPNSTATUS_INTERFACE", info.Interface),
		variable("VPNSTATUS_SERVER", server),
		variable("VPNSTATUS_PROTOCOL", string(v.Protocol)),
	}}}
}

// cancelled reports whether an attempt was cancelled. An attempt of the user that
// ends without a cause was cancelled, since failures have one.
func cancelled(c vpn.Cause, byUser bool) bool {
	return !c.Known() && byUser || c.Disposition() == vpn.Stopped
}

// reasonOf returns the policy's reason and its text, or only the text of the
// cause if Auto Connect is not involved.
func reasonOf(kind Kind, v *engine.Service, cause vpn.Cause, now time.Time) (key, text string) {
	reason := v.Policy.Reason
	text = reason.Words(now, time.Local)
	if v.Policy.State == autoconnect.Manual || reason.Key == "" {
		text = ""
	}
	if kind != Connected && cause.Known() {
		text = cause.String()
	}
	return string(reason.Key), text
}

func networkCall(e engine.Event) call {
	return call{kind: NetworkChanged, environ: []string{
		variable("VPNSTATUS_EVENT", string(NetworkChanged)),
		variable("VPNSTATUS_NETWORK", e.To),
		variable("VPNSTATUS_NETWORK_BEFORE", e.From),
	}}
}
