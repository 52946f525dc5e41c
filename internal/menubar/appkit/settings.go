package appkit

import (
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"vpnstatus/internal/menubar"
	"vpnstatus/internal/menubar/preferences"
)

// canvas is what the settings window is drawn on: NSWindow, or a recording in
// tests. Views are told apart by tags, which are given out once and never again.
// All methods are called on the main thread.
type canvas interface {
	preferences.TextMetrics
	// tabs shows the row of tabs.
	tabs(titles []string, chosen int)
	// size makes room for a page, in points.
	size(w, h float64)
	// add makes a view without values; remove takes it away. Nothing that the
	// removal brings about may reach the form under that tag.
	add(tag int, p piece)
	remove(tag int)
	// place puts a view at an alignment rectangle, from the upper left corner of
	// the page.
	place(tag int, f preferences.Frame)
	// set gives a view its values, except the text of a field.
	set(tag int, p piece)
	// write sets the text of a field; the keyboard focus stays where it is.
	write(tag int, text string)
	// text returns the text in a field, and whether the focus is there.
	text(tag int) (text string, editing bool)
	// chain makes the order of the Tab key, after the tabs.
	chain(tags []int)
	// endEditing takes the focus from a field, which then tells its text.
	endEditing()
}

// piece is what one view of the page shows.
type piece struct {
	part    preferences.Part
	kind    preferences.Kind    // of the control; empty for parts of a row
	text    string              // its lines
	font    preferences.Font    //
	align   preferences.Align   //
	help    string              // read aloud after the rest
	control preferences.Control // the whole control that it is, or is a part of
}

// pieces returns what stands in the frames of a page.
func pieces(tab preferences.Tab, page preferences.Page) []piece {
	controls, rows := map[string]preferences.Control{}, map[string]*preferences.Row{}
	for i := range tab.Rows {
		for _, c := range tab.Rows[i].Controls {
			controls[c.ID], rows[c.ID] = c, &tab.Rows[i]
		}
	}
	out := make([]piece, len(page.Frames))
	for i, f := range page.Frames {
		p := piece{part: f.Part, text: strings.Join(f.Lines, "\n"), font: f.Font, align: f.Align}
		switch f.Part {
		case preferences.PartLine, preferences.PartLabel, preferences.PartError, preferences.PartHelp:
		default:
			p.control = controls[f.ID]
			p.kind = p.control.Kind
			if r := rows[f.ID]; r != nil {
				p.help = strings.TrimSpace(r.Error + "\n" + r.Help)
			}
		}
		out[i] = p
	}
	return out
}

// field reports whether the piece is a text that a person can write.
func (p piece) field() bool {
	return p.part == preferences.PartField || p.kind == preferences.KindText && p.part == preferences.PartControl
}

// fits reports whether a view made for p can show q.
func (p piece) fits(q piece) bool {
	return p.part == q.part && p.kind == q.kind && reflect.DeepEqual(p.control.Columns, q.control.Columns)
}

// form is the settings window: what it shows and what comes of using it. It
// belongs to the main thread, to which the functions below bring what happens
// elsewhere.
type form struct {
	on canvas

	build  func(preferences.Env) preferences.Window
	keep   func(preferences.Change) error
	act    func(a menubar.Action, done func(error)) // a command, or an action of the program
	ask    func(c preferences.Confirm, yes func())
	gather func(done func(preferences.Env))

	// later runs f soon, when AppKit is done with the event at hand: a control
	// must not be changed from within its own action.
	later func(f func())

	env       preferences.Env // as gathered
	gathering bool
	stale     bool // gather again
	selected  map[string]string
	errors    map[string]string

	tab    preferences.TabID
	titles []string
	chosen int
	ids    []preferences.TabID
	drawn  preferences.Tab
	slots  map[string]*slot // by the frame's key
	tags   map[int]*slot
	last   int
}

// slot is a view on the page.
type slot struct {
	tag   int
	piece piece // as it should be seen

	// Of what the person sees and acts on. They are behind the piece as long
	// as somebody is writing in the field: the text is for the thing that was
	// there when it was begun.
	bound preferences.Control
	sent  string // text under way
	busy  bool   // sent is
}

func newForm(on canvas) *form {
	return &form{
		on: on, selected: map[string]string{}, errors: map[string]string{},
		slots: map[string]*slot{}, tags: map[int]*slot{},
	}
}

// open prepares the window for being shown.
func (f *form) open() {
	clear(f.errors)
	f.refresh()
	for _, s := range f.slots { // texts that were refused when it was closed
		if s.piece.field() {
			f.reset(s.bound.ID)
		}
	}
	f.look()
}

// look gathers what the window says beside snapshot and settings, and draws it.
func (f *form) look() {
	if f.gather == nil {
		return
	}
	if f.gathering {
		f.stale = true
		return
	}
	f.gathering, f.stale = true, false
	f.gather(func(env preferences.Env) {
		f.env, f.gathering = env, false
		f.refresh()
		if f.stale {
			f.look()
		}
	})
}

