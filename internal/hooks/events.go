package hooks

import (
	"slices"
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
	started bool
	up      map[vpn.ID]bool
	trying  map[vpn.ID]bool
	info    map[vpn.ID]vpn.Info // of the tunnel that is up, or was
	open    []open
}

// open is an event that waits for its details.
type open struct {
	engine.Event
	kind   Kind     // empty if an attempt ended, failed or cancelled
	before vpn.Info // of the tunnel that went down
	stale  vpn.Info // the previous details; those of this event differ
	due    time.Time
}

// add handles an update and returns its calls in the order of their events.
func (r *recognizer) add(u engine.Update, now time.Time) (calls []call) {
	if !r.started {
		r.started = true
		r.up, r.trying, r.info = make(map[vpn.ID]bool), make(map[vpn.ID]bool), make(map[vpn.ID]vpn.Info)
	}
	for _, e := range u.Events {
		switch e.Kind {
		case engine.EventStatus:
			calls = append(calls, r.status(e, u.Snapshot, now)...)
		case engine.EventNetwork:
			calls = append(calls, networkCall(e))
		case engine.EventList:
			if e.To == "removed" {
				calls = append(calls, r.flush(e.ID, nil, now)...)
				delete(r.up, e.ID)
				delete(r.trying, e.ID)
				delete(r.info, e.ID)
			}
		}
	}
	if u.Snapshot == nil {
		return calls
	}
	// A tunnel that was up before this program started counts like others.
	for _, v := range u.Snapshot.Services {
		if v.Known && v.Status.Up() {
			r.up[v.ID] = true
			if hasTunnel(v.Info) {
				r.info[v.ID] = v.Info
			}
		}
	}
	return append(calls, r.ready(u.Snapshot, now)...)
}

func (r *recognizer) status(e engine.Event, s *engine.Snapshot, now time.Time) (calls []call) {
	to, err := vpn.ParseStatus(e.To)
	if err != nil {
		return nil // of a later version
	}
	var stale vpn.Info
	if s != nil {
		if v := s.Service(e.ID); v != nil {
			stale = v.Info
		}
	}
	switch to {
	case vpn.Connecting:
		calls = r.flush(e.ID, s, now)
		r.trying[e.ID] = true
	case vpn.Connected:
		if r.up[e.ID] {
			return nil // re-established: it was not down
		}
		calls = r.flush(e.ID, s, now)
		r.up[e.ID], r.trying[e.ID] = true, false
		delete(r.info, e.ID)
		r.open = append(r.open, open{Event: e, kind: Connected, stale: stale, due: now.Add(detailsWait)})
	case vpn.Disconnected, vpn.Invalid:
		calls = r.flush(e.ID, s, now)
		switch {
		case r.up[e.ID]:
			r.open = append(r.open, open{Event: e, kind: Disconnected, before: r.info[e.ID], stale: stale, due: now.Add(detailsWait)})
		case r.trying[e.ID]:
			r.open = append(r.open, open{Event: e, stale: stale, due: now.Add(detailsWait)})
		}
		r.up[e.ID], r.trying[e.ID] = false, false
	}
	return calls
}

// flush ends the wait for details of a service that has another event.
func (r *recognizer) flush(id vpn.ID, s *engine.Snapshot, now time.Time) (calls []call) {
	r.open = slices.DeleteFunc(r.open, func(o open) bool {
		if o.ID != id {
			return false
		}
		var v *engine.Service
		if s != nil {
			v = s.Service(id)
		}
		calls = append(calls, o.call(v, now)...)
		return true
	})
	return calls
}

// ready returns the calls whose details have arrived or are overdue.
func (r *recognizer) ready(s *engine.Snapshot, now time.Time) (calls []call) {
	r.open = slices.DeleteFunc(r.open, func(o open) bool {
		v := s.Service(o.ID)
		if now.Before(o.due) && v != nil && !o.complete(v) {
			return false
		}
		calls = append(calls, o.call(v, now)...)
		return true
	})
	return calls
}

// deadline returns when ready must be called; zero if nothing waits.
func (r *recognizer) deadline() (t time.Time) {
	for _, o := range r.open {
		if t.IsZero() || o.due.Before(t) {
			t = o.due
		}
	}
	return t
}

func (o open) complete(v *engine.Service) bool {
	if o.kind == Connected {
		return v.Status.Up() && hasTunnel(v.Info) && (!hasTunnel(o.stale) || !v.Info.Since.Equal(o.stale.Since))
	}
	return v.Info.Cause.Known() && v.Info.Cause != o.stale.Cause
}

func hasTunnel(i vpn.Info) bool { return len(i.Addresses) > 0 || i.Interface != "" }

// call returns the call for an event, or none if the user caused it. v is nil if
// the service was removed.
func (o open) call(v *engine.Service, now time.Time) []call {
	if v == nil {
		v = &engine.Service{Configuration: vpn.Configuration{ID: o.ID, Name: o.Name}, Info: o.before}
	}
	kind, info := o.kind, v.Info
	if kind == "" {
		if cancelled(v.Info.Cause, o.ByUser) {
			return nil
		}
		kind = Failed
	}
	if kind != Connected {
		cause := info.Cause
		info = o.before
		info.Cause = cause
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
	return []call{{kind, o.ID, []string{
		variable("VPNSTATUS_EVENT", string(kind)),
		variable("VPNSTATUS_ID", o.ID.String()),
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
