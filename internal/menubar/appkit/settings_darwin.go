package appkit

import (
	"math"
	"slices"
	"sync"

	pobjc "github.com/ebitengine/purego/objc"
	"github.com/progrium/darwinkit/macos/appkit"
	"github.com/progrium/darwinkit/macos/foundation"
	"github.com/progrium/darwinkit/objc"

	"vpnstatus/internal/cocoa"
	"vpnstatus/internal/menubar/preferences"
)

func init() {
	cocoa.Prefer(cocoa.Class, "Settings window", windowClasses...)
	cocoa.Prefer(cocoa.Class, "Settings window", "NSSegmentedControl", "NSTableView", "NSTableColumn", "NSTableCellView",
		"NSPopUpButton", "NSButton", "NSButtonCell", "NSTextField", "NSBox", "NSScreen", "NSIndexSet")
	cocoa.Prefer(cocoa.Symbol, "Settings window", "NSFontAttributeName")
	cocoa.Prefer(cocoa.Method, "Settings window",
		"-[NSView frameForAlignmentRect:]", "-[NSView setAccessibilityLabel:]", "-[NSTableView viewAtColumn:row:makeIfNecessary:]", "+[NSColor secondaryLabelColor]")
}

// windowClasses are those without which there is no window. A control whose class
// is missing is left out.
var windowClasses = []string{"NSWindow", "NSView", "NSScrollView"}

const (
	// controlSelector is the action of every control of the window; the tag
	// identifies the control.
	controlSelector = "vpnstatusControlPressed:"

	// barTag is the tag of the row of tabs. A checkbox in a table has the
	// negative of the number after its table's tag.
	barTag = -1

	barTop    = 12.0 // above the row of tabs, in points
	barHeight = 24.0 // of a segmented control
	barEnds   = 24.0 // to the left and right of a tab's title, together

	// labelPadding is what NSTextField leaves free on either side of a text.
	labelPadding = 2.0

	// checkboxEnd is the room that a checkbox needs after its title.
	checkboxEnd = 4.0

	// widthsKept bounds the measured widths that are remembered.
	widthsKept = 4000
)

// Values of AppKit's enumerations that have been the same in all versions.
const (
	stateOff, stateOn, stateMixed = 0, 1, -1 // NSControlStateValue

	breakClipping       = uint(2) // NSLineBreakByClipping
	breakTruncatingTail = uint(4) // NSLineBreakByTruncatingTail
	imageOnly           = uint(1) // NSImageOnly
	bezelBorder         = uint(2) // NSBezelBorder

	// NSViewWidthSizable, NSViewMinYMargin and NSViewMaxYMargin
	sizeWidth, marginBelow, marginAbove = uint(2), uint(8), uint(32)
)

// size and rectangle are NSSize and NSRect, for results received through
// purego.
type (
	size      struct{ W, H float64 }
	rectangle struct{ X, Y, W, H float64 }
)

// pane is the canvas on an NSWindow. It is made once and kept.
type pane struct {
	window  appkit.Window
	target  pobjc.ID
	bar     pobjc.ID // NSSegmentedControl, or 0
	barSize float64  // width of bar
	scroll  appkit.ScrollView
	page    appkit.View
	w, h    float64 // of the page
	seen    float64 // height of the page's part in the window
	fresh   bool    // another tab was chosen
	widgets map[int]*widget
	tables  map[pobjc.ID]*widget // by the NSTableView
	filling bool                 // the selection is not changed by the user

	body   float64     // size of the text in points
	fonts  [2]pobjc.ID // by preferences.Font, retained
	lines  [2]float64
	widths map[measured]float64
	names  pobjc.ID // NSFontAttributeName; 0 if texts can't be measured
}

type measured struct {
	text string
	font preferences.Font
}

// widget is a view on the page, retained.
type widget struct {
	tag   int
	view  appkit.View // on the page
	inner pobjc.ID    // what gets the focus: the view, or the table in it
	shown preferences.View
}

