package nevpn

import (
	"errors"
	"slices"
	"sync"
	"time"

	"vpnstatus/internal/neconfig"
	"vpnstatus/internal/nesession"
	"vpnstatus/internal/vpn"
)

// library behaves as docs/internals.md, section 3, says of Apple's. There is one
// record per configuration, created as Disconnected. A record without a
// connection asks the daemon, which takes the time trip; one that is connected
// answers at once from its cache. Setting any handler connects all records and
// fetches the true status of each, which takes the time fetch. A status that
// differs from the cache goes to all handlers of the record but the asker's.
// Callbacks come on one queue in order, never on the caller's stack. A cancel is
// answered once, and only if there was a handler.
//
// It records calls and fails the test on a wrong one: a second release, a call
// after it, a second handler.
type library struct {
	t     interface{ Errorf(string, ...any) }
	queue chan func()
	ended chan struct{}

	mu       sync.Mutex
	delay    func() time.Duration // before each callback; nil: none
	truth    map[vpn.ID]vpn.Status
	trees    map[vpn.ID]map[nesession.InfoType]map[string]any
	records  map[vpn.ID]*fakeRecord
	sessions map[nesession.Ref]*fakeSession
	last     nesession.Ref
	log      []string
	started  []map[string]any
	creates  int
	releases int
	trip     time.Duration
	fetch    time.Duration
	away     bool          // the daemon does not run
	lost     bool          // the daemon's answers to questions never arrive
	silent   bool          // nor do those from the cache
	deaf     bool          // cancels are never answered
	missing  string        // a function this system lacks
	gate     chan struct{} // starts and barriers wait for it; nil: they don't
}

// errMissing is the error of a call whose function the system lacks.
var errMissing = errors.New("this system lacks the symbol")

type fakeRecord struct {
	cache     vpn.Status
	connected bool
}

type fakeSession struct {
	id       vpn.ID
	record   *fakeRecord
	handler  func(nesession.Event)
	stray    func(nesession.Event) // the handler, to be called when it must not be
	had      bool                  // a handler was set
	released bool
}

func newLibrary(t interface{ Errorf(string, ...any) }) *library {
	l := &library{
		t: t, queue: make(chan func(), 100_000), ended: make(chan struct{}),
		truth: map[vpn.ID]vpn.Status{}, trees: map[vpn.ID]map[nesession.InfoType]map[string]any{}, records: map[vpn.ID]*fakeRecord{}, sessions: map[nesession.Ref]*fakeSession{},
		trip: 5 * time.Millisecond, fetch: time.Second,
	}
	queue := l.queue
	go func() {
		defer close(l.ended)
		for f := range queue {
			l.mu.Lock()
			delay := l.delay
			l.mu.Unlock()
			if delay != nil {
				time.Sleep(delay())
			}
			f()
		}
	}()
	return l
}

func (l *library) close() {
	l.mu.Lock()
	close(l.queue)
	l.queue = nil
	l.mu.Unlock()
	<-l.ended
}

// callback queues a callback; l.mu is held.
func (l *library) callback(f func()) {
	if l.queue != nil {
		l.queue <- f
	}
}

func (l *library) note(r nesession.Ref, call string) (*fakeSession, error) {
	l.log = append(l.log, call)
	if call == l.missing {
		return nil, errMissing
	}
	s := l.sessions[r]
	if s == nil || s.released {
		l.t.Errorf("%s on session %d, which is not there", call, r)
		return nil, nesession.ErrReleased
	}
	return s, nil
}

func (l *library) calls() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.log)
}

func (l *library) Create(id vpn.ID) (nesession.Ref, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.log = append(l.log, "create")
	l.creates++
	l.last++
	if l.records[id] == nil {
		l.records[id] = &fakeRecord{cache: vpn.Disconnected}
	}
	l.sessions[l.last] = &fakeSession{id: id, record: l.records[id]}
	return l.last, nil
}

func (l *library) SetHandler(r nesession.Ref, handler func(nesession.Event)) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	s, err := l.note(r, "handler")
	if err != nil {
		return err
	}
	if s.had {
		l.t.Errorf("a second handler was set")
	}
	s.had, s.handler, s.stray = true, handler, handler
	l.connectLocked()
	return nil
}

// connectLocked connects the records of all sessions and fetches the truth.
func (l *library) connectLocked() {
	if l.away {
		return
	}
	for id, r := range l.records {
		r.connected = true
		if !l.lost {
			time.AfterFunc(l.fetch, func() {
				l.mu.Lock()
				defer l.mu.Unlock()
				l.updateLocked(id, nil)
			})
		}
	}
}

// updateLocked writes the true status into the cache and notifies all but the asker.
func (l *library) updateLocked(id vpn.ID, asker *fakeSession) {
	r, st := l.records[id], l.status(id)
	if r.cache == st {
		return
	}
	r.cache = st
	for _, s := range l.sessions {
		if s.id == id && s != asker {
			l.send(s, nesession.StatusChanged)
		}
	}
}

