//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

const scenario = "--demo=testdata/e2e.json"

func TestADropIsReconnectedAndAManualDisconnectIsRespected(t *testing.T) {
	a := newHome(t).start(scenario)
	w := a.watch()

	a.ok("auto", "Home", "on")
	w.status("Home", "Connected")
	w.status("Home", "Disconnected") // the scenario drops it
	w.until("Auto Connect will try again", func(l line) bool {
		return l.Event.Kind == "policy" && l.Event.Name == "Home" && l.Event.To == "backoff" && l.Event.Attempt > 0
	})
	if l := w.status("Home", "Connected"); l.Event.ByUser {
		t.Error("the reconnection is reported as asked for by the user")
	}

	a.ok("disconnect", "Home", "--wait")
	a.becomes("Home", "Disconnected", "held")
	w.until("Home is held", func(l line) bool {
		return l.Event.Name == "Home" && l.Event.Kind == "policy" && l.Event.To == "held" && l.Event.Reason.Key == "held.user"
	})
	w.until("Home is down", func(line) bool { return a.list()["Home"].Status == "Disconnected" })
	drain(w)
	w.beats(4, "Home")
	a.becomes("Home", "Disconnected", "held")

	a.ok("resume", "Home")
	w.status("Home", "Connected")
	a.terminate(syscall.SIGTERM)
	w.until("the last line says that the app ends", func(l line) bool { return l.Type == "closing" })
	if l, more := <-w.lines; more {
		t.Errorf("after the last line came %+v", l)
	}
}

// drain forgets the lines that have arrived.
func drain(w *watch) {
	for {
		select {
		case <-w.lines:
		default:
			return
		}
	}
}

func TestPauseAndResume(t *testing.T) {
	h := newHome(t)
	a := h.start(scenario)
	a.ok("auto", "home", "on")
	a.want(0, "wait", "Home", "--timeout", "60s")

	w := a.watch()
	a.ok("pause", "2h")
	a.becomes("Home", "Disconnected", "paused") // dropped by the scenario
	drain(w)
	w.beats(3, "Home")

	var s struct {
		Paused      bool
		PausedUntil string
		State       string
	}
	decode(t, a.ok("status", "--json"), &s)
	if !s.Paused || s.PausedUntil == "" {
		t.Errorf("status --json while paused: %+v", s)
	}

	// A pause outlives the app.
	a.terminate(syscall.SIGTERM)
	a = h.start(scenario)
	decode(t, a.ok("status", "--json"), &s)
	if !s.Paused {
		t.Errorf("after a restart: %+v", s)
	}
	a.ok("resume")
	a.want(0, "wait", "Home", "--timeout", "60s")
	a.terminate(syscall.SIGINT)
}

