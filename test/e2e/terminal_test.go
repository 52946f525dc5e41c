//go:build e2e

package e2e

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

// terminal is the program in a terminal of tmux.
type terminal struct {
	*home
	server string
}

// open runs the program in a terminal of the given size. When it ends, the
// terminal shows its exit code.
func (h *home) open(width, height int, variables, args string) *terminal {
	h.t.Helper()
	return h.openLine(width, height, fmt.Sprintf("env %s %s %s", variables, binary, args))
}

// openLine is open for any command line.
func (h *home) openLine(width, height int, line string) *terminal {
	h.t.Helper()
	x := &terminal{h, fmt.Sprint(filepath.Base(h.dir), "x", width, "x", height)}
	line = fmt.Sprintf("unset NO_COLOR; export VPNSTATUS_HOME=%s TZ=UTC LC_ALL=C.UTF-8; %s; echo ended with $?; cat", h.dir, line)
	x.tmux("-f", "/dev/null", "new-session", "-d", "-x", fmt.Sprint(width), "-y", fmt.Sprint(height), line)
	h.t.Cleanup(func() { _ = exec.Command("tmux", "-L", x.server, "kill-server").Run() })
	return x
}

func (x *terminal) tmux(args ...string) string {
	x.t.Helper()
	c := exec.Command("tmux", append([]string{"-L", x.server}, args...)...)
	out, err := c.CombinedOutput()
	if err != nil {
		x.t.Fatalf("tmux %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

func (x *terminal) screen() string { x.t.Helper(); return x.tmux("capture-pane", "-p") }

func (x *terminal) keys(keys ...string) {
	x.t.Helper()
	x.tmux(append([]string{"send-keys"}, keys...)...)
}

// shows waits until the screen fits the pattern.
func (x *terminal) shows(pattern string) string {
	x.t.Helper()
	p := regexp.MustCompile(pattern)
	var screen string
	x.eventually("the screen shows "+pattern, func() error {
		if screen = x.screen(); !p.MatchString(screen) {
			return fmt.Errorf("it shows\n%s", screen)
		}
		return nil
	})
	return screen
}

func TestTerminalMenuAndSecondTerminal(t *testing.T) {
	h := newHome(t)
	x := h.open(100, 50, "", "--demo=quiet")
	x.shows(`Connect Office`)
	x.shows(`Connect Fjord`)

	// Another terminal drives the same app.
	h.ok("connect", "Office", "--wait")
	x.shows(`Disconnect Office`)
	if h.list()["Office"].Status != "Connected" {
		t.Error("the command line sees another app")
	}

	// By keys: down to the first service, and click.
	x.keys("1")
	h.eventually("a digit clicks the first service", func() error {
		if v := h.list()["Fjord"]; v.Status != "Connected" {
			return fmt.Errorf("%+v", v)
		}
		return nil
	})
	x.shows(`Disconnect Fjord`)
	x.keys("1")
	h.becomes("Fjord", "Disconnected", "")
	x.shows(`Connect Fjord`)
	x.keys("Space")
	h.eventually("space ticks Auto Connect", func() error {
		for _, v := range h.list() {
			if v.AutoConnect {
				return nil
			}
		}
		return fmt.Errorf("nothing is ticked")
	})

	// Small, and large again.
	x.tmux("resize-window", "-x", "40", "-y", "10")
	x.eventually("the menu fits 40×10", func() error {
		lines := strings.Split(strings.TrimRight(x.screen(), "\n"), "\n")
		if len(lines) > 10 || !strings.Contains(strings.Join(lines, "\n"), "Fjord") {
			return fmt.Errorf("it shows\n%s", strings.Join(lines, "\n"))
		}
		for _, l := range lines {
			if len([]rune(l)) > 40 {
				return fmt.Errorf("%q is too long", l)
			}
		}
		return nil
	})
	x.tmux("resize-window", "-x", "100", "-y", "50")
	x.shows(`(?s)Fjord.*Office.*Quit VPNStatus`)

	x.keys("?")
	x.shows(`resume Auto Connect, or release`)
	x.keys("Escape")
	x.shows(`Connect Home`)
	x.keys("q")
	x.shows(`ended with 0`)
	h.want(7, "list")
}

func TestTerminalMenuOfARunningApp(t *testing.T) {
	a := newHome(t).start("--demo=quiet")
	for _, args := range []string{"menu", "--demo=quiet"} {
		x := a.open(80+len(args), 30, "", args)
		x.shows(`Connect Office`)
		a.ok("connect", "Office", "--wait")
		x.shows(`Disconnect Office`)
		a.ok("disconnect", "Office", "--wait")
		x.shows(`Connect Office`)
		x.keys("q")
		x.shows(`ended with 0`)
		a.ok("list") // leaving the menu does not end the app
	}

	x := a.open(90, 30, "", "menu")
	x.shows(`Connect Office`)
	x.keys("G", "Enter") // the last line is Quit VPNStatus
	x.shows(`ended with 0`)
	<-a.ended
	a.want(7, "list")
}

func TestTerminalMenuWhoseAppEnds(t *testing.T) {
	a := newHome(t).start("--demo=quiet")
	x := a.open(80, 30, "", "menu")
	x.shows(`(?s)Connect Office.*Close.*Quit VPNStatus`)
	a.terminate(syscall.SIGTERM)
	x.shows(`(?s)the app has ended.*ended with 7`)
}

// color is an escape sequence that sets a colour.
var color = regexp.MustCompile(`\x1b\[[0-9;]*(3[0-7]|38|9[0-7]|4[0-7]|48)[0-9;]*m`)

func TestNoColor(t *testing.T) {
	h := newHome(t)
	x := h.open(90, 40, "NO_COLOR=1", "--demo=quiet")
	x.shows(`Connect Office`)
	h.ok("connect", "Office", "--wait")
	x.shows(`Disconnect Office`)
	if got := x.tmux("capture-pane", "-p", "-e"); color.MatchString(got) {
		t.Errorf("NO_COLOR is set and the screen has colours:\n%q", got)
	}
	x.keys("q")
	x.shows(`ended with 0`)
}

func TestMenuWhereNothingCanBeWritten(t *testing.T) {
	h := newHome(t)
	x := h.open(100, 45, "VPNSTATUS_HOME=/proc/nosuch", "--demo=quiet")
	x.shows(`Connect Office`)
	x.shows(`(?i)log|socket|saved|written`) // what does not work is reported
	x.keys("q")
	x.shows(`ended with`)
}

func TestMenuNeedsATerminal(t *testing.T) {
	h := newHome(t)
	r := h.want(2, "--demo=quiet")
	if !strings.Contains(r.errOut, "--headless") {
		t.Errorf("what to do instead is not reported: %s", r)
	}
	r = h.want(2, "menu", "--demo=quiet")
	if !strings.Contains(r.errOut, "vpnstatus watch") || strings.Contains(r.errOut, "--headless") {
		t.Errorf("what to do instead is not reported: %s", r)
	}
	h.open(80, 20, "TERM=dumb", "menu --demo=quiet").shows(`(?s)needs a terminal.*ended with 2`)
	h.open(81, 20, "", "menu --demo=quiet </dev/null").shows(`(?s)needs a terminal.*ended with 2`)
}

func TestListInATerminal(t *testing.T) {
	a := newHome(t).start("--demo=quiet")
	x := a.open(101, 20, "", "list")
	x.shows(`(?s)NAME +STATUS.*Office +Disconnected.*ended with 0`)
}
