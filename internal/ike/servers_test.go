//go:build servers && linux

package ike

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"vpnstatus/internal/reach"
)

// address is that of the server, in a network of its own.
const address = "10.99.0.2"

// inside is set in the process that runs in the namespaces of one server.
const inside = "VPNSTATUS_IKE_SERVER"

// server is an IKE server of Debian, unpacked into a folder by
// testdata/servers/install.sh.
type server struct {
	name   string
	folder string
	// prepare writes its configuration into dir and returns the command that runs
	// it in the foreground, as arguments of env.
	prepare func(t *testing.T, dir string) []string
	// ready returns nil once it has its configurations.
	ready func(dir string) error
	// negotiations returns how many it has, half-open ones included, and is empty
	// if there are none.
	negotiations func(dir string) (string, error)
}

var servers = []server{
	{
		name: "strongSwan", folder: "strongswan",
		prepare: func(t *testing.T, dir string) []string {
			write(t, dir, "strongswan.conf", "DIR", dir)
			write(t, dir, "swanctl.conf")
			return []string{"STRONGSWAN_CONF=" + filepath.Join(dir, "strongswan.conf"), "charon-systemd"}
		},
		ready: func(dir string) error {
			_, err := swanctl(dir, "--load-all", "--file", filepath.Join(dir, "swanctl.conf"))
			return err
		},
		negotiations: func(dir string) (string, error) {
			stats, err := swanctl(dir, "--stats")
			if err != nil || !strings.Contains(stats, "IKE_SAs: 0 total, 0 half-open") {
				return stats, err
			}
			return swanctl(dir, "--list-sas")
		},
	},
	{
		name: "libreswan", folder: "libreswan",
		prepare: func(t *testing.T, dir string) []string {
			write(t, dir, "ipsec.conf", "ADDRESSES", "10.98.0.1-10.98.0.100", "ADDRESS", address)
			for file, text := range map[string]string{"secrets": `: PSK "for tests only"`, "nss-password": ""} {
				if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if out, err := exec.Command("certutil", "-N", "-d", "sql:"+dir, "--empty-password").CombinedOutput(); err != nil {
				t.Fatalf("certutil: %v: %s", err, out)
			}
			return []string{"/usr/libexec/ipsec/pluto", "--nofork", "--stderrlog", "--config", filepath.Join(dir, "ipsec.conf"),
				"--nssdir", dir, "--ipsecdir", dir, "--rundir", dir, "--secretsfile", filepath.Join(dir, "secrets")}
		},
		ready: func(dir string) error {
			status, err := whack(dir, "--status")
			for _, what := range []string{`"ikev2"`, `"l2tp"`, `"cisco"`, address + ":4500"} {
				if err == nil && !strings.Contains(status, what) {
					err = fmt.Errorf("its status has no %s", what)
				}
			}
			return err
		},
		negotiations: func(dir string) (string, error) {
			status, err := whack(dir, "--briefstatus")
			if err == nil && strings.Contains(status, "IKE SAs: total(0), half-open(0)") {
				return "", nil
			}
			return status, err
		},
	},
}

func swanctl(dir string, args ...string) (string, error) {
	cmd := exec.Command("swanctl", append(args, "--uri", "unix://"+filepath.Join(dir, "vici"))...)
	cmd.Env = append(os.Environ(), "STRONGSWAN_CONF="+filepath.Join(dir, "strongswan.conf"))
	return output(cmd)
}

func whack(dir string, args ...string) (string, error) {
	return output(exec.Command("/usr/libexec/ipsec/whack", append([]string{"--rundir", dir}, args...)...))
}

func output(cmd *exec.Cmd) (string, error) {
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		err = fmt.Errorf("%s: %w: %s", strings.Join(cmd.Args, " "), err, errs.Bytes())
	}
	return strings.TrimSpace(string(out)), err
}

// write copies a file of testdata/servers into dir, with words replaced.
func write(t *testing.T, dir, name string, replace ...string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "servers", name))
	if err != nil {
		t.Fatal(err)
	}
	text = []byte(strings.NewReplacer(replace...).Replace(string(text)))
	if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestServers asks real servers, each in a network and a view of the file system
// of its own, of which nothing stays. It needs root.
func TestServers(t *testing.T) {
	for _, s := range servers {
		t.Run(s.name, func(t *testing.T) {
			if os.Getenv(inside) != "" {
				s.test(t)
				return
			}
			folder, err := filepath.Abs(filepath.Join("..", "..", "build", "ike", s.folder))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := os.Stat(folder); err != nil {
				t.Skipf("%s was not fetched (testdata/servers/install.sh build/ike does): %v", s.name, err)
			}
			if os.Geteuid() != 0 {
				t.Skip("a network namespace needs root")
			}
			cmd := exec.Command("/proc/self/exe", "-test.run=^TestServers$/^"+s.name+"$", "-test.v")
			cmd.Env = append(os.Environ(), inside+"="+folder)
			cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET | syscall.CLONE_NEWNS, Pdeathsig: syscall.SIGKILL}
			out, err := cmd.CombinedOutput()
			if errors.Is(err, syscall.EPERM) {
				t.Skip("no namespaces can be made here: ", err)
			}
			t.Logf("in its namespaces:\n%s", out)
			if err != nil {
				t.Error(err)
			}
		})
	}
}

