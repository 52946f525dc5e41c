package settings

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	osSignal "os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"vpnstatus/internal/autoconnect"
)

func init() {
	jobs["both"], jobs["full"] = both, onAFullDisk
	if os.Getenv(jobVariable) != "" {
		runtime.LockOSThread() // a job stays on the main thread, which is the one traced
	}
}

// The job "both" sends itself these signals before and after its writes.
const (
	writesBegin = unix.SIGUSR1
	writesEnd   = unix.SIGUSR2
)

// both changes a setting, then the state. Like the app it finishes before it ends
// upon SIGTERM.
func both(s *Store, _ string) error {
	osSignal.Notify(make(chan os.Signal, 1), unix.SIGTERM)
	thread := func(signal unix.Signal) error { return unix.Tgkill(os.Getpid(), unix.Gettid(), signal) }
	if err := errors.Join(thread(writesBegin), s.Set("hooks", "on")); err != nil {
		return err
	}
	s.KeepState(held)
	if s.writeState(); len(s.Problems()) > 0 {
		return fmt.Errorf("problems %v", s.Problems())
	}
	return thread(writesEnd)
}

// TestWritersThatAreKilledAtAnyStepLoseNothing changes a setting and then the
// state, in a program that is killed, or asked to end, before its first system
// call, before its second, and so on to the last.
func TestWritersThatAreKilledAtAnyStepLoseNothing(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		signal unix.Signal
		want   []string
	}{
		"SIGKILL": {unix.SIGKILL, []string{"nothing", "the setting", "the setting and the state"}},
		"SIGTERM": {unix.SIGTERM, []string{"the setting and the state"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			written := map[string]int{}
			for step := 0; written["all, without a signal"] == 0; step++ {
				written[interrupt(t, c.signal, step)]++
			}
			t.Logf("what was written, and how often: %v", written)
			for _, what := range c.want {
				if written[what] == 0 {
					t.Errorf("after no step was written: %s", what)
				}
			}
		})
	}
}

// interrupt sends the signal to a writer before the system call of that number,
// and returns what is written afterwards.
func interrupt(t *testing.T, signal unix.Signal, step int) string {
	t.Helper()
	path := file(t, `{"mine": true}`)
	ended := trace(t, job(t, "both", "", path), func(call int) unix.Signal {
		if call == step {
			return signal
		}
		return 0
	})
	s := open(t, path)
	set, stored := s.Current().Hooks, cmp.Equal(s.State(), held)
	switch {
	case len(s.Problems()) > 0 || !strings.Contains(content(t, path), `"mine": true`):
		t.Fatalf("step %d: the settings are %q, problems %v", step, content(t, path), s.Problems())
	case !stored && !cmp.Equal(s.State(), autoconnect.Stored{}), stored && !set:
		t.Fatalf("step %d: set is %t, the state %+v", step, set, s.State())
	case ended.said && !stored, !ended.said && signal == unix.SIGTERM:
		t.Fatalf("step %d: the program ended with %v and said %t that all is written; the state is %+v", step, ended.status, ended.said, s.State())
	}
	// Nothing is in the way of the next write, which leaves only settings, state
	// and lock.
	change(t, s, func(v *Settings) { v.NotificationSound = true })
	s.KeepState(paused)
	if s.writeState(); len(s.Problems()) > 0 || len(entries(t, path)) != 3 {
		t.Fatalf("step %d: afterwards there are %v, problems %v", step, entries(t, path), s.Problems())
	}
	switch {
	case !ended.interrupted:
		return "all, without a signal"
	case stored:
		return "the setting and the state"
	case set:
		return "the setting"
	default:
		return "nothing"
	}
}

// tracing is how a traced program ended.
type tracing struct {
	status            unix.WaitStatus
	interrupted, said bool
}