// newPane makes the window; nil if the system lacks a class for it. target gets
// the actions and is the delegate of everything.
func newPane(target pobjc.ID) *pane {
	if slices.ContainsFunc(windowClasses, func(class string) bool { return pobjc.GetClass(class) == 0 }) {
		return nil
	}
	win := appkit.NewWindowWithContentRectStyleMaskBackingDefer(
		foundation.Rect{Size: foundation.Size{Width: 600, Height: 400}},
		appkit.WindowStyleMaskTitled|appkit.WindowStyleMaskClosable|appkit.WindowStyleMaskMiniaturizable,
		appkit.BackingStoreBuffered, false)
	if win.IsNil() {
		return nil
	}
	win.Retain()
	win.SetReleasedWhenClosed(false)
	win.SetTitle(preferences.Title)
	const moveToActiveSpace = uint(1 << 1) // NSWindowCollectionBehaviorMoveToActiveSpace
	tell(id(win), "setCollectionBehavior:", moveToActiveSpace)
	tell(id(win), "setAutorecalculatesKeyViewLoop:", false)
	id(win).Send(cocoa.Sel("setDelegate:"), target)
	p := &pane{
		window: win, target: target, widgets: map[int]*widget{}, tables: map[pobjc.ID]*widget{},
		widths: map[measured]float64{},
	}
	p.chooseFonts()
	p.scroll = appkit.ScrollViewFrom(newView("NSScrollView", foundation.Rect{Size: foundation.Size{Width: 600, Height: 400}}).Ptr())
	p.scroll.SetDrawsBackground(false)
	p.scroll.SetHasVerticalScroller(false)
	p.page = newPage()
	p.scroll.SetDocumentView(p.page)
	root := id(win).Send(cocoa.Sel("contentView"))
	root.Send(cocoa.Sel("addSubview:"), id(p.scroll))
	return p
}

// pageClass is a view that Escape reaches when no field wants it.
var pageClass = sync.OnceValues(func() (pobjc.Class, error) {
	return pobjc.RegisterClass("VPNStatusPage", pobjc.GetClass("NSView"), nil, nil, []pobjc.MethodDef{
		{Cmd: cocoa.Sel("cancelOperation:"), Fn: func(self pobjc.ID, _ pobjc.SEL, _ pobjc.ID) {
			defer cocoa.Guard("escape")
			self.Send(cocoa.Sel("window")).Send(cocoa.Sel("performClose:"), self)
		}},
	})
})

func newPage() appkit.View {
	class, err := pageClass()
	if err != nil {
		return appkit.NewView()
	}
	v := appkit.ViewFrom(object(pobjc.ID(class).Send(cocoa.Sel("alloc"))).Ptr()).InitWithFrame(foundation.Rect{Size: foundation.Size{Width: 100, Height: 100}})
	v.Autorelease()
	return v
}

// Fonts and their measures.

func (p *pane) chooseFonts() {
	p.body = 13
	class := pobjc.ID(pobjc.GetClass("NSFont"))
	if cocoa.RespondsTo(class, "systemFontSize") {
		if s := pobjc.Send[float64](class, cocoa.Sel("systemFontSize")); s >= 6 && s <= 100 {
			p.body = s
		}
	}
	for _, f := range []preferences.Font{preferences.Body, preferences.Small} {
		points := f.Points(p.body)
		if cocoa.RespondsTo(class, "systemFontOfSize:") {
			p.fonts[f] = class.Send(cocoa.Sel("systemFontOfSize:"), points).Send(cocoa.Sel("retain"))
		}
		p.lines[f] = preferences.FixedWidth(p.body).LineHeight(f)
		if o := p.fonts[f]; cocoa.RespondsTo(o, "ascender") && cocoa.RespondsTo(o, "descender") {
			h := math.Ceil(pobjc.Send[float64](o, cocoa.Sel("ascender")) - pobjc.Send[float64](o, cocoa.Sel("descender")))
			if h >= points && h <= 2*points { // otherwise the value is implausible
				p.lines[f] = h
			}
		}
	}
	if n, err := cocoa.Constant("NSFontAttributeName"); err == nil && cocoa.RespondsTo(cocoa.String("x"), "sizeWithAttributes:") {
		p.names = n
	}
}

