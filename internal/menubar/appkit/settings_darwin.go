//go:build cgo

package appkit

import (
	"math"
	"strconv"
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
	cocoa.Prefer(cocoa.Class, "Settings window", "NSSegmentedControl", "NSStepper", "NSTableView", "NSTableColumn", "NSTableCellView",
		"NSPopUpButton", "NSButton", "NSButtonCell", "NSTextField", "NSBox", "NSImageView",
		"NSScreen", "NSIndexSet", "NSAttributedString")
	cocoa.Prefer(cocoa.Symbol, "Settings window", "NSFontAttributeName", "NSForegroundColorAttributeName")
	cocoa.Prefer(cocoa.Method, "Settings window",
		"-[NSView frameForAlignmentRect:]", "-[NSView setAccessibilityLabel:]", "-[NSTableView viewAtColumn:row:makeIfNecessary:]", "+[NSColor secondaryLabelColor]")
}

// windowClasses are those without which there is no window. Another control that
// this AppKit lacks is left out of it.
var windowClasses = []string{"NSWindow", "NSView", "NSScrollView"}

const (
	// controlSelector is the action of every control of the window; the tag
	// tells which one it was.
	controlSelector = "vpnstatusControlPressed:"

	// barTag is the tag of the row of tabs. A checkbox in a table has the
	// negative of the number after its table's tag.
	barTag = -1

	barTop    = 12.0 // above the row of tabs, in points
	barHeight = 24.0 // of a segmented control
	barEnds   = 24.0 // beside the title of a tab, together

	// labelPadding is what NSTextField leaves free on either side of a text.
	labelPadding = 2.0

	// linkEnds is more than a button without border leaves free beside its title.
	linkEnds = 4.0

	// widthsKept bounds the measured widths that are remembered.
	widthsKept = 4000
)

// Values of AppKit's enumerations that have been the same in all versions.
const (
	stateOff, stateOn, stateMixed = 0, 1, -1

	breakClipping       = uint(2) // NSLineBreakByClipping
	breakTruncatingTail = uint(4) // NSLineBreakByTruncatingTail
	imageOnly           = uint(1) // NSImageOnly
	bezelBorder         = uint(2) // NSBezelBorder
	scaleToFit          = uint(3) // NSImageScaleProportionallyUpOrDown

	// NSViewWidthSizable, NSViewMinYMargin and NSViewMaxYMargin
	sizeWidth, marginBelow, marginAbove = uint(2), uint(8), uint(32)
)

// size and rectangle are NSSize and NSRect, to be received through purego.
type (
	size      struct{ W, H float64 }
	rectangle struct{ X, Y, W, H float64 }
)

// pane is the canvas on an NSWindow. It is made once and kept.
type pane struct {
	window  appkit.Window
	target  pobjc.ID
	bar     pobjc.ID    // NSSegmentedControl, or 0
	barSize float64     // width of bar
	scroll  appkit.View // NSScrollView
	page    appkit.View
	w, h    float64 // of the page
	seen    float64 // height of the page's part in the window
	fresh   bool    // another tab was chosen
	widgets map[int]*widget
	tables  map[pobjc.ID]*widget // by the NSTableView
	filling bool                 // what is selected is not the person's doing

	body   float64 // size of the text in points
	fonts  map[preferences.Font]pobjc.ID
	lines  map[preferences.Font]float64
	widths map[measured]float64
	names  pobjc.ID // NSFontAttributeName; 0: texts can't be measured
	color  pobjc.ID // NSForegroundColorAttributeName
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
	piece piece
	frame preferences.Frame
	high  float64 // of the page when it was placed
}

