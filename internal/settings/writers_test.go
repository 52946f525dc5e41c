package settings

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"vpnstatus/internal/vpn"
)

// The tests below run this test binary again as another program that uses the
// same file. The variable says what it does: "name,argument,path".
const jobVariable = "VPNSTATUS_TEST_JOB"

// jobs are what that program can do.
var jobs = map[string]func(s *Store, argument string) error{
	"add":        addNetworks,
	"unwritable": func(s *Store, _ string) error { return unwritable(s) },
	"foreign":    foreign,
	"write":      func(s *Store, _ string) error { return s.Set("hooks", "on") },
}

// runJob is that other program.
func runJob(job string) (code int) {
	part := strings.SplitN(job, ",", 3)
	s, err := Open(part[2], nil)
	if err == nil {
		err = jobs[part[0]](s, part[1])
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// added is few, since all writers wait for each other and each write for the disk:
// 3 times 8 writes collide often enough, and stay far below the time that a writer
// waits.
const added = 8

func job(t testing.TB, name, argument, path string) *exec.Cmd {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(exe, "-test.run=^$")
	// The race detector waits a second when a program ends.
	c.Env = append(os.Environ(), jobVariable+"="+name+","+argument+","+path, "GORACE=atexit_sleep_ms=0")
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

// addNetworks adds networks with that name, one write each.
func addNetworks(s *Store, name string) error {
	for i := range added {
		if err := s.Update(func(v *Settings) error {
			v.Trusted = append(v.Trusted, TrustedNetwork{SSID: fmt.Sprint(name, i)})
			if v.AutoConnect == nil {
				v.AutoConnect = map[vpn.ID]bool{}
			}
			v.AutoConnect[uuid.NewSHA1(uuid.Nil, fmt.Append(nil, name, i))] = true
			return nil
		}); err != nil {
			return err
		}
	}
	return nil
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

// unwritable makes a change that can't be written, and checks that it is refused and
// changes nothing.
func unwritable(s *Store) error {
	was := s.Current()
	err := s.Set("hooks", "on")
	var fault *FileError
	if !errors.As(err, &fault) {
		return fmt.Errorf("the change says %w", err)
	}
	if !cmp.Equal(s.Current(), was) || len(s.Problems()) > 0 {
		return fmt.Errorf("in force is %+v, problems %v", s.Current(), s.Problems())
	}
	return nil
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
			c := job(t, "unwritable", "", path)
			if os.Getuid() == 0 {
				asUser(t, c, dir)
			}
			if err := c.Run(); err != nil {
				t.Error(err)
			}
		})
	}
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
