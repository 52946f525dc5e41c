//go:build cgo

package appkit

import (
	"cmp"
	"errors"

	pobjc "github.com/ebitengine/purego/objc"
	"github.com/progrium/darwinkit/macos/appkit"
	"github.com/progrium/darwinkit/objc"

	"vpnstatus/internal/cocoa"
	"vpnstatus/internal/menubar"
)

func init() {
	cocoa.Require(cocoa.Class, "Menu bar", "NSApplication", "NSStatusBar", "NSStatusItem", "NSMenu", "NSMenuItem", "NSImage")
	cocoa.Prefer(cocoa.Class, "Menu bar", "NSAlert", "NSTextView", "NSPasteboard", "NSThread")
	cocoa.Prefer(cocoa.Method, "Menu bar",
		"-[NSStatusItem button]", "-[NSStatusItem setAutosaveName:]", "-[NSMenuItem setAccessibilityLabel:]",
		"+[NSMenuItem sectionHeaderWithTitle:]", "+[NSFont monospacedDigitSystemFontOfSize:weight:]")
}

// statusName lets the system remember where in the menu bar the person put the
// item. macOS 26 tells items apart by it.
const statusName = "VPNStatus"

// itemSelector is the action of every item of the menu; the item's tag tells
// which one it was.
const itemSelector = "vpnstatusItemClicked:"

// nsview is the view on NSStatusItem and NSMenu. All objects in it are retained
// by it: the status bar does not keep its items, and an item that is being moved
// is in no menu.
type nsview struct {
	item     appkit.StatusItem
	button   pobjc.ID // NSStatusBarButton; 0 on systems before 10.10
	images   *images
	target   objc.Object
	headers  bool // NSMenuItem has section headers (macOS 14)
	items    map[ref]appkit.MenuItem
	menus    map[ref]appkit.Menu
	labelled map[ref]bool // items that were given a text for VoiceOver
}

// newStatusView makes the status item with an empty menu. The activation policy
// must be set already. target gets the clicks and is the menu's delegate; both
// refer to it without retaining.
func newStatusView(target pobjc.ID) (*nsview, error) {
	for _, class := range []string{"NSStatusBar", "NSStatusItem", "NSMenu", "NSMenuItem"} {
		if _, err := cocoa.ClassNamed(class); err != nil {
			return nil, err
		}
	}
	v := newMenuView(target)
	bar := appkit.StatusBar_SystemStatusBar()
	if bar.IsNil() {
		return nil, errors.New("the system has no menu bar")
	}
	v.item = bar.StatusItemWithLength(appkit.VariableStatusItemLength)
	if v.item.IsNil() {
		return nil, errors.New("the menu bar gave no place for an item")
	}
	v.item.Retain()
	tell(id(v.item), "setAutosaveName:", cocoa.String(statusName))
	v.button = cocoa.Ask(id(v.item), "button")
	if v.button != 0 && knows("NSFont", "monospacedDigitSystemFontOfSize:weight:") {
		// Digits of one width keep a running time from shaking its neighbours.
		v.button.Send(cocoa.Sel("setFont:"), id(appkit.Font_MonospacedDigitSystemFontOfSizeWeight(0, appkit.FontWeightRegular)))
	}
	v.status(menubar.StatusItem{Symbol: menubar.SymbolOff, Accessibility: "VPN"}, false)
	return v, nil
}

// attach gives the status item its menu, once that is filled: it need not be
// seen empty, and a stand-in for AppKit copies it.
func (v *nsview) attach() {
	menu := v.menus[0]
	menu.SetDelegateObject(v.target)
	give(v.item, "setMenu:", id(menu))
}

// newMenuView makes a view without a status item.
func newMenuView(target pobjc.ID) *nsview {
	v := &nsview{
		images:   newImages(),
		target:   object(target),
		headers:  knows("NSMenuItem", "sectionHeaderWithTitle:"),
		items:    make(map[ref]appkit.MenuItem),
		labelled: make(map[ref]bool),
	}
	v.menus = map[ref]appkit.Menu{0: newMenu("VPNStatus")}
	return v
}

// newMenu returns an empty menu whose items are enabled as they say, retained.
func newMenu(title string) appkit.Menu {
	m := appkit.NewMenuWithTitle(clean(title))
	m.SetAutoenablesItems(false)
	m.Retain()
	return m
}

func (v *nsview) insert(list ref, at int, r ref, it menubar.Item, color bool) {
	menu, ok := v.menus[list]
	if !ok {
		return
	}
	var item appkit.MenuItem
	switch {
	case it.Kind == menubar.KindSeparator:
		item = appkit.MenuItem_SeparatorItem()
	case it.Kind == menubar.KindHeader && v.headers:
		item = objc.Call[appkit.MenuItem](appkit.MenuItemClass, objc.Sel("sectionHeaderWithTitle:"), clean(it.Title))
	case it.Kind == menubar.KindAction:
		item = appkit.NewMenuItemWithTitleActionKeyEquivalent("", objc.Sel(itemSelector), "")
		item.SetTarget(v.target)
	default:
		item = appkit.NewMenuItemWithTitleActionKeyEquivalent("", objc.Selector{}, "")
	}
	item.Retain()
	item.SetTag(int(r))
	v.items[r] = item
	if it.Kind == menubar.KindSubmenu {
		sub := newMenu(it.Title)
		v.menus[r] = sub
		give(item, "setSubmenu:", id(sub))
	}
	v.set(r, initial(it), it, color)
	put(menu, item, at)
}