func TestExitCodes(t *testing.T) {
	h := newHome(t)
	for _, args := range [][]string{{"list"}, {"status"}, {"connect", "Office"}, {"pause"}, {"auto", "Office", "on"}} {
		if r := h.want(7, args...); !strings.Contains(r.errOut, "not running") || r.out != "" {
			t.Errorf("without the app: %s", r)
		}
	}
	a := h.start(scenario)
	for _, c := range []struct {
		code int
		args string
	}{
		{0, "list"},
		{0, "list --json"},
		{0, "status"},
		{10, "status --quiet Office"},
		{0, "connect Office --wait"},
		{0, "status --quiet Office"},
		{0, "connect Office"}, // again: nothing to do
		{0, "wait Office"},
		{0, "show Office"},
		{0, "show Office --json"},
		{0, "statistics Office"},
		{1, "statistics Home"},
		{0, "explain Office"},
		{0, "toggle Office --wait"},
		{10, "status --quiet Office"},
		{0, "wait Office --for disconnected"},
		{5, "wait Office --timeout 200ms"},
		{5, "connect Slow --wait=200ms"},
		{11, "status --quiet Slow"},
		{0, "stop Slow --wait"},
		{6, "start Old --wait"},
		{3, "status nosuch"},
		{3, "connect Office nosuch"},
		{4, "status Twin"},
		{4, "connect twin"},
		{0, "status twin\u00a0east"},
		{2, "nosuch"},
		{2, "list extra"},
		{2, "list --nosuch"},
		{2, "connect"},
		{2, "pause yesterday"},
		{2, "wait Office --for lunch"},
		{2, "auto Office maybe"},
		{2, "settings set retryDelayMax 1"},
		{2, "settings get nosuch"},
		{1, "--demo=nosuch.json list"},
		{0, "hold Office 30m"},
		{0, "resume Office"},
		{0, "networks trust"},
		{0, "networks untrust"},
		{0, "rules add ignore --ssid Elsewhere --name elsewhere"},
		{0, "rules test"},
		{0, "rules remove elsewhere"},
		{2, "rules remove elsewhere"}, // there is none any more
		{0, "up Office --wait"},
		{0, "disconnect --all --wait"},
		{0, "disconnect Office"}, // already down
		{2, "disconnect"},
		{2, "disconnect Office --all"},
		{0, "status Office Home"},
		{3, "status Office nosuch"},
		{0, "groups set work Office Home"},
		{0, "groups"},
		{2, "groups set play Home Slow"}, // Home is in work
		{3, "groups set work Office nosuch"},
		{0, "groups remove work"},
		{2, "groups remove work"},
		{0, "networks trust"},
		{2, "networks untrust nosuch"},
		{0, "networks untrust Home-WiFi"},
		{0, "rules add ignore --ssid a --name first"},
		{0, "rules add ignore --ssid b --name second"},
		{0, "rules move second 1"},
		{0, "rules disable second"},
		{0, "rules enable 1"},
		{0, "rules remove 1"},
		{0, "rules remove first"},
		{0, "pause 30"},
		{0, "pause until 08:00"},
		{0, "resume"},
		{0, "disconnect Office --for 1d"},
		{0, "disconnect Office --for 08:00"},
		{3, "connect Office --wait 5s"}, // as a name
		{0, "log"},
		{0, "doctor"},
		{0, "version"},
		{0, "--version"},
		{0, "completion bash"},
		{2, "completion tcsh"},
		{0, "help rules move"},
		{2, "help nosuch"},
	} {
		var args []string
		for _, f := range strings.Split(c.args, " ") {
			args = append(args, strings.ReplaceAll(f, "\u00a0", " "))
		}
		r := a.want(c.code, args...)
		if c.code >= 1 && c.code <= 7 && (r.out != "" || r.errOut == "") {
			t.Errorf("an error belongs on standard error alone: %s", r)
		}
	}
	if office := a.list()["Office"]; office.Status != "Disconnected" {
		t.Errorf("a command with an unknown name did something: %+v", office)
	}
	if r := a.want(4, "status", "Twin"); !strings.Contains(r.errOut, "Twin East") || !strings.Contains(r.errOut, "Twin West") {
		t.Errorf("what fits is not named: %s", r)
	}
	if got := strings.TrimSpace(a.ok("status", "Office")); got != "Disconnected" {
		t.Errorf("status Office is %q", got)
	}
	if r := a.want(3, "connect", "Office", "--wait", "5s"); !strings.Contains(r.errOut, "--wait=5s") {
		t.Errorf("how a time is given is not reported: %s", r)
	}
	a.ok("quit")
	a.want(7, "list") // it returned when the app had ended
	a.want(7, "quit")
	if err := <-a.ended; err != nil {
		t.Errorf("the app ended with %v", err)
	}
}

