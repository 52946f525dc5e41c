package nesession

import (
	"errors"
	"fmt"
	"sync"
	"time"
	"unsafe"

	"vpnstatus/internal/cocoa"
	"vpnstatus/internal/vpn"
)

// library is the C side: prototypes as in docs/internals.md, section 1. A
// function that the system lacks is nil.
type library struct {
	create           func(id *[16]byte, kind int32) uintptr
	retain           func(s uintptr)
	release          func(s uintptr)
	start            func(s uintptr)
	startWithOptions func(s, options uintptr)
	stop             func(s uintptr)
	cancel           func(s uintptr)
	setEventHandler  func(s, queue uintptr, block *cocoa.Block)
	getStatus        func(s, queue uintptr, block *cocoa.Block)
	getInfo          func(s uintptr, kind int32, queue uintptr, block *cocoa.Block)
	getInfo2         func(s uintptr, kind int32, force bool, queue uintptr, block *cocoa.Block)
	sendBarrier      func(s uintptr)
	managerRunning   func() bool
	managerPID       func() int32
	statusName       func(status int32) string
	stopReasonName   func(reason int32) string
	clockGettime     func(clock int32, t *timespec) int32

	missing map[string]error // of the functions above, by name
}

// typeVPN is the second argument of ne_session_create, for third-party packet
// tunnels too (docs/internals.md, section 2).
const typeVPN = 1

// timespec is C's struct of that name on 64-bit macOS.
type timespec struct{ sec, nsec int64 }

func loadLibrary() *library {
	l := &library{missing: map[string]error{}}
	for name, fn := range map[string]any{
		"ne_session_create":                &l.create,
		"ne_session_retain":                &l.retain,
		"ne_session_release":               &l.release,
		"ne_session_start":                 &l.start,
		"ne_session_start_with_options":    &l.startWithOptions,
		"ne_session_stop":                  &l.stop,
		"ne_session_cancel":                &l.cancel,
		"ne_session_set_event_handler":     &l.setEventHandler,
		"ne_session_get_status":            &l.getStatus,
		"ne_session_get_info":              &l.getInfo,
		"ne_session_get_info2":             &l.getInfo2,
		"ne_session_send_barrier":          &l.sendBarrier,
		"ne_session_manager_is_running":    &l.managerRunning,
		"ne_session_manager_get_pid":       &l.managerPID,
		"ne_session_status_to_string":      &l.statusName,
		"ne_session_stop_reason_to_string": &l.stopReasonName,
		"clock_gettime":                    &l.clockGettime,
	} {
		if err := cocoa.Bind(fn, name); err != nil {
			l.missing[name] = err
		}
	}
	return l
}

// lacks returns an error that names the first of the functions that is missing.
func (l *library) lacks(feature string, names ...string) error {
	for _, n := range names {
		if err := l.missing[n]; err != nil {
			return unavailable(feature, err)
		}
	}
	return nil
}

// system is the API of this Mac. There is one per process, because blocks and
// the queue live forever.
type system struct {
	lib   *library
	xpc   *xpc
	queue uintptr

	statusBlocks, eventBlocks, infoBlocks *cocoa.Blocks

	statusCalls cocoa.Handles[func(vpn.Status)]
	infoCalls   cocoa.Handles[func(map[string]any)]
	handlers    cocoa.Handles[func(Event)]

	mu       sync.Mutex
	last     Ref
	sessions map[Ref]*session
}

// session is the session of a Ref.
type session struct {
	p       uintptr // ne_session_t
	users   int     // C calls under way that use p
	dying   bool    // Release was called: p is freed after the last user
	handler uint64  // handle in handlers; 0 if none was set
}

// System returns the library of this Mac. The error is a *vpn.UnavailableError
// if an essential part is missing; methods that need another missing part
// return it as their error.
func System() (API, error) {
	s, err := theSystem()
	if err != nil {
		return nil, err
	}
	return s, nil
}

var theSystem = sync.OnceValues(func() (*system, error) {
	s := &system{lib: loadLibrary(), sessions: make(map[Ref]*session)}
	if err := s.lib.lacks(featureSessions, "ne_session_create", "ne_session_release"); err != nil {
		return nil, err
	}
	q, err := cocoa.NewQueue("org.vpnstatus.sessions")
	if err != nil {
		return nil, unavailable(featureSessions, err)
	}
	s.queue = uintptr(q)
	// The argument of the status block must be declared as C's int, because
	// the upper half of its register is undefined.
	if s.statusBlocks, err = cocoa.NewBlocks(s.answerStatus, "v12@?0i8"); err != nil {
		return nil, unavailable(featureSessions, err)
	}
	if s.eventBlocks, err = cocoa.NewBlocks(s.answerEvent, "v20@?0i8^v12"); err != nil {
		return nil, unavailable(featureSessions, err)
	}
	if s.infoBlocks, err = cocoa.NewBlocks(s.answerInfo, "v16@?0@8"); err != nil {
		return nil, unavailable(featureSessions, err)
	}
	s.xpc = loadXPC()
	return s, nil
})

