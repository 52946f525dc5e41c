package preferences

import (
	"reflect"
	"slices"
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

// texts calls f with each text in v that is shown. What is in a field is not among
// them: that is the setting itself, which the user may change.
func texts(v reflect.Value, where string, f func(where, text string)) {
	switch v.Kind() {
	case reflect.String:
		f(where, v.String())
	case reflect.Pointer:
		if !v.IsNil() {
			texts(v.Elem(), where, f)
		}
	case reflect.Slice:
		for i := range v.Len() {
			texts(v.Index(i), where, f)
		}
	case reflect.Struct:
		if id := v.FieldByName("ID"); id.IsValid() {
			where += " " + id.String()
		}
		c, _ := v.Interface().(Control)
		for i := range v.NumField() {
			switch name := v.Type().Field(i).Name; {
			case name == "Value" && c.Kind != Static:
			case slices.Contains([]string{"ID", "Key", "Selected", "Action", "Set", "Then"}, name):
			default:
				texts(v.Field(i), where+" "+name, f)
			}
		}
	}
}

func TestNothingInTheWindowSteersItsText(t *testing.T) {
	const evil = "ev\x1b[31m\u009bil\t\u202e\u2066\u200f\ufeff\u00ad\x00\xff\U000e0041"
	hostile := func(v *engine.Service) {
		v.Server, v.App, v.Protocol, v.Info.Remote = evil, evil, evil, evil
		v.Policy.Reason = autoconnect.Reason{Key: autoconnect.KeyWaitingRule, Rule: evil, Cause: vpn.Cause{Message: evil}}
	}
	s := situation.Snapshot(situation.Service(1, evil, hostile), situation.Service(2, evil, hostile))
	s.Facts = situation.WiFi(evil)
	s.Problems = []engine.Problem{{Key: "hooks", Text: evil}, {Key: "settings.rules", Text: evil}}
	x := settings.Default()
	x.Rules = []autoconnect.Rule{{Name: evil, When: autoconnect.When{SSID: []string{evil}, DNSDomain: []string{evil}}, Services: []string{evil}, Then: autoconnect.OutcomeConnect}}
	x.Groups = []autoconnect.Group{{Name: evil, Members: []vpn.ID{situation.ID(1)}}}
	x.Probes = map[vpn.ID]autoconnect.Probe{situation.ID(1): {Target: evil}}
	x.Trusted = []settings.TrustedNetwork{{SSID: evil}, {GatewayMAC: "02:00:5e:10:00:09", Name: evil}}
	x.Hidden = []string{evil}
	w := Build(s, x, Env{
		Location: time.UTC, SettingsFile: evil, LogFile: evil, HooksDir: evil,
		Import:   &settings.Import{Taken: []string{evil}, Left: []string{evil}},
		Problems: []settings.Problem{{Key: "rules", Text: evil}, {Key: evil, Text: evil}},
		Errors:   map[string]string{"retryDelayMax": evil},
		Explain:  map[vpn.ID]autoconnect.Explanation{situation.ID(1): {Rules: []autoconnect.RuleResult{{Then: "connect", Matched: true, Why: []string{evil}}}}},
	}, situation.Now)
	n, evils := 0, 0
	texts(reflect.ValueOf(w), "", func(where, text string) {
		n++
		if strings.Contains(text, "il") {
			evils++
		}
		if strings.ContainsFunc(text, func(r rune) bool {
			return unicode.IsControl(r) && r != '\n' || r == unicode.ReplacementChar || unicode.Is(unicode.Cf, r) && r != '\u2068' && r != '\u2069'
		}) {
			t.Errorf("%s: %q", where, text)
		}
	})
	if n < 100 || evils < 20 {
		t.Errorf("only %d texts, %d of them from outside", n, evils)
	}
}
