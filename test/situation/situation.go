// Package situation holds snapshots of situations that a menu must show well:
// for golden files, pictures and trying screens by hand, and a source for tests of screens.
//
// They are the same in each run. Only tests and tools import the package.
package situation

import (
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/google/uuid"

	"vpnstatus/internal/autoconnect"
	"vpnstatus/internal/engine"
	"vpnstatus/internal/facts"
	"vpnstatus/internal/settings"
	"vpnstatus/internal/vpn"
)

// Now is the time of all situations.
var Now = time.Date(2026, 11, 20, 14, 0, 0, 0, time.UTC)

// Situation is one snapshot with the settings that belong to it.
type Situation struct {
	Name     string
	Snapshot *engine.Snapshot
	Settings settings.Settings
}

// ID returns the identifier of the n-th service, n from 0 to 9999.
func ID(n int) vpn.ID {
	return uuid.MustParse(fmt.Sprintf("%04d%04d-0000-4000-8000-00000000%04d", n, n, n))
}

// Service returns an enabled IKEv2 service that is down and without Auto
// Connect, changed by each of the functions.
func Service(n int, name string, change ...func(*engine.Service)) *engine.Service {
	s := &engine.Service{
		Configuration: vpn.Configuration{ID: ID(n), Name: name, Protocol: vpn.IKEv2, Server: strings.ToLower(strings.ReplaceAll(name, " ", "-")) + ".example.com", Enabled: true},
		Status:        vpn.Disconnected,
		Known:         true,
		Policy:        autoconnect.View{State: autoconnect.Manual},
	}
	for _, c := range change {
		c(s)
	}
	return s
}

// Up makes a service connected for the given time.
func Up(d time.Duration) func(*engine.Service) {
	return func(s *engine.Service) {
		s.Status = vpn.Connected
		s.Info = vpn.Info{
			Since: Now.Add(-d), Remote: "203.0.113.5", Interface: "utun4", Primary: true,
			Addresses: []netip.Addr{netip.MustParseAddr("10.1.2.3"), netip.MustParseAddr("fd00::3")},
		}
		if s.AutoConnect {
			s.Policy.State = autoconnect.Satisfied
		}
	}
}

// Traffic sets the counters of a service.
func Traffic(in, out uint64) func(*engine.Service) {
	return func(s *engine.Service) { s.Statistics = &vpn.Statistics{BytesIn: in, BytesOut: out} }
}

// Auto ticks Auto Connect.
func Auto(s *engine.Service) { s.AutoConnect = true }

// Status sets the status.
func Status(status vpn.Status) func(*engine.Service) {
	return func(s *engine.Service) { s.Status = status }
}

// Policy sets the policy's view, with Auto Connect ticked.
func Policy(v autoconnect.View) func(*engine.Service) {
	return func(s *engine.Service) { s.AutoConnect, s.Policy = true, v }
}

// Snapshot returns a loaded snapshot on a known Wi-Fi.
func Snapshot(services ...*engine.Service) *engine.Snapshot {
	return &engine.Snapshot{Seq: 1, At: Now, Loaded: true, Services: services, Facts: WiFi("Home-WiFi")}
}

// WiFi returns the facts of a Wi-Fi with everything known.
func WiFi(ssid string) facts.Facts {
	return facts.Facts{
		Path:          facts.Known(facts.Satisfied, Now),
		Interface:     facts.Known(facts.WiFi, Now),
		SSID:          facts.Known(ssid, Now),
		Gateway:       facts.Known(netip.MustParseAddr("192.168.1.1"), Now),
		GatewayMAC:    facts.Known("02:00:5e:10:00:01", Now),
		Addresses:     facts.Known([]netip.Prefix{netip.MustParsePrefix("192.168.1.20/24")}, Now),
		LocationRight: facts.RightGranted,
	}
}

var notResponding = vpn.Cause{Family: vpn.FamilyVPN, Code: vpn.StopNotResponding}

