package control

import (
	"context"
	"io"
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

func TestRootUsesTheSocketOfAUserAndNobodyElseDoes(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can start a server as another user")
	}
	const user, stranger = 65534, 65533
	path := socketPath(t)
	dir := filepath.Dir(path)
	if err := os.Chown(dir, user, user); err != nil {
		t.Fatal(err)
	}
	// The user can't read the directory that this program is in.
	program := filepath.Join(dir, "server")
	data, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Skip(err)
	}
	if err := os.WriteFile(program, data, 0o755); err != nil {
		t.Fatal(err)
	}
	c := exec.Command(program)
	c.Env = []string{serveVariable + "=" + path}
	c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: user, Gid: user}}
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
	defer func() {
		in.Close()
		rest, _ := io.ReadAll(out)
		if err := c.Wait(); err != nil {
			t.Errorf("%v: %s", err, rest)
		}
	}()
	first := make([]byte, 6)
	if _, err := io.ReadFull(out, first); err != nil || string(first) != "ready\n" {
		t.Fatalf("%s, %v", first, err)
	}

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
