package appkit

import "vpnstatus/internal/menubar"

// ref stands for an item on the screen: the tag of its NSMenuItem. It is given
// out once and never again, so that a late click finds nothing instead of
// another item. The zero ref is the menu itself.
type ref int

// view is what a menu is drawn on: NSMenu, or a recording in tests. All methods
// are called on the main thread, with indexes that are right.
type view interface {
	// insert makes an item and puts it into the list. An item of KindSubmenu
	// gets an empty list of its own; Submenu is not looked at.
	insert(list ref, at int, r ref, it menubar.Item, color bool)
	// remove takes an item out of its list, with whatever is below it.
	remove(list ref, at int, r ref)
	// forget tells that an item below a removed one is gone. It is called
	// before the removal.
	forget(r ref)
	// move takes the item out and puts it back where at counts without it.
	move(list ref, from, at int, r ref)
	// set changes fields of an item.
	set(r ref, fields menubar.Fields, it menubar.Item, color bool)
	// status draws the status item.
	status(s menubar.StatusItem, color bool)
}

// initial returns the fields that differ from those of a new item, so that an
// insert makes no needless calls. The modifiers are always set: AppKit's default
// is the Command key.
func initial(it menubar.Item) menubar.Fields {
	f := menubar.FieldTitle | menubar.FieldKey | menubar.FieldDisabled
	for _, c := range [...]struct {
		set   bool
		field menubar.Fields
	}{
		{it.Symbol != "", menubar.FieldSymbol},
		{it.State != menubar.StateOff, menubar.FieldState},
		{it.Hidden, menubar.FieldHidden},
		{it.Indent != 0, menubar.FieldIndent},
		{it.ToolTip != "", menubar.FieldToolTip},
		{it.Accessibility != "", menubar.FieldAccessibility},
		{it.Alternate, menubar.FieldAlternate},
	} {
		if c.set {
			f |= c.field
		}
	}
	return f
}
