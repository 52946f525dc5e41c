package settings

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"vpnstatus/internal/autoconnect"
	"vpnstatus/internal/vpn"
)

func TestChangesOfTwoProgramsAreBroughtTogether(t *testing.T) {
	rule := func(name, ssid string) autoconnect.Rule {
		return autoconnect.Rule{Name: name, Then: autoconnect.OutcomeIgnore, SSID: []string{ssid}}
	}
	for name, c := range map[string]struct {
		base, ours, theirs, want Settings
	}{
		"different keys": {
			Settings{RetryDelayMax: 10}, Settings{RetryDelayMax: 20}, Settings{RetryDelayMax: 10, Hooks: true},
			Settings{RetryDelayMax: 20, Hooks: true},
		},
		"the same key: ours counts": {
			Settings{RetryDelayMax: 10}, Settings{RetryDelayMax: 20}, Settings{RetryDelayMax: 30}, Settings{RetryDelayMax: 20},
		},
		"ticks of different services": {
			Settings{AutoConnect: map[vpn.ID]bool{home: true}},
			Settings{AutoConnect: map[vpn.ID]bool{home: true, office: true}},
			Settings{},
			Settings{AutoConnect: map[vpn.ID]bool{office: true}},
		},
		"the last tick is taken away": {
			Settings{AutoConnect: map[vpn.ID]bool{home: true}}, Settings{}, Settings{AutoConnect: map[vpn.ID]bool{home: true}, Hooks: true},
			Settings{Hooks: true},
		},
		"elements of a list": {
			Settings{Hidden: []string{"a", "b"}}, Settings{Hidden: []string{"c", "b"}}, Settings{Hidden: []string{"a", "d"}},
			Settings{Hidden: []string{"c", "d"}},
		},
		"our order of a list": {
			Settings{Hidden: []string{"a", "b"}}, Settings{Hidden: []string{"b", "a"}}, Settings{Hidden: []string{"a", "b", "c"}},
			Settings{Hidden: []string{"b", "a", "c"}},
		},
		"a rule edited there, another added here": {
			Settings{Rules: []autoconnect.Rule{rule("x", "1")}},
			Settings{Rules: []autoconnect.Rule{rule("y", "2"), rule("x", "1")}},
			Settings{Rules: []autoconnect.Rule{rule("x", "3")}},
			Settings{Rules: []autoconnect.Rule{rule("y", "2"), rule("x", "3")}},
		},
		"a rule edited here, removed there": {
			Settings{Rules: []autoconnect.Rule{rule("x", "1")}}, Settings{Rules: []autoconnect.Rule{rule("x", "2")}}, Settings{},
			Settings{Rules: []autoconnect.Rule{rule("x", "2")}},
		},
		"a rule edited there, removed here": {
			Settings{Rules: []autoconnect.Rule{rule("x", "1")}}, Settings{}, Settings{Rules: []autoconnect.Rule{rule("x", "2")}},
			Settings{Rules: []autoconnect.Rule{rule("x", "2")}},
		},
		"rules with one name": {
			Settings{Rules: []autoconnect.Rule{rule("x", "1"), rule("x", "2")}},
			Settings{Rules: []autoconnect.Rule{rule("x", "1"), rule("x", "2"), rule("x", "3")}},
			Settings{Rules: []autoconnect.Rule{rule("x", "2")}},
			Settings{Rules: []autoconnect.Rule{rule("x", "2"), rule("x", "3")}},
		},
		"together they make no sense: ours counts": {
			Settings{},
			Settings{Groups: []autoconnect.Group{{Name: "a", Members: []vpn.ID{office}}}},
			Settings{Groups: []autoconnect.Group{{Name: "b", Members: []vpn.ID{office}}}},
			Settings{Groups: []autoconnect.Group{{Name: "a", Members: []vpn.ID{office}}}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			for _, s := range []*Settings{&c.base, &c.ours, &c.theirs, &c.want} {
				if s.RetryDelayMax == 0 {
					s.RetryDelayMax = 120
				}
			}
			if diff := cmp.Diff(c.want, merge(c.base, c.ours, c.theirs), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// some draws settings from a small world, so that the parts of a merge touch
// the same things.
func some(t *rapid.T, label string) Settings {
	s := Default()
	s.Hooks = rapid.Bool().Draw(t, label+" hooks")
	s.RetryDelayMax = rapid.IntRange(5, 8).Draw(t, label+" delay")
	s.Hidden = rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"a", "b", "c", "d"}), 0, 4, rapid.ID[string]).Draw(t, label+" hidden")
	for _, id := range rapid.SliceOfNDistinct(rapid.SampledFrom([]vpn.ID{office, home, {1}}), 0, 3, rapid.ID[vpn.ID]).Draw(t, label+" auto") {
		if s.AutoConnect == nil {
			s.AutoConnect = map[vpn.ID]bool{}
		}
		s.AutoConnect[id] = rapid.Bool().Draw(t, label+" on")
	}
	for i := range rapid.IntRange(0, 3).Draw(t, label+" rules") {
		s.Rules = append(s.Rules, autoconnect.Rule{
			Name: fmt.Sprint(rapid.IntRange(0, 2).Draw(t, fmt.Sprint(label, " name ", i))),
			Then: rapid.SampledFrom([]autoconnect.Outcome{"ignore", "connect"}).Draw(t, label+" then"),
		})
	}
	return s
}

func TestMergeHasItsLaws(t *testing.T) {
	same := func(t *rapid.T, what string, got, want Settings) {
		if d := differing(&got, &want); len(d) > 0 {
			t.Fatalf("%s: %s differs: got %s, want %s", what, d[0].Name, d[0].mustEncode(&got), d[0].mustEncode(&want))
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		base, ours, theirs := some(t, "base"), some(t, "ours"), some(t, "theirs")
		same(t, "only we changed", merge(base, ours, base), ours)
		same(t, "only they changed", merge(base, base, theirs), theirs)
		same(t, "nobody changed", merge(base, base, base), base)
		same(t, "both changed alike", merge(base, ours, ours), ours)
		merged := merge(base, ours, theirs)
		if err := merged.Validate(); err != nil {
			t.Fatal(err)
		}
		for _, h := range []string{"a", "b", "c", "d"} {
			in := func(s Settings) bool { return slices.Contains(s.Hidden, h) }
			added := !in(base) && (in(ours) || in(theirs))
			removed := in(base) && (!in(ours) || !in(theirs))
			if added && !in(merged) || removed && in(merged) {
				t.Fatalf("%s: base %t, ours %t, theirs %t, merged %t", h, in(base), in(ours), in(theirs), in(merged))
			}
		}
	})
}
