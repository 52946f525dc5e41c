package appkit

import (
	"fmt"
	"reflect"
	"slices"

	"vpnstatus/internal/menubar"
)

// drawing records what a user would see, and complains about calls that AppKit
// would answer with an exception.
type drawing struct {
	top      *line
	lists    map[handle]*line
	last     handle
	bar      menubar.StatusItem
	statuses int
	calls    int      // that changed something
	steps    []string // what was inserted and removed
	problems []string
}

// line is an item on the screen. list is its own menu.
type line struct {
	item menubar.Item // without the submenu
	list handle
	sub  []*line
}

func newDrawing() *drawing {
	d := &drawing{lists: make(map[handle]*line), top: &line{}}
	d.add(d.top)
	return d
}

func (d *drawing) add(l *line) {
	d.last++
	l.list = d.last
	d.lists[l.list] = l
}

func (d *drawing) complain(format string, args ...any) {
	d.problems = append(d.problems, fmt.Sprintf(format, args...))
}

// at returns the menu and the item in it; nil if there is none.
func (d *drawing) at(menu handle, at int) (list, item *line) {
	list, ok := d.lists[menu]
	if !ok {
		d.complain("menu %d does not exist", menu)
		return &line{}, nil
	}
	if at < 0 || at >= len(list.sub) {
		return list, nil
	}
	return list, list.sub[at]
}

func (d *drawing) root() handle { return d.top.list }

func (d *drawing) submenu(menu handle, at int) handle {
	_, l := d.at(menu, at)
	if l == nil || l.item.Kind != menubar.KindSubmenu {
		d.complain("no submenu at %d", at)
		return 0
	}
	return l.list
}

func (d *drawing) insert(menu handle, at int, it menubar.Item) {
	d.calls++
	list, _ := d.at(menu, at)
	if at < 0 || at > len(list.sub) {
		d.complain("insert at %d of %d", at, len(list.sub))
		return
	}
	it.Submenu = nil
	l := &line{item: it}
	if it.Kind == menubar.KindSubmenu {
		d.add(l)
	}
	list.sub = slices.Insert(list.sub, at, l)
	d.steps = append(d.steps, "+"+it.ID)
}

func (d *drawing) remove(menu handle, at int) {
	d.calls++
	list, l := d.at(menu, at)
	if l == nil {
		d.complain("remove at %d of %d", at, len(list.sub))
		return
	}
	list.sub = slices.Delete(list.sub, at, at+1)
	d.steps = append(d.steps, "-"+l.item.ID)
	d.forget(l)
}

func (d *drawing) forget(l *line) {
	for _, below := range l.sub {
		d.forget(below)
	}
	delete(d.lists, l.list)
}

func (d *drawing) update(menu handle, at int, was, now menubar.Item) {
	_, l := d.at(menu, at)
	if l == nil {
		d.complain("update of %q, which is not there", now.ID)
		return
	}
	was.Submenu, now.Submenu = nil, nil
	if !same(l.item, was) {
		d.complain("%q is said to have looked like %+v", now.ID, was)
	}
	if !same(was, now) {
		d.calls++
	}
	l.item = now
}

// same reports whether two items look alike.
func same(a, b menubar.Item) bool {
	a.Action, b.Action = menubar.Action{}, menubar.Action{}
	return reflect.DeepEqual(a, b)
}

func (d *drawing) status(s menubar.StatusItem) {
	d.calls++
	d.statuses++
	d.bar = s
}

// items returns what is shown.
func (d *drawing) items() []menubar.Item { return look(d.top) }

func look(l *line) []menubar.Item {
	var items []menubar.Item
	for _, n := range l.sub {
		it := n.item
		it.Submenu = look(n)
		items = append(items, it)
	}
	return items
}