func TestSettingsByCommandByHandAndBroken(t *testing.T) {
	a := newHome(t).start(scenario)
	file := strings.TrimSpace(a.ok("settings", "path"))
	if file != filepath.Join(a.dir, "settings.json") {
		t.Fatalf("settings path is %s", file)
	}
	inForce := func(want int) {
		t.Helper()
		a.eventually(fmt.Sprintf("retryDelayMax %d is in force", want), func() error {
			status, body := a.curl("http://vpnstatus/v1/settings")
			var s struct{ RetryDelayMax int }
			if err := json.Unmarshal([]byte(body), &s); err != nil || status != 200 || s.RetryDelayMax != want {
				return fmt.Errorf("status %d, %s", status, body)
			}
			return nil
		})
	}
	inForce(120)
	a.ok("settings", "set", "retryDelayMax", "1m")
	inForce(60)
	if got := strings.TrimSpace(a.ok("settings", "get", "retryDelayMax")); got != "60" {
		t.Errorf("settings get says %q", got)
	}

	edit := func(change func(map[string]any)) {
		t.Helper()
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var all map[string]any
		decode(t, string(data), &all)
		change(all)
		data, err = json.Marshal(all)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	edit(func(all map[string]any) { all["retryDelayMax"], all["laterVersion"] = 300, "kept" })
	inForce(300)
	a.ok("settings", "set", "iconStyle", "color")
	edit(func(all map[string]any) {
		if all["laterVersion"] != "kept" || all["iconStyle"] != "color" {
			t.Errorf("the file holds %v", all)
		}
	})

	// What was set stays in force while the file is broken; a change is refused at
	// once, with the reason.
	if err := os.WriteFile(file, []byte(`{"retryDelayMax": 5,`), 0o600); err != nil {
		t.Fatal(err)
	}
	a.eventually("the broken file is reported", func() error {
		var s struct{ Problems []struct{ Key, Text string } }
		decode(t, a.ok("status", "--json"), &s)
		for _, p := range s.Problems {
			if strings.HasPrefix(p.Key, "settings") {
				return nil
			}
		}
		return fmt.Errorf("problems: %+v", s.Problems)
	})
	inForce(300)
	if r := a.want(0, "settings", "get", "retryDelayMax"); strings.TrimSpace(r.out) != "300" || !strings.Contains(r.errOut, "the running app keeps") {
		t.Errorf("with a broken file %s", r)
	}
	if r := a.want(1, "settings", "set", "retryDelayMax", "90"); !strings.Contains(r.errOut, "not JSON") {
		t.Errorf("a change of a broken file says %q", r.errOut)
	}
	if err := os.WriteFile(file, []byte(`{"retryDelayMax": 5}`), 0o600); err != nil {
		t.Fatal(err)
	}
	a.ok("settings", "set", "retryDelayMax", "90")
	inForce(90)
	a.terminate(syscall.SIGTERM)
}

func TestSecondInstanceHandsOver(t *testing.T) {
	a := newHome(t).start(scenario)
	if r := a.want(1, "--headless", scenario); !strings.Contains(r.errOut, fmt.Sprint(a.cmd.Process.Pid)) {
		t.Errorf("the running process is not named: %s", r)
	}
	a.ok("list") // the first one is unharmed
	a.terminate(syscall.SIGTERM)
}

func TestAnAppThatCannotMakeItsFolderSaysWhy(t *testing.T) {
	h := newHome(t)
	file := filepath.Join(h.dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	h.dir = filepath.Join(file, "below") // a directory that can't be made, not even by root
	if r := h.want(1, "--headless", scenario); !strings.Contains(r.errOut, "not a directory") {
		t.Errorf("the reason is not reported: %s", r)
	}
}

func TestCrashedAppLeavesNothingInTheWay(t *testing.T) {
	h := newHome(t)
	a := h.start(scenario)
	if err := a.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-a.ended
	h.want(7, "list")
	h.start(scenario).terminate(syscall.SIGTERM)
}

func TestBrokenPipeIsQuiet(t *testing.T) {
	a := newHome(t).start(scenario)
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	c := a.command("list")
	var text lockedBuffer
	c.Stdout, c.Stderr = w, &text
	if err := r.Close(); err != nil { // nobody reads
		t.Fatal(err)
	}
	_ = c.Run() // it may end by the signal, as other tools do
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if got := text.String(); got != "" {
		t.Errorf("it wrote %q", got)
	}
	a.ok("list")
}

func TestCompletionKnowsTheServices(t *testing.T) {
	a := newHome(t).start(scenario)
	if out := a.ok("__complete", "connect", ""); !strings.Contains(out, "Twin East") || !strings.Contains(out, "Office") {
		t.Errorf("completion offers %q", out)
	}
	if out := a.ok("__complete", "groups", "set", "work", "Office", ""); !strings.Contains(out, "Twin East") || strings.Contains(out, "Office") {
		t.Errorf("completion of the members of a group offers %q", out)
	}
	a.ok("groups", "set", "work", "Office", "Home")
	if out := a.ok("__complete", "groups", "remove", ""); !strings.Contains(out, "work") {
		t.Errorf("completion of groups offers %q", out)
	}
}
