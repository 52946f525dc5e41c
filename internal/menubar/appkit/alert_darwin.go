//go:build cgo

package appkit

import (
	"github.com/ebitengine/purego/objc"

	"vpnstatus/internal/cocoa"
)

type alert struct{ title, text string }

// alertsKept bounds the messages that wait behind one another. Who has not read
// four will not read the fifth; it is in the log.
const alertsKept = 4

// say shows an error to the person. Any goroutine.
func (s *Screen) say(title string, err error) {
	s.alertMu.Lock()
	if len(s.alerts) < alertsKept {
		s.alerts = append(s.alerts, alert{title, err.Error()})
	}
	s.alertMu.Unlock()
	// Not in a task of the main queue: while one runs, an alert's own event loop
	// would serve no other, and the menu would stand still. And in the default
	// mode, so that an open menu is not interrupted.
	cocoa.Pool(func() {
		modes := objc.ID(objc.GetClass("NSArray")).Send(cocoa.Sel("arrayWithObject:"), cocoa.String("kCFRunLoopDefaultMode"))
		s.delegate.Send(cocoa.Sel("performSelectorOnMainThread:withObject:waitUntilDone:modes:"), cocoa.Sel("vpnstatusAlerts:"), objc.ID(0), false, modes)
	})
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
		return
	}
	s.activate()
	cocoa.Pool(func() {
		o := objc.ID(class).Send(cocoa.Sel("new"))
		defer o.Send(cocoa.Sel("release"))
		o.Send(cocoa.Sel("setMessageText:"), cocoa.String(clean(a.title)))
		o.Send(cocoa.Sel("setInformativeText:"), cocoa.String(clean(a.text)))
		o.Send(cocoa.Sel("runModal"))
	})
}
