package facts

import (
	"cmp"
	"encoding/binary"
	"math/bits"
	"net"
	"net/netip"
	"slices"
	"strings"
)

// dynamicStore is what the system's dynamic store contains about networks: the
// dictionaries by key (docs/internals.md, section 9). Dictionaries are
// map[string]any, lists []any. Any value may be missing or of an unexpected
// type.
type dynamicStore map[string]any

// physical is the network service below any VPN: the one that carries the
// default route, or would do so without the VPN.
type physical struct {
	service    string // its identifier in the store
	name       string // of its interface, such as "en0"
	kind       Interface
	gateway    netip.Addr // not valid if there is none
	gatewayMAC string     // as far as the store knows it
	addresses  []netip.Prefix
	domains    []string
	servers    []string
}

// dictionary returns the dictionary under a key, nil when there is none.
func (s dynamicStore) dictionary(key string) map[string]any {
	d, _ := s[key].(map[string]any)
	return d
}

// services returns the identifiers of all services that have an address, sorted.
func (s dynamicStore) services() []string {
	var out []string
	for key := range s {
		rest, ok := strings.CutPrefix(key, "State:/Network/Service/")
		id, entity, _ := strings.Cut(rest, "/")
		if ok && id != "" && (entity == "IPv4" || entity == "IPv6") {
			out = append(out, id)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// physical returns the physical service in use; found is false when the machine
// has no address on a physical interface.
//
// The primary service is the tunnel when a VPN takes the default route. Then the
// physical one is that with a router that comes first in the user's order.
func (s dynamicStore) physical() (best physical, found bool) {
	primary := []string{
		text(s.dictionary("State:/Network/Global/IPv4")["PrimaryService"]),
		text(s.dictionary("State:/Network/Global/IPv6")["PrimaryService"]),
	}
	order := texts(s.dictionary("Setup:/Network/Global/IPv4")["ServiceOrder"])
	// Smaller is better; the parts count in this order.
	rank := func(p physical) []int {
		place := func(list []string) int {
			if i := slices.Index(list, p.service); i >= 0 {
				return i
			}
			return len(list)
		}
		no := func(is bool) int {
			if is {
				return 0
			}
			return 1
		}
		return []int{
			place(primary),
			no(p.gateway.IsValid()),
			no(slices.ContainsFunc(p.addresses, func(a netip.Prefix) bool { return !a.Addr().IsLinkLocalUnicast() })),
			place(order),
		}
	}
	for _, id := range s.services() {
		p, ok := s.service(id)
		if !ok {
			continue
		}
		if !found || slices.Compare(rank(p), rank(best)) < 0 {
			best, found = p, true
		}
	}
	return best, found
}

// service returns a service if it is a physical one with an address.
func (s dynamicStore) service(id string) (p physical, ok bool) {
	v4 := s.dictionary("State:/Network/Service/" + id + "/IPv4")
	v6 := s.dictionary("State:/Network/Service/" + id + "/IPv6")
	p.service = id
	p.name = cmp.Or(text(v4["InterfaceName"]), text(v6["InterfaceName"]))
	if p.kind, ok = s.kind(id, p.name); !ok {
		return physical{}, false
	}
	p.addresses = append(prefixes4(v4), prefixes6(v6)...)
	if len(p.addresses) == 0 {
		return physical{}, false
	}
	p.gateway = address(text(v4["Router"]))
	if p.gateway.IsValid() {
		if address(text(v4["ARPResolvedIPAddress"])) == p.gateway {
			p.gatewayMAC = knownMAC(text(v4["ARPResolvedHardwareAddress"]))
		}
	} else {
		p.gateway = address(text(v6["Router"]))
	}
	reported, set := s.dictionary("State:/Network/Service/"+id+"/DNS"), s.dictionary("Setup:/Network/Service/"+id+"/DNS")
	for _, d := range []map[string]any{set, reported} { // the user's own settings come before those that the network reported
		for _, name := range append(texts(d["SearchDomains"]), text(d["DomainName"])) {
			name = strings.ToLower(strings.TrimSuffix(name, "."))
			if name != "" && !slices.Contains(p.domains, name) {
				p.domains = append(p.domains, name)
			}
		}
		if len(p.servers) == 0 {
			p.servers = texts(d["ServerAddresses"])
		}
	}
	return p, true
}

// kind returns the kind of an interface; false for tunnels and others that are not
// physical.
func (s dynamicStore) kind(service, name string) (kind Interface, physical bool) {
	setup := s.dictionary("Setup:/Network/Service/" + service + "/Interface")
	hardware := text(setup["Hardware"])
	if numbered(name, "ppp") {
		// Most such interfaces are VPNs; PPP over Ethernet and modems are not.
		switch text(setup["SubType"]) {
		case "PPPoE":
			if kind, ok := s.kind("", text(setup["DeviceName"])); ok {
				return kind, true
			}
			return Ethernet, true
		case "PPPSerial":
			return OtherInt, true
		}
		return "", false
	}
	_, wifi := s["State:/Network/Interface/"+name+"/AirPort"]
	switch {
	case numbered(name, "en") && (wifi || hardware == "AirPort"):
		return WiFi, true
	case hardware == "WWAN" || numbered(name, "pdp_ip"):
		return Cellular, true
	case numbered(name, "en"), numbered(name, "bond"), numbered(name, "vlan"), numbered(name, "bridge"), numbered(name, "fw"):
		return Ethernet, true
	}
	return "", false
}

// wifiLink reports whether any Wi-Fi interface is on a network; known is false
// if the store does not say.
func (s dynamicStore) wifiLink() (active, known bool) {
	for key := range s {
		rest, ok := strings.CutPrefix(key, "State:/Network/Interface/")
		name, entity, _ := strings.Cut(rest, "/")
		if !ok || entity != "AirPort" {
			continue
		}
		if a, ok := s.dictionary("State:/Network/Interface/" + name + "/Link")["Active"].(bool); ok {
			active, known = active || a, true
		}
	}
	return active, known
}

// numbered reports whether a name is the prefix and a number.
func numbered(name, prefix string) bool {
	number, ok := strings.CutPrefix(name, prefix)
	return ok && number != "" && strings.Trim(number, "0123456789") == ""
}

func text(v any) string {
	s, _ := v.(string)
	return s
}

func texts(v any) []string {
	list, _ := v.([]any)
	var out []string
	for _, e := range list {
		if s := text(e); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// address parses an IP address and drops its zone. The result is not valid if s
// is not an address, or the unspecified one.
func address(s string) netip.Addr {
	a, err := netip.ParseAddr(s)
	if err != nil || a.IsUnspecified() {
		return netip.Addr{}
	}
	return a.Unmap().WithZone("")
}

// prefixes4 reads the addresses of an IPv4 dictionary. One without a usable
// mask stands for itself alone.
func prefixes4(d map[string]any) []netip.Prefix {
	masks := texts(d["SubnetMasks"])
	var out []netip.Prefix
	for i, s := range texts(d["Addresses"]) {
		a := address(s)
		if !a.Is4() {
			continue
		}
		length := 32
		if i < len(masks) {
			if m := address(masks[i]); m.Is4() {
				b := m.As4()
				n := uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
				if ones := bits.LeadingZeros32(^n); n<<ones == 0 {
					length = ones
				}
			}
		}
		out = append(out, netip.PrefixFrom(a, length))
	}
	return out
}

// prefixes6 reads the addresses of an IPv6 dictionary except link-local ones,
// which every interface has.
func prefixes6(d map[string]any) []netip.Prefix {
	lengths, _ := d["PrefixLength"].([]any)
	var out []netip.Prefix
	for i, s := range texts(d["Addresses"]) {
		a := address(s)
		if !a.Is6() || a.IsLinkLocalUnicast() {
			continue
		}
		length := 128
		if i < len(lengths) {
			if n, ok := lengths[i].(int64); ok && n > 0 && n < 128 {
				length = int(n)
			}
		}
		out = append(out, netip.PrefixFrom(a, length))
	}
	return out
}

// knownMAC returns a hardware address reported by the system in the form of
// ParseMAC. It is empty if it is not one, or is all zeros, as for a gateway that
// has not answered yet.
func knownMAC(s string) string {
	mac, err := ParseMAC(s)
	if err != nil || mac == "00:00:00:00:00:00" {
		return ""
	}
	return mac
}

// neighbour is an entry of the routing table about a machine on the same link.
type neighbour struct {
	address netip.Addr // without zone
	index   int        // of the interface
	mac     []byte     // empty while it is being resolved
}

// macOf returns the hardware address of a machine on an interface, empty if it
// is not known. The same address may be in use behind several interfaces.
func macOf(list []neighbour, a netip.Addr, index int) string {
	for _, n := range list {
		if n.address == a && n.index == index {
			if mac := knownMAC(net.HardwareAddr(n.mac).String()); mac != "" {
				return mac
			}
		}
	}
	return ""
}

// ribMessages splits what the kernel returns of the routing table. Each message
// begins with its length in two bytes. Everything after an invalid length is
// left out.
func ribMessages(raw []byte) (list [][]byte) {
	for len(raw) >= 2 {
		n := int(binary.NativeEndian.Uint16(raw))
		if n < 2 || n > len(raw) {
			break
		}
		list = append(list, raw[:n])
		raw = raw[n:]
	}
	return list
}
