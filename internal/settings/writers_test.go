package settings

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	osSignal "os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"vpnstatus/internal/autoconnect"
	"vpnstatus/internal/vpn"
)

// The tests below run this test binary again as another program that uses the
// same file. The variable says what it does: "verb,argument,path".
const jobVariable = "VPNSTATUS_TEST_JOB"

// runJob is that other program.
func runJob(job string) (code int) {
	part := strings.SplitN(job, ",", 3)
	verb, argument, path := part[0], part[1], part[2]
	s, err := Open(path, nil)
	switch {
	case err != nil:
	case verb == "toil": // write settings and state forever, and say what is written
		i, _ := strconv.Atoi(argument)
		for ; err == nil; i++ {
			err = s.Update(func(v *Settings) error { v.RetryDelayMax = 5 + i%3000; v.Hidden = many(strconv.Itoa(i)); return nil })
			s.KeepState(numbered(i))
			if s.writeState(); err == nil {
				fmt.Println(i)
			}
		}
	case verb == "add": // networks with that name, one write each
		for i := 0; i < added && err == nil; i++ {
			err = s.Update(func(v *Settings) error {
				v.Trusted = append(v.Trusted, TrustedNetwork{SSID: fmt.Sprint(argument, i)})
				if v.AutoConnect == nil {
					v.AutoConnect = map[vpn.ID]bool{}
				}
				v.AutoConnect[uuid.NewSHA1(uuid.Nil, fmt.Append(nil, argument, i))] = true
				return nil
			})
		}
	case verb == "refused": // a change that can't be written, by permissions or for lack of space
		if argument == "full" {
			osSignal.Ignore(syscall.SIGXFSZ)
			err = syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 10, Max: 10})
		}
		was := s.Current()
		changed := s.Set("hooks", "on")
		var fault *FileError
		switch {
		case err != nil:
		case !errors.As(changed, &fault):
			err = fmt.Errorf("the change says %w", changed)
		case s.Current().Hooks || s.Current().RetryDelayMax != was.RetryDelayMax || len(s.Problems()) > 0:
			err = fmt.Errorf("in force is %+v, problems %v", s.Current(), s.Problems())
		}
	case verb == "foreign": // files that can't be read
		changed := s.Set("hooks", "on")
		var fault *FileError
		if !errors.As(changed, &fault) || s.Current().Hooks || len(s.Problems()) != 2 {
			err = fmt.Errorf("the change says %v, in force is %+v, problems %v", changed, s.Current(), s.Problems())
		}
		ctx, cancel := context.WithCancel(context.Background())
		s.KeepState(paused)
		cancel()
		s.Run(ctx)
	case verb == "write":
		err = s.Set("hooks", "on")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

const (
	listed = 40
	// added is few, since all writers wait for each other and each write for
	// the disk: 3 times 8 writes collide often enough, and stay far below the
	// time that a writer waits.
	added = 8
)

// many is a list that takes a few blocks of the disk.
func many(text string) []string {
	list := make([]string, listed)
	for i := range list {
		list[i] = text + "-" + strconv.Itoa(i)
	}
	return list
}

// numbered is a state that tells its number.
func numbered(i int) autoconnect.Stored {
	return autoconnect.Stored{Pause: autoconnect.UntilTime(time.Unix(int64(i), 0))}
}

func job(t testing.TB, verb, argument, path string) *exec.Cmd {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(exe, "-test.run=^$")
	// The race detector waits a second when a program ends.
	c.Env = append(os.Environ(), jobVariable+"="+verb+","+argument+","+path, "GORACE=atexit_sleep_ms=0")
	c.Stderr = os.Stderr
	return c
}

// entries returns the names in a file's directory.
func entries(t testing.TB, path string) (names []string) {
	t.Helper()
	list, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range list {
		names = append(names, e.Name())
	}
	return names
}

// TestWritersThatAreKilledLoseNothing makes 1,008 writes, every other one of the
// state, in nine folders at once, whose writers are killed at moments that differ:
// what one said to be written is there, whole.
func TestWritersThatAreKilledLoseNothing(t *testing.T) {
	t.Parallel()
	for n := range 9 {
		t.Run(strconv.Itoa(n), func(t *testing.T) {
			t.Parallel()
			toil(t, 56, time.Duration(n)*150*time.Microsecond)
		})
	}
}

