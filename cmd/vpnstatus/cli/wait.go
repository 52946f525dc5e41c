package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"vpnstatus/internal/autoconnect"
	"vpnstatus/internal/engine"
	"vpnstatus/internal/plaintext"
	"vpnstatus/internal/vpn"
)

// waitFlag adds --wait[=TIME] and returns its value, 0 if not given.
func waitFlag(c *cobra.Command) *time.Duration {
	wait := new(time.Duration)
	c.Flags().VarP((*duration)(wait), "wait", "w", "wait until it is done, up to `TIME` (--wait=2m; a bare number is seconds)")
	c.Flags().Lookup("wait").NoOptDefVal = defaultWait.String()
	cobra.CheckErr(c.RegisterFlagCompletionFunc("wait", words(waitChoices...)))
	c.PreRunE = func(c *cobra.Command, _ []string) error {
		if c.Flags().Changed("wait") && *wait <= 0 {
			return usage("--wait=%s: the time must be above 0", *wait)
		}
		return nil
	}
	return wait
}

// duration is a flag that reads what plaintext.Duration does; a bare number is
// seconds.
type duration time.Duration

func (d *duration) Type() string { return "duration" }

// String returns "0" rather than "0s", which help hides as a default.
func (d *duration) String() string {
	if *d == 0 {
		return "0"
	}
	return time.Duration(*d).String()
}

func (d *duration) Set(s string) error {
	v, err := plaintext.DurationIn(s, time.Second)
	*d = duration(v)
	return err
}

// causeGrace is how long to wait for the cause of a failed start, which
// arrives some milliseconds after the status, or never.
const causeGrace = 700 * time.Millisecond

// waiter follows one service until its goal is reached or can't be reached any
// more.
type waiter struct {
	id     vpn.ID
	name   string
	goal   vpn.Status // Connected or Disconnected
	asked  time.Time  // when this program asked for it; zero if it only watches
	tried  bool       // it was connecting since then
	failed time.Time  // when it was first seen down again
	done   bool
}

func newWaiter(v *engine.Service, goal vpn.Status, asked time.Time) *waiter {
	w := &waiter{id: v.ID, name: v.DisplayName(), goal: goal, asked: asked}
	w.done = w.reached(v)
	return w
}

func (w *waiter) reached(v *engine.Service) bool {
	return v.Known && (v.Status == w.goal || w.goal == vpn.Disconnected && v.Status == vpn.Invalid)
}

// update handles an update. It returns an error if the goal can't be reached
// any more.
func (w *waiter) update(u engine.Update, now time.Time) error {
	v := u.Snapshot.Service(w.id)
	if v == nil {
		return fmt.Errorf("%q was removed: %w", w.name, &vpn.NotFoundError{Query: w.name})
	}
	w.tried = w.tried || v.Status.InTransition() || slices.ContainsFunc(u.Events, func(e engine.Event) bool {
		return e.ID == w.id && e.Kind == engine.EventStatus && e.To == vpn.Connecting.String()
	})
	if w.done = w.reached(v); w.done || w.goal == vpn.Disconnected {
		return nil
	}
	if v.Policy.State == autoconnect.NeedsUser && !v.Policy.Since.Before(w.asked) {
		return needsUser(w.name, v.Policy.Reason.Words(now, time.Local))
	}
	// The start failed, and Auto Connect will not repeat it.
	if w.asked.IsZero() || !w.tried || v.Status != vpn.Disconnected || retries(v.Policy.State) {
		w.failed = time.Time{}
		return nil
	}
	if w.failed.IsZero() {
		w.failed = now
	}
	switch cause := v.Info.Cause; {
	case cause.NeedsUser():
		return needsUser(w.name, cause.String())
	case cause.Known():
		return fmt.Errorf("%q did not connect: %s", w.name, cause)
	case now.Sub(w.failed) >= causeGrace:
		return fmt.Errorf("%q did not connect, and the system does not say why", w.name)
	}
	return nil
}

func needsUser(name, why string) error {
	return exitf(exitNeedsUser, "%q: action needed: %s", name, why)
}

// retries reports whether Auto Connect will try again by itself.
func retries(s autoconnect.State) bool {
	switch s {
	case autoconnect.Settling, autoconnect.Connecting, autoconnect.Backoff, autoconnect.Recycling, autoconnect.Waiting, autoconnect.Slow:
		return true
	}
	return false
}

// await waits until all goals are reached, forever if limit is 0.
func await(ctx context.Context, s *session, updates *engine.Subscription, waits []*waiter, limit time.Duration) error {
	var timeout <-chan time.Time
	if limit > 0 {
		t := time.NewTimer(limit)
		defer t.Stop()
		timeout = t.C
	}
	again := time.NewTicker(causeGrace) // looks again while a failed start has not named its cause
	defer again.Stop()
	for {
		waits = slices.DeleteFunc(waits, func(w *waiter) bool { return w.done })
		if len(waits) == 0 {
			return nil
		}
		var u engine.Update
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-timeout:
			return exitf(exitTimeout, "%q was not %s within %s", waits[0].name, strings.ToLower(waits[0].goal.String()), limit)
		case got, ok := <-updates.C():
			if !ok {
				return fmt.Errorf("watching: %w", updates.Err())
			}
			u = got
		case <-again.C:
			u.Snapshot = s.Latest()
		}
		for _, w := range waits {
			if err := w.update(u, time.Now()); err != nil {
				return err
			}
		}
	}
}
