package settings

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/fsnotify/fsnotify"
)

// foldTime folds the burst of events that one save by an editor causes.
var foldTime = 100 * time.Millisecond

// Times of the store.
const (
	// First and longest time between two attempts to write a file that could
	// not be written: a full disk is noticed soon, a read-only one costs
	// nothing.
	minRetry = time.Second
	maxRetry = time.Minute
)

// brokenTime is how long a file must stay broken before it is moved aside:
// some editors empty a file and then write it.
var brokenTime = 2 * time.Second

// ErrClosed is returned by a Store that has been closed.
var ErrClosed = errors.New("the settings are closed")

// NewerError tells that the file was written by a later version, whose keys
// this one might damage.
type NewerError struct{ Schema int }

func (e *NewerError) Error() string {
	return fmt.Sprintf("the file is of a later version (schema %d, this one knows %d); it is read as far as it is understood and not written", e.Schema, Schema)
}

// BrokenError tells that the file does not hold settings.
type BrokenError struct {
	Path string
	Err  error
}

func (e *BrokenError) Error() string { return fmt.Sprintf("%s can't be read: %v", e.Path, e.Err) }
func (e *BrokenError) Unwrap() error { return e.Err }

// Store keeps the settings in a file. Its methods may be called from any
// goroutine.
type Store struct {
	path    string
	log     *slog.Logger
	changed chan struct{}
	wake    chan struct{}      // there is something to write
	flush   chan chan<- error  // write now and answer
	watcher *fsnotify.Watcher  // nil when the system has no watch left
	cancel  context.CancelFunc // ends run
	ended   chan struct{}      // closed when run has ended
	last    error              // outcome of the last write; valid after ended

	file sync.Mutex // held while the file is read or written; taken before mu
	// The fields below belong to file.
	seen   []byte    // content as last read or written; nil: none
	doc    document  // the same, parsed
	refuse error     // why the file must not be written
	broken time.Time // found broken at; zero: it is not
	loaded bool      // it has been read once

	mu sync.Mutex
	// The fields below belong to mu. The settings are never changed in place.
	synced   Settings        // what the file says
	current  Settings        // what a person wants
	touched  map[string]bool // keys to be written though they did not change
	problems []Problem       // of the file's keys
	aside    string          // about a file that was moved aside
	unsaved  error           // why current has not been written
	watchers map[chan struct{}]bool
	closed   bool
}

var _ Keeper = (*Store)(nil)

// Open reads the settings file at path, which need not exist, and watches it.
// A file with faults, or one that can't be read or written, is no error: the
// program runs on what there is, and Problems says what is wrong. The caller
// must call Close. A nil log discards.
func Open(path string, log *slog.Logger) (*Store, error) {
	s, err := newStore(path, log)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	s.cancel = cancel
	// A missing directory is made now, so that it can be watched; why that
	// fails, if it does, is told when there is something to write.
	_ = os.MkdirAll(filepath.Dir(resolve(s.path)), 0o700)
	if s.watcher, err = fsnotify.NewWatcher(); err != nil {
		s.log.Warn("changes by hand take effect at the next start: the file can't be watched", "error", err)
	}
	s.watch()
	if err := s.Reload(); err != nil {
		s.log.Warn("the settings file has a problem", "error", err)
	}
	go s.run(ctx)
	return s, nil
}

// newStore returns a store that has read nothing yet and does nothing by
// itself.
func newStore(path string, log *slog.Logger) (*Store, error) {
	abs, err := filepath.Abs(path)
	if err != nil || strings.ContainsRune(path, 0) {
		return nil, fmt.Errorf("opening the settings %q: not a file's name", path)
	}
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Store{
		path:     abs,
		log:      log.With("settings", abs),
		changed:  make(chan struct{}, 1),
		wake:     make(chan struct{}, 1),
		flush:    make(chan chan<- error),
		ended:    make(chan struct{}),
		synced:   Default(),
		current:  Default(),
		touched:  map[string]bool{},
		watchers: map[chan struct{}]bool{},
	}, nil
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

// putLocked puts next in force and announces a difference.
func (s *Store) putLocked(next Settings) {
	before := s.current
	s.current = next
	if len(differing(&before, &s.current)) > 0 {
		s.notifyLocked()
	}
}

// Changed receives a value when Current or Problems may differ. It serves one
// reader; others use Subscribe.
func (s *Store) Changed() <-chan struct{} { return s.changed }

// Subscribe returns a channel like that of Changed for one more reader, and
// the function that ends it.
func (s *Store) Subscribe() (changed <-chan struct{}, stop func()) {
	c := make(chan struct{}, 1)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.watchers[c] = true
	return c, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.watchers, c)
	}
}

