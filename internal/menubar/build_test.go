package menubar_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vpnstatus/internal/engine"
	"vpnstatus/internal/golden"
	. "vpnstatus/internal/menubar"
	"vpnstatus/internal/settings"
	"vpnstatus/test/situation"
)

var macEnv = Env{Version: "1.2.3", Location: time.UTC, Login: LoginOn}

// build builds the menu with tones.
func build(s situation.Situation) Menu {
	s.Settings.IconStyle = settings.IconColor
	return Build(s.Snapshot, s.Settings, macEnv, situation.Now)
}

// form is a menu with one line per item. The long lists of times to choose
// from are the same everywhere and stand in one file only.
func form(t *testing.T, m Menu, choices bool) []byte {
	t.Helper()
	var b bytes.Buffer
	line := func(depth int, comma string, v any) {
		j := json.NewEncoder(&b)
		j.SetEscapeHTML(false)
		b.WriteString(strings.Repeat("  ", depth+1))
		if err := j.Encode(v); err != nil {
			t.Fatal(err)
		}
		b.Truncate(b.Len() - 1)
		b.WriteString(comma + "\n")
	}
	b.WriteString("[\n")
	line(0, ",", m.Status)
	var items func(depth int, list []Item, more bool)
	items = func(depth int, list []Item, more bool) {
		for i, it := range list {
			sub := it.Submenu
			it.Submenu = nil
			if len(sub) > 0 && !choices && (it.ID == "pause" || strings.HasSuffix(it.ID, "/hold")) {
				it.Submenu, sub = []Item{{ID: fmt.Sprint(len(sub), " choices")}}, nil
			}
			comma := ","
			if i == len(list)-1 && len(sub) == 0 && !more {
				comma = ""
			}
			line(depth, comma, it)
			items(depth+1, sub, more || i < len(list)-1)
		}
	}
	items(0, m.Items, false)
	b.WriteString("]\n")
	return b.Bytes()
}

func TestMenuOfEachSituation(t *testing.T) {
	for _, s := range situation.All() {
		t.Run(s.Name, func(t *testing.T) {
			got := form(t, build(s), s.Name == "held" || s.Name == "paused with countdown")
			if !json.Valid(got) {
				t.Fatalf("not JSON:\n%s", got)
			}
			golden.Check(t, s.Name+".json", string(got))
		})
	}
}

func TestItemIDsAreUnique(t *testing.T) {
	for _, s := range situation.All() {
		seen := map[string]bool{}
		var walk func([]Item)
		walk = func(items []Item) {
			for _, it := range items {
				if it.ID == "" || seen[it.ID] {
					t.Errorf("%s: ID %q is empty or twice in the menu", s.Name, it.ID)
				}
				seen[it.ID] = true
				walk(it.Submenu)
			}
		}
		walk(build(s).Items)
	}
}

func TestItemsKeepThePromisesOfTheirKind(t *testing.T) {
	for _, s := range situation.All() {
		var walk func([]Item)
		walk = func(items []Item) {
			for i, it := range items {
				switch it.Kind {
				case KindAction:
					if it.Action.IsZero() {
						t.Errorf("%s: %q does nothing", s.Name, it.ID)
					}
				case KindSubmenu:
					if len(it.Submenu) == 0 && !it.Disabled {
						t.Errorf("%s: %q opens nothing", s.Name, it.ID)
					}
				case KindSeparator:
					if i == 0 || i == len(items)-1 || items[i-1].Kind == KindSeparator {
						t.Errorf("%s: %q separates nothing", s.Name, it.ID)
					}
				case KindText, KindHeader:
				default:
					t.Errorf("%s: %q has kind %q", s.Name, it.ID, it.Kind)
				}
				if it.Kind != KindSeparator && it.Title == "" {
					t.Errorf("%s: %q has no title", s.Name, it.ID)
				}
				if it.Alternate {
					partner := items[i-1]
					want := partner.Key
					want.Modifiers |= Option
					if partner.Alternate || it.Key != want {
						t.Errorf("%s: alternate %q has key %v after %q with %v", s.Name, it.ID, it.Key, partner.ID, partner.Key)
					}
				}
				walk(it.Submenu)
			}
		}
		walk(build(s).Items)
	}
}

func TestBuildIsPure(t *testing.T) {
	for _, s := range situation.All() {
		if diff := cmp.Diff(build(s), build(s)); diff != "" {
			t.Errorf("%s: built twice it differs:\n%s", s.Name, diff)
		}
	}
}

// Until Refresh the menu must look the same, and at Refresh it must differ.
func TestRefreshIsWhenTheMenuChangesByTheClock(t *testing.T) {
	for _, s := range append(situation.All(), situation.Everyday()) {
		t.Run(s.Name, func(t *testing.T) {
			m := Build(s.Snapshot, s.Settings, macEnv, situation.Now)
			differs := func(at time.Time) string {
				next := Build(s.Snapshot, s.Settings, macEnv, at)
				next.Refresh, next.Status.Refresh = m.Refresh, m.Status.Refresh
				return cmp.Diff(m, next)
			}
			if m.Refresh.IsZero() {
				if diff := differs(situation.Now.Add(time.Hour)); diff != "" {
					t.Fatalf("no refresh, yet an hour later:\n%s", diff)
				}
				return
			}
			if !m.Refresh.After(situation.Now) {
				t.Fatalf("refresh at %v is not in the future", m.Refresh)
			}
			if diff := differs(m.Refresh.Add(-time.Millisecond)); diff != "" {
				t.Errorf("just before the refresh:\n%s", diff)
			}
			if differs(m.Refresh) == "" {
				t.Errorf("nothing changed at the refresh, %v from now", m.Refresh.Sub(situation.Now))
			}
		})
	}
}

func hundred() *engine.Snapshot {
	var services []*engine.Service
	for i := range 100 {
		services = append(services, situation.Service(i, fmt.Sprintf("Service %d", i), situation.Auto, situation.Up(time.Duration(i)*time.Minute), situation.Traffic(1e6, 1e5)))
	}
	return situation.Snapshot(services...)
}

func BenchmarkBuild100Services(b *testing.B) {
	s, set := hundred(), settings.Default()
	n := 0
	for b.Loop() {
		n++
		Build(s, set, macEnv, situation.Now.Add(time.Duration(n)*time.Second))
	}
}

func TestUpdatesAreOfferedByBuildsThatCanLook(t *testing.T) {
	for _, can := range []bool{true, false} {
		m := Build(&engine.Snapshot{}, settings.Default(), Env{Updates: can}, time.Time{})
		if it, ok := m.Find("update"); ok != can || ok && it.Action.App != AppUpdate {
			t.Errorf("can look %t: %t %+v", can, ok, it)
		}
	}
}
