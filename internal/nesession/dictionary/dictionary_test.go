package dictionary_test

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/google/uuid"
	"howett.net/plist"

	"vpnstatus/internal/nesession/dictionary"
	"vpnstatus/internal/vpn"
)

type (
	tree = map[string]any
	list = []any
)

var (
	now    = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	uptime = 10 * time.Hour
)

func addrs(s ...string) []netip.Addr {
	var out []netip.Addr
	for _, a := range s {
		out = append(out, netip.MustParseAddr(a))
	}
	return out
}

// ikev2 is an extended status as the daemon gives it for a connected IKEv2
// service.
func ikev2() tree {
	return tree{
		"VPN":          tree{"RemoteAddress": "203.0.113.7", "ConnectTime": int64(35400), "OnDemandAction": int64(1)},
		"NEStatus":     int64(3),
		"Status":       int64(2),
		"SessionState": int64(4),
		"IPv4": tree{
			"Addresses": list{"10.1.2.3"}, "InterfaceName": "ipsec0", "Router": "10.1.2.3", "ServerAddress": "203.0.113.7",
			"SubnetMasks": list{"255.255.255.255"}, "DestAddresses": list{"10.1.2.3"}, "OverridePrimary": int64(1),
			"ExcludedRoutes": list{tree{"DestinationAddress": "203.0.113.7", "InterfaceName": "en0", "SubnetMask": "255.255.255.255"}},
		},
		"IPv6":                 tree{"Addresses": list{"fd00::3"}, "InterfaceName": "ipsec0", "PrefixLength": list{int64(64)}},
		"DNSServers":           list{"10.1.2.1", "10.1.2.2"},
		"DNSDomain":            "corp.example",
		"DNSSearchDomains":     list{"other.example"},
		"IsPrimaryInterface":   int64(1),
		"LastStatusChangeTime": now.Add(-time.Hour),
		"ConnectionStatistics": tree{"ConnectCount": int64(3), "ConnectedCount": int64(2), "DisconnectedCount": int64(1)},
	}
}

func with(t tree, changes tree) tree {
	for k, v := range changes {
		if v == nil {
			delete(t, k)
		} else {
			t[k] = v
		}
	}
	return t
}

