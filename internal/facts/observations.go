package facts

import (
	"net/netip"
	"reflect"
	"time"
)

// Values of Network.framework's path status (docs/internals.md, section 9).
const (
	nwSatisfied   = 1
	nwUnsatisfied = 2
	nwSatisfiable = 3

	nwWiFi     = 1
	nwCellular = 2
	nwWired    = 3
)

// observations is what the observers of macOS reported last. The facts are
// derived from all of them together.
type observations struct {
	path     *observedPath
	network  *observedNetwork
	wifi     *observedWiFi
	right    Right
	provider string // of power, in the words of IOKit
}

// observedPath is what the path monitor reported.
type observedPath struct {
	status int
	kind   Interface // empty if the path uses no physical interface
}

// pathOver converts a path; uses reports whether the path uses an interface of
// a kind. A tunnel is of the kind "other".
func pathOver(status int, uses func(kind int) bool) *observedPath {
	p := &observedPath{status: status}
	for _, k := range []struct {
		kind int
		is   Interface
	}{{nwWired, Ethernet}, {nwWiFi, WiFi}, {nwCellular, Cellular}} {
		if uses(k.kind) {
			p.kind = k.is
			break
		}
	}
	return p
}

// observedNetwork is what the dynamic store and the routing table contain.
type observedNetwork struct {
	physical
	online     bool // there is a physical service
	wifiActive bool // a Wi-Fi interface is on a network
	wifiKnown  bool // wifiActive is known
}

// observedWiFi is what CoreWLAN reported.
type observedWiFi struct {
	on    bool   // there is a Wi-Fi interface, and it is switched on
	ssid  string // empty: not on a network, or not permitted
	bssid string
}

// readStore reads the store. The hardware address of the gateway comes from there,
// or from mac, or, since entries of the routing table expire, from before if nothing
// else has changed.
func readStore(s dynamicStore, mac func(name string, gateway netip.Addr) string, before *observedNetwork) *observedNetwork {
	n := &observedNetwork{}
	n.physical, n.online = s.physical()
	n.wifiActive, n.wifiKnown = s.wifiLink()
	if n.gateway.IsValid() && n.gatewayMAC == "" {
		n.gatewayMAC = mac(n.name, n.gateway)
	}
	if n.gatewayMAC == "" && before != nil && before.service == n.service && before.name == n.name &&
		before.gateway == n.gateway && reflect.DeepEqual(before.addresses, n.addresses) {
		n.gatewayMAC = before.gatewayMAC
	}
	return n
}

// unresolved reports whether the gateway is known and its hardware address is
// not, as in the first moment after joining a network.
func (n *observedNetwork) unresolved() bool {
	return n != nil && n.gateway.IsValid() && n.gatewayMAC == ""
}

// setFact sets a fact. If its value stays the same it keeps its time.
func setFact[T any](f *Fact[T], v T, now time.Time) {
	if !f.Known || !reflect.DeepEqual(f.Value, v) {
		*f = Known(v, now)
	}
}

// apply sets the facts that follow from the observations.
func (s *observations) apply(f *Facts, now time.Time) {
	s.applyPath(f, now)
	s.applyNetwork(f, now)
	s.applyWiFi(f, now)
	f.LocationRight = s.right
	switch s.provider {
	case "AC Power":
		setFact(&f.Power, AC, now)
	case "Battery Power", "UPS Power":
		setFact(&f.Power, Battery, now)
	default:
		f.Power = Fact[Power]{}
	}
}

func (s *observations) applyPath(f *Facts, now time.Time) {
	if s.path == nil {
		return
	}
	switch s.path.status {
	case nwSatisfied, nwSatisfiable:
		setFact(&f.Path, Satisfied, now)
	case nwUnsatisfied:
		setFact(&f.Path, Unsatisfied, now)
	default:
		f.Path = Fact[Path]{}
	}
}

// applyNetwork sets the facts about the physical interface. A tunnel hides the
// interface below it from the path monitor but not from the store; without a
// store the previous interface is kept.
func (s *observations) applyNetwork(f *Facts, now time.Time) {
	n := s.network
	if n == nil {
		switch {
		case s.path == nil:
		case s.path.status == nwUnsatisfied:
			f.Interface = Fact[Interface]{}
		case s.path.kind != "":
			setFact(&f.Interface, s.path.kind, now)
		}
		return
	}
	setFact(&f.Interface, n.kind, now)
	setFact(&f.Gateway, n.gateway, now)
	setFact(&f.Addresses, n.addresses, now)
	setFact(&f.DNSDomains, n.domains, now)
	setFact(&f.DNSServers, n.servers, now)
	if n.unresolved() {
		f.GatewayMAC = Fact[string]{}
	} else {
		setFact(&f.GatewayMAC, n.gatewayMAC, now)
	}
}

// applyWiFi sets the name of the Wi-Fi if the default route goes over it. An empty
// name means that there is no Wi-Fi only if the app may read names.
func (s *observations) applyWiFi(f *Facts, now time.Time) {
	var ssid, bssid string
	known := false
	switch n, w := s.network, s.wifi; {
	case n != nil && n.online && n.kind != WiFi, n != nil && n.wifiKnown && !n.wifiActive:
		known = true
	case w == nil:
	case !w.on:
		known = true
	case w.ssid != "":
		ssid, bssid, known = w.ssid, knownMAC(w.bssid), true
	default:
		known = s.right == RightGranted || s.right == RightNotNecessary
	}
	if !known {
		f.SSID, f.BSSID = Fact[string]{}, Fact[string]{}
		return
	}
	setFact(&f.SSID, ssid, now)
	if ssid != "" && bssid == "" {
		f.BSSID = Fact[string]{}
	} else {
		setFact(&f.BSSID, bssid, now)
	}
}

// firstRightMajor is the first version of macOS that withholds the Wi-Fi name
// from apps without the Location right.
const firstRightMajor = 14

// rightOf converts an authorization status of CoreLocation. major is the version of
// macOS, 0 if unknown.
func rightOf(status, major int) Right {
	if major > 0 && major < firstRightMajor {
		return RightNotNecessary
	}
	switch status {
	case 0:
		return RightNotAsked
	case 1, 2:
		return RightDenied
	case 3, 4:
		return RightGranted
	}
	return RightUnknown
}

// LocationAsker is implemented by a Source that can have the system ask the user
// for the right to read the Wi-Fi name.
type LocationAsker interface {
	// RequestLocation makes the system ask the user and reports whether it will.
	// The system asks only once: the result is false if the user has decided
	// already, so that only System Settings can change the right, or if the system
	// can't ask. It may be called from any goroutine and does not wait for the
	// answer, which arrives as LocationRight.
	RequestLocation() bool
}
