package appkit

import (
	"fmt"
	"slices"

	"vpnstatus/internal/menubar"
)

// drawing is a view that records what a person would see, and complains about
// calls that AppKit would answer with an exception.
type drawing struct {
	root     *line
	lines    map[ref]*line
	status_  menubar.StatusItem
	statuses int
	color    bool
	calls    int
	problems []string
}

type line struct {
	ref  ref
	item menubar.Item // Action left out: no screen shows it
	tint bool         // the symbol was drawn tinted
	sub  []*line
}

func newDrawing() *drawing {
	d := &drawing{root: &line{}}
	d.lines = map[ref]*line{0: d.root}
	return d
}

func (d *drawing) complain(format string, args ...any) {
	d.problems = append(d.problems, fmt.Sprintf(format, args...))
}

func (d *drawing) list(r ref) *line {
	l, ok := d.lines[r]
	if !ok {
		d.complain("list %d does not exist", r)
		return &line{}
	}
	if r != 0 && l.item.Kind != menubar.KindSubmenu {
		d.complain("%q has no list", l.item.ID)
	}
	return l
}

func (d *drawing) insert(list ref, at int, r ref, it menubar.Item, color bool) {
	d.calls++
	l := d.list(list)
	if d.lines[r] != nil || r <= 0 {
		d.complain("item %d exists", r)
	}
	if at < 0 || at > len(l.sub) {
		d.complain("insert at %d of %d", at, len(l.sub))
		return
	}
	if it.Submenu != nil {
		d.complain("an insert with a submenu")
	}
	it.Action = menubar.Action{}
	n := &line{ref: r, item: it, tint: color && it.Symbol != ""}
	d.lines[r] = n
	l.sub = slices.Insert(l.sub, at, n)
}

func (d *drawing) remove(list ref, at int, r ref) {
	d.calls++
	l := d.list(list)
	if at < 0 || at >= len(l.sub) || l.sub[at].ref != r {
		d.complain("remove %d at %d", r, at)
		return
	}
	l.sub = slices.Delete(l.sub, at, at+1)
	delete(d.lines, r)
}

func (d *drawing) forget(r ref) {
	if d.lines[r] == nil {
		d.complain("forget %d, which is not there", r)
	}
	delete(d.lines, r)
}

func (d *drawing) move(list ref, from, at int, r ref) {
	d.calls++
	l := d.list(list)
	if from < 0 || from >= len(l.sub) || at < 0 || at >= len(l.sub) || l.sub[from].ref != r {
		d.complain("move %d from %d to %d", r, from, at)
		return
	}
	n := l.sub[from]
	l.sub = slices.Insert(slices.Delete(l.sub, from, from+1), at, n)
}

func (d *drawing) set(r ref, f menubar.Fields, it menubar.Item, color bool) {
	d.calls++
	n := d.lines[r]
	if n == nil || r == 0 {
		d.complain("set of %d, which is not there", r)
		return
	}
	for _, c := range []struct {
		field menubar.Fields
		copy  func()
	}{
		{menubar.FieldTitle, func() { n.item.Title = it.Title }},
		{menubar.FieldSymbol, func() { n.item.Symbol, n.item.Tone, n.tint = it.Symbol, it.Tone, color && it.Symbol != "" }},
		{menubar.FieldState, func() { n.item.State = it.State }},
		{menubar.FieldDisabled, func() { n.item.Disabled = it.Disabled }},
		{menubar.FieldHidden, func() { n.item.Hidden = it.Hidden }},
		{menubar.FieldIndent, func() { n.item.Indent = it.Indent }},
		{menubar.FieldKey, func() { n.item.Key = it.Key }},
		{menubar.FieldToolTip, func() { n.item.ToolTip = it.ToolTip }},
		{menubar.FieldAccessibility, func() { n.item.Accessibility = it.Accessibility }},
		{menubar.FieldAlternate, func() { n.item.Alternate = it.Alternate }},
	} {
		if f&c.field != 0 {
			c.copy()
			f &^= c.field
		}
	}
	if f != 0 {
		d.complain("set of %q with unknown fields %b", it.ID, f)
	}
}

func (d *drawing) status(s menubar.StatusItem, color bool) {
	d.calls++
	d.statuses++
	d.status_, d.color = s, color
}

// seen returns the lines without their refs, for comparing.
type seen struct {
	Item menubar.Item
	Tint bool
	Sub  []seen
}

func (d *drawing) seen() []seen { return look(d.root) }

func look(l *line) []seen {
	var out []seen
	for _, n := range l.sub {
		it := n.item
		out = append(out, seen{Item: it, Tint: n.tint, Sub: look(n)})
	}
	return out
}
