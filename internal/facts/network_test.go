package facts

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// dict is a dictionary of key, value, key, value …
func dict(pairs ...any) map[string]any {
	d := map[string]any{}
	for i := 0; i < len(pairs); i += 2 {
		d[pairs[i].(string)] = pairs[i+1]
	}
	return d
}

func list(items ...any) []any { return items }

func state(service, entity string) string { return "State:/Network/Service/" + service + "/" + entity }
func setup(service, entity string) string { return "Setup:/Network/Service/" + service + "/" + entity }
func linkOf(name, entity string) string   { return "State:/Network/Interface/" + name + "/" + entity }

// with returns the stores together.
func with(stores ...dynamicStore) dynamicStore {
	out := dynamicStore{}
	for _, s := range stores {
		for k, v := range s {
			out[k] = v
		}
	}
	return out
}

var (
	wifiService = dynamicStore{
		state("W", "IPv4"): dict("Addresses", list("192.168.1.20"), "SubnetMasks", list("255.255.255.0"), "Router", "192.168.1.1",
			"InterfaceName", "en0", "ARPResolvedIPAddress", "192.168.1.1", "ARPResolvedHardwareAddress", "2:0:5e:10:0:1"),
		state("W", "IPv6"):       dict("Addresses", list("fe80::1c2a", "2001:db8::20"), "PrefixLength", list(int64(64), int64(64)), "Router", "fe80::1%en0", "InterfaceName", "en0"),
		state("W", "DNS"):        dict("DomainName", "Fritz.Box.", "ServerAddresses", list("192.168.1.1")),
		setup("W", "Interface"):  dict("DeviceName", "en0", "Hardware", "AirPort", "Type", "Ethernet"),
		linkOf("en0", "AirPort"): dict(),
		linkOf("en0", "Link"):    dict("Active", true),
	}
	cableService = dynamicStore{
		state("C", "IPv4"): dict("Addresses", list("10.0.0.5"), "SubnetMasks", list("255.255.240.0"), "Router", "10.0.0.1", "InterfaceName", "en7"),
		state("C", "DNS"):  dict("SearchDomains", list("corp.example", "example"), "DomainName", "corp.example", "ServerAddresses", list("10.0.0.2", "10.0.0.3")),
	}
	tunnel = dynamicStore{
		state("T", "IPv4"):           dict("Addresses", list("10.9.0.2"), "Router", "10.9.0.2", "InterfaceName", "utun4"),
		state("T", "DNS"):            dict("DomainName", "vpn.example", "ServerAddresses", list("10.9.0.1")),
		"State:/Network/Global/IPv4": dict("PrimaryInterface", "utun4", "PrimaryService", "T", "Router", "10.9.0.2"),
	}
	cableFirst = dynamicStore{"Setup:/Network/Global/IPv4": dict("ServiceOrder", list("C", "W"))}
)

func primary(service string) dynamicStore {
	return dynamicStore{"State:/Network/Global/IPv4": dict("PrimaryService", service)}
}

func prefixList(s ...string) (out []netip.Prefix) {
	for _, p := range s {
		out = append(out, netip.MustParsePrefix(p))
	}
	return out
}

var compareNetworks = cmp.Options{
	cmp.AllowUnexported(physical{}, observedNetwork{}),
	cmpopts.EquateComparable(netip.Addr{}, netip.Prefix{}),
	cmpopts.EquateEmpty(),
}

