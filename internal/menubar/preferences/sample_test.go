package preferences

import (
	"testing"
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
		{Name: "Public Wi-Fi", Then: autoconnect.OutcomeConnect, When: autoconnect.When{Interface: facts.WiFi}},
		{Then: autoconnect.OutcomeDisconnect, Services: []string{"Lab*"}, When: autoconnect.When{Time: "18:00-08:00", SSID: []string{"a, b", "c"}}},
	}
	s.Hidden = []string{"Me*"}
	s.MutedServices = []vpn.ID{situation.ID(2)}
	x := autoconnect.Explanation{Rules: []autoconnect.RuleResult{
		{Then: "ignore", Matched: true}, {Then: "ignore"},
		{Then: "connect", Matched: true, Why: []string{"the interface is wifi"}},
		{Then: "disconnect", Unknown: true, Why: []string{"the Wi-Fi name is not known"}},
	}}
	env := Env{
		Location: time.UTC, Login: menubar.LoginOff,
		SettingsFile: "~/settings.json", LogFile: "~/vpnstatus.log", HooksDir: "~/hooks",
		Import:  &settings.Import{Taken: []string{"the retry delay"}, Left: []string{"SkipVersion: there is no update check"}},
		Explain: map[vpn.ID]autoconnect.Explanation{situation.ID(1): x, situation.ID(3): x},
	}
	return snapshot, s, env
}

func sampleWindow() Window {
	snapshot, s, env := sample()
	return Build(snapshot, s, env, situation.Now)
}

// windows are many different windows.
func windows() map[string]Window {
	all := map[string]Window{"sample": sampleWindow()}
	for _, s := range append(situation.All(), situation.Everyday()) {
		all[s.Name] = Build(s.Snapshot, s.Settings, Env{Location: time.UTC}, situation.Now)
	}
	snapshot, s, env := sample()
	env.Login = menubar.LoginApproval
	env.Problems = []settings.Problem{{Key: "retryDelayMax", Text: "3 is out of range"}, {Key: "groups", Text: "number 1: it needs a name"}}
	env.Errors = map[string]string{"probe/" + situation.ID(3).String(): "No good"}
	env.Selected = map[string]string{"rules": "rules/1", "autoConnect": situation.ID(3).String(), "trustedNetworks": "trustedNetworks/1", "services": "gone", "hidden": "gone"}
	all["with problems"] = Build(snapshot, s, env, situation.Now)
	snapshot, s, _ = sample()
	snapshot.Facts.SSID, snapshot.Facts.LocationRight = facts.Fact[string]{}, facts.RightDenied
	snapshot.Pause = autoconnect.Forever
	s.Rules[0].Services = []string{"Of*", "Home"}
	s.Trusted[0].SSID = "\xff\x00\u202e"
	all["odd names"] = Build(snapshot, s, Env{}, situation.Now)
	return all
}

func control(t *testing.T, w Window, id string) Control {
	t.Helper()
	c, _ := find(t, w, id)
	return c
}

// find returns a control and its row.
func find(t *testing.T, w Window, id string) (Control, Row) {
	t.Helper()
	for _, tab := range w.Tabs {
		for _, r := range tab.Rows {
			for _, c := range r.Controls {
				if c.ID == id {
					return c, r
				}
			}
		}
	}
	t.Fatalf("there is no control %q", id)
	return Control{}, Row{}
}
