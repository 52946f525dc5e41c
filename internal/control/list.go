package control

import (
	"time"

	"vpnstatus/internal/autoconnect"
	"vpnstatus/internal/engine"
	"vpnstatus/internal/vpn"
)

// List is the list of services for programs: what GET /v1/services answers and
// `vpnstatus list --json` prints. It has every field of vpnutil's list, so
// that scripts written for vpnutil keep working. Fields may be added, never
// removed or changed without another schema number.
type List struct {
	Schema int     `json:"schema"` // 1
	VPNs   []Entry `json:"VPNs"`
}

// Entry is one service in a List.
type Entry struct {
	Name        string            `json:"name"`
	Status      *vpn.Status       `json:"status"` // null while not known
	ID          vpn.ID            `json:"id"`
	Protocol    vpn.Protocol      `json:"protocol"`
	Server      string            `json:"server"`
	AutoConnect bool              `json:"autoConnect"`
	State       autoconnect.State `json:"state"`      // what Auto Connect is doing about it
	Reason      autoconnect.Key   `json:"reason"`     // key of the reason; "" when there is none
	ReasonText  string            `json:"reasonText"` // the reason as text
	Known       bool              `json:"known"`      // the status is known
	Enabled     bool              `json:"enabled"`
	OnDemand    bool              `json:"onDemand"`
	Hidden      bool              `json:"hidden,omitempty"`
	App         string            `json:"app,omitempty"`     // app it belongs to
	Since       time.Time         `json:"since,omitzero"`    // connected since
	Address     string            `json:"address,omitempty"` // first own address in the tunnel
	Interface   string            `json:"interface,omitempty"`
	Attempt     int               `json:"attempt,omitempty"` // number of the attempt under way or coming
	Next        time.Time         `json:"next,omitzero"`     // time of the next attempt
	Cause       string            `json:"cause,omitempty"`   // why it last went down, in words
}

// detail is the answer to GET /v1/services/ID: the entry of the list, and
// everything known about the service.
type detail struct {
	Entry
	Service any `json:"service"` // see factualService
}

// NewList returns the list of the services, in their order; hidden ones only
// when all is set.
func NewList(services []*engine.Service, all bool, now time.Time) List {
	list := List{Schema: 1, VPNs: make([]Entry, 0, len(services))}
	for _, s := range services {
		if all || !s.Hidden {
			list.VPNs = append(list.VPNs, NewEntry(s, now))
		}
	}
	return list
}

// NewEntry returns the list's entry of one service.
func NewEntry(s *engine.Service, now time.Time) Entry {
	e := Entry{
		Name: s.Name, ID: s.ID, Protocol: s.Protocol, Server: s.Server,
		AutoConnect: s.AutoConnect, State: s.Policy.State, Reason: s.Policy.Reason.Key,
		ReasonText: s.Policy.Reason.Words(now, time.Local), Known: s.Known, Enabled: s.Enabled, OnDemand: s.OnDemand,
		Hidden: s.Hidden, App: s.App, Interface: s.Info.Interface,
		Attempt: s.Policy.Attempt, Next: s.Policy.Next, Cause: s.Info.Cause.String(),
	}
	if s.Known {
		e.Status = &s.Status
	}
	if s.Status.Up() {
		e.Since = s.Info.Since
	}
	if len(s.Info.Addresses) > 0 {
		e.Address = s.Info.Addresses[0].String()
	}
	return e
}