func TestDecode(t *testing.T) {
	full := vpn.Info{
		Since: now.Add(-time.Hour), Remote: "203.0.113.7", Addresses: addrs("10.1.2.3", "fd00::3"), Interface: "ipsec0", Primary: true,
		DNSServers: []string{"10.1.2.1", "10.1.2.2"}, DNSDomain: "corp.example",
	}
	changed := func(f func(*vpn.Info)) vpn.Info { i := full; f(&i); return i }
	down := func(c vpn.Cause) vpn.Info { return vpn.Info{Cause: c} }
	for _, c := range []struct {
		name   string
		tree   tree
		status vpn.Status
		want   vpn.Info
	}{
		{"no dictionary says nothing", nil, vpn.Connected, vpn.Info{}},
		{"an empty dictionary says nothing", tree{}, vpn.Connected, vpn.Info{}},
		{"IKEv2 connected", ikev2(), vpn.Connected, full},
		{"numbers as uint64", with(ikev2(), tree{"IsPrimaryInterface": uint64(1)}), vpn.Connected, full},
		{"numbers as double", with(ikev2(), tree{"IsPrimaryInterface": 1.0}), vpn.Connected, full},
		{"numbers as bool", with(ikev2(), tree{"IsPrimaryInterface": true}), vpn.Connected, full},
		{"not primary", with(ikev2(), tree{"IsPrimaryInterface": false}), vpn.Connected, changed(func(i *vpn.Info) { i.Primary = false })},
		{"ConnectTime counts on the uptime clock", with(ikev2(), tree{"LastStatusChangeTime": nil}), vpn.Connected,
			changed(func(i *vpn.Info) { i.Since = now.Add(-10 * time.Minute) })},
		{"the date of the last change wins over ConnectTime", with(ikev2(), tree{"LastStatusChangeTime": now.Add(-3 * time.Hour)}), vpn.Connected,
			changed(func(i *vpn.Info) { i.Since = now.Add(-3 * time.Hour) })},
		{"a date slightly ahead is now", with(ikev2(), tree{"LastStatusChangeTime": now.Add(time.Second)}), vpn.Connected,
			changed(func(i *vpn.Info) { i.Since = now })},
		{"a date far ahead is not believed", with(ikev2(), tree{"LastStatusChangeTime": now.Add(time.Hour)}), vpn.Connected,
			changed(func(i *vpn.Info) { i.Since = now.Add(-10 * time.Minute) })},
		{"a date that is a number is not believed", with(ikev2(), tree{"LastStatusChangeTime": int64(5)}), vpn.Connected,
			changed(func(i *vpn.Info) { i.Since = now.Add(-10 * time.Minute) })},
		{"a ConnectTime of 0 is none", with(ikev2(), tree{"LastStatusChangeTime": nil, "VPN": tree{"ConnectTime": int64(0)}}), vpn.Connected,
			changed(func(i *vpn.Info) { i.Since = time.Time{} })},
		{"a ConnectTime after now is none", with(ikev2(), tree{"LastStatusChangeTime": nil, "VPN": tree{"ConnectTime": int64(1700000000)}}), vpn.Connected,
			changed(func(i *vpn.Info) { i.Since = time.Time{} })},
		{"reasserting has no start", ikev2(), vpn.Reasserting, changed(func(i *vpn.Info) { i.Since = time.Time{} })},
		{"without RemoteAddress the server is the one of IPv4", with(ikev2(), tree{"VPN": tree{}}), vpn.Connected, full},
		{"the search domain stands in for the domain", with(ikev2(), tree{"DNSDomain": nil}), vpn.Connected,
			changed(func(i *vpn.Info) { i.DNSDomain = "other.example" })},
		{"the match domain stands in for both", with(ikev2(), tree{"DNSDomain": nil, "DNSSearchDomains": nil, "DNSSupplementalMatchDomains": list{"", "m.example"}}), vpn.Connected,
			changed(func(i *vpn.Info) { i.DNSDomain = "m.example" })},
		{"wrong types everywhere say nothing", tree{
			"VPN": list{}, "IPSec": "x", "PPP": int64(3), "IPv4": 1.5, "IPv6": []byte{1}, "DNSServers": "10.0.0.1", "DNSDomain": int64(1),
			"IsPrimaryInterface": "yes", "LastStatusChangeTime": "now", "DNSSearchDomains": tree{},
		}, vpn.Connected, vpn.Info{}},
		{"wrong types in the sections say nothing", tree{
			"VPN":  tree{"RemoteAddress": int64(1), "ConnectTime": "1", "LastCause": "4", "OnDemandAction": 99.0},
			"IPv4": tree{"Addresses": list{int64(1), nil, "no address", tree{}, "0.0.0.0"}, "InterfaceName": uuid.Nil},
			"PPP":  tree{"LastCause": math.NaN(), "DeviceLastCause": uint64(math.MaxUint64)},
		}, vpn.Disconnected, vpn.Info{}},
		{"addresses with prefix, mapped or repeated come out once", tree{"IPv4": tree{"Addresses": list{"10.0.0.2/24", "10.0.0.2", "::ffff:10.0.0.2"}}}, vpn.Connected,
			vpn.Info{Addresses: addrs("10.0.0.2")}},
		{"a zone is kept", tree{"IPv6": tree{"Addresses": list{"fe80::1%utun4"}, "InterfaceName": "utun4"}}, vpn.Connected,
			vpn.Info{Addresses: addrs("fe80::1%utun4"), Interface: "utun4"}},
		{"third party down by its own will", tree{"VPN": tree{"LastCause": int64(3)}, "NEStatus": int64(1)}, vpn.Disconnected,
			down(vpn.Cause{Family: vpn.FamilyVPN, Code: vpn.StopProvider})},
		{"cause as double", tree{"VPN": tree{"LastCause": 23.0}}, vpn.Disconnected, down(vpn.Cause{Family: vpn.FamilyVPN, Code: 23})},
		{"cause 0 is none", tree{"VPN": tree{"LastCause": int64(0)}}, vpn.Disconnected, vpn.Info{}},
		{"negative and huge causes are none", tree{"VPN": tree{"LastCause": int64(-1)}, "IPSec": tree{"LastCause": int64(math.MaxInt64)}}, vpn.Disconnected, vpn.Info{}},
		{"Cisco IPSec connected", tree{
			"IPSec": tree{"ConnectTime": int64(35940), "RemoteAddress": "198.51.100.1", "Status": int64(8)}, "Status": int64(2),
			"IPv4": tree{"Addresses": list{"172.16.0.9"}, "InterfaceName": "utun3", "OverridePrimary": int64(1)},
		}, vpn.Connected, vpn.Info{Since: now.Add(-time.Minute), Remote: "198.51.100.1", Addresses: addrs("172.16.0.9"), Interface: "utun3", Primary: true}},
		{"Cisco IPSec down", tree{"IPSec": tree{"LastCause": int64(14)}}, vpn.Disconnected, down(vpn.Cause{Family: vpn.FamilyIPSec, Code: 14})},
		{"IPSec causes are not masked", tree{"IPSec": tree{"LastCause": int64(0x213)}}, vpn.Disconnected, down(vpn.Cause{Family: vpn.FamilyIPSec, Code: 0x213})},
		{"L2TP connected", tree{
			"PPP": tree{"CommRemoteAddress": "192.0.2.44", "ConnectTime": int64(35999), "Status": int64(8), "LastCause": int64(0), "LCPMTU": int64(1280)}, "Status": int64(2),
			"IPv4": tree{"Addresses": list{"192.168.7.2"}, "DestAddresses": list{"192.168.7.1"}, "InterfaceName": "ppp0"},
		}, vpn.Connected, vpn.Info{Since: now.Add(-time.Second), Remote: "192.0.2.44", Addresses: addrs("192.168.7.2"), Interface: "ppp0"}},
		{"L2TP stopped by the user", tree{"PPP": tree{"LastCause": int64(5), "DeviceLastCause": int64(0), "Status": int64(0)}}, vpn.Disconnected,
			down(vpn.Cause{Family: vpn.FamilyPPP, Code: 5})},
		{"L2TP with a cause of the device", tree{"PPP": tree{"LastCause": int64(8), "DeviceLastCause": int64(7)}}, vpn.Disconnected,
			down(vpn.Cause{Family: vpn.FamilyPPP, Code: 8, Device: 7})},
		{"L2TP with the device's cause packed", tree{"PPP": tree{"LastCause": int64(0x0208)}}, vpn.Disconnected,
			down(vpn.Cause{Family: vpn.FamilyPPP, Code: 8, Device: 2})},
		{"L2TP with only the device's cause packed", tree{"PPP": tree{"LastCause": int64(0x0200)}}, vpn.Disconnected,
			down(vpn.Cause{Family: vpn.FamilyPPP, Code: 21, Device: 2})},
		{"a none in IPSec does not hide PPP", tree{"IPSec": tree{"LastCause": int64(0)}, "PPP": tree{"LastCause": int64(19)}}, vpn.Disconnected,
			down(vpn.Cause{Family: vpn.FamilyPPP, Code: 19})},
		{"VPN comes before IPSec before PPP", tree{
			"VPN": tree{"LastCause": int64(4), "RemoteAddress": "a"}, "IPSec": tree{"LastCause": int64(14), "RemoteAddress": "b"}, "PPP": tree{"LastCause": int64(19), "CommRemoteAddress": "c"},
		}, vpn.Disconnected, vpn.Info{Remote: "a", Cause: vpn.Cause{Family: vpn.FamilyVPN, Code: 4}}},
		{"IPSec comes before PPP", tree{
			"IPSec": tree{"LastCause": int64(14), "RemoteAddress": "b"}, "PPP": tree{"LastCause": int64(19), "CommRemoteAddress": "c"},
		}, vpn.Disconnected, vpn.Info{Remote: "b", Cause: vpn.Cause{Family: vpn.FamilyIPSec, Code: 14}}},

		{"the system's words go with the cause", tree{"VPN": tree{"LastCause": int64(20)}, dictionary.ErrorMessage: "No answer."}, vpn.Disconnected,
			down(vpn.Cause{Family: vpn.FamilyVPN, Code: 20, Message: "No answer."})},
		{"words of the same plug-in code", tree{"VPN": tree{"LastCause": int64(20)}, dictionary.ErrorMessage: "m", dictionary.ErrorDomain: dictionary.DomainPlugin, dictionary.ErrorCode: int64(20)}, vpn.Disconnected,
			down(vpn.Cause{Family: vpn.FamilyVPN, Code: 20, Message: "m"})},
		{"words of another plug-in code are older", tree{"VPN": tree{"LastCause": int64(20)}, dictionary.ErrorMessage: "m", dictionary.ErrorDomain: dictionary.DomainPlugin, dictionary.ErrorCode: int64(23)}, vpn.Disconnected,
			down(vpn.Cause{Family: vpn.FamilyVPN, Code: 20})},
		{"words of the matching public code", tree{"VPN": tree{"LastCause": int64(20)}, dictionary.ErrorMessage: "m", dictionary.ErrorDomain: dictionary.DomainConnection, dictionary.ErrorCode: int64(6)}, vpn.Disconnected,
			down(vpn.Cause{Family: vpn.FamilyVPN, Code: 20, Message: "m"})},
		{"words of another public code are older", tree{"VPN": tree{"LastCause": int64(20)}, dictionary.ErrorMessage: "m", dictionary.ErrorDomain: dictionary.DomainConnection, dictionary.ErrorCode: int64(8)}, vpn.Disconnected,
			down(vpn.Cause{Family: vpn.FamilyVPN, Code: 20})},
		{"words without a code of their domain are not used", tree{"IPSec": tree{"LastCause": int64(14)}, dictionary.ErrorMessage: "m", dictionary.ErrorDomain: dictionary.DomainIPSec}, vpn.Disconnected,
			down(vpn.Cause{Family: vpn.FamilyIPSec, Code: 14})},
		{"words of an older failure do not explain a user's stop", tree{"VPN": tree{"LastCause": int64(1)}, dictionary.ErrorMessage: "m"}, vpn.Disconnected,
			down(vpn.Cause{Family: vpn.FamilyVPN, Code: 1})},
		{"nor one of L2TP", tree{"PPP": tree{"LastCause": int64(5)}, dictionary.ErrorMessage: "m"}, vpn.Disconnected,
			down(vpn.Cause{Family: vpn.FamilyPPP, Code: 5})},
		{"words alone are a cause", tree{dictionary.ErrorMessage: "m"}, vpn.Disconnected, down(vpn.Cause{Message: "m"})},
		{"words are of no interest once connected", tree{dictionary.ErrorMessage: "m"}, vpn.Connected, vpn.Info{}},
		{"broken text and control characters are mended", tree{dictionary.ErrorMessage: "a\xffb\x1b[2Jc\nd"}, vpn.Disconnected, down(vpn.Cause{Message: "ab [2Jc d"})},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := dictionary.Decode(c.tree, c.status, uptime, now)
			if d := cmp.Diff(c.want, got, cmpopts.IgnoreFields(vpn.Info{}, "Details"), cmpopts.EquateComparable(netip.Addr{})); d != "" {
				t.Errorf("want(-) got(+):\n%s", d)
			}
			if (got.Details == nil) != (c.tree == nil) {
				t.Errorf("details %v for %v", got.Details, c.tree)
			}
		})
	}
}

