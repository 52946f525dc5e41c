package doctor

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/uuid"

	"vpnstatus/internal/cocoa"
	"vpnstatus/internal/golden"
	"vpnstatus/internal/neconfig"
	"vpnstatus/internal/vpn"
)

// aMac is a Mac on which everything is as it should be.
func aMac() Report {
	return Report{
		Schema: 1, Version: "1.2.3", Go: "go1.26.8", Platform: "darwin/arm64",
		System:    System{Name: "macOS", Version: "26.4", Build: "25E100", Model: "Mac16,1"},
		Bundle:    Bundle{ID: "org.example.VPNStatus", Version: "1.2.3", Path: "/Applications/VPNStatus.app"},
		Signature: Signature{Identifier: "org.example.VPNStatus", AdHoc: true, Hardened: true, Entitlements: []string{"com.apple.security.personal-information.location"}},
		Daemon:    Daemon{Running: true, PID: 321, Statuses: []string{"invalid", "disconnected"}, Reasons: []string{"1 user"}},
		List: List{Loaded: true, Entries: []Configuration{
			{ID: uuid.MustParse("5CFB1D68-9B0D-4B5A-B5E5-0B4E0E3A1D11"), Name: "Office", Protocol: vpn.IKEv2, Enabled: true, OnDemand: true, Managed: true, Shown: true},
			{ID: uuid.MustParse("0D2A1C1E-7B0F-4B9C-9C43-3C5F5D0F9A22"), Name: "LuLu", App: "com.objective-see.lulu", Why: "it is no VPN: contentFilter"},
		}},
		Location: locationAnswer(3), Login: loginAnswer(1),
		Settings: "/Users/x/settings.json", Socket: "/Users/x/socket",
		Parts: []Presence{
			{Part: cocoa.Part{Kind: cocoa.Symbol, Name: "ne_session_get_info2", For: "VPN details", Optional: true}},
			{Part: cocoa.Part{Kind: cocoa.Class, Name: "NEConfigurationManager", For: "VPN list"}, Present: true},
			{Part: cocoa.Part{Kind: cocoa.Symbol, Name: "ne_session_create", For: "VPN sessions"}, Present: true},
		},
	}
}

// broken is one on which nothing is.
func broken() Report {
	r := aMac()
	r.System = System{Name: "macOS", Translated: true}
	r.Version, r.Settings, r.Socket = "", "", ""
	r.Bundle.Translocated = true
	r.Signature.Entitlements = []string{"com.apple.security.app-sandbox"}
	r.Signature.AdHoc, r.Signature.Team = false, "ABCDE12345"
	r.Daemon = Daemon{Problem: "VPN sessions: this system lacks the symbol ne_session_manager_is_running"}
	r.List = List{Problem: "loading the VPN configurations failed: permission was denied (NEConfigurationErrorDomain 10)"}
	r.Location, r.Login = locationAnswer(2), loginAnswer(2)
	r.Parts[1].Present, r.Parts[2].Present = false, false
	return r
}

func TestText(t *testing.T) {
	bare := Report{Version: "1.2.3", Go: "go1.26.8", Platform: "darwin/amd64", System: System{Name: "macOS"}, Signature: Signature{Problem: "the program is not signed"}}
	for name, r := range map[string]Report{"healthy": aMac(), "broken": broken(), "bare": bare,
		"elsewhere": {Version: "1.2.3", Go: "go1.26.8", Platform: "linux/amd64", Settings: "/s", Socket: "/c"}} {
		t.Run(name, func(t *testing.T) {
			r.Problems = problems(r)
			var out bytes.Buffer
			if err := r.WriteText(&out); err != nil {
				t.Fatal(err)
			}
			golden.Check(t, name+".txt", out.String())
		})
	}
}

