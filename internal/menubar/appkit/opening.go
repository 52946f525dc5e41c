package appkit

import "time"

// reopenGrace is how long after launching a request to reopen the app is
// ignored. At log-in macOS may open the app twice, as the login item and as an
// app that was open before; the second arrives as such a request, which does
// not ask for a window.
const reopenGrace = 5 * time.Second

// opening decides when the settings window may be shown. It belongs to the main
// thread.
type opening struct {
	launched time.Time // zero until launching has finished
	wanted   func()    // shows the window that was requested before that
}

// show shows a window now, or once launching has finished.
func (o *opening) show(show func()) {
	if o.launched.IsZero() {
		o.wanted = show
		return
	}
	show()
}

// finish ends launching: the window that was asked for is shown, then the alerts
// that wait, which alerts has shown. An alert would keep the window from coming up
// until it is answered.
func (o *opening) finish(now time.Time, alerts func()) {
	o.launched = now
	if show := o.wanted; show != nil {
		o.wanted = nil
		show()
	}
	alerts()
}

// mayAlert reports whether alerts may be shown.
func (o *opening) mayAlert() bool { return !o.launched.IsZero() }

// reopens reports whether to show a window when the system asks to reopen the
// app.
func (o *opening) reopens(now time.Time) bool {
	return !o.launched.IsZero() && now.Sub(o.launched) >= reopenGrace
}
