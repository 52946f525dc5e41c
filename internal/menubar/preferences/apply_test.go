package preferences

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"vpnstatus/internal/autoconnect"
	"vpnstatus/internal/facts"
	"vpnstatus/internal/settings"
	"vpnstatus/internal/vpn"
	"vpnstatus/test/situation"
)

// use is what a person does: the control, on the line given, gets a value.
type use struct{ control, entry, value string }

func perform(t *testing.T, s *settings.Settings, u use) error {
	t.Helper()
	snapshot, _, env := sample()
	env.Selected = map[string]string{}
	if u.entry != "" {
		for _, table := range []string{tableAuto, tableTrusted, tableRules, tableServices, tableHidden} {
			env.Selected[table] = u.entry
		}
	}
	w := Build(snapshot, *s, env, situation.Now)
	c := control(t, w, u.control)
	d := c.Do(u.value)
	if c.Kind == KindTable {
		for _, e := range c.Entries {
			for i, cell := range e.Cells {
				if e.ID == u.entry && c.Columns[i].Tick && cell.Edit != (Edit{}) {
					d = cell.Do(u.value)
				}
			}
		}
	}
	if d.Change == nil {
		t.Fatalf("%q on %q changes no setting", u.control, u.entry)
	}
	return Apply(*d.Change, s)
}

