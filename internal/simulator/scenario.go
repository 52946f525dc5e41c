package simulator

import (
	"net/netip"
	"time"

	"vpnstatus/internal/facts"
	"vpnstatus/internal/vpn"
)

// Scenario is what a simulation is made of. Its JSON form is described in
// docs/scenario.md; in Go the zero value of a field means its default.
type Scenario struct {
	Name        string      `json:"name"`
	Description string      `json:"description"`
	Seed        uint64      `json:"seed"`
	Load        Range       `json:"load"`     // how long the first loading of the list takes
	Join        Range       `json:"join"`     // how long joining a Wi-Fi takes; offline meanwhile
	Wake        Range       `json:"wake"`     // from wake until the network is back
	Network     string      `json:"network"`  // name of the network at the start, or Offline; default: the first
	Power       facts.Power `json:"power"`    // at the start; default: AC
	Location    facts.Right `json:"location"` // at the start; default: granted
	Networks    []Network   `json:"networks"` // default: one wired network named "Network"
	Services    []Service   `json:"services"`
	Timeline    []Step      `json:"timeline"`
}

// Offline as the name of a network means none.
const Offline = "offline"

// Service is one VPN service and how it behaves. Ranges are drawn evenly.
type Service struct {
	ID                 vpn.ID       `json:"id"` // default: made from the name
	Name               string       `json:"name"`
	Protocol           vpn.Protocol `json:"protocol"` // IKEv2, IPSec, L2TP, or the name of a third-party provider
	Server             string       `json:"server"`
	App                string       `json:"app"`
	BundleID           string       `json:"bundleID"`
	Disabled           bool         `json:"disabled"`
	OnDemand           bool         `json:"onDemand"`
	AutoConnect        bool         `json:"autoConnect"` // suggested to a user who has no settings yet
	IncludeAllNetworks bool         `json:"includeAllNetworks"`
	Managed            bool         `json:"managed"`
	Group              string       `json:"group"`       // of the services of a group at most one is up: a new one supersedes the others
	StopRefused        bool         `json:"stopRefused"` // as for a VPN that a profile forbids to stop

	Status          vpn.Status  `json:"status"` // at the start: Disconnected (default) or Connected
	Credentials     Credentials `json:"credentials"`
	ProviderMissing bool        `json:"providerMissing"` // the app of a third-party service is gone
	Prompt          *Prompt     `json:"prompt"`          // it asks the user at each start

	Connect       Range `json:"connect"`       // from start to connected or to a failure
	GiveUp        Range `json:"giveUp"`        // how long a server that does not answer is tried
	Disconnect    Range `json:"disconnect"`    // from stop to disconnected
	Reassert      Range `json:"reassert"`      // from the network's return to connected
	ReassertLimit Range `json:"reassertLimit"` // how long it tries to re-establish
	Notice        Range `json:"notice"`        // until a tunnel notices that its server is gone

	OnNetworkChange NetworkChange     `json:"onNetworkChange"`
	OnSleep         SleepAction       `json:"onSleep"`
	Oversleep       Range             `json:"oversleep"` // a sleep that long ends it
	Fails           map[Cause]float64 `json:"fails"`     // odds from 0 to 1 that a start ends with the cause
	DropEvery       Range             `json:"dropEvery"` // connected time until it drops; zero if never
	DropCause       Cause             `json:"dropCause"`
	OnDemandPause   Range             `json:"onDemandPause"` // how long a manual stop pauses On Demand
	Traffic         *Traffic          `json:"traffic"`       // default: some, in both directions
	Counters        Counters          `json:"counters"`
	Echo            Echo              `json:"echo"`
	Probe           string            `json:"probe"` // host:port or URL that is reachable only through this tunnel
}

// Prompt is how the user reacts when asked for a password or a code.
type Prompt struct {
	Takes      Range   `json:"takes"`      // time to answer or cancel
	Cancelled  float64 `json:"cancelled"`  // odds from 0 to 1 that it is cancelled
	Unanswered float64 `json:"unanswered"` // odds from 0 to 1 that nobody reacts until the system gives up
}

// Traffic is what programs do with a tunnel, in bytes per second. Nothing comes in
// through a dead tunnel or while the server does not answer, but programs go on
// sending.
type Traffic struct {
	In       float64 `json:"in"`
	Out      float64 `json:"out"`
	Busy     Range   `json:"busy"`     // how long it flows
	Quiet    Range   `json:"quiet"`    // how long it then pauses; zero if never
	QuietOut float64 `json:"quietOut"` // what is sent meanwhile, and never answered
}

// Counters is what the system reports of the traffic.
type Counters string

