package menubar

import (
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/google/uuid"
	"pgregory.net/rapid"

	"vpnstatus/internal/autoconnect"
	"vpnstatus/internal/engine"
	"vpnstatus/internal/vpn"
)

// drawItems draws a list whose IDs come from a small set, so that lists drawn
// twice share many of them.
func drawItems(t *rapid.T, ids []string, depth int, label string) []Item {
	n := rapid.IntRange(0, len(ids)).Draw(t, label+" length")
	order := rapid.Permutation(ids).Draw(t, label+" order")
	var items []Item
	for _, id := range order[:n] {
		it := Item{
			ID:     id,
			Kind:   rapid.SampledFrom([]Kind{KindAction, KindAction, KindAction, KindText, KindSeparator}).Draw(t, "kind"),
			Title:  rapid.SampledFrom([]string{"a", "b"}).Draw(t, "title"),
			Indent: rapid.IntRange(0, 1).Draw(t, "indent"),
			Hidden: rapid.Bool().Draw(t, "hidden"),
		}
		it.Action.On = rapid.Bool().Draw(t, "on")
		if depth > 0 && rapid.IntRange(0, 2).Draw(t, "has submenu") == 0 {
			it.Kind = KindSubmenu
			below := make([]string, len(ids))
			for i := range ids {
				below[i] = id + "/" + ids[i]
			}
			it.Submenu = drawItems(t, below, depth-1, label)
		}
		items = append(items, it)
	}
	return items
}

func drawMenu(t *rapid.T, label string) Menu {
	return Menu{
		Status: StatusItem{State: rapid.SampledFrom([]Overall{Off, Connected}).Draw(t, "state")},
		Items:  drawItems(t, []string{"1", "2", "3", "4", "5", "6", "7"}, 2, label),
		Color:  rapid.Bool().Draw(t, "color"),
	}
}

func TestApplyingTheDiffGivesTheNewMenu(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		old, new := drawMenu(t, "old"), drawMenu(t, "new")
		before := Menu{Status: old.Status, Items: clone(old.Items), Color: old.Color}
		changes := Diff(old, new)
		if diff := cmp.Diff(new, Apply(old, changes), cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("applying %+v gives another menu:\n%s", changes, diff)
		}
		if diff := cmp.Diff(before, old); diff != "" {
			t.Fatalf("the old menu was changed:\n%s", diff)
		}
		removing := true
		for _, c := range changes {
			if c.Op == OpRemove && !removing {
				t.Fatalf("a removal after another step: %+v", changes)
			}
			removing = c.Op == OpRemove
		}
		if again := Diff(new, new); len(again) != 0 {
			t.Fatalf("a menu differs from itself: %+v", again)
		}
	})
}

// A field that is added to the types must be compared as well.
func TestEveryFieldOfAnActionCounts(t *testing.T) {
	if n := reflect.TypeFor[Action]().NumField(); n != 6 {
		t.Errorf("Action has %d fields: see to Action.equal", n)
	}
	if n := reflect.TypeFor[engine.Command]().NumField(); n != 6 {
		t.Errorf("engine.Command has %d fields: see to Action.equal", n)
	}
	if n := reflect.TypeFor[autoconnect.Until]().NumField(); n != 3 {
		t.Errorf("autoconnect.Until has %d fields: see to Action.equal", n)
	}
	if n := reflect.TypeFor[Item]().NumField(); n != 15 {
		t.Errorf("Item has %d fields: see to differing", n)
	}
	for name, b := range map[string]Action{
		"app":      {App: AppQuit},
		"text":     {Text: "x"},
		"on":       {On: true},
		"for":      {For: 1},
		"tomorrow": {Tomorrow: true},
		"verb":     {Command: engine.Command{Verb: engine.VerbHold}},
		"id":       {Command: engine.Command{ID: uuid.Max}},
		"wish":     {Command: engine.Command{On: true}},
		"time":     {Command: engine.Command{Until: autoconnect.Until{Time: time.Unix(1, 0)}}},
		"forever":  {Command: engine.Command{Until: autoconnect.Forever}},
		"network":  {Command: engine.Command{Until: autoconnect.Until{Network: "x"}}},
		"options":  {Command: engine.Command{Options: vpn.Options{Username: "x"}}},
		"origin":   {Command: engine.Command{Origin: "x"}},
	} {
		if b.Equal(Action{}) || !b.Equal(b) {
			t.Errorf("%s does not count", name)
		}
	}
	at := time.Unix(1, 0)
	a, b := Action{}, Action{}
	a.Command.Until.Time, b.Command.Until.Time = at.In(time.FixedZone("", 3600)), at.In(time.FixedZone("", 3600))
	if !a.Equal(b) {
		t.Error("one instant in two copies of a zone differs")
	}
}

func TestDiffMovesAsFewItemsAsPossible(t *testing.T) {
	list := func(ids ...string) (m Menu) {
		for _, id := range ids {
			m.Items = append(m.Items, Item{ID: id, Kind: KindAction})
		}
		return m
	}
	for name, c := range map[string]struct {
		old, new Menu
		ops      []Op
	}{
		"the first goes to the end":         {list("1", "2", "3", "4"), list("2", "3", "4", "1"), []Op{OpMove}},
		"the last comes to the front":       {list("1", "2", "3", "4"), list("4", "1", "2", "3"), []Op{OpMove}},
		"one more in the middle":            {list("1", "2", "3"), list("1", "x", "2", "3"), []Op{OpInsert}},
		"one less":                          {list("1", "2", "3"), list("1", "3"), []Op{OpRemove}},
		"replaced":                          {list("1", "2", "3"), list("1", "x", "3"), []Op{OpRemove, OpInsert}},
		"two change places":                 {list("1", "2", "3", "4"), list("1", "3", "2", "4"), []Op{OpMove}},
		"everything goes":                   {list("1", "2"), list(), []Op{OpRemove, OpRemove}},
		"order kept while neighbours leave": {list("1", "2", "3", "4", "5"), list("2", "4"), []Op{OpRemove, OpRemove, OpRemove}},
	} {
		t.Run(name, func(t *testing.T) {
			var ops []Op
			for _, ch := range Diff(c.old, c.new) {
				ops = append(ops, ch.Op)
			}
			if diff := cmp.Diff(c.ops, ops); diff != "" {
				t.Error(diff)
			}
		})
	}
}
