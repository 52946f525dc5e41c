package appkit

import (
	"slices"

	"vpnstatus/internal/menubar"
)

// tree is the menu as the view shows it. It belongs to the main thread.
type tree struct {
	view  view
	menu  menubar.Menu
	drawn bool // the status item has been drawn once
	busy  bool // show is under way
	root  *node
	byRef map[ref]*node
	last  ref
}

type node struct {
	ref    ref
	id     string
	symbol bool
	action menubar.Action
	sub    []*node
}

func newTree(v view) *tree {
	return &tree{view: v, root: &node{}, byRef: make(map[ref]*node)}
}

// show turns what is shown into the menu.
func (t *tree) show(m menubar.Menu) {
	if t.busy {
		return // the view called back; what is being shown is as good
	}
	t.busy = true
	defer func() { t.busy = false }()
	recolor := t.menu.Color != m.Color
	for _, c := range menubar.Diff(t.menu, m) {
		t.apply(c, m.Color)
	}
	t.menu = m
	if !t.drawn {
		t.drawn = true // even a status item equal to the zero one
		t.view.status(m.Status, m.Color)
	}
	if recolor {
		t.recolor(t.root, m.Items)
	}
}

// action returns what a click on the item does; false when the item is gone.
func (t *tree) action(r ref) (menubar.Action, bool) {
	n, ok := t.byRef[r]
	if !ok {
		return menubar.Action{}, false
	}
	return n.action, true
}

func (t *tree) apply(c menubar.Change, color bool) {
	if c.Op == menubar.OpStatus {
		t.drawn = true
		t.view.status(c.Status, c.Color)
		return
	}
	list := t.root
	for _, id := range c.Path {
		i := slices.IndexFunc(list.sub, func(n *node) bool { return n.id == id })
		if i < 0 {
			return // cannot be; better a line missing than the app gone
		}
		list = list.sub[i]
	}
	switch c.Op {
	case menubar.OpInsert:
		t.insert(list, c.Index, c.Item, color)
	case menubar.OpRemove:
		t.remove(list, c.Index)
	case menubar.OpMove:
		n := list.sub[c.From]
		list.sub = slices.Insert(slices.Delete(list.sub, c.From, c.From+1), c.Index, n)
		t.view.move(list.ref, c.From, c.Index, n.ref)
	case menubar.OpSet:
		n := list.sub[c.Index]
		n.take(c.Item)
		if fields := c.Fields &^ menubar.FieldAction; fields != 0 {
			t.view.set(n.ref, fields, c.Item, color)
		}
	}
}

func (n *node) take(it menubar.Item) {
	n.id, n.action, n.symbol = it.ID, it.Action, it.Symbol != ""
}

func (t *tree) insert(list *node, at int, it menubar.Item, color bool) {
	t.last++
	n := &node{ref: t.last}
	n.take(it)
	t.byRef[n.ref] = n
	list.sub = slices.Insert(list.sub, at, n)
	below := it.Submenu
	it.Submenu = nil
	t.view.insert(list.ref, at, n.ref, it, color)
	for i, sub := range below {
		t.insert(n, i, sub, color)
	}
}

func (t *tree) remove(list *node, at int) {
	n := list.sub[at]
	list.sub = slices.Delete(list.sub, at, at+1)
	t.forget(n)
	t.view.remove(list.ref, at, n.ref)
	delete(t.byRef, n.ref)
}

func (t *tree) forget(n *node) {
	for _, below := range n.sub {
		t.forget(below)
		t.view.forget(below.ref)
		delete(t.byRef, below.ref)
	}
}

// recolor draws all symbols anew, after tinting was switched on or off.
func (t *tree) recolor(list *node, items []menubar.Item) {
	for i, n := range list.sub {
		if n.symbol {
			t.view.set(n.ref, menubar.FieldSymbol, items[i], t.menu.Color)
		}
		t.recolor(n, items[i].Submenu)
	}
}
