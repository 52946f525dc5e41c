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

// ErrDenied tells that the person does not want notifications of this program.
// That is their right and no fault: the menu tells instead.
var ErrDenied = errors.New("notifications are not allowed for VPNStatus in the system's settings")

// Poster shows notifications. Both methods are called from one goroutine and
// return soon; what takes time they do beside it.
type Poster interface {
	// Post shows a notification, in place of one with the same ID. The error
	// wraps ErrDenied when the person has switched notifications off.
	Post(Notification) error
	// Withdraw takes a notification away that no longer holds. One that is not
	// there is no error.
	Withdraw(id string)
}

// Logged is a Poster that writes to the log, for systems without notifications.
type Logged struct{ Log *slog.Logger }

// Post writes the notification to the log.
func (l Logged) Post(n Notification) error {
	l.Log.Info("notification", "id", n.ID, "title", n.Title, "body", n.Body, "sound", n.Sound)
	return nil
}

// Withdraw writes the end of a notification to the log.
func (l Logged) Withdraw(id string) { l.Log.Debug("notification withdrawn", "id", id) }

// Options are what a Notifier is made of.
type Options struct {
	Source   engine.Source
	Settings func() settings.Settings // those in force
	Poster   Poster
	Location *time.Location // for times of day; nil: time.Local
	Log      *slog.Logger   // nil: no log
	Changed  func()         // Missed answers otherwise than before; nil: nobody asks
}

// Notifier tells a person what happens. Create it with New, then call Run once.
type Notifier struct {
	o Options

	denied bool // logged already

	mu     sync.Mutex
	missed Notification // the last one that could not be posted; zero: none
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

// Missed returns the last notification that could not be posted, for screens to
// show instead; ok is false when there is none. It may be called from any
// goroutine.
func (n *Notifier) Missed() (last Notification, ok bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.missed, n.missed.ID != ""
}

// Run tells what happens until ctx or the source ends. What is not told by then
// is dropped: a program that ends has nothing to say.
func (n *Notifier) Run(ctx context.Context) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	updates := engine.Updates(ctx, n.o.Source)
	var f Folder
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		timer.Stop()
		if d := f.Deadline(); !d.IsZero() {
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
				f = Folder{shown: f.shown, opened: f.opened}
			}
			f.Add(u.Events, time.Now())
		case <-timer.C:
			tell, stale := f.Take(n.o.Settings(), time.Now(), n.o.Location)
			for _, id := range stale {
				n.o.Poster.Withdraw(id)
				n.settle(id)
			}
			for _, v := range tell {
				n.post(v)
			}
		}
	}
}

func (n *Notifier) post(v Notification) {
	err := n.o.Poster.Post(v)
	switch {
	case err == nil:
		n.miss(Notification{})
		n.denied = false
		return
	case !errors.Is(err, ErrDenied):
		n.o.Log.Warn("posting a notification failed", "title", v.Title, "error", err)
	case !n.denied:
		n.denied = true
		n.o.Log.Info("notifications are told in the menu alone", "reason", err)
	}
	n.miss(v)
}

// miss keeps what could not be posted; zero: nothing.
func (n *Notifier) miss(v Notification) {
	n.mu.Lock()
	before := n.missed
	n.missed = v
	n.mu.Unlock()
	if before != v {
		n.o.Changed()
	}
}

// settle forgets what could not be posted once it no longer holds.
func (n *Notifier) settle(id string) {
	if last, ok := n.Missed(); ok && last.ID == id {
		n.miss(Notification{})
	}
}
