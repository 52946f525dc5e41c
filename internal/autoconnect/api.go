package autoconnect

import (
	"time"

	"vpnstatus/internal/facts"
	"vpnstatus/internal/vpn"
)

// State is what the policy is doing about one service.
type State string

// The states of a service (docs/policy.md).
const (
	Manual     State = "manual"     // not under automatic control, only observed
	Satisfied  State = "satisfied"  // wanted and up
	Settling   State = "settling"   // a trigger was seen; waiting for the network to be calm
	Connecting State = "connecting" // our start, or another's, is in flight
	Backoff    State = "backoff"    // next attempt at View.Next
	Recycling  State = "recycling"  // a stop was sent to a stuck or dead session
	Waiting    State = "waiting"    // not trying until a fact changes
	Held       State = "held"       // the user stopped it
	Paused     State = "paused"     // auto-connect is paused as a whole
	NeedsUser  State = "needs-user" // retrying will not help
	Slow       State = "slow"       // many failures: long interval
)

// Key names a reason, such as "held.user" or "waiting.offline". Every key has
// words in words.go.
type Key string

// Reason is why a service is in its state, or why an action was taken: a key and
// the values that its text mentions.
type Reason struct {
	Key   Key       `json:"key,omitempty"`
	Cause vpn.Cause `json:"cause,omitzero"`  // why it last went down, when that matters
	Rule  string    `json:"rule,omitempty"`  // name of the rule that decided
	Other string    `json:"other,omitempty"` // name of the other service, in a group
	Until Until     `json:"until,omitzero"`  // end of the hold or pause
}

// Until is the end of a hold or a pause. The zero value means "not held".
type Until struct {
	Forever bool          `json:"forever,omitempty"` // until resumed or connected by hand
	Time    time.Time     `json:"time,omitzero"`     // absolute deadline, wall clock; sleep counts
	Network facts.Network `json:"network,omitzero"`  // until the machine has joined another network than this
}

// IsZero reports whether there is no hold or pause.
func (u Until) IsZero() bool { return u == Until{} }

// Equal reports whether both end at the same time; unlike ==, it does not care
// in which time zone the deadlines are written.
func (u Until) Equal(v Until) bool {
	return u.Forever == v.Forever && u.Network == v.Network && u.Time.Equal(v.Time)
}

// Forever is the Until that only the user ends.
var Forever = Until{Forever: true}

// View is what the policy reports about one service.
type View struct {
	State    State     `json:"state"`              //
	Reason   Reason    `json:"reason"`             //
	Since    time.Time `json:"since,omitzero"`     // in this state since
	Attempt  int       `json:"attempt,omitempty"`  // number of the current or next attempt, from 1; 0 if there is none
	Next     time.Time `json:"next,omitzero"`      // time of the next attempt
	Unstable bool      `json:"unstable,omitempty"` // the flap alarm is on
}

// Config is what the user set. It is a value; the policy never changes its
// slices and maps, and the caller must not change them after handing it over.
type Config struct {
	Auto          map[vpn.ID]bool  // services ticked Auto Connect
	RetryDelayMax time.Duration    // cap of the back-off; 5 s to 1 h
	Rules         []Rule           // ordered, first match wins
	Trusted       int              // the number of leading rules that stand for trusted networks; their indices are not counted with the others
	Groups        []Group          // of each, at most one member is up
	Probes        map[vpn.ID]Probe // liveness probes
	ServerEcho    bool             // ask silent servers whether they are back
}

// Outcome is what a rule says.
type Outcome string

// Outcomes of rules.
const (
	OutcomeConnect    Outcome = "connect"
	OutcomeIgnore     Outcome = "ignore"     // leave as it is
	OutcomeDisconnect Outcome = "disconnect" // disconnect it
)

// Rule is what to do on a network.
type Rule struct {
	Name     string   `json:"name,omitempty"`
	Then     Outcome  `json:"then"`
	Services []string `json:"services,omitempty"` // IDs or name globs; empty: all
	When
	Disabled bool `json:"disabled,omitempty"`
}

// When is the conditions of a rule. All that are set must hold; a condition on
// an unknown fact does not hold.
type When struct {
	Interface  facts.Interface `json:"interface,omitempty"`
	SSID       []string        `json:"ssid,omitempty"` // exact names or globs, any of them
	BSSID      []string        `json:"bssid,omitempty"`
	GatewayMAC []string        `json:"gatewayMAC,omitempty"`
	Subnet     []string        `json:"subnet,omitempty"` // CIDR that holds one of the machine's addresses or the gateway
	DNSDomain  []string        `json:"dnsDomain,omitempty"`
	DNSServer  []string        `json:"dnsServer,omitempty"`
	Time       string          `json:"time,omitempty"` // "08:00-18:00", local time; may wrap midnight
	Days       []string        `json:"days,omitempty"` // "mon" … "sun"
	Power      facts.Power     `json:"power,omitempty"`
}

