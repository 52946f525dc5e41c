package appkit

import (
	"fmt"
	"math/rand/v2"
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
			ID:     id,
			Kind:   []menubar.Kind{menubar.KindAction, menubar.KindText, menubar.KindHeader, menubar.KindSeparator, menubar.KindSubmenu, menubar.KindSubmenu}[pick(6)],
			Title:  []string{"", "One", "Two"}[pick(3)],
			Symbol: []menubar.Symbol{"", menubar.SymbolUp, menubar.SymbolDown}[pick(3)],
			State:  []menubar.State{menubar.StateOff, menubar.StateOn, menubar.StateMixed}[pick(3)],
			Indent: pick(2),
			Hidden: pick(4) == 0, Disabled: pick(3) == 0, Alternate: pick(4) == 0,
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
		Color:  pick(4) == 0,
	}
}

// checkTree compares what was patched with what a fresh screen would draw.
func checkTree(t interface {
	Helper()
	Fatalf(string, ...any)
}, tr *tree, d *drawing, m menubar.Menu) {
	t.Helper()
	fresh := newDrawing()
	newTree(fresh).show(m)
	if len(d.problems) > 0 || len(fresh.problems) > 0 {
		t.Fatalf("AppKit would not have liked: %q %q", d.problems, fresh.problems)
	}
	if diff := cmp.Diff(fresh.seen(), d.seen()); diff != "" {
		t.Fatalf("the patched menu differs from a fresh one (-fresh +patched):\n%s", diff)
	}
	if d.status_ != m.Status || d.color != m.Color {
		t.Fatalf("the status item is %+v, want %+v", d.status_, m.Status)
	}
	if len(tr.byRef) != len(d.lines)-1 || len(d.lines) != len(fresh.lines) {
		t.Fatalf("%d refs and %d lines are kept, want %d", len(tr.byRef), len(d.lines)-1, len(fresh.lines)-1)
	}
	var actions func(n *node, items []menubar.Item)
	actions = func(n *node, items []menubar.Item) {
		for i, sub := range n.sub {
			a, ok := tr.action(sub.ref)
			if !ok || !a.Equal(items[i].Action) {
				t.Fatalf("a click on %q does %+v, want %+v", items[i].ID, a, items[i].Action)
			}
			actions(sub, items[i].Submenu)
		}
	}
	actions(tr.root, m.Items)
}

func TestPatchedMenuEqualsFreshMenu(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pick := func(n int) int { return rapid.IntRange(0, n-1).Draw(t, "pick") }
		d := newDrawing()
		tr := newTree(d)
		for range 4 {
			m := randomMenu(pick)
			tr.show(m)
			checkTree(t, tr, d, m)
		}
	})
}

func TestTenThousandPatchesLeaveNothingBehind(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	d := newDrawing()
	tr := newTree(d)
	for range 10_000 {
		m := randomMenu(r.IntN)
		tr.show(m)
		checkTree(t, tr, d, m)
	}
	tr.show(menubar.Menu{})
	if len(tr.byRef) != 0 || len(d.lines) != 1 {
		t.Errorf("%d refs and %d lines are left of an empty menu", len(tr.byRef), len(d.lines)-1)
	}
}

func TestEqualMenuDrawsNothing(t *testing.T) {
	d := newDrawing()
	tr := newTree(d)
	m := randomMenu(rand.New(rand.NewPCG(3, 4)).IntN)
	tr.show(m)
	before := d.calls
	tr.show(m)
	if d.calls != before {
		t.Errorf("%d calls for a menu that is there already", d.calls-before)
	}
}

func TestFirstMenuDrawsTheStatusItemOnce(t *testing.T) {
	for name, s := range map[string]menubar.StatusItem{"zero": {}, "connected": {State: menubar.Connected}} {
		t.Run(name, func(t *testing.T) {
			d := newDrawing()
			newTree(d).show(menubar.Menu{Status: s})
			if d.statuses != 1 {
				t.Errorf("drawn %d times", d.statuses)
			}
		})
	}
}

func TestChangedActionDrawsNothingAndActs(t *testing.T) {
	d := newDrawing()
	tr := newTree(d)
	item := menubar.Item{ID: "x", Kind: menubar.KindAction, Title: "X", Action: menubar.Action{Command: engine.Command{Verb: engine.VerbConnect}}}
	tr.show(menubar.Menu{Items: []menubar.Item{item}})
	before := d.calls
	item.Action.Command.Verb = engine.VerbDisconnect
	tr.show(menubar.Menu{Items: []menubar.Item{item}})
	a, ok := tr.action(1)
	if d.calls != before || !ok || a.Command.Verb != engine.VerbDisconnect {
		t.Errorf("%d calls, action %+v", d.calls-before, a)
	}
}

func TestInitialFieldsMakeTheWholeItem(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pick := func(n int) int { return rapid.IntRange(0, n-1).Draw(t, "pick") }
		for _, it := range randomItems(pick, "", 0) {
			it.Action = menubar.Action{}
			d := newDrawing()
			d.insert(0, 0, 1, menubar.Item{ID: it.ID, Kind: it.Kind}, false)
			d.set(1, initial(it), it, false)
			if diff := cmp.Diff(it, d.lines[1].item); diff != "" {
				t.Fatalf("a new item with its initial fields is not the item:\n%s", diff)
			}
			if initial(it)&menubar.FieldKey == 0 {
				t.Fatal("the Command key that AppKit presets would stay")
			}
		}
	})
}

func TestRefOfARemovedItemIsNeverUsedAgain(t *testing.T) {
	d := newDrawing()
	tr := newTree(d)
	m := menubar.Menu{Items: []menubar.Item{{ID: "x", Kind: menubar.KindAction}}}
	tr.show(m)
	tr.show(menubar.Menu{})
	if _, ok := tr.action(1); ok {
		t.Error("a click on a removed item acts")
	}
	tr.show(m)
	if _, ok := tr.action(1); ok {
		t.Error("the ref of a removed item came back")
	}
}
