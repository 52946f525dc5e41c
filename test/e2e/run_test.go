//go:build e2e

package e2e

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// patience is how long to wait for what must happen. It is long because it
// costs nothing when all is well.
const patience = 60 * time.Second

var binary string

func TestMain(m *testing.M) {
	os.Exit(func() int {
		for _, tool := range []string{"curl", "jq", lua(), "tmux", "zsh"} {
			if _, err := exec.LookPath(tool); err != nil {
				fmt.Fprintln(os.Stderr, "e2e needs", tool, "in the PATH:", err)
				return 1
			}
		}
		dir, err := os.MkdirTemp("", "e2e")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(dir)
		binary = filepath.Join(dir, "vpnstatus")
		args := []string{"build", "-o", binary}
		if os.Getenv("E2E_RACE") != "" {
			args = append(args, "-race")
		}
		if os.Getenv("GOCOVERDIR") != "" { // where the program then writes what it runs
			args = append(args, "-cover", "-coverpkg=vpnstatus/...")
		}
		build := exec.Command("go", append(args, "vpnstatus/cmd/vpnstatus")...)
		build.Stdout, build.Stderr = os.Stderr, os.Stderr
		if err := build.Run(); err != nil {
			fmt.Fprintln(os.Stderr, "building the program:", err)
			return 1
		}
		if err := os.Symlink(binary, filepath.Join(dir, "vpnutil")); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		return m.Run()
	}())
}

// home is a directory of its own for one app, and everything that is done to it.
type home struct {
	t    *testing.T
	dir  string
	nice bool // its apps have the lowest priority
}

// newHome makes the home of a test, which from then on runs in parallel with
// others.
func newHome(t *testing.T) *home {
	t.Helper()
	t.Parallel()
	return newHomeAlone(t)
}

// newHomeAlone makes the home of a test that runs before all others.
func newHomeAlone(t *testing.T) *home {
	t.Helper()
	// Not t.TempDir: its path may be too long for a socket.
	dir, err := os.MkdirTemp("", "vs")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return &home{t: t, dir: dir}
}

func (h *home) environ() []string {
	// The race detector sleeps for a second at the end of each process, in case
	// another thread is about to report.
	return append(os.Environ(), "VPNSTATUS_HOME="+h.dir, "TZ=UTC", "LC_ALL=C.UTF-8", "GORACE=atexit_sleep_ms=0",
		"PATH="+filepath.Dir(binary)+string(filepath.ListSeparator)+os.Getenv("PATH"))
}

// in returns the same home for a test within the test.
func (h *home) in(t *testing.T) *home {
	same := *h
	same.t = t
	return &same
}

func (h *home) command(args ...string) *exec.Cmd {
	c := exec.Command(binary, args...)
	c.Env = h.environ()
	return c
}

// app is a running app.
type app struct {
	*home
	cmd    *exec.Cmd
	stderr *lockedBuffer
	ended  chan error
}

// start starts an app without a screen and waits until it answers.
func (h *home) start(args ...string) *app {
	h.t.Helper()
	a := &app{home: h, stderr: &lockedBuffer{}, ended: make(chan error, 1)}
	a.cmd = h.command(append([]string{"--headless"}, args...)...)
	if h.nice {
		a.cmd = exec.Command("nice", append([]string{"-n", "19"}, a.cmd.Args...)...)
		a.cmd.Env = h.environ()
	}
	a.cmd.Stderr = a.stderr
	if err := a.cmd.Start(); err != nil {
		h.t.Fatal(err)
	}
	go func() { a.ended <- a.cmd.Wait() }()
	h.t.Cleanup(func() {
		_ = a.cmd.Process.Kill() // it may have ended already
		if text := a.stderr.String(); strings.Contains(text, "DATA RACE") || h.t.Failed() {
			h.t.Errorf("the app wrote:\n%s", text)
		}
	})
	h.eventually("the app answers", func() error {
		select {
		case err := <-a.ended:
			a.ended <- err
			h.t.Fatalf("the app ended: %v\n%s", err, a.stderr.String())
		default:
		}
		return h.try(0, "list")
	})
	return a
}

// terminate sends a signal and checks that the app ends well.
func (a *app) terminate(signal os.Signal) {
	a.t.Helper()
	if err := a.cmd.Process.Signal(signal); err != nil {
		a.t.Fatal(err)
	}
	select {
	case err := <-a.ended:
		if err != nil {
			a.t.Errorf("after %v the app ended with: %v\n%s", signal, err, a.stderr.String())
		}
	case <-time.After(patience):
		a.t.Fatalf("the app did not end after %v", signal)
	}
	if _, err := os.Stat(filepath.Join(a.dir, "control.sock")); !errors.Is(err, os.ErrNotExist) {
		a.t.Errorf("after the end the socket is still there: %v", err)
	}
}

