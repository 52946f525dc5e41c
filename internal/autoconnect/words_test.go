package autoconnect

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strings"
	"testing"
	"time"

	"vpnstatus/internal/facts"
	"vpnstatus/internal/vpn"
)

// TestEveryKeyHasWords reads the constants of reasons.go, so that a new one
// can't be forgotten.
func TestEveryKeyHasWords(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "reasons.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	ast.Inspect(file, func(node ast.Node) bool {
		if l, ok := node.(*ast.BasicLit); ok && l.Kind == token.STRING {
			n++
			key := Key(strings.Trim(l.Value, `"`))
			if words[key] == "" {
				t.Errorf("%q has no words", key)
			}
			for _, r := range []Reason{{Key: key}, {Key: key, Cause: vpn.Cause{Family: vpn.FamilyVPN, Code: 25}, Rule: "R", Other: "O", Until: Forever}} {
				if w := r.Words(t0, time.UTC); w == "" || strings.ContainsAny(w, "%") || strings.HasSuffix(w, ":") {
					t.Errorf("%q reads %q", key, w)
				}
			}
		}
		return true
	})
	if n != len(words) || len(Keys()) != n {
		t.Errorf("%d keys, %d with words", n, len(words))
	}
}

func TestWords(t *testing.T) {
	berlin := time.FixedZone("CET", 3600)
	for _, c := range []struct {
		reason Reason
		want   string
	}{
		{Reason{Key: KeyHeldUser, Until: Forever}, "Held: you disconnected it, until you connect or resume"},
		{Reason{Key: KeyHeldUser, Until: Until{Time: t0.Add(time.Hour)}}, "Held: you disconnected it, until 14:00"},
		{Reason{Key: KeyHeldUser, Until: Until{Time: t0.Add(12 * time.Hour)}}, "Held: you disconnected it, until tomorrow 01:00"},
		{Reason{Key: KeyHeldForeign, Until: Until{Time: t0.AddDate(0, 0, 3)}}, "Held: it was disconnected outside VPNStatus, until Thursday 13:00"},
		{Reason{Key: KeyPaused, Until: Until{Time: t0.AddDate(0, 0, 2)}}, "Auto Connect is paused, until Wednesday 13:00"},
		{Reason{Key: KeyPaused, Until: Until{Time: t0.AddDate(0, 0, 6)}}, "Auto Connect is paused, until Sunday 13:00"},
		{Reason{Key: KeyPaused, Until: Until{Time: t0.AddDate(0, 0, 7)}}, "Auto Connect is paused, until 9 November 2026 13:00"}, // not today, Monday
		{Reason{Key: KeyPaused, Until: Until{Time: t0.AddDate(0, 2, 0)}}, "Auto Connect is paused, until 2 January 2027 13:00"},
		{Reason{Key: KeyPaused, Until: Until{Time: t0.AddDate(100, 0, 0)}}, "Auto Connect is paused, until 2 November 2126 13:00"},
		{Reason{Key: KeyPaused, Until: Until{Time: t0.AddDate(500, 0, 0)}}, "Auto Connect is paused, until you connect or resume"},
		{Reason{Key: KeyPaused, Until: Until{Time: t0.AddDate(0, 0, -1)}}, "Auto Connect is paused, until 1 November 2026 13:00"},
		{Reason{Key: KeyPaused, Until: Until{Network: facts.Network{Interface: facts.WiFi, SSID: "Home"}}}, "Auto Connect is paused, until the network changes"},
		{Reason{Key: KeyPaused, Until: Until{Network: facts.Network{Interface: facts.WiFi}, Time: t0}}, "Auto Connect is paused, until 13:00 or until the network changes"},
		{Reason{Key: KeyBackoffDropped}, "The connection dropped"},
		{Reason{Key: KeyBackoffDropped, Cause: vpn.Cause{Family: vpn.FamilyVPN, Code: 20}}, "The connection dropped: the server did not respond"},
		{Reason{Key: KeyWaitingRule, Rule: "At home"}, "Left off by the rule “At home”"},
		{Reason{Key: KeyNeedsCertificate}, "Action needed: its certificate is not valid"},
		{Reason{Key: KeyNeedsCertificate, Cause: vpn.Cause{Family: vpn.FamilyVPN, Code: 27}}, "Action needed: the client certificate has expired"},
		{Reason{Key: KeyManual}, "Auto Connect is off"},
		{Reason{Key: "of.later"}, "of.later"},
	} {
		if got := c.reason.Words(t0, berlin); got != c.want {
			t.Errorf("%+v reads %q, want %q", c.reason, got, c.want)
		}
	}
}
