package cli

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"vpnstatus/internal/autoconnect"
	"vpnstatus/internal/control"
	"vpnstatus/internal/engine"
	"vpnstatus/internal/golden"
	"vpnstatus/internal/vpn"
)

var testNow = time.Date(2026, 11, 22, 12, 45, 30, 0, time.UTC)

// testEnv is an env that keeps what is written.
func testEnv() (e *env, out, errOut *bytes.Buffer) {
	out, errOut = &bytes.Buffer{}, &bytes.Buffer{}
	return &env{in: strings.NewReader(""), out: &output{w: out}, err: errOut, now: func() time.Time { return testNow }, zone: time.UTC}, out, errOut
}

func service(i byte, name string, change func(*engine.Service)) *engine.Service {
	s := &engine.Service{Configuration: vpn.Configuration{
		ID: uuid.UUID{15: i}, Name: name, Protocol: vpn.IKEv2, Server: "vpn.example", Enabled: true,
	}, Status: vpn.Disconnected, Known: true}
	s.Policy.State = autoconnect.Manual
	if change != nil {
		change(s)
	}
	return s
}

func testSnapshot() *engine.Snapshot {
	return &engine.Snapshot{Seq: 1, At: testNow, Loaded: true, Services: []*engine.Service{
		service(1, "Office", func(s *engine.Service) {
			s.Status = vpn.Connected
			s.Info.Since = testNow.Add(-12*time.Minute - 45*time.Second)
			s.AutoConnect, s.Policy.State = true, autoconnect.Satisfied
		}),
		service(2, "Home", func(s *engine.Service) {
			s.Protocol, s.AutoConnect, s.Policy.State = vpn.L2TP, true, autoconnect.Held
			s.Policy.Reason = autoconnect.Reason{Key: autoconnect.KeyHeldUser, Until: autoconnect.Forever}
		}),
		service(3, "Büro 東京 👩‍💻", func(s *engine.Service) { s.Status, s.OnDemand = vpn.Connecting, true }),
		service(4, "Evil\x1b[31m\nname", func(s *engine.Service) {
			s.Info.Cause = vpn.Cause{Family: vpn.FamilyVPN, Code: vpn.StopNotResponding}
		}),
		service(5, "A name that is much longer than any column should ever be", func(s *engine.Service) { s.Status, s.Known = vpn.Invalid, false }),
		service(6, "Hidden", func(s *engine.Service) { s.Hidden = true }),
	}}
}

func TestListAsATable(t *testing.T) {
	e, out, errOut := testEnv()
	e.printList(testSnapshot(), false, false)
	golden.Check(t, "list.txt", out.String())
	if got := errOut.String(); got != "Hidden: 1; --all lists them too.\n" {
		t.Errorf("on standard error: %q", got)
	}
	if strings.ContainsRune(out.String(), 0x1b) {
		t.Error("a name steers the terminal")
	}
}

func TestAStatusThatHasNotArrivedIsAnError(t *testing.T) {
	services := testSnapshot().Services
	err := statusesKnown(services)
	if exitCode(err) != exitTimeout || !strings.Contains(err.Error(), `"A name that is much longer`) || strings.Contains(err.Error(), "Office") {
		t.Errorf("the error is %v", err)
	}
	if err := statusesKnown(services[:2]); err != nil {
		t.Errorf("all are known, and the error is %v", err)
	}
	for _, v := range services {
		text, err := json.Marshal(control.NewEntry(v, testNow))
		if err != nil {
			t.Fatal(err)
		}
		if null := strings.Contains(string(text), `"status":null`); null == v.Known {
			t.Errorf("known %t is written as %s", v.Known, text)
		}
	}
}

func TestListWithIDs(t *testing.T) {
	e, out, _ := testEnv()
	e.printList(testSnapshot(), true, true)
	golden.Check(t, "list-ids.txt", out.String())
}

func TestServicesWithoutANameAreToldApart(t *testing.T) {
	e, out, _ := testEnv()
	s := &engine.Snapshot{Loaded: true, Services: []*engine.Service{service(1, "", nil), service(2, " ", nil)}}
	s.Services[0].ID[0] = 0xab
	e.printList(s, false, false)
	if got := out.String(); !strings.Contains(got, "Unnamed VPN (ab000000)") || !strings.Contains(got, "Unnamed VPN (00000000)") {
		t.Errorf("the list is\n%s", got)
	}
}

