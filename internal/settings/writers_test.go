package settings

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"vpnstatus/internal/vpn"

	"github.com/google/uuid"
)

// The tests below run this test binary again as another program that uses the
// same file. The variable says what it is to do: "verb,argument,path".
const jobVariable = "VPNSTATUS_TEST_JOB"

// runJob is that other program.
func runJob(job string) (code int) {
	part := strings.SplitN(job, ",", 3)
	verb, argument, path := part[0], part[1], part[2]
	s, err := Open(path, nil)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	switch verb {
	case "die": // at the step of the write that the argument names
		failpoint = func(step string) error {
			if step == argument {
				_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
				select {}
			}
			return nil
		}
		err = s.Update(func(v *Settings) { v.RetryDelayMax = 61; v.Hidden = many("new") })
	case "toil": // write for ever
		for i := 0; ; i++ {
			if err := s.Update(func(v *Settings) { v.RetryDelayMax = 5 + i%3596; v.Hidden = many(strconv.Itoa(i)) }); err != nil {
				fmt.Fprintln(os.Stderr, err)
				return 1
			}
			if err := s.flushNow(); err != nil {
				fmt.Fprintln(os.Stderr, err)
				return 1
			}
			fmt.Println(i)
		}
	case "add": // networks with that name, one write each
		for i := range 30 {
			if err == nil {
				err = s.Update(func(v *Settings) {
					v.Trusted = append(v.Trusted, TrustedNetwork{SSID: fmt.Sprint(argument, i)})
					if v.AutoConnect == nil {
						v.AutoConnect = map[vpn.ID]bool{}
					}
					v.AutoConnect[uuid.NewSHA1(uuid.Nil, fmt.Append(nil, argument, i))] = true
				})
			}
			if err == nil {
				err = s.flushNow()
			}
		}
	case "readonly":
		err = readOnly(s)
		_ = s.Close() // can't write either
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		return 0
	}
	if err := errors.Join(err, s.Close()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func (s *Store) flushNow() error {
	answer := make(chan error, 1)
	s.flush <- answer
	return <-answer
}

// many is a list long enough to be written in several pieces.
func many(text string) []string {
	list := make([]string, 2000)
	for i := range list {
		list[i] = text + strconv.Itoa(i)
	}
	return list
}

func job(t testing.TB, verb, argument, path string) *exec.Cmd {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(exe, "-test.run=^$")
	c.Env = append(os.Environ(), jobVariable+"="+verb+","+argument+","+path)
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

func TestAWriterThatIsKilledLeavesTheOldFileOrTheNewOne(t *testing.T) {
	for _, c := range []struct {
		step string
		want int
	}{
		{"locked", 60}, {"before", 60}, {"created", 60}, {"half", 60}, {"written", 60}, {"replaced", 61},
	} {
		t.Run(c.step, func(t *testing.T) {
			path := file(t, `{"schema": 1, "retryDelayMax": 60, "mine": {"x": [1]}}`)
			before := content(t, path)
			err := job(t, "die", c.step, path).Run()
			var exit *exec.ExitError
			if !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
				t.Fatalf("the writer was not killed: %v", err)
			}
			if c.want == 60 && content(t, path) != before {
				t.Errorf("the old file changed to %s", content(t, path))
			}
			s := open(t, path)
			if got := s.Current().RetryDelayMax; got != c.want || len(s.Problems()) > 0 {
				t.Errorf("retryDelayMax is %d, want %d; problems %v", got, c.want, s.Problems())
			}
			// The lock went with the process, and the next write cleans up.
			update(t, s, func(v *Settings) { v.Hooks = true })
			flush(t, s)
			if !strings.Contains(content(t, path), `"mine"`) {
				t.Error("an unknown key was lost")
			}
			if names := entries(t, path); len(names) != 2 {
				t.Errorf("left over: %v", names)
			}
		})
	}
}

func TestAWriterThatIsKilledAtAnyTimeLeavesAWholeFile(t *testing.T) {
	path := file(t, `{"mine": true}`)
	for round := range 8 {
		c := job(t, "toil", "", path)
		out, err := c.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		// After its first line it is writing; then it is killed at a moment
		// that differs from round to round.
		if _, err := out.Read(make([]byte, 1)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(round) * 700 * time.Microsecond)
		if err := c.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, out) // until it is dead
		_ = c.Wait()                    // killed
		var whole map[string]any
		if err := json.Unmarshal([]byte(content(t, path)), &whole); err != nil {
			t.Fatalf("round %d: the file is broken: %v", round, err)
		}
		if whole["mine"] != true || len(whole["hidden"].([]any)) != 2000 {
			t.Fatalf("round %d: the file is not whole", round)
		}
	}
	if s := open(t, path); len(s.Problems()) > 0 {
		t.Errorf("problems %v", s.Problems())
	}
}

func TestProgramsThatWriteAtOnceLoseNothing(t *testing.T) {
	path := file(t, `{"mine": 1}`)
	s := open(t, path) // a third one, which watches and writes too
	var programs []*exec.Cmd
	for _, name := range []string{"a", "b"} {
		c := job(t, "add", name, path)
		c.Stderr = os.Stderr
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		programs = append(programs, c)
	}
	for i := range 30 {
		update(t, s, func(v *Settings) { v.Hidden = append(v.Hidden, fmt.Sprint("h", i)) })
		flush(t, s)
	}
	for _, c := range programs {
		if err := c.Wait(); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Reload(); err != nil {
		t.Fatal(err)
	}
	for who, got := range map[string]Settings{"the store that watched": s.Current(), "a new one": open(t, path).Current()} {
		if len(got.Trusted) != 60 || len(got.AutoConnect) != 60 || len(got.Hidden) != 30 {
			t.Errorf("%s has %d networks, %d services, %d hidden", who, len(got.Trusted), len(got.AutoConnect), len(got.Hidden))
		}
	}
	if !strings.Contains(content(t, path), `"mine": 1`) {
		t.Error("an unknown key was lost")
	}
}

// TestAReadOnlyHome runs as a user without the right to write when this one
// can't be kept from writing.
func TestAReadOnlyHome(t *testing.T) {
	dir, err := os.MkdirTemp("", "settings")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	home := filepath.Join(dir, "home")
	if err := os.Mkdir(home, 0o755); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(home, FileName)
	if err := os.WriteFile(path, []byte(`{"retryDelayMax": 60}`), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.Chmod(dir, 0o755), os.Chmod(home, 0o555)); err != nil {
		t.Fatal(err)
	}
	defer os.Chmod(home, 0o755)
	for name, path := range map[string]string{"with a file": path, "without a directory": filepath.Join(home, "deeper", FileName)} {
		t.Run(name, func(t *testing.T) {
			c := job(t, "readonly", "", path)
			if os.Getuid() == 0 {
				exe := filepath.Join(dir, "program")
				data, err := os.ReadFile(c.Path)
				if err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(exe, data, 0o755); err != nil {
					t.Fatal(err)
				}
				c.Path, c.Dir = exe, dir
				c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
			}
			if out, err := c.CombinedOutput(); err != nil {
				t.Errorf("%v: %s", err, out)
			}
		})
	}
}

func readOnly(s *Store) error {
	if err := s.Update(func(v *Settings) { v.Hooks = true }); err != nil {
		return err
	}
	if err := s.flushNow(); !errors.Is(err, os.ErrPermission) {
		return fmt.Errorf("Flush says %w", err)
	}
	if !s.Current().Hooks {
		return errors.New("the change is not in force")
	}
	if p := s.Problems(); len(p) != 1 || !strings.Contains(p[0].Text, "can't be saved") {
		return fmt.Errorf("problems %v", p)
	}
	return nil
}
