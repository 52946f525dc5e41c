//go:build bench && linux

package bench

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// patience is how long to wait for what must happen.
const patience = 30 * time.Second

var binary string

func TestMain(m *testing.M) {
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "bench")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(dir)
		binary = filepath.Join(dir, "vpnstatus")
		build := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", binary, "vpnstatus/cmd/vpnstatus")
		build.Stderr = os.Stderr
		if err := build.Run(); err != nil {
			fmt.Fprintln(os.Stderr, "building the program:", err)
			return 1
		}
		return m.Run()
	}())
}

// home returns the environment of an app with a home of its own.
func home(b testing.TB) []string {
	b.Helper()
	// Without settings the demonstration turns Auto Connect on and lets a VPN drop.
	return environment(homeWith(b, "{}"))
}

// homeWith makes a home with these settings.
func homeWith(b testing.TB, settings string) (dir string) {
	b.Helper()
	dir, err := os.MkdirTemp("", "vs")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.WriteFile(filepath.Join(dir, "settings.json"), []byte(settings), 0o600); err != nil {
		b.Fatal(err)
	}
	return dir
}

// environment returns the environment of an app and of commands with that home.
func environment(home string) []string {
	return append(os.Environ(), "VPNSTATUS_HOME="+home, "TERM=xterm-256color", "LC_ALL=C.UTF-8")
}

func command(environ []string, args ...string) *exec.Cmd {
	c := exec.Command(binary, args...)
	c.Env = environ
	return c
}

// start starts a headless app with a scenario and waits until it knows the status
// of all services.
func start(b testing.TB, environ []string, scenario string) *exec.Cmd {
	b.Helper()
	app := command(environ, "--headless", "--demo="+scenario)
	app.Stderr = os.Stderr
	if err := app.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = app.Process.Signal(syscall.SIGTERM)
		_ = app.Wait()
	})
	for deadline := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		out, err := command(environ, "list").Output()
		if err == nil && !bytes.Contains(out, []byte("…")) {
			return app
		}
		if time.Now().After(deadline) {
			b.Fatalf("the app does not answer: %v", err)
		}
	}
}

// report adds the median and the 99th percentile.
func report(b *testing.B, took []time.Duration) {
	slices.Sort(took)
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	b.ReportMetric(ms(took[len(took)/2]), "ms/median")
	b.ReportMetric(ms(took[len(took)*99/100]), "ms/p99")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkList is `vpnstatus list` against the running app, as a whole process.
func BenchmarkList(b *testing.B) { list(b, "quiet") }

// BenchmarkListOfAThousand is BenchmarkList with a thousand services.
func BenchmarkListOfAThousand(b *testing.B) { list(b, busy(b, manyServices, 0)) }

func list(b *testing.B, scenario string) {
	environ := home(b)
	start(b, environ, scenario)
	var took []time.Duration
	for b.Loop() {
		for range 100 { // enough for a percentile, even with -benchtime 1x
			begin := time.Now()
			if err := command(environ, "list").Run(); err != nil {
				b.Fatal(err)
			}
			took = append(took, time.Since(begin))
		}
	}
	report(b, took)
}

// BenchmarkFirstMenu is from the start of the program in a terminal until the
// menu shows the services.
func BenchmarkFirstMenu(b *testing.B) {
	var took []time.Duration
	for b.Loop() {
		for range 20 {
			took = append(took, firstMenu(b))
		}
	}
	report(b, took)
}

func firstMenu(b *testing.B) time.Duration {
	master, slave := terminal(b)
	defer master.Close()
	app := command(home(b), "--demo=quiet")
	app.Stdin, app.Stdout, app.Stderr = slave, slave, slave
	app.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	begin := time.Now()
	if err := app.Start(); err != nil {
		b.Fatal(err)
	}
	if err := slave.Close(); err != nil {
		b.Fatal(err)
	}
	var seen []byte
	part := make([]byte, 64<<10)
	for !bytes.Contains(seen, []byte("Office")) {
		n, err := master.Read(part)
		if err != nil {
			b.Fatalf("reading the screen: %v", err)
		}
		seen = append(seen, part[:n]...)
	}
	took := time.Since(begin)
	if err := app.Process.Signal(syscall.SIGTERM); err != nil {
		b.Fatal(err)
	}
	go func() { // until the other side is closed
		for {
			if _, err := master.Read(part); err != nil {
				return
			}
		}
	}()
	if err := app.Wait(); err != nil {
		b.Fatal(err)
	}
	return took
}

// terminal opens a pseudo-terminal.
func terminal(b *testing.B) (master, slave *os.File) {
	b.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		b.Fatal(err)
	}
	fd := int(master.Fd())
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		b.Fatal(err)
	}
	number, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		b.Fatal(err)
	}
	if err := unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Row: 40, Col: 100}); err != nil {
		b.Fatal(err)
	}
	slave, err = os.OpenFile("/dev/pts/"+strconv.Itoa(number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		b.Fatal(err)
	}
	return master, slave
}

// idleTime is one period of the safety tick.
const idleTime = 60 * time.Second

// moment is how close context switches must be to count as one wake-up.
const moment = 250 * time.Millisecond

// BenchmarkIdle is what a headless app costs while nothing happens.
func BenchmarkIdle(b *testing.B) {
	app := start(b, home(b), "quiet")
	time.Sleep(5 * time.Second) // until the runtime has freed memory, and the last command's connection has ended
	for b.Loop() {
		// A tick wakes several threads within a moment: that is one wake-up of
		// the machine, and several context switches.
		first := switches(b, app.Process.Pid)
		last, wakeups := first, 0
		for range idleTime / moment {
			time.Sleep(moment)
			now := switches(b, app.Process.Pid)
			if now != last {
				wakeups++
			}
			last = now
		}
		b.ReportMetric(float64(wakeups), "wakeups/min")
		b.ReportMetric(float64(last-first), "switches/min")
	}
	b.ReportMetric(resident(b, app.Process.Pid), "MB-resident")
	b.ReportMetric(0, "ns/op")
}

// switches counts the voluntary context switches of all threads.
func switches(b testing.TB, pid int) int {
	b.Helper()
	tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/status", pid))
	if err != nil || len(tasks) == 0 {
		b.Fatalf("no threads of process %d: %v", pid, err)
	}
	sum := 0
	for _, t := range tasks {
		sum += number(b, t, "voluntary_ctxt_switches:")
	}
	return sum
}

// resident returns the memory in use, in MB.
func resident(b testing.TB, pid int) float64 {
	b.Helper()
	return float64(number(b, fmt.Sprintf("/proc/%d/status", pid), "VmRSS:")) / 1000
}

func number(b testing.TB, file, key string) int {
	b.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		b.Fatal(err)
	}
	for line := range strings.Lines(string(data)) {
		if rest, ok := strings.CutPrefix(line, key); ok {
			n, err := strconv.Atoi(strings.Fields(rest)[0])
			if err != nil {
				b.Fatal(err)
			}
			return n
		}
	}
	b.Fatalf("no %s in %s", key, file)
	return 0
}
