package appkit

import (
	"cmp"
	"errors"

	pobjc "github.com/ebitengine/purego/objc"
	"github.com/progrium/darwinkit/macos/appkit"
	"github.com/progrium/darwinkit/macos/foundation"
	"github.com/progrium/darwinkit/objc"

	"vpnstatus/internal/cocoa"
	"vpnstatus/internal/menubar"
)

func init() {
	cocoa.Require(cocoa.Class, "Menu bar", "NSApplication", "NSStatusBar", "NSStatusItem", "NSMenu", "NSMenuItem")
	cocoa.Prefer(cocoa.Class, "Menu bar", "NSImage", "NSAlert", "NSTextView", "NSPasteboard", "NSThread")
	cocoa.Prefer(cocoa.Method, "Menu bar",
		"-[NSStatusItem button]", "-[NSStatusItem setAutosaveName:]", "-[NSMenuItem setAccessibilityLabel:]",
		"+[NSMenuItem sectionHeaderWithTitle:]", "+[NSFont monospacedDigitSystemFontOfSize:weight:]")
}

// statusName lets the system remember where in the menu bar the user put the
// item. macOS 26 identifies items by it.
const statusName = "VPNStatus"

// itemSelector is the action of every item of the menu; the item's represented
// object is its ID.
const itemSelector = "vpnstatusItemClicked:"

// nativeMenu draws on NSStatusItem and NSMenu.
type nativeMenu struct {
	item   appkit.StatusItem // retained: the status bar does not
	button pobjc.ID          // NSStatusBarButton; 0 where AppKit has none
	menu   appkit.Menu       // retained
	images *images
	target objc.Object
}

// newStatusItem makes the status item with an empty menu. The activation policy
// must be set already. target gets the clicks and is the menu's delegate; it is
// not retained.
func newStatusItem(target pobjc.ID) (*nativeMenu, error) {
	n := newNativeMenu(target)
	bar := appkit.StatusBar_SystemStatusBar()
	if bar.IsNil() {
		return nil, errors.New("the system has no menu bar")
	}
	n.item = bar.StatusItemWithLength(appkit.VariableStatusItemLength)
	if n.item.IsNil() {
		return nil, errors.New("the menu bar gave no place for an item")
	}
	n.item.Retain()
	tell(id(n.item), "setAutosaveName:", cocoa.String(statusName))
	n.button = cocoa.Ask(id(n.item), "button")
	if n.button != 0 && knows("NSFont", "monospacedDigitSystemFontOfSize:weight:") {
		// Digits of one width keep a running time from moving its neighbours.
		size := appkit.Font_MenuBarFontOfSize(0).PointSize()
		n.button.Send(cocoa.Sel("setFont:"), id(appkit.Font_MonospacedDigitSystemFontOfSizeWeight(size, appkit.FontWeightRegular)))
	}
	n.status(menubar.StatusItem{Symbol: menubar.SymbolOff, Accessibility: "VPN"})
	return n, nil
}

// newNativeMenu makes a menu without a status item.
func newNativeMenu(target pobjc.ID) *nativeMenu {
	n := &nativeMenu{images: newImages(), target: object(target), menu: newMenu("VPNStatus")}
	n.menu.Retain()
	return n
}

// attach gives the status item its menu, once that is filled, so that it is never
// seen empty. An AppKit that copies the menu shows the copy from then on.
func (n *nativeMenu) attach() {
	n.menu.SetDelegateObject(n.target)
	n.item.SetMenu(n.menu)
	if kept := cocoa.Ask(id(n.item), "menu"); kept != 0 && kept != id(n.menu) {
		n.menu.Release()
		n.menu = menuOf(handle(kept))
		n.menu.Retain()
	}
}

// newMenu returns an empty menu without automatic enabling of items, autoreleased.
func newMenu(title string) appkit.Menu {
	m := appkit.NewMenuWithTitle(clean(title))
	m.SetAutoenablesItems(false)
	return m
}

func menuOf(h handle) appkit.Menu { return appkit.MenuFrom(object(pobjc.ID(h)).Ptr()) }

func (n *nativeMenu) root() handle { return handle(id(n.menu)) }

// itemOf returns an item; false if there is none, for which AppKit would raise an
// exception. It uses purego, because a menu may call its delegate before it
// returns.
func itemOf(menu handle, at int) (appkit.MenuItem, bool) {
	m := pobjc.ID(menu)
	if at < 0 || at >= pobjc.Send[int](m, cocoa.Sel("numberOfItems")) {
		return appkit.MenuItem{}, false
	}
	return appkit.MenuItemFrom(object(m.Send(cocoa.Sel("itemAtIndex:"), at)).Ptr()), true
}

func (n *nativeMenu) submenu(menu handle, at int) handle {
	item, ok := itemOf(menu, at)
	if !ok {
		return 0
	}
	return handle(cocoa.Ask(id(item), "submenu"))
}