// trace runs the job and calls before, between its two signals, before each
// system call of its main thread, with the number of the call. The job is sent
// the signal that before returns, if it is not 0.
func trace(t *testing.T, c *exec.Cmd, before func(call int) unix.Signal) (ended tracing) {
	t.Helper()
	// The kernel takes orders only from the thread that started the program.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	c.SysProcAttr = &syscall.SysProcAttr{Ptrace: true}
	if err := c.Start(); errors.Is(err, os.ErrPermission) {
		t.Skip("this system does not let the test trace a program: ", err)
	} else if err != nil {
		t.Fatal(err)
	}
	pid := c.Process.Pid
	resume, calls, entering := unix.PtraceCont, 0, true
	for first := true; ; first = false {
		if _, err := unix.Wait4(pid, &ended.status, unix.WALL, nil); err != nil {
			t.Fatal(err)
		}
		if !ended.status.Stopped() {
			_ = c.Process.Release() // waited for here
			return ended
		}
		deliver := 0
		switch at := ended.status.StopSignal(); {
		case first: // the program is loaded
			if err := unix.PtraceSetOptions(pid, unix.PTRACE_O_TRACESYSGOOD|unix.PTRACE_O_EXITKILL); err != nil {
				t.Fatal(err)
			}
		case at == writesBegin:
			resume = unix.PtraceSyscall
		case at == writesEnd:
			ended.said, resume = true, unix.PtraceCont
		case at != unix.SIGTRAP|0x80: // a signal, of Go's scheduler or ours
			deliver = int(at)
		case entering:
			if signal := before(calls); signal != 0 {
				ended.interrupted = true
				if err := unix.Kill(pid, signal); err != nil {
					t.Fatal(err)
				}
			}
			calls, entering = calls+1, false
		default:
			entering = true
		}
		// A program that was killed can't be resumed.
		if err := resume(pid, deliver); err != nil && err != unix.ESRCH {
			t.Fatal(err)
		}
	}
}

func TestOnAFullDiskNothingIsLostAndWritingIsTriedAgain(t *testing.T) {
	t.Parallel()
	path := file(t, "")
	c := job(t, "full", "", path)
	// In a namespace of its own the program may mount a disk.
	c.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  unix.CLONE_NEWUSER | unix.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}},
	}
	err := c.Start()
	if errors.Is(err, os.ErrPermission) || errors.Is(err, unix.ENOSPC) {
		t.Skip("this system does not let the test mount a disk: ", err)
	}
	if err == nil {
		err = c.Wait()
	}
	if err != nil {
		t.Error(err)
	}
}

// onAFullDisk mounts a small disk over the folder of the settings and fills it.
func onAFullDisk(s *Store, _ string) error {
	dir := filepath.Dir(s.Path())
	ballast := filepath.Join(dir, "ballast")
	const before = `{"retryDelayMax": 60}`
	if err := errors.Join(
		unix.Mount("tmpfs", dir, "tmpfs", 0, "size=64k"),
		os.WriteFile(s.Path(), []byte(before), 0o600),
		s.Reload(),
	); err != nil {
		return err
	}
	if err := os.WriteFile(ballast, make([]byte, 128<<10), 0o600); !errors.Is(err, unix.ENOSPC) {
		return fmt.Errorf("filling the disk: %v", err)
	}
	if err := unwritable(s); err != nil {
		return err
	}
	s.KeepState(held)
	s.writeState()
	text, err := os.ReadFile(s.Path())
	if err != nil || string(text) != before || len(s.Problems()) != 1 || !cmp.Equal(s.State(), held) {
		return fmt.Errorf("on the full disk the file is %q (%v), problems %v, the state %+v", text, err, s.Problems(), s.State())
	}
	if err := errors.Join(os.Remove(ballast), s.Set("hooks", "on")); err != nil {
		return err
	}
	s.writeState() // as at the next safety tick
	again, err := Open(s.Path(), nil)
	if err != nil || !again.Current().Hooks || again.Current().RetryDelayMax != 60 || !cmp.Equal(again.State(), held) || len(s.Problems()) > 0 {
		return fmt.Errorf("with space again: %v, in force is %+v, the state %+v, problems %v", err, again.Current(), again.State(), s.Problems())
	}
	return nil
}