func TestAWatchBeginsWithEachStatusAndEndsWithTheReason(t *testing.T) {
	e, out, _ := testEnv()
	down, unnamed := vpn.Disconnected, uuid.UUID{0: 0xab}
	for _, l := range []control.Line{
		{Type: control.LineService, Service: &control.Entry{Name: "Office", Status: &down, State: autoconnect.Held, ReasonText: "Held: you disconnected it"}},
		{Type: control.LineService, Service: &control.Entry{Name: "", ID: unnamed}},
		{Type: control.LineEvent, Event: &engine.Event{At: testNow, Kind: engine.EventStatus, Name: "Office", ID: unnamed, To: "Connecting"}},
		{Type: control.LineClosing, Error: &control.Fault{Message: engine.ErrClosed.Error()}},
	} {
		if err := e.printLine(l); err != nil {
			t.Fatal(err)
		}
	}
	golden.Check(t, "watch-lines.txt", out.String())
}

func TestListOfNothingSaysSo(t *testing.T) {
	e, out, errOut := testEnv()
	e.printList(&engine.Snapshot{Loaded: true}, false, false)
	if out.String() != "" || !strings.Contains(errOut.String(), "no VPN") {
		t.Errorf("stdout %q, stderr %q", out, errOut)
	}
}

func TestListHasColorOnlyWhenWanted(t *testing.T) {
	e, out, _ := testEnv()
	e.color = true
	e.printList(testSnapshot(), false, false)
	if !strings.Contains(out.String(), "\x1b[32mConnected") {
		t.Errorf("no colour: %q", out)
	}
}

func TestStatusOfAll(t *testing.T) {
	e, out, errOut := testEnv()
	s := testSnapshot()
	s.Pause = autoconnect.Until{Time: testNow.Add(23*time.Minute + 10*time.Second)}
	s.Problems = []engine.Problem{{Key: "x", Text: "something is wrong"}}
	e.printStatus(s)
	golden.Check(t, "status.txt", out.String())
	if got := errOut.String(); got != "Note: something is wrong\n" {
		t.Errorf("on standard error: %q", got)
	}
}

func TestQuietStatusCode(t *testing.T) {
	down := service(1, "a", nil)
	busy := service(2, "b", func(s *engine.Service) { s.Status = vpn.Reasserting })
	up := service(3, "c", func(s *engine.Service) { s.Status = vpn.Connected })
	for name, test := range map[string]struct {
		services []*engine.Service
		want     int
	}{
		"none":                  {nil, 10},
		"down":                  {[]*engine.Service{down}, 10},
		"in transition":         {[]*engine.Service{busy}, 11},
		"up":                    {[]*engine.Service{up}, 0},
		"one of several is up":  {[]*engine.Service{down, busy, up}, 0},
		"one of several is not": {[]*engine.Service{down, busy}, 11},
	} {
		if got := exitCode(quietCode(test.services)); got != test.want {
			t.Errorf("%s: %d, want %d", name, got, test.want)
		}
	}
}

func TestEventsAsLines(t *testing.T) {
	e, out, _ := testEnv()
	next := testNow.Add(4 * time.Second)
	id := uuid.UUID{0: 0xab}
	for _, ev := range []engine.Event{
		{Kind: engine.EventStatus, ID: id, Name: "Unnamed VPN (ab000000)", To: "Connected"},
		{Kind: engine.EventStatus, ID: id, Name: "Office", From: "Connected", To: "Disconnected"},
		{Kind: engine.EventStatus, ID: id, Name: "Office", From: "Disconnected", To: "Connecting", ByUser: true},
		{Kind: engine.EventPolicy, ID: id, Name: "Office", From: "satisfied", To: "backoff", Attempt: 2, Next: next, Reason: autoconnect.Reason{Key: autoconnect.KeyBackoffDropped}},
		{Kind: engine.EventNotice, ID: id, Name: "Office", Notice: autoconnect.NoticeDropped},
		{Kind: engine.EventList, ID: id, Name: "New\nname", To: "added"},
		{Kind: engine.EventPause, To: "paused"},
		{Kind: engine.EventNetwork, From: "wifi, ssid a"},
	} {
		ev.At = testNow
		e.printEvent(ev)
	}
	golden.Check(t, "watch.txt", out.String())
}

// vpnutilList is what scripts written for vpnutil read.
type vpnutilList struct {
	VPNs []struct{ Name, Status string }
}

func TestListForProgramsHasWhatVpnutilHas(t *testing.T) {
	e, out, _ := testEnv()
	if err := e.printJSON(control.NewList(testSnapshot().Services, false, testNow)); err != nil {
		t.Fatal(err)
	}
	var l vpnutilList
	if err := json.Unmarshal(out.Bytes(), &l); err != nil {
		t.Fatal(err)
	}
	if len(l.VPNs) != 5 || l.VPNs[0].Name != "Office" || l.VPNs[0].Status != "Connected" {
		t.Errorf("%+v", l)
	}
	if !strings.Contains(out.String(), `"schema": 1`) {
		t.Errorf("no schema number in %s", out)
	}
}

