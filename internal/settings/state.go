package settings

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path/filepath"
	"reflect"

	"vpnstatus/internal/autoconnect"
)

// StateFileName is the name of the file beside the settings in which the app
// keeps holds and the pause over a restart.
const StateFileName = "state.json"

// stateKey is where versions before StateFileName kept them, in the settings.
const stateKey = "state"

// stateFile is what a Store knows of that file.
type stateFile struct {
	now     autoconnect.Stored
	written autoconnect.Stored // what the file says
	exists  bool
	fault   error // why now is not in the file
}

// State returns the holds and the pause.
func (s *Store) State() autoconnect.Stored {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state.now
}

// KeepState has holds and the pause written, in the background, by Run; the
// caller must not change their map afterwards. If they can't be written Problems
// says so, and they are written with the next call, also of the same.
func (s *Store) KeepState(state autoconnect.Stored) {
	s.mu.Lock()
	s.state.now = state
	s.mu.Unlock()
	signal(s.wake)
}

// stateMoved reports whether the state is in its own file.
func (s *Store) stateMoved() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state.exists
}

// statePath is the file beside the settings, not beside what these may be a link
// to: it does not belong into a repository of settings.
func (s *Store) statePath() string { return filepath.Join(filepath.Dir(s.path), StateFileName) }

// readState reads the state, which earlier versions kept in the settings.
func (s *Store) readState() {
	data, info, err := readFile(s.statePath())
	s.state.exists = info != nil
	if !s.state.exists {
		data = s.doc.get(stateKey)
	}
	var state autoconnect.Stored
	if err == nil && len(bytes.TrimSpace(data)) > 0 {
		err = json.Unmarshal(data, &state)
	}
	if err != nil {
		s.state.fault = fmt.Errorf("holds and the pause are forgotten: %s: %w", s.statePath(), err)
		s.log.Warn("the state can't be read", "error", s.state.fault)
		return
	}
	s.state.now = state
	if s.state.exists {
		s.state.written = state
	}
}

// writeState writes the state if the file has another.
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
	s.state.written, s.state.fault, s.state.exists = written, err, s.state.exists || err == nil
	if fmt.Sprint(err) != fmt.Sprint(fault) {
		s.log.Info("writing the state", "error", err)
		s.notifyLocked()
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