func (p *pane) LineHeight(f preferences.Font) float64 { return p.lines[f] }

func (p *pane) Width(text string, f preferences.Font) float64 {
	if text == "" {
		return 0
	}
	key := measured{text, f}
	w, ok := p.widths[key]
	if ok {
		return w
	}
	if font := p.fonts[f]; p.names != 0 && font != 0 {
		cocoa.Pool(func() {
			attributes := pobjc.ID(pobjc.GetClass("NSDictionary")).Send(cocoa.Sel("dictionaryWithObject:forKey:"), font, p.names)
			w = pobjc.Send[size](cocoa.String(text), cocoa.Sel("sizeWithAttributes:"), attributes).W
		})
	}
	if !(w > 0 && w < 1e6) {
		w = preferences.FixedWidth(p.body).Width(text, f)
	}
	if len(p.widths) >= widthsKept {
		clear(p.widths)
	}
	p.widths[key] = w
	return w
}

// colorNamed returns the first of the colours that this system has.
func colorNamed(names ...string) pobjc.ID {
	class := pobjc.ID(pobjc.GetClass("NSColor"))
	for _, n := range names {
		if c := cocoa.Ask(class, n); c != 0 {
			return c
		}
	}
	return 0
}

func textColor(v preferences.View) pobjc.ID {
	switch {
	case v.Kind == preferences.Errors:
		return colorNamed("systemRedColor", "redColor")
	case v.Kind == preferences.Help:
		return colorNamed("secondaryLabelColor", "disabledControlTextColor")
	case v.Control.Warning:
		return colorNamed("systemOrangeColor", "orangeColor")
	}
	return colorNamed("labelColor", "controlTextColor")
}

// The row of tabs and the window's size.

func (p *pane) tabs(titles []string, chosen int) {
	if pobjc.GetClass("NSSegmentedControl") == 0 {
		return
	}
	if p.bar == 0 {
		bar := newView("NSSegmentedControl", foundation.Rect{Size: foundation.Size{Width: 400, Height: barHeight}})
		bar.Retain()
		p.bar = id(bar)
		p.bar.Send(cocoa.Sel("setTag:"), barTag)
		p.bar.Send(cocoa.Sel("setTarget:"), p.target)
		p.bar.Send(cocoa.Sel("setAction:"), cocoa.Sel(controlSelector))
		p.setFont(p.bar, preferences.Body)
		tell(p.bar, "setAccessibilityLabel:", cocoa.String("Tabs"))
		id(p.window).Send(cocoa.Sel("contentView")).Send(cocoa.Sel("addSubview:"), p.bar)
		id(p.window).Send(cocoa.Sel("setInitialFirstResponder:"), p.bar)
	}
	p.bar.Send(cocoa.Sel("setSegmentCount:"), len(titles))
	p.barSize = 0
	for i, t := range titles {
		w := math.Ceil(p.Width(t, preferences.Body)) + barEnds
		p.bar.Send(cocoa.Sel("setLabel:forSegment:"), cocoa.String(t), i)
		p.bar.Send(cocoa.Sel("setWidth:forSegment:"), w, i)
		p.barSize += w + 1 // the line between two
	}
	p.bar.Send(cocoa.Sel("setSelectedSegment:"), chosen)
	p.barSize += 8 // its ends, if the system does not report its width
	if tell(p.bar, "sizeToFit") {
		if w := pobjc.Send[rectangle](p.bar, cocoa.Sel("frame")).W; w > p.barSize-8 && w < p.barSize+60 {
			p.barSize = w
		}
	}
	p.arrange()
	p.scrollTo(0)
	p.fresh = true
}