// refresh draws what is different now.
func (f *form) refresh() {
	env := f.env
	env.Selected, env.Errors = maps.Clone(f.selected), maps.Clone(f.errors)
	w := f.build(env)
	tab, ok := w.Tab(f.tab)
	if !ok {
		tab = w.Tabs[0]
		f.tab = tab.ID
	}
	f.showTabs(w)
	if f.drawn.ID != "" && preferences.Diff(f.drawn, tab).None() {
		return
	}
	f.draw(tab)
}

func (f *form) showTabs(w preferences.Window) {
	var titles []string
	chosen := 0
	f.ids = f.ids[:0]
	for i, t := range w.Tabs {
		titles = append(titles, t.Title)
		f.ids = append(f.ids, t.ID)
		if t.ID == f.tab {
			chosen = i
		}
	}
	if chosen != f.chosen || !reflect.DeepEqual(titles, f.titles) {
		f.titles, f.chosen = titles, chosen
		f.on.tabs(titles, chosen)
	}
}

func (f *form) draw(tab preferences.Tab) {
	f.drawn = tab
	page := preferences.Layout(tab, preferences.WidthFor(f.on), f.on)
	all := pieces(tab, page)
	stays := make(map[string]bool, len(all))
	for i, p := range all {
		key := page.Frames[i].Key()
		s := f.slots[key]
		stays[key] = s != nil && s.piece.fits(p)
	}
	for key, s := range f.slots {
		if !stays[key] {
			delete(f.slots, key)
			delete(f.tags, s.tag)
			f.on.remove(s.tag)
		}
	}
	f.on.size(page.Width, page.Height)
	for i, p := range all {
		frame := page.Frames[i]
		s := f.slots[frame.Key()]
		if s == nil {
			f.last++
			s = &slot{tag: f.last, piece: p, bound: p.control}
			f.slots[frame.Key()], f.tags[s.tag] = s, s
			f.on.add(s.tag, p)
			f.on.set(s.tag, p)
			if p.field() {
				f.on.write(s.tag, p.control.Value)
			}
		} else if !reflect.DeepEqual(s.piece, p) {
			f.update(s, p)
		}
		f.on.place(s.tag, frame)
	}
	f.on.chain(f.order(tab))
}

// update gives a view that is there already new values.
func (f *form) update(s *slot, p piece) {
	s.piece = p
	f.on.set(s.tag, p)
	if p.field() {
		if text, editing := f.on.text(s.tag); editing && text != s.bound.Value {
			return // somebody is writing
		}
		other := target(s.bound.Edit) != target(p.control.Edit)
		if other && f.errors[p.control.ID] != "" {
			delete(f.errors, p.control.ID) // it was about something else
			f.later(f.refresh)
		}
		if other || p.control.Value != s.bound.Value && f.errors[p.control.ID] == "" {
			f.on.write(s.tag, p.control.Value)
		}
	}
	s.bound = p.control
}

// target is what an edit is about, without the value that was there.
func target(e preferences.Edit) preferences.Edit {
	e.Was = ""
	return e
}

// reset shows the values of a control as they are, whatever the person did to
// the views.
func (f *form) reset(id string) {
	for _, part := range []preferences.Part{preferences.PartControl, preferences.PartField, preferences.PartStepper} {
		s := f.slots[preferences.Frame{ID: id, Part: part}.Key()]
		if s == nil {
			continue
		}
		s.bound, s.busy = s.piece.control, false
		f.on.set(s.tag, s.piece)
		if s.piece.field() {
			f.on.write(s.tag, s.piece.control.Value)
		}
	}
}

// order returns the tags in the order of the Tab key.
func (f *form) order(tab preferences.Tab) []int {
	var tags []int
	for _, id := range preferences.KeyOrder(tab) {
		for _, part := range []preferences.Part{preferences.PartControl, preferences.PartField, preferences.PartStepper} {
			if s := f.slots[preferences.Frame{ID: id, Part: part}.Key()]; s != nil {
				tags = append(tags, s.tag)
			}
		}
	}
	return tags
}

// chooseTab shows the tab at an index.
func (f *form) chooseTab(i int) {
	if i < 0 || i >= len(f.ids) || f.ids[i] == f.tab {
		return
	}
	tab, before := f.ids[i], len(f.errors)
	f.on.endEditing() // what was written belongs to the tab that goes
	f.later(func() {
		if len(f.errors) > before {
			f.on.tabs(f.titles, f.chosen) // it was refused just now: stay, to be read
			return
		}
		clear(f.errors)
		f.tab = tab
		f.refresh()
	})
}

// leave takes what is being written and reports whether the window may be closed
// now. If not, close is called once the text has been taken; one that is refused
// keeps the window open, to be read.
func (f *form) leave(close func()) bool {
	before := len(f.errors)
	f.on.endEditing()
	for _, s := range f.slots {
		if s.busy {
			f.later(func() {
				if len(f.errors) <= before {
					close()
				}
			})
			return false
		}
	}
	return true
}