func TestUnknownUptimeTellsNoStart(t *testing.T) {
	got := dictionary.Decode(tree{"VPN": tree{"ConnectTime": int64(100)}}, vpn.Connected, 0, now)
	if !got.Since.IsZero() {
		t.Errorf("since %v", got.Since)
	}
}

func TestDecodeStatistics(t *testing.T) {
	for _, c := range []struct {
		name string
		tree tree
		want vpn.Statistics
		ok   bool
	}{
		{"no dictionary", nil, vpn.Statistics{}, false},
		{"no section", tree{"BytesIn": int64(1)}, vpn.Statistics{}, false},
		{"empty section", tree{"VPN": tree{}}, vpn.Statistics{}, false},
		{"all six", tree{"VPN": tree{"BytesIn": int64(1), "BytesOut": int64(2), "PacketsIn": int64(3), "PacketsOut": int64(4), "ErrorsIn": int64(5), "ErrorsOut": int64(6)}},
			vpn.Statistics{BytesIn: 1, BytesOut: 2, PacketsIn: 3, PacketsOut: 4, ErrorsIn: 5, ErrorsOut: 6}, true},
		{"zero counters are a tunnel", tree{"PPP": tree{"BytesIn": int64(0)}}, vpn.Statistics{}, true},
		{"every type of number", tree{"IPSec": tree{"BytesIn": uint64(math.MaxUint64), "BytesOut": 2.0, "PacketsIn": true, "PacketsOut": "4"}},
			vpn.Statistics{BytesIn: math.MaxUint64, BytesOut: 2, PacketsIn: 1}, true},
		{"negative numbers are unknown", tree{"VPN": tree{"BytesIn": int64(-1), "BytesOut": -2.0}}, vpn.Statistics{}, false},
		{"VPN before IPSec before PPP", tree{"VPN": tree{"BytesIn": int64(1)}, "IPSec": tree{"BytesIn": int64(2)}, "PPP": tree{"BytesIn": int64(3)}}, vpn.Statistics{BytesIn: 1}, true},
		{"an empty VPN does not hide PPP", tree{"VPN": tree{}, "PPP": tree{"BytesIn": int64(3)}}, vpn.Statistics{BytesIn: 3}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, ok := dictionary.DecodeStatistics(c.tree)
			if got != c.want || ok != c.ok {
				t.Errorf("got %+v, %t; want %+v, %t", got, ok, c.want, c.ok)
			}
		})
	}
}