// scrollTo scrolls so far that a page's part of that height is above the window.
// The page's origin is below.
func (p *pane) scrollTo(above float64) {
	p.page.ScrollPoint(foundation.Point{X: 0, Y: max(p.h-p.seen-above, 0)})
}

func (p *pane) size(w, h float64) {
	if w == p.w && h == p.h {
		return
	}
	above := 0.0
	if !p.fresh {
		r := pobjc.Send[rectangle](id(p.scroll), cocoa.Sel("documentVisibleRect"))
		above = max(p.h-r.Y-r.H, 0)
	}
	p.w, p.h, p.fresh = w, h, false
	p.arrange()
	for _, v := range p.widgets {
		p.place(v)
	}
	p.scrollTo(above)
}

// arrange gives the window its size, with the upper edge where it is.
func (p *pane) arrange() {
	if p.w == 0 {
		return
	}
	top := barTop + barHeight
	seen := min(p.h, p.maxHeight()-top)
	p.seen = seen
	old := pobjc.Send[rectangle](id(p.window), cocoa.Sel("frame"))
	p.window.SetContentSize(foundation.Size{Width: p.w, Height: seen + top})
	p.window.SetFrameTopLeftPoint(foundation.Point{X: old.X, Y: old.Y + old.H})
	p.scroll.SetHasVerticalScroller(seen < p.h)
	p.scroll.SetFrame(foundation.Rect{Size: foundation.Size{Width: p.w, Height: seen}})
	p.page.SetFrame(foundation.Rect{Size: foundation.Size{Width: p.w, Height: p.h}})
	if p.bar != 0 {
		bar := appkit.ViewFrom(object(p.bar).Ptr())
		bar.SetFrame(foundation.Rect{
			Origin: foundation.Point{X: math.Floor((p.w - p.barSize) / 2), Y: seen},
			Size:   foundation.Size{Width: p.barSize, Height: barHeight},
		})
	}
}

// maxHeight returns the greatest height of the window's content on its screen.
func (p *pane) maxHeight() float64 {
	const titleBar, least = 40.0, 300.0
	screen := id(p.window).Send(cocoa.Sel("screen"))
	if screen == 0 {
		screen = cocoa.Ask(pobjc.ID(pobjc.GetClass("NSScreen")), "mainScreen")
	}
	if screen == 0 {
		return 1e6
	}
	return max(pobjc.Send[rectangle](screen, cocoa.Sel("visibleFrame")).H-titleBar, least)
}

// The views.

func (p *pane) add(tag int, v preferences.View) {
	w := &widget{tag: tag, shown: v}
	if v.Kind == preferences.Table {
		p.addTable(w)
	} else {
		w.view = p.newControl(tag, v.Kind)
		w.inner = id(w.view)
	}
	if w.view.IsNil() {
		return
	}
	w.view.Retain()
	p.widgets[tag] = w
	p.page.AddSubview(w.view)
}

func (p *pane) newControl(tag int, kind preferences.Kind) appkit.View {
	none := foundation.Rect{Size: foundation.Size{Width: 100, Height: 22}}
	var v appkit.View
	switch kind {
	case preferences.Line:
		v = newView("NSBox", none)
		give(v, "setBoxType:", uint(appkit.BoxSeparator))
		return v
	case preferences.Field:
		v = newView("NSTextField", none)
		give(v, "setDelegate:", p.target)
		cell := id(v).Send(cocoa.Sel("cell"))
		tell(cell, "setSendsActionOnEndEditing:", true)
		tell(cell, "setWraps:", false)
		tell(cell, "setScrollable:", true)
		tell(cell, "setUsesSingleLineMode:", true)
	case preferences.Checkbox:
		v = newButton(none, appkit.ButtonTypeSwitch)
	case preferences.Button:
		v = newButton(none, appkit.ButtonTypeMomentaryPushIn)
		give(v, "setBezelStyle:", uint(appkit.BezelStyleRounded))
	case preferences.Popup:
		v = newView("NSPopUpButton", none)
		give(v, "setPullsDown:", false)
		tell(id(v), "setAutoenablesItems:", false)
	default:
		v = newLabel(none)
		give(v, "setSelectable:", kind == preferences.Static)
		p.setFont(id(v), kind.Font())
		// The lines are wrapped already; a difference of a point must not wrap
		// them again.
		tell(id(v), "setLineBreakMode:", breakClipping)
		return v
	}
	give(v, "setTag:", tag)
	give(v, "setTarget:", p.target)
	give(v, "setAction:", cocoa.Sel(controlSelector))
	p.setFont(id(v), preferences.Body)
	return v
}

