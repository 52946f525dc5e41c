package settings

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/fsnotify/fsnotify"
)

const (
	// foldTime folds the burst of events that one save by an editor causes.
	foldTime = 100 * time.Millisecond
	// editTime is for how long a file that has just become empty is left
	// alone: some editors empty a file first and then write it.
	editTime = time.Minute
)

// FileError reports why the settings file can't be changed.
type FileError struct {
	Path string
	Err  error
}

func (e *FileError) Error() string {
	return fmt.Sprintf("the settings file can't be changed: %v (%s)", e.Err, e.Path)
}

func (e *FileError) Unwrap() error { return e.Err }

// Store keeps the settings in a file. Its methods may be called from any
// goroutine.
type Store struct {
	path    string // "": in memory only
	log     *slog.Logger
	changed chan struct{}
	wake    chan struct{} // the state is to be written

	file sync.Mutex // held while the settings file is read or written; taken before mu
	// The fields below belong to file.
	doc    document // the last valid content of the file
	loaded bool     // it has been read without an error

	mu sync.Mutex
	// The fields below belong to mu. The settings are never changed in place.
	current  Settings  // in force
	problems []Problem // of the settings file
	state    stateFile
}

var _ Keeper = (*Store)(nil)

// Open reads the settings file at path, which need not exist, and the state next
// to it. It writes nothing. A file with faults, or one that can't be read, is not
// an error: the program uses what it can, and Problems returns the faults. Open
// fails only if path is not the name of a file. log may be nil.
func Open(path string, log *slog.Logger) (*Store, error) {
	abs, err := filepath.Abs(path)
	if err != nil || strings.ContainsRune(path, 0) {
		return nil, fmt.Errorf("opening the settings %q: not the name of a file", path)
	}
	s := newStore(abs, log)
	_ = s.Reload() // Problems has the same error
	s.readState()
	return s, nil
}

// NewMemory returns a Store without files, for tests and for programs that
// store nothing.
func NewMemory(current Settings) *Store {
	s := newStore("", nil)
	s.current = current.Clone()
	return s
}

func newStore(path string, log *slog.Logger) *Store {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Store{
		path: path, log: log.With("settings", path), current: Default(),
		changed: make(chan struct{}, 1), wake: make(chan struct{}, 1),
	}
}

// Path returns the absolute name of the file.
func (s *Store) Path() string { return s.path }

// Current returns the settings in force; its maps and slices must not be
// changed.
func (s *Store) Current() Settings {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.current
}

// Problems returns what is wrong with the files. The caller owns the slice.
func (s *Store) Problems() []Problem {
	s.mu.Lock()
	defer s.mu.Unlock()
	problems := slices.Clone(s.problems)
	if s.state.fault != nil {
		problems = append(problems, Problem{Text: s.state.fault.Error()})
	}
	return problems
}

// Changed receives a value when Current or Problems may differ. It serves one
// reader: the engine, which publishes an update for the others.
func (s *Store) Changed() <-chan struct{} { return s.changed }

// signal leaves a value in the channel unless there is one already.
func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// publish puts settings in force.
func (s *Store) publish(next Settings, problems []Problem) {
	s.mu.Lock()
	defer s.mu.Unlock()
	differ := slices.ContainsFunc(keys, func(k *key) bool { return k.differ(&s.current, &next) })
	if slices.Equal(s.problems, problems) && !differ {
		return
	}
	for _, p := range problems {
		if !slices.Contains(s.problems, p) {
			s.log.Warn("the settings have a problem", "problem", p.String())
		}
	}
	s.problems = problems
	if differ { // otherwise keep the value handed out before
		s.current = next
	}
	signal(s.changed)
}

// Update applies a change as documented in Keeper; the function must not use the
// store. A key whose value in the file can't be used is not changed: it may be a
// long list with a single mistake.
func (s *Store) Update(change func(*Settings) error) error { return s.update(change) }

// Set sets one key from text; see the function Set. It also replaces an invalid
// value in the file, unless only an element of it is set.
func (s *Store) Set(name, text string) error {
	return s.update(func(v *Settings) error { return Set(v, name, text) }, name)
}

// Reset sets one key back to its default; see the function Reset. It also
// replaces an invalid value.
func (s *Store) Reset(name string) error {
	return s.update(func(v *Settings) error { return Reset(v, name) }, name)
}

// Replace is Update for a change of everything: it also replaces the values in
// the file that can't be used.
func (s *Store) Replace(change func(*Settings) error) error {
	names := make([]string, len(keys))
	for i, k := range keys {
		names[i] = k.Name
	}
	return s.update(change, names...)
}

// Patch changes several keys at once; see the function Patch.
func (s *Store) Patch(patch []byte) error {
	return s.update(func(v *Settings) error { return Patch(v, patch) })
}

