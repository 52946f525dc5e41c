package appkit

import (
	"slices"
	"strconv"

	pobjc "github.com/ebitengine/purego/objc"
	"github.com/progrium/darwinkit/macos/appkit"
	"github.com/progrium/darwinkit/macos/foundation"
	dk "github.com/progrium/darwinkit/objc"

	"vpnstatus/internal/cocoa"
	"vpnstatus/internal/menubar/preferences"
)

// Tables are made of views where NSTableView can do that, and of cells in
// reimplementations of AppKit that can't. Their delegate supports both.

const (
	// NSTableView leaves this between two lines or columns; it is set, since
	// its default differs from version to version.
	tableGapX, tableGapY = 3.0, 2.0

	stylePlain     = 4 // NSTableViewStylePlain: without the insets of macOS 11
	refillAtOnce   = 500
	columnsFixed   = uint(0) // NSTableViewNoColumnAutoresizing
	cellTextBounds = 2.0     // to the left of a text in its cell
)

func (p *pane) addTable(w *widget) {
	p.filling = true
	defer func() { p.filling = false }()
	c := w.shown.Control
	frame := foundation.Rect{Size: foundation.Size{Width: 200, Height: 100}}
	o := id(newView("NSTableView", frame))
	if o == 0 {
		return
	}
	scroll := newView("NSScrollView", frame)
	give(scroll, "setBorderType:", bezelBorder)
	give(scroll, "setHasVerticalScroller:", true)
	tell(o, "setStyle:", stylePlain)
	for i, k := range c.Columns {
		column := pobjc.ID(pobjc.GetClass("NSTableColumn")).Send(cocoa.Sel("alloc")).Send(cocoa.Sel("initWithIdentifier:"), cocoa.String(strconv.Itoa(i)))
		if !tell(column, "setTitle:", cocoa.String(k.Title)) {
			column.Send(cocoa.Sel("headerCell")).Send(cocoa.Sel("setStringValue:"), cocoa.String(k.Title))
		}
		if k.Set != nil {
			cell := pobjc.ID(pobjc.GetClass("NSButtonCell")).Send(cocoa.Sel("new"))
			tell(cell, "setButtonType:", uint(appkit.ButtonTypeSwitch))
			tell(cell, "setTitle:", cocoa.String(""))
			tell(cell, "setImagePosition:", imageOnly)
			tell(column, "setDataCell:", cell)
			cell.Send(cocoa.Sel("release"))
		}
		p.setFont(cocoa.Ask(column, "dataCell"), preferences.Body)
		tell(column, "setEditable:", k.Set != nil)
		o.Send(cocoa.Sel("addTableColumn:"), column)
		column.Send(cocoa.Sel("release"))
	}
	if !c.HasHeader() {
		o.Send(cocoa.Sel("setHeaderView:"), pobjc.ID(0))
	}
	dk.Call[dk.Void](object(o), dk.Sel("setIntercellSpacing:"), foundation.Size{Width: tableGapX, Height: tableGapY})
	o.Send(cocoa.Sel("setRowHeight:"), preferences.TableRow(p)-tableGapY)
	tell(o, "setColumnAutoresizingStyle:", columnsFixed)
	tell(o, "setAllowsColumnReordering:", false)
	tell(o, "setAllowsMultipleSelection:", false)
	tell(o, "setAllowsEmptySelection:", false)
	tell(o, "setUsesAlternatingRowBackgroundColors:", true)
	give(scroll, "setDocumentView:", o)
	w.view, w.inner = scroll, o
	p.tables[o] = w
	o.Send(cocoa.Sel("setDataSource:"), p.target)
	o.Send(cocoa.Sel("setDelegate:"), p.target)
}

// setColumns gives the columns the widths that were computed.
func (p *pane) setColumns(w *widget) {
	for i, column := range cocoa.Items(w.inner.Send(cocoa.Sel("tableColumns"))) {
		if i < len(w.shown.Columns) {
			column.Send(cocoa.Sel("setWidth:"), max(w.shown.Columns[i]-tableGapX, 10))
		}
	}
}

