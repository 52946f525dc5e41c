package appkit

import (
	"sync"
	"time"

	"github.com/ebitengine/purego/objc"

	"vpnstatus/internal/cocoa"
)

// delegateClass is the one class made here: delegate of the application, the
// menu and the window, and target of every item and control. Each method is
// registered once, however often the menu changes, because purego's callbacks
// are never freed.
var delegateClass = sync.OnceValues(func() (objc.Class, error) {
	on := func(what string, f func(s *Screen, arg objc.ID)) any {
		return func(_ objc.ID, _ objc.SEL, arg objc.ID) {
			defer cocoa.Guard(what)
			if s := current.Load(); s != nil {
				f(s, arg)
			}
		}
	}
	return objc.RegisterClass("VPNStatusDelegate", objc.GetClass("NSObject"), nil, nil, []objc.MethodDef{
		{Cmd: cocoa.Sel("applicationDidFinishLaunching:"), Fn: on("launch", func(s *Screen, _ objc.ID) { s.launch() })},
		{Cmd: cocoa.Sel("applicationShouldTerminate:"), Fn: func(objc.ID, objc.SEL, objc.ID) uint {
			return terminateNow
		}},
		{Cmd: cocoa.Sel("applicationWillTerminate:"), Fn: on("terminate", func(s *Screen, _ objc.ID) {
			s.cancel()
			s.shutdown()
		})},
		{Cmd: cocoa.Sel("applicationShouldHandleReopen:hasVisibleWindows:"), Fn: func(_ objc.ID, _ objc.SEL, _ objc.ID, _ bool) bool {
			defer cocoa.Guard("reopen")
			if s := current.Load(); s != nil && s.opening.reopens(time.Now()) {
				s.showPanel()
			}
			return false
		}},
		{Cmd: cocoa.Sel("applicationSupportsSecureRestorableState:"), Fn: func(objc.ID, objc.SEL, objc.ID) bool { return true }},
		{Cmd: cocoa.Sel("application:openURLs:"), Fn: func(_ objc.ID, _ objc.SEL, _ objc.ID, urls objc.ID) {
			defer cocoa.Guard("URLs")
			s := current.Load()
			if s == nil || s.o.OpenURL == nil {
				return
			}
			for _, u := range cocoa.Items(urls) {
				if text, ok := cocoa.Text(cocoa.Ask(u, "absoluteString")); ok {
					go s.o.OpenURL(text)
				}
			}
		}},
		{Cmd: cocoa.Sel("menuNeedsUpdate:"), Fn: on("menu update", func(s *Screen, _ objc.ID) { s.r.refresh() })},
		{Cmd: cocoa.Sel("menuWillOpen:"), Fn: on("menu open", func(s *Screen, _ objc.ID) { s.r.opened() })},
		{Cmd: cocoa.Sel("menuDidClose:"), Fn: on("menu close", func(s *Screen, _ objc.ID) { s.r.closed() })},
		{Cmd: cocoa.Sel(itemSelector), Fn: on("click", func(s *Screen, sender objc.ID) {
			id, _ := cocoa.Text(cocoa.Ask(sender, "representedObject"))
			if a, ok := s.r.menu.action(id); ok {
				s.act(a)
			}
		})},
		{Cmd: cocoa.Sel(controlSelector), Fn: on("control", func(s *Screen, sender objc.ID) {
			if s.panel != nil {
				s.panel.pressed(sender)
			}
		})},
		{Cmd: cocoa.Sel("control:textView:doCommandBySelector:"), Fn: func(_ objc.ID, _ objc.SEL, field, _ objc.ID, command objc.SEL) bool {
			return inPanel("key in a field", func(p *panel) bool {
				return command == cocoa.Sel("cancelOperation:") && p.form.escape(objc.Send[int](field, cocoa.Sel("tag")))
			})
		}},
		{Cmd: cocoa.Sel("windowShouldClose:"), Fn: func(objc.ID, objc.SEL, objc.ID) bool {
			later := inPanel("closing the window", func(p *panel) bool {
				return !p.form.leave(func() { tell(id(p.pane.window), "close") })
			})
			return !later
		}},
		{Cmd: cocoa.Sel("windowDidDeminiaturize:"), Fn: on("window", func(s *Screen, _ objc.ID) { s.updatePanel() })},
		{Cmd: cocoa.Sel("numberOfRowsInTableView:"), Fn: func(_ objc.ID, _ objc.SEL, table objc.ID) int {
			return inPanel("table", func(p *panel) int { return p.pane.rows(table) })
		}},
		{Cmd: cocoa.Sel("tableView:objectValueForTableColumn:row:"), Fn: func(_ objc.ID, _ objc.SEL, table, column objc.ID, row int) objc.ID {
			return inPanel("table", func(p *panel) objc.ID { return p.pane.value(table, column, row) })
		}},
		{Cmd: cocoa.Sel("tableView:setObjectValue:forTableColumn:row:"), Fn: func(_ objc.ID, _ objc.SEL, table, _, column objc.ID, row int) {
			onPanel("table", func(p *panel) { p.ticked(table, row, columnOf(column)) })
		}},
		{Cmd: cocoa.Sel("tableView:viewForTableColumn:row:"), Fn: func(_ objc.ID, _ objc.SEL, table, column objc.ID, row int) objc.ID {
			return inPanel("table", func(p *panel) objc.ID { return p.pane.cellView(table, column, row) })
		}},
		{Cmd: cocoa.Sel("tableView:willDisplayCell:forTableColumn:row:"), Fn: func(_ objc.ID, _ objc.SEL, table, cell, column objc.ID, row int) {
			onPanel("table", func(p *panel) { p.pane.prepare(table, cell, column, row) })
		}},
		{Cmd: cocoa.Sel("tableView:didAddRowView:forRow:"), Fn: func(_ objc.ID, _ objc.SEL, table, view objc.ID, row int) {
			onPanel("table", func(p *panel) { p.pane.nameRow(table, view, row) })
		}},
		{Cmd: cocoa.Sel("tableViewSelectionDidChange:"), Fn: on("table", func(s *Screen, note objc.ID) {
			if s.panel != nil {
				s.panel.selected(cocoa.Ask(note, "object"))
			}
		})},
		{Cmd: cocoa.Sel("vpnstatusAbout:"), Fn: on("about", func(s *Screen, _ objc.ID) { s.showAbout() })},
		{Cmd: cocoa.Sel("vpnstatusSettings:"), Fn: on("settings", func(s *Screen, _ objc.ID) { s.showPanel() })},
		{Cmd: cocoa.Sel("vpnstatusAlerts:"), Fn: on("alert", func(s *Screen, _ objc.ID) { s.showAlerts() })},
	})
})

// inPanel returns the result of f for the settings window; zero if the window has
// not been opened yet.
func inPanel[R any](what string, f func(*panel) R) (result R) {
	defer cocoa.Guard(what)
	if s := current.Load(); s != nil && s.panel != nil {
		result = f(s.panel)
	}
	return result
}

func onPanel(what string, f func(*panel)) {
	inPanel(what, func(p *panel) struct{} { f(p); return struct{}{} })
}

const terminateNow = 1 // NSTerminateNow

// newDelegate returns an object of the class, retained: AppKit does not retain
// delegates and targets.
func newDelegate() (objc.ID, error) {
	class, err := delegateClass()
	if err != nil {
		return 0, err
	}
	return objc.ID(class).Send(cocoa.Sel("new")), nil
}