// run ends or starts the daemon. Its end makes all statuses Disconnected.
func (l *library) run(yes bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.away = !yes
	if yes {
		l.connectLocked()
		return
	}
	for id, r := range l.records {
		r.connected = false
		l.truth[id] = vpn.Disconnected
		l.updateLocked(id, nil)
	}
}

func (l *library) send(s *fakeSession, e nesession.Event) {
	if h := s.handler; h != nil {
		l.callback(func() { h(e) })
	}
}

func (l *library) status(id vpn.ID) vpn.Status {
	if st, ok := l.truth[id]; ok {
		return st
	}
	return vpn.Disconnected
}

// set changes the true status. Those who have a handler get an event even if it
// is the same.
func (l *library) set(id vpn.ID, st vpn.Status) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.truth[id] = st
	r := l.records[id]
	if r == nil || !r.connected {
		return
	}
	r.cache = st
	for _, s := range l.sessions {
		if s.id == id {
			l.send(s, nesession.StatusChanged)
		}
	}
}

// change sets fields of the library.
func (l *library) change(f func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	f()
}

// emit sends an event of any number to all handlers of a configuration.
func (l *library) emit(id vpn.ID, e nesession.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range l.sessions {
		if s.id == id {
			l.send(s, e)
		}
	}
}

func (l *library) Status(r nesession.Ref, answer func(vpn.Status)) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	s, err := l.note(r, "status")
	switch {
	case err != nil:
		return err
	case l.away || s.record.connected:
		if st := s.record.cache; !l.silent {
			l.callback(func() { answer(st) })
		}
	case !l.lost:
		time.AfterFunc(l.trip, func() {
			l.mu.Lock()
			defer l.mu.Unlock()
			st := l.status(s.id)
			l.updateLocked(s.id, s)
			l.callback(func() { answer(st) })
		})
	}
	return nil
}

func (l *library) Info(r nesession.Ref, kind nesession.InfoType, answer func(map[string]any)) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	s, err := l.note(r, "info")
	if err != nil || l.silent {
		return err
	}
	tree := l.trees[s.id][kind]
	l.callback(func() { answer(tree) })
	return nil
}

func (l *library) Start(r nesession.Ref, options map[string]any) error {
	l.mu.Lock()
	_, err := l.note(r, "start")
	if err == nil {
		l.started = append(l.started, options)
	}
	gate := l.gate
	l.mu.Unlock()
	if gate != nil {
		<-gate
	}
	return err
}

func (l *library) Stop(r nesession.Ref) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	_, err := l.note(r, "stop")
	return err
}

func (l *library) Barrier(r nesession.Ref) error {
	l.mu.Lock()
	_, err := l.note(r, "barrier")
	gate := l.gate
	l.mu.Unlock()
	if gate != nil {
		<-gate
	}
	return err
}

func (l *library) Cancel(r nesession.Ref) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	s, err := l.note(r, "cancel")
	if err != nil {
		return err
	}
	if !l.deaf {
		l.send(s, nesession.Cancelled)
	}
	s.handler = nil
	return nil
}

func (l *library) Release(r nesession.Ref) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	s, err := l.note(r, "release")
	if err != nil {
		return err
	}
	s.released, s.handler = true, nil
	l.releases++
	return nil
}

func (l *library) Uptime() time.Duration { return time.Hour }

// manager is a list of configurations that the test edits.
type manager struct {
	mu      sync.Mutex
	records []neconfig.Record
	err     error
	hold    []func() // loads that wait for answer, when held
	held    bool
	watcher func()
	noWatch error
	closed  int
}

func (m *manager) Load(done func([]neconfig.Record, error)) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	records, err := slices.Clone(m.records), m.err
	f := func() { done(records, err) }
	if m.held {
		m.hold = append(m.hold, f)
		return nil
	}
	go f()
	return nil
}

func (m *manager) Watch(f func()) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.watcher = f
	return m.noWatch
}

func (m *manager) Close() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed++
}

func (m *manager) set(records ...neconfig.Record) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.records = records
}

func record(id vpn.ID, name string, protocol int) neconfig.Record {
	return neconfig.Record{
		ID: neconfig.Known(id), Name: neconfig.Known(name),
		VPN: &neconfig.VPN{Enabled: neconfig.Known(true), Protocol: &neconfig.Protocol{Type: neconfig.Known(protocol)}},
	}
}

// lastEvents takes everything that is in the channel.
func lastEvents(s vpn.Session) []string {
	var out []string
	for {
		select {
		case e, ok := <-s.Events():
			if !ok {
				return append(out, "closed")
			}
			out = append(out, e.Status.String())
		default:
			return out
		}
	}
}
