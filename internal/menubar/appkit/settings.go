package appkit

import (
	"slices"

	"vpnstatus/internal/menubar"
	"vpnstatus/internal/menubar/preferences"
	"vpnstatus/internal/settings"
)

// canvas draws the settings window: an NSWindow, or a recording in tests. Views
// are identified by tags, which are never reused. All methods are called on the
// main thread.
type canvas interface {
	preferences.Measure
	// tabs shows the row of tabs.
	tabs(titles []string, chosen int)
	// size makes room for a page, in points.
	size(w, h float64)
	// add makes a view without values; remove removes it. Events that the
	// removal causes must not reach the form.
	add(tag int, v preferences.View)
	remove(tag int)
	// set places a view and gives it its values, except the text of a field.
	set(tag int, v preferences.View)
	// write sets the text of a field; the keyboard focus stays where it is.
	write(tag int, text string)
	// text returns the text in a field, and whether the focus is there.
	text(tag int) (text string, editing bool)
	// chain sets the order of the Tab key, after the tabs.
	chain(tags []int)
	// endEditing takes the focus from a field, which then reports its text.
	endEditing()
}

// form is the settings window: what it shows and what its controls do. It
// belongs to the main thread; the functions below call back there.
type form struct {
	on canvas

	build  func(preferences.Env) preferences.Window
	change func(c preferences.Control, value string, done func(error))
	act    func(a menubar.Action, done func(error)) // a command, or an action of the program
	ask    func(c preferences.Confirm, yes func())
	gather func(done func(preferences.Env)) // nil if there is nothing to gather

	// later runs f when AppKit has finished with the current event: a control
	// must not be changed from within its own action.
	later func(f func())

	env       preferences.Env // as gathered
	gathering bool
	stale     bool // env must be gathered again
	selected  map[string]string
	errors    map[string]string
	waiting   []func() // until no text is being applied

	window  preferences.Window // as drawn
	tab     int                // index of the chosen tab
	marked  int                // that which the row of tabs shows; -1 if it is empty
	slots   map[string]*slot   // by the view's ID
	tags    map[int]*slot
	chained []int
	last    int
}

// slot is a view on the page.
type slot struct {
	tag  int
	view preferences.View // as it should look

	// bound is what the user sees and acts on. It is older than the view while
	// a text is edited: the text is for what was there when it was begun.
	bound preferences.Control
	sent  string // text that is being applied
	busy  bool   // sent is
}

func newForm(on canvas) *form {
	return &form{
		on: on, marked: -1, selected: map[string]string{}, errors: map[string]string{},
		slots: map[string]*slot{}, tags: map[int]*slot{},
	}
}

// open prepares the window for being shown.
func (f *form) open() {
	clear(f.errors)
	f.refresh()
	for _, s := range f.slots { // texts that were refused when the window was closed
		f.restore(s)
	}
	f.look()
}

// look gathers what the window shows besides snapshot and settings, and draws it.
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

// refresh draws the differences.
func (f *form) refresh() {
	env := f.env
	env.Selected, env.Errors = f.selected, f.errors
	f.window = f.build(env)
	if f.tab != f.marked {
		f.mark()
	}
	f.draw(preferences.Layout(f.window.Tabs[f.tab], f.on))
}

// mark shows in the row of tabs which one is chosen.
func (f *form) mark() {
	var titles []string
	for _, t := range f.window.Tabs {
		titles = append(titles, t.Title)
	}
	f.marked = f.tab
	f.on.tabs(titles, f.tab)
}

