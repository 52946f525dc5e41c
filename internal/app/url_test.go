package app

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"vpnstatus/internal/engine"
	"vpnstatus/internal/vpn"
	"vpnstatus/test/situation"
)

func office(status vpn.Status) *engine.Snapshot {
	return &engine.Snapshot{Loaded: true, Services: []*engine.Service{{Configuration: vpn.Configuration{ID: vpn.ID{1}, Name: "Office"}, Status: status, Known: true}}}
}

func TestLinksAskFirst(t *testing.T) {
	s := situation.NewSource(office(vpn.Disconnected))
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
	if err := l.follow(t.Context(), "vpnstatus://connect?name=Office"); err != nil || len(s.Commands()) != 0 {
		t.Errorf("after no: %v, %+v", err, s.Commands())
	}
	answer = true
	if err := l.follow(t.Context(), "vpnstatus://connect?name=Office"); err != nil || !slices.Equal(s.Commands(), []engine.Command{{Verb: engine.VerbConnect, ID: vpn.ID{1}, Origin: "url"}}) {
		t.Errorf("after yes: %v, %+v", err, s.Commands())
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

func TestLinkThatStartsTheAppWaitsForTheVPNs(t *testing.T) {
	for name, c := range map[string]struct {
		link  string
		after time.Duration // until the VPNs are known
		took  time.Duration
		want  string // the error; empty: none
	}{
		"they come":        {"vpnstatus://connect?name=Office", 3 * time.Second, 3 * time.Second, ""},
		"they never come":  {"vpnstatus://connect?name=Office", time.Hour, loadTime, "no VPN"},
		"it needs no VPNs": {"vpnstatus://open", time.Hour, 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := situation.NewSource(&engine.Snapshot{})
				timer := time.AfterFunc(c.after, func() { s.Publish(office(vpn.Disconnected)) })
				defer timer.Stop()
				l := &links{source: s, show: func() {}, ask: func(string, string, string) bool { return true }}
				began := time.Now()
				err := l.follow(t.Context(), c.link)
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
