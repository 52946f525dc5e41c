//go:build e2e

package e2e

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

var endings = []syscall.Signal{syscall.SIGINT, syscall.SIGTERM}

// endedBy returns the signal that ended a process.
func endedBy(p *os.ProcessState) (syscall.Signal, bool) {
	status, ok := p.Sys().(syscall.WaitStatus)
	if !ok || !status.Signaled() {
		return 0, false
	}
	return status.Signal(), true
}

// endsAs sends a signal to a command and checks that it ends as that signal.
func endsAs(t *testing.T, c *exec.Cmd, s syscall.Signal) {
	t.Helper()
	if err := c.Process.Signal(s); err != nil {
		t.Errorf("%v: %v", c.Args[1:], err)
	}
	late := time.AfterFunc(patience, func() { _ = c.Process.Kill() })
	defer late.Stop()
	_ = c.Wait() // the state says how it ended
	if of, ok := endedBy(c.ProcessState); !ok || of != s {
		t.Errorf("%v: after %v it ended with %v", c.Args[1:], s, c.ProcessState)
	}
}

// relay is a control socket in front of an app's that sees the requests and may
// keep them from the app.
type relay struct {
	*home
	listener net.Listener
	app      string      // the app's socket; empty: no request is answered
	deaf     bool        // only the first request, the handshake, is answered
	requests chan string // the first line of each request

	mu    sync.Mutex
	conns []net.Conn
}

// relay starts a relay in a home of its own.
func (h *home) relay(socket string, deaf bool) *relay {
	h.t.Helper()
	dir, err := os.MkdirTemp("", "vs")
	if err != nil {
		h.t.Fatal(err)
	}
	r := &relay{home: &home{t: h.t, dir: dir}, app: socket, deaf: deaf, requests: make(chan string, 1000)}
	if r.listener, err = net.Listen("unix", filepath.Join(dir, "control.sock")); err != nil {
		h.t.Fatal(err)
	}
	go func() {
		for {
			c, err := r.listener.Accept()
			if err != nil {
				return
			}
			r.keep(c)
			go r.serve(c)
		}
	}()
	h.t.Cleanup(func() {
		_ = r.listener.Close()
		r.mu.Lock()
		defer r.mu.Unlock()
		for _, c := range r.conns {
			_ = c.Close()
		}
		os.RemoveAll(dir)
	})
	return r
}

func (r *relay) keep(c net.Conn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.conns = append(r.conns, c)
}

// serve handles a connection, which has one request.
func (r *relay) serve(c net.Conn) {
	in := bufio.NewReader(c)
	first, err := in.ReadString('\n')
	if err != nil {
		return
	}
	handshake := strings.Contains(first, "/v1/version")
	if r.app != "" && (handshake || !r.deaf) {
		app, err := net.Dial("unix", r.app)
		if err != nil {
			return
		}
		r.keep(app)
		go func() { _, _ = io.Copy(app, io.MultiReader(strings.NewReader(first), in)) }()
		r.requests <- first
		_, _ = io.Copy(c, app)
		_ = c.Close()
		return
	}
	r.requests <- first // and no answer
	_, _ = io.Copy(io.Discard, in)
}

// asked waits for a request that contains the text.
func (r *relay) asked(text string) {
	r.t.Helper()
	for {
		select {
		case line := <-r.requests:
			if strings.Contains(line, text) {
				return
			}
		case <-time.After(patience):
			r.t.Fatalf("no request has %q", text)
		}
	}
}

// begin starts a command in the relay's home and waits for a request.
func (r *relay) begin(request string, args ...string) *exec.Cmd {
	r.t.Helper()
	for len(r.requests) > 0 {
		<-r.requests
	}
	c := r.command(args...)
	if err := c.Start(); err != nil {
		r.t.Fatal(err)
	}
	r.asked(request)
	return c
}

func TestASignalEndsACommandThatWaitsForAVPN(t *testing.T) {
	a := newHome(t).start(scenario)
	r := a.relay(filepath.Join(a.dir, "control.sock"), false)
	for _, s := range endings {
		for _, line := range []string{
			"wait Office --timeout 0", "wait Office --for connected --timeout 1h", "connect Slow --wait=1h", "toggle Coded --wait=1h",
			"watch", "watch --json", "watch Office",
		} {
			endsAs(t, r.begin("/v1/events", strings.Fields(line)...), s)
			a.ok("disconnect", "--all", "--wait")
		}
	}
	a.terminate(syscall.SIGTERM)
}