func (f *form) draw(page preferences.Page) {
	stays := make(map[string]bool, len(page.Views))
	for _, v := range page.Views {
		s := f.slots[v.ID]
		stays[v.ID] = s != nil && s.view.Reusable(v)
	}
	for id, s := range f.slots {
		if !stays[id] {
			delete(f.slots, id)
			delete(f.tags, s.tag)
			f.on.remove(s.tag)
		}
	}
	f.on.size(page.Width, page.Height)
	var order []int
	for _, v := range page.Views {
		s := f.slots[v.ID]
		if s == nil {
			f.last++
			s = &slot{tag: f.last, view: v, bound: v.Control}
			f.slots[v.ID], f.tags[s.tag] = s, s
			f.on.add(s.tag, v)
			f.restore(s)
		} else {
			f.update(s, v)
		}
		if v.Control.Focusable() {
			order = append(order, s.tag)
		}
	}
	if !slices.Equal(order, f.chained) {
		f.chained = order
		f.on.chain(order)
	}
}

// update sets new values of an existing view.
func (f *form) update(s *slot, v preferences.View) {
	differs := !s.view.Equal(v)
	if s.view = v; differs {
		f.on.set(s.tag, v)
	}
	if v.Kind == preferences.Field {
		if text, editing := f.on.text(s.tag); editing && text != s.bound.Value {
			return // the user is editing the text
		}
		if v.Control.Value != s.bound.Value && f.errors[v.ID] == "" {
			f.on.write(s.tag, v.Control.Value)
		}
	}
	s.bound = v.Control
}

// restore resets a view to its values, whatever the user did to it.
func (f *form) restore(s *slot) {
	s.bound, s.busy = s.view.Control, false
	f.on.set(s.tag, s.view)
	if s.view.Kind == preferences.Field {
		f.on.write(s.tag, s.view.Control.Value)
	}
}

// chooseTab shows the tab at an index, unless the text that is being edited is
// refused: the tab then stays, so that the error can be read.
func (f *form) chooseTab(i int) {
	if i < 0 || i >= len(f.window.Tabs) || i == f.tab {
		return
	}
	show := func() {
		clear(f.errors)
		f.tab = i
		f.refresh()
	}
	if f.settle(show, f.mark) {
		f.later(show)
	}
}

// leave applies the text being edited and reports whether the window may be
// closed now. If not, close is called once the text has been applied, unless it
// is refused.
func (f *form) leave(close func()) bool { return f.settle(close, func() {}) }

// settle ends the editing of a text and then does what wait does.
func (f *form) settle(applied, refused func()) bool {
	f.on.endEditing()
	return f.wait(applied, refused)
}

// wait reports whether no text is being applied. If one is, one of the functions is
// called afterwards.
func (f *form) wait(applied, refused func()) bool {
	ids := f.busy()
	if len(ids) == 0 {
		return true
	}
	f.waiting = append(f.waiting, func() {
		if slices.ContainsFunc(ids, func(id string) bool { return f.errors[id] != "" }) {
			refused()
		} else {
			applied()
		}
	})
	return false
}

// busy returns the IDs of the fields whose text is being applied.
func (f *form) busy() (ids []string) {
	for id, s := range f.slots {
		if s.busy {
			ids = append(ids, id)
		}
	}
	return ids
}

// reveal shows the tab of Auto Connect with the service of that ID selected.
func (f *form) reveal(service string) {
	f.on.endEditing()
	f.tab = slices.IndexFunc(f.window.Tabs, func(t preferences.Tab) bool { return t.ID == preferences.AutoConnect })
	f.selected["autoConnect"] = service
	f.refresh()
}

// pressed handles a click on a checkbox or button.
func (f *form) pressed(tag int) {
	if s := f.tags[tag]; s != nil {
		f.use(s.bound, preferences.Toggled(s.bound.Value))
	}
}

// chose handles the choice of a popup's option.
func (f *form) chose(tag, i int) {
	s := f.tags[tag]
	if s == nil || i < 0 || i >= len(s.bound.Options) {
		return
	}
	if v := s.bound.Options[i].Value; v != s.bound.Value {
		f.use(s.bound, v)
	}
}