// setTable shows the entries of w.piece. Lines that stay keep their views.
func (p *pane) setTable(w *widget, old preferences.Control) {
	p.filling = true
	defer func() { p.filling = false }()
	o, entries := w.inner, w.shown.Control.Entries
	same := slices.EqualFunc(old.Entries, entries, func(a, b preferences.Entry) bool { return a.ID == b.ID })
	if same = same && len(entries) <= refillAtOnce && pobjc.Send[int](o, cocoa.Sel("numberOfRows")) == len(entries); !same || !p.refill(w) {
		o.Send(cocoa.Sel("reloadData"))
	}
	row := slices.IndexFunc(entries, func(e preferences.Entry) bool { return e.ID == w.shown.Control.Selected })
	if row >= 0 && pobjc.Send[int](o, cocoa.Sel("selectedRow")) != row {
		set := pobjc.ID(pobjc.GetClass("NSIndexSet")).Send(cocoa.Sel("indexSetWithIndex:"), uint(row))
		o.Send(cocoa.Sel("selectRowIndexes:byExtendingSelection:"), set, false)
		o.Send(cocoa.Sel("scrollRowToVisible:"), row)
	}
}

// refill sets the values of the views of all visible lines; false if the table
// has no views.
func (p *pane) refill(w *widget) bool {
	const viewAt = "viewAtColumn:row:makeIfNecessary:"
	if !cocoa.RespondsTo(w.inner, viewAt) {
		return false
	}
	for row, e := range w.shown.Control.Entries {
		for i := range min(len(w.shown.Control.Columns), len(e.Cells)) {
			if v := w.inner.Send(cocoa.Sel(viewAt), i, row, false); v != 0 {
				p.fillCell(w, v, row, i)
			}
		}
	}
	return true
}

// columnOf returns the index of a column of a table; -1 if there is none.
func columnOf(column pobjc.ID) int {
	text, _ := cocoa.Text(cocoa.Ask(column, "identifier"))
	i, err := strconv.Atoi(text)
	if err != nil {
		return -1
	}
	return i
}

// cell returns the content of a table's cell; ok is false if there is no such
// cell, since AppKit may ask for removed lines.
func (w *widget) cell(row, column int) (e preferences.Entry, c preferences.Cell, tick, ok bool) {
	k := w.shown.Control
	if row < 0 || row >= len(k.Entries) || column < 0 || column >= len(k.Columns) || column >= len(k.Entries[row].Cells) {
		return e, c, false, false
	}
	return k.Entries[row], k.Entries[row].Cells[column], k.Columns[column].Set != nil, true
}

func cellState(c preferences.Cell) int {
	if c.On {
		return stateOn
	}
	return stateOff
}

// The functions below implement a table's delegate and data source.

func (p *pane) rows(table pobjc.ID) int {
	if w := p.tables[table]; w != nil {
		return len(w.shown.Control.Entries)
	}
	return 0
}

// value is the object of a cell, autoreleased.
func (p *pane) value(table, column pobjc.ID, row int) pobjc.ID {
	w := p.tables[table]
	if w == nil {
		return 0
	}
	_, c, tick, ok := w.cell(row, columnOf(column))
	switch {
	case !ok:
		return 0
	case tick:
		return pobjc.ID(pobjc.GetClass("NSNumber")).Send(cocoa.Sel("numberWithInteger:"), cellState(c))
	}
	return cocoa.String(c.Text)
}

