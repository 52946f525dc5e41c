package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"net"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"vpnstatus/internal/app"
	"vpnstatus/internal/engine"
	"vpnstatus/internal/golden"
	"vpnstatus/internal/settings"
	"vpnstatus/internal/vpn"
)

func TestStatusesAreThoseOfSCNetworkConnection(t *testing.T) {
	for status, want := range map[vpn.Status]struct {
		number int64
		word   string
	}{
		vpn.Invalid: {-1, "Invalid"}, vpn.Disconnected: {0, "Disconnected"}, vpn.Connecting: {1, "Connecting"}, vpn.Connected: {2, "Connected"},
		vpn.Reasserting: {1, "Connecting"}, vpn.Disconnecting: {3, "Disconnecting"}, 17: {-1, "Invalid"},
	} {
		v := service(1, "Office", func(v *engine.Service) { v.Status = status })
		if number, word := connectionStatus(v); number != want.number || word != want.word {
			t.Errorf("%s: %d, %s", status, number, word)
		}
		v.Known = false
		if number, word := connectionStatus(v); number != -1 || word != "Invalid" {
			t.Errorf("%s, not known yet: %d, %s", status, number, word)
		}
	}
}

func TestVpnutilListsInTheLayoutOfApplesJSON(t *testing.T) {
	e, out, _ := testEnv()
	services := []*engine.Service{
		service(1, "b", func(v *engine.Service) { v.Status = vpn.Reasserting }),
		service(2, `a "quoted"`+"\x1b\u202e", func(v *engine.Service) { v.Status = vpn.Connected }),
		service(3, "Z", nil),
		service(4, "Hidden", func(v *engine.Service) { v.Hidden = true }),
	}
	if err := e.vpnutilList(services); err != nil {
		t.Fatal(err)
	}
	const want = `{
  "VPNs" : [
    {
      "name" : "Z",
      "status" : "Disconnected"
    },
    {
      "name" : "a \"quoted\"\u001b\u202e",
      "status" : "Connected"
    },
    {
      "name" : "b",
      "status" : "Connecting"
    }
  ]
}
`
	if out.String() != want || !json.Valid(out.Bytes()) {
		t.Errorf("got\n%s", out)
	}
}

func TestWrongUsageOfVpnutilEndsWithOne(t *testing.T) {
	t.Setenv(settings.HomeVariable, t.TempDir())
	for _, args := range [][]string{
		{}, {"list", "Office"}, {"status"}, {"status", ""}, {"status", "Office", "Home"}, {"connect", "Office"}, {"--help"}, {"list", "--demo"},
	} {
		for _, strict := range []string{"0", "1"} {
			t.Setenv(strictVariable, strict)
			e, out, errOut := testEnv()
			argv := Arguments(append([]string{"vpnutil"}, args...))
			if code := run(argv, e); code != exitFailed || out.Len() > 0 || !strings.HasPrefix(errOut.String(), "Usage: vpnutil") {
				t.Errorf("vpnutil %q, %s=%s: exit code %d, %q, %q", args, strictVariable, strict, code, out, errOut)
			}
		}
	}
}

func TestVpnutilWithoutTheAppSaysSoAndEndsWithZero(t *testing.T) {
	t.Setenv(settings.HomeVariable, "/nosuch")
	for variable, want := range map[string]int{"": 0, "1": exitNotRunning} {
		t.Setenv(strictVariable, variable)
		e, out, errOut := testEnv()
		if code := run([]string{"vpnutil", "list"}, e); code != want || out.String() != "{}\n" || !strings.Contains(errOut.String(), "not running") {
			t.Errorf("%s=%s: exit code %d, %q, %q", strictVariable, variable, code, out, errOut)
		}
	}
}