func newButton(frame foundation.Rect, kind appkit.ButtonType) appkit.View {
	v := newView("NSButton", frame)
	give(v, "setButtonType:", uint(kind))
	return v
}

// newLabel makes a text that can't be changed.
func newLabel(frame foundation.Rect) appkit.View {
	v := newView("NSTextField", frame)
	for _, setter := range []string{"setEditable:", "setSelectable:", "setBordered:", "setBezeled:", "setDrawsBackground:"} {
		give(v, setter, false)
	}
	return v
}

func (p *pane) setFont(o pobjc.ID, f preferences.Font) {
	if font := p.fonts[f]; font != 0 {
		tell(o, "setFont:", font)
	}
}

func (p *pane) remove(tag int) {
	w := p.widgets[tag]
	if w == nil {
		return
	}
	delete(p.widgets, tag)
	if w.shown.Kind == preferences.Table {
		delete(p.tables, w.inner)
		w.inner.Send(cocoa.Sel("setDelegate:"), pobjc.ID(0))
		w.inner.Send(cocoa.Sel("setDataSource:"), pobjc.ID(0))
	} else if w.shown.Kind == preferences.Field {
		w.inner.Send(cocoa.Sel("setTarget:"), pobjc.ID(0))
		w.inner.Send(cocoa.Sel("setDelegate:"), pobjc.ID(0))
		w.inner.Send(cocoa.Sel("abortEditing"))
	}
	w.view.RemoveFromSuperview()
	w.view.Release()
}

// place puts a view where its frame is; the origin of the page is below.
func (p *pane) place(w *widget) {
	v := w.shown
	r := foundation.Rect{Origin: foundation.Point{X: v.X, Y: p.h - v.Y - v.H}, Size: foundation.Size{Width: v.W, Height: v.H}}
	switch {
	case cocoa.RespondsTo(id(w.view), "frameForAlignmentRect:"):
		r = w.view.FrameForAlignmentRect(r)
	case len(v.Lines) > 0 && v.Kind != preferences.Checkbox:
		r.Origin.X -= labelPadding
		r.Size.Width += 2 * labelPadding
	}
	if v.Kind == preferences.Checkbox {
		r.Size.Width += checkboxEnd
	}
	w.view.SetFrame(r)
	if v.Kind == preferences.Table {
		p.setColumns(w)
	}
}

func (p *pane) set(tag int, v preferences.View) {
	w := p.widgets[tag]
	if w == nil {
		return
	}
	old := w.shown
	w.shown = v
	p.place(w)
	o, c := w.inner, v.Control
	switch v.Kind {
	case preferences.Line:
		return
	case preferences.Field:
		tell(o.Send(cocoa.Sel("cell")), "setPlaceholderString:", cocoa.String(c.Placeholder))
	case preferences.Checkbox:
		o.Send(cocoa.Sel("setTitle:"), cocoa.String(v.Text()))
		tell(o, "setAllowsMixedState:", c.Value == preferences.Mixed)
		o.Send(cocoa.Sel("setState:"), checkState(c.Value))
	case preferences.Button:
		o.Send(cocoa.Sel("setTitle:"), cocoa.String(c.Title))
	case preferences.Popup:
		p.setPopup(o, old.Control.Options, c)
	case preferences.Table:
		p.setTable(w, old.Control)
	default:
		p.setText(o, v)
		if v.Kind == preferences.Static {
			p.describe(o, c.ToolTip, c.Accessibility, v.Help)
		}
		return
	}
	tell(o, "setEnabled:", !c.Disabled)
	p.describe(o, c.ToolTip, c.Accessibility, v.Help)
}