// update is the one way to change a setting: lock, read, change, validate, write.
// The keys in replace are written even if they have not changed.
func (s *Store) update(change func(*Settings) error, replace ...string) error {
	s.file.Lock()
	defer s.file.Unlock()
	if s.path == "" {
		next, _, err := s.doc.edit(s.Current(), change, nil)
		if err == nil {
			s.publish(next, nil)
		}
		return err
	}
	target := resolve(s.path)
	unlock, err := lockFile(target)
	if err != nil {
		return &FileError{s.path, err}
	}
	defer unlock()
	found, err := s.load()
	if err != nil {
		return err
	}
	if age := time.Since(found.changed()); found.emptied && age.Abs() < editTime {
		return &FileError{s.path, fmt.Errorf("it became empty %s ago, and another program may be about to write it; try again in a minute, or remove it", age.Round(time.Second))}
	}
	next, doc, err := s.doc.edit(s.Current(), change, replace)
	if err != nil || doc.equal(s.doc) {
		return err
	}
	data, err := doc.format()
	if err == nil && len(data) > maxFileSize {
		err = errTooLarge
	}
	if err == nil {
		err = replaceFile(target, data, func() error { return unchanged(target, found.info) })
	}
	if err != nil {
		return &FileError{s.path, err}
	}
	s.doc = doc
	_, problems := doc.settings()
	s.publish(next, problems)
	return nil
}

// Reload reads the file now. The error is why it can't be used or written. It
// is not needed while Run follows the file.
func (s *Store) Reload() error {
	s.file.Lock()
	defer s.file.Unlock()
	if s.path == "" {
		return nil
	}
	_, err := s.load()
	return err
}

// finding is the result of load.
type finding struct {
	info    fs.FileInfo // nil if there is no file
	emptied bool        // a file without content
}

func (f finding) changed() time.Time {
	if f.info == nil {
		return time.Time{}
	}
	return f.info.ModTime()
}

// load reads the file and puts its settings in force. The settings in force
// stay if the file is missing, empty, can't be read or must not be written;
// the last two are errors. file must be held.
func (s *Store) load() (finding, error) {
	data, info, err := readFile(s.path)
	found := finding{info, info != nil && len(bytes.TrimSpace(data)) == 0}
	doc := document{}
	if err == nil {
		doc, err = parse(data)
	}
	if err == nil {
		err = doc.checkSchema()
	}
	first := !s.loaded // nothing was set before
	s.loaded = s.loaded || err == nil
	next, problems := s.Current(), []Problem(nil)
	switch {
	case err != nil:
		err = &FileError{s.path, err}
		problems = []Problem{{Text: err.Error() + "; what was set before stays in force"}}
		if first {
			next, _ = doc.settings()
			problems = []Problem{{Text: err.Error() + "; the defaults are in force"}}
			if len(doc.entries) > 0 {
				problems = []Problem{{Text: err.Error() + "; the keys that this version knows are in force"}}
			}
		}
	case first || info != nil && !found.emptied:
		next, problems = doc.settings()
		s.doc = doc
	case found.emptied && len(s.doc.entries) > 0:
		problems = []Problem{{Text: "the settings file is empty; what was set before stays in force until the app ends (" + s.path + ")"}}
	}
	s.publish(next, problems)
	return found, err
}

// Run follows the file as Follow does and writes the state, until ctx ends. It
// returns once the state is written. Only the app calls it.
func (s *Store) Run(ctx context.Context) {
	s.writeState()
	defer s.writeState()
	_ = makeDir(filepath.Dir(resolve(s.path))) // so that it can be watched; a change reports an error
	s.follow(ctx, s.writeState)
}

// Follow puts changes of the file in force, made by hand or by another program,
// until ctx ends.
func (s *Store) Follow(ctx context.Context) { s.follow(ctx, func() {}) }

func (s *Store) follow(ctx context.Context, awake func()) {
	var events <-chan fsnotify.Event
	var faults <-chan error
	watcher, err := fsnotify.NewWatcher()
	if err != nil {
		s.log.Warn("changes by hand take effect late: the file can't be watched", "error", err)
	} else {
		defer watcher.Close()
		events, faults = watcher.Events, watcher.Errors
	}
	s.watch(watcher)
	reload := time.After(0) // the file may have changed since Open
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.wake:
			awake()
			s.watch(watcher) // in case events were missed or the folder was replaced
			_ = s.Reload()
		case e := <-events:
			if reload == nil && s.concerns(e.Name) {
				reload = time.After(foldTime)
			}
		case err := <-faults:
			s.log.Warn("watching the settings file", "error", err) // such as lost events
			if reload == nil {
				reload = time.After(foldTime)
			}
		case <-reload:
			reload = nil
			s.watch(watcher)
			_ = s.Reload() // Problems says the same
		}
	}
}

// watch watches the file's folder, and that of the file behind a symbolic link.
// The file itself can't be watched, since each write replaces it.
func (s *Store) watch(w *fsnotify.Watcher) {
	if w == nil {
		return
	}
	for _, dir := range slices.Compact([]string{filepath.Dir(s.path), filepath.Dir(resolve(s.path))}) {
		if slices.Contains(w.WatchList(), dir) {
			continue
		}
		if err := w.Add(dir); err != nil {
			s.log.Warn("changes by hand take effect late: the folder can't be watched", "folder", dir, "error", err)
		}
	}
}

// concerns reports whether an event at a path is about the file.
func (s *Store) concerns(name string) bool {
	return filepath.Base(name) == filepath.Base(s.path) || filepath.Base(name) == filepath.Base(resolve(s.path))
}