// cellView makes the view of a cell, autoreleased.
func (p *pane) cellView(table, column pobjc.ID, row int) pobjc.ID {
	w, i := p.tables[table], columnOf(column)
	if w == nil {
		return 0
	}
	_, _, tick, ok := w.cell(row, i)
	if !ok {
		return 0
	}
	width := 100.0
	if i < len(w.shown.Columns) {
		width = max(w.shown.Columns[i]-tableGapX, 10)
	}
	height := preferences.TableRow(p) - tableGapY
	frame := foundation.Rect{Size: foundation.Size{Width: width, Height: height}}
	if tick {
		o := id(newButton(frame, appkit.ButtonTypeSwitch))
		o.Send(cocoa.Sel("setTitle:"), cocoa.String(""))
		tell(o, "setImagePosition:", imageOnly)
		o.Send(cocoa.Sel("setTag:"), -(w.tag + 1))
		o.Send(cocoa.Sel("setTarget:"), p.target)
		o.Send(cocoa.Sel("setAction:"), cocoa.Sel(controlSelector))
		p.fillCell(w, o, row, i)
		return o
	}
	class := pobjc.ID(pobjc.GetClass("NSTableCellView"))
	if class == 0 {
		return 0
	}
	box := class.Send(cocoa.Sel("new")).Send(cocoa.Sel("autorelease"))
	appkit.ViewFrom(object(box).Ptr()).SetFrame(frame)
	line := p.LineHeight(preferences.Body)
	t := newLabel(foundation.Rect{
		Origin: foundation.Point{X: cellTextBounds, Y: (height - line) / 2},
		Size:   foundation.Size{Width: max(width-2*cellTextBounds, 1), Height: line},
	})
	p.setFont(id(t), preferences.Body)
	tell(id(t), "setLineBreakMode:", breakTruncatingTail)
	tell(id(t), "setAutoresizingMask:", sizeWidth|marginBelow|marginAbove)
	box.Send(cocoa.Sel("addSubview:"), id(t))
	box.Send(cocoa.Sel("setTextField:"), id(t)) // AppKit sets the colour of a selected line
	p.fillCell(w, box, row, i)
	return box
}

// fillCell sets the values of a view made by cellView.
func (p *pane) fillCell(w *widget, v pobjc.ID, row, column int) {
	e, c, tick, ok := w.cell(row, column)
	if !ok {
		return
	}
	tip := c.ToolTip
	if tip == "" {
		tip = e.ToolTip
	}
	if tick {
		v.Send(cocoa.Sel("setState:"), cellState(c))
		tell(v, "setEnabled:", !c.Disabled && !w.shown.Control.Disabled)
		p.describe(v, tip, c.Accessibility, "")
		return
	}
	t := cocoa.Ask(v, "textField")
	if t == 0 {
		return
	}
	t.Send(cocoa.Sel("setStringValue:"), cocoa.String(c.Text))
	color := colorNamed("labelColor", "controlTextColor")
	if e.Dim {
		color = colorNamed("secondaryLabelColor", "disabledControlTextColor")
	}
	tell(t, "setTextColor:", color)
	p.describe(v, tip, "", "")
}

// prepare sets up a cell before it is drawn, where tables are made of cells.
func (p *pane) prepare(table, cell, column pobjc.ID, row int) {
	w := p.tables[table]
	if w == nil {
		return
	}
	e, c, tick, ok := w.cell(row, columnOf(column))
	switch {
	case !ok:
	case tick:
		tell(cell, "setEnabled:", !c.Disabled && !w.shown.Control.Disabled)
	case e.Dim:
		tell(cell, "setTextColor:", colorNamed("secondaryLabelColor", "disabledControlTextColor"))
	}
}

// nameRow makes VoiceOver read a line as a whole.
func (p *pane) nameRow(table, view pobjc.ID, row int) {
	if w := p.tables[table]; w != nil && row >= 0 && row < len(w.shown.Control.Entries) {
		tell(view, "setAccessibilityLabel:", cocoa.String(w.shown.Control.Entries[row].Accessibility))
	}
}

// cellOf returns the place of a checkbox in its table.
func (p *pane) cellOf(w *widget, tick pobjc.ID) (row, column int) {
	return pobjc.Send[int](w.inner, cocoa.Sel("rowForView:"), tick), pobjc.Send[int](w.inner, cocoa.Sel("columnForView:"), tick)
}
