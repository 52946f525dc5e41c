package appkit

import (
	"context"
	"time"

	"github.com/ebitengine/purego/objc"

	"vpnstatus/internal/cocoa"
	"vpnstatus/internal/menubar"
	"vpnstatus/internal/menubar/preferences"
)

// panel is the settings window on the screen. It is made once and kept.
type panel struct {
	pane *pane
	form *form
}

// showPanel opens the window or brings it to the front. Main thread.
func (s *Screen) showPanel() {
	first := s.panel == nil
	if first && !s.newPanel() {
		s.o.Log.Error("the system gave no window")
		return
	}
	window := s.panel.pane.window
	if first || !objc.Send[bool](id(window), cocoa.Sel("isVisible")) {
		s.panel.form.open()
	}
	if first {
		window.Center()
	}
	s.r.refreshLogin()
	s.activate()
	id(window).Send(cocoa.Sel("makeKeyAndOrderFront:"), objc.ID(0))
	tell(id(window), "orderFrontRegardless") // macOS 14 may refuse to activate the app
}

// newPanel makes the window; false if the system can't.
func (s *Screen) newPanel() bool {
	pane := newPane(s.delegate)
	changes, err := cocoa.NewQueue("org.vpnstatus.settings")
	if pane == nil || err != nil {
		return false
	}
	f := newForm(pane)
	s.panel = &panel{pane, f}
	f.build = func(env preferences.Env) preferences.Window {
		env.Location, env.Login = s.o.Env.Location, s.r.loginNow()
		return preferences.Build(s.o.Source.Latest(), s.o.Settings(), env, time.Now().Round(0))
	}
	f.change = func(c preferences.Control, value string, done func(error)) {
		changes.Async(func() {
			err := s.o.Change(c, value)
			onMain(func() { done(err) })
		})
	}
	f.later = onMain
	f.act = func(a menubar.Action, done func(error)) {
		s.r.carryOut(a, func(err error) { onMain(func() { done(err) }) })
	}
	f.ask = func(c preferences.Confirm, yes func()) {
		go func() {
			if s.ask(s.ctx, alert{title: c.Title, text: c.Text, lines: c.Lines, button: c.Button}) {
				onMain(yes)
			}
		}()
	}
	if s.o.Preferences != nil {
		f.gather = func(done func(preferences.Env)) {
			go func() {
				ctx, cancel := context.WithTimeout(s.ctx, commandTimeout)
				defer cancel()
				env := s.o.Preferences(ctx)
				onMain(func() { done(env) })
			}()
		}
	}
	return true
}

// updatePanel follows what was drawn in the menu. Main thread.
func (s *Screen) updatePanel() {
	if s.panel == nil || !objc.Send[bool](id(s.panel.pane.window), cocoa.Sel("isVisible")) {
		return
	}
	s.panel.form.refresh()
	s.panel.form.look()
}

// pressed handles the action of a control. Main thread.
func (p *panel) pressed(sender objc.ID) {
	tag := objc.Send[int](sender, cocoa.Sel("tag"))
	if tag == barTag {
		p.form.chooseTab(objc.Send[int](sender, cocoa.Sel("selectedSegment")))
		return
	}
	if tag < barTag {
		tag = -tag - 1
		if w := p.pane.widgets[tag]; w != nil && w.shown.Kind == preferences.Table {
			row, column := p.pane.cellOf(w, sender)
			p.form.ticked(tag, row, column)
		}
		return
	}
	w := p.pane.widgets[tag]
	if w == nil {
		return
	}
	switch w.shown.Kind {
	case preferences.Field:
		text, _ := cocoa.Text(sender.Send(cocoa.Sel("stringValue")))
		p.form.wrote(tag, text)
	case preferences.Popup:
		p.form.chose(tag, objc.Send[int](sender, cocoa.Sel("indexOfSelectedItem")))
	default:
		p.form.pressed(tag)
	}
}

// ticked handles a click on a checkbox in a table made of cells.
func (p *panel) ticked(table objc.ID, row, column int) {
	if w := p.pane.tables[table]; w != nil {
		p.form.ticked(w.tag, row, column)
	}
}

// selected handles the selection of another row of a table.
func (p *panel) selected(table objc.ID) {
	if w := p.pane.tables[table]; w != nil && !p.pane.filling {
		p.form.selectRow(w.tag, objc.Send[int](table, cocoa.Sel("selectedRow")))
	}
}
