// Package facts provides what VPNStatus knows about the machine's
// surroundings: network path, Wi-Fi, gateway, sleep and wake, user session and
// power.
//
// Every fact has three states: known, known to be absent (an empty value), and
// unknown. "Unknown" is separate because macOS withholds the Wi-Fi name from
// apps without the Location right, and the policy must not guess.
package facts

import (
	"net/netip"
	"time"
)

// Fact is one value together with whether and when it was learned.
type Fact[T any] struct {
	Value T         `json:"value"`
	Known bool      `json:"known"`
	At    time.Time `json:"at,omitzero"` // when it was learned
}

// Known returns a fact learned at the given time.
func Known[T any](v T, at time.Time) Fact[T] { return Fact[T]{Value: v, Known: true, At: at} }

// Path is whether the network can be used.
type Path string

// States of the network path. A path that is Satisfiable (an on-demand link)
// counts as Satisfied.
const (
	Satisfied   Path = "satisfied"
	Unsatisfied Path = "unsatisfied"
)

// Interface is the kind of the physical interface that carries the default
// route (below any VPN).
type Interface string

// Kinds of interfaces.
const (
	WiFi     Interface = "wifi"
	Ethernet Interface = "ethernet"
	Cellular Interface = "cellular"
	OtherInt Interface = "other"
)

// Power is what the machine runs on.
type Power string

// Power sources.
const (
	AC      Power = "ac"
	Battery Power = "battery"
)

// Facts is one consistent set of facts. It is a value: copy it freely, don't
// change its slices.
type Facts struct {
	Path          Fact[Path]           `json:"path"`
	Interface     Fact[Interface]      `json:"interface"`
	SSID          Fact[string]         `json:"ssid"`       // known and empty: not on Wi-Fi
	BSSID         Fact[string]         `json:"bssid"`      // lower case, colons
	Gateway       Fact[netip.Addr]     `json:"gateway"`    // of the physical interface
	GatewayMAC    Fact[string]         `json:"gatewayMAC"` // lower case, colons
	Addresses     Fact[[]netip.Prefix] `json:"addresses"`  // of the physical interface
	DNSDomains    Fact[[]string]       `json:"dnsDomains"`
	DNSServers    Fact[[]string]       `json:"dnsServers"`
	Power         Fact[Power]          `json:"power"`
	Asleep        bool                 `json:"asleep"`          // between will-sleep and did-wake
	WokeAt        time.Time            `json:"wokeAt,omitzero"` // last wake
	SessionActive Fact[bool]           `json:"sessionActive"`   // false: another user has the screen
	LocationRight Right                `json:"locationRight"`   // whether the Wi-Fi name may be read
}

// Right is a permission as the system reports it.
type Right string

// States of a permission.
const (
	RightUnknown      Right = ""
	RightNotAsked     Right = "not-asked"
	RightDenied       Right = "denied"
	RightGranted      Right = "granted"
	RightNotNecessary Right = "not-necessary"
)

// Source supplies facts. Its methods may be called from any goroutine.
type Source interface {
	// Current returns what is known now.
	Current() Facts
	// Changed receives a value when Current may differ. It is never closed;
	// bursts are folded into one.
	Changed() <-chan struct{}
	// Close ends the subscription.
	Close() error
}
