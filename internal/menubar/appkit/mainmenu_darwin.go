package appkit

import (
	pobjc "github.com/ebitengine/purego/objc"
	"github.com/progrium/darwinkit/macos/appkit"
	"github.com/progrium/darwinkit/objc"

	"vpnstatus/internal/cocoa"
)

// setMainMenu gives the app a main menu. An accessory app never shows it, but
// without one ⌘C, ⌘V, ⌘W and ⌘Q do nothing in its windows.
func setMainMenu(app, delegate pobjc.ID) {
	own := object(delegate)
	bar := appkit.NewMenuWithTitle("")
	menu := func(title string) appkit.Menu {
		m := appkit.NewMenuWithTitle(title)
		item := appkit.NewMenuItemWithTitleActionKeyEquivalent(title, objc.Selector{}, "")
		item.SetSubmenu(m)
		bar.AddItem(item)
		return m
	}
	add := func(m appkit.Menu, title, selector, key string) appkit.MenuItem {
		item := appkit.NewMenuItemWithTitleActionKeyEquivalent(title, objc.Sel(selector), key)
		m.AddItem(item)
		return item
	}
	rule := func(m appkit.Menu) { m.AddItem(appkit.MenuItem_SeparatorItem()) }

	m := menu("VPNStatus")
	add(m, "About VPNStatus", "vpnstatusAbout:", "").SetTarget(own)
	rule(m)
	add(m, "Settings…", "vpnstatusSettings:", ",").SetTarget(own)
	rule(m)
	add(m, "Quit VPNStatus", "terminate:", "q").SetTarget(object(app))

	m = menu("File")
	add(m, "Close", "performClose:", "w")

	m = menu("Edit")
	add(m, "Undo", "undo:", "z")
	add(m, "Redo", "redo:", "Z")
	rule(m)
	add(m, "Cut", "cut:", "x")
	add(m, "Copy", "copy:", "c")
	add(m, "Paste", "paste:", "v")
	add(m, "Select All", "selectAll:", "a")

	m = menu("Window")
	add(m, "Minimize", "performMiniaturize:", "m")

	app.Send(cocoa.Sel("setMainMenu:"), id(bar))
}