func (p *pane) describe(o pobjc.ID, toolTip, label, help string) {
	setToolTip(o, toolTip)
	if label != "" {
		tell(o, "setAccessibilityLabel:", cocoa.String(label))
	}
	tell(o, "setAccessibilityHelp:", cocoa.String(help))
}

func checkState(value string) int {
	switch value {
	case preferences.On:
		return stateOn
	case preferences.Mixed:
		return stateMixed
	}
	return stateOff
}

func (p *pane) setText(o pobjc.ID, v preferences.View) {
	o.Send(cocoa.Sel("setStringValue:"), cocoa.String(v.Text()))
	alignment := appkit.TextAlignmentLeft
	if v.Right {
		alignment = appkit.TextAlignmentRight
	}
	appkit.TextFieldFrom(object(o).Ptr()).SetAlignment(alignment)
	if c := textColor(v); c != 0 {
		tell(o, "setTextColor:", c)
	}
}

func (p *pane) setPopup(o pobjc.ID, old []preferences.Option, c preferences.Control) {
	if !slices.Equal(old, c.Options) || pobjc.Send[int](o, cocoa.Sel("numberOfItems")) != len(c.Options) {
		o.Send(cocoa.Sel("removeAllItems"))
		// Not addItemWithTitle: it removes another item of the same title.
		menu := o.Send(cocoa.Sel("menu"))
		for _, v := range c.Options {
			menu.Send(cocoa.Sel("addItem:"), id(appkit.NewMenuItemWithTitleActionKeyEquivalent(clean(v.Title), objc.Selector{}, "")))
		}
	}
	o.Send(cocoa.Sel("selectItemAtIndex:"), slices.IndexFunc(c.Options, func(v preferences.Option) bool { return v.Value == c.Value }))
}

func (p *pane) write(tag int, text string) {
	w := p.widgets[tag]
	if w == nil {
		return
	}
	_, editing := p.text(tag)
	w.inner.Send(cocoa.Sel("setStringValue:"), cocoa.String(text)) // this ends the editing
	if !editing {
		return
	}
	if p.focus(w.inner); cocoa.Ask(w.inner, "currentEditor") == 0 {
		tell(w.inner, "selectText:", pobjc.ID(0)) // the field may have the focus without an editor
	}
}

func (p *pane) text(tag int) (string, bool) {
	w := p.widgets[tag]
	if w == nil {
		return "", false
	}
	if editor := cocoa.Ask(w.inner, "currentEditor"); editor != 0 {
		text, _ := cocoa.Text(editor.Send(cocoa.Sel("string")))
		return text, true
	}
	text, _ := cocoa.Text(w.inner.Send(cocoa.Sel("stringValue")))
	return text, false
}

func (p *pane) focus(o pobjc.ID) {
	pobjc.Send[bool](id(p.window), cocoa.Sel("makeFirstResponder:"), o)
}

func (p *pane) endEditing() { p.focus(0) }

func (p *pane) chain(tags []int) {
	first := p.bar
	last := first
	for _, tag := range tags {
		w := p.widgets[tag]
		if w == nil {
			continue
		}
		if last == 0 {
			first = w.inner
			id(p.window).Send(cocoa.Sel("setInitialFirstResponder:"), first)
		} else {
			last.Send(cocoa.Sel("setNextKeyView:"), w.inner)
		}
		last = w.inner
	}
	if last != 0 {
		last.Send(cocoa.Sel("setNextKeyView:"), first)
	}
}
