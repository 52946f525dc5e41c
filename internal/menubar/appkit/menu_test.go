package appkit

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"vpnstatus/internal/engine"
	"vpnstatus/internal/menubar"
)

// choose picks numbers for random menus: rapid's, or those of a fast generator.
type choose func(n int) int

func randomItems(pick choose, parent string, depth int) []menubar.Item {
	ids := []string{"a", "b", "c", "d", "e", "f", "g"}
	n := pick(len(ids) + 1)
	var items []menubar.Item
	for range n {
		i := pick(len(ids))
		id := parent + "/" + ids[i]
		ids[i] = ids[len(ids)-1]
		ids = ids[:len(ids)-1]
		it := menubar.Item{
			ID:       id,
			Kind:     []menubar.Kind{menubar.KindAction, menubar.KindText, menubar.KindHeader, menubar.KindSeparator, menubar.KindSubmenu, menubar.KindSubmenu}[pick(6)],
			Title:    []string{"", "One", "Two"}[pick(3)],
			Symbol:   []menubar.Symbol{"", menubar.SymbolUp, menubar.SymbolDown}[pick(3)],
			State:    []menubar.State{menubar.StateOff, menubar.StateOn, menubar.StateMixed}[pick(3)],
			Indent:   pick(2),
			Disabled: pick(3) == 0, Alternate: pick(4) == 0,
			ToolTip:       []string{"", "tip"}[pick(2)],
			Accessibility: []string{"", "aloud"}[pick(2)],
			Key:           menubar.Key{Equivalent: []string{"", "1"}[pick(2)], Modifiers: menubar.Command},
			Action:        menubar.Action{Text: fmt.Sprint(pick(9))},
		}
		if it.Kind == menubar.KindSubmenu && depth > 0 {
			it.Submenu = randomItems(pick, id, depth-1)
		}
		items = append(items, it)
	}
	return items
}

func randomMenu(pick choose) menubar.Menu {
	return menubar.Menu{
		Status: menubar.StatusItem{State: []menubar.Overall{menubar.Off, menubar.Connected}[pick(2)], Text: []string{"", "0:05"}[pick(2)]},
		Items:  randomItems(pick, "", 2),
	}
}

// checkShown compares the drawing with the menu it should be.
func checkShown(t interface {
	Helper()
	Fatalf(string, ...any)
}, s *shownMenu, d *drawing, m menubar.Menu) {
	t.Helper()
	if len(d.problems) > 0 {
		t.Fatalf("AppKit would throw: %q", d.problems)
	}
	if drawn := d.items(); !reflect.DeepEqual(m.Items, drawn) { // cmp is slow
		t.Fatalf("the patched menu is another (-want +drawn):\n%s", cmp.Diff(m.Items, drawn))
	}
	if d.bar != m.Status {
		t.Fatalf("the status item is %+v, want %+v", d.bar, m.Status)
	}
	submenus := 0
	var walk func([]menubar.Item)
	walk = func(items []menubar.Item) {
		for _, it := range items {
			if a, ok := s.action(it.ID); !ok || a != it.Action {
				t.Fatalf("a click on %q does %+v, want %+v", it.ID, a, it.Action)
			}
			if it.Kind == menubar.KindSubmenu {
				submenus++
			}
			walk(it.Submenu)
		}
	}
	walk(m.Items)
	if len(d.lists) != submenus+1 {
		t.Fatalf("%d menus are kept, want %d", len(d.lists), submenus+1)
	}
}

func TestPatchedMenuIsTheNewMenu(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pick := func(n int) int { return rapid.IntRange(0, n-1).Draw(t, "pick") }
		d := newDrawing()
		s := &shownMenu{native: d}
		for range 4 {
			m := randomMenu(pick)
			s.show(m)
			checkShown(t, s, d, m)
		}
	})
}

func TestPatchingTouchesOnlyWhatDiffers(t *testing.T) {
	menu := func(letters string) (m menubar.Menu) {
		for id := range strings.SplitSeq(letters, "") {
			m.Items = append(m.Items, menubar.Item{ID: id, Kind: menubar.KindAction})
		}
		return m
	}
	for name, c := range map[string]struct{ old, new, steps string }{
		"nothing changes":       {"abc", "abc", ""},
		"first list":            {"", "ab", "+a +b"},
		"everything goes":       {"ab", "", "-a -b"},
		"one more in between":   {"abc", "axbc", "+x"},
		"one less":              {"abc", "ac", "-b"},
		"replaced":              {"abc", "axc", "+x -b"},
		"neighbours leave":      {"abcde", "bd", "-a -c -e"},
		"first moves to end":    {"abcd", "bcda", "-a +a"},
		"two swap places":       {"abcd", "acbd", "-b +b"},
		"last moves to front":   {"abc", "cab", "-a -b +a +b"},
		"new list with nothing": {"abc", "xyz", "+x +y +z -a -b -c"},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDrawing()
			s := &shownMenu{native: d}
			s.show(menu(c.old))
			d.steps = nil
			s.show(menu(c.new))
			checkShown(t, s, d, menu(c.new))
			if steps := strings.Join(d.steps, " "); steps != c.steps {
				t.Errorf("%q becomes %q by %q, want %q", c.old, c.new, steps, c.steps)
			}
		})
	}
}

func TestEqualMenuDrawsNothing(t *testing.T) {
	d := newDrawing()
	s := &shownMenu{native: d}
	m := randomMenu(rand.New(rand.NewPCG(3, 4)).IntN)
	s.show(m)
	before := d.calls
	s.show(m)
	if d.calls != before {
		t.Errorf("%d calls for a menu that is there already", d.calls-before)
	}
}

func TestFirstMenuDrawsTheStatusItemOnce(t *testing.T) {
	for name, item := range map[string]menubar.StatusItem{"zero": {}, "connected": {State: menubar.Connected}} {
		t.Run(name, func(t *testing.T) {
			d := newDrawing()
			(&shownMenu{native: d}).show(menubar.Menu{Status: item})
			if d.statuses != 1 {
				t.Errorf("drawn %d times", d.statuses)
			}
		})
	}
}

func TestChangedActionDrawsNothingAndActs(t *testing.T) {
	d := newDrawing()
	s := &shownMenu{native: d}
	item := menubar.Item{ID: "x", Kind: menubar.KindAction, Title: "X", Action: menubar.Action{Command: engine.Command{Verb: engine.VerbConnect}}}
	s.show(menubar.Menu{Items: []menubar.Item{item}})
	before := d.calls
	item.Action.Command.Verb = engine.VerbDisconnect
	s.show(menubar.Menu{Items: []menubar.Item{item}})
	a, ok := s.action("x")
	if d.calls != before || !ok || a.Command.Verb != engine.VerbDisconnect {
		t.Errorf("%d calls, action %+v", d.calls-before, a)
	}
}

func TestClickOnARemovedItemDoesNothing(t *testing.T) {
	s := &shownMenu{native: newDrawing()}
	s.show(menubar.Menu{Items: []menubar.Item{{ID: "x", Kind: menubar.KindAction}}})
	s.show(menubar.Menu{})
	if a, ok := s.action("x"); ok {
		t.Errorf("it does %+v", a)
	}
}
