package appkit

import (
	"log/slog"
	"math/rand/v2"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ebitengine/purego/objc"

	"vpnstatus/internal/autoconnect"
	"vpnstatus/internal/cocoa"
	"vpnstatus/internal/menubar"
	"vpnstatus/internal/menubar/preferences"
	"vpnstatus/internal/settings"
	"vpnstatus/test/situation"
)

// These tests run on any Mac and change nothing there: no item stays in the menu
// bar, no window is shown, the clipboard is left alone.

func testDelegate(t *testing.T) objc.ID {
	t.Helper()
	if err := cocoa.Load("AppKit"); err != nil {
		t.Fatal(err)
	}
	d, err := newDelegate()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Send(cocoa.Sel("release")) })
	return d
}

// needScreen skips a test where AppKit would end the process.
func needScreen(t *testing.T) {
	t.Helper()
	if err := windowServer(); err != nil {
		t.Skip(err)
	}
	do(t, func() {
		app := objc.ID(objc.GetClass("NSApplication")).Send(cocoa.Sel("sharedApplication"))
		if cocoa.RespondsTo(app, "setActivationPolicy:") { // before anything is shown, as in the app
			objc.Send[bool](app, cocoa.Sel("setActivationPolicy:"), accessory)
		}
	})
}

func TestPartsOfTheMenuBarAreThere(t *testing.T) {
	for _, p := range cocoa.Presences() {
		if p.For == "Menu bar" && !p.Present && !p.Optional {
			t.Errorf("%s is missing", p.Name)
		}
	}
}

func TestMainThreadIsReachedInOrder(t *testing.T) {
	var order []int
	for i := range 1000 {
		onMain(func() {
			if !mainThread() {
				t.Error("not the main thread")
			}
			order = append(order, i)
		})
	}
	do(t, func() {})
	if len(order) != 1000 || !slices.IsSorted(order) {
		t.Errorf("%d of 1000 came, sorted %t", len(order), slices.IsSorted(order))
	}
}

// inUse returns the bytes that malloc has given out, all zones.
func inUse(t *testing.T) uint64 {
	t.Helper()
	var statistics func(zone uintptr, out *struct {
		Blocks                uint32
		InUse, Max, Allocated uint64
	})
	if err := cocoa.Bind(&statistics, "malloc_zone_statistics"); err != nil {
		t.Skip(err)
	}
	out := new(struct {
		Blocks                uint32
		InUse, Max, Allocated uint64
	})
	statistics(0, out)
	return out.InUse
}

func TestMenuPatchedTenThousandTimesDoesNotGrow(t *testing.T) {
	d := testDelegate(t)
	var n *nativeMenu
	var shown *shownMenu
	do(t, func() { n = newNativeMenu(d); shown = &shownMenu{native: n} })
	r := rand.New(rand.NewPCG(5, 6))
	patch := func(times int) {
		for range times / 100 {
			do(t, func() {
				for range 100 {
					cocoa.Pool(func() { shown.show(randomMenu(r.IntN)) })
				}
				compareMenu(t, n.root(), shown.menu.Items)
			})
		}
		do(t, func() { cocoa.Pool(func() { shown.show(menubar.Menu{}) }) })
	}
	patch(2000) // AppKit fills its caches
	// One leaked item in each patch would be above 500 kB. AppKit may fill
	// another cache, but not twice.
	const slack = 256 << 10
	before := inUse(t)
	patch(5000)
	between := inUse(t)
	patch(5000)
	after := inUse(t)
	do(t, func() { compareMenu(t, n.root(), nil) })
	if between > before+slack && after > between+slack {
		t.Errorf("memory grew from %d to %d to %d bytes", before, between, after)
	}
	do(t, n.close)
}

