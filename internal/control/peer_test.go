package control

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"vpnstatus/internal/engine"
	"vpnstatus/internal/settings"
)

// serveVariable makes the test binary a server at the path that is its value.
const serveVariable = "VPNSTATUS_TEST_SERVE"

// serve is what the test binary does as another user, until its standard input
// is closed.
func serve(path string) int {
	l, err := Listen(path)
	if err != nil {
		println(err.Error())
		return 1
	}
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		cancel()
	}()
	println("ready")
	if err := NewServer(newFake(services()...), settings.NewMemory(settings.Default()), Options{}).Serve(ctx, l); err != nil {
		println(err.Error())
		return 1
	}
	return 0
}

// callVariable makes the test binary a client of the socket at the path that is
// its value.
const callVariable = "VPNSTATUS_TEST_CALL"

// requests are some of those that another user might try. The last one is
// normally answered by net/http itself.
var requests = []string{"POST /v1/services/" + office.String() + "/connect", "GET /v1/events", "GET /v1/settings", "OPTIONS *"}

// call is what the test binary does as another user: it sends requests as curl
// would, and a command as the command line does, and prints what becomes of them.
func call(path string) int {
	request := func(what string) (string, error) {
		c, err := net.Dial("unix", path)
		if err != nil {
			return "", err
		}
		defer c.Close()
		fmt.Fprintf(c, "%s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", what)
		answer, err := io.ReadAll(c)
		return string(answer), err
	}
	for _, what := range requests {
		answer, err := request(what)
		fmt.Printf("%s: %s %v\n", what, answer, err)
	}
	c, err := Dial(context.Background(), path)
	if err == nil {
		err = c.Do(context.Background(), engine.Command{Verb: engine.VerbConnect, ID: office})
		c.Close()
	}
	fmt.Printf("client: %v\n", err)
	return 0
}

// program returns a copy of the test binary that every user can run.
func program(t *testing.T) string {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("not shown here: only root can start a program as another user")
	}
	data, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Skip("not shown here:", err)
	}
	dir, err := os.MkdirTemp("", "vpn")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) }) // the system clears it otherwise
	name := filepath.Join(dir, "program")
	if err := errors.Join(os.Chmod(dir, 0o755), os.WriteFile(name, data, 0o755)); err != nil {
		t.Fatal(err)
	}
	return name
}

// as returns a command that runs the program as a user.
func as(user uint32, program, variable, value string) *exec.Cmd {
	c := exec.Command(program)
	c.Env = []string{variable + "=" + value, "GORACE=atexit_sleep_ms=0"} // the race detector waits a second when a program ends
	c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: user, Gid: user}}
	return c
}

// serveAs runs a server as a user, in a directory of that user's, until the
// test ends.
func serveAs(t *testing.T, user uint32, program, path string) {
	t.Helper()
	if err := os.Chown(filepath.Dir(path), int(user), int(user)); err != nil {
		t.Fatal(err)
	}
	c := as(user, program, serveVariable, path)
	in, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := c.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		rest, _ := io.ReadAll(out)
		if err := c.Wait(); err != nil {
			t.Errorf("%v: %s", err, rest)
		}
	})
	first := make([]byte, 6)
	if _, err := io.ReadFull(out, first); err != nil || string(first) != "ready\n" {
		t.Fatalf("%s, %v", first, err)
	}
}

const user, stranger = 65534, 65533

func TestRootUsesTheSocketOfAUserAndNobodyElseDoes(t *testing.T) {
	program := program(t)
	path := socketPath(t)
	dir := filepath.Dir(path)
	serveAs(t, user, program, path)

	client, err := Dial(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	if err := client.Do(within(t), engine.Command{Verb: engine.VerbConnect, ID: office}); err != nil {
		t.Error(err)
	}
	client.Close()

	// In the directory of a third user it must not be trusted.
	if err := os.Chown(dir, stranger, stranger); err != nil {
		t.Fatal(err)
	}
	if c, err := Dial(t.Context(), path); err == nil || !strings.Contains(err.Error(), "65534") {
		if err == nil {
			c.Close()
		}
		t.Errorf("at the socket of user %d, made by user %d: %v", stranger, user, err)
	}
	if err := os.Chown(dir, user, user); err != nil {
		t.Fatal(err)
	}
}

func TestAnotherUserReachesNothing(t *testing.T) {
	program := program(t)
	e := newFake(services()...)
	b := start(t, e)
	for _, step := range []struct {
		name         string
		folder, mode os.FileMode // of the socket's folder, of the socket
		hand, client string
	}{
		{"the folder is closed", 0o700, 0o600, "permission denied", "permission denied"},
		{"the folder has lost its mode: the socket is closed", 0o777, 0o600, "permission denied", "permission denied"},
		{"both have: the user is asked for", 0o777, 0o666, "403 Forbidden", "user 65534 is at the other end, and only user 0 may be"},
	} {
		if err := errors.Join(os.Chmod(filepath.Dir(b.path), step.folder), os.Chmod(b.path, step.mode)); err != nil {
			t.Fatal(err)
		}
		out, err := as(user, program, callVariable, b.path).CombinedOutput()
		hand, client, ok := strings.Cut(string(out), "client: ")
		if err != nil || !ok || strings.Count(hand, step.hand) < len(requests) || !strings.Contains(client, step.client) {
			t.Errorf("%s: %v, %s", step.name, err, out)
		}
	}
	if did := e.did(); len(did) > 0 {
		t.Errorf("it had the engine do %v", did)
	}
}

func TestASocketOfAnotherUserIsNotUsed(t *testing.T) {
	program := program(t)
	path := socketPath(t)
	serveAs(t, stranger, program, path)
	if err := errors.Join(os.Chmod(filepath.Dir(path), 0o755), os.Chmod(path, 0o666)); err != nil {
		t.Fatal(err)
	}
	out, err := as(user, program, callVariable, path).CombinedOutput()
	if _, client, ok := strings.Cut(string(out), "client: "); err != nil || !ok || !strings.Contains(client, "user 65533 is at the other end, and only user 65534 may be") {
		t.Errorf("%v, %s", err, out)
	}
}
