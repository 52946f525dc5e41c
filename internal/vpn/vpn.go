// Package vpn is the domain of VPNStatus: services, their status, what is known
// about a connection, and the two interfaces that a platform implements.
//
// It depends on no platform, policy or screen. Everything is keyed by [ID],
// never by name or position: names repeat, and lists change while a menu is
// open.
package vpn

import (
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/google/uuid"
)

// ID is the identifier of a VPN configuration: the UUID that macOS gave it.
type ID = uuid.UUID

// Status is the state of a session in Apple's numbers, which are the same in
// the public NEVPNStatus and the private ne_session API (docs/internals.md,
// section 2). A number outside the known range is kept and printed, never
// treated as one of the known states.
type Status int

// The states of a session.
const (
	Invalid       Status = iota // no such configuration, or not known yet
	Disconnected                // down; the only state in which a start acts
	Connecting                  // a start is under way
	Connected                   // up
	Reasserting                 // up, but the network below changed and it is being re-established
	Disconnecting               // a stop is under way
)

var statusNames = [...]string{"Invalid", "Disconnected", "Connecting", "Connected", "Reasserting", "Disconnecting"}

// String returns the word that vpnutil and scutil use for the status.
func (s Status) String() string {
	if s < 0 || int(s) >= len(statusNames) {
		return fmt.Sprintf("Unknown (%d)", int(s))
	}
	return statusNames[s]
}

// ParseStatus is the inverse of [Status.String]; letter case does not matter.
func ParseStatus(word string) (Status, error) {
	for i, n := range statusNames {
		if strings.EqualFold(n, word) {
			return Status(i), nil
		}
	}
	return Invalid, fmt.Errorf("unknown VPN status %q: want one of %s", word, strings.Join(statusNames[:], ", "))
}

// MarshalText writes the status as its word.
func (s Status) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads a status from its word; a word of a later version
// becomes Invalid.
func (s *Status) UnmarshalText(text []byte) error {
	v, err := ParseStatus(string(text))
	if err != nil && !strings.HasPrefix(string(text), "Unknown (") {
		return err
	}
	*s = v
	return nil
}

// InTransition reports whether the session is neither up nor down.
func (s Status) InTransition() bool {
	return s == Connecting || s == Reasserting || s == Disconnecting
}

// Up reports whether a tunnel exists: connected, or re-establishing itself.
func (s Status) Up() bool { return s == Connected || s == Reasserting }

// Protocol names what a service speaks: one of the constants, or for a
// third-party service the name of its provider.
type Protocol string

// The protocols that macOS itself speaks.
const (
	IKEv2 Protocol = "IKEv2"
	IPSec Protocol = "IPSec" // Cisco IPSec, IKEv1
	L2TP  Protocol = "L2TP"
	PPTP  Protocol = "PPTP" // listed by old systems, no longer works
)

// Configuration is a VPN service as the system's settings describe it.
type Configuration struct {
	ID                 ID       `json:"id"`
	Name               string   `json:"name"`               // may be empty, repeated or very long; always valid UTF-8
	Protocol           Protocol `json:"protocol"`           // see Protocol
	Server             string   `json:"server,omitempty"`   // host name or address; third parties may put a placeholder here
	App                string   `json:"app,omitempty"`      // name of the app that owns it; empty for System Settings' own
	BundleID           string   `json:"bundleID,omitempty"` // bundle identifier of that app
	Enabled            bool     `json:"enabled"`            // false: the system refuses to start it
	OnDemand           bool     `json:"onDemand"`           // the system itself brings it up
	IncludeAllNetworks bool     `json:"includeAllNetworks"` // all traffic is forced through it
	Managed            bool     `json:"managed"`            // installed by a profile or MDM
}

// DisplayName returns the name to show: the configuration's own, or for one
// without a name a placeholder that tells several of them apart.
func (c Configuration) DisplayName() string {
	if strings.TrimSpace(c.Name) == "" {
		return fmt.Sprintf("Unnamed VPN (%.8s)", c.ID)
	}
	return c.Name
}

// Info is what the system reports about a session besides its status. Every
// field is optional: the zero value means that it was not reported.
type Info struct {
	Since      time.Time      `json:"since,omitzero"`       // connected since, wall clock
	Remote     string         `json:"remote,omitempty"`     // address of the server
	Addresses  []netip.Addr   `json:"addresses,omitempty"`  // own addresses in the tunnel
	Interface  string         `json:"interface,omitempty"`  // such as utun4, ipsec0, ppp0
	Primary    bool           `json:"primary,omitempty"`    // the default route goes through the tunnel
	DNSServers []string       `json:"dnsServers,omitempty"` // resolvers that the tunnel brings
	DNSDomain  string         `json:"dnsDomain,omitempty"`  // domain that the tunnel brings
	Cause      Cause          `json:"cause,omitzero"`       // why it last went down
	Details    map[string]any `json:"details,omitempty"`    // the whole dictionary as the system gave it, secrets left out
}

// Statistics are the counters of a tunnel since its interface came up. "In" is
// what this machine received. L2TP counters may wrap at 4 GiB.
type Statistics struct {
	BytesIn    uint64 `json:"bytesIn"`
	BytesOut   uint64 `json:"bytesOut"`
	PacketsIn  uint64 `json:"packetsIn"`
	PacketsOut uint64 `json:"packetsOut"`
	ErrorsIn   uint64 `json:"errorsIn"`
	ErrorsOut  uint64 `json:"errorsOut"`
}
