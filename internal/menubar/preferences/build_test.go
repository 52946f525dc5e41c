package preferences

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"vpnstatus/internal/autoconnect"
	"vpnstatus/internal/engine"
	"vpnstatus/internal/golden"
	"vpnstatus/internal/settings"
	"vpnstatus/internal/vpn"
	"vpnstatus/test/situation"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// outline writes a tab in a form to read: one line per row.
func outline(t Tab) string {
	var b strings.Builder
	fmt.Fprintln(&b, t.Title)
	for _, r := range t.Rows {
		if r.Break {
			b.WriteString("----\n")
		}
		fmt.Fprintf(&b, "%-22s", r.Label)
		for _, c := range r.Controls {
			switch c.Kind {
			case Checkbox:
				fmt.Fprintf(&b, " [%s] %s", c.Value, c.Title)
			case Popup:
				fmt.Fprintf(&b, " <%s>", c.Value)
				for _, o := range c.Options {
					fmt.Fprintf(&b, " %q", o.Title)
				}
			case Field:
				fmt.Fprintf(&b, " %q hint %q", c.Value, c.Placeholder)
			case Table:
				for _, e := range c.Entries {
					mark := " "
					if e.ID == c.Selected {
						mark = ">"
					}
					fmt.Fprintf(&b, "\n %s", mark)
					for i, cell := range e.Cells {
						if c.Columns[i].Set != nil {
							fmt.Fprintf(&b, " [%s]", onOff(cell.On))
						} else {
							fmt.Fprintf(&b, " | %s", cell.Text)
						}
					}
				}
			default:
				fmt.Fprintf(&b, " %s %q", c.Kind, c.Title+c.Value)
			}
			if c.Disabled {
				b.WriteString(" (disabled)")
			}
		}
		b.WriteByte('\n')
		if r.Error != "" {
			fmt.Fprintf(&b, "%22s ! %s\n", "", r.Error)
		}
		if r.Help != "" {
			fmt.Fprintf(&b, "%22s # %s\n", "", r.Help)
		}
	}
	return b.String()
}

func TestTabs(t *testing.T) {
	for _, tab := range sampleWindow().Tabs {
		t.Run(string(tab.ID), func(t *testing.T) { golden.Check(t, string(tab.ID)+".txt", outline(tab)) })
	}
}

func TestEveryControlHasAnIDWordsAndAnEffect(t *testing.T) {
	for name, w := range windows() {
		seen := map[string]bool{}
		unique := func(what, id string) {
			if seen[what+id] || id == "" {
				t.Errorf("%s: %s %q is listed twice or has no ID", name, what, id)
			}
			seen[what+id] = true
		}
		for _, tab := range w.Tabs {
			for _, r := range tab.Rows {
				unique("row", r.ID)
				for _, c := range r.Controls {
					unique("control", c.ID)
					if c.Accessibility == "" {
						t.Errorf("%s: %q can't be read aloud", name, c.ID)
					}
					effects := 0
					for _, does := range []bool{c.Key != "", c.Set != nil, !c.Action.IsZero()} {
						if does {
							effects++
						}
					}
					if reads := c.Kind == Static || c.Kind == Table; reads && effects != 0 || !reads && effects != 1 {
						t.Errorf("%s: %q does %d things", name, c.ID, effects)
					}
					checkTable(t, name, c)
				}
			}
		}
	}
}

func checkTable(t *testing.T, name string, c Control) {
	t.Helper()
	if c.Kind != Table {
		return
	}
	ids := map[string]bool{}
	for _, e := range c.Entries {
		if ids[e.ID] || e.Accessibility == "" || len(e.Cells) != len(c.Columns) {
			t.Errorf("%s: %s: entry %q is listed twice, has no words or not a cell per column", name, c.ID, e.ID)
		}
		ids[e.ID] = true
		for i, cell := range e.Cells {
			if c.Columns[i].Set != nil && cell.Accessibility == "" {
				t.Errorf("%s: %s: a checkbox of %q can't be read aloud", name, c.ID, e.ID)
			}
		}
	}
	if !ids[c.Selected] {
		t.Errorf("%s: %s: no entry is selected", name, c.ID)
	}
}

func TestEveryKeyIsInTheWindow(t *testing.T) {
	shown := map[string]bool{}
	for _, tab := range sampleWindow().Tabs {
		for _, r := range tab.Rows {
			shown[r.Key] = true
		}
	}
	for _, k := range settings.Keys() {
		if !shown[k.Name] {
			t.Errorf("%s can't be set", k.Name)
		}
	}
}

func TestValuesAreThoseOfTheCommandLine(t *testing.T) {
	changed := settings.Default()
	changed.RetryDelayMax, changed.ShowTimeConnected, changed.ShowStatusWhileConnecting = 7, true, false
	changed.IconStyle, changed.NotificationSound, changed.Hooks = settings.IconColor, true, true
	changed.Notifications = map[autoconnect.Notice]bool{autoconnect.NoticeDropped: false}
	for _, s := range []settings.Settings{settings.Default(), changed} {
		w := Build(&engine.Snapshot{}, s, Env{}, situation.Now)
		for _, key := range []string{"retryDelayMax", "showTimeConnected", "showStatusWhileConnecting", "iconStyle", "notificationSound", "hooks", "notifications.dropped", "notifications.gave-up"} {
			raw, err := settings.Get(s, key)
			if err != nil {
				t.Fatal(err)
			}
			want := map[string]string{"true": On, "false": Off}[string(raw)]
			if want == "" {
				want = strings.Trim(string(raw), `"`)
			}
			if c := control(t, w, key); c.Value != want {
				t.Errorf("%s shows %q, the command line %s", key, c.Value, raw)
			}
		}
	}
}