func TestListsAndTextsAreBounded(t *testing.T) {
	var servers, own list
	for i := range 10_000 {
		servers = append(servers, fmt.Sprint("server", i))
		own = append(own, netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}).String())
	}
	got := dictionary.Decode(tree{"DNSServers": servers, "IPv4": tree{"Addresses": own, "InterfaceName": strings.Repeat("é", 10_000)}, "x": servers}, vpn.Connected, uptime, now)
	if len(got.DNSServers) != 64 || len(got.Addresses) != 64 {
		t.Errorf("%d servers, %d addresses", len(got.DNSServers), len(got.Addresses))
	}
	if n := len(got.Interface); n > 4096 || !utf8.ValidString(got.Interface) {
		t.Errorf("interface of %d bytes, valid %t", n, utf8.ValidString(got.Interface))
	}
	if n := len(got.Details["x"].([]any)); n != 64 {
		t.Errorf("%d elements in the details", n)
	}
}

func TestDetailsHoldNoSecrets(t *testing.T) {
	const s = "hunter2"
	in := with(ikev2(), tree{
		"StartMessage": tree{
			"NEVPNConnectionStartOptionUsername": "ada", "NEVPNConnectionStartOptionPassword": s, "is-on-demand": true, "match-hostname": "x.example",
			"PPP": tree{"AuthName": "ada", "AuthPassword": s}, "IPSec": tree{"XAuthName": "ada", "XAuthPassword": s, "SharedSecret": s}, "anything else": s, "list": list{s}, "OutgoingInterface": "en0",
		},
		"PPP":                   tree{"AuthPassword": s, "LCPMTU": int64(1280)},
		"IPSec":                 tree{"SharedSecret": s, "XAuthPassword": []byte(s)},
		"ProviderConfiguration": tree{"key": s},
		"pre-shared key":        s, "PSK": s, "Auth Token": s, "session_cookie": list{s},
		"LastDisconnectError": []byte(s),
		"inf":                 math.Inf(1), "date": time.Date(99999, 1, 1, 0, 0, 0, 0, time.UTC), "unknown type": struct{ X string }{s},
		"nested": list{tree{"password": s, "kept": "yes", "StartMessage": s}},
	})
	got := dictionary.Decode(in, vpn.Connected, uptime, now)
	b, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(b), s) || strings.Contains(string(b), "aHVudGVyMg") {
		t.Errorf("the secret shows: %s", b)
	}
	for _, want := range []string{`"LCPMTU":1280`, `"AuthName":"ada"`, `"XAuthName":"ada"`, `"NEVPNConnectionStartOptionUsername":"ada"`, `"is-on-demand":true`, `"kept":"yes"`, `"data, 7 bytes"`, `"OutgoingInterface":"en0"`} {
		if !strings.Contains(string(b), want) {
			t.Errorf("%s is missing in %s", want, b)
		}
	}
	if in["PPP"].(tree)["AuthPassword"] != s {
		t.Error("the input was changed")
	}
}