// compareMenu reads an NSMenu back. Main thread.
func compareMenu(t *testing.T, list handle, items []menubar.Item) {
	t.Helper()
	menu := objc.ID(list)
	if got := objc.Send[int](menu, cocoa.Sel("numberOfItems")); got != len(items) {
		t.Errorf("%d items in the NSMenu, want %d", got, len(items))
		return
	}
	for i, want := range items {
		o := menu.Send(cocoa.Sel("itemAtIndex:"), i)
		text := func(selector string) string { s, _ := cocoa.Text(o.Send(cocoa.Sel(selector))); return s }
		is := func(selector string) bool { return objc.Send[bool](o, cocoa.Sel(selector)) }
		if got := text("representedObject"); want.Kind == menubar.KindAction && got != want.ID {
			t.Errorf("%s: a click says %q", want.ID, got)
		}
		if want.Kind == menubar.KindSeparator {
			if !is("isSeparatorItem") {
				t.Errorf("%s is not a separator", want.ID)
			}
			continue
		}
		if got := text("title"); !strings.HasSuffix(got, want.Title) {
			t.Errorf("%s: title %q, want %q", want.ID, got, want.Title)
		}
		states := map[menubar.State]int{menubar.StateOff: 0, menubar.StateOn: 1, menubar.StateMixed: -1}
		if got := objc.Send[int](o, cocoa.Sel("state")); got != states[want.State] {
			t.Errorf("%s: state %d, want %q", want.ID, got, want.State)
		}
		if want.Kind == menubar.KindHeader {
			continue // the system's section headers have a look of their own
		}
		enabled := !want.Disabled && (want.Kind == menubar.KindAction || want.Kind == menubar.KindSubmenu)
		if is("isEnabled") != enabled {
			t.Errorf("%s: enabled is not %t", want.ID, enabled)
		}
		if got := objc.Send[int](o, cocoa.Sel("indentationLevel")); got != want.Indent {
			t.Errorf("%s: indentation %d, want %d", want.ID, got, want.Indent)
		}
		if got := text("keyEquivalent"); got != want.Key.Equivalent {
			t.Errorf("%s: key %q, want %q", want.ID, got, want.Key.Equivalent)
		}
		if got := objc.Send[uint](o, cocoa.Sel("keyEquivalentModifierMask")); got != uint(want.Key.Modifiers) {
			t.Errorf("%s: modifiers %x, want %x", want.ID, got, want.Key.Modifiers)
		}
		if is("isAlternate") != want.Alternate {
			t.Errorf("%s: alternate is not %t", want.ID, want.Alternate)
		}
		if got := text("toolTip"); got != want.ToolTip {
			t.Errorf("%s: tool tip %q, want %q", want.ID, got, want.ToolTip)
		}
		if want.Kind == menubar.KindSubmenu {
			compareMenu(t, handle(o.Send(cocoa.Sel("submenu"))), want.Submenu)
		}
	}
}

func TestEverySituationIsDrawnAsItIs(t *testing.T) {
	d := testDelegate(t)
	var n *nativeMenu
	var shown *shownMenu
	do(t, func() { n = newNativeMenu(d); shown = &shownMenu{native: n} })
	for _, color := range []settings.IconStyle{settings.IconTemplate, settings.IconColor} {
		for _, s := range situation.All() {
			t.Run(s.Name+" "+string(color), func(t *testing.T) {
				config := s.Settings
				config.IconStyle = color
				m := menubar.Build(s.Snapshot, config, menubar.Env{Version: "1.2.3", Location: time.UTC, Login: menubar.LoginOn}, situation.Now)
				do(t, func() {
					shown.show(m)
					compareMenu(t, n.root(), m.Items)
				})
			})
		}
	}
	do(t, n.close)
}

func TestSymbolsExist(t *testing.T) {
	var i *images
	do(t, func() { i = newImages() })
	if !i.can {
		t.Skip("this system has no SF Symbols")
	}
	do(t, func() {
		for _, s := range []menubar.Symbol{
			menubar.SymbolNeedsUser, menubar.SymbolConnecting, menubar.SymbolConnected, menubar.SymbolPaused, menubar.SymbolWaiting, menubar.SymbolOff,
			menubar.SymbolUp, menubar.SymbolDown, menubar.SymbolTransition, menubar.SymbolReasserting, menubar.SymbolHeld, menubar.SymbolWait,
			menubar.SymbolAttention, menubar.SymbolNotKnown, menubar.SymbolUnavailable, menubar.SymbolProblem, menubar.SymbolOffline,
			menubar.SymbolLocation, menubar.SymbolSimulated, menubar.SymbolNotConfigured,
		} {
			for _, large := range []bool{false, true} {
				if _, ok := i.symbol(s, menubar.ToneGood, large); !ok {
					t.Errorf("%s is missing", s)
				}
			}
		}
		if _, ok := i.symbol("vpnstatus.no.such.symbol", menubar.ToneNone, true); ok {
			t.Error("a symbol that does not exist has an image")
		}
	})
}