func TestServicesOfTheSameNameAreDistinguished(t *testing.T) {
	w := Build(situation.Snapshot(
		situation.Service(1, ""), situation.Service(2, "", func(s *engine.Service) { s.Server = "" }), situation.Service(3, "", func(s *engine.Service) { s.Server = "" }),
		situation.Service(4, "Office", func(s *engine.Service) { s.Server = "berlin.example.com" }), situation.Service(5, "Office"),
	), settings.Default(), Env{}, situation.Now)
	seen := map[string]bool{}
	for _, e := range control(t, w, "autoConnect").Entries {
		if name := e.Cells[1].Text; name == "" || seen[name] {
			t.Errorf("%q is empty or is listed twice", name)
		} else {
			seen[name] = true
		}
	}
}

func TestRowsBelowATableAreThoseOfItsSelectedEntry(t *testing.T) {
	snapshot, s, env := sample()
	env.Selected = map[string]string{"autoConnect": situation.ID(3).String(), "rules": "rules/1", "trustedNetworks": "trustedNetworks/7"}
	w := Build(snapshot, s, env, situation.Now)
	if c := control(t, w, "probe/"+situation.ID(3).String()); c.Value != "" {
		t.Errorf("the test address of another service: %q", c.Value)
	}
	if c := control(t, w, "rule-ssid/1"); c.Value != `["a, b","c"]` {
		t.Errorf("the condition of another rule: %q", c.Value)
	}
	if c := control(t, w, "trustedNetworks"); c.Selected != "trustedNetworks/1" {
		t.Errorf("after the end of the list, %q is selected", c.Selected)
	}
}

func TestResultsOfRules(t *testing.T) {
	snapshot, s, env := sample()
	now := func(table string, i int) string {
		t.Helper()
		cells := control(t, Build(snapshot, s, env, situation.Now), table).Entries[i].Cells
		return cells[len(cells)-1].Text
	}
	if got := []string{now("trustedNetworks", 0), now("trustedNetworks", 1), now("rules", 0), now("rules", 1)}; !slices.Equal(got, []string{"You are here", resultNo, resultLater, resultUnknown}) {
		t.Errorf("results %q", got)
	}
	if why := control(t, Build(snapshot, s, env, situation.Now), "rule-now").Value; why != "It matches, but an earlier rule or a trusted network counts\nThe interface is wifi" {
		t.Errorf("why %q", why)
	}
	s.Rules = append(s.Rules, autoconnect.Rule{Then: "ignore"})
	if got := now("rules", 0); got != "" {
		t.Errorf("an explanation of other settings is shown: %q", got)
	}
	s.Rules, s.Trusted = s.Rules[:1], nil
	env.Explain = map[vpn.ID]autoconnect.Explanation{
		situation.ID(1): {Rules: []autoconnect.RuleResult{{Then: "connect"}}},
		situation.ID(2): {Rules: []autoconnect.RuleResult{{Then: "connect", Matched: true}}},
	}
	if got := now("rules", 0); got != resultCounts {
		t.Errorf("a rule that counts for the second service: %q", got)
	}
}

func TestProblemsAreShownInTheFirstRowOfTheirKey(t *testing.T) {
	w := windows()["with problems"]
	if _, r := find(t, w, "retryDelayMax"); r.Error != "In the settings file: 3 is out of range" {
		t.Errorf("error %q", r.Error)
	}
	id := situation.ID(3).String()
	_, group := find(t, w, "group/"+id)
	_, name := find(t, w, "group-name/"+id)
	_, probe := find(t, w, "probe/"+id)
	if group.Error == "" || name.Error != "" || probe.Error != "No good" {
		t.Errorf("errors %q, %q and %q", group.Error, name.Error, probe.Error)
	}
}

func TestPauseIsShownWhileItLasts(t *testing.T) {
	snapshot, s, env := sample()
	snapshot.Pause = autoconnect.Until{Time: situation.Now.Add(time.Hour)}
	if c := control(t, Build(snapshot, s, env, situation.Now), "paused"); c.Value != "Auto Connect is paused until 15:00." {
		t.Errorf("%q", c.Value)
	}
	tab, _ := Build(snapshot, s, env, situation.Now.Add(2*time.Hour)).Tab(AutoConnect)
	if tab.Rows[0].ID == "paused" {
		t.Error("a pause that is over is shown")
	}
}

func TestAWindowOfManyNetworksIsBuilt(t *testing.T) {
	snapshot, s, env := sample()
	s.Trusted = nil
	for i := range 10_000 {
		s.Trusted = append(s.Trusted, settings.TrustedNetwork{SSID: fmt.Sprintf("“%d”, 'x' \U0001F600\xff", i)})
	}
	x := autoconnect.Explanation{Rules: make([]autoconnect.RuleResult, 10_000+len(s.Rules))}
	for i := range x.Rules {
		x.Rules[i].Then = autoconnect.OutcomeIgnore
	}
	env.Explain = map[vpn.ID]autoconnect.Explanation{situation.ID(1): x}
	if c := control(t, Build(snapshot, s, env, situation.Now), "trustedNetworks"); len(c.Entries) != 10_000 || c.Entries[9999].Cells[2].Text != resultNo {
		t.Errorf("%d entries", len(c.Entries))
	}
}

func BenchmarkBuild(b *testing.B) {
	snapshot, s, env := sample()
	for b.Loop() {
		Build(snapshot, s, env, situation.Now)
	}
}