func TestPhysicalService(t *testing.T) {
	wifi := physical{
		service: "W", name: "en0", kind: WiFi, gateway: netip.MustParseAddr("192.168.1.1"), gatewayMAC: "02:00:5e:10:00:01",
		addresses: prefixList("192.168.1.20/24", "2001:db8::20/64"), domains: []string{"fritz.box"}, servers: []string{"192.168.1.1"},
	}
	cable := physical{
		service: "C", name: "en7", kind: Ethernet, gateway: netip.MustParseAddr("10.0.0.1"),
		addresses: prefixList("10.0.0.5/20"), domains: []string{"corp.example", "example"}, servers: []string{"10.0.0.2", "10.0.0.3"},
	}
	for name, c := range map[string]struct {
		store dynamicStore
		want  physical // the zero one: none
	}{
		"nothing":            {nil, physical{}},
		"Wi-Fi alone":        {with(wifiService, primary("W")), wifi},
		"the primary of two": {with(wifiService, cableService, primary("C")), cable},
		"the primary also when it is last in order":  {with(wifiService, cableService, cableFirst, primary("W")), wifi},
		"a VPN takes the default route":              {with(wifiService, tunnel), wifi},
		"a VPN over one of two: the user's order":    {with(wifiService, cableService, tunnel, cableFirst), cable},
		"without an order, by identifier":            {with(wifiService, cableService, tunnel), cable},
		"a VPN and nothing below it that has a name": {tunnel, physical{}},
		"IPv6 alone": {dynamicStore{
			state("X", "IPv6"):           dict("Addresses", list("2001:db8::5"), "PrefixLength", list(int64(56)), "Router", "fe80::1%en1", "InterfaceName", "en1"),
			"State:/Network/Global/IPv6": dict("PrimaryService", "X"),
		}, physical{service: "X", name: "en1", kind: Ethernet, gateway: netip.MustParseAddr("fe80::1"), addresses: prefixList("2001:db8::5/56")}},
		"one with a router before one without": {with(cableService, dynamicStore{
			state("A", "IPv4"): dict("Addresses", list("172.16.0.1"), "SubnetMasks", list("255.255.0.0"), "InterfaceName", "bridge0"),
		}), cable},
		"an address that the machine gave itself is the last choice": {dynamicStore{
			state("A", "IPv4"): dict("Addresses", list("169.254.3.4"), "SubnetMasks", list("255.255.0.0"), "InterfaceName", "en5"),
			state("B", "IPv4"): dict("Addresses", list("172.16.0.1"), "SubnetMasks", list("255.255.0.0"), "InterfaceName", "en6"),
		}, physical{service: "B", name: "en6", kind: Ethernet, addresses: prefixList("172.16.0.1/16")}},
		"the gateway answered at another address": {with(wifiService, dynamicStore{
			state("W", "IPv4"): dict("Addresses", list("192.168.1.20"), "Router", "192.168.1.1", "InterfaceName", "en0",
				"ARPResolvedIPAddress", "192.168.1.254", "ARPResolvedHardwareAddress", "2:0:5e:10:0:1"),
			state("W", "IPv6"): nil,
		}), physical{service: "W", name: "en0", kind: WiFi, gateway: wifi.gateway, addresses: prefixList("192.168.1.20/32"), domains: wifi.domains, servers: wifi.servers}},
		"servers set by hand go before those of the network": {with(wifiService, dynamicStore{
			setup("W", "DNS"): dict("ServerAddresses", list("9.9.9.9"), "SearchDomains", list("home.arpa")),
		}), physical{
			service: "W", name: "en0", kind: WiFi, gateway: wifi.gateway, gatewayMAC: wifi.gatewayMAC,
			addresses: wifi.addresses, domains: []string{"home.arpa", "fritz.box"}, servers: []string{"9.9.9.9"},
		}},
		"values of wrong types": {dynamicStore{
			state("W", "IPv4"): "x", state("V", "IPv4"): dict("Addresses", "192.168.1.1", "InterfaceName", 7),
			state("U", "IPv4"): dict("Addresses", list(1, "x", "::1", "0.0.0.0"), "InterfaceName", "en0"), "State:/Network/Global/IPv4": list(1),
		}, physical{}},
	} {
		t.Run(name, func(t *testing.T) {
			got, found := c.store.physical()
			if found != (c.want.service != "") {
				t.Fatalf("found %t: %+v", found, got)
			}
			if d := cmp.Diff(c.want, got, compareNetworks); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestInterfaces(t *testing.T) {
	for _, c := range []struct {
		name     string
		setup    map[string]any
		kind     Interface
		physical bool
	}{
		{"en0", dict("Hardware", "AirPort"), WiFi, true},
		{"en4", dict("Hardware", "Ethernet"), Ethernet, true},
		{"en4", nil, Ethernet, true},
		{"bridge0", nil, Ethernet, true},
		{"vlan0", nil, Ethernet, true},
		{"bond1", nil, Ethernet, true},
		{"pdp_ip0", nil, Cellular, true},
		{"en9", dict("Hardware", "WWAN"), Cellular, true},
		{"ppp0", dict("Type", "PPP", "SubType", "PPPoE", "DeviceName", "en4"), Ethernet, true},
		{"ppp0", dict("SubType", "PPPoE", "DeviceName", "ppp0"), Ethernet, true},
		{"ppp0", dict("SubType", "PPPSerial"), OtherInt, true},
		{"ppp0", dict("Type", "PPP", "SubType", "L2TP"), "", false},
		{"ppp0", nil, "", false},
		{"utun3", nil, "", false},
		{"ipsec0", nil, "", false},
		{"lo0", nil, "", false},
		{"awdl0", nil, "", false},
		{"feth100", nil, "", false},
		{"en", nil, "", false},
		{"en0x", nil, "", false},
		{"", nil, "", false},
	} {
		kind, is := dynamicStore{setup("S", "Interface"): c.setup}.kind("S", c.name)
		if kind != c.kind || is != c.physical {
			t.Errorf("%q %v: %q, %t", c.name, c.setup, kind, is)
		}
	}
}

func TestWhetherAWiFiIsJoinedIsToldByItsLink(t *testing.T) {
	for name, c := range map[string]struct {
		store         dynamicStore
		active, known bool
	}{
		"joined":                  {wifiService, true, true},
		"not joined":              {dynamicStore{linkOf("en0", "AirPort"): dict(), linkOf("en0", "Link"): dict("Active", false)}, false, true},
		"one of two":              {with(wifiService, dynamicStore{linkOf("en1", "AirPort"): dict(), linkOf("en1", "Link"): dict("Active", false)}), true, true},
		"no Wi-Fi":                {dynamicStore{linkOf("en7", "Link"): dict("Active", true)}, false, false},
		"a link without an entry": {dynamicStore{linkOf("en0", "AirPort"): dict()}, false, false},
	} {
		if active, known := c.store.wifiLink(); active != c.active || known != c.known {
			t.Errorf("%s: %t, %t", name, active, known)
		}
	}
}

func TestMasks(t *testing.T) {
	for mask, want := range map[string]string{
		"255.255.255.255": "10.1.2.3/32", "255.255.255.0": "10.1.2.3/24", "255.128.0.0": "10.1.2.3/9", "128.0.0.0": "10.1.2.3/1",
		"255.0.255.0": "10.1.2.3/32", "nonsense": "10.1.2.3/32", "0.0.0.0": "10.1.2.3/32",
	} {
		got := prefixes4(dict("Addresses", list("10.1.2.3"), "SubnetMasks", list(mask)))
		if fmt.Sprint(got) != "["+want+"]" {
			t.Errorf("%s: %v, want %s", mask, got, want)
		}
	}
}

func TestHardwareAddresses(t *testing.T) {
	for in, want := range map[string]string{
		"0:1b:c0:4a:82:f9": "00:1b:c0:4a:82:f9", "AA:BB:CC:0:0:1": "aa:bb:cc:00:00:01", "aa-bb-cc-00-00-01": "aa:bb:cc:00:00:01",
		"0:0:0:0:0:0": "", "": "", "(incomplete)": "", "1:2:3:4:5": "", "1:2:3:4:5:6:7:8": "", "100:2:3:4:5:6": "", "g:2:3:4:5:6": "",
	} {
		if got := knownMAC(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestGatewayInTheRoutingTable(t *testing.T) {
	router := netip.MustParseAddr("192.168.1.1")
	table := []neighbour{
		{netip.MustParseAddr("192.168.1.7"), 4, []byte{1, 1, 1, 1, 1, 1}},
		{router, 9, []byte{9, 9, 9, 9, 9, 9}},
		{router, 4, nil},
		{router, 4, []byte{2, 0, 0x5e, 0, 0, 1}},
		{netip.MustParseAddr("fe80::1"), 4, []byte{2, 0, 0x5e, 0, 0, 6}},
	}
	for want, c := range map[string]struct {
		a     string
		index int
	}{"02:00:5e:00:00:01": {"192.168.1.1", 4}, "09:09:09:09:09:09": {"192.168.1.1", 9}, "02:00:5e:00:00:06": {"fe80::1", 4}, "": {"192.168.1.1", 5}} {
		if got := macOf(table, netip.MustParseAddr(c.a), c.index); got != want {
			t.Errorf("%s behind interface %d: %q, want %q", c.a, c.index, got, want)
		}
	}
}

func TestBrokenRoutingMessageCostsOneNeighbour(t *testing.T) {
	message := func(length int, body string) []byte {
		return append(binary.NativeEndian.AppendUint16(nil, uint16(length)), body...)
	}
	for name, c := range map[string]struct {
		raw  []byte
		want []string // bodies
	}{
		"whole":                       {slices.Concat(message(4, "aa"), message(5, "bbb")), []string{"aa", "bbb"}},
		"cut off":                     {slices.Concat(message(4, "aa"), message(9, "bbb")), []string{"aa"}},
		"a length that leads nowhere": {slices.Concat(message(4, "aa"), message(0, "bbb")), []string{"aa"}},
		"one byte":                    {[]byte{1}, nil},
		"nothing":                     {nil, nil},
	} {
		var got []string
		for _, m := range ribMessages(c.raw) {
			got = append(got, string(m[2:]))
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// FuzzStore: whatever lies in the store, what is read from it is well formed.
func FuzzStore(f *testing.F) {
	f.Add("W", "en0", "192.168.1.20", "255.255.255.0", "192.168.1.1", "0:1:2:3:4:5", "AirPort", int64(64))
	f.Add("", "ppp0", "fe80::1%en0", "::", "::ffff:1.2.3.4", "", "PPPoE", int64(-1))
	f.Fuzz(func(t *testing.T, id, name, a, mask, router, mac, hardware string, length int64) {
		for _, v := range []any{a, list(a), list(list(a)), dict(a, mask), length, nil} {
			s := dynamicStore{
				state(id, "IPv4"): dict("Addresses", v, "SubnetMasks", list(mask), "Router", router, "InterfaceName", name,
					"ARPResolvedIPAddress", router, "ARPResolvedHardwareAddress", mac),
				state(id, "IPv6"):            dict("Addresses", v, "PrefixLength", list(length), "Router", v),
				state(id, "DNS"):             dict("DomainName", a, "SearchDomains", v, "ServerAddresses", v),
				setup(id, "Interface"):       dict("Hardware", hardware, "SubType", hardware, "DeviceName", name),
				"State:/Network/Global/IPv4": dict("PrimaryService", v),
				linkOf(name, "AirPort"):      v, linkOf(name, "Link"): v,
			}
			p, found := s.physical()
			s.wifiLink()
			if !found {
				continue
			}
			if len(p.addresses) == 0 || p.kind == "" || p.gateway.Zone() != "" {
				t.Errorf("%+v", p)
			}
			for _, a := range p.addresses {
				if !a.IsValid() {
					t.Errorf("address %v", a)
				}
			}
			if p.gatewayMAC != "" && (len(p.gatewayMAC) != 17 || p.gatewayMAC != strings.ToLower(p.gatewayMAC) || knownMAC(p.gatewayMAC) != p.gatewayMAC) {
				t.Errorf("hardware address %q", p.gatewayMAC)
			}
		}
	})
}