// grow makes a tree out of random numbers; keys are Apple's or noise.
func grow(r *rand.Rand, depth int) any {
	keys := []string{
		"VPN", "IPSec", "PPP", "IPv4", "IPv6", "Addresses", "InterfaceName", "ConnectTime", "LastCause", "DeviceLastCause", "Status", "NEStatus", "BytesIn",
		"DNSServers", "DNSDomain", "IsPrimaryInterface", "LastStatusChangeTime", "OnDemandAction", "StartMessage", "Password", "RemoteAddress", "CommRemoteAddress",
		dictionary.ErrorMessage, dictionary.ErrorCode, dictionary.ErrorDomain, "LastDisconnectError", "SharedSecret", "OverridePrimary", "\xff\x00",
	}
	kinds := 11
	if depth > 5 {
		kinds = 9
	}
	switch r.IntN(kinds) {
	case 0:
		return int64(r.Uint64()) >> r.IntN(64)
	case 1:
		return r.Uint64() >> r.IntN(64)
	case 2:
		return math.Float64frombits(r.Uint64())
	case 3:
		return r.IntN(2) == 0
	case 4:
		b := make([]byte, r.IntN(20))
		for i := range b {
			b[i] = byte(r.Uint32())
		}
		return string(b)
	case 5:
		return []byte("hunter2")
	case 6:
		return time.Unix(int64(r.Uint64())>>r.IntN(64), 0)
	case 7:
		return []any{nil, uuid.UUID{1}, 5, "10.0.0.1", "fe80::1%\x1b\xff", dictionary.DomainPlugin}[r.IntN(6)]
	case 8:
		return []any{"10.0.0.1", "10.0.0.2/8"}
	case 9:
		var l []any
		for range r.IntN(6) {
			l = append(l, grow(r, depth+1))
		}
		return l
	}
	d := tree{}
	for range r.IntN(12) {
		d[keys[r.IntN(len(keys))]] = grow(r, depth+1)
	}
	return d
}