// newPane makes the window; nil when the system gives none. target gets the
// actions and is the delegate of everything.
func newPane(title string, target pobjc.ID) *pane {
	for _, class := range windowClasses {
		if pobjc.GetClass(class) == 0 {
			return nil
		}
	}
	win := appkit.NewWindowWithContentRectStyleMaskBackingDefer(
		foundation.Rect{Size: foundation.Size{Width: preferences.Width, Height: 400}},
		appkit.WindowStyleMaskTitled|appkit.WindowStyleMaskClosable|appkit.WindowStyleMaskMiniaturizable,
		appkit.BackingStoreBuffered, false)
	if win.IsNil() {
		return nil
	}
	win.Retain()
	win.SetReleasedWhenClosed(false)
	win.SetTitle(title)
	const moveToActiveSpace = uint(1 << 1) // NSWindowCollectionBehaviorMoveToActiveSpace
	tell(id(win), "setCollectionBehavior:", moveToActiveSpace)
	tell(id(win), "setAutorecalculatesKeyViewLoop:", false)
	id(win).Send(cocoa.Sel("setDelegate:"), target)
	p := &pane{
		window: win, target: target, widgets: map[int]*widget{}, tables: map[pobjc.ID]*widget{},
		fonts: map[preferences.Font]pobjc.ID{}, lines: map[preferences.Font]float64{}, widths: map[measured]float64{},
	}
	p.chooseFonts()
	p.scroll = newView("NSScrollView", foundation.Rect{Size: foundation.Size{Width: preferences.Width, Height: 400}})
	give(p.scroll, "setDrawsBackground:", false)
	give(p.scroll, "setHasVerticalScroller:", false)
	p.page = newPage()
	give(p.scroll, "setDocumentView:", id(p.page))
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

// close lets everything go. The window must not be on the screen.
func (p *pane) close() {
	for tag := range p.widgets {
		p.remove(tag)
	}
	for _, f := range p.fonts {
		f.Send(cocoa.Sel("release"))
	}
	p.bar.Send(cocoa.Sel("release"))
	id(p.window).Send(cocoa.Sel("setDelegate:"), pobjc.ID(0))
	p.window.Release()
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
	for _, f := range []preferences.Font{preferences.FontBody, preferences.FontSmall, preferences.FontTitle} {
		selector := "systemFontOfSize:"
		if f == preferences.FontTitle {
			selector = "boldSystemFontOfSize:"
		}
		points := f.Points(p.body)
		if cocoa.RespondsTo(class, selector) {
			p.fonts[f] = class.Send(cocoa.Sel(selector), points).Send(cocoa.Sel("retain"))
		}
		p.lines[f] = preferences.Approximate{Size: p.body}.LineHeight(f)
		if o := p.fonts[f]; cocoa.RespondsTo(o, "ascender") && cocoa.RespondsTo(o, "descender") {
			h := math.Ceil(pobjc.Send[float64](o, cocoa.Sel("ascender")) - pobjc.Send[float64](o, cocoa.Sel("descender")))
			if h >= points && h <= 2*points { // else it can't be
				p.lines[f] = h
			}
		}
	}
	if n, err := cocoa.Constant("NSFontAttributeName"); err == nil && cocoa.RespondsTo(cocoa.String("x"), "sizeWithAttributes:") {
		p.names = n
	}
	if n, err := cocoa.Constant("NSForegroundColorAttributeName"); err == nil {
		p.color = n
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
			w = pobjc.Send[size](cocoa.String(clean(text)), cocoa.Sel("sizeWithAttributes:"), attributes).W
		})
	}
	if !(w > 0 && w < 1e6) {
		w = preferences.Approximate{Size: p.body}.Width(text, f)
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

func (p piece) textColor() pobjc.ID {
	switch {
	case p.part == preferences.PartError:
		return colorNamed("systemRedColor", "redColor")
	case p.part == preferences.PartHelp:
		return colorNamed("secondaryLabelColor", "disabledControlTextColor")
	case p.control.Warning:
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
		p.setFont(p.bar, preferences.FontBody)
		tell(p.bar, "setAccessibilityLabel:", cocoa.String("Tabs"))
		id(p.window).Send(cocoa.Sel("contentView")).Send(cocoa.Sel("addSubview:"), p.bar)
		id(p.window).Send(cocoa.Sel("setInitialFirstResponder:"), p.bar)
	}
	p.bar.Send(cocoa.Sel("setSegmentCount:"), len(titles))
	p.barSize = 0
	for i, t := range titles {
		w := math.Ceil(p.Width(t, preferences.FontBody)) + barEnds
		p.bar.Send(cocoa.Sel("setLabel:forSegment:"), cocoa.String(clean(t)), i)
		p.bar.Send(cocoa.Sel("setWidth:forSegment:"), w, i)
		p.barSize += w + 1 // the line between two
	}
	p.bar.Send(cocoa.Sel("setSelectedSegment:"), chosen)
	p.barSize += 8 // its ends, should the system not say how wide it is
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
	p.scrollTo(above)
}

// arrange gives the window its size, with the upper edge where it is.
func (p *pane) arrange() {
	if p.w == 0 {
		return
	}
	top := barTop + barHeight
	seen := min(p.h, p.mostHeight()-top)
	p.seen = seen
	old := pobjc.Send[rectangle](id(p.window), cocoa.Sel("frame"))
	p.window.SetContentSize(foundation.Size{Width: p.w, Height: seen + top})
	p.window.SetFrameTopLeftPoint(foundation.Point{X: old.X, Y: old.Y + old.H})
	give(p.scroll, "setHasVerticalScroller:", seen < p.h)
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

// mostHeight is how high the window's content may be on its screen.
func (p *pane) mostHeight() float64 {
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

func (p *pane) add(tag int, q piece) {
	w := &widget{tag: tag, piece: q}
	switch {
	case q.kind == preferences.KindTable:
		p.addTable(w)
	default:
		w.view = p.newControl(tag, q)
		w.inner = id(w.view)
	}
	if w.view.IsNil() {
		return
	}
	w.view.Retain()
	p.widgets[tag] = w
	give(p.page, "addSubview:", id(w.view))
}

func (p *pane) newControl(tag int, q piece) appkit.View {
	none := foundation.Rect{Size: foundation.Size{Width: 100, Height: 22}}
	act := func(v appkit.View) {
		o := id(v)
		o.Send(cocoa.Sel("setTag:"), tag)
		o.Send(cocoa.Sel("setTarget:"), p.target)
		o.Send(cocoa.Sel("setAction:"), cocoa.Sel(controlSelector))
		p.setFont(o, q.font)
	}
	switch {
	case q.part == preferences.PartLine:
		v := newView("NSBox", foundation.Rect{Size: foundation.Size{Width: 100, Height: 1}})
		give(v, "setBoxType:", uint(appkit.BoxSeparator))
		return v
	case q.part == preferences.PartStepper:
		v := newView("NSStepper", none)
		act(v)
		give(v, "setValueWraps:", false)
		return v
	case q.field():
		v := newView("NSTextField", none)
		act(v)
		give(v, "setDelegate:", p.target)
		cell := id(v).Send(cocoa.Sel("cell"))
		tell(cell, "setSendsActionOnEndEditing:", true)
		tell(cell, "setWraps:", false)
		tell(cell, "setScrollable:", true)
		tell(cell, "setUsesSingleLineMode:", true)
		return v
	case q.kind == preferences.KindCheckbox:
		v := newButton(none, appkit.ButtonTypeSwitch)
		act(v)
		return v
	case q.kind == preferences.KindButton:
		v := newButton(none, appkit.ButtonTypeMomentaryPushIn)
		give(v, "setBezelStyle:", uint(appkit.BezelStyleRounded))
		act(v)
		return v
	case q.kind == preferences.KindLink:
		v := newButton(none, appkit.ButtonTypeMomentaryChange)
		give(v, "setBordered:", false)
		act(v)
		return v
	case q.kind == preferences.KindPopup:
		v := newView("NSPopUpButton", none)
		give(v, "setPullsDown:", false)
		act(v)
		tell(id(v), "setAutoenablesItems:", false)
		return v
	case q.kind == preferences.KindIcon:
		v := newView("NSImageView", none)
		tell(id(v), "setImageScaling:", scaleToFit)
		if image := cocoa.Ask(cocoa.Ask(pobjc.ID(pobjc.GetClass("NSApplication")), "sharedApplication"), "applicationIconImage"); image != 0 {
			give(v, "setImage:", image)
		}
		return v
	}
	t := newLabel(none)
	give(t, "setSelectable:", q.kind == preferences.KindStatic)
	p.setFont(id(t), q.font)
	// The lines are broken already; a difference of a point must not break
	// them anew.
	tell(id(t), "setLineBreakMode:", breakClipping)
	return t
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
	if w.kind() == preferences.KindTable {
		delete(p.tables, w.inner)
		w.inner.Send(cocoa.Sel("setDelegate:"), pobjc.ID(0))
		w.inner.Send(cocoa.Sel("setDataSource:"), pobjc.ID(0))
	} else if w.piece.field() {
		w.inner.Send(cocoa.Sel("setTarget:"), pobjc.ID(0))
		w.inner.Send(cocoa.Sel("setDelegate:"), pobjc.ID(0))
		w.inner.Send(cocoa.Sel("abortEditing"))
	}
	w.view.RemoveFromSuperview()
	w.view.Release()
}

func (w *widget) kind() preferences.Kind { return w.piece.kind }

func (p *pane) place(tag int, f preferences.Frame) {
	w := p.widgets[tag]
	if w == nil || w.high == p.h && w.frame.X == f.X && w.frame.Y == f.Y && w.frame.W == f.W && w.frame.H == f.H {
		return
	}
	w.frame, w.high = f, p.h
	r := foundation.Rect{Origin: foundation.Point{X: f.X, Y: p.h - f.Y - f.H}, Size: foundation.Size{Width: f.W, Height: f.H}}
	switch {
	case cocoa.RespondsTo(id(w.view), "frameForAlignmentRect:"):
		r = w.view.FrameForAlignmentRect(r)
	case w.piece.text != "" && w.inner != 0 && (w.kind() == "" || w.kind() == preferences.KindStatic):
		r.Origin.X -= labelPadding
		r.Size.Width += 2 * labelPadding
	}
	switch w.kind() {
	case preferences.KindLink: // a button leaves something free beside its title
		r.Origin.X -= linkEnds
		r.Size.Width += 2 * linkEnds
	case preferences.KindCheckbox:
		r.Size.Width += linkEnds
	}
	w.view.SetFrame(r)
	if w.kind() == preferences.KindTable {
		p.setColumns(w)
	}
}

func (p *pane) set(tag int, q piece) {
	w := p.widgets[tag]
	if w == nil {
		return
	}
	old := w.piece
	w.piece = q
	o, c := w.inner, q.control
	switch {
	case q.part == preferences.PartLine:
		return
	case q.part == preferences.PartStepper:
		tell(o, "setMinValue:", float64(c.Min))
		tell(o, "setMaxValue:", float64(c.Max))
		tell(o, "setIncrement:", float64(max(c.Step, 1)))
		if n, err := strconv.Atoi(c.Value); err == nil {
			tell(o, "setDoubleValue:", float64(n))
		}
	case q.field():
		tell(o.Send(cocoa.Sel("cell")), "setPlaceholderString:", cocoa.String(clean(c.Placeholder)))
	case q.part != preferences.PartControl: // label, error, help, unit
		p.setText(o, q)
		return
	case q.kind == preferences.KindCheckbox:
		o.Send(cocoa.Sel("setTitle:"), cocoa.String(clean(q.text)))
		tell(o, "setAllowsMixedState:", c.Value == preferences.Mixed)
		o.Send(cocoa.Sel("setState:"), checkState(c.Value))
	case q.kind == preferences.KindButton:
		o.Send(cocoa.Sel("setTitle:"), cocoa.String(clean(c.Title)))
	case q.kind == preferences.KindLink:
		p.setLink(o, q)
	case q.kind == preferences.KindPopup:
		p.setPopup(o, old.control.Options, c)
	case q.kind == preferences.KindTable:
		p.setTable(w, old.control)
	case q.kind == preferences.KindStatic:
		p.setText(o, q)
	}
	if q.kind != preferences.KindStatic && q.kind != preferences.KindIcon {
		tell(o, "setEnabled:", !c.Disabled)
	}
	p.describe(o, c.ToolTip, c.Accessibility, q.help)
}

func (p *pane) describe(o pobjc.ID, toolTip, label, help string) {
	var tip pobjc.ID // nil: none
	if toolTip != "" {
		tip = cocoa.String(clean(toolTip))
	}
	tell(o, "setToolTip:", tip)
	if label != "" {
		tell(o, "setAccessibilityLabel:", cocoa.String(clean(label)))
	}
	tell(o, "setAccessibilityHelp:", cocoa.String(clean(help)))
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

func (p *pane) setText(o pobjc.ID, q piece) {
	o.Send(cocoa.Sel("setStringValue:"), cocoa.String(clean(q.text)))
	alignment := map[preferences.Align]appkit.TextAlignment{
		preferences.AlignLeft: appkit.TextAlignmentLeft, preferences.AlignRight: appkit.TextAlignmentRight, preferences.AlignCenter: appkit.TextAlignmentCenter,
	}[q.align]
	appkit.TextFieldFrom(object(o).Ptr()).SetAlignment(alignment)
	if c := q.textColor(); c != 0 {
		tell(o, "setTextColor:", c)
	}
}

func (p *pane) setLink(o pobjc.ID, q piece) {
	o.Send(cocoa.Sel("setTitle:"), cocoa.String(clean(q.control.Title)))
	color, font := colorNamed("linkColor", "blueColor"), p.fonts[q.font]
	if p.color == 0 || p.names == 0 || color == 0 || font == 0 {
		return
	}
	attributes := pobjc.ID(pobjc.GetClass("NSMutableDictionary")).Send(cocoa.Sel("dictionary"))
	attributes.Send(cocoa.Sel("setObject:forKey:"), color, p.color)
	attributes.Send(cocoa.Sel("setObject:forKey:"), font, p.names)
	text := pobjc.ID(pobjc.GetClass("NSAttributedString")).Send(cocoa.Sel("alloc")).
		Send(cocoa.Sel("initWithString:attributes:"), cocoa.String(clean(q.control.Title)), attributes).Send(cocoa.Sel("autorelease"))
	tell(o, "setAttributedTitle:", text)
}

func (p *pane) setPopup(o pobjc.ID, old []preferences.Option, c preferences.Control) {
	chosen, same := -1, len(old) == len(c.Options)
	for i, v := range c.Options {
		if v.Value == c.Value {
			chosen = i
		}
		same = same && old[i] == v
	}
	if !same || pobjc.Send[int](o, cocoa.Sel("numberOfItems")) != len(c.Options) {
		o.Send(cocoa.Sel("removeAllItems"))
		// Not addItemWithTitle: it takes away another of the same title.
		menu := o.Send(cocoa.Sel("menu"))
		for _, v := range c.Options {
			menu.Send(cocoa.Sel("addItem:"), id(appkit.NewMenuItemWithTitleActionKeyEquivalent(clean(v.Title), objc.Selector{}, "")))
		}
	}
	o.Send(cocoa.Sel("selectItemAtIndex:"), chosen)
}

func (p *pane) write(tag int, text string) {
	w := p.widgets[tag]
	if w == nil {
		return
	}
	_, editing := p.text(tag)
	w.inner.Send(cocoa.Sel("setStringValue:"), cocoa.String(clean(text))) // it ends the editing
	if !editing {
		return
	}
	if p.focus(w.inner); cocoa.Ask(w.inner, "currentEditor") == 0 {
		tell(w.inner, "selectText:", pobjc.ID(0)) // it had the focus, without an editor
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
