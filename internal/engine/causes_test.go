package engine

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"time"

	"vpnstatus/internal/vpn"
)

// causeLog is a log handler that keeps what the policy learned about the causes
// of ends, and when.
type causeLog struct {
	start time.Time // zero: of the first
	got   []string  // "1s: the server did not respond", or "5s: no answer"
}

func (c *causeLog) Enabled(context.Context, slog.Level) bool { return true }
func (c *causeLog) WithAttrs([]slog.Attr) slog.Handler       { return c }
func (c *causeLog) WithGroup(string) slog.Handler            { return c }

func (c *causeLog) Handle(_ context.Context, r slog.Record) error {
	if r.Message != "cause" {
		return nil
	}
	if c.start.IsZero() {
		c.start = r.Time
	}
	what := "no answer"
	r.Attrs(func(a slog.Attr) bool {
		switch {
		case a.Key == "cause" && a.Value.String() != "":
			what = a.Value.String()
		case a.Key == "answered" && a.Value.Bool() && what == "no answer":
			what = "no cause"
		}
		return true
	})
	c.got = append(c.got, fmt.Sprintf("%v: %s", r.Time.Sub(c.start), what))
	return nil
}

// later makes the session answer questions for details after d.
func (s *fakeSession) later(d time.Duration) {
	s.b.mu.Lock()
	defer s.b.mu.Unlock()
	s.slow = func() time.Duration { return d }
}

func TestThePolicyLearnsTheCauseOfEachEndOnce(t *testing.T) {
	// asked has it drop; the question for the cause is answered in two seconds.
	asked := func(x *bench, s *fakeSession) {
		s.later(3 * time.Second)
		s.drop(vpn.StopServerDead)
		x.after(time.Second)
	}
	for _, c := range []struct {
		name  string
		first vpn.Status
		play  func(x *bench, s *fakeSession)
		want  []string
	}{
		{"down from the beginning", vpn.Disconnected, func(*bench, *fakeSession) {}, []string{"0s: no cause"}},
		{"a cause", vpn.Connected, func(_ *bench, s *fakeSession) { s.drop(vpn.StopServerDead) }, []string{"0s: the server is going down"}},
		{"no cause", vpn.Connected, func(_ *bench, s *fakeSession) { s.set(vpn.Disconnected) }, []string{"0s: no cause"}},
		{"a late answer", vpn.Connected, func(_ *bench, s *fakeSession) {
			s.later(3 * time.Second)
			s.drop(vpn.StopServerDead)
		}, []string{"3s: the server is going down"}},
		{"a question that is never answered", vpn.Connected, func(_ *bench, s *fakeSession) {
			s.later(time.Hour)
			s.drop(vpn.StopServerDead)
		}, []string{"5s: no answer"}},
		{"a question that waits for another that is never answered", vpn.Connected, func(x *bench, s *fakeSession) {
			s.later(time.Hour)
			s.set(vpn.Connected) // the details changed: they are asked for
			x.after(time.Second)
			s.later(0)
			s.drop(vpn.StopServerDead)
		}, []string{"5s: the server is going down"}},
		{"an answer to a question from before the end", vpn.Connected, func(x *bench, s *fakeSession) {
			s.later(3 * time.Second)
			s.set(vpn.Connected)
			x.after(time.Second)
			s.drop(vpn.StopServerDead) // the first answer has the cause already, but need not have it
		}, []string{"6s: the server is going down"}},
		{"an answer that comes when it is up again", vpn.Connected, func(x *bench, s *fakeSession) {
			asked(x, s)
			s.set(vpn.Connecting)
			s.set(vpn.Connected)
		}, []string{"3s: the server is going down"}},
		{"a second end before the answer to the first", vpn.Connected, func(x *bench, s *fakeSession) {
			asked(x, s)
			s.set(vpn.Connected)
			s.drop(vpn.StopNotResponding)
		}, []string{"1s: no answer", "6s: the server did not respond"}},
		{"three ends while nothing is answered", vpn.Connected, func(x *bench, s *fakeSession) {
			s.later(time.Hour)
			for range 3 {
				s.drop(vpn.StopServerDead)
				x.after(time.Second)
				s.set(vpn.Connected)
			}
		}, []string{"1s: no answer", "2s: no answer", "10s: no answer"}},
		{"details that change afterwards", vpn.Connected, func(x *bench, s *fakeSession) {
			s.drop(vpn.StopServerDead)
			x.after(time.Second)
			s.drop(vpn.StopNotResponding) // an event without another status
		}, []string{"0s: the server is going down"}},
		{"a status that is repeated", vpn.Connected, func(x *bench, s *fakeSession) {
			s.drop(vpn.StopServerDead)
			x.after(3 * safetyTick)
		}, []string{"0s: the server is going down"}},
		{"a VPN that is removed before the answer", vpn.Connected, func(x *bench, s *fakeSession) {
			asked(x, s)
			x.backend.edit(func([]vpn.Configuration) []vpn.Configuration { return nil })
		}, nil},
		{"a VPN that is removed and comes back before the answer", vpn.Connected, func(x *bench, s *fakeSession) {
			asked(x, s)
			list := x.backend.list
			x.backend.edit(func([]vpn.Configuration) []vpn.Configuration { return nil })
			x.after(time.Second)
			x.backend.edit(func([]vpn.Configuration) []vpn.Configuration { return list })
		}, []string{"5s: the server is going down"}}, // to the question that the new record asked
	} {
		t.Run(c.name, func(t *testing.T) {
			log := &causeLog{}
			b := newFake("Office")
			b.first, b.log = c.first, log
			run(t, b, nil, func(x *bench) {
				log.start = time.Now() // virtual
				if c.first != vpn.Disconnected {
					log.got = nil
				}
				c.play(x, x.session(0))
				x.after(time.Hour)
				if !slices.Equal(log.got, c.want) {
					t.Errorf("the policy learned %q, want %q", log.got, c.want)
				}
			})
		})
	}
}
