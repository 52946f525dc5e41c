//go:build e2e

package e2e

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"howett.net/plist"
)

// examples runs the files of the folder examples, each as the program does that
// it is for.
type examples struct {
	*launcher
	used map[string]bool
}

// path returns the path of an example.
func (x *examples) path(name string) string {
	x.t.Helper()
	x.used[name] = true
	path, err := filepath.Abs(filepath.Join("..", "..", "examples", name))
	if err != nil {
		x.t.Fatal(err)
	}
	return path
}

// down disconnects everything.
func (x *examples) down() { x.t.Helper(); x.ok("disconnect", "--all", "--wait") }

func TestExamples(t *testing.T) {
	a := newHome(t).start("--demo=testdata/examples.json")
	x := &examples{a.launcher(), map[string]bool{}}
	for _, c := range []struct {
		name string
		try  func(*examples)
	}{
		{"SwiftBar", swiftbar},
		{"Raycast", raycast},
		{"Alfred", alfred},
		{"Hammerspoon", hammerspoon},
		{"sketchybar", sketchybar},
		{"tmux", tmuxStatus},
		{"prompt", prompt},
		{"LaunchAgent", launchAgent},
		{"without the app", withoutTheApp},
	} {
		t.Run(c.name, func(t *testing.T) {
			sub := &examples{&launcher{x.in(t), x.stubs}, x.used}
			sub.down()
			c.try(sub)
		})
	}
	readme, err := os.ReadFile("../../examples/README.md")
	if err != nil {
		t.Fatal(err)
	}
	err = fs.WalkDir(os.DirFS("../../examples"), ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() || name == "README.md":
		case !x.used[name]:
			t.Errorf("no test uses %s", name)
		case !strings.Contains(string(readme), "("+filepath.Dir(name)+")"):
			t.Errorf("the README does not mention %s", name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// swiftbarItem is a line of a plugin.
type swiftbarItem struct {
	title  string
	params map[string]string
}

var swiftbarParam = regexp.MustCompile(`([a-z0-9]+)=("[^"]*"|\S+)`)

// swiftbarMenu reads what a plugin wrote: the header, and the items below it.
func swiftbarMenu(t *testing.T, text string) (header swiftbarItem, items []swiftbarItem) {
	t.Helper()
	var all []swiftbarItem
	for line := range strings.Lines(text) {
		title, params, _ := strings.Cut(strings.TrimSpace(line), "|")
		item := swiftbarItem{strings.TrimSpace(title), map[string]string{}}
		for _, m := range swiftbarParam.FindAllStringSubmatch(params, -1) {
			item.params[m[1]] = strings.Trim(m[2], `"`)
		}
		all = append(all, item)
	}
	if len(all) < 3 || all[1].title != "---" {
		t.Fatalf("it is not a header and items:\n%s", text)
	}
	return all[0], all[2:]
}

func swiftbar(x *examples) {
	plugin := x.path("swiftbar/vpnstatus.10s.sh")
	text, err := os.ReadFile(plugin)
	if err != nil {
		x.t.Fatal(err)
	}
	if n := len(regexp.MustCompile(`(?m)^# <((?:xbar|swiftbar)\.\w+)>[^<]+</((?:xbar|swiftbar)\.\w+)>$`).FindAll(text, -1)); n < 4 || n != strings.Count(string(text), "\n# <") {
		x.t.Errorf("%d lines of metadata are of the right form", n)
	}

	x.ok("connect", "Lab", "--wait")
	header, items := swiftbarMenu(x.t, x.out(nil, plugin))
	if header.title != "" || header.params["sfimage"] != "lock.shield.fill" {
		x.t.Errorf("one VPN is connected, and the header is %v", header)
	}
	var titles []string
	for _, item := range items {
		titles = append(titles, item.title+" "+item.params["checked"])
	}
	if diff := cmp.Diff([]string{"Home false", "Lab / #1 'x' true", "Office false", "Slow false"}, titles); diff != "" {
		x.t.Error(diff)
	}

	// A click on Office, then on Slow, which goes on connecting.
	click := func(i int) {
		p := items[i].params
		x.out(nil, p["bash"], p["param1"], p["param2"])
	}
	click(2)
	x.becomes("Office", "Connected", "")
	click(3)
	header, items = swiftbarMenu(x.t, x.out(nil, plugin))
	if header.params["sfimage"] != "arrow.triangle.2.circlepath" || items[3].title != "Slow (Connecting)" {
		x.t.Errorf("Slow is connecting, and the menu has %v, %v", header, items[3])
	}
	x.down()
	if header, _ := swiftbarMenu(x.t, x.out(nil, plugin)); header.params["sfimage"] != "shield.slash" {
		x.t.Errorf("nothing is connected, and the header is %v", header)
	}
}

// raycastKeys returns the metadata of a script command, which Raycast must be
// able to read.
func raycastKeys(t *testing.T, script string) map[string]string {
	t.Helper()
	text, err := os.ReadFile(script)
	if err != nil {
		t.Fatal(err)
	}
	keys := map[string]string{}
	for _, m := range regexp.MustCompile(`(?m)^# @raycast\.(\w+) (.+)$`).FindAllStringSubmatch(string(text), -1) {
		keys[m[1]] = m[2]
	}
	if keys["schemaVersion"] != "1" || keys["title"] == "" || keys["packageName"] == "" {
		t.Errorf("%s: %v", script, keys)
	}
	if _, err := time.ParseDuration(keys["refreshTime"]); (err == nil) != (keys["mode"] == "inline") {
		t.Errorf("%s: mode %s, refresh time %q", script, keys["mode"], keys["refreshTime"])
	}
	return keys
}

func raycast(x *examples) {
	toggle, status := x.path("raycast/vpn-toggle.sh"), x.path("raycast/vpn-status.sh")
	keys := raycastKeys(x.t, toggle)
	var argument struct{ Type, Placeholder string }
	decode(x.t, keys["argument1"], &argument)
	if keys["mode"] != "compact" || argument.Type != "text" || argument.Placeholder == "" {
		x.t.Errorf("it has %v", keys)
	}
	if keys := raycastKeys(x.t, status); keys["mode"] != "inline" {
		x.t.Errorf("it has %v", keys)
	}

	for _, c := range []struct{ name, want, status string }{
		{"Office", "Office: Connected\n", "Office\n"},
		{"Home", "Home: Connected\n", "Home, Office\n"},
		{"Office", "Office: Disconnected\n", "Home\n"},
		{"Home", "Home: Disconnected\n", "Not connected\n"},
	} {
		if got := x.out(nil, toggle, c.name); got != c.want {
			x.t.Errorf("toggle shows %q, want %q", got, c.want)
		}
		if got := x.out(nil, status); got != c.status {
			x.t.Errorf("status shows %q, want %q", got, c.status)
		}
	}
	if got, code := x.exec(nil, toggle, "nosuch"); code != 3 || !strings.Contains(got, "nosuch") {
		x.t.Errorf("an unknown name: exit code %d, %q", code, got)
	}
}

// alfredList is what a script filter gives.
type alfredList struct {
	Rerun float64
	Items []struct {
		UID, Title, Subtitle, Arg, Autocomplete string
		Valid                                   *bool
	}
}

func alfredItems(t *testing.T, text string) alfredList {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	d.DisallowUnknownFields()
	var l alfredList
	if err := d.Decode(&l); err != nil || len(l.Items) == 0 {
		t.Fatalf("%v in %s", err, text)
	}
	return l
}

func alfred(x *examples) {
	filter := x.path("alfred/vpn-filter.sh")
	l := alfredItems(x.t, x.out(nil, filter))
	if len(l.Items) != 4 || l.Rerun < 0.1 || l.Rerun > 5 { // Alfred's limits
		x.t.Fatalf("it lists %+v", l)
	}
	office := l.Items[2]
	if office.Title != "Office" || office.Autocomplete != "Office" || office.UID == "" || office.Valid != nil || office.Subtitle != "Disconnected · connect with ↩" {
		x.t.Errorf("Office is %+v", office)
	}

	// The line of its comment is the action.
	text, err := os.ReadFile(filter)
	if err != nil {
		x.t.Fatal(err)
	}
	_, action, found := strings.Cut(string(text), "/usr/local/bin/")
	action, _, _ = strings.Cut(action, "\n")
	if !found || action == "" {
		x.t.Fatal("the action is not in its comment")
	}
	x.out(nil, "bash", "-c", action, "action", office.Arg)
	x.becomes("Office", "Connected", "")
	if office = alfredItems(x.t, x.out(nil, filter)).Items[2]; office.Subtitle != "Connected · disconnect with ↩" {
		x.t.Errorf("Office is %+v", office)
	}
}

// lua returns the name of the interpreter, which Debian calls by its version.
func lua() string {
	if _, err := exec.LookPath("lua5.4"); err == nil {
		return "lua5.4"
	}
	return "lua"
}

func hammerspoon(x *examples) {
	dir := filepath.Dir(x.path("hammerspoon/vpnstatus.lua"))
	run := func(h *home, what string) *exec.Cmd {
		c := exec.Command(lua(), "testdata/hammerspoon.lua", dir, binary, what)
		c.Env = h.environ()
		return c
	}
	if out, err := run(x.home, "Home").CombinedOutput(); err != nil || len(out) > 0 {
		x.t.Errorf("toggle: %v, %s", err, out)
	}
	x.becomes("Home", "Connected", "")
	if out, err := run(x.home, "nosuch").CombinedOutput(); err != nil || !strings.HasPrefix(string(out), "alert: vpnstatus: ") {
		x.t.Errorf("toggle of an unknown name: %v, %s", err, out)
	}

	c := run(x.home, "watch")
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // with the program it runs
	var errOut lockedBuffer
	c.Stderr = &errOut
	out, err := c.StdoutPipe()
	if err != nil {
		x.t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		x.t.Fatal(err)
	}
	defer func() {
		_ = syscall.Kill(-c.Process.Pid, syscall.SIGKILL)
		_ = c.Wait() // killed
	}()
	lines := make(chan string)
	go func() {
		defer close(lines)
		for in := bufio.NewScanner(out); in.Scan(); {
			lines <- in.Text()
		}
	}()
	expect := func(want string) {
		x.t.Helper()
		select {
		case got := <-lines:
			if got != want {
				x.t.Fatalf("it prints %q, want %q\n%s", got, want, errOut.String())
			}
		case <-time.After(patience):
			x.t.Fatalf("it prints nothing, want %q\n%s", want, errOut.String())
		}
	}
	expect("started")
	x.ok("connect", "Lab", "--wait")
	expect("alert: Lab | #1 'x': Connected")
	x.ok("disconnect", "Lab", "--wait")
	expect("alert: Lab | #1 'x': Disconnecting")
}

func sketchybar(x *examples) {
	// sketchybar writes down what it is called with, an argument a line.
	log := filepath.Join(x.stubs, "sketchybar.log")
	x.stub("sketchybar", "#!/bin/sh\nprintf '%s\\n' \"$@\" >>'"+log+"'\n")
	called := func() string {
		x.t.Helper()
		text, err := os.ReadFile(log)
		if err != nil {
			x.t.Fatal(err)
		}
		if err := os.Remove(log); err != nil {
			x.t.Fatal(err)
		}
		return strings.Join(strings.Fields(string(text)), " ")
	}

	config := filepath.Join(x.dir, "sketchybar")
	if err := os.MkdirAll(config, 0o700); err != nil {
		x.t.Fatal(err)
	}
	if err := os.Symlink(filepath.Dir(x.path("sketchybar/item.sh")), filepath.Join(config, "vpnstatus")); err != nil {
		x.t.Fatal(err)
	}
	x.out([]string{"CONFIG_DIR=" + config}, "bash", "-c", `source "$CONFIG_DIR/vpnstatus/item.sh"`)
	set := called()
	for _, want := range []string{"--add event vpn_change --add item vpn right --set vpn ", "--subscribe vpn vpn_change system_woke", "update_freq=10"} {
		if !strings.Contains(set, want) {
			x.t.Errorf("the item is added with %q, without %q", set, want)
		}
	}
	script := regexp.MustCompile(`script=(\S+)`).FindStringSubmatch(set)
	if script == nil {
		x.t.Fatalf("the item has no script: %q", set)
	}
	x.path("sketchybar/plugin.sh") // which the item names
	draw := func() string {
		x.t.Helper()
		x.out([]string{"NAME=vpn", "SENDER=routine"}, script[1])
		return called()
	}
	if got, want := draw(), "--set vpn drawing=on icon.color=0xff8e8e93 label=off"; got != want {
		x.t.Errorf("nothing is connected: %q, want %q", got, want)
	}
	x.ok("connect", "Office", "Home", "--wait")
	if got, want := draw(), "--set vpn drawing=on icon.color=0xff30d158 label=Home, Office"; got != want {
		x.t.Errorf("two are connected: %q, want %q", got, want)
	}
	x.out(nil, x.path("sketchybar/hook.sh"))
	if got, want := called(), "--trigger vpn_change"; got != want {
		x.t.Errorf("the hook calls %q, want %q", got, want)
	}
}

func tmuxStatus(x *examples) {
	script, conf := x.path("tmux/vpnstatus.sh"), x.path("tmux/vpnstatus.conf")
	if got := x.out(nil, script); got != "" {
		x.t.Errorf("nothing is connected: %q", got)
	}
	x.ok("connect", "Lab", "--wait")

	// In a home of its own, where the configuration looks for the script.
	folder := filepath.Join(x.dir, ".config", "tmux")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		x.t.Fatal(err)
	}
	if err := os.Symlink(script, filepath.Join(folder, "vpnstatus.sh")); err != nil {
		x.t.Fatal(err)
	}
	// One tmux shows what another draws.
	outer := &terminal{x.home, filepath.Base(x.dir) + "outer"}
	inner := outer.server + "inner"
	x.t.Cleanup(func() {
		_ = exec.Command("tmux", "-L", inner, "kill-server").Run() // either may have ended with the other
		_ = exec.Command("tmux", "-L", outer.server, "kill-server").Run()
	})
	tmux, err := exec.LookPath("tmux")
	if err != nil {
		x.t.Fatal(err)
	}
	outer.tmux("-f", "/dev/null", "new-session", "-d", "-x", "90", "-y", "5", fmt.Sprintf(
		"env -u TMUX HOME=%s PATH=%s:/usr/bin:/bin VPNSTATUS_HOME=%s LC_ALL=C.UTF-8 SHELL=/bin/sh %s -L %s -f %s new-session cat",
		x.dir, filepath.Dir(binary), x.dir, tmux, inner, conf))
	outer.shows(`VPN: Lab \| #1 'x' \d\d:\d\d`)
}

func prompt(x *examples) {
	script := x.path("prompt/vpnstatus.sh")
	shows := func(want string) {
		x.t.Helper()
		// Prompts are only printed by an interactive shell, here one after another.
		got := x.out([]string{"HOME=" + x.dir, "SCRIPT=" + script}, "bash", "-c", `bash --norc --noprofile -i <<'END'
. "$SCRIPT"
PS1='$(vpn_prompt)$? > '
false
:
END`)
		if !regexp.MustCompile(`0 > (false\n)?` + regexp.QuoteMeta(want) + `1 > `).MatchString(got) {
			x.t.Errorf("bash shows %q, want %q", got, want)
		}
		if got := x.out(nil, "zsh", "-f", "-c", `. "$0"; setopt PROMPT_SUBST; PROMPT='$(vpn_prompt)%# '; print -rP -- "$PROMPT"`, script); got != want+"# \n" && got != want+"% \n" {
			x.t.Errorf("zsh shows %q, want %q", got, want)
		}
	}
	shows("")
	x.ok("connect", "Slow")
	shows("[vpn…] ")
	x.ok("connect", "Office", "--wait")
	shows("[vpn] ")
}

func launchAgent(x *examples) {
	name := "com.example.vpn-backup"
	data, err := os.ReadFile(x.path("launchagent/" + name + ".plist"))
	if err != nil {
		x.t.Fatal(err)
	}
	var agent struct {
		Label                 string
		ProgramArguments      []string
		StartCalendarInterval map[string]int
		StandardErrorPath     string
		ProcessType           string
	}
	if format, err := plist.Unmarshal(data, &agent); err != nil || format != plist.XMLFormat {
		x.t.Fatal(format, err)
	}
	if agent.Label != name || len(agent.StartCalendarInterval) == 0 || !filepath.IsAbs(agent.StandardErrorPath) || len(agent.ProgramArguments) < 3 {
		x.t.Fatalf("it has %+v", agent)
	}

	// Its own command is replaced by one that says what it finds.
	script := x.path("launchagent/with-vpn.sh")
	args := slices.Clone(agent.ProgramArguments)
	if filepath.Base(args[0]) != filepath.Base(script) || !filepath.IsAbs(args[2]) {
		x.t.Fatalf("it runs %q", args)
	}
	x.stub("backup", "#!/bin/sh\necho \"$@, $(vpnstatus status Office)\"\nexit 9\n")
	args[2] = "backup"
	want := strings.Join(args[3:], " ") + ", Connected\n"

	out, code := x.exec(nil, script, args[1:]...)
	if code != 9 || out != want {
		x.t.Errorf("it ends with %d and prints %q, want %q", code, out, want)
	}
	x.becomes("Office", "Disconnected", "") // as it was before
	x.ok("connect", "Office", "--wait")
	if out, code := x.exec(nil, script, args[1:]...); code != 9 || out != want {
		x.t.Errorf("it ends with %d and prints %q, want %q", code, out, want)
	}
	if got := x.ok("status", "Office"); got != "Connected\n" {
		x.t.Errorf("it was connected before, and afterwards it is %q", got)
	}
	if out, code := x.exec(nil, script, "nosuch", "backup"); code != 3 || strings.Contains(out, ", ") && strings.Contains(out, "Connected") {
		x.t.Errorf("an unknown VPN: it ends with %d and prints %q", code, out)
	}
}

// withoutTheApp runs what must cope with an app that is not running.
func withoutTheApp(x *examples) {
	alone := []string{"VPNSTATUS_HOME=" + x.t.TempDir(), "NAME=vpn"}
	log := filepath.Join(x.stubs, "sketchybar.log")
	for _, c := range []struct {
		script, args, want string
		code               int
	}{
		{"swiftbar/vpnstatus.10s.sh", "", `(?s)^\| sfimage=\S+\n---\nVPNStatus is not running\nOpen VPNStatus \| bash=/usr/bin/open `, 0},
		{"raycast/vpn-status.sh", "", `not running`, 1},
		{"raycast/vpn-toggle.sh", "Office", `not running`, 7},
		{"alfred/vpn-filter.sh", "", `"subtitle": ".*not running`, 0},
		{"sketchybar/plugin.sh", "", `^$`, 0},
		{"tmux/vpnstatus.sh", "", `^$`, 0},
		{"launchagent/with-vpn.sh", "Office backup", `^vpnstatus: .*not running.*\n$`, 7},
	} {
		out, code := x.exec(alone, x.path(c.script), strings.Fields(c.args)...)
		if !regexp.MustCompile(c.want).MatchString(out) || code != c.code {
			x.t.Errorf("%s: exit code %d, %q", c.script, code, out)
		}
	}
	if text, err := os.ReadFile(log); err != nil || string(text) != "--set\nvpn\ndrawing=off\n" {
		x.t.Errorf("sketchybar is called with %q, %v", text, err)
	}
	if l := alfredItems(x.t, x.out(alone, x.path("alfred/vpn-filter.sh"))); len(l.Items) != 1 || l.Items[0].Valid == nil || *l.Items[0].Valid {
		x.t.Errorf("Alfred's list is %+v", l)
	}
	if got := x.out(alone, "bash", "--norc", "-c", `. "$0"; vpn_prompt`, x.path("prompt/vpnstatus.sh")); got != "" {
		x.t.Errorf("the prompt shows %q", got)
	}

	c := exec.Command(lua(), "testdata/hammerspoon.lua", filepath.Dir(x.path("hammerspoon/vpnstatus.lua")), binary, "watch")
	c.Env = append(x.environ(), alone...)
	if out, err := c.CombinedOutput(); err != nil || string(out) != "again after 10 s\n" {
		x.t.Errorf("Hammerspoon: %v, %q", err, out)
	}
}
