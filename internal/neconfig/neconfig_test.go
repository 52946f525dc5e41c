package neconfig

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"vpnstatus/internal/cocoa"
	"vpnstatus/internal/vpn"
)

var id = uuid.MustParse("5CFB1D68-9B0D-4B5A-B5E5-0B4E0E3A1D11")

// office is a complete IKEv2 configuration; edit changes it.
func office(edit func(*Record)) Record {
	r := Record{
		ID:   Known(id),
		Name: Known("Office"),
		VPN: &VPN{
			Enabled:  Known(true),
			OnDemand: Known(false),
			Protocol: &Protocol{
				Type:    Known(5),
				Classes: []string{"NEVPNProtocolIKEv2", "NEVPNProtocolIPSec", "NEVPNProtocol", "NSObject"},
				Server:  Known("vpn.example.org"),
			},
		},
	}
	if edit != nil {
		edit(&r)
	}
	return r
}

func TestShown(t *testing.T) {
	tunnel := func(kind Opt[int]) func(*Record) {
		return func(r *Record) { r.VPN.Protocol.Type, r.VPN.TunnelType = Known(4), kind }
	}
	number := func(n int) func(*Record) {
		return func(r *Record) { r.VPN.Protocol.Type, r.VPN.Protocol.Classes = Known(n), nil }
	}
	for _, c := range []struct {
		name string
		edit func(*Record)
		want bool
		why  string // part of
	}{
		{"IKEv2", nil, true, ""},
		{"Cisco IPSec", number(1), true, ""},
		{"L2TP", number(2), true, ""},
		{"PPTP, which macOS dropped", number(3), false, "PPTP"},
		{"a third party's tunnel on an old system without its kind", tunnel(Opt[int]{}), true, ""},
		{"a third party's tunnel whose kind was never set", tunnel(Known(0)), true, ""},
		{"a third party's packet tunnel", tunnel(Known(1)), true, ""},
		{"a transparent proxy", tunnel(Known(2)), false, "proxy"},
		{"a kind of tunnel of the future", tunnel(Known(3)), false, "3"},
		{"a DNS proxy's number", number(6), false, "number 6"},
		{"number 0 and no class", number(0), false, "not known"},
		{"no number, but a class that is known", func(r *Record) { r.VPN.Protocol.Type = Opt[int]{} }, true, ""},
		{"no number and an unknown class", func(r *Record) {
			r.VPN.Protocol.Type, r.VPN.Protocol.Classes = Opt[int]{}, []string{"NEVPNProtocolNew"}
		}, false, "number not known, class NEVPNProtocolNew"},
		{"neither number nor class", func(r *Record) { r.VPN.Protocol = &Protocol{} }, false, "class not known"},
		{"no protocol", func(r *Record) { r.VPN.Protocol = nil }, false, "no protocol"},
		{"a content filter", func(r *Record) { r.VPN, r.Others = nil, []string{"contentFilter"} }, false, "contentFilter"},
		{"nothing at all", func(r *Record) { *r = Record{} }, false, "not a VPN"},
		{"no identifier", func(r *Record) { r.ID = Opt[vpn.ID]{} }, false, "identifier"},
		{"an identifier of zeros", func(r *Record) { r.ID = Known(vpn.ID{}) }, false, "identifier"},
		{"one of macOS's own", func(r *Record) { r.Name = Known("com.apple.preferences.networkprivacy-1") }, false, "macOS"},
		{"a name that only contains that", func(r *Record) { r.Name = Known("my com.apple.preferences.x") }, true, ""},
		{"a disabled one", func(r *Record) { r.VPN.Enabled = Known(false) }, true, ""},
		{"one without a name", func(r *Record) { r.Name = Opt[string]{} }, true, ""},
		{"one without a server", func(r *Record) { r.VPN.Protocol.Server = Opt[string]{} }, true, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, why := Shown(office(c.edit))
			if got != c.want || !strings.Contains(why, c.why) || got == (why != "") {
				t.Errorf("Shown = %t, %q, want %t, … %q …", got, why, c.want, c.why)
			}
		})
	}
}