// result is how a command ended.
type result struct {
	code        int
	out, errOut string
	line        string
}

func (r result) String() string {
	return fmt.Sprintf("%s: exit code %d\nstdout: %s\nstderr: %s", r.line, r.code, r.out, r.errOut)
}

// run runs a command with the given standard input.
func (h *home) run(stdin string, args ...string) result {
	h.t.Helper()
	c := h.command(args...)
	c.Stdin = strings.NewReader(stdin)
	return h.finish(c, "vpnstatus "+strings.Join(args, " "))
}

// sh runs a script, which finds vpnstatus and vpnutil.
func (h *home) sh(script string) result {
	h.t.Helper()
	c := exec.Command("sh", "-c", script)
	c.Env = h.environ()
	return h.finish(c, script)
}

func (h *home) finish(c *exec.Cmd, line string) result {
	h.t.Helper()
	var out, errOut bytes.Buffer
	c.Stdout, c.Stderr = &out, &errOut
	err := c.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		h.t.Error(err)
		return result{code: -1, line: line}
	}
	return result{c.ProcessState.ExitCode(), out.String(), errOut.String(), line}
}

// try runs a command and returns an error unless it ends with the code.
func (h *home) try(code int, args ...string) error {
	h.t.Helper()
	if r := h.run("", args...); r.code != code {
		return fmt.Errorf("want exit code %d: %s", code, r)
	}
	return nil
}

// want runs a command that must end with the code and returns its output.
func (h *home) want(code int, args ...string) result {
	h.t.Helper()
	r := h.run("", args...)
	if r.code != code {
		h.t.Fatalf("want exit code %d: %s", code, r)
	}
	if code == 0 && strings.Contains(r.errOut, "vpnstatus:") {
		h.t.Errorf("an error was reported in spite of success: %s", r)
	}
	return r
}

func (h *home) ok(args ...string) string {
	h.t.Helper()
	return h.want(0, args...).out
}

// launcher runs programs with the short PATH of programs that launch others, in
// which are vpnstatus and stubs of what is not here.
type launcher struct {
	*home
	stubs string // a folder
}

func (h *home) launcher() *launcher { return &launcher{h, h.t.TempDir()} }

// searchPath is the variable PATH.
func (l *launcher) searchPath() string {
	return "PATH=" + l.stubs + ":" + filepath.Dir(binary) + ":/usr/bin:/bin"
}

// stub puts a program into the PATH.
func (l *launcher) stub(name, script string) {
	l.t.Helper()
	if err := os.WriteFile(filepath.Join(l.stubs, name), []byte(script), 0o700); err != nil {
		l.t.Fatal(err)
	}
}

// exec runs a program with the short PATH of a launcher and vpnstatus, and
// returns what it wrote and its exit code.
func (l *launcher) exec(variables []string, name string, args ...string) (string, int) {
	l.t.Helper()
	c := exec.Command(name, args...)
	c.Env = append(l.environ(), l.searchPath())
	c.Env = append(c.Env, variables...)
	out, err := c.CombinedOutput()
	if c.ProcessState == nil {
		l.t.Fatal(err)
	}
	return string(out), c.ProcessState.ExitCode()
}

// out is exec of a program that must succeed.
func (l *launcher) out(variables []string, name string, args ...string) string {
	l.t.Helper()
	out, code := l.exec(variables, name, args...)
	if code != 0 {
		l.t.Fatalf("%s: exit code %d\n%s", name, code, out)
	}
	return out
}

// eventually polls until check returns no error.
func (h *home) eventually(what string, check func() error) {
	h.t.Helper()
	deadline := time.Now().Add(patience)
	for {
		err := check()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			h.t.Fatalf("%s: not within %s: %v", what, patience, err)
		}
		time.Sleep(50 * time.Millisecond) // between two looks, not for something to happen
	}
}

// vpn is one entry of `list --json`.
type vpn struct {
	Name, Status, ID, State, Reason string
	AutoConnect                     bool
	Attempt                         int
}

