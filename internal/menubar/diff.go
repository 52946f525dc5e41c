package menubar

import "slices"

// Op is what a Change does.
type Op string

// Operations.
const (
	OpStatus Op = "status" // the status item, or Menu.Color, changed: Status and Color
	OpSet    Op = "set"    // fields of an item changed: Fields of Item
	OpInsert Op = "insert" // Item, with its submenu, now stands at Index
	OpRemove Op = "remove" // the item at Index goes
	OpMove   Op = "move"   // the item at From is taken out and put back at Index
)

// Change is one step of turning the menu on the screen into the next one. Steps
// are applied in order; an index holds at the time of its step. All removals
// come before all other steps, so that an ID is never twice in the menu.
type Change struct {
	Op     Op
	Path   []string   // IDs of the submenu items that lead to the list; empty: the menu itself
	ID     string     // of the item
	Index  int        // OpInsert, OpRemove, OpMove (after the item was taken out), OpSet
	From   int        // OpMove
	Fields Fields     // OpSet: the fields that differ
	Item   Item       // OpSet: the new values, without the submenu; OpInsert: the whole item
	Status StatusItem // OpStatus
	Color  bool       // OpStatus
}

// Fields is a set of fields of an Item.
type Fields uint

// Fields of an Item. FieldSymbol stands for Tone as well.
const (
	FieldTitle Fields = 1 << iota
	FieldSymbol
	FieldState
	FieldDisabled
	FieldHidden
	FieldIndent
	FieldKey
	FieldToolTip
	FieldAccessibility
	FieldAlternate
	FieldAction
)

// Diff returns the changes that turn the old menu into the new one, none when
// both look and act alike. An item whose kind changed is replaced. The times in
// Refresh are not compared: nobody sees them.
func Diff(old, new Menu) []Change {
	var d differ
	d.removals(nil, old.Items, new.Items)
	d.rest(nil, old.Items, new.Items)
	a, b := old.Status, new.Status
	b.Refresh = a.Refresh
	if a != b || old.Color != new.Color {
		d.changes = append(d.changes, Change{Op: OpStatus, Status: new.Status, Color: new.Color})
	}
	return d.changes
}

type differ struct{ changes []Change }

// itemKey tells items apart; a changed kind makes another item.
type itemKey struct {
	id   string
	kind Kind
}

func index(items []Item) map[itemKey]int {
	m := make(map[itemKey]int, len(items))
	for i := range items {
		m[itemKey{items[i].ID, items[i].Kind}] = i
	}
	return m
}

// aligned reports whether both lists hold the same items in the same order,
// which is nearly always so.
func aligned(a, b []Item) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a { // not slices.EqualFunc, which copies the items
		if x, y := &a[i], &b[i]; x.ID != y.ID || x.Kind != y.Kind {
			return false
		}
	}
	return true
}

func (d *differ) removals(path []string, old, new []Item) {
	if aligned(old, new) {
		for i := range old {
			d.removalsIn(path, &old[i], &new[i])
		}
		return
	}
	in := index(new)
	at := 0
	for i := range old {
		j, ok := in[itemKey{old[i].ID, old[i].Kind}]
		if !ok {
			d.changes = append(d.changes, Change{Op: OpRemove, Path: path, ID: old[i].ID, Index: at})
			continue
		}
		d.removalsIn(path, &old[i], &new[j])
		at++
	}
}

func (d *differ) removalsIn(path []string, old, new *Item) {
	if len(old.Submenu) > 0 {
		d.removals(below(path, old.ID), old.Submenu, new.Submenu)
	}
}

func below(path []string, id string) []string {
	return append(path[:len(path):len(path)], id)
}

func (d *differ) rest(path []string, old, new []Item) {
	if aligned(old, new) {
		for i := range new {
			d.set(path, i, &old[i], &new[i])
		}
		return
	}
	was := index(old)
	in := index(new)

	// The list as it is now, after the removals; and those of its items that
	// may stay where they are because their order does not change.
	var work, order []int // indices into new
	for i := range old {
		if j, ok := in[itemKey{old[i].ID, old[i].Kind}]; ok {
			work = append(work, j)
		}
	}
	order = increasing(work)
	stays := make([]bool, len(new))
	for _, j := range order {
		stays[j] = true
	}

	for j := range new {
		if stays[j] {
			continue
		}
		_, existed := was[itemKey{new[j].ID, new[j].Kind}]
		c := Change{Op: OpInsert, Path: path, ID: new[j].ID}
		if existed {
			c.Op = OpMove
			c.From = slices.Index(work, j)
			work = slices.Delete(work, c.From, c.From+1)
		} else {
			c.Item = new[j]
		}
		if j > 0 {
			// All items before j stand in their final order already.
			c.Index = slices.Index(work, j-1) + 1
		}
		work = slices.Insert(work, c.Index, j)
		d.changes = append(d.changes, c)
	}
	for j := range new {
		if i, ok := was[itemKey{new[j].ID, new[j].Kind}]; ok {
			d.set(path, j, &old[i], &new[j])
		}
	}
}