func (n *nativeMenu) insert(menu handle, at int, it menubar.Item) {
	if menu == 0 {
		return
	}
	var item appkit.MenuItem
	switch {
	case it.Kind == menubar.KindSeparator:
		item = appkit.MenuItem_SeparatorItem()
	case it.Kind == menubar.KindHeader && knows("NSMenuItem", "sectionHeaderWithTitle:"): // macOS 14
		item = objc.Call[appkit.MenuItem](appkit.MenuItemClass, objc.Sel("sectionHeaderWithTitle:"), clean(it.Title))
	case it.Kind == menubar.KindAction:
		item = appkit.NewMenuItemWithTitleActionKeyEquivalent("", objc.Sel(itemSelector), "")
		item.SetTarget(n.target)
		item.SetRepresentedObject(foundation.StringFrom(object(cocoa.String(it.ID)).Ptr()))
	default:
		item = appkit.NewMenuItemWithTitleActionKeyEquivalent("", objc.Selector{}, "")
	}
	if it.Kind == menubar.KindSubmenu {
		item.SetSubmenu(newMenu(it.Title))
	}
	if it.Kind != menubar.KindSeparator {
		// A new item is enabled, and on macOS it has the Command key.
		setEnabled(item, it)
		setKey(item, it.Key)
	}
	n.set(item, menubar.Item{Kind: it.Kind, Disabled: it.Disabled, Key: it.Key}, it)
	menuOf(menu).InsertItemAtIndex(item, min(at, pobjc.Send[int](pobjc.ID(menu), cocoa.Sel("numberOfItems"))))
}

func (n *nativeMenu) remove(menu handle, at int) {
	if item, ok := itemOf(menu, at); ok {
		menuOf(menu).RemoveItem(item)
	}
}

func (n *nativeMenu) update(menu handle, at int, was, now menubar.Item) {
	if item, ok := itemOf(menu, at); ok {
		n.set(item, was, now)
	}
}

// set changes an item from the state was to the state now.
func (n *nativeMenu) set(item appkit.MenuItem, was, now menubar.Item) {
	if now.Kind == menubar.KindSeparator {
		return
	}
	symbol := now.Symbol != was.Symbol || now.Tone != was.Tone
	if symbol || now.Title != was.Title {
		image, drawn := n.images.symbol(now.Symbol, now.Tone, false)
		item.SetTitle(title(now, drawn))
		if symbol {
			item.SetImage(image)
		}
	}
	if label := cmp.Or(now.Accessibility, now.Title); label != cmp.Or(was.Accessibility, was.Title) {
		tell(id(item), "setAccessibilityLabel:", cocoa.String(label))
	}
	if now.State != was.State {
		item.SetState(controlState(now.State))
	}
	if now.Disabled != was.Disabled {
		setEnabled(item, now)
	}
	if now.Indent != was.Indent {
		item.SetIndentationLevel(min(max(now.Indent, 0), 15)) // out of range raises an exception
	}
	if now.Key != was.Key {
		setKey(item, now.Key)
	}
	if now.ToolTip != was.ToolTip {
		setToolTip(id(item), now.ToolTip)
	}
	if now.Alternate != was.Alternate {
		item.SetAlternate(now.Alternate)
	}
}

func setEnabled(item appkit.MenuItem, it menubar.Item) {
	item.SetEnabled(!it.Disabled && it.Kind != menubar.KindText && it.Kind != menubar.KindHeader)
}

func setKey(item appkit.MenuItem, k menubar.Key) {
	item.SetKeyEquivalent(clean(k.Equivalent))
	item.SetKeyEquivalentModifierMask(appkit.EventModifierFlags(k.Modifiers))
}

func setToolTip(o pobjc.ID, text string) {
	var s pobjc.ID // nil if none
	if text != "" {
		s = cocoa.String(text)
	}
	tell(o, "setToolTip:", s)
}

func (n *nativeMenu) status(s menubar.StatusItem) {
	if n.item.IsNil() {
		return
	}
	image, drawn := n.images.symbol(s.Symbol, s.Tone, true)
	text := statusTitle(s, drawn)
	if n.button == 0 {
		o := id(n.item)
		tell(o, "setImage:", id(image))
		tell(o, "setTitle:", cocoa.String(text))
		setToolTip(o, s.ToolTip)
		return
	}
	position := appkit.ImageLeft
	switch {
	case !drawn:
		position = appkit.NoImage
	case text == "":
		position = appkit.ImageOnly
	}
	n.button.Send(cocoa.Sel("setImagePosition:"), uint(position))
	n.button.Send(cocoa.Sel("setImage:"), id(image))
	n.button.Send(cocoa.Sel("setTitle:"), cocoa.String(text))
	setToolTip(n.button, s.ToolTip)
	tell(n.button, "setAccessibilityLabel:", cocoa.String(s.Accessibility))
}

func controlState(s menubar.State) appkit.ControlStateValue {
	switch s {
	case menubar.StateOn:
		return appkit.ControlStateValueOn
	case menubar.StateMixed:
		return appkit.ControlStateValueMixed
	}
	return appkit.ControlStateValueOff
}