func TestOnlyAWholeNameOrAnIDIsAService(t *testing.T) {
	a, b, unnamed := service(1, "Office", nil), service(2, "Office", nil), service(3, "", nil)
	all := []*engine.Service{a, b, unnamed}
	for name, want := range map[string]int{
		"Office": 2, "office": 0, "Off": 0, "": 0, a.ID.String(): 1, strings.ToUpper(b.ID.String()): 1, unnamed.DisplayName(): 1,
	} {
		if got := called(all, name); len(got) != want {
			t.Errorf("%q: %d services", name, len(got))
		}
	}
}

// The first lines are what scutil --nc list was seen to print.
func TestLinesOfScutil(t *testing.T) {
	for want, change := range map[string]func(*vpn.Configuration){
		`* (Disconnected)   00000000-0000-0000-0000-00000000000A PPP --> L2TP       "VPN O"                          [PPP:L2TP]`: func(c *vpn.Configuration) {
			c.Protocol, c.Name = vpn.L2TP, "VPN O"
		},
		`* (Disconnected)   00000000-0000-0000-0000-00000000000A IPSec              "Corp"                           [IPSec]`: func(c *vpn.Configuration) {
			c.Protocol, c.Name = vpn.IPSec, "Corp"
		},
		`* (Disconnected)   00000000-0000-0000-0000-00000000000A VPN (io.tailscale.ipn.macsys) "Tailscale"                      [VPN:io.tailscale.ipn.macsys]`: func(c *vpn.Configuration) {
			c.Protocol, c.BundleID, c.Name = "Tailscale", "io.tailscale.ipn.macsys", "Tailscale"
		},
		`  (Invalid)        00000000-0000-0000-0000-00000000000A VPN (Ghost)        "Gone"                           [VPN:Ghost]`: func(c *vpn.Configuration) {
			c.Protocol, c.Name, c.Enabled = "Ghost", "Gone", false
		},
		// scutil would cut off the closing quote.
		`* (Disconnected)   00000000-0000-0000-0000-00000000000A VPN (IKEv2)        "A name of more than thirty letters" [VPN:IKEv2]`: func(c *vpn.Configuration) {
			c.Name = "A name of more than thirty letters"
		},
		`* (Disconnected)   00000000-0000-0000-0000-00000000000A VPN (IKEv2)        "Évil [31m name"                 [VPN:IKEv2]`: func(c *vpn.Configuration) {
			c.Name = "Évil\x1b[31m\nname"
		},
	} {
		v := service(10, "", nil)
		change(&v.Configuration)
		if got := ncLine(v); got != want+"\n" {
			t.Errorf("got\n%swant\n%s", got, want)
		}
	}
}

func TestExtendedStatusIsTheSystemsOwn(t *testing.T) {
	details := map[string]any{
		"ConnectionStatistics": map[string]any{"ConnectCount": int64(1), "ConnectedCount": int64(1)},
		"IPv4": map[string]any{
			"Addresses":      []any{"10.10.0.2"},
			"ExcludedRoutes": []any{map[string]any{"DestinationAddress": "192.0.2.0", "InterfaceName": "en0"}, map[string]any{}},
			"InterfaceName":  "utun8",
		},
		"IsPrimaryInterface":   int64(1),
		"Flag":                 true,
		"Ratio":                0.5,
		"Empty":                []any{},
		"LastStatusChangeTime": time.Date(2026, 8, 11, 12, 40, 14, 0, time.UTC),
		"NEStatus":             int64(3),
		"VPN":                  map[string]any{"RemoteAddress": "198.51.100.7"},
	}
	v := service(1, "Office", func(v *engine.Service) { v.Status = vpn.Connected })
	golden.Check(t, "nc-status.txt", describe(ncStatus(v, vpn.Info{Details: details}), time.FixedZone("", 2*60*60))+"\n")
	if len(details) != 9 {
		t.Error("the details were changed")
	}
}