func (d *differ) set(path []string, at int, old, new *Item) {
	if f := differing(old, new); f != 0 {
		item := *new
		item.Submenu = nil
		d.changes = append(d.changes, Change{Op: OpSet, Path: path, ID: new.ID, Index: at, Fields: f, Item: item})
	}
	if len(old.Submenu) > 0 || len(new.Submenu) > 0 {
		d.rest(below(path, new.ID), old.Submenu, new.Submenu)
	}
}

func differing(a, b *Item) Fields {
	var f Fields
	for _, c := range [...]struct {
		differ bool
		field  Fields
	}{
		{a.Title != b.Title, FieldTitle},
		{a.Symbol != b.Symbol || a.Tone != b.Tone, FieldSymbol},
		{a.State != b.State, FieldState},
		{a.Disabled != b.Disabled, FieldDisabled},
		{a.Hidden != b.Hidden, FieldHidden},
		{a.Indent != b.Indent, FieldIndent},
		{a.Key != b.Key, FieldKey},
		{a.ToolTip != b.ToolTip, FieldToolTip},
		{a.Accessibility != b.Accessibility, FieldAccessibility},
		{a.Alternate != b.Alternate, FieldAlternate},
		{!a.Action.equal(&b.Action), FieldAction},
	} {
		if c.differ {
			f |= c.field
		}
	}
	return f
}

// Equal reports whether both do the same. Times are compared as instants: the
// same instant read from JSON twice is not == to itself.
func (a Action) Equal(b Action) bool { return a.equal(&b) }

func (a *Action) equal(b *Action) bool {
	x, y := &a.Command, &b.Command
	return a.App == b.App && a.Text == b.Text && a.On == b.On && a.For == b.For && a.Tomorrow == b.Tomorrow &&
		x.Verb == y.Verb && x.ID == y.ID && x.On == y.On && x.Origin == y.Origin && x.Options == y.Options &&
		x.Until.Forever == y.Until.Forever && x.Until.Network == y.Until.Network && x.Until.Time.Equal(y.Until.Time)
}

// increasing returns a longest increasing subsequence of distinct numbers.
func increasing(s []int) []int {
	tails := make([]int, 0, len(s)) // index into s of the smallest last element per length
	prev := make([]int, len(s))
	for i, v := range s {
		n, _ := slices.BinarySearchFunc(tails, v, func(t, v int) int { return s[t] - v })
		prev[i] = -1
		if n > 0 {
			prev[i] = tails[n-1]
		}
		if n == len(tails) {
			tails = append(tails, i)
		} else {
			tails[n] = i
		}
	}
	out := make([]int, len(tails))
	if len(tails) > 0 {
		for n, i := len(tails)-1, tails[len(tails)-1]; n >= 0; n, i = n-1, prev[i] {
			out[n] = s[i]
		}
	}
	return out
}

// Apply returns the menu after the changes. It is what a screen does to its
// widgets, and the measure of Diff in tests. The menu given is not changed.
func Apply(m Menu, changes []Change) Menu {
	m.Items = clone(m.Items)
	for _, c := range changes {
		if c.Op == OpStatus {
			m.Status, m.Color = c.Status, c.Color
			continue
		}
		list := &m.Items
		for _, id := range c.Path {
			i := slices.IndexFunc(*list, func(it Item) bool { return it.ID == id })
			list = &(*list)[i].Submenu
		}
		switch c.Op {
		case OpSet:
			item := c.Item
			item.Submenu = (*list)[c.Index].Submenu
			(*list)[c.Index] = item
		case OpInsert:
			item := c.Item
			item.Submenu = clone(item.Submenu)
			*list = slices.Insert(*list, c.Index, item)
		case OpRemove:
			*list = slices.Delete(*list, c.Index, c.Index+1)
		case OpMove:
			item := (*list)[c.From]
			*list = slices.Delete(*list, c.From, c.From+1)
			*list = slices.Insert(*list, c.Index, item)
		}
	}
	return m
}

func clone(items []Item) []Item {
	if items == nil {
		return nil
	}
	out := make([]Item, len(items))
	for i, it := range items {
		it.Submenu = clone(it.Submenu)
		out[i] = it
	}
	return out
}
