package notify

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"vpnstatus/internal/engine"
	"vpnstatus/internal/settings"
	"vpnstatus/internal/vpn"
	"vpnstatus/test/situation"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// say publishes events.
func say(s *situation.Source, events ...engine.Event) { s.Publish(&engine.Snapshot{}, events...) }

// board is a poster that remembers, and refuses with err.
type board struct {
	changed atomic.Int32 // calls of Options.Changed
	mu      sync.Mutex
	err     error
	told    []string
}

func (b *board) Post(n Notification, done func(error)) {
	b.mu.Lock()
	b.told = append(b.told, n.Title+": "+n.Body)
	err := b.err
	b.mu.Unlock()
	done(err)
}

func (b *board) Withdraw(id string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.told = append(b.told, "withdraw "+short(id))
}

// said returns what was told so far.
func (b *board) said() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.told)
}

func (b *board) refuse(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.err = err
}

// notifier runs one until the test's end, in a bubble with a time of its own.
func notifier(t *testing.T, test func(n *Notifier, s *situation.Source, b *board, log *bytes.Buffer)) {
	synctest.Test(t, func(t *testing.T) {
		s, b, log := situation.NewSource(&engine.Snapshot{}), &board{}, &bytes.Buffer{}
		n := New(Options{
			Source: s, Settings: settings.Default, Poster: b, Location: time.UTC, Log: slog.New(slog.NewTextHandler(log, nil)),
			Changed: func() { b.changed.Add(1) },
		})
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			n.Run(ctx)
		}()
		synctest.Wait() // it has subscribed
		test(n, s, b, log)
		cancel()
		<-ended
	})
}

func TestNotifierTellsAfterTheWindow(t *testing.T) {
	notifier(t, func(_ *Notifier, s *situation.Source, b *board, _ *bytes.Buffer) {
		say(s, dropped(0, 1).event, dropped(0, 2).event)
		time.Sleep(window - time.Nanosecond)
		synctest.Wait()
		if len(b.said()) != 0 {
			t.Errorf("told too early: %q", b.said())
		}
		time.Sleep(time.Nanosecond)
		synctest.Wait()
		if want := []string{"2 VPNs dropped: VPN 1, VPN 2"}; !slices.Equal(b.said(), want) {
			t.Errorf("told %q, want %q", b.said(), want)
		}
	})
}

func TestNotifierWithdrawsAtOnce(t *testing.T) {
	notifier(t, func(_ *Notifier, s *situation.Source, b *board, _ *bytes.Buffer) {
		say(s, dropped(0, 1).event)
		time.Sleep(window)
		synctest.Wait()
		say(s, status(0, 1, vpn.Connecting, true).event)
		synctest.Wait()
		if len(b.said()) != 2 || b.said()[1] != "withdraw 01000000" {
			t.Errorf("told %q", b.said())
		}
	})
}

func TestRefusedNotificationsAreKeptForTheMenu(t *testing.T) {
	notifier(t, func(n *Notifier, s *situation.Source, b *board, log *bytes.Buffer) {
		b.refuse(fmt.Errorf("posting: %w", ErrDenied))
		for range 3 {
			say(s, dropped(0, 1).event)
			time.Sleep(window)
			synctest.Wait()
		}
		if last, ok := n.Missed(); !ok || last.Service != id(1) {
			t.Errorf("missed %+v, %t", last, ok)
		}
		if got := strings.Count(log.String(), "menu only"); got != 1 {
			t.Errorf("the denial was logged %d times", got)
		}
		before := b.changed.Load()
		say(s, status(0, 1, vpn.Connecting, true).event)
		synctest.Wait()
		if last, ok := n.Missed(); ok {
			t.Errorf("the user has taken care, still there is %+v", last)
		}
		if before == 0 || b.changed.Load() != before+1 {
			t.Errorf("the menu was told %d times before and %d times after", before, b.changed.Load())
		}
		b.refuse(nil)
		say(s, dropped(0, 1).event)
		time.Sleep(window)
		synctest.Wait()
		if last, ok := n.Missed(); ok {
			t.Errorf("posted, still there is %+v", last)
		}
	})
}

func TestRefusalAfterPostingIsKeptForTheMenu(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := New(Options{Poster: &board{}})
		first, second := Notification{ID: "a", At: start}, Notification{ID: "b", At: start.Add(time.Minute)}
		n.posted(second, fmt.Errorf("posting: %w", ErrDenied))
		n.posted(first, nil) // its outcome came late
		if last, ok := n.Missed(); !ok || last != second {
			t.Errorf("missed %+v, %t", last, ok)
		}
		n.posted(Notification{ID: "c", At: start.Add(time.Hour)}, nil)
		if last, ok := n.Missed(); ok {
			t.Errorf("a later one was shown, still there is %+v", last)
		}
	})
}

func TestNotifierSubscribesAgainWhenItFellBehind(t *testing.T) {
	notifier(t, func(_ *Notifier, s *situation.Source, b *board, _ *bytes.Buffer) {
		s.End(engine.ErrSlow)
		synctest.Wait()
		say(s, dropped(0, 1).event)
		time.Sleep(window)
		synctest.Wait()
		if len(b.said()) != 1 {
			t.Errorf("told %q", b.said())
		}
	})
}

func TestNotifierEndsWithItsSource(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := situation.NewSource(&engine.Snapshot{})
		n := New(Options{Source: s, Settings: settings.Default, Poster: &board{}})
		go func() {
			synctest.Wait()
			s.End(engine.ErrClosed)
		}()
		n.Run(t.Context())
	})
}

func TestLoggedWritesToTheLog(t *testing.T) {
	var log bytes.Buffer
	l := Logged{slog.New(slog.NewTextHandler(&log, nil))}
	l.Post(Notification{ID: "a", Title: "Office", Body: "Connected again"}, func(err error) {
		if err != nil {
			t.Error(err)
		}
	})
	l.Withdraw("a")
	if !strings.Contains(log.String(), "Connected again") {
		t.Errorf("log: %s", log.String())
	}
}
