package menubar

import (
	"strings"
	"testing"
	"time"
	"unicode"

	"vpnstatus/internal/autoconnect"
	"vpnstatus/internal/engine"
	"vpnstatus/internal/settings"
	"vpnstatus/internal/vpn"
	"vpnstatus/test/situation"
)

const evil = "ev\x1b[31m\u009b\nil\t\u202e\u2066\u200f\ufeff\u00ad\x00\xff\U000e0041"

// steers reports whether a text has a character that a menu line can't have.
// Isolates are ours, around text from right to left, and so are the lines of a tool
// tip.
func steers(s string) bool {
	return strings.Contains(s, "\nil") || strings.ContainsFunc(s, func(r rune) bool {
		return unicode.IsControl(r) && r != '\n' || r == unicode.ReplacementChar || unicode.Is(unicode.Cf, r) && !strings.ContainsRune(firstStrongIsolate+popIsolate, r)
	})
}

func TestNothingInTheMenuSteersItsText(t *testing.T) {
	x := settings.Default()
	x.Rules = []autoconnect.Rule{{Name: evil, When: autoconnect.When{SSID: []string{evil}}, Then: autoconnect.OutcomeConnect}}
	x.Groups = []autoconnect.Group{{Name: evil, Members: []vpn.ID{situation.ID(1), situation.ID(2)}}}
	x.Trusted = []settings.TrustedNetwork{{SSID: evil}}
	reason := func(key autoconnect.Key) autoconnect.View {
		return autoconnect.View{State: autoconnect.Backoff, Attempt: 3, Reason: autoconnect.Reason{
			Key: key, Rule: evil, Other: evil, Cause: vpn.Cause{Family: vpn.FamilyVPN, Code: 77, Message: evil},
		}}
	}
	hostile := func(v *engine.Service) {
		v.Server, v.App, v.Protocol, v.Info.Remote, v.Info.Interface = evil, evil, evil, evil, evil
		v.Info.DNSServers, v.Info.DNSDomain = []string{evil}, evil
		v.Info.Cause = vpn.Cause{Family: vpn.FamilyVPN, Code: 77, Message: evil}
	}
	s := situation.Snapshot(situation.Service(1, evil, hostile), situation.Service(2, evil, hostile, situation.Up(time.Minute)), situation.Service(3, evil+"משרד", hostile))
	s.Facts = situation.WiFi(evil)
	s.Problems = []engine.Problem{{Key: "settings." + evil, Text: evil}, {Key: "notification", Text: evil}}
	for _, key := range []autoconnect.Key{ // those whose words have a text from outside, and others
		autoconnect.KeyManual, autoconnect.KeySatisfied, autoconnect.KeyConnectingRule, autoconnect.KeyBackoffDropped, autoconnect.KeyBackoffFailed,
		autoconnect.KeyWaitingRule, autoconnect.KeyWaitingGroup, autoconnect.KeyWaitingGroupHeld, autoconnect.KeyWaitingSuperseded, autoconnect.KeyHeldUser,
		autoconnect.KeyPaused, autoconnect.KeyNeedsAuth, autoconnect.KeyNeedsSystem, autoconnect.KeySlowFailures, autoconnect.KeyStopRule, autoconnect.KeyStopGroup, evil,
	} {
		for i, v := range s.Services {
			c := *v
			c.Policy = reason(key)
			s.Services[i] = &c
		}
		m := Build(s, x, Env{Location: time.UTC}, situation.Now)
		n := 0
		var walk func([]Item)
		walk = func(items []Item) {
			for _, it := range items {
				for _, text := range []string{it.Title, it.ToolTip, it.Accessibility} {
					if n++; steers(text) || strings.Contains(it.Title, "\n") {
						t.Errorf("%s, %s: %q", key, it.ID, text)
					}
				}
				walk(it.Submenu)
			}
		}
		walk(m.Items)
		if steers(m.Status.Text+m.Status.ToolTip+m.Status.Accessibility) || n < 20 {
			t.Errorf("%s, %d texts: %+q", key, n, m.Status)
		}
	}
}
