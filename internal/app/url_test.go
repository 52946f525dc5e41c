package app

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"vpnstatus/internal/engine"
	"vpnstatus/internal/vpn"
)

// told is a source of one service that remembers its commands.
type told struct {
	engine.Snapshot
	commands []engine.Command
}

func (s *told) Latest() *engine.Snapshot                  { return &s.Snapshot }
func (s *told) Subscribe(buffer int) *engine.Subscription { return engine.NewSubscription(buffer, nil) }
func (s *told) Attend() func()                            { return func() {} }
func (s *told) Do(_ context.Context, c engine.Command) error {
	s.commands = append(s.commands, c)
	return nil
}

func TestLinksAskFirst(t *testing.T) {
	s := &told{}
	s.Loaded = true
	s.Services = []*engine.Service{{Configuration: vpn.Configuration{ID: vpn.ID{1}, Name: "Office"}, Status: vpn.Disconnected, Known: true}}
	shown, asked, answer := 0, "", false
	l := &links{source: s, show: func() { shown++ }}
	l.ask = func(question, _, button string) bool {
		asked = question + " " + button
		if err := l.follow(t.Context(), "vpnstatus://pause"); !errors.Is(err, errAsking) {
			t.Errorf("a second question at a time: %v", err)
		}
		return answer
	}
	if err := l.follow(t.Context(), "vpnstatus://open"); err != nil || shown != 1 || asked != "" {
		t.Errorf("%v, shown %d times, asked %q", err, shown, asked)
	}
	if err := l.follow(t.Context(), "vpnstatus://connect?name=Office"); err != nil || len(s.commands) != 0 {
		t.Errorf("after no: %v, %+v", err, s.commands)
	}
	answer = true
	if err := l.follow(t.Context(), "vpnstatus://connect?name=Office"); err != nil || len(s.commands) != 1 || s.commands[0] != (engine.Command{Verb: engine.VerbConnect, ID: vpn.ID{1}, Origin: "url"}) {
		t.Errorf("after yes: %v, %+v", err, s.commands)
	}
	if asked != "Connect “Office”? Connect" {
		t.Errorf("asked %q", asked)
	}
	asked = ""
	for url, want := range map[string]string{"vpnstatus://connect?name=Lab": "no VPN", "vpnstatus://connect": "needs the parameter", "http://x": "does not begin"} {
		if err := l.follow(t.Context(), url); err == nil || !strings.Contains(err.Error(), want) || asked != "" {
			t.Errorf("%s: %v, asked %q", url, err, asked)
		}
	}
}

// starting is a source that has no VPNs until list is called.
type starting struct {
	told
	sub *engine.Subscription
	now atomic.Pointer[engine.Snapshot]
}

func (s *starting) Latest() *engine.Snapshot           { return s.now.Load() }
func (s *starting) Subscribe(int) *engine.Subscription { return s.sub }

func (s *starting) list() {
	s.now.Store(&engine.Snapshot{Loaded: true, Services: []*engine.Service{{Configuration: vpn.Configuration{ID: vpn.ID{1}, Name: "Office"}, Known: true}}})
	s.sub.Publish(engine.Update{Snapshot: s.now.Load()})
}

func TestLinkThatStartsTheAppWaitsForTheVPNs(t *testing.T) {
	for name, c := range map[string]struct {
		after time.Duration // until the VPNs are known
		took  time.Duration
		want  string // the error; empty: none
	}{
		"they come":       {3 * time.Second, 3 * time.Second, ""},
		"they never come": {time.Hour, loadTime, "no VPN"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &starting{sub: engine.NewSubscription(4, nil)}
				s.now.Store(&engine.Snapshot{})
				timer := time.AfterFunc(c.after, s.list)
				defer timer.Stop()
				l := &links{source: s, ask: func(string, string, string) bool { return true }}
				began := time.Now()
				err := l.follow(t.Context(), "vpnstatus://connect?name=Office")
				if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
					t.Error(err)
				}
				if took := time.Since(began); took != c.took {
					t.Errorf("it took %s", took)
				}
			})
		})
	}
}