// use calls f with the C session, which stays alive meanwhile.
func (s *system) use(r Ref, f func(p uintptr)) error {
	s.mu.Lock()
	k := s.sessions[r]
	if k == nil || k.dying {
		s.mu.Unlock()
		return ErrReleased
	}
	k.users++
	s.mu.Unlock()

	f(k.p)

	s.mu.Lock()
	k.users--
	s.mu.Unlock()
	s.releaseIfIdle(r)
	return nil
}

// ask calls f with the C session, held by a reference of its own until done is
// called. There is only one source for the library itself holding it until a
// question is answered (docs/internals.md, section 3), so we don't rely on that.
func (s *system) ask(r Ref, f func(p uintptr, done func())) error {
	return s.use(r, func(p uintptr) {
		if s.lib.retain == nil {
			f(p, func() {})
			return
		}
		s.lib.retain(p)
		f(p, func() { s.lib.release(p) })
	})
}

// releaseIfIdle is the only place that releases what was created.
func (s *system) releaseIfIdle(r Ref) {
	s.mu.Lock()
	k := s.sessions[r]
	if k == nil || !k.dying || k.users > 0 {
		s.mu.Unlock()
		return
	}
	delete(s.sessions, r)
	s.mu.Unlock()
	s.lib.release(k.p)
}

