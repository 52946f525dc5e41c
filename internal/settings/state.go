package settings

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"reflect"

	"vpnstatus/internal/autoconnect"
)

// stateFileName is the name of the file next to the settings in which the app
// keeps holds and the pause across restarts.
const stateFileName = "state.json"

// stateFile is a Store's state of that file.
type stateFile struct {
	now     autoconnect.Stored
	written autoconnect.Stored // what the file says
	fault   error              // why now is not in the file
}

// State returns the holds and the pause.
func (s *Store) State() autoconnect.Stored {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state.now
}

// KeepState makes Run write holds and the pause in the background; the caller
// must not change their map afterwards. If they can't be written Problems
// reports it, and the next call tries again, even with the same values.
func (s *Store) KeepState(state autoconnect.Stored) {
	s.mu.Lock()
	s.state.now = state
	s.mu.Unlock()
	signal(s.wake)
}

// statePath is next to the settings, not next to the target if they are a
// symbolic link: the state does not belong in a repository of settings.
func (s *Store) statePath() string { return filepath.Join(filepath.Dir(s.path), stateFileName) }

// readState reads the state, if there is a file.
func (s *Store) readState() {
	data, info, err := readFile(s.statePath())
	var state autoconnect.Stored
	if err == nil && info != nil {
		err = json.Unmarshal(data, &state) // an empty file was damaged: what is written here never is empty
	}
	if err != nil {
		s.state.fault = fmt.Errorf("holds and the pause are forgotten: %s: %w", s.statePath(), err)
		s.log.Warn("the state can't be read", "error", s.state.fault)
		return
	}
	s.state.now, s.state.written = state, state
}

// writeState writes the state if it differs from the file.
func (s *Store) writeState() {
	s.mu.Lock()
	now, written, fault := s.state.now, s.state.written, s.state.fault
	s.mu.Unlock()
	if reflect.DeepEqual(now, written) {
		return
	}
	err := s.replaceState(now)
	if err == nil {
		written = now
	} else {
		err = fmt.Errorf("holds and the pause are in force, but will be forgotten when the app ends: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state.written, s.state.fault = written, err
	if fmt.Sprint(err) != fmt.Sprint(fault) {
		s.log.Info("writing the state", "error", err)
		signal(s.changed)
	}
}

func (s *Store) replaceState(state autoconnect.Stored) error {
	data, err := json.MarshalIndent(state, "", "  ")
	if err != nil {
		return err
	}
	if err := makeDir(filepath.Dir(s.statePath())); err != nil {
		return err
	}
	return replaceFile(s.statePath(), append(data, '\n'), func() error { return nil })
}
