package autoconnect

import (
	"net"
	"strings"

	"vpnstatus/internal/facts"
)

// network is what tells networks apart. Empty parts are not known.
type network struct {
	kind, ssid, mac, gateway string
}

func networkOf(f facts.Facts) network {
	var n network
	if f.Path.Known && f.Path.Value == facts.Unsatisfied {
		return n
	}
	if f.Interface.Known {
		n.kind = string(f.Interface.Value)
	}
	if f.SSID.Known {
		n.ssid = f.SSID.Value
	}
	if f.GatewayMAC.Known {
		n.mac = f.GatewayMAC.Value
	}
	if f.Gateway.Known && f.Gateway.Value.IsValid() {
		n.gateway = f.Gateway.Value.String()
	}
	return n
}

// parseNetwork reads a key made by facts.Facts.Network. A key of unknown form
// gives a network that differs from none.
func parseNetwork(key string) network {
	var n network
	if i := strings.LastIndex(key, "gateway "); i == 0 || i > 1 && key[i-2:i] == ", " {
		g := key[i+len("gateway "):]
		if hw, err := net.ParseMAC(g); err == nil && len(hw) == 6 {
			n.mac = g
		} else {
			n.gateway = g
		}
		key = strings.TrimSuffix(key[:i], ", ")
	}
	if strings.HasPrefix(key, "ssid ") {
		n.ssid = key[len("ssid "):]
		return n
	}
	kind, ssid, ok := strings.Cut(key, ", ssid ")
	n.kind = kind
	if ok {
		n.ssid = ssid
	}
	return n
}

func (n network) isZero() bool { return n == network{} }

// same reports whether nothing known of both networks differs. Facts arrive
// one after the other when a network is joined, and the Wi-Fi name may be
// withheld at times: less knowledge is not a change.
func (n network) same(m network) bool {
	differ := func(a, b string) bool { return a != "" && b != "" && a != b }
	if differ(n.kind, m.kind) || differ(n.ssid, m.ssid) {
		return false
	}
	if n.mac != "" && m.mac != "" {
		return n.mac == m.mac
	}
	return !differ(n.gateway, m.gateway)
}

// merge adds what is newly known about the same network.
func (n network) merge(m network) network {
	for _, p := range []struct{ to, from *string }{{&n.kind, &m.kind}, {&n.ssid, &m.ssid}, {&n.mac, &m.mac}, {&n.gateway, &m.gateway}} {
		if *p.from != "" {
			*p.to = *p.from
		}
	}
	return n
}