func (s *Store) notifyLocked() {
	signal(s.changed)
	for c := range s.watchers {
		signal(c)
	}
}

// Update applies a change as Keeper says; the function must not use the store.
// The error is a *KeyError or
// ErrClosed. That the file can't be written is not an error here: Problems
// says so, and it is tried again.
func (s *Store) Update(change func(*Settings)) error {
	return s.update(func(v *Settings) error { change(v); return nil })
}

// Set sets one key from text, see the function of that name. Unlike Update it
// writes the key even if the value is the one in force, which replaces a value
// in the file that can't be used.
func (s *Store) Set(name, text string) error {
	return s.update(func(v *Settings) error { return Set(v, name, text) }, firstPart(name))
}

// Reset sets one key back to its default; see the function of that name.
func (s *Store) Reset(name string) error {
	return s.update(func(v *Settings) error { return Reset(v, name) }, firstPart(name))
}

// firstPart returns the key of a name that may name an element of it.
func firstPart(name string) string {
	name, _, _ = strings.Cut(name, ".")
	return name
}

// Patch changes several keys at once; see the function of that name.
func (s *Store) Patch(patch []byte) error {
	return s.update(func(v *Settings) error { return Patch(v, patch) }, patched(patch)...)
}

func (s *Store) update(change func(*Settings) error, touch ...string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return ErrClosed
	}
	next := s.current.Clone()
	if err := change(&next); err != nil {
		return err
	}
	next.Schema = Schema
	if err := next.validateChange(&s.current); err != nil {
		return err
	}
	for _, name := range touch {
		s.touched[name] = true
	}
	if len(touch) > 0 || len(differing(&s.current, &next)) > 0 {
		s.putLocked(next)
		signal(s.wake)
	}
	return nil
}

// Problems returns what is wrong with the file. The caller owns the slice.
func (s *Store) Problems() []Problem {
	s.mu.Lock()
	defer s.mu.Unlock()
	problems := slices.Clone(s.problems)
	if s.aside != "" {
		problems = append(problems, Problem{Text: s.aside})
	}
	if s.unsaved != nil {
		problems = append(problems, Problem{Text: fmt.Sprintf("changes are in force but can't be saved: %v", s.unsaved)})
	}
	return problems
}

// Flush returns when every change made before has been written and synced, or
// the reason why it could not be.
func (s *Store) Flush(ctx context.Context) error {
	answer := make(chan error, 1)
	select {
	case s.flush <- answer:
	case <-s.ended:
		return ErrClosed
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case err := <-answer:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Close writes what has not been written, stops watching and returns the
// reason if something could not be written.
func (s *Store) Close() error {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.cancel()
	<-s.ended
	return s.last
}

// run owns the timers and is the only one that writes.
func (s *Store) run(ctx context.Context) {
	defer close(s.ended)
	var events <-chan fsnotify.Event
	var faults <-chan error
	if s.watcher != nil {
		defer s.watcher.Close()
		events, faults = s.watcher.Events, s.watcher.Errors
	}
	reload := stoppedTimer()
	defer reload.Stop()
	var reloadAt time.Time // zero: it is not to be read
	// readIn has the file read after d, or sooner when that was asked for: a
	// program that writes without end must not put it off for ever.
	readIn := func(d time.Duration) {
		if at := time.Now().Add(d); reloadAt.IsZero() || at.Before(reloadAt) {
			reloadAt = at
			reload.Reset(d)
		}
	}
	retry := stoppedTimer()
	defer retry.Stop()
	delay := minRetry
	write := func() error {
		err := s.write()
		if err == nil {
			retry.Stop()
			delay = minRetry
			return nil
		}
		if s.settling() {
			readIn(brokenTime)
		}
		// A file of a later version is looked at again when it changes.
		if newer := (*NewerError)(nil); !errors.As(err, &newer) {
			retry.Reset(delay)
			delay = min(2*delay, maxRetry)
		}
		return err
	}
	for {
		select {
		case <-ctx.Done():
			s.last = s.write()
			return
		case <-s.wake:
			_ = write() // kept in unsaved and tried again
		case <-retry.C:
			_ = write() // likewise
		case answer := <-s.flush:
			answer <- write()
		case e, ok := <-events:
			if !ok {
				events = nil
				continue
			}
			if s.concerns(e.Name) {
				readIn(foldTime)
			}
		case err, ok := <-faults:
			if !ok {
				faults = nil
				continue
			}
			// An overflow means that events were lost: look.
			s.log.Warn("watching the settings file", "error", err)
			readIn(foldTime)
		case <-reload.C:
			reloadAt = time.Time{}
			if err := s.Reload(); err != nil {
				s.log.Warn("the settings file has a problem", "error", err)
			}
			if s.settling() {
				readIn(brokenTime)
			}
		}
	}
}

func stoppedTimer() *time.Timer {
	t := time.NewTimer(time.Hour)
	t.Stop()
	return t
}

// concerns reports whether an event at a path is about the file.
func (s *Store) concerns(name string) bool {
	return filepath.Base(name) == filepath.Base(s.path) || filepath.Base(name) == filepath.Base(resolve(s.path))
}

// watch watches the file's directory, and that of the file behind a symbolic
// link. The file itself can't be watched, as each write replaces it.
func (s *Store) watch() {
	if s.watcher == nil {
		return
	}
	dirs := []string{filepath.Dir(s.path), filepath.Dir(resolve(s.path))}
	watched := s.watcher.WatchList()
	for _, dir := range slices.Compact(dirs) {
		if slices.Contains(watched, dir) {
			continue
		}
		if err := s.watcher.Add(dir); err != nil && !errors.Is(err, fsnotify.ErrClosed) {
			s.log.Warn("changes by hand take effect at the next start: the directory can't be watched", "directory", dir, "error", err)
		}
	}
}

// settling reports whether the file was found broken and may yet be repaired.
func (s *Store) settling() bool {
	s.file.Lock()
	defer s.file.Unlock()
	return !s.broken.IsZero()
}

// Reload reads the file now. The error tells what is wrong with it; Problems
// tells the same. Nobody need call it while the file is watched.
func (s *Store) Reload() error {
	s.file.Lock()
	defer s.file.Unlock()
	s.read(resolve(s.path))
	if s.refuse == nil && s.dirty() {
		signal(s.wake)
	}
	if s.refuse != nil {
		return s.refuse
	}
	var faults []error
	for _, p := range s.Problems() {
		faults = append(faults, errors.New(p.String()))
	}
	return errors.Join(faults...)
}

// dirty reports whether something in force is not in the file.
func (s *Store) dirty() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.touched) > 0 || len(differing(&s.synced, &s.current)) > 0
}

