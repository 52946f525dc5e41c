package notify

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"vpnstatus/internal/engine"
	"vpnstatus/internal/settings"
)

// ErrDenied means that the user does not allow notifications of this program.
// The menu shows them instead.
var ErrDenied = errors.New("notifications are not allowed for VPNStatus in the system's settings")

// Poster shows notifications. Both methods are called from one goroutine and
// return soon.
type Poster interface {
	// Post shows a notification in place of one with the same ID. done is called
	// once with the outcome, on any goroutine and possibly before Post returns;
	// it need not be called if the notification was withdrawn or replaced. Its
	// error wraps ErrDenied if the user does not allow notifications.
	Post(n Notification, done func(error))
	// Withdraw removes a notification that no longer holds. It is not an error
	// if there is none.
	Withdraw(id string)
}

// Logged is a Poster that writes to the log, for systems without notifications.
type Logged struct{ Log *slog.Logger }

// Post writes the notification to the log.
func (l Logged) Post(n Notification, done func(error)) {
	l.Log.Info("notification", "id", n.ID, "title", n.Title, "body", n.Body, "sound", n.Sound)
	done(nil)
}

// Withdraw writes the end of a notification to the log.
func (l Logged) Withdraw(id string) { l.Log.Debug("notification withdrawn", "id", id) }

// Options are what a Notifier needs.
type Options struct {
	Source   engine.Source
	Settings func() settings.Settings // those in force
	Poster   Poster
	Location *time.Location // for times of day; time.Local if nil
	Log      *slog.Logger   // no log if nil
	Changed  func()         // called when the result of Missed has changed; may be nil
}

// Notifier notifies the user of what happens. Create it with New, then call Run once.
type Notifier struct {
	o Options

	mu     sync.Mutex
	denied bool         // logged already
	missed Notification // the last one that was not shown; zero if none
}

// New returns a Notifier; nothing happens before Run.
func New(o Options) *Notifier {
	if o.Location == nil {
		o.Location = time.Local
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Changed == nil {
		o.Changed = func() {}
	}
	return &Notifier{o: o}
}

// Missed returns the last notification that was not shown, for screens to show
// instead; ok is false if there is none. It may be called from any
// goroutine.
func (n *Notifier) Missed() (last Notification, ok bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.missed, n.missed.ID != ""
}

// Run notifies the user until ctx or the source ends. What is still pending then
// is dropped.
func (n *Notifier) Run(ctx context.Context) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	updates := engine.Updates(ctx, n.o.Source)
	var b batcher
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		timer.Stop()
		if d := b.Deadline(); !d.IsZero() {
			timer.Reset(max(0, time.Until(d)))
		}
		select {
		case <-ctx.Done():
			return
		case u, ok := <-updates:
			if !ok {
				return
			}
			if u.Missed {
				n.o.Log.Warn("too many events at once; some are not notified")
				b = batcher{shown: b.shown, opened: b.opened}
			}
			b.Add(u.Events, time.Now())
		case <-timer.C:
			show, stale := b.Flush(n.o.Settings(), time.Now(), n.o.Location)
			for _, id := range stale {
				n.o.Poster.Withdraw(id)
				n.settle(id)
			}
			for _, v := range show {
				n.o.Poster.Post(v, func(err error) { n.posted(v, err) })
			}
		}
	}
}

// posted records whether a notification was shown. It may be called from any goroutine.
func (n *Notifier) posted(v Notification, err error) {
	n.mu.Lock()
	first := !n.denied
	n.denied = errors.Is(err, ErrDenied)
	before := n.missed
	switch {
	case err != nil:
		n.missed = v
	case !n.missed.At.After(v.At):
		n.missed = Notification{}
	}
	changed := n.missed != before
	n.mu.Unlock()
	switch {
	case err == nil:
	case !errors.Is(err, ErrDenied):
		n.o.Log.Warn("posting a notification failed", "title", v.Title, "error", err)
	case first:
		n.o.Log.Info("notifications are shown in the menu only", "reason", err)
	}
	if changed {
		n.o.Changed()
	}
}

// settle drops a notification that was not shown once it no longer holds.
func (n *Notifier) settle(id string) {
	n.mu.Lock()
	settled := n.missed.ID == id && id != ""
	if settled {
		n.missed = Notification{}
	}
	n.mu.Unlock()
	if settled {
		n.o.Changed()
	}
}