func TestControlsChangeTheSettings(t *testing.T) {
	lab, home := situation.ID(3).String(), situation.ID(2).String()
	for name, c := range map[string]struct {
		uses []use
		want func(*settings.Settings)
	}{
		"a checkbox": {[]use{{"showTimeConnected", "", On}}, func(s *settings.Settings) { s.ShowTimeConnected = true }},
		"a popup":    {[]use{{"iconStyle", "", "color"}}, func(s *settings.Settings) { s.IconStyle = settings.IconColor }},
		"a number":   {[]use{{"retryDelayMax", "", "5m"}}, func(s *settings.Settings) { s.RetryDelayMax = 300 }},
		"an event":   {[]use{{"notifications.dropped", "", Off}}, func(s *settings.Settings) { s.Notifications = map[autoconnect.Notice]bool{"dropped": false} }},
		"muting":     {[]use{{tableServices, lab, Off}}, func(s *settings.Settings) { s.MutedServices = append(s.MutedServices, situation.ID(3)) }},
		"muting twice": {[]use{{tableServices, lab, Off}, {tableServices, lab, Off}, {tableServices, lab, On}, {tableServices, home, On}},
			func(s *settings.Settings) { s.MutedServices = nil }},
		"into another's group": {[]use{{"group", home, "in Work"}}, func(s *settings.Settings) {
			s.Groups[0].Members = append(s.Groups[0].Members, situation.ID(2))
		}},
		"into the same group": {[]use{{"group", lab, "in Work"}}, func(*settings.Settings) {}},
		"into a new group": {[]use{{"group", home, "new"}, {"group", lab, "new"}}, func(s *settings.Settings) {
			s.Groups = []autoconnect.Group{
				{Name: "Work", Members: []vpn.ID{situation.ID(1)}}, {Name: "Group 1", Members: []vpn.ID{situation.ID(2)}}, {Name: "Group 2", Members: []vpn.ID{situation.ID(3)}},
			}
		}},
		"the last one out removes the group": {[]use{{"group", lab, "none"}, {"group", "", "none"}}, func(s *settings.Settings) { s.Groups = nil }},
		"a group's name":                     {[]use{{"group-name", "", " Job "}}, func(s *settings.Settings) { s.Groups[0].Name = "Job" }},
		"preference": {[]use{{"group-down", "", ""}}, func(s *settings.Settings) {
			s.Groups[0].Members = []vpn.ID{situation.ID(3), situation.ID(1)}
		}},
		"a test address": {[]use{{"probe", lab, "https://lab.example.com"}, {"probe-interval", lab, "2m"}}, func(s *settings.Settings) {
			s.Probes[situation.ID(3)] = autoconnect.Probe{Target: "https://lab.example.com", Interval: 2 * time.Minute}
		}},
		"another test address keeps the interval": {[]use{{"probe-interval", "", "90"}, {"probe", "", "b.example.com:1"}}, func(s *settings.Settings) {
			s.Probes[situation.ID(1)] = autoconnect.Probe{Target: "b.example.com:1", Interval: 90 * time.Second}
		}},
		"the interval's default": {[]use{{"probe-interval", "", "90"}, {"probe-interval", "", ""}}, func(*settings.Settings) {}},
		"no test address":        {[]use{{"probe", "", ""}}, func(s *settings.Settings) { delete(s.Probes, situation.ID(1)) }},
		"hiding":                 {[]use{{"hide", "", " Test* "}, {"hide", "", "Test*"}, {"hide", "", ""}}, func(s *settings.Settings) { s.Hidden = append(s.Hidden, "Test*") }},
		"hiding no more":         {[]use{{"hidden-remove", "", ""}}, func(s *settings.Settings) { s.Hidden = nil }},
		"trusting by name": {[]use{{"trust-add", "", ` "Café", 5 `}, {"trust-add", "", ` "Café", 5 `}, {"trust-add", "", " "}}, func(s *settings.Settings) {
			s.Trusted = append(s.Trusted, settings.TrustedNetwork{SSID: ` "Café", 5 `})
		}},
		"a network's name": {[]use{{"trusted-name", "trusted/1", "Desk"}}, func(s *settings.Settings) { s.Trusted[1].Name = "Desk" }},
		"trusting no more": {[]use{{"trusted-remove", "trusted/0", ""}}, func(s *settings.Settings) { s.Trusted = s.Trusted[1:] }},
		"a rule off":       {[]use{{tableRules, "rule/1", Off}}, func(s *settings.Settings) { s.Rules[1].Disabled = true }},
		"a rule on":        {[]use{{tableRules, "rule/1", Off}, {tableRules, "rule/1", On}}, func(*settings.Settings) {}},
		"a new rule does nothing yet": {[]use{{"rule-add", "", ""}}, func(s *settings.Settings) {
			s.Rules = append(s.Rules, autoconnect.Rule{Then: autoconnect.OutcomeIgnore, Disabled: true})
		}},
		"removing a rule": {[]use{{"rule-remove", "rule/0", ""}}, func(s *settings.Settings) { s.Rules = s.Rules[1:] }},
		"moving a rule":   {[]use{{"rule-down", "rule/0", ""}}, func(s *settings.Settings) { s.Rules[0], s.Rules[1] = s.Rules[1], s.Rules[0] }},
		"moving it back":  {[]use{{"rule-down", "rule/0", ""}, {"rule-up", "rule/1", ""}}, func(*settings.Settings) {}},
		"a rule's fields": {[]use{{"rule-name", "", "New"}, {"rule-then", "", "ignore"}, {"rule-services", "", lab}, {"rule/interface", "", "ethernet"}}, func(s *settings.Settings) {
			s.Rules[0] = autoconnect.Rule{Name: "New", Then: "ignore", Services: []string{lab}, Interface: facts.Ethernet}
		}},
		"a rule's services as they are": {[]use{{"rule-services", "rule/1", "as-is"}}, func(*settings.Settings) {}},
		"a rule for all":                {[]use{{"rule-services", "rule/1", "all"}}, func(s *settings.Settings) { s.Rules[1].Services = nil }},
		"a rule's conditions": {[]use{{"rule/ssid", "rule/1", "x, y"}, {"rule/time", "rule/1", ""}, {"rule-condition", "rule/1", "days mon, tue"}, {"rule-condition", "rule/1", ""}}, func(s *settings.Settings) {
			s.Rules[1].SSID, s.Rules[1].Time, s.Rules[1].Days = []string{"x", "y"}, "", []string{"mon", "tue"}
		}},
		"reset": {[]use{{"reset", "", ""}}, func(s *settings.Settings) {
			*s = settings.Default()
		}},
	} {
		t.Run(name, func(t *testing.T) {
			_, got, _ := sample()
			want := got.Clone()
			c.want(&want)
			for _, u := range c.uses {
				before := got.Clone()
				shared := got
				if err := perform(t, &got, u); err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(before, shared); diff != "" {
					t.Errorf("%s changed a map or slice in place:\n%s", u.control, diff)
				}
			}
			if diff := cmp.Diff(want, got, equalEmpty); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// equalEmpty: an empty list is none.
var equalEmpty = cmp.FilterValues(func(a, b any) bool {
	x, y := reflect.ValueOf(a), reflect.ValueOf(b)
	return x.IsValid() && y.IsValid() && (x.Kind() == reflect.Slice || x.Kind() == reflect.Map) && x.Kind() == y.Kind() && x.Len() == 0 && y.Len() == 0
}, cmp.Comparer(func(any, any) bool { return true }))

func TestRefusedChangesNameTheirKeyAndChangeNothing(t *testing.T) {
	for name, c := range map[string]struct {
		use  use
		key  string
		text string // as the row shows it
	}{
		"a number out of range":     {use{"retryDelayMax", "", "3"}, "retryDelayMax", "3 is out of range 5–3600 (seconds)"},
		"a number that is none":     {use{"retryDelayMax", "", "soon"}, "retryDelayMax", "\"soon\" is not a number of seconds, nor a time such as 90s or 2m"},
		"an unknown style":          {use{"iconStyle", "", "green"}, "iconStyle", "\"green\" is none of template, color"},
		"neither on nor off":        {use{"hooks", "", "maybe"}, "hooks", "\"maybe\" is neither on nor off"},
		"a wrong test address":      {use{"probe", "", "intranet"}, "probes." + situation.ID(1).String(), "Target: \"intranet\" is neither host:port nor an http or https URL"},
		"too frequent tests":        {use{"probe-interval", "", "1"}, "probes." + situation.ID(1).String(), "Interval: 1s is out of range 5s–24h"},
		"a group without name":      {use{"group-name", "", " "}, "groups", "Number 1: it needs a name"},
		"a group that is gone":      {use{"group", "", "in Nowhere"}, "groups", "It was changed elsewhere in the meantime"},
		"no group":                  {use{"group", "", "x"}, "groups", "\"x\" is not a group"},
		"a wrong window":            {use{"rule/time", "rule/1", "8 to 9"}, "rules", "Rule 2, time: \"8 to 9\" is not a time window such as 08:00-18:00"},
		"a wrong list":              {use{"rule/ssid", "rule/1", "[1]"}, "rules", "Ssid: a list is written with commas, or as [\"one\", \"two\"]"},
		"a wrong outcome":           {use{"rule-then", "", "explode"}, "rules", "Rule 1 (\"Public Wi-Fi\"), then: \"explode\" is none of connect, ignore, disconnect"},
		"a condition there is none": {use{"rule-condition", "", "mood good"}, "rules", "A rule has no \"mood\""},
		"what is not UTF-8":         {use{"trust-add", "", "\xff"}, "trustedNetworks", "\"\\xff\" is not valid UTF-8"},
	} {
		t.Run(name, func(t *testing.T) {
			_, s, _ := sample()
			before := s.Clone()
			err := perform(t, &s, c.use)
			var k *settings.KeyError
			if !errors.As(err, &k) || k.Key != c.key {
				t.Fatalf("error %v", err)
			}
			if got := ErrorText(err); got != c.text {
				t.Errorf("the row shows %q", got)
			}
			if diff := cmp.Diff(before, s); diff != "" {
				t.Errorf("something changed:\n%s", diff)
			}
		})
	}
	s := settings.Default()
	if err := Apply(Change{Edit: Edit{Op: "dance", Key: "hooks"}}, &s); err == nil || !strings.Contains(err.Error(), "dance") {
		t.Errorf("an unknown change: %v", err)
	}
}

func TestAnEditFollowsItsElement(t *testing.T) {
	_, s, _ := sample()
	remove := Change{Edit: Edit{Op: OpRuleRemove, Key: "rules", Index: 1, Was: was(s.Rules[1])}}
	s.Rules = []autoconnect.Rule{s.Rules[1], s.Rules[0]}
	if err := Apply(remove, &s); err != nil || len(s.Rules) != 1 || s.Rules[0].Name != "Public Wi-Fi" {
		t.Errorf("another rule was removed: %v, %v", s.Rules, err)
	}
	var k *settings.KeyError
	if err := Apply(remove, &s); !errors.As(err, &k) || k.Key != "rules" || len(s.Rules) != 1 {
		t.Errorf("a rule that is gone was removed: %v, %v", s.Rules, err)
	}
	for _, op := range []Op{OpTrustName, OpTrustRemove, OpRuleMove, OpRuleSet, OpGroupMove, OpGroupName, OpProbeInterval} {
		none := settings.Default()
		if err := Apply(Change{Edit: Edit{Op: op, Key: "x"}, Value: "60"}, &none); err == nil {
			t.Errorf("%s of nothing succeeds", op)
		}
	}
}

func TestListsSurviveTheirWriting(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list := rapid.SliceOfN(rapid.StringN(1, 8, -1), 1, 5).Draw(t, "list")
		got, err := splitList(joinList(list))
		if err != nil || !reflect.DeepEqual(got, list) {
			t.Fatalf("%q became %q by way of %q: %v", list, got, joinList(list), err)
		}
	})
}

func TestKeepChangesThisProcess(t *testing.T) {
	k := settings.NewMemory(settings.Default())
	if err := Keep(k, Change{Edit{Op: OpSet, Key: "hooks"}, On}); err != nil || !k.Current().Hooks {
		t.Errorf("%v", err)
	}
	if err := Keep(k, Change{Edit{Op: OpSet, Key: "retryDelayMax"}, "-1"}); err == nil {
		t.Error("accepted")
	}
}

// Whatever is done, in any order, the settings are valid.
func TestAnyChangesKeepValidSettings(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		snapshot, s, env := sample()
		kept := settings.NewMemory(s)
		env.Selected = map[string]string{}
		for range rapid.IntRange(1, 8).Draw(t, "steps") {
			w := Build(snapshot, kept.Current(), env, situation.Now)
			var all []Control
			for _, tab := range w.Tabs {
				for _, r := range tab.Rows {
					for _, c := range r.Controls {
						if c.Kind == KindTable {
							env.Selected[c.ID] = rapid.SampledFrom(c.Entries).Draw(t, "entry").ID
						}
						if c.Edit != (Edit{}) && !c.Disabled {
							all = append(all, c)
						}
					}
				}
			}
			c := rapid.SampledFrom(all).Draw(t, "control")
			value := rapid.SampledFrom([]string{On, Off, "", "7", "90s", "a, b", "host:1", "mon", "08:00-09:00", "in Work"}).Draw(t, "value")
			if c.Kind == KindPopup {
				value = rapid.SampledFrom(c.Options).Draw(t, "option").Value
			}
			change := Change{c.Edit, value}
			_ = Keep(kept, change) // it may be refused
			if err := kept.Current().Validate(); err != nil {
				t.Fatalf("after %+v: %v", change, err)
			}
		}
	})
}
