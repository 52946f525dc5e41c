package preferences

import (
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"vpnstatus/internal/settings"
	"vpnstatus/test/situation"
)

func TestTheSameWindowNeedsNoChange(t *testing.T) {
	a, b := sampleWindow(), sampleWindow()
	for i := range a.Tabs {
		if c := Diff(a.Tabs[i], b.Tabs[i]); !c.None() {
			t.Errorf("%s: %+v", a.Tabs[i].ID, c)
		}
	}
}

func TestDiffTellsValuesFromStructure(t *testing.T) {
	for name, c := range map[string]struct {
		tab     TabID
		change  func(*settings.Settings, *Env)
		rebuild bool
		rows    []string
	}{
		"a value":              {General, func(s *settings.Settings, _ *Env) { s.ShowTimeConnected = true }, false, []string{"time"}},
		"an error":             {AutoConnect, func(_ *settings.Settings, e *Env) { e.Errors = map[string]string{"probe": "no"} }, false, []string{"probe"}},
		"a service in a table": {Services, func(s *settings.Settings, _ *Env) { s.MutedServices = nil }, false, []string{"shown"}},
		"another selection of like form": {AutoConnect, func(_ *settings.Settings, e *Env) {
			e.Selected = map[string]string{tableAuto: situation.ID(1).String()}
		}, false, nil},
		"another selection of other form": {AutoConnect, func(_ *settings.Settings, e *Env) {
			e.Selected = map[string]string{tableAuto: situation.ID(2).String()}
		}, true, nil},
		"one more condition": {Networks, func(s *settings.Settings, _ *Env) { s.Rules[0].Power = "ac" }, true, nil},
	} {
		t.Run(name, func(t *testing.T) {
			snapshot, s, env := sample()
			c.change(&s, &env)
			old, _ := sampleWindow().Tab(c.tab)
			new, _ := Build(snapshot, s, env, situation.Now).Tab(c.tab)
			got := Diff(old, new)
			var rows []string
			for _, r := range got.Rows {
				rows = append(rows, r.ID)
			}
			if got.Rebuild != c.rebuild || !slices.Equal(rows, c.rows) {
				t.Errorf("rebuild %v, rows %q", got.Rebuild, rows)
			}
		})
	}
}

// A screen that puts in the rows of a Diff shows the new tab.
func TestDiffedRowsMakeTheNewTab(t *testing.T) {
	all := windows()
	names := make([]string, 0, len(all))
	for n := range all {
		names = append(names, n)
	}
	slices.Sort(names)
	rapid.Check(t, func(t *rapid.T) {
		a, b := all[rapid.SampledFrom(names).Draw(t, "from")], all[rapid.SampledFrom(names).Draw(t, "to")]
		for i := range a.Tabs {
			c := Diff(a.Tabs[i], b.Tabs[i])
			if c.Rebuild {
				continue
			}
			got := slices.Clone(a.Tabs[i].Rows)
			for _, r := range c.Rows {
				got[slices.IndexFunc(got, func(old Row) bool { return old.ID == r.ID })] = r
			}
			if !reflect.DeepEqual(got, b.Tabs[i].Rows) {
				t.Fatalf("%s differs after the changes", a.Tabs[i].ID)
			}
		}
	})
}
