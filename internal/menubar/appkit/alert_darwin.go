//go:build cgo

package appkit

import (
	"context"
	"strings"

	"github.com/ebitengine/purego/objc"
	"github.com/progrium/darwinkit/macos/foundation"

	"vpnstatus/internal/cocoa"
)

// alertFirstButton is NSAlertFirstButtonReturn.
const alertFirstButton = 1000

type alert struct {
	title, text string
	button      string    // of a question: what does it; empty: there is only OK
	answer      chan bool // of a question: gets the answer; buffered
	lines       []string  // to be scrolled through
}

// alertsKept bounds the messages that wait behind one another. Who has not read
// four will not read the fifth; it is in the log.
const alertsKept = 4

// Say tells the person something, once they have answered what was shown
// before. It may be called from any goroutine and never waits.
func (s *Screen) Say(title, text string) { s.queueAlert(alert{title: title, text: text}) }

// Ask puts a question to the person and waits for the answer: true for the
// button that does it, false for Cancel, for a ctx that ended, and when too many
// questions wait already. It may be called from any goroutine but the main
// thread's.
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

// say shows an error to the person. Any goroutine.
func (s *Screen) say(title string, err error) { s.queueAlert(alert{title: title, text: err.Error()}) }

// queueAlert has an alert shown, unless too many wait. Any goroutine.
func (s *Screen) queueAlert(a alert) bool {
	s.alertMu.Lock()
	taken := len(s.alerts) < alertsKept
	if taken {
		s.alerts = append(s.alerts, a)
	}
	s.alertMu.Unlock()
	// Not in a task of the main queue: while one runs, an alert's own event loop
	// would serve no other, and the menu would stand still. And in the default
	// mode, so that an open menu is not interrupted.
	cocoa.Pool(func() {
		modes := objc.ID(objc.GetClass("NSArray")).Send(cocoa.Sel("arrayWithObject:"), cocoa.String("kCFRunLoopDefaultMode"))
		s.delegate.Send(cocoa.Sel("performSelectorOnMainThread:withObject:waitUntilDone:modes:"), cocoa.Sel("vpnstatusAlerts:"), objc.ID(0), false, modes)
	})
	return taken
}

// showAlerts shows what waits, one after another. Main thread.
func (s *Screen) showAlerts() {
	if s.alerting {
		return // the call that is under way shows the new one as well
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
	class := objc.GetClass("NSAlert")
	if class == 0 {
		if a.answer != nil {
			a.answer <- false
		}
		return
	}
	s.activate()
	cocoa.Pool(func() {
		o := objc.ID(class).Send(cocoa.Sel("new"))
		defer o.Send(cocoa.Sel("release"))
		o.Send(cocoa.Sel("setMessageText:"), cocoa.String(clean(a.title)))
		o.Send(cocoa.Sel("setInformativeText:"), cocoa.String(clean(a.text)))
		if len(a.lines) > 0 {
			tell(o, "setAccessoryView:", listView(a.lines))
		}
		if a.answer == nil {
			o.Send(cocoa.Sel("runModal"))
			return
		}
		// Return must not answer: the question may come while somebody types.
		do := o.Send(cocoa.Sel("addButtonWithTitle:"), cocoa.String(clean(a.button)))
		tell(do, "setKeyEquivalent:", cocoa.String(""))
		o.Send(cocoa.Sel("addButtonWithTitle:"), cocoa.String("Cancel"))
		a.answer <- objc.Send[int](o, cocoa.Sel("runModal")) == alertFirstButton
	})
}

// listView is a text that scrolls, autoreleased.
func listView(lines []string) objc.ID {
	frame := foundation.Rect{Size: foundation.Size{Width: 380, Height: 140}}
	scroll := newView("NSScrollView", frame)
	give(scroll, "setHasVerticalScroller:", true)
	give(scroll, "setBorderType:", bezelBorder)
	text := newView("NSTextView", frame)
	give(text, "setEditable:", false)
	give(text, "setString:", cocoa.String(clean(strings.Join(lines, "\n"))))
	tell(id(text), "setAutoresizingMask:", sizeWidth)
	give(scroll, "setDocumentView:", id(text))
	return id(scroll)
}