func TestProtocolNames(t *testing.T) {
	ikev2 := []string{"NEVPNProtocolIKEv2", "NEVPNProtocolIPSec", "NEVPNProtocol", "NSObject"}
	ipsec := []string{"NEVPNProtocolIPSec", "NEVPNProtocol", "NSObject"}
	l2tp := []string{"NEVPNProtocolL2TP", "NEVPNProtocolPPP", "NEVPNProtocol", "NSObject"}
	pptp := []string{"NEVPNProtocolPPTP", "NEVPNProtocolPPP", "NEVPNProtocol", "NSObject"}
	tunnel := []string{"NETunnelProviderProtocol", "NEVPNProtocol", "NSObject"}
	for _, c := range []struct {
		name    string
		number  Opt[int]
		classes []string
		app     string
		owner   string
		plugin  string
		want    vpn.Protocol
	}{
		{"the number decides", Known(5), ipsec, "", "", "", "IKEv2"},
		{"number of IPSec", Known(1), ikev2, "", "", "", "IPSec"},
		{"number of L2TP", Known(2), nil, "", "", "", "L2TP"},
		{"number of PPTP", Known(3), nil, "", "", "", "PPTP"},
		{"IKEv2 before the IPSec it inherits from", Opt[int]{}, ikev2, "", "", "", "IKEv2"},
		{"a class observed by somebody has a class before it", Opt[int]{}, append([]string{"NSKVONotifying_NEVPNProtocolIKEv2"}, ikev2...), "", "", "", "IKEv2"},
		{"class of IPSec", Opt[int]{}, ipsec, "", "", "", "IPSec"},
		{"class of L2TP", Opt[int]{}, l2tp, "", "", "", "L2TP"},
		{"class of PPTP", Opt[int]{}, pptp, "", "", "", "PPTP"},
		{"a third party by the name of its app", Known(4), tunnel, "WireGuard", "com.wireguard.macos", "", "WireGuard"},
		{"by the app's identifier where it has no name", Opt[int]{}, tunnel, "", "com.example.Fjord", "", "Fjord"},
		{"by its extension where it has no app", Known(4), tunnel, "", "", "com.example.ext", "Example"},
		{"old style", Opt[int]{}, []string{"NEVPNProtocolPlugin", "NEVPNProtocol"}, "AnyConnect", "", "", "AnyConnect"},
		{"without any name", Known(4), tunnel, " \n", "", "", "Unknown"},
		{"a class of the future", Known(9), []string{"NEVPNProtocolNew"}, "", "", "", "New"},
		{"nothing known", Opt[int]{}, nil, "", "", "", "Unknown"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := Configuration(office(func(r *Record) {
				r.VPN.Protocol.Type, r.VPN.Protocol.Classes = c.number, c.classes
				r.ApplicationName, r.Application, r.VPN.Protocol.Provider = Known(c.app), Known(c.owner), Known(c.plugin)
			})).Protocol
			if got != c.want {
				t.Errorf("protocol = %q, want %q", got, c.want)
			}
		})
	}
}

func TestNamesFromBundleIDs(t *testing.T) {
	for id, want := range map[string]string{
		"com.wireguard.macos":                    "WireGuard", // its last part is the platform
		"com.wireguard.macos.network-extension":  "WireGuard", // the extension of the same app
		"io.tailscale.ipn.macos":                 "Tailscale",
		"net.openvpn.connect.app":                "Connect",
		"ch.protonvpn.mac":                       "ProtonVPN",
		"com.nordvpn.macos.NordVPN":              "NordVPN",
		"com.example.Tunnel":                     "Example",
		"com.cisco.anyconnect.macos.acsockext":   "AnyConnect",
		"com.example.Fjord.PacketTunnelProvider": "Fjord",
		"example.meridian.mac":                   "Meridian",
		"org.example.été":                        "Été",
		"macos":                                  "macos", // all parts are generic, or the first
		"com.app.vpn":                            "vpn",
		"Fjord":                                  "Fjord",
		"com.example.":                           "Example",
		"":                                       "",
		".":                                      "",
	} {
		if got := nameFromBundleID(id); got != want {
			t.Errorf("%q is called %q, want %q", id, got, want)
		}
	}
}