// read takes in what the file says. file must be held.
func (s *Store) read(target string) {
	data, err := readFile(target)
	if err == nil && s.loaded && s.refuse == nil && s.broken.IsZero() && data != nil && s.seen != nil && bytes.Equal(data, s.seen) {
		return // nothing new, or the echo of an own write
	}
	if err != nil {
		s.refuse = &BrokenError{s.path, err}
		s.problem(Problem{Text: s.refuse.Error()})
		return
	}
	doc, err := parse(data)
	if err != nil {
		if data, err = s.readBroken(target, err); err != nil {
			s.refuse = err
			s.problem(Problem{Text: err.Error()})
			return
		}
		if doc, err = parse(data); err != nil {
			s.refuse = &BrokenError{s.path, err}
			s.problem(Problem{Text: s.refuse.Error()})
			return
		}
	}
	s.broken = time.Time{}
	s.take(doc, data)
}

// readBroken deals with a file that does not hold settings. It returns the
// content once that has changed or the file is out of the way, or an error
// while it is still in the way.
func (s *Store) readBroken(target string, fault error) ([]byte, error) {
	now := time.Now()
	if !s.loaded {
		// There are no settings in force that would last until it is
		// repaired: only make sure that nobody is writing it just now.
		time.Sleep(foldTime)
		data, err := readFile(target)
		if err != nil {
			return nil, &BrokenError{s.path, err}
		}
		if _, err := parse(data); err == nil {
			return data, nil
		}
	} else if s.broken.IsZero() {
		s.broken = now
		return nil, &BrokenError{s.path, fault}
	} else if now.Sub(s.broken) < brokenTime {
		return nil, &BrokenError{s.path, fault}
	}
	name, err := moveAside(target, now)
	if err != nil {
		return nil, &BrokenError{s.path, fmt.Errorf("%w; moving it aside failed: %w", fault, err)}
	}
	s.mu.Lock()
	s.aside = fmt.Sprintf("%s could not be read (%v) and was moved to %s", s.path, fault, name)
	s.mu.Unlock()
	s.log.Warn("a broken settings file was moved aside", "to", name, "error", fault)
	return nil, nil
}

// problem puts a fault of the file as a whole on record.
func (s *Store) problem(p Problem) {
	s.loaded = true
	s.mu.Lock()
	defer s.mu.Unlock()
	if !slices.Equal(s.problems, []Problem{p}) {
		s.problems = []Problem{p}
		s.notifyLocked()
	}
}

