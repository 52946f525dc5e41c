package menubar_test

import (
	"testing"

	"pgregory.net/rapid"

	"vpnstatus/internal/engine"
	. "vpnstatus/internal/menubar"
	"vpnstatus/internal/vpn"
	"vpnstatus/test/situation"
)

func TestNamesDistinguishServices(t *testing.T) {
	at := func(server string) func(*engine.Service) { return func(s *engine.Service) { s.Server = server } }
	for name, c := range map[string]struct {
		services []*engine.Service
		want     []string
	}{
		"different names stay as they are":       {[]*engine.Service{situation.Service(1, "Office"), situation.Service(2, "Home")}, []string{"Office", "Home"}},
		"equal names have their server":          {[]*engine.Service{situation.Service(1, "Office", at("a")), situation.Service(2, "Office", at("b"))}, []string{"Office (a)", "Office (b)"}},
		"equal servers leave the ID":             {[]*engine.Service{situation.Service(1, "Office", at("a")), situation.Service(2, "Office", at("a"))}, []string{"Office (00010001)", "Office (00020002)"}},
		"a name like another with its server":    {[]*engine.Service{situation.Service(1, "Office", at("a")), situation.Service(2, "Office", at("b")), situation.Service(3, "Office (a)", at("c"))}, []string{"Office (00010001)", "Office (b)", "Office (a) (c)"}},
		"a name like another with its ID":        {[]*engine.Service{situation.Service(1, "Office", at("a")), situation.Service(2, "Office", at("a")), situation.Service(3, "Office (00010001)", at("a"))}, []string{"Office (00010001)", "Office (00020002)", "Office (00010001) (a)"}},
		"three VPNs without a name or a server":  {[]*engine.Service{situation.Service(1, "", at("")), situation.Service(2, "\u200b", at("")), situation.Service(3, " ", at(""))}, []string{"Unnamed VPN (00010001)", "Unnamed VPN (00020002)", "Unnamed VPN (00030003)"}},
		"a name that is cleaned to an equal one": {[]*engine.Service{situation.Service(1, "Office", at("a")), situation.Service(2, "Of\u202efice", at("b"))}, []string{"Office (a)", "Office (b)"}},
	} {
		t.Run(name, func(t *testing.T) {
			names := Names(c.services)
			seen := map[string]vpn.ID{}
			for i, s := range c.services {
				if got := names[s.ID].Short; got != c.want[i] {
					t.Errorf("%q is shown as %q, want %q", s.Name, got, c.want[i])
				}
				seen[names[s.ID].Full] = s.ID
			}
			if len(seen) != len(c.services) {
				t.Errorf("whole names look alike: %v", names)
			}
		})
	}
}

func TestNoTwoNamesAreAlike(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var services []*engine.Service
		for n := range rapid.IntRange(2, 6).Draw(t, "services") {
			s := situation.Service(n, rapid.SampledFrom([]string{"", "Office", "Office (a)", "Office (00010001)", "Office (a) (00010001)"}).Draw(t, "name"))
			s.Server = rapid.SampledFrom([]string{"", "a", "00010001"}).Draw(t, "server")
			services = append(services, s)
		}
		seen := map[string]bool{}
		for _, n := range Names(services) {
			if seen[n.Short] {
				t.Fatalf("two are called %q", n.Short)
			}
			seen[n.Short] = true
		}
	})
}
