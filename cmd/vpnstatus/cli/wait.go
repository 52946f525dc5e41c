package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"vpnstatus/internal/app"
	"vpnstatus/internal/autoconnect"
	"vpnstatus/internal/engine"
	"vpnstatus/internal/vpn"
)

// causeGrace is how long a failed start is given to name its cause, which
// arrives some milliseconds after the status, or never.
const causeGrace = 700 * time.Millisecond

// goal is what a command waits for.
type goal int

const (
	goalUp   goal = iota // connected
	goalDown             // disconnected
)

func (g goal) String() string {
	if g == goalUp {
		return "connected"
	}
	return "disconnected"
}

// waiter follows one service until its goal is reached or out of reach.
type waiter struct {
	id        vpn.ID
	name      string
	goal      goal
	commanded time.Time // when this program asked for it; zero: it only looks on
	connected bool      // it was connecting since then
	failed    time.Time // when it was first seen down again
	done      bool
}

// newWaiter returns a waiter that has taken in how the service is now.
func newWaiter(v *engine.Service, g goal, commanded bool) *waiter {
	w := &waiter{id: v.ID, name: v.Name, goal: g}
	if commanded {
		w.commanded = time.Now()
	}
	w.done = w.reached(v)
	return w
}

func (w *waiter) reached(v *engine.Service) bool {
	if w.goal == goalUp {
		return v.Status == vpn.Connected
	}
	return v.Known && (v.Status == vpn.Disconnected || v.Status == vpn.Invalid)
}

// observe takes in an update. The error says that the goal is out of reach.
func (w *waiter) observe(u engine.Update, now time.Time) error {
	v := u.Snapshot.Service(w.id)
	if v == nil {
		return fmt.Errorf("%q was removed: %w", w.name, &vpn.NotFoundError{Query: w.name})
	}
	w.connected = w.connected || slices.ContainsFunc(u.Events, func(e engine.Event) bool {
		return e.ID == w.id && e.Kind == engine.EventStatus && e.To == vpn.Connecting.String()
	})
	return w.look(v, now)
}

// look takes in how the service is.
func (w *waiter) look(v *engine.Service, now time.Time) error {
	if w.done = w.reached(v); w.done || w.goal == goalDown {
		return nil
	}
	if v.Policy.State == autoconnect.NeedsUser && !v.Policy.Since.Before(w.commanded) {
		return &needsUserError{w.name, v.Policy.Reason.Words(now, time.Local)}
	}
	w.connected = w.connected || v.Status.InTransition()
	// A start of ours that failed and that nobody repeats?
	if w.commanded.IsZero() || !w.connected || v.Status != vpn.Disconnected || retries(v.Policy.State) {
		w.failed = time.Time{}
		return nil
	}
	if w.failed.IsZero() {
		w.failed = now
	}
	if now.Sub(w.failed) < causeGrace && !v.Info.Cause.Known() {
		return nil
	}
	return failure(v)
}

// retries reports whether Auto Connect will try again by itself.
func retries(s autoconnect.State) bool {
	switch s {
	case autoconnect.Settling, autoconnect.Connecting, autoconnect.Backoff, autoconnect.Recycling, autoconnect.Waiting, autoconnect.Slow:
		return true
	}
	return false
}

// failure is the error of a start that ended in Disconnected.
func failure(v *engine.Service) error {
	if v.Info.Cause.NeedsUser() {
		return &needsUserError{v.Name, v.Info.Cause.String()}
	}
	if v.Info.Cause.Known() {
		return fmt.Errorf("%q did not connect: %s", v.Name, v.Info.Cause)
	}
	return fmt.Errorf("%q did not connect, and the system does not say why", v.Name)
}

// await waits until all goals are reached. A limit of zero waits for ever.
func await(ctx context.Context, s app.Services, sub *engine.Subscription, waits []*waiter, limit time.Duration) error {
	var timeout <-chan time.Time
	if limit > 0 {
		t := time.NewTimer(limit)
		defer t.Stop()
		timeout = t.C
	}
	// Looks again while a failed start has not told its cause.
	again := time.NewTicker(causeGrace)
	defer again.Stop()
	open := func() *waiter {
		if i := slices.IndexFunc(waits, func(w *waiter) bool { return !w.done }); i >= 0 {
			return waits[i]
		}
		return nil
	}
	for open() != nil {
		var u engine.Update
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-timeout:
			w := open()
			return &timeoutError{fmt.Sprintf("%q was not %s", w.name, w.goal), limit}
		case got, ok := <-sub.C():
			if !ok {
				return fmt.Errorf("watching: %w", cmpErr(sub.Err(), errEnded))
			}
			u = got
		case <-again.C:
			u.Snapshot = s.Latest()
		}
		for _, w := range waits {
			if w.done {
				continue
			}
			if err := w.observe(u, time.Now()); err != nil {
				return err
			}
		}
	}
	return nil
}

var errEnded = errors.New("VPNStatus has ended")

// cmpErr returns err, or instead if it is nil.
func cmpErr(err, instead error) error {
	if err != nil {
		return err
	}
	return instead
}