func FuzzDecode(f *testing.F) {
	for i := range uint64(200) {
		f.Add(i, i*7919, int(i%9)-1, int64(i)*1e12)
	}
	f.Fuzz(func(t *testing.T, a, b uint64, status int, up int64) {
		r := rand.New(rand.NewPCG(a, b))
		in := tree{}
		for _, k := range []string{"VPN", "IPSec", "PPP", "IPv4", "IPv6", "LastStatusChangeTime", "DNSServers", "StartMessage", dictionary.ErrorMessage, "LastDisconnectError"} {
			if r.IntN(4) != 0 {
				in[k] = grow(r, 0)
			}
		}
		if out := decodeClean(t, in, vpn.Status(status), time.Duration(up)); strings.Contains(out, "hunter2") {
			t.Fatalf("the secret shows: %s", out)
		}
	})
}

// FuzzDecodePropertyList decodes dictionaries of any content, as a property list.
func FuzzDecodePropertyList(f *testing.F) {
	f.Add([]byte(`{ VPN = { RemoteAddress = "vpn.example"; LastCause = 8; }; IPv4 = { Addresses = ("10.0.0.1"); InterfaceName = ipsec0; }; }`), int(vpn.Connected))
	f.Add([]byte(`{ PPP = { CommRemoteAddress = "192.0.2.1"; ConnectTime = <*I5>; LastCause = "x"; }; StartMessage = opaque; }`), int(vpn.Disconnected))
	f.Add([]byte(`<plist><dict><key>IPSec</key><dict><key>BytesIn</key><integer>-1</integer><key>XAuthPassword</key><string>hunter2</string></dict>`+
		`<key>LastStatusChangeTime</key><date>2026-11-22T11:00:00Z</date><key>DNSServers</key><array><string>&#27;[2J</string><data>AA==</data></array></dict></plist>`), int(vpn.Connected))
	f.Fuzz(func(t *testing.T, data []byte, status int) {
		var in tree
		if _, err := plist.Unmarshal(data, &in); err == nil {
			decodeClean(t, in, vpn.Status(status), uptime)
			empty := decodeClean(t, tree{"VPN": tree{}}, vpn.Status(status), uptime)
			if out := decodeClean(t, tree{"VPN": tree{"SharedSecret": in}}, vpn.Status(status), uptime); out != empty {
				t.Fatalf("a secret of any form shows: %s", out)
			}
		}
	})
}

// decodeClean decodes a dictionary, checks that the result can be shown, and
// returns it in JSON.
func decodeClean(t *testing.T, in tree, status vpn.Status, uptime time.Duration) string {
	t.Helper()
	info := dictionary.Decode(in, status, uptime, now)
	dictionary.DecodeStatistics(in)
	out, err := json.Marshal(info)
	if err != nil {
		t.Fatalf("%v: %#v", err, info)
	}
	for _, s := range append([]string{info.Remote, info.Interface, info.DNSDomain, info.Cause.Message}, info.DNSServers...) {
		if !utf8.ValidString(s) || strings.ContainsFunc(s, unicode.IsControl) {
			t.Fatalf("unclean text %q", s)
		}
	}
	if info.Since.After(now) {
		t.Fatalf("connected since %v, after now", info.Since)
	}
	if info.Cause.Code < 0 || info.Cause.Device < 0 {
		t.Fatalf("cause %+v", info.Cause)
	}
	return string(out)
}
