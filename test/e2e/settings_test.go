//go:build e2e

package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"vpnstatus/internal/settings"
)

const settingsScenario = "--demo=testdata/settings.json"

// ofA and ofB are the IDs of the scenario's services.
const (
	ofA = "a0000000-0000-4000-8000-00000000000a"
	ofB = "b0000000-0000-4000-8000-00000000000b"
	ofC = "c0000000-0000-4000-8000-00000000000c"
)

// logHas waits until the app's log has a line with all the texts.
func (h *home) logHas(texts ...string) {
	h.t.Helper()
	h.eventually(fmt.Sprintf("the log has %q", texts), func() error {
		data, err := os.ReadFile(filepath.Join(h.dir, "vpnstatus.log"))
		if err != nil {
			return err
		}
		for line := range strings.Lines(string(data)) {
			if fits(line, texts) {
				return nil
			}
		}
		return fmt.Errorf("it has\n%s", data)
	})
}

func fits(line string, texts []string) bool {
	for _, text := range texts {
		if !strings.Contains(line, text) {
			return false
		}
	}
	return true
}

// hook writes a script that says something.
func (h *home) hook(event, text string) {
	h.t.Helper()
	dir := filepath.Join(h.dir, "hooks", event+".d")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		h.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "10-say"), []byte("#!/bin/sh\necho "+text+"\n"), 0o700); err != nil {
		h.t.Fatal(err)
	}
}

// TestEachSettingHasItsEffect sets each key with the command, sees what it does in
// the running app, and resets it. B is dropped every two seconds; A's tunnel
// carries nothing after two.
func TestEachSettingHasItsEffect(t *testing.T) {
	a := newHome(t).start(settingsScenario)
	set := func(key, value string) func() { return func() { t.Helper(); a.ok("settings", "set", key, value) } }
	connectA := func() { t.Helper(); a.ok("connect", "A", "--wait") }
	both := func() {
		t.Helper()
		a.ok("connect", "A", "--wait")
		a.ok("connect", "C", "--wait")
	}
	a.hook("disconnected", `"said $VPNSTATUS_NAME"`)

	tried := map[string]bool{}
	for _, c := range []struct {
		key, value string
		effect     func()
	}{
		{"iconStyle", "color", nil}, // AppKit alone draws it: package menubar has it
		{"showTimeConnected", "on", func() {
			connectA()
			x := a.open(100, 30, "", "menu")
			x.shows(`VPN connected: A +0:0[0-9]`)
			x.keys("q")
			a.ok("disconnect", "A", "--wait")
		}},
		{"showStatusWhileConnecting", "off", func() {
			a.ok("connect", "Slow")
			x := a.open(101, 30, "", "menu")
			x.shows(`VPN connecting: Slow *\n`)
			set("showStatusWhileConnecting", "on")()
			x.shows(`VPN connecting: Slow +Connecting…`)
			x.keys("q")
			a.ok("disconnect", "Slow", "--wait")
		}},
		{"hidden", "Sl*, nothing", func() {
			if all := a.list(); all["Slow"].ID != "" || all["A"].ID == "" {
				t.Errorf("Slow is hidden, and the list has %+v", all)
			}
		}},
		{"trustedNetworks", `[{"ssid":"Café \"x\", 😀"}]`, func() {
			if out := a.ok("status", "--json"); !strings.Contains(out, `"trusted": true`) {
				t.Errorf("the network is trusted, and the status is %s", out)
			}
			if out := a.ok("rules", "test", "A"); !strings.Contains(out, "trusted") {
				t.Errorf("rules test says %s", out)
			}
		}},
		{"rules", `[{"name":"keep up","services":["C"],"interface":"wifi","then":"connect"}]`, func() {
			set("autoConnect", `{"`+ofC+`":true}`)()
			a.becomes("C", "Connected", "satisfied")
			set("rules", `[{"name":"keep down","services":["C"],"interface":"wifi","then":"disconnect"}]`)()
			a.becomes("C", "Disconnected", "")
			a.ok("settings", "reset", "autoConnect")
		}},
		{"groups", `[{"name":"One","members":["` + ofA + `","` + ofC + `"]}]`, func() {
			both()
			a.becomes("A", "Disconnected", "")
			a.ok("disconnect", "C", "--wait")
			a.ok("resume", "A")
			a.ok("resume", "C")
		}},
		{"autoConnect." + ofB, "on", func() { a.becomes("B", "Connected", "satisfied") }},
		{"retryDelayMax", "5", func() { a.logHas("notification", "title=B") }}, // it is dropped and comes back
		{"notificationSound", "on", func() { a.logHas("notification", "title=B", "sound=true") }},
		{"hooks", "on", func() { a.logHas("10-say", "said B") }},
		{"probes." + ofA, `{"target":"inside.example:1","interval":"5s"}`, func() {
			a.ok("auto", "A", "on")
			a.logHas("service=A", "recycling.dead")
			a.ok("auto", "A", "off")
		}},
		{"notifications.dropped", "off", nil}, // what is not notified can't be waited for: package notify has it
		{"mutedServices", ofB, nil},           // likewise
		{"serverEcho", "off", nil},            // it takes a server that is away for long: packages autoconnect and engine have it
	} {
		t.Log(c.key)
		key, _, _ := strings.Cut(c.key, ".")
		before := a.ok("settings", "get", key)
		set(c.key, c.value)()
		if c.effect != nil {
			c.effect()
		}
		if key != "autoConnect" && key != "retryDelayMax" { // B goes on, and soon
			a.ok("settings", "reset", c.key)
			if after := a.ok("settings", "get", key); after != before {
				t.Errorf("%s was %q and is after its reset %q", key, before, after)
			}
		}
		tried[key] = true
	}
	for _, k := range settings.Keys() {
		if !tried[k.Name] {
			t.Errorf("%s is not tried", k.Name)
		}
	}
	a.terminate(syscall.SIGTERM)
}
