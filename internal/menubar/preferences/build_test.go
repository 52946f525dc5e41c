package preferences

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"vpnstatus/internal/autoconnect"
	"vpnstatus/internal/engine"
	"vpnstatus/internal/facts"
	"vpnstatus/internal/golden"
	"vpnstatus/internal/menubar"
	"vpnstatus/internal/settings"
	"vpnstatus/internal/vpn"
	"vpnstatus/test/situation"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// outline writes a tab as one line per row, for people to read.
func outline(t Tab) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", t.Title)
	for _, r := range t.Rows {
		if r.Break {
			b.WriteString("----\n")
		}
		fmt.Fprintf(&b, "%-22s", r.Label)
		for _, c := range r.Controls {
			dim := ""
			if c.Disabled {
				dim = " (disabled)"
			}
			switch c.Kind {
			case KindCheckbox:
				fmt.Fprintf(&b, " [%s] %s%s", c.Value, c.Title, dim)
			case KindPopup:
				fmt.Fprintf(&b, " <%s>%s", c.Value, dim)
				for _, o := range c.Options {
					fmt.Fprintf(&b, " %q", o.Title)
				}
			case KindNumber:
				fmt.Fprintf(&b, " %q %d-%d %s%s", c.Value, c.Min, c.Max, c.Unit, dim)
			case KindText:
				fmt.Fprintf(&b, " %q hint %q%s", c.Value, c.Placeholder, dim)
			case KindTable:
				for _, e := range c.Entries {
					mark := " "
					if e.ID == c.Selected {
						mark = ">"
					}
					fmt.Fprintf(&b, "\n %s", mark)
					for _, cell := range e.Cells {
						if cell.Value != "" {
							fmt.Fprintf(&b, " [%s]", cell.Value)
						} else {
							fmt.Fprintf(&b, " | %s", cell.Text)
						}
					}
				}
			default:
				fmt.Fprintf(&b, " %s %q%s", c.Kind, c.Title+c.Value, dim)
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

func TestTabsSayWhatTheyShould(t *testing.T) {
	for _, tab := range sampleWindow().Tabs {
		t.Run(string(tab.ID), func(t *testing.T) { golden.Check(t, string(tab.ID)+".txt", outline(tab)) })
	}
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
	env.Errors = map[string]string{"probe": "No good"}
	env.Selected = map[string]string{tableRules: "rule/1", tableAuto: situation.ID(3).String(), tableTrusted: "trusted/1", tableServices: "gone", tableHidden: "gone"}
	all["faults"] = Build(snapshot, s, env, situation.Now)
	snapshot, s, _ = sample()
	snapshot.Facts.SSID, snapshot.Facts.LocationRight = facts.Fact[string]{}, facts.RightDenied
	snapshot.Pause = autoconnect.Forever
	s.Rules[0].Services = []string{"Of*", "Home"}
	s.Trusted[0].SSID = "\xff\x00\u202e"
	all["nothing can be done"] = Build(snapshot, s, Env{Without: []menubar.AppAction{
		menubar.AppLogin, menubar.AppDiagnostics, menubar.AppSettingsFile, menubar.AppLocationSettings, AppImport, AppLogFile, AppHooksDir, AppOpen,
	}}, situation.Now)
	return all
}

func TestEveryControlHasAnIDWordsAndAnEffect(t *testing.T) {
	for name, w := range windows() {
		rows, controls := map[string]bool{}, map[string]bool{}
		for _, tab := range w.Tabs {
			for _, r := range tab.Rows {
				if rows[r.ID] || r.ID == "" || len(r.Controls) == 0 {
					t.Errorf("%s: row %q comes twice, has no ID or no control", name, r.ID)
				}
				rows[r.ID] = true
				for _, c := range r.Controls {
					if controls[c.ID] || c.ID == "" {
						t.Errorf("%s: control %q comes twice or has no ID", name, c.ID)
					}
					controls[c.ID] = true
					if c.Accessibility == "" {
						t.Errorf("%s: %q can't be read aloud", name, c.ID)
					}
					if c.Edit != (Edit{}) && !c.Action.IsZero() || c.Edit.Op != "" && c.Edit.Key == "" {
						t.Errorf("%s: %q does two things, or does not name its key", name, c.ID)
					}
					if d := c.Do(On); c.Interactive() && c.Kind != KindTable && d == (Deed{}) {
						t.Errorf("%s: %q does nothing", name, c.ID)
					}
					checkTable(t, name, c)
				}
			}
		}
	}
}

func checkTable(t *testing.T, name string, c Control) {
	t.Helper()
	if c.Kind != KindTable {
		return
	}
	ids := map[string]bool{}
	for _, e := range c.Entries {
		if ids[e.ID] || e.Accessibility == "" || len(e.Cells) != len(c.Columns) {
			t.Errorf("%s: %s: entry %q comes twice, has no words or not a cell per column", name, c.ID, e.ID)
		}
		ids[e.ID] = true
		for i, cell := range e.Cells {
			if tick := c.Columns[i].Tick; tick && (cell.Accessibility == "" || !cell.Disabled && cell.Do(On) == (Deed{})) || tick != (cell.Value != "") {
				t.Errorf("%s: %s: the tick of %q does nothing or can't be read", name, c.ID, e.ID)
			}
		}
	}
	if len(c.Entries) == 0 || !ids[c.Selected] {
		t.Errorf("%s: %s: no entry is selected", name, c.ID)
	}
}

func TestEveryKeyIsInTheWindow(t *testing.T) {
	bound := map[string]bool{}
	for _, tab := range sampleWindow().Tabs {
		for _, r := range tab.Rows {
			for _, c := range r.Controls {
				key, _, _ := strings.Cut(c.Key, ".")
				bound[key] = true
			}
		}
	}
	for _, k := range settings.Keys() {
		if !bound[k.Name] {
			t.Errorf("%s can't be set", k.Name)
		}
	}
}

func TestValuesAreThoseOfTheCommandLine(t *testing.T) {
	_, s, _ := sample()
	for _, change := range []func(*settings.Settings){
		func(*settings.Settings) {},
		func(s *settings.Settings) {
			s.RetryDelayMax, s.ShowTimeConnected, s.ShowStatusWhileConnecting = 7, true, false
			s.IconStyle, s.NotificationSound, s.Hooks = settings.IconColor, true, true
			s.Notifications = map[autoconnect.Notice]bool{autoconnect.NoticeDropped: false}
		},
	} {
		change(&s)
		w := Build(&engine.Snapshot{}, s, Env{}, situation.Now)
		checked := 0
		for _, tab := range w.Tabs {
			for _, r := range tab.Rows {
				for _, c := range r.Controls {
					if c.Edit.Op != OpSet {
						continue
					}
					checked++
					raw, err := settings.Get(s, c.Key)
					if err != nil {
						t.Fatal(err)
					}
					want := map[string]string{"true": On, "false": Off}[string(raw)]
					if want == "" {
						want = strings.Trim(string(raw), `"`)
					}
					if c.Value != want {
						t.Errorf("%s shows %q, the command line %s", c.ID, c.Value, raw)
					}
				}
			}
		}
		if checked < 12 {
			t.Errorf("only %d controls were compared", checked)
		}
	}
}

func control(t *testing.T, w Window, id string) Control {
	t.Helper()
	for _, tab := range w.Tabs {
		if c, ok := tab.Control(id); ok {
			return c
		}
	}
	t.Fatalf("there is no control %q", id)
	return Control{}
}

func row(t *testing.T, w Window, id string) Row {
	t.Helper()
	for _, tab := range w.Tabs {
		for _, r := range tab.Rows {
			if r.ID == id {
				return r
			}
		}
	}
	t.Fatalf("there is no row %q", id)
	return Row{}
}

func TestTheSelectedEntryIsDetailed(t *testing.T) {
	snapshot, s, env := sample()
	env.Selected = map[string]string{tableAuto: situation.ID(3).String(), tableRules: "rule/1", tableTrusted: "trusted/7"}
	w := Build(snapshot, s, env, situation.Now)
	if c := control(t, w, "probe"); c.Value != "" || c.Edit.Service != situation.ID(3) {
		t.Errorf("test address of another: %+v", c)
	}
	if c := control(t, w, "rule/ssid"); c.Value != `["a, b","c"]` || c.Edit.Index != 1 {
		t.Errorf("condition of another rule: %+v", c)
	}
	if c := control(t, w, tableTrusted); c.Selected != "trusted/1" {
		t.Errorf("after the end of the list, %q is selected", c.Selected)
	}
}

func TestResultsOfRules(t *testing.T) {
	snapshot, s, env := sample()
	now := func(table string, i int) string {
		t.Helper()
		c := control(t, Build(snapshot, s, env, situation.Now), table)
		cells := c.Entries[i].Cells
		return cells[len(cells)-1].Text
	}
	if got := []string{now(tableTrusted, 0), now(tableTrusted, 1), now(tableRules, 0), now(tableRules, 1)}; !slices.Equal(got, []string{"You are here", resultNo, "Overruled", resultUnknown}) {
		t.Errorf("results %q", got)
	}
	if why := control(t, Build(snapshot, s, env, situation.Now), "rule-now").Value; why != "It matches, but an earlier rule or a trusted network counts\nThe interface is wifi" {
		t.Errorf("why %q", why)
	}
	s.Rules = append(s.Rules, autoconnect.Rule{Then: "ignore"})
	if got := now(tableRules, 0); got != "" {
		t.Errorf("an explanation of other settings is shown: %q", got)
	}
	s.Rules = s.Rules[:1]
	s.Trusted = nil
	env.Explain = map[vpn.ID]autoconnect.Explanation{situation.ID(1): {Rules: []autoconnect.RuleResult{{Then: "connect", Matched: true}}}}
	if got := now(tableRules, 0); got != resultCounts {
		t.Errorf("the rule %q", got)
	}
}

func TestExplainedNamesAServiceForEachRule(t *testing.T) {
	snapshot, s, _ := sample()
	s.Rules = []autoconnect.Rule{{Then: "ignore"}, {Then: "ignore", Services: []string{"La*"}}, {Then: "ignore", Services: []string{strings.ToUpper(situation.ID(2).String()), "Lab"}}, {Then: "ignore", Services: []string{"none"}}}
	want := []vpn.ID{situation.ID(1), situation.ID(3), situation.ID(2)}
	if got := Explained(snapshot, s); !slices.Equal(got, want) {
		t.Errorf("services %v", got)
	}
	if got := Explained(&engine.Snapshot{}, s); got != nil {
		t.Errorf("of no services %v", got)
	}
	if got := Explained(snapshot, settings.Default()); got != nil {
		t.Errorf("without rules %v", got)
	}
}

func TestFaultsAreShownAtTheFirstRowOfTheirKey(t *testing.T) {
	w := windows()["faults"]
	if r := row(t, w, "retry"); r.Error != "In the settings file: 3 is out of range" {
		t.Errorf("error %q", r.Error)
	}
	if a, b := row(t, w, "group").Error, row(t, w, "probe").Error; a == "" || b != "No good" {
		t.Errorf("errors %q and %q", a, b)
	}
}

func TestWhatTheScreenCannotDoIsLeftOut(t *testing.T) {
	for _, tab := range windows()["nothing can be done"].Tabs {
		for _, r := range tab.Rows {
			for _, c := range r.Controls {
				if c.Action.App != menubar.AppNone {
					t.Errorf("%s is there", c.ID)
				}
			}
		}
	}
}

func TestPauseIsToldWhileItLasts(t *testing.T) {
	snapshot, s, env := sample()
	snapshot.Pause = autoconnect.Until{Time: situation.Now.Add(time.Hour)}
	if c := control(t, Build(snapshot, s, env, situation.Now), "paused"); c.Value != "Auto Connect is paused until 15:00." {
		t.Errorf("%q", c.Value)
	}
	tab, _ := Build(snapshot, s, env, situation.Now.Add(2*time.Hour)).Tab(AutoConnect)
	if _, ok := tab.Control("paused"); ok {
		t.Error("a pause that is over is shown")
	}
}

func TestAWindowOfManyNetworksIsBuilt(t *testing.T) {
	snapshot, s, env := sample()
	s.Trusted = nil
	for i := range 10_000 {
		s.Trusted = append(s.Trusted, settings.TrustedNetwork{SSID: fmt.Sprintf("“%d”, 'x' \U0001F600\xff", i)})
	}
	env.Explain = map[vpn.ID]autoconnect.Explanation{situation.ID(1): {Rules: make([]autoconnect.RuleResult, 10_000+len(s.Rules))}}
	for i := range env.Explain[situation.ID(1)].Rules {
		env.Explain[situation.ID(1)].Rules[i].Then = autoconnect.OutcomeIgnore
	}
	w := Build(snapshot, s, env, situation.Now)
	if c := control(t, w, tableTrusted); len(c.Entries) != 10_000 || c.Entries[9999].Cells[2].Text != resultNo {
		t.Errorf("%d entries", len(c.Entries))
	}
	if raw, err := json.Marshal(w); err != nil || len(raw) == 0 {
		t.Error(err)
	}
}

func BenchmarkBuild(b *testing.B) {
	snapshot, s, env := sample()
	for b.Loop() {
		Build(snapshot, s, env, situation.Now)
	}
}