func TestTail(t *testing.T) {
	for _, test := range []struct {
		data string
		n    int
		want string
	}{
		{"", 3, ""},
		{"a\n", 0, ""},
		{"a\nb\nc\n", 2, "b\nc\n"},
		{"a\nb\nc", 2, "b\nc"},
		{"a\nb\n", 2, "a\nb\n"},
		{"a\nb\n", 9, "a\nb\n"},
		{"\n\n\n", 2, "\n\n"},
	} {
		if got := string(tail([]byte(test.data), test.n)); got != test.want {
			t.Errorf("tail(%q, %d) = %q, want %q", test.data, test.n, got, test.want)
		}
	}
}

func TestLogIsFollowedAcrossAReplacement(t *testing.T) {
	name := filepath.Join(t.TempDir(), "log")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	var at int64
	for _, text := range []string{"one\n", "one\ntwo\n", "new\n", "new\nnewer\n"} {
		write(text)
		var err error
		if at, err = copyFrom(&out, name, at); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Remove(name); err != nil {
		t.Fatal(err)
	}
	if at, err := copyFrom(&out, name, at); err != nil || at != 0 {
		t.Errorf("a file that is gone: %d, %v", at, err)
	}
	if got := out.String(); got != "one\ntwo\nnew\nnewer\n" {
		t.Errorf("printed %q", got)
	}
}

func TestDecisionsOfRules(t *testing.T) {
	matched := autoconnect.RuleResult{Index: 1, Name: "home", Then: autoconnect.OutcomeIgnore, Matched: true}
	trusted := autoconnect.RuleResult{Index: -1, Trusted: true, Name: "Cafe", Then: autoconnect.OutcomeIgnore, Matched: true}
	other := autoconnect.RuleResult{Index: 2, Then: autoconnect.OutcomeDisconnect, Matched: true}
	for _, c := range []struct {
		auto bool
		x    autoconnect.Explanation
		want string
	}{
		{true, autoconnect.Explanation{}, "connect: no rule matches"},
		{true, autoconnect.Explanation{Rules: []autoconnect.RuleResult{{}, matched, other}}, `ignore, by rule 2 ("home")`},
		{true, autoconnect.Explanation{Rules: []autoconnect.RuleResult{trusted, matched}}, `ignore, by the trusted network "Cafe"`},
		{true, autoconnect.Explanation{ByHand: true, Rules: []autoconnect.RuleResult{matched}}, "connect: you connected it, which overrides the rules"},
		{false, autoconnect.Explanation{Rules: []autoconnect.RuleResult{other}}, "none: Auto Connect is off (otherwise disconnect, by rule 3)"},
	} {
		if got := decision(service(1, "Office", func(v *engine.Service) { v.AutoConnect = c.auto }), c.x); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

func TestExplanationNamesTheRuleThatDecides(t *testing.T) {
	e, out, _ := testEnv()
	e.printExplanation(service(1, "Office", func(s *engine.Service) { s.AutoConnect = true }), autoconnect.Explanation{
		View:   autoconnect.View{State: autoconnect.Waiting, Reason: autoconnect.Reason{Key: autoconnect.KeyWaitingRule, Rule: "home"}},
		Status: vpn.Disconnected,
		Blockers: []autoconnect.BlockerResult{
			{Name: "offline", Why: "the path is satisfied since 12:03"},
			{Name: "rule", Holds: true, Decides: true, Why: "Left off by the rule “home”"},
			{Name: "superseded", Holds: true, Why: "Another VPN took its place"},
		},
		Rules: []autoconnect.RuleResult{
			{Index: -1, Trusted: true, Name: "Cafe", Then: autoconnect.OutcomeIgnore, Why: []string{"the Wi-Fi name is Home: does not match Cafe"}},
			{Index: 0, Name: "home", Then: autoconnect.OutcomeIgnore, Matched: true, Why: []string{"it has no conditions"}},
			{Index: 1, Then: autoconnect.OutcomeConnect, Matched: true},
		},
	})
	golden.Check(t, "explain.txt", out.String())
}

func TestShowEndsWithWhatTheSystemSays(t *testing.T) {
	e, out, _ := testEnv()
	v := service(1, "Office", nil)
	e.printService(v)
	without := out.String()
	if !strings.Contains(without, "Protocol              IKEv2\n") || strings.Contains(without, "From the system") {
		t.Errorf("it prints\n%s", without)
	}
	out.Reset()
	v.Info.Details = map[string]any{"IPv4": map[string]any{"Router": "10.0.0.1\x1b[2J"}, "Status": int64(2)}
	e.printService(v)
	const want = "\nFrom the system: <dictionary> {\n  IPv4 : <dictionary> {\n    Router : 10.0.0.1 [2J\n  }\n  Status : 2\n}\n"
	if out.String() != without+want {
		t.Errorf("it prints\n%q", out)
	}
}
