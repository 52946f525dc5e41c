package facts

import (
	"net/netip"
	"reflect"
	"time"
)

// What Network.framework says of a path (docs/internals.md, section 9).
const (
	nwSatisfied   = 1
	nwUnsatisfied = 2
	nwSatisfiable = 3

	nwWiFi     = 1
	nwCellular = 2
	nwWired    = 3
)

// sightings is what the observers of macOS saw last. The facts follow from all
// of it together: no single part of the system tells them.
type sightings struct {
	path     *seenPath
	network  *seenNetwork
	wifi     *seenWiFi
	right    Right
	provider string // of power, in the words of IOKit
}

// seenPath is what the path monitor told.
type seenPath struct {
	status int
	kind   Interface // empty: it goes over none of the kinds that are physical
}

// pathOver reads a path; uses reports whether it goes over an interface of a
// kind. A tunnel is of the kind "other".
func pathOver(status int, uses func(kind int) bool) *seenPath {
	p := &seenPath{status: status}
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

// seenNetwork is what the dynamic store and the routing table told.
type seenNetwork struct {
	physical
	online     bool // there is a physical service
	wifiActive bool // a Wi-Fi interface is on a network
	wifiTold   bool // wifiActive is known
}

// seenWiFi is what CoreWLAN told.
type seenWiFi struct {
	present bool   // there is a Wi-Fi interface
	on      bool   // it is switched on
	ssid    string // empty: not on a network, or not permitted
	bssid   string
}

// see reads the store. The hardware address of the gateway comes from there, or
// from mac, or, as entries of the routing table expire, from the time before if
// nothing else has changed.
func see(s dynamicStore, mac func(name string, gateway netip.Addr) string, before *seenNetwork) *seenNetwork {
	n := &seenNetwork{}
	n.physical, n.online = s.physical()
	n.wifiActive, n.wifiTold = s.wifiLink()
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
func (n *seenNetwork) unresolved() bool { return n != nil && n.gateway.IsValid() && n.gatewayMAC == "" }

// learn sets a fact. One that stays the same keeps its time.
func learn[T any](f *Fact[T], v T, now time.Time) {
	if !f.Known || !reflect.DeepEqual(f.Value, v) {
		*f = Known(v, now)
	}
}

// put sets the facts to what follows from the sightings.
func (s *sightings) put(f *Facts, now time.Time) {
	s.putPath(f, now)
	s.putNetwork(f, now)
	s.putWiFi(f, now)
	f.LocationRight = s.right
	switch s.provider {
	case "AC Power":
		learn(&f.Power, AC, now)
	case "Battery Power", "UPS Power":
		learn(&f.Power, Battery, now)
	default:
		f.Power = Fact[Power]{}
	}
}

func (s *sightings) putPath(f *Facts, now time.Time) {
	if s.path == nil {
		return
	}
	switch s.path.status {
	case nwSatisfied, nwSatisfiable:
		learn(&f.Path, Satisfied, now)
	case nwUnsatisfied:
		learn(&f.Path, Unsatisfied, now)
	default:
		f.Path = Fact[Path]{}
	}
}

// putNetwork sets what is known of the physical interface. A tunnel hides the
// interface below it from the path monitor, not from the store; without a store
// the interface is still the one known before.
func (s *sightings) putNetwork(f *Facts, now time.Time) {
	n := s.network
	if n == nil {
		switch {
		case s.path == nil:
		case s.path.status == nwUnsatisfied:
			f.Interface = Fact[Interface]{}
		case s.path.kind != "":
			learn(&f.Interface, s.path.kind, now)
		}
		return
	}
	learn(&f.Interface, n.kind, now)
	learn(&f.Gateway, n.gateway, now)
	learn(&f.Addresses, n.addresses, now)
	learn(&f.DNSDomains, n.domains, now)
	learn(&f.DNSServers, n.servers, now)
	if n.unresolved() {
		f.GatewayMAC = Fact[string]{}
	} else {
		learn(&f.GatewayMAC, n.gatewayMAC, now)
	}
}

// putWiFi sets the name of the Wi-Fi if the default route goes over it. An empty
// name means that there is none only if the app may read names.
func (s *sightings) putWiFi(f *Facts, now time.Time) {
	var ssid, bssid string
	known := false
	switch n, w := s.network, s.wifi; {
	case n != nil && n.online && n.kind != WiFi, n != nil && n.wifiTold && !n.wifiActive:
		known = true
	case w == nil:
	case !w.present || !w.on:
		known = true
	case w.ssid != "":
		ssid, bssid, known = w.ssid, FormatMAC(w.bssid), true
	default:
		known = s.right == RightGranted || s.right == RightNotNecessary
	}
	if !known {
		f.SSID, f.BSSID = Fact[string]{}, Fact[string]{}
		return
	}
	learn(&f.SSID, ssid, now)
	if ssid != "" && bssid == "" {
		f.BSSID = Fact[string]{}
	} else {
		learn(&f.BSSID, bssid, now)
	}
}

// firstRightMajor is the macOS that withholds the Wi-Fi name from apps without
// the Location right.
const firstRightMajor = 14

// rightOf reads an authorisation status of CoreLocation; major is the version of
// macOS, 0 when not known.
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

// LocationAsker is implemented by a Source that can have the system ask the
// person for the right to read the Wi-Fi name.
type LocationAsker interface {
	// RequestLocation has the system ask, which it does once, and reports
	// whether it does: false when the person has decided already, so that only
	// System Settings can change it, or when the system can't ask. It may be
	// called from any goroutine and doesn't wait for the answer, which comes as
	// LocationRight.
	RequestLocation() bool
}