func TestConfiguration(t *testing.T) {
	for _, c := range []struct {
		name string
		edit func(*Record)
		want vpn.Configuration
	}{
		{"as read", nil, vpn.Configuration{ID: id, Name: "Office", Protocol: vpn.IKEv2, Server: "vpn.example.org", Enabled: true}},
		{"everything known", func(r *Record) {
			r.Application, r.ApplicationName = Known("org.example.app"), Known("App")
			r.VPN.OnDemand, r.VPN.Protocol.IncludeAllNetworks, r.Profile = Known(true), Known(true), true
		}, vpn.Configuration{ID: id, Name: "Office", Protocol: vpn.IKEv2, Server: "vpn.example.org", Enabled: true, App: "App", BundleID: "org.example.app", OnDemand: true, IncludeAllNetworks: true, Managed: true}},
		{"enabled is not known on an old system", func(r *Record) { r.VPN.Enabled = Opt[bool]{} },
			vpn.Configuration{ID: id, Name: "Office", Protocol: vpn.IKEv2, Server: "vpn.example.org", Enabled: true}},
		{"the VPN is disabled", func(r *Record) { r.VPN.Enabled = Known(false) },
			vpn.Configuration{ID: id, Name: "Office", Protocol: vpn.IKEv2, Server: "vpn.example.org"}},
		{"the whole configuration is disabled", func(r *Record) { r.Enabled = Known(false) },
			vpn.Configuration{ID: id, Name: "Office", Protocol: vpn.IKEv2, Server: "vpn.example.org"}},
		{"from device management", func(r *Record) { r.ProfileSource = Known(2) },
			vpn.Configuration{ID: id, Name: "Office", Protocol: vpn.IKEv2, Server: "vpn.example.org", Enabled: true, Managed: true}},
		{"no VPN", func(r *Record) { r.VPN = nil }, vpn.Configuration{ID: id, Name: "Office", Enabled: true}},
		{"no protocol", func(r *Record) { r.VPN.Protocol = nil }, vpn.Configuration{ID: id, Name: "Office", Enabled: true}},
		{"nothing", func(r *Record) { *r = Record{} }, vpn.Configuration{Enabled: true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if d := cmp.Diff(c.want, Configuration(office(c.edit))); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestTextsAreFitToShow(t *testing.T) {
	const bad, good = " a\x1b\n\u202Eb\xff", "a b"
	long := strings.Repeat("ä", 10_000)
	for _, c := range []struct{ name, in, want string }{
		{"what steers a terminal or turns the menu round goes", bad, good},
		{"ten thousand characters stay", long, long},
		{"far too long is cut at a character", strings.Repeat("x", maxText-1) + "ä", strings.Repeat("x", maxText-1)},
	} {
		got := Configuration(office(func(r *Record) {
			r.Name, r.Application, r.ApplicationName = Known(c.in), Known(c.in), Known(c.in)
			r.VPN.Protocol.Type, r.VPN.Protocol.Server = Known(typePlugin), Known(c.in)
		}))
		for field, text := range map[string]string{"name": got.Name, "app": got.App, "bundle": got.BundleID, "server": got.Server, "protocol": string(got.Protocol)} {
			if text != c.want {
				t.Errorf("%s: %s = %.40q, want %.40q", c.name, field, text, c.want)
			}
		}
	}
}

func TestEveryRecordIsInTheReportAndTheShownOnesInTheList(t *testing.T) {
	filter := Record{ID: Known(uuid.New()), Name: Known("LuLu"), Others: []string{"contentFilter"}}
	again := office(func(r *Record) { r.Name = Known("Office, a stale copy") })
	home := office(func(r *Record) { r.ID, r.Name = Known(vpn.ID(uuid.New())), Known("Office") })
	records := []Record{filter, office(nil), again, home, {}}
	entries := Entries(records)
	if len(entries) != len(records) || entries[0].Why == "" || !entries[1].Shown || entries[4].Shown {
		t.Errorf("entries = %+v", entries)
	}
	got := Configurations(records)
	if len(got) != 2 || got[0].ID != id || got[0].Name != "Office" || got[1].ID != home.ID.Value {
		t.Errorf("configurations = %+v; equal names stay apart, equal identifiers are one", got)
	}
	if got := Configurations(nil); len(got) != 0 {
		t.Errorf("no records gave %v", got)
	}
}

func TestErrorsInWords(t *testing.T) {
	for _, c := range []struct {
		in   cocoa.Error
		want string
	}{
		{cocoa.Error{Domain: "NEConfigurationErrorDomain", Code: 10, Message: "Permission denied"}, "permission was denied: Permission denied (NEConfigurationErrorDomain error 10)"},
		{cocoa.Error{Domain: "NEConfigurationErrorDomain", Code: 11}, "the system's configuration helper did not answer: NEConfigurationErrorDomain error 11"},
		{cocoa.Error{Domain: "NEConfigurationErrorDomain", Code: 99}, "the system reports an error: NEConfigurationErrorDomain error 99"},
		{cocoa.Error{Domain: "NEVPNErrorDomain", Code: 10}, "the system reports an error: NEVPNErrorDomain error 10"},
		{cocoa.Error{Domain: "NSCocoaErrorDomain", Code: 4097, Message: "no\nservice"}, "the system reports an error: no service (NSCocoaErrorDomain error 4097)"},
	} {
		if got, want := loadError(c.in).Error(), "loading the VPN configurations failed: "+c.want; got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestWhatLoadingDoesNotSayIsLacked(t *testing.T) {
	watch := cocoa.Part{Kind: cocoa.Method, Name: "-[NEConfigurationManager " + selWatch + "]", For: featureList}
	for _, c := range []struct {
		name string
		list []cocoa.Part
		want string
	}{
		{"nothing is missing", nil, ""},
		{"changes are not announced", []cocoa.Part{watch}, "VPN list: this system lacks the method " + watch.Name},
		{"without a manager loading fails and says so", []cocoa.Part{{Kind: cocoa.Class, Name: "NEConfigurationManager"}, watch}, ""},
		{"without the framework too", []cocoa.Part{{Kind: cocoa.Framework, Name: "NetworkExtension"}, watch}, ""},
	} {
		got := ""
		if err := lacks(c.list); err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}
