package appkit

import (
	"context"
	"strings"

	"github.com/ebitengine/purego/objc"
	"github.com/progrium/darwinkit/macos/appkit"
	"github.com/progrium/darwinkit/macos/foundation"

	"vpnstatus/internal/cocoa"
)

func init() {
	cocoa.Prefer(cocoa.Method, "Alerts", "-[NSWindow setPreventsApplicationTerminationWhenModal:]", "-[NSWindow orderFrontRegardless]")
}

type alert struct {
	title, text string
	button      string    // for a question, the button that confirms; empty if there is only OK
	answer      chan bool // for a question, receives the answer; buffered
	lines       []string  // shown in a scrolling list
}

// maxAlerts is how many alerts queue; later ones are dropped, and are in the log.
const maxAlerts = 4

// Say shows an alert, after those that are queued already. It may be called
// from any goroutine and never waits.
func (s *Screen) Say(title, text string) { s.queueAlert(alert{title: title, text: text}) }

// Ask asks the user and waits for the answer: true for the confirming button,
// false for Cancel, if ctx ends, or if too many alerts are queued. It may be
// called from any goroutine but the main thread's.
func (s *Screen) Ask(ctx context.Context, question, detail, button string) bool {
	return s.ask(ctx, alert{title: question, text: detail, button: button})
}

func (s *Screen) ask(ctx context.Context, a alert) bool {
	answer := make(chan bool, 1)
	a.answer = answer
	if !s.queueAlert(a) {
		return false
	}
	select {
	case yes := <-answer:
		return yes
	case <-ctx.Done():
		return false
	}
}

// say shows an error. Any goroutine.
func (s *Screen) say(title string, err error) { s.queueAlert(alert{title: title, text: err.Error()}) }

// queueAlert queues an alert, unless too many are queued. Any goroutine.
func (s *Screen) queueAlert(a alert) bool {
	s.alertMu.Lock()
	taken := len(s.alerts) < maxAlerts
	if taken {
		s.alerts = append(s.alerts, a)
	}
	s.alertMu.Unlock()
	s.wakeAlerts()
	return taken
}

// wakeAlerts makes the main thread call showAlerts. Any goroutine.
func (s *Screen) wakeAlerts() {
	// Don't use a task of the main queue: while it runs, an alert's own event
	// loop would run no other task, and the menu would freeze. Use the default
	// mode, so that an open menu is not interrupted.
	cocoa.Pool(func() {
		modes := objc.ID(objc.GetClass("NSArray")).Send(cocoa.Sel("arrayWithObject:"), cocoa.String("kCFRunLoopDefaultMode"))
		s.delegate.Send(cocoa.Sel("performSelectorOnMainThread:withObject:waitUntilDone:modes:"), cocoa.Sel("vpnstatusAlerts:"), objc.ID(0), false, modes)
	})
}

// showAlerts shows the queued alerts one after another. Main thread.
func (s *Screen) showAlerts() {
	if s.alerting || !s.opening.mayAlert() {
		return // the call under way, or the end of launching, shows the new alert
	}
	s.alerting = true
	defer func() { s.alerting = false }()
	for {
		s.alertMu.Lock()
		if len(s.alerts) == 0 {
			s.alertMu.Unlock()
			return
		}
		a := s.alerts[0]
		s.alerts = s.alerts[1:]
		s.alertMu.Unlock()
		s.showAlert(a)
	}
}

func (s *Screen) showAlert(a alert) {
	yes := false
	defer func() {
		if a.answer != nil {
			a.answer <- yes
		}
	}()
	if objc.GetClass("NSAlert") == 0 {
		return
	}
	s.activate()
	cocoa.Pool(func() {
		box := appkit.NewAlert()
		box.SetMessageText(clean(a.title))
		box.SetInformativeText(clean(a.text))
		if len(a.lines) > 0 {
			tell(id(box), "setAccessoryView:", listView(a.lines))
		}
		if a.answer != nil {
			// Return must not confirm: the question may appear while the user
			// types.
			tell(id(box.AddButtonWithTitle(clean(a.button))), "setKeyEquivalent:", cocoa.String(""))
			box.AddButtonWithTitle("Cancel")
		}
		inFront(cocoa.Ask(id(box), "window"))
		// Use purego, because AppKit calls back during this call.
		yes = objc.Send[int](id(box), cocoa.Sel("runModal")) == int(appkit.AlertFirstButtonReturn)
	})
}

// inFront puts an alert's window in front of other apps', which macOS 14 and
// later no longer do for an app that is activated from a status menu, and
// allows a log-out to end the app while the alert is open.
func inFront(window objc.ID) {
	tell(window, "setPreventsApplicationTerminationWhenModal:", false)
	tell(window, "setLevel:", int(appkit.FloatingWindowLevel))
	if cocoa.IsKind(window, "NSPanel") && cocoa.RespondsTo(window, "setStyleMask:") {
		mask := objc.Send[uint](window, cocoa.Sel("styleMask"))
		window.Send(cocoa.Sel("setStyleMask:"), mask|uint(appkit.WindowStyleMaskNonactivatingPanel))
	}
}

// listView returns a scrolling text, autoreleased.
func listView(lines []string) objc.ID {
	frame := foundation.Rect{Size: foundation.Size{Width: 380, Height: 140}}
	scroll := newView("NSScrollView", frame)
	give(scroll, "setHasVerticalScroller:", true)
	give(scroll, "setBorderType:", bezelBorder)
	text := newView("NSTextView", frame)
	give(text, "setEditable:", false)
	give(text, "setString:", cocoa.String(strings.Join(lines, "\n")))
	tell(id(text), "setAutoresizingMask:", sizeWidth)
	give(scroll, "setDocumentView:", id(text))
	return id(scroll)
}