// askTheApp are the commands that ask the app, each in one of its forms.
var askTheApp = []string{
	"list", "list --json", "status", "status Office", "status --quiet Office", "show Office", "statistics Office",
	"connect Office", "connect Office --wait=1h", "disconnect Office", "disconnect --all", "toggle Office", "wait Office", "watch", "watch --json",
	"auto", "auto Office on", "hold Office", "pause", "resume", "explain Office", "rules test", "networks trust", "networks untrust",
	"settings set retryDelayMax 5m", "rules add ignore --ssid x", "doctor", "__complete connect ",
	"status Office Home", "groups set work Office Home", "quit",
	"nc list", "nc status Office", "nc show Office", "nc statistics Office", "nc start Office", "nc stop Office", "nc select Office", "nc enablevpn Office",
	"vpnutil list", "vpnutil status Office", "vpnutil start Office", "vpnutil stop Office",
}

func TestASignalEndsACommandWhoseAppDoesNotAnswer(t *testing.T) {
	h := newHome(t)
	r := h.relay("", false)
	for _, s := range endings {
		for _, line := range askTheApp {
			endsAs(t, r.begin("/v1/version", strings.Split(line, " ")...), s)
		}
	}
	// Without a signal it gives up.
	if got := r.want(5, "list"); !strings.Contains(got.errOut, "VPNStatus did not answer within 3s") {
		t.Errorf("what is wrong is not reported: %s", got)
	}
}

func TestASignalEndsACommandWhoseAppStopsAnswering(t *testing.T) {
	a := newHome(t).start(scenario)
	r := a.relay(filepath.Join(a.dir, "control.sock"), true)
	for _, s := range endings {
		for _, line := range askTheApp {
			c := r.begin("/v1/version", strings.Split(line, " ")...)
			r.asked("/v1/") // the next one
			endsAs(t, c, s)
		}
	}
	a.terminate(syscall.SIGTERM)
}

func TestASignalEndsACommandThatReadsStandardInput(t *testing.T) {
	a := newHome(t).start(scenario)
	for _, s := range endings {
		for _, line := range []string{
			"connect Coded --password-stdin", "connect Coded --secret-stdin", "connect Coded --user anna --password-stdin --secret-stdin", "settings import -",
		} {
			in, out, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			c := a.command(strings.Fields(line)...)
			c.Stdin = in
			if err := c.Start(); err != nil {
				t.Fatal(err)
			}
			if _, err := out.WriteString("no end of line"); err != nil {
				t.Fatal(err)
			}
			a.eventually(line+" reads", func() error {
				n, err := unix.IoctlGetInt(int(in.Fd()), fionread)
				if err == nil && n > 0 {
					err = fmt.Errorf("%d bytes are not read", n)
				}
				return err
			})
			endsAs(t, c, s)
			_, _ = in.Close(), out.Close()
		}
	}
	a.terminate(syscall.SIGTERM)
}

func TestASignalEndsAFollowedLog(t *testing.T) {
	a := newHome(t).start(scenario)
	for _, s := range endings {
		c := a.command("log", "--follow")
		out, err := c.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
			t.Fatal(err)
		}
		endsAs(t, c, s)
	}
	a.terminate(syscall.SIGTERM)
}

// signalled runs a command in a terminal, waits for what it shows, sends a signal
// and checks that the shell sees it end as that signal.
func (h *home) signalled(width int, s syscall.Signal, pattern, args string) *terminal {
	h.t.Helper()
	file := filepath.Join(h.dir, fmt.Sprint("pid", width))
	x := h.open(width, 40, "sh -c 'echo $$ >"+file+"; exec \"$@\"' sh", args)
	x.shows(pattern)
	var pid int
	data, err := os.ReadFile(file)
	if err == nil {
		_, err = fmt.Fscan(bytes.NewReader(data), &pid)
	}
	if err == nil {
		err = syscall.Kill(pid, s)
	}
	if err != nil {
		h.t.Fatal(err)
	}
	x.shows(fmt.Sprintf("ended with %d", 128+int(s)))
	return x
}

func TestASignalEndsTheMenu(t *testing.T) {
	a := newHome(t).start("--demo=quiet")
	for i, s := range endings {
		a.signalled(80+i, s, "Connect Office", "menu")
		a.ok("list") // the app runs on
	}
	a.terminate(syscall.SIGTERM)
	for i, s := range endings {
		a.signalled(90+i, s, "Connect Office", "menu --demo=quiet") // an app of its own
		a.want(7, "list")
	}
}

func TestAPasswordIsNotShown(t *testing.T) {
	a := newHome(t).start(scenario)
	x := a.open(100, 20, "", "connect Coded --user anna --password-stdin --wait")
	x.shows(`Password:`)
	x.keys("s3cret", "Enter")
	if screen := x.shows(`ended with 0`); strings.Contains(screen, "s3cret") {
		t.Errorf("the password is on the screen:\n%s", screen)
	}
	a.ok("disconnect", "Coded", "--wait")
	for i, s := range endings {
		x := a.signalled(101+i, s, `Password:`, "connect Coded --password-stdin")
		x.keys("shown again")
		x.shows(`shown again`)
	}
	a.terminate(syscall.SIGTERM)
}