// ticked handles a click on a checkbox in a table.
func (f *form) ticked(tag, row, column int) {
	s := f.tags[tag]
	if s == nil || row < 0 || row >= len(s.bound.Entries) || column < 0 || column >= len(s.bound.Columns) {
		return
	}
	e, set := s.bound.Entries[row], s.bound.Columns[column].Set
	if set == nil || column >= len(e.Cells) {
		return
	}
	cell := e.Cells[column]
	c := preferences.Control{ID: s.bound.ID, Disabled: cell.Disabled || s.bound.Disabled}
	c.Set = func(s *settings.Settings, _ string) error { return set(s, e.ID, !cell.On) }
	f.use(c, "")
}

// selectRow handles the selection of a table's row, unless a text for the row that
// was selected is refused: that row then stays, so that the error can be read.
func (f *form) selectRow(tag, row int) {
	s := f.tags[tag]
	if s == nil || row < 0 || row >= len(s.bound.Entries) || s.bound.Entries[row].ID == s.bound.Selected {
		return
	}
	table, entry := s.bound.ID, s.bound.Entries[row].ID
	show := func() {
		f.selected[table] = entry
		clear(f.errors) // the errors were about the other entry
		f.refresh()
	}
	stay := func() {
		if s := f.slots[table]; s != nil {
			f.restore(s)
		}
	}
	if f.wait(show, stay) {
		f.later(show)
	}
}

// wrote handles the text of a field on Return and when the focus leaves it.
func (f *form) wrote(tag int, text string) {
	s := f.tags[tag]
	switch {
	case s == nil || s.busy && text == s.sent:
	case text == s.bound.Value:
		f.forgive(s)
	default:
		s.busy, s.sent = true, text
		f.use(s.bound, text)
	}
}

// escape restores the value of a field, and reports whether it was different.
func (f *form) escape(tag int) bool {
	s := f.tags[tag]
	if s == nil {
		return false
	}
	text, _ := f.on.text(tag)
	if text == s.bound.Value && f.errors[s.bound.ID] == "" {
		return false
	}
	f.on.write(tag, s.view.Control.Value)
	f.forgive(s)
	return true
}

// forgive ends the editing of a field: it shows the value as it is now, without
// an error.
func (f *form) forgive(s *slot) {
	f.later(func() {
		delete(f.errors, s.view.ID)
		f.refresh()
		if f.tags[s.tag] != s {
			return
		}
		s.bound = s.view.Control
		if text, _ := f.on.text(s.tag); text != s.bound.Value {
			f.on.write(s.tag, s.bound.Value)
		}
	})
}

// use carries out the function of a control.
func (f *form) use(c preferences.Control, value string) {
	done := func(err error) { f.done(c, err) }
	do := func() {
		if c.Changes() {
			f.change(c, value, done)
		} else {
			f.act(c.Action, done)
		}
	}
	switch {
	case c.Disabled:
		f.later(func() { f.done(preferences.Control{ID: c.ID}, nil) })
	case c.Confirm != nil:
		f.ask(*c.Confirm, do)
	default:
		do()
	}
}

// done shows the outcome of using a control.
func (f *form) done(c preferences.Control, err error) {
	delete(f.errors, c.ID)
	if err != nil {
		f.errors[c.ID] = preferences.ErrorText(err)
	} else if c.Then != (preferences.Selection{}) {
		f.selected[c.Then.Table] = c.Then.Entry
	}
	f.refresh()
	if s := f.slots[c.ID]; s != nil {
		text := s.sent
		if s.view.Kind == preferences.Field {
			text, _ = f.on.text(s.tag)
		}
		if s.view.Kind == preferences.Field && (err != nil || text != s.sent) {
			s.bound, s.busy = s.view.Control, false // the text stays, to be corrected or finished
		} else {
			f.restore(s)
		}
	}
	if len(f.busy()) == 0 {
		waiting := f.waiting
		f.waiting = nil
		for _, w := range waiting {
			w()
		}
	}
	f.look()
}