func TestProblems(t *testing.T) {
	for _, c := range []struct {
		name string
		edit func(*Report)
		want []string // parts of the problems, in order
	}{
		{"nothing is wrong", func(*Report) {}, nil},
		{"not a Mac", func(r *Report) { *r = Report{} }, []string{"not macOS"}},
		{"a missing part names itself and its feature", func(r *Report) { r.Parts[2].Present = false }, []string{"VPN sessions: this system lacks ne_session_create"}},
		{"an optional part may be missing", func(r *Report) { r.Parts[0].Present = false }, nil},
		{"the sandbox", func(r *Report) { r.Signature.Entitlements = []string{"com.apple.security.app-sandbox"} }, []string{"App Sandbox"}},
		{"another entitlement", func(r *Report) { r.Signature.Entitlements = []string{"com.apple.security.network.client"} }, nil},
		{"run from the downloads", func(r *Report) { r.Bundle.Translocated = true }, []string{"Applications folder"}},
		{"the daemon does not run", func(r *Report) { r.Daemon = Daemon{} }, nil},
		{"not signed", func(r *Report) { r.Signature = Signature{Problem: "the program is not signed"} }, nil},
		{"location was never asked for", func(r *Report) { r.Location = locationAnswer(0) }, nil},
		{"location is denied and the list fails", func(r *Report) { r.Location, r.List.Problem = locationAnswer(2), "the list failed" }, []string{"the list failed", "location: denied"}},
		{"the login item waits", func(r *Report) { r.Login = loginAnswer(2) }, []string{"login item: waits"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := aMac()
			c.edit(&r)
			got := problems(r)
			if len(got) != len(c.want) {
				t.Fatalf("problems = %q", got)
			}
			for i, w := range c.want {
				if !strings.Contains(got[i], w) {
					t.Errorf("%q lacks %q", got[i], w)
				}
			}
			r.Problems = got
			if r.Failed() != (len(c.want) > 0) {
				t.Error("Failed does not fit")
			}
		})
	}
}

func TestStatesInWords(t *testing.T) {
	for n, want := range []string{"not asked", "restricted", "denied", "allowed", "allowed", "unknown state 5"} {
		if got := locationAnswer(n).State; !strings.Contains(got, want) {
			t.Errorf("location %d = %q", n, got)
		}
	}
	for n, want := range []string{"off", "on", "approval", "off", "unknown state 4"} {
		if got := loginAnswer(n).State; !strings.Contains(got, want) {
			t.Errorf("login item %d = %q", n, got)
		}
	}
	var s Signature
	if s.setFlags(0x10002); !s.AdHoc || !s.Hardened {
		t.Errorf("signature = %+v", s)
	}
	for _, c := range []struct {
		d    Daemon
		want string
	}{{Daemon{Running: true}, "running"}, {Daemon{}, "normal"}, {Daemon{Problem: "x"}, "not known: x"}} {
		if !strings.Contains(c.d.String(), c.want) {
			t.Errorf("daemon = %q", c.d)
		}
	}
	if got := (Signature{}).String(); got != "without identifier, no entitlements" {
		t.Errorf("signature = %q", got)
	}
}

func TestTheReportHoldsNoServers(t *testing.T) {
	l := listOf(neconfig.Entries([]neconfig.Record{{
		ID: neconfig.Told(uuid.New()), Name: neconfig.Told(strings.Repeat("ä", 10_000)),
		VPN: &neconfig.VPN{Protocol: &neconfig.Protocol{Type: neconfig.Told(5), Server: neconfig.Told("secret.example.org")}},
	}}))
	r := aMac()
	r.List = l
	text, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := r.WriteText(&out); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(text)+out.String(), "secret.example") {
		t.Error("a server is named")
	}
	if len(l.Entries) != 1 || !l.Entries[0].Shown {
		t.Errorf("list = %+v", l)
	}
	if out.Len() > 4000 {
		t.Error("a long name is written out")
	}
}

func TestCollectAnywhere(t *testing.T) {
	r := Collect(context.Background(), Input{Version: "1.2.3", SettingsPath: "/s", SocketPath: "/c"})
	if r.Schema != 1 || r.Version != "1.2.3" || r.Settings != "/s" || r.Socket != "/c" || r.Go == "" || r.Problems == nil {
		t.Errorf("report = %+v", r)
	}
	var back Report
	text, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	if err := r.WriteText(brokenPipe{}); err == nil {
		t.Error("the error of the writer is lost")
	}
}

type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }

func TestOnePartMayFailOrHang(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx := context.Background()
		if v, err := within(ctx, "part", func() int { return 7 }); v != 7 || err != nil {
			t.Errorf("within = %d, %v", v, err)
		}
		if _, err := within(ctx, "part", func() int { panic("on purpose") }); err == nil || !strings.Contains(err.Error(), "part") {
			t.Errorf("err = %v", err)
		}
		hang := make(chan struct{})
		if _, err := within(ctx, "part", func() int { <-hang; return 0 }); err == nil || !strings.Contains(err.Error(), "no answer") {
			t.Errorf("err = %v", err)
		}
		close(hang)
	})
}

func TestEveryForbiddenEntitlementSaysWhy(t *testing.T) {
	for _, k := range sortedKeys(forbidden) {
		if forbidden[k] == "" {
			t.Errorf("%s", k)
		}
	}
	if slices.Contains(sortedKeys(forbidden), "com.apple.security.personal-information.location") {
		t.Error("the one entitlement that is needed is forbidden")
	}
}
