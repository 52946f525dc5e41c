//go:build e2e

package e2e

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"unicode"
	"unicode/utf8"
)

// TestNamesNeverSteerATerminal looks at everything that is printed about services,
// networks and rules whose names have control and format characters. Joiners may
// stay in text, for emoji.
func TestNamesNeverSteerATerminal(t *testing.T) {
	a := newHome(t).start("--demo=testdata/hostile.json")
	const evil = "Evil\x1b[31m\x7f\u009b31m"
	check := func(what, text string, isJSON bool) {
		t.Helper()
		for _, r := range text {
			if r == '\n' || r == utf8.RuneError || !isJSON && (r == '\t' || r == '\u200d') {
				continue
			}
			if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
				t.Errorf("%s has %U unescaped: %q", what, r, text)
				return
			}
		}
	}
	file := filepath.Join(a.dir, "settings.json")
	if err := os.WriteFile(file, []byte(`{
		"rules": [{"name": "r\u009b\u202e\u200d\udb40\udc68", "then": "connect", "ssid": ["s\u001b\u202e*"]}],
		"groups": [{"name": "g\u001b\u202e", "members": []}],
		"trustedNetworks": [{"ssid": "t\u001b\u202e"}],
		"hidden": ["h\u202e"]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	id := ""
	for name, v := range a.list() {
		if name != "Plain" {
			id = v.ID
		}
	}
	a.ok("connect", id, "--wait")
	follow := a.watchLines()
	for _, line := range []string{
		"list", "list --ids", "list --json", "list --all --json", "status", "status --json", "status ID", "status ID Plain", "status ID --json",
		"show ID", "show ID --json", "statistics ID", "statistics ID --json", "connect ID", "connect EVIL", "auto", "auto --json", "auto ID on",
		"explain ID", "explain ID --json", "rules", "rules list --json", "rules test", "rules test --json", "rules remove x\u202e", "rules remove r\u009b",
		"networks", "networks list --json", "networks trust", "networks untrust x\x1b", "groups", "groups list --json", "groups remove g\u202ex",
		"settings", "settings list --json", "settings get rules", "settings get hidden", "settings set nosuch\x1b x", "settings set iconStyle x\x1b", "settings set rules [{\"then\":\"x\u202e\"}]",
		"hold ID 30m", "hold ID x\x1b", "pause x\u202e", "disconnect ID --for x\u009b", "wait ID --for x\x1b", "log -n 1000", "doctor", "doctor --json",
		"nosuch\x1b", "list --nosuch\u202e", "help x\x1b", "completion x\x1b", "version --json", "--demo=x\x1b list", "quit x\x1b",
		"nc list", "nc status ID", "nc show ID", "nc statistics ID", "nc status EVIL", "nc nosuch\x1b", "vpnutil list", "vpnutil status ID", "vpnutil status EVIL",
		"disconnect ID --wait", "__complete connect ",
	} {
		args := strings.Split(line, " ")
		for i := range args {
			args[i] = strings.NewReplacer("ID", id, "EVIL", evil).Replace(args[i])
		}
		r := a.run("", args...)
		isJSON := strings.Contains(line, "json") || strings.HasPrefix(line, "settings get ") || line == "vpnutil list"
		check(line, r.out, isJSON)
		check(line+" on standard error", r.errOut, false)
	}
	for _, path := range []string{
		"status", "services", "services/" + id, "services/" + url.PathEscape(evil), "services/nosuch%E2%80%AE", "explain/" + id, "settings",
		"doctor", "nosuch%C2%9B", "events?x%1B=1",
	} {
		status, body := a.curl("http://vpnstatus/v1/" + path)
		check(fmt.Sprintf("%s, status %d", path, status), body, true)
	}
	a.terminate(syscall.SIGTERM)
	for what, text := range follow() {
		check(what, text, strings.Contains(what, "json"))
		if !strings.Contains(text, "Evil") {
			t.Errorf("%s printed %q", what, text)
		}
	}
}

// TestNamesAreOnlyText has names that would mean something to a shell, a format,
// HTML, a log or a table, and very long ones.
func TestNamesAreOnlyText(t *testing.T) {
	h := newHome(t)
	pwned := filepath.Join(h.dir, "pwned")
	names := []string{
		"$(touch " + pwned + ")", "`touch " + pwned + "`", "'; touch " + pwned + "; '", `"; touch ` + pwned + `; "`, "x | touch " + pwned, "--all", "-v",
		"%s%d%n%!", `{{.}}`, "<script>alert(1)</script>&amp;", "*", "../../etc/passwd", `back\slash "quoted"`, "tab\tand\nline", "\r\ntime=2026-01-01 level=ERROR msg=forged",
		"x level=ERROR msg=forged", "LD_PRELOAD=/tmp/x", strings.Repeat("long ", 2000), "e" + strings.Repeat("\u0301", 5000),
	}
	type service struct {
		Name       string `json:"name"`
		Protocol   string `json:"protocol"`
		Server     string `json:"server"`
		Connect    string `json:"connect"`
		Disconnect string `json:"disconnect"`
	}
	demo := struct {
		Name     string    `json:"name"`
		Services []service `json:"services"`
	}{Name: "names"}
	for _, n := range names {
		demo.Services = append(demo.Services, service{n, "IKEv2", "vpn.example", "10ms", "10ms"})
	}
	text, err := json.Marshal(demo)
	if err != nil {
		t.Fatal(err)
	}
	place := func(name, text string, mode os.FileMode) string {
		t.Helper()
		name = filepath.Join(h.dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o700), os.WriteFile(name, []byte(text), mode)); err != nil {
			t.Fatal(err)
		}
		return name
	}
	const hook = "#!/bin/sh\nprintf '%s\\n' \"$VPNSTATUS_NAME\" >>names\necho $VPNSTATUS_NAME\n"
	place("settings.json", `{"hooks": true}`, 0o600)
	place("hooks/connected.d/a", hook, 0o700)
	a := h.start("--demo="+place("demo.json", string(text), 0o600), "--verbose")

	listed := a.list()
	if len(listed) != len(names) {
		t.Errorf("%d names are listed", len(listed))
	}
	for _, n := range names {
		v, ok := listed[n]
		if !ok {
			t.Errorf("%.60q is not listed as it is", n)
			continue
		}
		a.ok("connect", v.ID, "--wait")
		for _, line := range []string{"list", "status", "status ID", "show ID", "explain ID", "nc list", "nc status ID", "nc show ID", "vpnutil list", "vpnutil status ID", "auto"} {
			r := a.want(0, strings.Fields(strings.ReplaceAll(line, "ID", v.ID))...)
			if strings.Contains(r.out+r.errOut, "%!") && !strings.Contains(r.out, "%s%d%n%!") {
				t.Errorf("a format went wrong: %s", r)
			}
		}
		if !strings.HasPrefix(n, "-") {
			a.ok("status", n)
		}
		a.ok("status", "--", n)
		a.ok("disconnect", v.ID, "--wait")
	}
	// The same for what a client says of itself, and for paths.
	a.curl("-X", "POST", "http://vpnstatus/v1/reload", "-d", `{"origin": "x\r\ntime=2026-01-01 level=ERROR msg=forged"}`)
	a.curl("http://vpnstatus/v1/%0Atime=2026-01-01%20level=ERROR%20msg=forged")
	for _, line := range []string{"list", "nc list"} {
		if lines := strings.Count(a.ok(strings.Fields(line)...), "\n"); lines < len(names) || lines > len(names)+1 { // with a heading
			t.Errorf("%s prints %d lines for %d services", line, lines, len(names))
		}
	}
	a.eventually("all hooks have run", func() error {
		text, err := os.ReadFile(filepath.Join(a.dir, "hooks/connected.d/names"))
		if n := strings.Count(string(text), "\n"); err != nil || n != len(names) {
			return fmt.Errorf("%d names, %v", n, err)
		}
		return nil
	})
	a.terminate(syscall.SIGTERM)
	log, err := os.ReadFile(filepath.Join(a.dir, "vpnstatus.log"))
	if err != nil {
		t.Fatal(err)
	}
	forged := regexp.MustCompile(`^time=\S+ level=ERROR msg=forged`)
	for line := range strings.Lines(string(log)) {
		if !strings.HasPrefix(line, "time=20") || forged.MatchString(line) {
			t.Errorf("a line of the log is forged: %.200q", line)
		}
	}
	if !strings.Contains(string(log), "forged") {
		t.Error("the log does not have the names")
	}
	if _, err := os.Lstat(pwned); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a name was run as a command: %v", err)
	}
}

// watchLines follows events as text and as JSON. The function that it returns
// waits for the end of both, after the app, and returns what they printed.
func (h *home) watchLines() func() map[string]string {
	h.t.Helper()
	outs := map[string]*lockedBuffer{}
	var waits []func() error
	for _, line := range []string{"watch", "watch --json"} {
		c := h.command(strings.Fields(line)...)
		out := &lockedBuffer{}
		c.Stdout, outs[line] = out, out
		if err := c.Start(); err != nil {
			h.t.Fatal(err)
		}
		waits = append(waits, c.Wait)
		h.eventually(line+" prints the services", func() error {
			if out.String() == "" {
				return fmt.Errorf("it has printed nothing")
			}
			return nil
		})
	}
	return func() map[string]string {
		texts := map[string]string{}
		for _, wait := range waits {
			_ = wait() // 7, since the app has ended
		}
		for line, out := range outs {
			texts[line] = out.String()
		}
		return texts
	}
}