// Scripts search the whole output for these words.
func TestNoDetailOfADisconnectedServiceSaysConnected(t *testing.T) {
	for _, protocol := range []vpn.Protocol{vpn.IKEv2, vpn.L2TP, vpn.IPSec, "Fjord"} {
		v := service(1, "Office", func(v *engine.Service) { v.Protocol = protocol })
		for _, info := range []vpn.Info{
			{},
			{Details: map[string]any{"ConnectionStatistics": map[string]any{"ConnectedCount": int64(3), "DisconnectedCount": int64(3)}}},
		} {
			if text := describe(ncStatus(v, info), time.UTC); strings.Contains(text, "Connect") {
				t.Errorf("%s: %s", protocol, text)
			}
		}
	}
}

func TestExtendedStatusWithoutDetails(t *testing.T) {
	info := vpn.Info{
		Remote: "198.51.100.7", Interface: "ppp0", Primary: true, DNSServers: []string{"10.0.0.1"},
		Addresses: []netip.Addr{netip.MustParseAddr("10.0.0.2"), netip.MustParseAddr("fd00::2")},
	}
	var b bytes.Buffer
	for _, status := range []vpn.Status{vpn.Connected, vpn.Disconnected} {
		v := service(1, "Home", func(v *engine.Service) { v.Status, v.Protocol = status, vpn.L2TP })
		if status == vpn.Disconnected {
			info = vpn.Info{Cause: vpn.Cause{Family: vpn.FamilyPPP, Code: 5}}
		}
		b.WriteString(describe(ncStatus(v, info), time.UTC) + "\n")
	}
	golden.Check(t, "nc-status-l2tp.txt", b.String())
}

func TestTriggerOpensAConnection(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	e, out, errOut := testEnv()
	if code := run([]string{"nc", "trigger", "127.0.0.1", "background", port}, e); code != exitDone {
		t.Errorf("exit code %d, %s", code, errOut)
	}
	if want := "Opened stream to 127.0.0.1, port " + port + "\n"; out.String() != want {
		t.Errorf("printed %q", out)
	}
	if conn, err := listener.Accept(); err != nil {
		t.Error("nobody connected:", err)
	} else {
		conn.Close()
	}
}

func TestNCWithWrongUsage(t *testing.T) {
	t.Setenv(settings.HomeVariable, t.TempDir())
	for _, line := range []string{
		"nc", "nc nosuch", "nc list extra", "nc status", "nc start", "nc start Office --user", "nc stop a b", "nc trigger", "nc trigger host 0",
		"nc trigger host 65536", "nc trigger host soon", "nc list --password x",
	} {
		e, out, errOut := testEnv()
		if code := run(strings.Fields(line), e); code != exitUsage || out.Len() > 0 {
			t.Errorf("%s: exit code %d, %q, %q", line, code, out, errOut)
		}
	}
}

func TestAProgramCalledVpnutilIsThatCommand(t *testing.T) {
	for _, c := range []struct{ argv, want string }{
		{"/usr/local/bin/vpnutil status Office", "vpnutil -- status Office"},
		{"vpnutil", "vpnutil --"},
		{"/usr/local/bin/vpnstatus list", "list"},
		{"vpnstatus vpnutil list", "vpnutil list"},
	} {
		if got := strings.Join(Arguments(strings.Fields(c.argv)), " "); got != c.want {
			t.Errorf("%s: %q", c.argv, got)
		}
	}
}

// lateServices are services of which one changes its status some time after a
// command, or by itself after somebody follows it.
type lateServices struct {
	app.Services
	services []*engine.Service
	after    time.Duration // zero: never
	to       vpn.Status
	byItself bool // it changes without a command
	commands []engine.Command
	updates  *engine.Subscription
}

func (l *lateServices) Follow(context.Context) (*engine.Snapshot, *engine.Subscription, error) {
	l.updates = engine.NewSubscription(2, nil)
	if l.byItself {
		l.change()
	}
	return &engine.Snapshot{Services: l.services}, l.updates, nil
}

func (l *lateServices) Do(_ context.Context, c engine.Command) error {
	l.commands = append(l.commands, c)
	if l.updates != nil {
		l.change()
	}
	return nil
}