// toil has a file written that often, by writers that are killed after a quarter
// of it and a pause.
func toil(t *testing.T, writes int, pause time.Duration) {
	path := file(t, `{"mine": true}`)
	for written := 0; written < writes; {
		c := job(t, "toil", strconv.Itoa(written+1), path)
		out, err := c.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		kill := min(written+writes/4, writes)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			if written, err = strconv.Atoi(lines.Text()); err != nil {
				t.Fatal(err)
			}
			if written == kill {
				time.AfterFunc(pause, func() { _ = c.Process.Kill() })
			}
		}
		_ = c.Wait() // killed
		var whole struct {
			Mine   bool
			Hidden []string
		}
		if err := json.Unmarshal([]byte(content(t, path)), &whole); err != nil {
			t.Fatalf("after %d writes the file is broken: %v", written, err)
		}
		if !whole.Mine || len(whole.Hidden) != listed {
			t.Fatalf("after %d writes the file is not whole", written)
		}
		last, _, _ := strings.Cut(whole.Hidden[0], "-")
		if n, err := strconv.Atoi(last); err != nil || n != written && n != written+1 {
			t.Fatalf("%d was written, and the file has %s", written, last)
		}
		s := open(t, path)
		if state := s.State(); len(s.Problems()) > 0 || !cmp.Equal(state, numbered(written)) && !cmp.Equal(state, numbered(written+1)) {
			t.Fatalf("%d was written, and the state is %+v, problems %v", written, state, s.Problems())
		}
	}
	// The lock went with the process, and the next write cleans up.
	change(t, open(t, path), func(v *Settings) { v.Hooks = true })
	s := open(t, path)
	s.KeepState(paused)
	if s.writeState(); len(entries(t, path)) != 3 { // with state and lock
		t.Errorf("left over: %v", entries(t, path))
	}
}

func TestProgramsThatWriteAtOnceLoseNothing(t *testing.T) {
	path := file(t, `{"mine": 1}`)
	s := open(t, path) // a third one, which follows and writes too
	running(t, s)
	var programs []*exec.Cmd
	for _, name := range []string{"a", "b"} {
		c := job(t, "add", name, path)
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		programs = append(programs, c)
	}
	for i := range added {
		change(t, s, func(v *Settings) { v.Hidden = append(v.Hidden, fmt.Sprint("h", i)) })
	}
	for _, c := range programs {
		if err := c.Wait(); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Reload(); err != nil {
		t.Fatal(err)
	}
	for who, got := range map[string]Settings{"the store that followed": s.Current(), "a new one": open(t, path).Current()} {
		if len(got.Trusted) != 2*added || len(got.AutoConnect) != 2*added || len(got.Hidden) != added {
			t.Errorf("%s has %d networks, %d services, %d hidden", who, len(got.Trusted), len(got.AutoConnect), len(got.Hidden))
		}
	}
	if !strings.Contains(content(t, path), `"mine": 1`) {
		t.Error("an unknown key was lost")
	}
}

// asUser runs a job as another user, if this one can, from a copy of the program
// in dir that the other can read.
func asUser(t *testing.T, c *exec.Cmd, dir string) {
	t.Helper()
	data, err := os.ReadFile(c.Path)
	if err != nil {
		t.Fatal(err)
	}
	c.Path, c.Dir = filepath.Join(dir, "program"), dir
	if err := os.WriteFile(c.Path, data, 0o755); err != nil {
		t.Fatal(err)
	}
	c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
}

// publicDir returns a folder that every user can read.
func publicDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "settings")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestAChangeThatCannotBeWrittenIsRefused(t *testing.T) {
	dir := publicDir(t)
	readOnly := filepath.Join(dir, "home")
	if err := os.Mkdir(readOnly, 0o755); err != nil {
		t.Fatal(err)
	}
	const before = `{"retryDelayMax": 60}`
	kept := filepath.Join(readOnly, FileName)
	if err := os.WriteFile(kept, []byte(before), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(readOnly, 0o555); err != nil {
		t.Fatal(err)
	}
	defer os.Chmod(readOnly, 0o755)
	for name, path := range map[string]string{"in a read-only folder": kept, "where no folder can be made": filepath.Join(readOnly, "deeper", FileName)} {
		t.Run(name, func(t *testing.T) {
			c := job(t, "refused", "", path)
			if os.Getuid() == 0 {
				asUser(t, c, dir)
			}
			if err := c.Run(); err != nil {
				t.Error(err)
			}
		})
	}
	t.Run("on a full disk", func(t *testing.T) {
		path := file(t, before)
		if err := job(t, "refused", "full", path).Run(); err != nil {
			t.Error(err)
		}
		if content(t, path) != before || len(entries(t, path)) != 2 { // the lock
			t.Errorf("the file is %q beside %v", content(t, path), entries(t, path))
		}
	})
}

func TestWhatRootChangesStaysTheUsers(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("needs root")
	}
	dir := publicDir(t)
	home := filepath.Join(dir, "home")
	if err := errors.Join(os.Mkdir(home, 0o700), os.Chown(home, 65534, 65534)); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(home, "Application Support", "VPNStatus", FileName)
	s := open(t, path)
	change(t, s, func(v *Settings) { v.RetryDelayMax = 60 })
	end := running(t, s)
	s.KeepState(paused)
	end()
	if names := entries(t, path); len(names) != 3 {
		t.Errorf("in the folder are %v", names)
	}
	for _, name := range append(entries(t, path), ".", "..") {
		info, err := os.Stat(filepath.Join(filepath.Dir(path), name))
		if err != nil || info.Sys().(*syscall.Stat_t).Uid != 65534 {
			t.Errorf("%s: %v, %+v", name, err, info.Sys())
		}
	}
	c := job(t, "write", "", path)
	asUser(t, c, dir)
	if err := c.Run(); err != nil || !open(t, path).Current().Hooks {
		t.Errorf("the user can't change them: %v", err)
	}
}
