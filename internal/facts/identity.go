package facts

import (
	"net/netip"
	"strings"
)

// Network identifies a network by the facts known about it. Empty fields are
// unknown; the zero value means no network, or one about which nothing is
// known. Access points of one Wi-Fi name are one network.
type Network struct {
	Interface  Interface  `json:"interface,omitempty"`
	SSID       string     `json:"ssid,omitempty"`
	GatewayMAC string     `json:"gatewayMAC,omitempty"`
	Gateway    netip.Addr `json:"gateway,omitzero"`
}

// Network returns the identity of the current network; zero while offline.
func (f Facts) Network() Network {
	var n Network
	if f.Path.Known && f.Path.Value == Unsatisfied {
		return n
	}
	if f.Interface.Known {
		n.Interface = f.Interface.Value
	}
	if f.SSID.Known {
		n.SSID = f.SSID.Value
	}
	if f.GatewayMAC.Known {
		n.GatewayMAC = f.GatewayMAC.Value
	}
	if f.Gateway.Known {
		n.Gateway = f.Gateway.Value
	}
	return n
}

// IsZero reports whether nothing is known.
func (n Network) IsZero() bool { return n == Network{} }

// Same reports whether the facts known about both agree. When a network is
// joined its facts arrive one after another, and the Wi-Fi name may be
// withheld at times, so a missing fact does not make another network. The
// gateway's hardware address counts more than its IP address.
func (n Network) Same(m Network) bool {
	differ := func(a, b string) bool { return a != "" && b != "" && a != b }
	if differ(string(n.Interface), string(m.Interface)) || differ(n.SSID, m.SSID) {
		return false
	}
	if n.GatewayMAC != "" && m.GatewayMAC != "" {
		return n.GatewayMAC == m.GatewayMAC
	}
	return !n.Gateway.IsValid() || !m.Gateway.IsValid() || n.Gateway == m.Gateway
}

// Merge returns n with its unknown fields taken from m, which is the same
// network.
func (n Network) Merge(m Network) Network {
	if m.Interface != "" {
		n.Interface = m.Interface
	}
	if m.SSID != "" {
		n.SSID = m.SSID
	}
	if m.GatewayMAC != "" {
		n.GatewayMAC = m.GatewayMAC
	}
	if m.Gateway.IsValid() {
		n.Gateway = m.Gateway
	}
	return n
}

// String returns a human-readable description, such as "wifi, ssid Home,
// gateway 02:00:5e:10:00:01"; empty for the zero value.
func (n Network) String() string {
	var parts []string
	if n.Interface != "" {
		parts = append(parts, string(n.Interface))
	}
	if n.SSID != "" {
		parts = append(parts, "ssid "+n.SSID)
	}
	switch {
	case n.GatewayMAC != "":
		parts = append(parts, "gateway "+n.GatewayMAC)
	case n.Gateway.IsValid():
		parts = append(parts, "gateway "+n.Gateway.String())
	}
	return strings.Join(parts, ", ")
}
