package appkit

import (
	"fmt"
	"strings"
	"testing"

	"vpnstatus/internal/engine"
	"vpnstatus/internal/menubar"
	"vpnstatus/internal/menubar/situation"
	"vpnstatus/internal/vpn"
)

func windowOf(login menubar.LoginItem, services ...*engine.Service) window {
	return settingsWindow(built{snapshot: situation.Snapshot(services...), login: login}, "1.2.3", "/Users/me/settings.json")
}

func TestWindowControlsLieInsideAndApart(t *testing.T) {
	var many []*engine.Service
	for i := range 40 {
		many = append(many, situation.Service(i, fmt.Sprintf("Service %d", i)))
	}
	for name, w := range map[string]window{
		"no service":     windowOf(menubar.LoginUnavailable),
		"one service":    windowOf(menubar.LoginOff, many[0]),
		"forty services": windowOf(menubar.LoginApproval, many...),
	} {
		t.Run(name, func(t *testing.T) {
			for i, c := range w.controls {
				f := c.frame
				if f.x < 0 || f.y < 0 || f.x+f.w > w.w || f.y+f.h > w.h || f.w <= 0 || f.h <= 0 {
					t.Errorf("%s lies outside: %+v in %gx%g", c.id, f, w.w, w.h)
				}
				for _, o := range w.controls[:i] {
					g := o.frame
					if f.x < g.x+g.w && g.x < f.x+f.w && f.y < g.y+g.h && g.y < f.y+f.h {
						t.Errorf("%s and %s overlap", c.id, o.id)
					}
				}
			}
			if w.h > 600 {
				t.Errorf("the window is %g points high: too much for a small screen", w.h)
			}
		})
	}
}

func TestWindowTellsTheServices(t *testing.T) {
	hidden := situation.Service(3, "Hidden")
	hidden.Hidden = true
	unknown := situation.Service(4, "Lab")
	unknown.Known = false
	bad := situation.Service(5, "a\x00\xff")
	w := windowOf(menubar.LoginOn,
		situation.Service(1, "Office", situation.Auto, situation.Status(vpn.Connected)), situation.Service(2, ""), hidden, unknown, bad)
	var text []string
	for _, c := range w.controls {
		text = append(text, c.text)
	}
	all := strings.Join(text, "\n")
	for _, want := range []string{"VPNStatus 1.2.3", "Office: Connected, Auto Connect", "VPN without a Name: Disconnected", "Lab: …", "Settings: /Users/me/settings.json", "Launch at Login"} {
		if !strings.Contains(all, want) {
			t.Errorf("%q is not said in\n%s", want, all)
		}
	}
	if strings.Contains(all, "Hidden") || strings.ContainsRune(all, 0) {
		t.Errorf("a hidden service or a NUL is shown:\n%s", all)
	}
}

func TestWindowWithoutServicesSaysWhy(t *testing.T) {
	hidden := situation.Service(1, "Office")
	hidden.Hidden = true
	notLoaded := *situation.Snapshot()
	notLoaded.Loaded = false
	for want, s := range map[string]*engine.Snapshot{
		"No VPN is set up on this Mac.": situation.Snapshot(),
		"All VPN services are hidden.":  situation.Snapshot(hidden),
		"Looking for VPN services…":     &notLoaded,
	} {
		if got := serviceLines(s); len(got) != 1 || got[0] != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestWindowKeepsItsControlsWhenOnlyValuesChange(t *testing.T) {
	down := windowOf(menubar.LoginOff, situation.Service(1, "Office"))
	up := windowOf(menubar.LoginOn, situation.Service(1, "Office", situation.Status(vpn.Connected)))
	if !sameControls(down, up) {
		t.Error("a changed status makes new controls")
	}
	if sameControls(down, windowOf(menubar.LoginOff, situation.Service(1, "Office"), situation.Service(2, "Home"))) {
		t.Error("one more service makes no new controls")
	}
}