// test runs in the namespaces of the server.
func (s server) test(t *testing.T) {
	// The server's files lie over /usr, for this process and its children only.
	if err := syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
		t.Fatal(err)
	}
	over := "lowerdir=" + filepath.Join(os.Getenv(inside), "usr") + ":/usr"
	if err := syscall.Mount("overlay", "/usr", "overlay", syscall.MS_RDONLY, over); err != nil {
		t.Skip("the server's files can't be laid over /usr here: ", err)
	}
	if err := syscall.Mount("tmpfs", "/run", "tmpfs", 0, ""); err != nil { // the server's network and process ID are noted there
		t.Fatal(err)
	}
	// libreswan refuses to talk with its own host.
	for _, args := range []string{
		"netns add server", "link add here type veth peer name there netns server",
		"addr add 10.99.0.1/24 dev here", "link set here up", "-n server addr add " + address + "/24 dev there", "-n server link set there up",
	} {
		if _, err := output(exec.Command("ip", strings.Fields(args)...)); err != nil {
			t.Fatal(err)
		}
	}
	dir := t.TempDir()
	command := s.prepare(t, dir)
	var c Client

	stop := s.start(t, command, dir)
	versions := map[string]Version{"IKEv2": V2, "IKEv1": V1, "IKEv1 with XAuth": V1XAuth}
	for name, v := range versions {
		if err := c.Ask(t.Context(), address, v); err != nil {
			t.Errorf("alive, %s: %v", name, err)
		}
	}
	stop()
	for name, v := range versions {
		if err := c.Ask(t.Context(), address, v); !errors.Is(err, reach.ErrSilent) {
			t.Errorf("stopped, %s: the error is %v, not silence", name, err)
		}
	}
	stop = s.start(t, command, dir)
	for name, v := range versions {
		if !c.silent[target{address, v}] {
			t.Errorf("%s: after silence the next question does not go to port 4500", name)
		}
		if err := c.Ask(t.Context(), address, v); err != nil {
			t.Errorf("started again, %s: %v", name, err)
		}
	}
	begin, lost := time.Now(), 0
	for i := range 1000 {
		err := c.Ask(t.Context(), address, []Version{V2, V1, V1XAuth}[i%3])
		if errors.Is(err, reach.ErrSilent) {
			lost++ // a busy machine drops datagrams
		} else if err != nil {
			t.Fatalf("question %d: %v", i, err)
		}
	}
	if t.Logf("1,000 questions took %v, %d had no answer", time.Since(begin).Round(time.Millisecond), lost); lost > 10 {
		t.Error("too many had no answer")
	}
	if left, err := s.negotiations(dir); err != nil || left != "" {
		t.Errorf("after 1,000 questions it has negotiations: %v\n%s", err, left)
	}
	// The count is worth something only if it would show one.
	leave(t)
	if left, err := s.negotiations(dir); err != nil || left == "" {
		t.Errorf("a usual proposal left nothing behind: %v", err)
	}
	stop()
}

// start runs the server until the function that it returns is called.
func (s server) start(t *testing.T, command []string, dir string) (stop func()) {
	t.Helper()
	var log bytes.Buffer
	cmd := exec.Command("ip", append([]string{"netns", "exec", "server", "env"}, command...)...)
	cmd.Stdout, cmd.Stderr = &log, &log
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }()
	stop = func() {
		if t.Failed() {
			defer func() { t.Logf("its log:\n%s", &log) }()
		}
		_ = cmd.Process.Signal(syscall.SIGTERM)
		select {
		case <-ended:
		case <-time.After(10 * time.Second):
			t.Error("it does not end")
			_ = cmd.Process.Kill()
			<-ended
		}
	}
	t.Cleanup(stop)
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Second)
	defer cancel()
	for {
		err := s.ready(dir)
		if err == nil {
			return stop
		}
		select {
		case <-ended:
			t.Fatalf("it ended: %v\n%s", err, &log)
		case <-ctx.Done():
			stop()
			t.Fatalf("it is not ready: %v\n%s", err, &log)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// leave sends the question of L2TP with algorithms that the server has, which
// leaves a half-open negotiation.
func leave(t *testing.T) {
	conn, err := net.Dial("udp", net.JoinHostPort(address, "500"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	q := sample(V1)
	q = bytes.ReplaceAll(q, []byte{0x80, 1, 0, noCipher}, []byte{0x80, 1, 0, 5}) // 3DES
	q = bytes.ReplaceAll(q, []byte{0x80, 4, 0, 2}, []byte{0x80, 4, 0, 5})        // group 5
	if _, err := conn.Write(q); err != nil {
		t.Fatal(err)
	}
	_ = conn.SetDeadline(time.Now().Add(time.Second))
	if _, err := conn.Read(make([]byte, 2048)); err != nil {
		t.Error(err)
	}
}
