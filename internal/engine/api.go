package engine

import (
	"errors"
	"slices"
	"time"

	"vpnstatus/internal/autoconnect"
	"vpnstatus/internal/facts"
	"vpnstatus/internal/plaintext"
	"vpnstatus/internal/vpn"
)

// Snapshot is everything a screen may show, at one moment. It is immutable and
// may be kept and read by any goroutine. Its JSON form is what the control
// socket sends.
type Snapshot struct {
	Seq       uint64            `json:"seq"`            // grows with each change
	At        time.Time         `json:"at"`             // when it was made
	Loaded    bool              `json:"loaded"`         // the list of services has arrived
	Services  []*Service        `json:"services"`       // in display order: by name, then by ID; hidden ones included
	Pause     autoconnect.Until `json:"pause,omitzero"` // zero if not paused
	Facts     facts.Facts       `json:"facts"`          //
	Trusted   bool              `json:"trusted"`        // the current network is trusted
	Problems  []Problem         `json:"problems"`       // shown in the menu and by doctor
	Simulated bool              `json:"simulated"`      // the services are the simulator's
}

// Service is one service in a Snapshot. It is immutable.
type Service struct {
	vpn.Configuration
	Status      vpn.Status       `json:"status"`
	Known       bool             `json:"known"`                // false until the first status has arrived
	Hidden      bool             `json:"hidden,omitempty"`     // hidden by the user's settings
	AutoConnect bool             `json:"autoConnect"`          //
	Policy      autoconnect.View `json:"policy"`               //
	Echo        autoconnect.Echo `json:"echo,omitzero"`        // the last question to its server, during an outage
	Changed     time.Time        `json:"changed,omitzero"`     // when the status last changed, as seen here
	Info        vpn.Info         `json:"info,omitzero"`        // without Details
	Statistics  *vpn.Statistics  `json:"statistics,omitempty"` // nil if not known; read only while a client attends
	Counters    Counters         `json:"counters,omitempty"`   // whether the system has traffic counters for it
}

// Counters is whether the system has traffic counters for a service; empty if
// they have not been read.
type Counters string

// Values of Counters.
const (
	CountersRead    Counters = "read"
	CountersMissing Counters = "missing"
)

// Service returns the service with the ID, or nil.
func (s *Snapshot) Service(id vpn.ID) *Service {
	for _, v := range s.Services {
		if v.ID == id {
			return v
		}
	}
	return nil
}

// AllKnown reports whether the first status of every service has arrived.
func (s *Snapshot) AllKnown() bool {
	return !slices.ContainsFunc(s.Services, func(v *Service) bool { return !v.Known })
}

// Find looks a service up by ID, name or beginning of a name, as shown; see
// vpn.Find.
func (s *Snapshot) Find(query string) (*Service, error) {
	i, err := vpn.Find(plaintext.Line(query), len(s.Services), func(i int) (vpn.ID, string) {
		return s.Services[i].ID, plaintext.Line(s.Services[i].DisplayName())
	})
	if err != nil {
		return nil, err
	}
	return s.Services[i], nil
}

// LoadProblem returns why there may be no list of services, "" if nothing is known
// to be wrong.
func (s *Snapshot) LoadProblem() string {
	for _, p := range s.Problems {
		if p.Key == backendKey {
			return p.Text
		}
	}
	return ""
}

// backendKey is the key of problems with the list of services.
const backendKey = "backend"

// Problem is something that is not as it should be and that the user may
// want to know.
type Problem struct {
	Key  string `json:"key"`  // such as "settings.rules", "location.needed", "backend"
	Text string `json:"text"` // human-readable
}

// Verb is what a Command asks for.
type Verb string

// The verbs.
const (
	VerbConnect    Verb = "connect"    // ID, Options
	VerbDisconnect Verb = "disconnect" // ID; Until is the end of the hold, zero until connected or resumed
	VerbToggle     Verb = "toggle"     // ID; connect if it is down, else disconnect or cancel
	VerbHold       Verb = "hold"       // ID, Until
	VerbAuto       Verb = "auto"       // ID, On
	VerbPause      Verb = "pause"      // Until
	VerbResume     Verb = "resume"     // with ID release the hold; without end the pause, or all holds if there is none
	VerbHide       Verb = "hide"       // ID, On
	VerbTrust      Verb = "trust"      // On; the current network
	VerbReload     Verb = "reload"     // load the list of services again
)

// Command is a request of a user or a program. Menu, socket, URLs and command
// line use the same struct.
type Command struct {
	Verb    Verb              `json:"verb"`
	ID      vpn.ID            `json:"id,omitzero"`
	On      bool              `json:"on,omitempty"`
	Until   autoconnect.Until `json:"until,omitzero"`
	Options vpn.Options       `json:"options,omitzero"` // contains secrets: never logged
	Origin  string            `json:"origin,omitempty"` // "menu", "cli", "url", "socket": for the log
}

// EventKind is what an Event is about.
type EventKind string

// Kinds of events.
const (
	EventStatus  EventKind = "status"  // From and To are statuses
	EventPolicy  EventKind = "policy"  // From and To are policy states
	EventNotice  EventKind = "notice"  // Notice is set
	EventList    EventKind = "list"    // a service was added (To "added"), removed ("removed") or edited ("edited")
	EventPause   EventKind = "pause"   // To is "paused" or "resumed"
	EventNetwork EventKind = "network" // From and To are names of networks
)

// Event is one thing that happened, for watchers, notifications, hooks and the
// log.
type Event struct {
	At      time.Time          `json:"at"`
	Kind    EventKind          `json:"kind"`
	ID      vpn.ID             `json:"id,omitzero"`
	Name    string             `json:"name,omitempty"` // display name of the service
	From    string             `json:"from,omitempty"`
	To      string             `json:"to,omitempty"`
	Reason  autoconnect.Reason `json:"reason,omitzero"`
	Notice  autoconnect.Notice `json:"notice,omitempty"`
	Attempt int                `json:"attempt,omitempty"`
	Next    time.Time          `json:"next,omitzero"`
	ByUser  bool               `json:"byUser,omitempty"` // the user asked for it
}

// Update is what a subscriber receives: what happened, and the state after it.
type Update struct {
	Events   []Event
	Snapshot *Snapshot
	Missed   bool // from Follow: events before this update were lost
}

// Errors of the engine.
var (
	// ErrClosed means that the engine has ended.
	ErrClosed = errors.New("VPNStatus is shutting down")
	// ErrSlow ends a subscription whose reader fell behind.
	ErrSlow = errors.New("the watcher read too slowly and was dropped")
	// ErrOnDemand refuses Auto Connect for a service that the system itself keeps up.
	ErrOnDemand = errors.New("this VPN has On Demand enabled: the system itself keeps it up")
	// ErrCannotProbe is returned by Options.Probe when nothing could be sent,
	// which says nothing about the tunnel.
	ErrCannotProbe = errors.New("the probe can't be made")
)