// Values of Counters; CountersOK is the default.
const (
	CountersOK      Counters = "ok"
	CountersMissing Counters = "missing" // no counters at all
	CountersZero    Counters = "zero"    // they never grow
	CountersReset   Counters = "reset"   // they begin again at each full MiB
)

// Echo is whether a server, or its host, answers the question whether it is there
// (docs/ike.md).
type Echo string

// Values of Echo. The default is EchoAnswers: the server, or for protocols
// without such a question its host, answers; of an outage it is EchoSilent.
const (
	EchoAnswers Echo = "answers"
	EchoSilent  Echo = "silent"
)

// Credentials is whether the server accepts the credentials in the keychain.
type Credentials string

// Values of Credentials.
const (
	CredentialsOK       Credentials = "ok"
	CredentialsRejected Credentials = "rejected"
)

// NetworkChange is what a tunnel does when the network below it changes.
type NetworkChange string

// Values of NetworkChange. The default is Follow for IKEv2 and third-party
// services, Drop for L2TP and Cisco IPSec.
const (
	Follow NetworkChange = "follow" // it reasserts
	Drop   NetworkChange = "drop"
)

// SleepAction is what a tunnel does when the machine sleeps.
type SleepAction string

// Values of SleepAction; Keep is the default.
const (
	Keep       SleepAction = "keep"
	Disconnect SleepAction = "disconnect"
)

// Network is a network the machine can be on.
type Network struct {
	Name       string          `json:"name"`
	Interface  facts.Interface `json:"interface"` // default: wifi
	SSID       string          `json:"ssid"`      // default on Wi-Fi: the name
	BSSID      string          `json:"bssid"`
	Gateway    netip.Addr      `json:"gateway"`
	GatewayMAC string          `json:"gatewayMAC"`
	Addresses  []netip.Prefix  `json:"addresses"`
	DNSDomains []string        `json:"dnsDomains"`
	DNSServers []string        `json:"dnsServers"`
}

// Step is one entry of the timeline.
type Step struct {
	At       time.Duration `json:"at"`       // since the start
	Do       Effect        `json:"do"`       //
	Services []string      `json:"services"` // names or IDs; "*" means all
	Network  string        `json:"network"`
	For      Range         `json:"for"`     // how long it lasts; zero if it stays
	Every    Range         `json:"every"`   // repeated after this time; zero if once
	Times    int           `json:"times"`   // maximum number of times; zero if unlimited
	To       string        `json:"to"`      // the new value, of Power, Location, Credentials, Provider
	Cause    Cause         `json:"cause"`   // of Drop; default: server-terminated
	Message  string        `json:"message"` // of Drop: the system's own words
	Name     string        `json:"name"`    // of Rename
	Server   string        `json:"server"`  // of Edit
	Service  *Service      `json:"service"` // of Add
	Echo     Echo          `json:"echo"`    // of Outage: the server answers a question, though no start
}

// Effect is what a step does.
type Effect string

// The effects. Those with For undo themselves after that time.
const (
	DoNetwork     Effect = "network"     // the machine moves to Network
	DoOffline     Effect = "offline"     // no network; For: then back
	DoSleep       Effect = "sleep"       // For: then wakes
	DoSwitchUser  Effect = "switch-user" // another user takes the screen; For: then back
	DoPower       Effect = "power"       // To: ac, battery
	DoLocation    Effect = "location"    // To: granted, denied, not-asked
	DoOutage      Effect = "outage"      // the servers of Services stop answering; For, Echo
	DoDrop        Effect = "drop"        // Cause, Message
	DoDead        Effect = "dead"        // connected without traffic, until restarted or For
	DoReassert    Effect = "reassert"    // re-established for the time For
	DoCredentials Effect = "credentials" // To: ok, rejected
	DoProvider    Effect = "provider"    // To: missing, installed
	DoAdd         Effect = "add"         // a configuration: Service
	DoRemove      Effect = "remove"      //
	DoRename      Effect = "rename"      // Name
	DoEdit        Effect = "edit"        // Server
	DoEnable      Effect = "enable"      //
	DoDisable     Effect = "disable"     //
	DoCrash       Effect = "crash"       // the daemon; For: until it returns
	DoStart       Effect = "start"       // another program starts Services
	DoStop        Effect = "stop"        // another program stops Services
)

// Range is a span of durations from which one is drawn. In JSON it is one
// duration or a list of two.
type Range struct{ Min, Max time.Duration }

// Exactly is the range of one duration.
func Exactly(d time.Duration) Range { return Range{d, d} }

// Between is the range from shortest to longest.
func Between(shortest, longest time.Duration) Range { return Range{shortest, longest} }

// IsZero reports whether the range is not set.
func (r Range) IsZero() bool { return r == Range{} }

func (r Range) or(d Range) Range {
	if r.IsZero() {
		return d
	}
	return r
}