// reveal shows a tab, with the line of that ID selected in every table that has
// it; empty: none.
func (f *form) reveal(tab preferences.TabID, entry string) {
	f.on.endEditing()
	f.tab = tab
	f.refresh()
	for _, r := range f.drawn.Rows {
		for _, c := range r.Controls {
			if slices.ContainsFunc(c.Entries, func(e preferences.Entry) bool { return e.ID == entry }) {
				f.selected[c.ID] = entry
			}
		}
	}
	f.refresh()
}

// used tells that a checkbox, button or link was pressed.
func (f *form) used(tag int) {
	s := f.tags[tag]
	if s == nil {
		return
	}
	value := ""
	if s.bound.Kind == preferences.KindCheckbox {
		value = preferences.Toggled(s.bound.Value)
	}
	f.perform(s.bound, s.bound.Do(value))
}

// chose tells that an option of a popup was chosen.
func (f *form) chose(tag, i int) {
	s := f.tags[tag]
	if s == nil || i < 0 || i >= len(s.bound.Options) {
		return
	}
	if v := s.bound.Options[i].Value; v != s.bound.Value {
		f.perform(s.bound, s.bound.Do(v))
	}
}

// wrote tells the text of a field, at Return and when the focus leaves it.
func (f *form) wrote(tag int, text string) {
	s := f.tags[tag]
	if s == nil || s.busy && text == s.sent {
		return
	}
	if text == s.bound.Value {
		f.forgive(s)
		return
	}
	s.busy, s.sent = true, text
	f.perform(s.bound, s.bound.Do(text))
}

// escape gives a field its value back, and reports whether there was anything
// to give back.
func (f *form) escape(tag int) bool {
	s := f.tags[tag]
	if s == nil {
		return false
	}
	text, _ := f.on.text(tag)
	if text == s.bound.Value && f.errors[s.bound.ID] == "" {
		return false
	}
	f.on.write(tag, s.piece.control.Value)
	f.forgive(s)
	return true
}

// forgive ends the writing in a field: it shows the value as it is now, without
// an error.
func (f *form) forgive(s *slot) {
	id := s.bound.ID
	f.later(func() {
		delete(f.errors, id)
		f.refresh()
		if f.tags[s.tag] != s {
			return
		}
		if s.bound = s.piece.control; s.piece.field() {
			if text, _ := f.on.text(s.tag); text != s.bound.Value {
				f.on.write(s.tag, s.bound.Value)
			}
		}
	})
}

// stepped tells the value of a stepper.
func (f *form) stepped(tag, value int) {
	s := f.tags[tag]
	if s == nil {
		return
	}
	text := strconv.Itoa(value)
	if field := f.slots[preferences.Frame{ID: s.bound.ID, Part: preferences.PartField}.Key()]; field != nil {
		f.on.write(field.tag, text)
	}
	f.perform(s.bound, s.bound.Do(text))
}

// ticked tells that the checkbox in a table's cell was pressed.
func (f *form) ticked(tag, row, column int) {
	s := f.tags[tag]
	if s == nil || row < 0 || row >= len(s.bound.Entries) || column < 0 || column >= len(s.bound.Entries[row].Cells) {
		return
	}
	c := s.bound.Entries[row].Cells[column]
	f.perform(preferences.Control{ID: s.bound.ID}, c.Do(preferences.Toggled(c.Value)))
}

// selectRow tells that a line of a table was selected.
func (f *form) selectRow(tag, row int) {
	s := f.tags[tag]
	if s == nil || row < 0 || row >= len(s.bound.Entries) || s.bound.Entries[row].ID == s.bound.Selected {
		return
	}
	table, entry := s.bound.ID, s.bound.Entries[row].ID
	f.later(func() {
		f.selected[table] = entry
		clear(f.errors) // they were about the other line
		f.refresh()
	})
}

// perform does what using a control comes to.
func (f *form) perform(c preferences.Control, d preferences.Deed) {
	f.later(func() {
		switch {
		case d.Change == nil && d.Action == nil:
			f.done(c, nil)
		case c.Confirm != nil:
			f.done(preferences.Control{ID: c.ID}, nil)
			f.ask(*c.Confirm, func() { f.carryOut(c, d) })
		default:
			f.carryOut(c, d)
		}
	})
}

func (f *form) carryOut(c preferences.Control, d preferences.Deed) {
	if d.Change != nil {
		f.done(c, f.keep(*d.Change))
		return
	}
	f.act(*d.Action, func(err error) { f.done(c, err) })
}

// done shows what came of using a control.
func (f *form) done(c preferences.Control, err error) {
	delete(f.errors, c.ID)
	if err != nil {
		f.errors[c.ID] = preferences.ErrorText(err)
	} else if c.Then != (preferences.Selection{}) {
		f.selected[c.Then.Table] = c.Then.Entry
	}
	f.refresh()
	if err == nil || c.Kind != preferences.KindText && c.Kind != preferences.KindNumber {
		f.reset(c.ID)
	} else if s := f.slots[preferences.Frame{ID: c.ID, Part: partOf(c.Kind)}.Key()]; s != nil {
		s.busy = false // what was written stays, to be mended
	}
	f.look()
}

func partOf(k preferences.Kind) preferences.Part {
	if k == preferences.KindNumber {
		return preferences.PartField
	}
	return preferences.PartControl
}