// Group is a set of services of which at most one is up, in order of
// preference.
type Group struct {
	Name    string   `json:"name"`
	Members []vpn.ID `json:"members"`
}

// Probe checks that a tunnel that says connected carries traffic.
type Probe struct {
	Target   string        `json:"target"`             // host:port for TCP, or an http(s) URL
	Status   int           `json:"status,omitempty"`   // expected HTTP status; 0: any below 400
	Interval time.Duration `json:"interval,omitempty"` // 0: 60 s
}

// Stored is what must survive a relaunch. Deadlines are absolute.
type Stored struct {
	Holds map[vpn.ID]Hold `json:"holds,omitempty"`
	Pause Until           `json:"pause,omitzero"`
}

// Hold is a stored hold of one service.
type Hold struct {
	Until Until `json:"until"`
	Key   Key   `json:"key"` // "held.user", "held.foreign" …
}

// Event is something that happened. Handle accepts the types below only.
type Event interface{ event() }

type (
	// ConfigurationsLoaded carries the complete list of services, each once.
	ConfigurationsLoaded struct{ Configurations []vpn.Configuration }
	// StatusChanged carries the status of one service.
	StatusChanged struct {
		ID     vpn.ID
		Status vpn.Status
	}
	// CauseLearned answers the question why a service went down. Each
	// StatusChanged to Disconnected is followed by exactly one: with the cause; with a zero Cause, if the system
	// answered that there is none; or not Answered, if no answer came in time.
	// The policy concludes nothing before it.
	CauseLearned struct {
		ID       vpn.ID
		Cause    vpn.Cause
		Answered bool
	}
	// FactsChanged carries all facts. Sleep and wake, the user session and the
	// network arrive this way.
	FactsChanged struct{ Facts facts.Facts }
	// ConfigChanged carries changed settings.
	ConfigChanged struct{ Config Config }
	// UserConnect: the user asked for the service, here or in the CLI. The
	// policy returns the Start.
	UserConnect struct {
		ID      vpn.ID
		Options vpn.Options
	}
	// UserDisconnect: the user stopped or cancelled it here. Until says how
	// long it is held; zero means Forever. The policy returns the Stop.
	UserDisconnect struct {
		ID    vpn.ID
		Until Until
	}
	// UserHold holds a service without stopping it; a zero Until releases it.
	UserHold struct {
		ID    vpn.ID
		Until Until
	}
	// UserPause pauses everything; a zero Until resumes.
	UserPause struct{ Until Until }
	// ProbeDone answers a RunProbe; Err is empty on success.
	ProbeDone struct {
		ID  vpn.ID
		Err string
	}
	// ServerAnswered answers an AskServer; Err is empty if the server answered.
	// Never means that it can't be asked at all.
	ServerAnswered struct {
		ID    vpn.ID
		Err   string
		Never bool
	}
	// TrafficRead answers a ReadTraffic: the bytes of this session so far. Known
	// is false if the system has no counters.
	TrafficRead struct {
		ID      vpn.ID
		In, Out uint64
		Known   bool
	}
	// ClockJumped: the wall clock moved by Gap more than time has passed, because
	// the machine slept or the clock was set. Gap is negative when it was set back.
	ClockJumped struct{ Gap time.Duration }
	// Tick: the deadline was reached. Extra ticks are harmless.
	Tick struct{}
)

func (ConfigurationsLoaded) event() {}
func (StatusChanged) event()        {}
func (CauseLearned) event()         {}
func (FactsChanged) event()         {}
func (ConfigChanged) event()        {}
func (UserConnect) event()          {}
func (UserDisconnect) event()       {}
func (UserHold) event()             {}
func (UserPause) event()            {}
func (ProbeDone) event()            {}
func (ServerAnswered) event()       {}
func (TrafficRead) event()          {}
func (ClockJumped) event()          {}
func (Tick) event()                 {}

// Action is something the caller must do. All are asynchronous.
type Action interface{ action() }