// take puts in force what a document says, beside what was changed here and
// has not been written yet.
func (s *Store) take(doc document, data []byte) {
	first := !s.loaded
	s.loaded = true
	s.seen, s.refuse = data, nil
	var problems []Problem
	switch schema, err := doc.schema(); {
	case err != nil: // it may be of any version
		s.refuse = err
		problems = append(problems, Problem{schemaKey, err.(*KeyError).Text + "; the file is not written until that is corrected"})
	case schema > Schema:
		s.refuse = &NewerError{schema}
		problems = append(problems, Problem{schemaKey, s.refuse.Error()})
	default:
		migrate(&doc, schema)
	}
	s.doc = doc

	s.mu.Lock()
	defer s.mu.Unlock()
	theirs := Default()
	problems = append(problems, doc.decode(&theirs, s.synced)...)
	if !slices.Equal(s.problems, problems) {
		s.notifyLocked()
	}
	base := s.synced
	s.synced, s.problems = theirs, problems
	// When the file was removed or moved aside, what is in force stays, and is
	// written again.
	if data != nil || first {
		s.putLocked(merge(base, s.current, theirs))
	}
}

// migrations bring a document of the schema that is their index to the next
// one. There was no schema 0 that differs: a file without a number is one
// written by hand.
var migrations = []func(*document){
	func(*document) {},
}

func migrate(doc *document, schema int) {
	for _, step := range migrations[min(schema, len(migrations)):] {
		step(doc)
	}
}

// write writes what is in force and not in the file.
func (s *Store) write() error {
	s.file.Lock()
	defer s.file.Unlock()
	var err error
	if s.dirty() {
		err = s.writeNow()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if (err == nil) != (s.unsaved == nil) {
		s.notifyLocked()
		if err != nil {
			s.log.Warn("settings can't be saved; trying again", "error", err)
		} else {
			s.log.Info("settings are saved again")
		}
	}
	s.unsaved = err
	return err
}

// writeNow does the work of write. file must be held.
func (s *Store) writeNow() error {
	target := resolve(s.path)
	if err := os.MkdirAll(filepath.Dir(target), 0o700); err != nil {
		return err
	}
	unlock, err := lockFile(target)
	if err != nil {
		return err
	}
	defer unlock()
	if err := failpoint("locked"); err != nil {
		return err
	}
	s.watch() // the directory may be new

	// Another program may have written since: its changes stay.
	s.read(target)
	if s.refuse != nil {
		return s.refuse
	}
	s.mu.Lock()
	now, touched := s.current, maps.Clone(s.touched)
	changed := differing(&s.synced, &now)
	s.mu.Unlock()
	for name := range touched {
		if k := lookup(name); k != nil && !slices.Contains(changed, k) {
			changed = append(changed, k)
		}
	}

	doc := s.doc.clone()
	if n, _ := doc.schema(); n != Schema {
		doc.entries = slices.DeleteFunc(doc.entries, func(e entry) bool { return e.key == schemaKey })
		doc.entries = slices.Insert(doc.entries, 0, entry{schemaKey, schemaNumber})
	}
	for _, k := range changed {
		if raw := k.mustEncode(&now); raw != nil {
			doc.set(k.Name, raw)
		} else {
			doc.remove(k.Name)
		}
	}
	data, err := doc.format()
	if err != nil {
		return err
	}
	if len(data) > maxFileSize {
		return errTooLarge
	}
	if len(changed) > 0 {
		if err := s.keepBad(target, changed); err != nil {
			return err
		}
		if err := replaceFile(target, data); err != nil {
			return err
		}
		s.seen, s.doc = data, doc
	}

	s.mu.Lock()
	defer s.mu.Unlock()
	theirs := Default()
	s.problems = doc.decode(&theirs, now)
	s.synced = theirs
	for name := range touched {
		delete(s.touched, name)
	}
	return nil
}

// keepBad keeps a copy of the file when a value that can't be used is about to
// be replaced: it may be a long list with one mistake.
func (s *Store) keepBad(target string, changed []*key) error {
	scratch := Default()
	for _, k := range changed {
		raw := s.doc.get(k.Name)
		if raw == nil || string(raw) == "null" || k.decode(raw, &scratch) == nil {
			continue
		}
		name, err := keepCopy(target, s.seen, time.Now())
		if err != nil {
			return fmt.Errorf("keeping a copy of the file: %w", err)
		}
		s.log.Warn("a value that can't be used is replaced; the file as it was is kept", "key", k.Name, "as", name)
		return nil
	}
	return nil
}