// All returns all situations. Each call returns new ones.
func All() []Situation {
	held := autoconnect.View{State: autoconnect.Held, Reason: autoconnect.Reason{Key: "held.user", Until: autoconnect.Forever}}
	backoff := autoconnect.View{State: autoconnect.Backoff, Attempt: 4, Next: Now.Add(7*time.Second + 400*time.Millisecond), Reason: autoconnect.Reason{Key: "backoff.failed", Cause: notResponding}}
	needsUser := autoconnect.View{State: autoconnect.NeedsUser, Reason: autoconnect.Reason{Key: "needs-user.auth", Cause: vpn.Cause{Family: vpn.FamilyVPN, Code: vpn.StopAuthFailed}}}
	connecting := autoconnect.View{State: autoconnect.Connecting, Attempt: 2, Reason: autoconnect.Reason{Key: "connecting.retry", Cause: notResponding}}

	with := func(s *engine.Snapshot, change func(*engine.Snapshot)) *engine.Snapshot {
		change(s)
		return s
	}
	set := func(change func(*settings.Settings)) settings.Settings {
		s := settings.Default()
		change(&s)
		return s
	}
	d := settings.Default()
	paused := autoconnect.View{State: autoconnect.Paused, Reason: autoconnect.Reason{Key: "paused", Until: autoconnect.Until{Time: Now.Add(23*time.Minute + 10*time.Second)}}}

	return []Situation{
		{"not loaded yet", &engine.Snapshot{}, d},
		{"no services", Snapshot(), d},
		{"unknown first status", Snapshot(Service(1, "Office", Auto, func(s *engine.Service) { s.Known = false })), d},
		{"one connected", Snapshot(Service(1, "Office", Auto, Up(12*time.Minute+45*time.Second), Traffic(1_234_567, 340_210))), set(func(s *settings.Settings) { s.ShowTimeConnected = true })},
		{"connecting with attempts", Snapshot(Service(1, "Lab", Status(vpn.Connecting), Policy(connecting))), d},
		{"reasserting and unstable", Snapshot(Service(1, "Office", Auto, Up(2*time.Hour), Status(vpn.Reasserting), func(s *engine.Service) {
			s.Policy.Unstable = true
		})), d},
		{"disconnecting", Snapshot(Service(1, "Office", Up(time.Hour), Status(vpn.Disconnecting))), d},
		{"held", Snapshot(Service(1, "Home", Policy(held))), d},
		{"backing off", Snapshot(Service(1, "Lab", Policy(backoff))), d},
		{"needs action", Snapshot(Service(1, "Customer", Policy(needsUser))), d},
		{"paused with countdown", with(Snapshot(Service(1, "Office", Policy(paused))), func(s *engine.Snapshot) {
			s.Pause = autoconnect.Until{Time: Now.Add(23*time.Minute + 10*time.Second)}
		}), d},
		{"paused until resumed", with(Snapshot(Service(1, "Office", Auto)), func(s *engine.Snapshot) { s.Pause = autoconnect.Forever }), d},
		{"on demand", Snapshot(
			Service(1, "Campus", Up(26*time.Hour), func(s *engine.Service) { s.OnDemand = true }),
			Service(2, "Campus Labs", func(s *engine.Service) { s.OnDemand = true }),
		), d},
		{"seven services", seven(), d},
		{"duplicate names", Snapshot(
			Service(1, "Office", func(s *engine.Service) { s.Server = "berlin.example.com" }),
			Service(2, "Office", func(s *engine.Service) { s.Server = "paris.example.com" }),
			Service(3, "Office", func(s *engine.Service) { s.Server = "paris.example.com" }),
		), d},
		{"long, right-to-left and emoji names", Snapshot(
			Service(1, "Headquarters Amsterdam – Production network with two-factor login", func(s *engine.Service) { s.Server = "hq.example.com" }),
			Service(2, "משרד ראשי", func(s *engine.Service) { s.Server = "tlv.example.com" }),
			Service(3, "Team 👩🏽‍🔬🇳🇱 café", func(s *engine.Service) { s.Server = "team.example.com" }),
			Service(4, "\u202eevil\u0007 \nname\u2066\xff", func(s *engine.Service) { s.Server = "" }),
			Service(5, "\u200b", func(s *engine.Service) { s.Server = "nameless.example.com" }),
		), d},
		{"offline", with(Snapshot(Service(1, "Office", Policy(autoconnect.View{State: autoconnect.Waiting, Reason: autoconnect.Reason{Key: "waiting.offline"}}))), func(s *engine.Snapshot) {
			s.Facts = facts.Facts{Path: facts.Known(facts.Unsatisfied, Now)}
		}), d},
		{"trusted network", with(Snapshot(Service(1, "Office", Policy(autoconnect.View{State: autoconnect.Waiting, Reason: autoconnect.Reason{Key: "waiting.rule", Rule: "Home-WiFi"}}))), func(s *engine.Snapshot) { s.Trusted = true }), d},
		{"location needed", with(Snapshot(Service(1, "Office", Auto, Up(time.Minute))), func(s *engine.Snapshot) {
			s.Facts.SSID = facts.Fact[string]{}
			s.Facts.LocationRight = facts.RightDenied
		}), set(func(s *settings.Settings) {
			s.Trusted = []settings.TrustedNetwork{{SSID: "Home-WiFi"}}
		})},
		{"problem shown", with(Snapshot(Service(1, "Office")), func(s *engine.Snapshot) {
			s.Problems = []engine.Problem{
				{Key: "settings", Text: "the settings file can't be changed: it is not JSON: line 4: unexpected end of JSON input (/Users/ada/settings.json); what was set before stays in force"},
				{Key: "policy", Text: "the rule “Office” is skipped: the Wi-Fi name is not known"},
				{Key: "policy", Text: "the rule “Lab” is skipped: the Wi-Fi name is not known"},
			}
		}), d},
		{"disabled and missing", Snapshot(
			Service(1, "Old App", func(s *engine.Service) { s.Enabled, s.App, s.Protocol = false, "Tunnel App", "com.example.tunnel" }),
			Service(2, "Gone", Status(vpn.Invalid)),
		), d},
		{"hidden services", Snapshot(Service(1, "Office"), Service(2, "Mesh", func(s *engine.Service) { s.Hidden = true })), d},
		{"all hidden", Snapshot(Service(2, "Mesh", func(s *engine.Service) { s.Hidden = true })), d},
		{"simulated", with(Snapshot(Service(1, "Office")), func(s *engine.Snapshot) { s.Simulated = true }), d},
	}
}