func TestStatusItemHasAlwaysAnImageOrATitle(t *testing.T) {
	needScreen(t)
	d := testDelegate(t)
	do(t, func() {
		n, err := newStatusItem(d)
		if err != nil {
			t.Error(err)
			return
		}
		defer n.close()
		for _, s := range []menubar.StatusItem{
			{}, {Symbol: menubar.SymbolConnected, Text: "0:05"}, {Symbol: "vpnstatus.no.such.symbol"}, {Symbol: menubar.SymbolOff, Accessibility: "a\x00\xff"},
		} {
			n.status(s)
			o := id(n.item)
			if n.button != 0 {
				o = n.button
			}
			text, _ := cocoa.Text(o.Send(cocoa.Sel("title")))
			if text == "" && o.Send(cocoa.Sel("image")) == 0 {
				t.Errorf("%+v leaves nothing to be seen", s)
			}
		}
	})
}

func TestDelegateClicksOpensAndCloses(t *testing.T) {
	d := testDelegate(t)
	src := situation.NewSource(situation.Snapshot(situation.Service(1, "Office")))
	s := New(Options{Source: src, Settings: settings.Default, Log: slog.New(slog.DiscardHandler)})
	current.Store(s)
	t.Cleanup(func() { current.Store(nil) })
	var n *nativeMenu
	do(t, func() {
		n = newNativeMenu(d)
		s.r.menu = &shownMenu{native: n}
		menu := id(n.menu)
		d.Send(cocoa.Sel("menuNeedsUpdate:"), menu)
		d.Send(cocoa.Sel("menuWillOpen:"), menu)
		if src.Attending() != 1 {
			t.Error("the engine does not know that the menu is open")
		}
		item := menu.Send(cocoa.Sel("itemAtIndex:"), 0)
		d.Send(cocoa.Sel(itemSelector), item)
		d.Send(cocoa.Sel("menuDidClose:"), menu)
		if src.Attending() != 0 {
			t.Error("the engine does not know that the menu is closed")
		}
	})
	for range 100 {
		if len(src.Commands()) == 1 {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if sent := src.Commands(); len(sent) != 1 || sent[0].ID != situation.ID(1) {
		t.Errorf("the click sent %+v", sent)
	}
	do(t, n.close)
}

func TestDelegateAnswersTheApplication(t *testing.T) {
	d := testDelegate(t)
	var ended, urls atomic.Int32
	s := New(Options{Source: situation.NewSource(situation.Snapshot()), Settings: settings.Default,
		Shutdown: func() { ended.Add(1) }, OpenURL: func(string) { urls.Add(1) }})
	s.cancel = func() {}
	current.Store(s)
	t.Cleanup(func() { current.Store(nil) })
	do(t, func() {
		if got := objc.Send[uint](d, cocoa.Sel("applicationShouldTerminate:"), objc.ID(0)); got != terminateNow {
			t.Errorf("may the app terminate: %d", got)
		}
		if objc.Send[bool](d, cocoa.Sel("applicationShouldHandleReopen:hasVisibleWindows:"), objc.ID(0), false) {
			t.Error("AppKit would open a window too")
		}
		d.Send(cocoa.Sel("application:openURLs:"), objc.ID(0), objc.ID(0)) // nil is not a list
		d.Send(cocoa.Sel("applicationWillTerminate:"), objc.ID(0))
		d.Send(cocoa.Sel("applicationWillTerminate:"), objc.ID(0))
	})
	if ended.Load() != 1 || urls.Load() != 0 {
		t.Errorf("ended %d times, %d URLs", ended.Load(), urls.Load())
	}
}

func TestSettingsWindowShowsEachTab(t *testing.T) {
	needScreen(t)
	d := testDelegate(t)
	config := settings.Default()
	config.Rules = []autoconnect.Rule{{Name: "Public", Then: autoconnect.OutcomeConnect}}
	changed := config
	s := New(Options{
		Source:   situation.NewSource(situation.Snapshot(situation.Service(1, "Office"), situation.Service(2, "Home"))),
		Settings: func() settings.Settings { return config },
	})
	current.Store(s)
	t.Cleanup(func() { current.Store(nil) })
	do(t, func() {
		s.delegate = d
		if !s.newPanel() {
			t.Error("no window")
			return
		}
		f, p := s.panel.form, s.panel.pane
		f.later = func(g func()) { g() }
		f.change = func(c preferences.Control, value string, done func(error)) {
			done(settings.Set(&changed, c.Key, value))
		}
		f.open()
		for i, tab := range f.window.Tabs {
			f.chooseTab(i)
			if got := len(cocoa.Items(id(p.page).Send(cocoa.Sel("subviews")))); got != len(f.slots) || got == 0 {
				t.Errorf("%s: %d views in the window, want %d", tab.ID, got, len(f.slots))
			}
			for tag, s := range f.tags {
				checkWidget(t, d, p.widgets[tag], s.view)
			}
		}
		f.chooseTab(0)
		for tag, s := range f.tags {
			if s.view.ID == "showTimeConnected" {
				d.Send(cocoa.Sel(controlSelector), p.widgets[tag].inner)
			}
		}
		if changed.ShowTimeConnected == config.ShowTimeConnected {
			t.Error("a click on a checkbox changed nothing")
		}
		p.close()
		s.panel = nil
	})
}

// checkWidget reads a view back and asks the delegate what AppKit would.
func checkWidget(t *testing.T, d objc.ID, w *widget, v preferences.View) {
	t.Helper()
	c, o := v.Control, w.inner
	switch v.Kind {
	case preferences.Checkbox:
		if got := objc.Send[int](o, cocoa.Sel("state")); got != checkState(c.Value) {
			t.Errorf("%s: state %d, want %q", c.ID, got, c.Value)
		}
	case preferences.Popup:
		i := objc.Send[int](o, cocoa.Sel("indexOfSelectedItem"))
		if n := objc.Send[int](o, cocoa.Sel("numberOfItems")); n != len(c.Options) || i >= n || i >= 0 && c.Options[i].Value != c.Value {
			t.Errorf("%s: option %d of %d, want %q", c.ID, i, n, c.Value)
		}
	case preferences.Table:
		if got := objc.Send[int](o, cocoa.Sel("numberOfRows")); got != len(c.Entries) {
			t.Errorf("%s: %d lines in the table, want %d", c.ID, got, len(c.Entries))
		}
		if row := objc.Send[int](o, cocoa.Sel("selectedRow")); row < 0 || row >= len(c.Entries) || c.Entries[row].ID != c.Selected {
			t.Errorf("%s: line %d is selected, want %s", c.ID, row, c.Selected)
		}
		for i, column := range cocoa.Items(o.Send(cocoa.Sel("tableColumns"))) {
			for row, e := range c.Entries {
				value := d.Send(cocoa.Sel("tableView:objectValueForTableColumn:row:"), o, column, row)
				if n, ok := cocoa.Int(value); c.Columns[i].Set != nil && (!ok || int(n) != cellState(e.Cells[i])) {
					t.Errorf("%s: tick %d in line %d, want %t", c.ID, n, row, e.Cells[i].On)
				}
				if text, ok := cocoa.Text(value); c.Columns[i].Set == nil && (!ok || text != e.Cells[i].Text) {
					t.Errorf("%s: %q in line %d, want %q", c.ID, text, row, e.Cells[i].Text)
				}
				if class := objc.GetClass("NSTableCellView"); class != 0 && d.Send(cocoa.Sel("tableView:viewForTableColumn:row:"), o, column, row) == 0 {
					t.Errorf("%s: no view for column %d of line %d", c.ID, i, row)
				}
			}
			if d.Send(cocoa.Sel("tableView:objectValueForTableColumn:row:"), o, column, len(c.Entries)) != 0 {
				t.Errorf("%s: a line that does not exist has a value", c.ID)
			}
		}
	}
	if v.Kind != preferences.Field {
		return
	}
	if text, _ := cocoa.Text(o.Send(cocoa.Sel("stringValue"))); text != c.Value {
		t.Errorf("%s: %q in the field, want %q", c.ID, text, c.Value)
	}
}