func (h *home) list() map[string]vpn {
	h.t.Helper()
	var l struct {
		Schema int
		VPNs   []vpn
	}
	decode(h.t, h.ok("list", "--json"), &l)
	if l.Schema != 1 {
		h.t.Fatalf("schema %d", l.Schema)
	}
	all := make(map[string]vpn)
	for _, v := range l.VPNs {
		all[v.Name] = v
	}
	return all
}

// becomes waits until a service has a status and, unless empty, a state.
func (h *home) becomes(name, status, state string) {
	h.t.Helper()
	h.eventually(fmt.Sprintf("%s is %s %s", name, status, state), func() error {
		if v := h.list()[name]; v.Status != status || state != "" && v.State != state {
			return fmt.Errorf("it is %+v", v)
		}
		return nil
	})
}

func decode(t *testing.T, text string, into any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), into); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
}

// curl makes a request on the control socket and returns the HTTP status and
// the body.
func (h *home) curl(args ...string) (int, string) {
	h.t.Helper()
	args = append([]string{"--silent", "--show-error", "--max-time", "30", "--unix-socket", filepath.Join(h.dir, "control.sock"), "--write-out", "\n%{http_code}"}, args...)
	out, err := exec.Command("curl", args...).CombinedOutput()
	if err != nil {
		h.t.Fatalf("curl %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	text := strings.TrimRight(string(out), "\n")
	i := strings.LastIndexByte(text, '\n')
	var status int
	if _, err := fmt.Sscan(text[i+1:], &status); err != nil {
		h.t.Fatalf("curl wrote %q", out)
	}
	return status, text[:max(i, 0)]
}

// watch follows `watch --json` of the app.
type watch struct {
	t     *testing.T
	lines chan line
}

// line is one line of `watch --json`.
type line struct {
	Type  string
	Event struct {
		Kind, Name, From, To string
		Attempt              int
		ByUser               bool
		Reason               struct{ Key string }
	}
	Service struct{ Name, Status string }
}

func (h *home) watch(args ...string) *watch {
	h.t.Helper()
	c := h.command(append([]string{"watch", "--json"}, args...)...)
	out, err := c.StdoutPipe()
	if err != nil {
		h.t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		h.t.Fatal(err)
	}
	w := &watch{h.t, make(chan line, 10000)}
	go func() {
		defer close(w.lines)
		in := bufio.NewScanner(out)
		in.Buffer(nil, 1<<20)
		for in.Scan() {
			var l line
			if json.Unmarshal(in.Bytes(), &l) == nil {
				w.lines <- l
			}
		}
	}()
	h.t.Cleanup(func() {
		if err := c.Process.Signal(syscall.SIGINT); errors.Is(err, os.ErrProcessDone) {
			return
		}
		_ = c.Wait() // the state says how it ended
		// 7: the app had ended before.
		if of, ok := endedBy(c.ProcessState); c.ProcessState.ExitCode() != 7 && (!ok || of != syscall.SIGINT) {
			h.t.Errorf("on Ctrl-C watch ended with %v", c.ProcessState)
		}
	})
	if first := w.next("the first line"); first.Type != "service" || first.Service.Name == "" || first.Service.Status == "" {
		h.t.Fatalf("the first line of watch is %+v", first)
	}
	return w
}

func (w *watch) next(what string) line {
	w.t.Helper()
	select {
	case l, ok := <-w.lines:
		if !ok {
			w.t.Fatalf("watch ended before: %s", what)
		}
		return l
	case <-time.After(patience):
		w.t.Fatalf("watch printed nothing more before: %s", what)
	}
	panic("unreachable")
}

// until skips lines until one fits.
func (w *watch) until(what string, fits func(line) bool) line {
	w.t.Helper()
	for {
		if l := w.next(what); fits(l) {
			return l
		}
	}
}

// status waits until a service changes to a status.
func (w *watch) status(name, to string) line {
	w.t.Helper()
	return w.until(name+" becomes "+to, func(l line) bool {
		return l.Event.Kind == "status" && l.Event.Name == name && l.Event.To == to
	})
}

// beats lets the metronome go up n times, and fails if meanwhile the service
// changes its status.
func (w *watch) beats(n int, name string) {
	w.t.Helper()
	for n > 0 {
		l := w.next("the metronome")
		switch {
		case l.Event.Kind != "status":
		case l.Event.Name == name:
			w.t.Fatalf("%s was left alone and became %s", name, l.Event.To)
		case l.Event.Name == "Metronome" && l.Event.To == "Connected":
			n--
		}
	}
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

var _ io.Writer = (*lockedBuffer)(nil)

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