func seven() *engine.Snapshot {
	var services []*engine.Service
	for i, name := range []string{"Amsterdam", "Berlin", "Customer", "Dublin", "Edinburgh", "Florence", "Geneva"} {
		services = append(services, Service(i+1, name))
	}
	Auto(services[0])
	Up(time.Hour + 2*time.Minute + 33*time.Second)(services[0])
	services[1].Status = vpn.Connecting
	Policy(autoconnect.View{State: autoconnect.NeedsUser, Reason: autoconnect.Reason{Key: "needs-user.auth", Cause: vpn.Cause{Family: vpn.FamilyVPN, Code: vpn.StopAuthFailed}}})(services[2])
	Policy(autoconnect.View{State: autoconnect.Held, Reason: autoconnect.Reason{Key: "held.user", Until: autoconnect.Forever}})(services[3])
	services[4].Known = false
	return Snapshot(services...)
}

// Everyday is the situation of the pictures: the menu of design and README.
func Everyday() Situation {
	s := Snapshot(
		Service(1, "Office", Auto, Up(12*time.Minute+45*time.Second), Traffic(1_234_567, 340_210)),
		Service(2, "Home", Policy(autoconnect.View{State: autoconnect.Held, Reason: autoconnect.Reason{Key: "held.user", Until: autoconnect.Forever}})),
		Service(3, "Lab", Status(vpn.Connecting), Policy(autoconnect.View{State: autoconnect.Connecting, Attempt: 2, Reason: autoconnect.Reason{Key: "connecting.retry", Cause: notResponding}})),
		Service(4, "University", func(s *engine.Service) { s.Protocol = vpn.IPSec }),
	)
	return Situation{"everyday", s, settings.Default()}
}
