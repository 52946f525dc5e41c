package doctor

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"

	"vpnstatus/internal/autoconnect"
	"vpnstatus/internal/cocoa"
	"vpnstatus/internal/engine"
	"vpnstatus/internal/facts"
	"vpnstatus/internal/macos"
	"vpnstatus/internal/neconfig"
	"vpnstatus/internal/nesession"
	"vpnstatus/internal/vpn"
)

func TestText(t *testing.T) {
	r := Report{Version: "1.2.3", Go: "go1.26.0", Platform: "darwin/arm64", Checks: []Check{
		OK("app", "running, %d", 7), Result("folder", errors.New("read only"), "/x"), Result("socket", nil, "/s"),
	}}
	var out bytes.Buffer
	if err := r.WriteText(&out); err != nil {
		t.Fatal(err)
	}
	want := "VPNStatus 1.2.3, go1.26.0, darwin/arm64\n" +
		"ok   app              running, 7\n" +
		"BAD  folder           read only\n" +
		"ok   socket           /s\n" +
		"1 problem.\n"
	if out.String() != want || !r.Failed() {
		t.Errorf("%s\nwant\n%s", out.String(), want)
	}
	out.Reset()
	r.Checks = r.Checks[:1]
	if err := r.WriteText(&out); err != nil || !strings.HasSuffix(out.String(), "Nothing is wrong.\n") || r.Failed() {
		t.Errorf("%s, %v", out.String(), err)
	}
	if err := r.WriteText(brokenPipe{}); err == nil {
		t.Error("the error of the writer is lost")
	}
	r.Checks = []Check{OK("x", "%s", strings.Repeat("ä", 10_000))}
	out.Reset()
	if err := r.WriteText(&out); err != nil || out.Len() > 1000 {
		t.Errorf("a long name has %d bytes, %v", out.Len(), err)
	}
}

type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }

// names returns the names and details of the checks, failed ones with a "!".
func names(checks []Check) string {
	var out []string
	for _, c := range checks {
		mark := ""
		if !c.OK {
			mark = "!"
		}
		out = append(out, mark+c.Name+": "+c.Detail)
	}
	return strings.Join(out, "\n")
}

func TestWhatTheSystemSaysBecomesChecks(t *testing.T) {
	part := func(name, feature string, present, optional bool) cocoa.Presence {
		return cocoa.Presence{Part: cocoa.Part{Kind: cocoa.Symbol, Name: name, For: feature, Optional: optional}, Present: present}
	}
	for name, c := range map[string]struct {
		got  []Check
		want string
	}{
		"nothing is missing": {
			parts([]cocoa.Presence{part("a", "list", true, false)}), "parts: 1 of macOS are looked up; no required one is missing",
		},
		"a missing part names itself and its feature": {
			parts([]cocoa.Presence{part("b", "list", false, false), part("a", "list", false, false), part("c", "icon", false, false)}),
			"!missing: icon: this system lacks c\n!missing: list: this system lacks b, a",
		},
		"an optional part may be missing": {
			parts([]cocoa.Presence{part("a", "list", false, true)}),
			"absent: symbol a, for: list\nparts: 1 of macOS are looked up; no required one is missing",
		},
		"a command":              {[]Check{bundle{}.check()}, "bundle: none: run as a command"},
		"an old link to the app": {[]Check{bundle{linked: "/Applications/V.app"}.check()}, `!bundle: this command is a symbolic link into /Applications/V.app, through which macOS sees no app: run "make install" again, which puts a script in its place`},
		"an app":                 {[]Check{bundle{path: "/Applications/V.app"}.check()}, "bundle: /Applications/V.app"},
		"run from the downloads": {[]Check{bundle{path: "/private/x/AppTranslocation/y/V.app"}.check()}, "!bundle: macOS runs a copy of the app from another place, because it was downloaded: move it to the Applications folder with the Finder, and open it again"},
		"signed ad hoc":          {signature{identifier: "org.example", flags: 0x10002}.checks(), "signature: org.example, ad hoc, hardened, entitlements: none"},
		"signed by a team": {
			signature{identifier: "org.example", team: "T", entitlements: []string{"com.apple.security.personal-information.location", "com.apple.security.network.client"}}.checks(),
			"signature: org.example, team T, entitlements: com.apple.security.personal-information.location, com.apple.security.network.client",
		},
		"the sandbox": {
			signature{entitlements: []string{"com.apple.security.app-sandbox"}}.checks(),
			"signature: without identifier, entitlements: com.apple.security.app-sandbox\n!entitlement: com.apple.security.app-sandbox: in the App Sandbox macOS silently ignores connecting and disconnecting",
		},
		"the daemon runs":                       {[]Check{daemonCheck(nesession.Daemon{Running: true, PID: 321, Statuses: []string{"invalid"}, Reasons: []string{"1 user"}})}, "daemon: running, process 321; its statuses invalid; its reasons 1 user"},
		"the daemon does not run":               {[]Check{daemonCheck(nesession.Daemon{})}, "daemon: not running, as is normal while no VPN is used; its statuses ; its reasons "},
		"launch at login is off":                {[]Check{loginCheck(macos.LoginNotFound, nil, "")}, "login: off"},
		"launch at login by the agent":          {[]Check{loginCheck(macos.LoginEnabled, nil, "/a.plist")}, "login: on, by the launch agent /a.plist"},
		"launch at login waits for the user":    {[]Check{loginCheck(macos.LoginRequiresApproval, nil, "")}, "!login: on, but not allowed in System Settings (General, Login Items)"},
		"a command can't be launched at log-in": {[]Check{loginCheck(0, errors.New("not an app"), "")}, "login: not an app"},
	} {
		if got := names(c.got); got != c.want {
			t.Errorf("%s:\n%s\nwant\n%s", name, got, c.want)
		}
	}
}

