package appkit

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"vpnstatus/internal/engine"
	"vpnstatus/internal/menubar"
)

// drawEvery is the shortest time between two drawings. A text that changes more
// than twenty times a second can't be read.
const drawEvery = 50 * time.Millisecond

// renderer keeps the menu up to date. Its goroutine waits for changes, makes
// the main thread build and patch the menu and waits until that is done, so
// that at most one drawing is under way.
type renderer struct {
	o      Options
	onMain func(func())
	wake   chan struct{} // one value: something may look different now
	open   atomic.Bool   // the menu is open

	mu         sync.Mutex
	loginState menubar.LoginItem

	// The fields below belong to the main thread.
	menu    *shownMenu // nil before the app has launched
	release func()
	drawn   func() // called after each drawing; may be nil
}

// refresh draws the menu as it is now and returns it. Main thread.
func (r *renderer) refresh() menubar.Menu {
	env := r.o.Env
	env.Login = r.loginNow()
	m := menubar.Build(r.o.Source.Latest(), r.o.Settings(), env, time.Now().Round(0))
	r.menu.show(m)
	if r.drawn != nil {
		r.drawn()
	}
	return m
}

// kick requests a drawing soon.
func (r *renderer) kick() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// opened and closed follow the menu. Main thread.
func (r *renderer) opened() {
	if r.open.Swap(true) {
		return
	}
	r.release = r.o.Source.Attend()
	r.refreshLogin()
	r.kick()
}

func (r *renderer) closed() {
	if !r.open.Swap(false) {
		return
	}
	r.release()
	r.release = nil
	r.kick()
}

// refreshLogin asks the system about the login item, which the user can change
// in System Settings at any time. It may talk to another process, so it is not
// done on the main thread.
func (r *renderer) refreshLogin() { go r.askLogin() }

// loginNow returns the system's last answer about the login item.
func (r *renderer) loginNow() menubar.LoginItem {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.loginState
}

// askLogin returns once the system has answered.
func (r *renderer) askLogin() {
	if r.o.Login == nil {
		return
	}
	state := r.o.Login()
	r.mu.Lock()
	changed := state != r.loginState
	r.loginState = state
	r.mu.Unlock()
	if changed {
		r.kick()
	}
}

// run draws until ctx ends.
func (r *renderer) run(ctx context.Context) {
	ctx, cancel := context.WithCancel(ctx)
	var following sync.WaitGroup
	defer following.Wait()
	defer cancel()
	following.Go(func() { r.follow(ctx) })
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for ctx.Err() == nil {
		var m menubar.Menu
		done := make(chan struct{})
		r.onMain(func() { defer close(done); m = r.refresh() })
		select {
		case <-done:
		case <-ctx.Done():
			return
		}
		timer.Reset(drawEvery)
		select {
		case <-timer.C:
		case <-ctx.Done():
		}
		if at := r.next(m); at.IsZero() {
			timer.Stop()
		} else {
			timer.Reset(max(0, time.Until(at)))
		}
		select {
		case <-r.wake:
		case <-timer.C:
		case <-ctx.Done():
		}
	}
}

// next returns when a visible text changes by the clock.
func (r *renderer) next(m menubar.Menu) time.Time {
	at := m.Status.Refresh
	if r.open.Load() && !m.Refresh.IsZero() && (at.IsZero() || m.Refresh.Before(at)) {
		at = m.Refresh
	}
	return at
}

// follow requests a drawing at each update. The content of the update does not
// matter, because the newest snapshot is drawn.
func (r *renderer) follow(ctx context.Context) {
	err := engine.Follow(ctx, r.o.Source, func(u engine.Update) {
		if u.Missed {
			r.o.Log.Info("the menu fell behind and starts again")
		}
		r.kick()
	})
	if ctx.Err() == nil && !errors.Is(err, engine.ErrClosed) {
		r.o.Log.Warn("the menu no longer follows what happens", "error", err)
	}
}