func (s *system) Create(id vpn.ID) (Ref, error) {
	raw := [16]byte(id)
	p := s.lib.create(&raw, typeVPN)
	if p == 0 { // only when memory runs out (docs/internals.md, section 1)
		return 0, fmt.Errorf("the system made no session for the VPN %s", id)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last++
	s.sessions[s.last] = &session{p: p}
	return s.last, nil
}

func (s *system) SetHandler(r Ref, handler func(Event)) error {
	if err := s.lib.lacks(featureSessions, "ne_session_set_event_handler"); err != nil {
		return err
	}
	h := s.handlers.Put(handler)
	block, err := s.eventBlocks.Lend(h)
	if err != nil {
		s.handlers.Take(h)
		return err
	}
	giveUp := func() {
		s.handlers.Take(h)
		s.eventBlocks.GiveBack(block)
	}
	s.mu.Lock()
	k := s.sessions[r]
	if k == nil || k.dying || k.handler != 0 {
		s.mu.Unlock()
		giveUp()
		if k != nil && !k.dying {
			return errors.New("the session has a handler already")
		}
		return ErrReleased
	}
	k.handler = h
	s.mu.Unlock()
	if err := s.use(r, func(p uintptr) { s.lib.setEventHandler(p, s.queue, block) }); err != nil {
		giveUp()
		return err
	}
	return nil
}

// answerEvent runs on the queue for every session (docs/internals.md, section
// 3). The second argument of the block is always NULL. After event 2 no other
// call of this block can come, so it may carry another handle.
func (s *system) answerEvent(block *cocoa.Block, event int32, _ unsafe.Pointer) {
	defer cocoa.Guard("session event")
	h := block.Handle()
	handler, ok := s.handlers.Look(h)
	if Event(event) == Cancelled {
		s.handlers.Take(h)
		s.eventBlocks.GiveBack(block)
	}
	if ok {
		handler(Event(event))
	}
}

func (s *system) Status(r Ref, answer func(vpn.Status)) error {
	if err := s.lib.lacks(featureSessions, "ne_session_get_status"); err != nil {
		return err
	}
	var failed error
	err := s.ask(r, func(p uintptr, done func()) {
		h := s.statusCalls.Put(func(status vpn.Status) {
			defer answer(status)
			done()
		})
		block, err := s.statusBlocks.Lend(h)
		if err != nil {
			s.statusCalls.Take(h)
			done()
			failed = err
			return
		}
		s.lib.getStatus(p, s.queue, block)
	})
	return errors.Join(err, failed)
}

func (s *system) answerStatus(block *cocoa.Block, status int32) {
	defer cocoa.Guard("session status")
	answer, ok := s.statusCalls.Take(block.Handle())
	s.statusBlocks.GiveBack(block)
	if ok {
		answer(vpn.Status(status))
	}
}

func (s *system) Info(r Ref, kind InfoType, force bool, answer func(map[string]any)) error {
	if err := s.lib.lacks(featureInfo, "ne_session_get_info"); err != nil {
		return err
	}
	if s.xpc.err != nil {
		return s.xpc.err
	}
	var failed error
	err := s.ask(r, func(p uintptr, done func()) {
		h := s.infoCalls.Put(func(tree map[string]any) {
			defer answer(tree)
			done()
		})
		block, err := s.infoBlocks.Lend(h)
		switch {
		case err != nil:
			s.infoCalls.Take(h)
			done()
			failed = err
		case force && s.lib.getInfo2 != nil:
			s.lib.getInfo2(p, int32(kind), true, s.queue, block)
		default:
			s.lib.getInfo(p, int32(kind), s.queue, block)
		}
	})
	return errors.Join(err, failed)
}

// answerInfo converts at once: the object lives only while the block runs
// (docs/internals.md, section 3). It may be NULL.
func (s *system) answerInfo(block *cocoa.Block, info uintptr) {
	defer cocoa.Guard("session information")
	answer, ok := s.infoCalls.Take(block.Handle())
	s.infoBlocks.GiveBack(block)
	if !ok {
		return
	}
	answer(s.convert(info))
}

// convert turns a failure into an empty answer, because the caller must get
// one.
func (s *system) convert(info uintptr) (tree map[string]any) {
	defer cocoa.Guard("conversion of session information")
	cocoa.Pool(func() {
		tree = s.xpc.tree(info)
		readDisconnectError(tree)
	})
	return tree
}

func (s *system) Start(r Ref, options map[string]any) error {
	if len(options) == 0 {
		if err := s.lib.lacks(featureSessions, "ne_session_start"); err != nil {
			return err
		}
		return s.use(r, s.lib.start)
	}
	if err := s.lib.lacks(featureOptions, "ne_session_start_with_options"); err != nil {
		return err
	}
	// The library puts the options into its message during the call; our
	// reference goes after it (docs/internals.md, section 3).
	object, err := s.xpc.object(options)
	if err != nil {
		return err
	}
	defer s.xpc.release(object)
	return s.use(r, func(p uintptr) { s.lib.startWithOptions(p, object) })
}

func (s *system) Stop(r Ref) error {
	if err := s.lib.lacks(featureSessions, "ne_session_stop"); err != nil {
		return err
	}
	return s.use(r, s.lib.stop)
}

func (s *system) Barrier(r Ref) error {
	if err := s.lib.lacks(featureSessions, "ne_session_send_barrier"); err != nil {
		return err
	}
	return s.use(r, s.lib.sendBarrier)
}

func (s *system) Cancel(r Ref) error {
	if err := s.lib.lacks(featureSessions, "ne_session_cancel"); err != nil {
		return err
	}
	return s.use(r, s.lib.cancel)
}

// Release forgets the handler, so that a call of it that is already on its way
// finds nothing. Its block is given back only by event 2: until then the
// library may still call it.
func (s *system) Release(r Ref) error {
	s.mu.Lock()
	k := s.sessions[r]
	if k == nil || k.dying {
		s.mu.Unlock()
		return ErrReleased
	}
	k.dying = true
	h := k.handler
	s.mu.Unlock()
	s.handlers.Take(h)
	s.releaseIfIdle(r)
	return nil
}

func (s *system) Daemon() (running bool, pid int, err error) {
	if err := s.lib.lacks(featureSessions, "ne_session_manager_is_running"); err != nil {
		return false, 0, err
	}
	running = s.lib.managerRunning()
	if running && s.lib.managerPID != nil {
		pid = int(s.lib.managerPID())
	}
	return running, pid, nil
}

// SystemNames returns the system's own words for the statuses 0 to 5 and for some
// stop reasons, so that a report shows whether the numbers still have the same
// meaning.
func SystemNames() (statuses, reasons []string, err error) {
	s, err := theSystem()
	if err != nil {
		return nil, nil, err
	}
	if err := s.lib.lacks(featureSessions, "ne_session_status_to_string", "ne_session_stop_reason_to_string"); err != nil {
		return nil, nil, err
	}
	for n := vpn.Invalid; n <= vpn.Disconnecting; n++ {
		statuses = append(statuses, s.lib.statusName(int32(n)))
	}
	for _, n := range []int32{vpn.StopUser, vpn.StopNoNetwork, vpn.StopAuthCancelled, vpn.StopNotResponding, vpn.StopAuthFailed} {
		reasons = append(reasons, fmt.Sprintf("%d %s", n, s.lib.stopReasonName(n)))
	}
	return statuses, reasons, nil
}

// clockUptimeRaw is CLOCK_UPTIME_RAW: seconds since boot, sleep left out.
const clockUptimeRaw = 8

func (s *system) Uptime() time.Duration {
	var t timespec
	if s.lib.clockGettime == nil || s.lib.clockGettime(clockUptimeRaw, &t) != 0 {
		return 0
	}
	return time.Duration(t.sec)*time.Second + time.Duration(t.nsec)
}
