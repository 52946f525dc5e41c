package appkit

import (
	"slices"

	"vpnstatus/internal/menubar"
)

// handle is an NSMenu, or stands for one in tests.
type handle uintptr

// native draws the menu with AppKit, or records calls in tests. All methods are
// called on the main thread, with valid positions.
type native interface {
	// root returns the menu of the status item.
	root() handle
	// submenu returns the menu that an item of KindSubmenu opens.
	submenu(menu handle, at int) handle
	// insert puts a new item into a menu. Its submenu is empty.
	insert(menu handle, at int, it menubar.Item)
	// remove takes an item out of a menu, with its submenu.
	remove(menu handle, at int)
	// update applies the differences between the old and the new state of an
	// item.
	update(menu handle, at int, was, now menubar.Item)
	// status draws the status item.
	status(s menubar.StatusItem)
}

// shownMenu is the menu on the screen. It belongs to the main thread.
type shownMenu struct {
	native native
	menu   menubar.Menu
	drawn  bool // the status item has been drawn
	busy   bool // show is under way
}

// show changes the menu on the screen item by item, so that an open menu stays
// open.
func (s *shownMenu) show(m menubar.Menu) {
	if s.busy {
		return // AppKit called back in the middle of a change
	}
	s.busy = true
	defer func() { s.busy = false }()
	s.list(s.native.root(), s.menu.Items, m.Items)
	was, now := s.menu.Status, m.Status
	was.Refresh = now.Refresh
	if !s.drawn || was != now {
		s.drawn = true
		s.native.status(now)
	}
	s.menu = m
}

// list changes a menu from left to right. An item that has moved forward is kept;
// those that it passed are removed and inserted again. The kind of an NSMenuItem
// can't be changed.
func (s *shownMenu) list(menu handle, was, now []menubar.Item) {
	for at, it := range now {
		var old menubar.Item
		i := slices.IndexFunc(was, func(w menubar.Item) bool { return w.ID == it.ID && w.Kind == it.Kind })
		if i < 0 {
			s.native.insert(menu, at, it)
		} else {
			for range i {
				s.native.remove(menu, at)
			}
			old, was = was[i], was[i+1:]
			s.native.update(menu, at, old, it)
		}
		if it.Kind == menubar.KindSubmenu {
			s.list(s.native.submenu(menu, at), old.Submenu, it.Submenu)
		}
	}
	for range was {
		s.native.remove(menu, len(now))
	}
}

// action returns what a click on the item does; false if the item is gone.
func (s *shownMenu) action(id string) (menubar.Action, bool) {
	it, ok := s.menu.Find(id)
	return it.Action, ok
}
