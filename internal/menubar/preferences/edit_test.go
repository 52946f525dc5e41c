package preferences

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
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

// use is what a user does: a control, with the entry selected, gets a value. The
// control's ID may lack what stands after its first slash.
type use struct{ control, entry, value string }

// used returns the control of the use in a window of the settings.
func used(t *testing.T, s settings.Settings, u use) Control {
	t.Helper()
	snapshot, _, env := sample()
	env.Selected = map[string]string{}
	if u.entry != "" {
		for _, table := range []string{"autoConnect", "trustedNetworks", "rules", "services", "hidden"} {
			env.Selected[table] = u.entry
		}
	}
	for _, tab := range Build(snapshot, s, env, situation.Now).Tabs {
		for _, r := range tab.Rows {
			for _, c := range r.Controls {
				switch {
				case c.ID != u.control && !strings.HasPrefix(c.ID, u.control+"/") || c.Kind == Static:
				case c.Kind != Table:
					return c
				default: // the last checkbox of the entry
					column := c.Columns[0]
					for _, k := range c.Columns {
						if k.Set != nil {
							column = k
						}
					}
					return Control{Set: func(s *settings.Settings, value string) error { return column.Set(s, u.entry, value == On) }}
				}
			}
		}
	}
	t.Fatalf("there is no control %q", u.control)
	return Control{}
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
		"Auto Connect": {[]use{{"autoConnect", home, On}, {"autoConnect", situation.ID(1).String(), Off}}, func(s *settings.Settings) {
			s.AutoConnect = map[vpn.ID]bool{situation.ID(2): true}
		}},
		"muting": {[]use{{"services", lab, Off}}, func(s *settings.Settings) { s.MutedServices = append(s.MutedServices, situation.ID(3)) }},
		"muting twice": {[]use{{"services", lab, Off}, {"services", lab, Off}, {"services", lab, On}, {"services", home, On}},
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
		"a network's name": {[]use{{"trusted-name", "trustedNetworks/1", "Desk"}}, func(s *settings.Settings) { s.Trusted[1].Name = "Desk" }},
		"trusting no more": {[]use{{"trusted-remove", "trustedNetworks/0", ""}}, func(s *settings.Settings) { s.Trusted = s.Trusted[1:] }},
		"a rule off":       {[]use{{"rules", "rules/1", Off}}, func(s *settings.Settings) { s.Rules[1].Disabled = true }},
		"a rule on":        {[]use{{"rules", "rules/1", Off}, {"rules", "rules/1", On}}, func(*settings.Settings) {}},
		"a new rule does nothing yet": {[]use{{"rule-add", "", ""}}, func(s *settings.Settings) {
			s.Rules = append(s.Rules, autoconnect.Rule{Then: autoconnect.OutcomeIgnore, Disabled: true})
		}},
		"removing a rule": {[]use{{"rule-remove", "rules/0", ""}}, func(s *settings.Settings) { s.Rules = s.Rules[1:] }},
		"moving a rule":   {[]use{{"rule-down", "rules/0", ""}}, func(s *settings.Settings) { s.Rules[0], s.Rules[1] = s.Rules[1], s.Rules[0] }},
		"moving it back":  {[]use{{"rule-down", "rules/0", ""}, {"rule-up", "rules/1", ""}}, func(*settings.Settings) {}},
		"a rule's fields": {[]use{{"rule-name", "", "New"}, {"rule-then", "", "ignore"}, {"rule-services", "", lab}, {"rule-interface", "", "ethernet"}}, func(s *settings.Settings) {
			s.Rules[0] = autoconnect.Rule{Name: "New", Then: "ignore", Services: []string{lab}, When: autoconnect.When{Interface: facts.Ethernet}}
		}},
		"a rule's services as they are": {[]use{{"rule-services", "rules/1", "as-written"}}, func(*settings.Settings) {}},
		"a rule for all":                {[]use{{"rule-services", "rules/1", "all"}}, func(s *settings.Settings) { s.Rules[1].Services = nil }},
		"a rule's conditions": {[]use{{"rule-ssid", "rules/1", "x, y"}, {"rule-time", "rules/1", ""}, {"rule-condition", "rules/1", "days mon, tue"}, {"rule-condition", "rules/1", ""}}, func(s *settings.Settings) {
			s.Rules[1].SSID, s.Rules[1].Time, s.Rules[1].Days = []string{"x", "y"}, "", []string{"mon", "tue"}
		}},
		"reset": {[]use{{"reset", "", ""}}, func(s *settings.Settings) {
			*s = settings.Default()
		}},
	} {
		t.Run(name, func(t *testing.T) {
			_, s, _ := sample()
			k := settings.NewMemory(s)
			want := s.Clone()
			c.want(&want)
			for _, u := range c.uses {
				before, shared := k.Current().Clone(), k.Current()
				if err := Apply(k, used(t, k.Current(), u), u.value); err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(before, shared); diff != "" {
					t.Errorf("%s changed a map or slice that is in force:\n%s", u.control, diff)
				}
			}
			if diff := cmp.Diff(want, k.Current(), equalEmpty); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestShowingAndHidingAService(t *testing.T) {
	snapshot, s, env := sample()
	show := control(t, Build(snapshot, s, env, situation.Now), "services").Columns[0].Set
	home := situation.ID(2).String()
	for _, on := range []bool{false, false, true} {
		if err := show(&s, home, on); err != nil || slices.Contains(s.Hidden, home) == on {
			t.Errorf("shown %t: hidden are %q, %v", on, s.Hidden, err)
		}
	}
}

// equalEmpty: an empty list is none.
var equalEmpty = cmp.FilterValues(func(a, b any) bool {
	x, y := reflect.ValueOf(a), reflect.ValueOf(b)
	return x.IsValid() && y.IsValid() && (x.Kind() == reflect.Slice || x.Kind() == reflect.Map) && x.Kind() == y.Kind() && x.Len() == 0 && y.Len() == 0
}, cmp.Comparer(func(any, any) bool { return true }))

func TestRefusedChangesSayWhyAndChangeNothing(t *testing.T) {
	for name, c := range map[string]struct {
		use  use
		text string // as the row shows it
	}{
		"a number out of range": {use{"retryDelayMax", "", "3"}, "3 is out of range 5–3600 (seconds)"},
		"not a number":          {use{"retryDelayMax", "", "soon"}, "\"soon\" is not a number of seconds, nor a time such as 90s or 2m"},
		"an unknown style":      {use{"iconStyle", "", "green"}, "\"green\" is not one of template, color"},
		"neither on nor off":    {use{"hooks", "", "maybe"}, "\"maybe\" is neither on nor off"},
		"a wrong test address":  {use{"probe", "", "intranet"}, "Target: \"intranet\" is neither host:port nor an http or https URL"},
		"no interval":           {use{"probe-interval", "", "often"}, "\"often\" is not a length of time such as 90s, 30m, 1h30m, 2d"},
		"too frequent tests":    {use{"probe-interval", "", "1"}, "Interval: 1s is out of range 5s–24h"},
		"a group without name":  {use{"group-name", "", " "}, "Number 1: it needs a name"},
		"a group that has gone": {use{"group", "", "in Nowhere"}, "It was changed elsewhere in the meantime"},
		"a wrong window":        {use{"rule-time", "rules/1", "8 to 9"}, "Rule 2, time: \"8 to 9\" is not a time window such as 08:00-18:00"},
		"a wrong list":          {use{"rule-ssid", "rules/1", "[1]"}, "Ssid: a list is written with commas, or as [\"one\", \"two\"]"},
		"a wrong outcome":       {use{"rule-then", "", "explode"}, "Rule 1 (\"Public Wi-Fi\"), then: \"explode\" is not one of connect, ignore, disconnect"},
		"not UTF-8":             {use{"trust-add", "", "\xff"}, "\"\\xff\" is not valid UTF-8"},
	} {
		t.Run(name, func(t *testing.T) {
			_, s, _ := sample()
			k := settings.NewMemory(s)
			err := Apply(k, used(t, s, c.use), c.use.value)
			if err == nil || ErrorText(err) != c.text {
				t.Errorf("the row shows %v", err)
			}
			if diff := cmp.Diff(s, k.Current()); diff != "" {
				t.Errorf("something changed:\n%s", diff)
			}
		})
	}
}

func TestAValueInTheFileThatCannotBeUsedIsReplaced(t *testing.T) {
	name := filepath.Join(t.TempDir(), settings.FileName)
	if err := os.WriteFile(name, []byte(`{"retryDelayMax": 3}`), 0o600); err != nil {
		t.Fatal(err)
	}
	store, err := settings.Open(name, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := Apply(store, used(t, store.Current(), use{"retryDelayMax", "", ""}), "60"); err != nil || store.Current().RetryDelayMax != 60 || len(store.Problems()) > 0 {
		t.Errorf("%d, problems %v: %v", store.Current().RetryDelayMax, store.Problems(), err)
	}
}

func TestAChangeFollowsItsElement(t *testing.T) {
	_, s, _ := sample()
	change := map[string]Setter{}
	for _, c := range []string{"rule-remove", "rule-name", "rule-up", "trusted-name", "trusted-remove"} {
		change[c] = used(t, s, use{c, "rules/1", ""}).Set
	}
	s.Rules[0], s.Rules[1] = s.Rules[1], s.Rules[0]
	if err := change["rule-remove"](&s, ""); err != nil || len(s.Rules) != 1 || s.Rules[0].Name != "Public Wi-Fi" {
		t.Errorf("another rule was removed: %v, %v", s.Rules, err)
	}
	s.Trusted = nil
	for name, f := range change {
		if err := f(&s, "x"); !errors.Is(err, errGone) || len(s.Rules) != 1 {
			t.Errorf("%s of what has gone: %v", name, err)
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

// Whatever is done, in any order, the settings are valid.
func TestAnyChangesKeepTheSettingsValid(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		snapshot, s, env := sample()
		k := settings.NewMemory(s)
		env.Selected = map[string]string{}
		for range rapid.IntRange(1, 8).Draw(t, "steps") {
			var all []Control
			for _, tab := range Build(snapshot, k.Current(), env, situation.Now).Tabs {
				for _, r := range tab.Rows {
					for _, c := range r.Controls {
						if c.Kind == Table {
							env.Selected[c.ID] = rapid.SampledFrom(c.Entries).Draw(t, "entry").ID
						}
						if c.Changes() && !c.Disabled {
							all = append(all, c)
						}
					}
				}
			}
			c := rapid.SampledFrom(all).Draw(t, "control")
			value := rapid.SampledFrom([]string{On, Off, "", "7", "90s", "a, b", "host:1", "mon", "08:00-09:00", "in Work"}).Draw(t, "value")
			if c.Kind == Popup {
				value = rapid.SampledFrom(c.Options).Draw(t, "option").Value
			}
			_ = Apply(k, c, value) // it may be refused
			if err := k.Current().Validate(); err != nil {
				t.Fatalf("after %s = %q: %v", c.ID, value, err)
			}
		}
	})
}

func TestResettingAllReplacesWhatCannotBeUsed(t *testing.T) {
	path := filepath.Join(t.TempDir(), settings.FileName)
	if err := os.WriteFile(path, []byte(`{"mine": 1, "retryDelayMax": 3, "rules": "none", "hooks": true}`), 0o600); err != nil {
		t.Fatal(err)
	}
	store, err := settings.Open(path, nil)
	if err != nil || len(store.Problems()) != 2 {
		t.Fatal(err, store.Problems())
	}
	if err := Apply(store, used(t, store.Current(), use{"reset", "", ""}), ""); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(settings.Default(), store.Current(), equalEmpty); diff != "" || len(store.Problems()) > 0 {
		t.Errorf("problems %v, -want +got:\n%s", store.Problems(), diff)
	}
	if data, err := os.ReadFile(path); err != nil || !strings.Contains(string(data), `"mine": 1`) || strings.Contains(string(data), "rules") {
		t.Errorf("the file is %s, %v", data, err)
	}
}