func TestEveryForbiddenEntitlementSaysWhy(t *testing.T) {
	for k, why := range forbidden {
		if why == "" || k == "com.apple.security.personal-information.location" {
			t.Errorf("%s: %q", k, why)
		}
	}
}

func TestTheReportHoldsNoServers(t *testing.T) {
	got := names(configurations(neconfig.Entries([]neconfig.Record{
		{ID: neconfig.Known(uuid.New()), Name: neconfig.Known("Office"), VPN: &neconfig.VPN{Protocol: &neconfig.Protocol{Type: neconfig.Known(5), Server: neconfig.Known("secret.example.org")}}},
		{ID: neconfig.Known(uuid.New()), Name: neconfig.Known("LuLu")},
	})))
	if strings.Contains(got, "secret.example") || !strings.HasPrefix(got, "configurations: 2, of which 1 are VPNs\nnot shown: \"LuLu\": ") {
		t.Error(got)
	}
}

func TestTheStateHoldsProblemsServicesAndAgesButNoNetworks(t *testing.T) {
	now := time.Unix(10_000, 0)
	at := now.Add(-90 * time.Second)
	got := names(State(&engine.Snapshot{
		Loaded: true, Problems: []engine.Problem{{Key: "settings.hidden", Text: "it is broken"}},
		Services: []*engine.Service{{
			Configuration: vpn.Configuration{ID: vpn.ID{1}, Name: "Office", Protocol: vpn.IKEv2, Server: "secret.example.org"},
			Status:        vpn.Connected, Known: true, AutoConnect: true, Policy: autoconnect.View{State: autoconnect.Satisfied}, Counters: engine.CountersMissing,
		}, {
			Configuration: vpn.Configuration{Name: "Lab"},
			Policy:        autoconnect.View{State: autoconnect.Backoff, Reason: autoconnect.Reason{Key: autoconnect.KeyBackoffFailed}, Attempt: 3},
			Echo:          autoconnect.Echo{Asked: now.Add(-4 * time.Second), Error: "secret.example.org did not answer"},
		}, {
			Configuration: vpn.Configuration{Name: "Other"},
			Policy:        autoconnect.View{State: autoconnect.Manual, Reason: autoconnect.Reason{Key: autoconnect.KeyManual}},
		}},
		Facts: facts.Facts{
			Path: facts.Known(facts.Satisfied, at), Interface: facts.Known(facts.WiFi, at), SSID: facts.Known("Secret Café", at), BSSID: facts.Known("aa:bb:cc:00:00:01", at),
			Gateway: facts.Known(netip.MustParseAddr("192.168.77.1"), at), GatewayMAC: facts.Known("", at), Addresses: facts.Known([]netip.Prefix{netip.MustParsePrefix("192.168.77.2/24")}, at),
			DNSDomains: facts.Known([]string(nil), at), Power: facts.Known(facts.AC, at), SessionActive: facts.Known(false, at), LocationRight: facts.RightNotAsked,
		},
	}, now))
	for _, want := range []string{
		"!settings.hidden: it is broken", `"Office", IKEv2, Connected, Auto Connect true, satisfied, traffic counters missing` + "\n",
		"Auto Connect false, backoff.failed, attempt 3, server asked 4s ago, no answer\n", `"Other", , status not known, Auto Connect false, manual` + "\n",
		"path: satisfied, for 1m30s", "interface: wifi, for 1m30s", "Wi-Fi name: known, for 1m30s", "gateway's hardware address: none", "addresses: 1,",
		"DNS domains: none", "DNS servers: not known", "power: ac", "session: another user has the screen", "Location right: not asked",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in %s", want, got)
		}
	}
	for _, secret := range []string{"Secret", "secret", "192.168", "aa:bb"} {
		if strings.Contains(got, secret) {
			t.Errorf("%q is in %s", secret, got)
		}
	}
	if strings.Count(got, "!") != 1 {
		t.Errorf("facts are not failures: %s", got)
	}
}

func TestAReportTravelsAsJSON(t *testing.T) {
	r := New("1.2.3", System(t.Context())...)
	data, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	var back Report
	if err := json.Unmarshal(data, &back); err != nil || back.Version != "1.2.3" || len(back.Checks) != len(r.Checks) || back.Go == "" {
		t.Errorf("%+v, %v", back, err)
	}
}

func TestOnePartMayFailOrHang(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx := context.Background()
		if got := names(within(ctx, "part", func(context.Context) []Check { return []Check{OK("a", "b")} })); got != "a: b" {
			t.Error(got)
		}
		if got := names(within(ctx, "part", func(context.Context) []Check { panic("on purpose") })); got != "!part: the check itself failed" {
			t.Error(got)
		}
		hang := make(chan struct{})
		if got := names(within(ctx, "part", func(context.Context) []Check { <-hang; return nil })); got != "!part: no answer from the system" {
			t.Error(got)
		}
		close(hang)
	})
}
