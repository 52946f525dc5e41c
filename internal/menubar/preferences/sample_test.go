package preferences

import (
	"time"

	"vpnstatus/internal/autoconnect"
	"vpnstatus/internal/engine"
	"vpnstatus/internal/facts"
	"vpnstatus/internal/menubar"
	"vpnstatus/internal/settings"
	"vpnstatus/internal/vpn"
	"vpnstatus/test/situation"
)

// sample is a window in which everything is shown.
func sample() (*engine.Snapshot, settings.Settings, Env) {
	snapshot := situation.Snapshot(
		situation.Service(1, "Office", situation.Auto, situation.Up(time.Hour)),
		situation.Service(2, "Home"),
		situation.Service(3, "Lab", func(s *engine.Service) { s.OnDemand = true }),
		situation.Service(4, "Mesh", func(s *engine.Service) { s.Hidden = true }),
	)
	snapshot.Trusted = true
	s := settings.Default()
	s.AutoConnect = map[vpn.ID]bool{situation.ID(1): true}
	s.Groups = []autoconnect.Group{{Name: "Work", Members: []vpn.ID{situation.ID(1), situation.ID(3)}}}
	s.Probes = map[vpn.ID]autoconnect.Probe{situation.ID(1): {Target: "intranet.example.com:443"}}
	s.Trusted = []settings.TrustedNetwork{
		{SSID: "Home-WiFi", GatewayMAC: "02:00:5e:10:00:01"},
		{GatewayMAC: "02:00:5e:10:00:09", Name: "Desk in Berlin"},
	}
	s.Rules = []autoconnect.Rule{
		{Name: "Public Wi-Fi", Then: autoconnect.OutcomeConnect, Interface: facts.WiFi},
		{Then: autoconnect.OutcomeDisconnect, Services: []string{"Lab*"}, Time: "18:00-08:00", SSID: []string{"a, b", "c"}},
	}
	s.Hidden = []string{"Me*"}
	s.MutedServices = []vpn.ID{situation.ID(2)}
	x := autoconnect.Explanation{Rules: []autoconnect.RuleResult{
		{Then: "ignore", Matched: true}, {Then: "ignore"},
		{Then: "connect", Matched: true, Why: []string{"the interface is wifi"}},
		{Then: "disconnect", Unknown: true, Why: []string{"the Wi-Fi name is not known"}},
	}}
	env := Env{
		Version: "1.2.3", Location: time.UTC, Login: menubar.LoginOff,
		SettingsFile: "~/settings.json", LogFile: "~/vpnstatus.log", HooksDir: "~/hooks",
		Links:   []Link{{"Website", "https://example.com"}},
		Import:  &settings.Import{Taken: []string{"the retry delay"}, Left: []string{"SkipVersion: there is no update check"}},
		Explain: map[vpn.ID]autoconnect.Explanation{situation.ID(1): x, situation.ID(3): x},
	}
	return snapshot, s, env
}

func sampleWindow() Window {
	snapshot, s, env := sample()
	return Build(snapshot, s, env, situation.Now)
}
