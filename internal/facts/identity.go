package facts

import (
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
)

// Network identifies a network by the facts known about it. Empty fields are
// unknown; the zero value means no network, or one about which nothing is
// known. Access points of one Wi-Fi name are one network.
type Network struct {
	Interface  Interface
	SSID       string
	GatewayMAC string
	Gateway    netip.Addr
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

// MarshalText writes the identity so that UnmarshalText reads the same back,
// whatever the Wi-Fi is called: interface=wifi ssid="Home" mac=… gateway=….
// The name is quoted as in Go.
func (n Network) MarshalText() ([]byte, error) {
	var parts []string
	if n.Interface != "" {
		parts = append(parts, "interface="+string(n.Interface))
	}
	if n.SSID != "" {
		parts = append(parts, "ssid="+strconv.Quote(n.SSID))
	}
	if n.GatewayMAC != "" {
		parts = append(parts, "mac="+n.GatewayMAC)
	}
	if n.Gateway.IsValid() {
		parts = append(parts, "gateway="+n.Gateway.String())
	}
	return []byte(strings.Join(parts, " ")), nil
}

// UnmarshalText reads what MarshalText wrote, and what earlier versions stored:
// the text of String.
func (n *Network) UnmarshalText(text []byte) error {
	rest := string(text)
	if first, _, _ := strings.Cut(rest, " "); rest != "" && !strings.Contains(first, "=") {
		*n = parseDescription(rest)
		return nil
	}
	*n = Network{}
	for rest != "" {
		key, value, _ := strings.Cut(rest, "=")
		if key == "ssid" {
			quoted, err := strconv.QuotedPrefix(value)
			if err != nil {
				return fmt.Errorf("network %q: the ssid is not quoted", text)
			}
			n.SSID, _ = strconv.Unquote(quoted)
			rest = strings.TrimPrefix(value[len(quoted):], " ")
			continue
		}
		value, rest, _ = strings.Cut(value, " ")
		switch key {
		case "interface":
			n.Interface = Interface(value)
		case "mac":
			n.GatewayMAC = value
		case "gateway":
			a, err := netip.ParseAddr(value)
			if err != nil {
				return fmt.Errorf("network %q: %w", text, err)
			}
			n.Gateway = a
		default:
			return fmt.Errorf("network %q: unknown part %q", text, key)
		}
	}
	return nil
}

// parseDescription parses the text of String as far as it is unambiguous.
func parseDescription(text string) Network {
	var n Network
	if i := strings.LastIndex(text, "gateway "); i == 0 || i > 1 && text[i-2:i] == ", " {
		g := text[i+len("gateway "):]
		if a, err := netip.ParseAddr(g); err == nil && !strings.Contains(g, " ") {
			n.Gateway = a
		} else if _, err := net.ParseMAC(g); err == nil {
			n.GatewayMAC = g
		}
		if n.Gateway.IsValid() || n.GatewayMAC != "" { // otherwise it is part of the name
			text = strings.TrimSuffix(text[:i], ", ")
		}
	}
	if name, ok := strings.CutPrefix(text, "ssid "); ok {
		n.SSID = name
		return n
	}
	kind, name, _ := strings.Cut(text, ", ssid ")
	if !strings.Contains(kind, " ") { // otherwise it is none, and MarshalText could not write it
		n.Interface = Interface(kind)
	}
	n.SSID = name
	return n
}