type (
	// Start asks the system to connect. The policy returns it only while
	// the service's status is Disconnected, and never twice without a status
	// in between.
	Start struct {
		ID      vpn.ID
		Attempt int // from 1
		Options vpn.Options
		Reason  Reason
	}
	// Cancel takes back a Start while the status is still Disconnected. If the system
	// has it already, the policy returns a Stop once the status shows the attempt.
	Cancel struct {
		ID     vpn.ID
		Reason Reason
	}
	// Stop asks the system to disconnect. The policy returns it while the
	// service is Connecting, Connected or Reasserting; while Disconnected only
	// with the reason KeyStopOnDemand, to pause On Demand because the user asked.
	Stop struct {
		ID     vpn.ID
		Reason Reason
	}
	// RunProbe checks a tunnel; the answer, which always comes, is a ProbeDone.
	RunProbe struct {
		ID      vpn.ID
		Probe   Probe
		Timeout time.Duration
	}
	// AskServer asks the server of a service whether it is there, with one
	// datagram, or its host if the protocol is not one of IKE (docs/policy.md);
	// the answer is a ServerAnswered.
	AskServer struct {
		ID       vpn.ID
		Server   string
		Protocol vpn.Protocol
		Timeout  time.Duration
	}
	// ReadTraffic reads the traffic counters of a session; the answer is a
	// TrafficRead.
	ReadTraffic struct{ ID vpn.ID }
	// Verify asks for a fresh status of the service when a watchdog fires; the
	// answer is a StatusChanged.
	Verify struct{ ID vpn.ID }
	// Notify notifies the user. Kind is one of the Notice constants.
	Notify struct {
		ID     vpn.ID // zero if it is about all
		Kind   Notice
		Reason Reason
	}
	// Transition reports a decision: a service changed its state or reason. The caller logs it.
	Transition struct {
		ID       vpn.ID
		From, To State
		Reason   Reason
		Attempt  int
		Next     time.Time
	}
	// ViewChanged: the View of a service changed without a decision, such as
	// the end of the flap alarm.
	ViewChanged struct{ ID vpn.ID }
	// Store: Stored() changed and must be written.
	Store struct{}
)

func (Start) action()       {}
func (Cancel) action()      {}
func (Stop) action()        {}
func (RunProbe) action()    {}
func (AskServer) action()   {}
func (ReadTraffic) action() {}
func (Verify) action()      {}
func (Notify) action()      {}
func (Transition) action()  {}
func (ViewChanged) action() {}
func (Store) action()       {}

// Notice is a kind of notification; each can be switched off.
type Notice string

// The notices.
const (
	NoticeDropped     Notice = "dropped"
	NoticeReconnected Notice = "reconnected"
	NoticeGaveUp      Notice = "gave-up"
	NoticeNeedsUser   Notice = "needs-user"
	NoticeRule        Notice = "rule" // connected or disconnected by a rule
	NoticeHeld        Notice = "held" // stopped by someone else, now held
)

// Explanation is the answer to "why is it in this state?".
type Explanation struct {
	View     View            `json:"view"`
	Status   vpn.Status      `json:"status"`
	Blockers []BlockerResult `json:"blockers"` // all of them, in the order in which they count
	Rules    []RuleResult    `json:"rules"`
	ByHand   bool            `json:"byHand,omitempty"` // the user connected it on this network, which overrides the rules
	Group    string          `json:"group,omitempty"`
	Last     vpn.Cause       `json:"lastCause,omitzero"`
	Failures int             `json:"failures"`
	Facts    facts.Facts     `json:"facts"`
	Warnings []string        `json:"warnings,omitempty"`
}

// Echo is the last question to a server whether it is there, and its answer.
type Echo struct {
	Asked    time.Time `json:"asked,omitzero"`
	Answered time.Time `json:"answered,omitzero"` // zero if it has not answered in this outage
	Error    string    `json:"error,omitempty"`   // why the last question had no answer
}

// BlockerResult is whether one thing keeps a service from being started.
type BlockerResult struct {
	Name    string `json:"name"`              // such as "offline"
	Holds   bool   `json:"holds"`             //
	Decides bool   `json:"decides,omitempty"` // its answer is the state: the first that holds or, while the user waits for a connect, the first that stops that too
	Why     string `json:"why"`               // as text
}

// RuleResult is the evaluation of one rule for one service.
type RuleResult struct {
	Index   int      `json:"index"` // from 0, in the user's list of rules; negative if Trusted
	Name    string   `json:"name"`
	Then    Outcome  `json:"then"`
	Trusted bool     `json:"trusted,omitempty"` // the rule stands for a trusted network
	Matched bool     `json:"matched"`
	Why     []string `json:"why"`               // one line per condition, human-readable
	Unknown bool     `json:"unknown,omitempty"` // a fact it needs is unknown
}
