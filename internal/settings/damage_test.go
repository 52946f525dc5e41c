package settings

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"vpnstatus/internal/autoconnect"
)

func TestSettingsTruncatedAnywhere(t *testing.T) {
	whole, err := json.Marshal(full())
	if err != nil {
		t.Fatal(err)
	}
	whole = bytes.TrimSpace(whole)
	path := file(t, string(whole))
	running := open(t, path) // since before
	for n := 1; n < len(whole); n++ {
		place(t, path, string(whole[:n]))
		var fault *FileError
		if err := running.Reload(); !errors.As(err, &fault) {
			t.Fatalf("%d bytes are read: %v", n, err)
		}
		if n%16 != 0 { // what follows takes long
			continue
		}
		if !cmp.Equal(running.Current(), full()) || len(running.Problems()) != 1 {
			t.Fatalf("%d bytes: in force is %+v, problems %v", n, running.Current(), running.Problems())
		}
		started := open(t, path)
		if !cmp.Equal(started.Current(), Default()) || len(started.Problems()) != 1 {
			t.Fatalf("%d bytes: at a start %+v is in force, problems %v", n, started.Current(), started.Problems())
		}
		s := running
		if n%32 == 0 {
			s = started
		}
		if err := s.Set("retryDelayMax", "77"); !errors.As(err, &fault) || content(t, path) != string(whole[:n]) {
			t.Fatalf("%d bytes: a change says %v, and the file is %q", n, err, content(t, path))
		}
	}
	place(t, path, string(whole))
	if err := running.Reload(); err != nil || len(running.Problems()) > 0 {
		t.Errorf("whole again: %v, problems %v", err, running.Problems())
	}
}

func TestStateTruncatedAnywhere(t *testing.T) {
	want := autoconnect.Stored{Holds: held.Holds, Pause: autoconnect.Forever}
	path := filepath.Join(t.TempDir(), FileName)
	s := open(t, path)
	end := running(t, s)
	s.KeepState(want)
	end()
	whole := content(t, stateOf(path))
	if !cmp.Equal(open(t, path).State(), want) {
		t.Fatal("it can't be read whole")
	}
	for n := range len(whole) {
		place(t, stateOf(path), whole[:n])
		s := open(t, path)
		all, none := cmp.Equal(s.State(), want), cmp.Equal(s.State(), autoconnect.Stored{}, cmpopts.EquateEmpty())
		if problems := s.Problems(); !all && !none || none && len(problems) != 1 || all && len(problems) > 0 {
			t.Errorf("%d of %d bytes: in force is %+v, problems %v", n, len(whole), s.State(), problems)
		}
	}
}

func TestWhatIsInPlaceOfTheState(t *testing.T) {
	for name, c := range map[string]struct {
		prepare func(path string) error
		says    string // "": it is read
		kept    bool   // it stays, and the state is not written
	}{
		"a folder":               {func(path string) error { return os.Mkdir(path, 0o700) }, "not a regular file", true},
		"a named pipe":           {func(path string) error { return syscall.Mkfifo(path, 0o600) }, "not a regular file", false},
		"a link to itself":       {func(path string) error { return os.Symlink(path, path) }, "too many", false},
		"a link to nothing":      {func(path string) error { return os.Symlink("nothing", path) }, "", false},
		"a link to another file": {func(path string) error { return os.Symlink("other", path) }, "invalid character", false},
		"a file that is far too big": {func(path string) error {
			return errors.Join(os.WriteFile(path, nil, 0o600), os.Truncate(path, maxFileSize+1))
		}, "larger than", false},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), FileName)
			other := filepath.Join(filepath.Dir(path), "other")
			place(t, other, "precious")
			if err := c.prepare(stateOf(path)); err != nil {
				t.Fatal(err)
			}
			s := open(t, path)
			if p := s.Problems(); c.says == "" && len(p) > 0 || c.says != "" && (len(p) != 1 || !strings.Contains(p[0].Text, "holds and the pause are forgotten") || !strings.Contains(p[0].Text, c.says)) {
				t.Errorf("problems %v, want %q", p, c.says)
			}
			end := running(t, s)
			s.KeepState(paused)
			end()
			if kept := cmp.Equal(open(t, path).State(), paused); kept == c.kept || c.kept != (len(s.Problems()) == 1) {
				t.Errorf("kept: %t, problems %v", kept, s.Problems())
			}
			if !cmp.Equal(s.State(), paused) || content(t, other) != "precious" {
				t.Errorf("in force is %+v, the other file %q", s.State(), content(t, other))
			}
		})
	}
}

func TestFilesOfAnotherUser(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("needs root")
	}
	dir := publicDir(t)
	home := filepath.Join(dir, "home")
	if err := errors.Join(os.Mkdir(home, 0o700), os.Chown(home, 65534, 65534)); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(home, FileName) // both belong to root
	place(t, path, `{"retryDelayMax": 60}`)
	place(t, stateOf(path), `{}`)
	c := job(t, "foreign", "", path)
	asUser(t, c, dir)
	if err := c.Run(); err != nil {
		t.Error(err)
	}
	if got := content(t, path); got != `{"retryDelayMax": 60}` {
		t.Errorf("the settings became %s", got)
	}
	if got := open(t, path).State(); !cmp.Equal(got, paused) {
		t.Errorf("the state is %+v", got)
	}
}

// foreign meets files that it can't read.
func foreign(s *Store, _ string) error {
	err := s.Set("hooks", "on")
	var fault *FileError
	if !errors.As(err, &fault) || s.Current().Hooks || len(s.Problems()) != 2 {
		return fmt.Errorf("the change says %v, in force is %+v, problems %v", err, s.Current(), s.Problems())
	}
	s.KeepState(paused)
	s.writeState()
	return nil
}
