package autoconnect

import (
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"vpnstatus/internal/facts"
	"vpnstatus/internal/vpn"
)

// FuzzRule gives a policy one rule of any words: it is refused with the field that
// is at fault, or every condition of it is checked.
func FuzzRule(f *testing.F) {
	f.Add("connect", "", "wifi", "Home*", "00:11:22:33:44:55", "aa:bb:cc:dd:ee:01", "192.168.0.0/16", "fritz.box", "192.168.1.*", "22:00-06:00", "mon", "ac", false)
	f.Add("disconnect", "Of?ice", "", "", "", "", "", "", "", "8:00 - 24:00", "", "", false)
	f.Add("ignore", vpn.ID{1}.String(), "", `\*`, "0-1-2-3-4-5", "", "fd00::/8", "", "", "", "Sun", "", true)
	f.Add("sometimes", "[", "bus", "\xff", "x", ":", "10.0.0.0/33", "\x00", "é", "24:00-00:00", "day", "sun", false)
	f.Fuzz(func(t *testing.T, then, service, kind, ssid, bssid, mac, subnet, domain, server, hours, day, power string, disabled bool) {
		one := func(s string) []string {
			if s == "" {
				return nil
			}
			return []string{s}
		}
		r := Rule{
			Then: Outcome(then), Services: one(service), When: When{Interface: facts.Interface(kind), SSID: one(ssid), BSSID: one(bssid), GatewayMAC: one(mac), Subnet: one(subnet), DNSDomain: one(domain), DNSServer: one(server), Time: hours, Days: one(day), Power: facts.Power(power)}, Disabled: disabled,
		}
		conditions := 0
		for _, s := range []string{kind, ssid, bssid, mac, subnet, domain, server, hours + day, power} {
			if s != "" {
				conditions++
			}
		}
		errs := ValidateRules([]Rule{r})
		for _, err := range errs {
			var e *RuleError
			if !errors.As(err, &e) || e.Index != 0 || e.Field == "" || e.Err == nil || !utf8.ValidString(err.Error()) {
				t.Fatalf("the error does not say what is wrong: %q", err)
			}
		}
		id := vpn.ID{1}
		now := time.Date(2026, 11, 22, 23, 30, 0, 0, time.UTC)
		p := New(Config{Rules: []Rule{r}}, Stored{}, evenly, now)
		p.Handle(nil, ConfigurationsLoaded{[]vpn.Configuration{{ID: id, Name: "Office", Enabled: true}}}, now)
		p.Handle(nil, FactsChanged{home()}, now)
		e, ok := p.Explain(id, now)
		if !ok || len(e.Rules) != 1 {
			t.Fatalf("%+v is explained as %+v", r, e)
		}
		if got := e.Rules[0]; got.Matched && (disabled || errs != nil) || !disabled && errs == nil && len(got.Why) < conditions {
			t.Fatalf("%+v, errors %v, is explained as %+v", r, errs, got)
		}
		if (len(p.Warnings()) > 0) != (errs != nil && !disabled) {
			t.Fatalf("%+v, errors %v, warns of %q", r, errs, p.Warnings())
		}
	})
}

// FuzzGlob compares globs with regular expressions.
func FuzzGlob(f *testing.F) {
	for _, s := range [][2]string{{"Home*", "Home 5 GHz"}, {"*a*b?", "aabbé"}, {`\*\?\\`, `*?\`}, {`\`, `\`}, {"", ""}, {"**", "\xff"}, {"Home", "Ho*"}, {"Home", "Hom?"}, {`a\*`, `a\`}} {
		f.Add(s[0], s[1])
	}
	f.Fuzz(func(t *testing.T, pattern, s string) {
		for _, other := range []string{s, pattern} {
			if got := MatchGlob(QuoteGlob(s), other); got != (s == other) {
				t.Fatalf("%q, quoted, fits %q: %t", s, other, got)
			}
		}
		if len(pattern) > 100 || len(s) > 1000 || !utf8.ValidString(pattern) || !utf8.ValidString(s) {
			return // no regular expression says the same of them
		}
		var b strings.Builder
		quoted := false
		for i, r := range pattern {
			switch {
			case quoted:
				quoted = false
				b.WriteString(regexp.QuoteMeta(string(r)))
			case r == '\\' && i+1 < len(pattern):
				quoted = true
			case r == '*':
				b.WriteString(".*")
			case r == '?':
				b.WriteString(".")
			default:
				b.WriteString(regexp.QuoteMeta(string(r)))
			}
		}
		if want := regexp.MustCompile(`(?s)^(?:` + b.String() + `)$`).MatchString(s); MatchGlob(pattern, s) != want {
			t.Fatalf("%q fits %q: %t, want %t", s, pattern, !want, want)
		}
	})
}