func (l *lateServices) change() {
	updates := l.updates
	updates.Publish(engine.Update{Snapshot: &engine.Snapshot{Services: l.services}}) // something else happened
	if l.after > 0 {
		time.AfterFunc(l.after, func() {
			changed := *l.services[0]
			changed.Status = l.to
			updates.Publish(engine.Update{Snapshot: &engine.Snapshot{Services: []*engine.Service{&changed}}})
		})
	}
}

func TestACommandReturnsWhenItsEffectCanBeSeen(t *testing.T) {
	for name, c := range map[string]struct {
		verb     engine.Verb
		from, to vpn.Status
		after    time.Duration
		want     time.Duration
	}{
		"start":                         {engine.VerbConnect, vpn.Disconnected, vpn.Connecting, 80 * time.Millisecond, 80 * time.Millisecond},
		"stop":                          {engine.VerbDisconnect, vpn.Connected, vpn.Disconnecting, 80 * time.Millisecond, 80 * time.Millisecond},
		"cancel":                        {engine.VerbDisconnect, vpn.Connecting, vpn.Disconnecting, 80 * time.Millisecond, 80 * time.Millisecond},
		"start that has to wait":        {engine.VerbConnect, vpn.Disconnected, vpn.Disconnected, 0, settleLimit},
		"start of what is up":           {engine.VerbConnect, vpn.Connected, vpn.Connected, 0, 0},
		"start of what is connecting":   {engine.VerbConnect, vpn.Connecting, vpn.Connecting, 0, 0},
		"stop of what is down":          {engine.VerbDisconnect, vpn.Disconnected, vpn.Disconnected, 0, 0},
		"start while it is going down":  {engine.VerbConnect, vpn.Disconnecting, vpn.Connecting, time.Millisecond, time.Millisecond},
		"stop of what is reestablished": {engine.VerbDisconnect, vpn.Reasserting, vpn.Disconnecting, time.Millisecond, time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				v := service(1, "Office", func(v *engine.Service) { v.Status = c.from })
				l := &lateServices{services: []*engine.Service{v}, after: c.after, to: c.to}
				began := time.Now()
				if err := (&session{Services: l}).doVisibly(t.Context(), v, engine.Command{Verb: c.verb}); err != nil {
					t.Error(err)
				}
				if took := time.Since(began); took != c.want {
					t.Errorf("it took %s, want %s", took, c.want)
				}
				if len(l.commands) != 1 || l.commands[0].Verb != c.verb || l.commands[0].ID != v.ID || l.commands[0].Origin != "cli" {
					t.Errorf("commands: %+v", l.commands)
				}
			})
		})
	}
}

func TestVpnutilsStatusWaitsForTheEndOfATransition(t *testing.T) {
	for name, c := range map[string]struct {
		from, to vpn.Status
		after    time.Duration
		want     string
		took     time.Duration
	}{
		"connected":         {vpn.Connected, vpn.Disconnected, time.Millisecond, "Connected", 0},
		"connecting":        {vpn.Connecting, vpn.Connected, 900 * time.Millisecond, "Connected", 900 * time.Millisecond},
		"connecting slowly": {vpn.Connecting, vpn.Connected, 1100 * time.Millisecond, "Connecting", settleLimit},
		"reasserting":       {vpn.Reasserting, vpn.Connected, 300 * time.Millisecond, "Connected", 300 * time.Millisecond},
		"disconnecting":     {vpn.Disconnecting, vpn.Disconnected, 300 * time.Millisecond, "Disconnected", 300 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				v := service(1, "Office", func(v *engine.Service) { v.Status = c.from })
				e, out, _ := testEnv()
				began := time.Now()
				l := &lateServices{services: []*engine.Service{v}, after: c.after, to: c.to, byItself: true}
				if err := e.vpnutilStatus(t.Context(), &session{Services: l}, v); err != nil {
					t.Error(err)
				}
				if took := time.Since(began); out.String() != "Office "+c.want+"\n" || took != c.took {
					t.Errorf("after %s: %q; want %s after %s", took, out, c.want, c.took)
				}
			})
		})
	}
}