func put(menu appkit.Menu, item appkit.MenuItem, at int) {
	give(menu, "insertItem:atIndex:", id(item), min(max(at, 0), count(menu)))
}

// count and holds go through purego: a menu may ask its delegate before it
// answers.
func count(menu appkit.Menu) int { return pobjc.Send[int](id(menu), cocoa.Sel("numberOfItems")) }

func holds(menu appkit.Menu, item appkit.MenuItem) bool {
	return pobjc.Send[int](id(menu), cocoa.Sel("indexOfItem:"), id(item)) >= 0
}

func (v *nsview) remove(list ref, at int, r ref) {
	menu, ok := v.menus[list]
	if item, has := v.items[r]; ok && has && holds(menu, item) {
		give(menu, "removeItem:", id(item))
	}
	v.forget(r)
}

func (v *nsview) forget(r ref) {
	if item, ok := v.items[r]; ok {
		item.Release()
		delete(v.items, r)
	}
	if menu, ok := v.menus[r]; ok && r != 0 {
		menu.Release()
		delete(v.menus, r)
	}
	delete(v.labelled, r)
}

func (v *nsview) move(list ref, from, at int, r ref) {
	menu, ok := v.menus[list]
	item, has := v.items[r]
	if !ok || !has || !holds(menu, item) {
		return
	}
	give(menu, "removeItem:", id(item)) // it stays retained by the view
	put(menu, item, at)
}

func (v *nsview) set(r ref, f menubar.Fields, it menubar.Item, color bool) {
	item, ok := v.items[r]
	if !ok {
		return
	}
	if it.Kind == menubar.KindSeparator {
		if f&menubar.FieldHidden != 0 {
			item.SetHidden(it.Hidden)
		}
		return
	}
	tone := menubar.ToneNone
	if color {
		tone = it.Tone
	}
	if f&(menubar.FieldTitle|menubar.FieldSymbol) != 0 {
		img, drawn := v.images.symbol(it.Symbol, tone, false)
		item.SetTitle(title(it, drawn))
		if f&menubar.FieldSymbol != 0 {
			give(item, "setImage:", id(img))
		}
	}
	if f&menubar.FieldState != 0 {
		item.SetState(controlState(it.State))
	}
	if f&menubar.FieldDisabled != 0 {
		item.SetEnabled(!it.Disabled && it.Kind != menubar.KindText && it.Kind != menubar.KindHeader)
	}
	if f&menubar.FieldHidden != 0 {
		item.SetHidden(it.Hidden)
	}
	if f&menubar.FieldIndent != 0 {
		// A level out of range is an exception.
		item.SetIndentationLevel(min(max(it.Indent, 0), 15))
	}
	if f&menubar.FieldKey != 0 {
		item.SetKeyEquivalent(clean(it.Key.Equivalent))
		item.SetKeyEquivalentModifierMask(appkit.EventModifierFlags(it.Key.Modifiers))
	}
	if f&menubar.FieldToolTip != 0 {
		v.toolTip(id(item), it.ToolTip)
	}
	if f&(menubar.FieldTitle|menubar.FieldAccessibility) != 0 && (it.Accessibility != "" || v.labelled[r]) {
		v.labelled[r] = true
		tell(id(item), "setAccessibilityLabel:", cocoa.String(clean(cmp.Or(it.Accessibility, it.Title))))
	}
	if f&menubar.FieldAlternate != 0 {
		item.SetAlternate(it.Alternate)
	}
}

func (v *nsview) toolTip(o pobjc.ID, text string) {
	var s pobjc.ID // nil: none
	if text != "" {
		s = cocoa.String(clean(text))
	}
	tell(o, "setToolTip:", s)
}

func (v *nsview) status(s menubar.StatusItem, color bool) {
	if v.item.IsNil() {
		return
	}
	tone := menubar.ToneNone
	if color {
		tone = s.Tone
	}
	img, drawn := v.images.symbol(s.Symbol, tone, true)
	text := statusTitle(s, drawn)
	if v.button == 0 {
		o := id(v.item)
		tell(o, "setImage:", id(img))
		tell(o, "setTitle:", cocoa.String(text))
		v.toolTip(o, s.ToolTip)
		return
	}
	position := appkit.ImageLeft
	switch {
	case !drawn:
		position = appkit.NoImage
	case text == "":
		position = appkit.ImageOnly
	}
	v.button.Send(cocoa.Sel("setImagePosition:"), uint(position))
	v.button.Send(cocoa.Sel("setImage:"), id(img))
	v.button.Send(cocoa.Sel("setTitle:"), cocoa.String(text))
	v.toolTip(v.button, s.ToolTip)
	tell(v.button, "setAccessibilityLabel:", cocoa.String(clean(s.Accessibility)))
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

// close takes the status item out of the menu bar and lets everything go.
func (v *nsview) close() {
	if !v.item.IsNil() {
		appkit.StatusBar_SystemStatusBar().RemoveStatusItem(v.item)
		v.item.Release()
		v.item = appkit.StatusItem{}
	}
	for _, i := range v.items {
		i.Release()
	}
	for _, m := range v.menus {
		m.Release()
	}
	clear(v.items)
	clear(v.menus)
}
