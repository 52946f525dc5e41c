package settings

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vpnstatus/internal/autoconnect"
	"vpnstatus/internal/vpn"
)

var (
	paused = autoconnect.Stored{Pause: autoconnect.Forever}
	held   = autoconnect.Stored{Holds: map[vpn.ID]autoconnect.Hold{home: {Until: autoconnect.Forever, Key: "held.user"}}}
)

func stateOf(path string) string { return filepath.Join(filepath.Dir(path), stateFileName) }

func TestHoldsAndPauseSurviveARestart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", FileName)
	s := open(t, path)
	end := running(t, s)
	s.KeepState(paused)
	s.KeepState(held)
	end()
	if got := open(t, path).State(); !cmp.Equal(got, held) {
		t.Errorf("after a restart: %+v", got)
	}
	if names := entries(t, path); len(names) != 1 {
		t.Errorf("in the folder are %v", names)
	}
	if info, err := os.Stat(s.statePath()); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file: %v, %v", info, err)
	}
	s = open(t, path)
	end = running(t, s)
	s.KeepState(autoconnect.Stored{})
	end()
	if got := open(t, path).State(); !cmp.Equal(got, autoconnect.Stored{}) {
		t.Errorf("after their end: %+v", got)
	}
}

func TestNothingIsWrittenWithoutHoldsAndPause(t *testing.T) {
	path := filepath.Join(t.TempDir(), FileName)
	s := open(t, path)
	end := running(t, s)
	s.KeepState(autoconnect.Stored{})
	end()
	if names := entries(t, path); len(names) != 0 {
		t.Errorf("in the folder are %v", names)
	}
}

func TestStateThatCannotBeKeptIsInForceAndTriedAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), FileName)
	if err := os.Mkdir(stateOf(path), 0o700); err != nil { // can't be replaced by a file
		t.Fatal(err)
	}
	s := open(t, path)
	running(t, s)
	s.KeepState(paused)
	await(t, s, "the problem", func() bool {
		p := s.Problems()
		return len(p) == 1 && strings.Contains(p[0].Text, "will be forgotten when the app ends")
	})
	if !cmp.Equal(s.State(), paused) {
		t.Errorf("in force is %+v", s.State())
	}
	if err := os.Remove(stateOf(path)); err != nil {
		t.Fatal(err)
	}
	s.KeepState(paused) // as the safety tick does
	await(t, s, "the end of the problem", func() bool { return len(s.Problems()) == 0 })
	if got := open(t, path).State(); !cmp.Equal(got, paused) {
		t.Errorf("kept is %+v", got)
	}
}
