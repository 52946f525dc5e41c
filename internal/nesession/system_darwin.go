package nesession

import (
	"errors"
	"fmt"
	"sync"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"vpnstatus/internal/cocoa"
	"vpnstatus/internal/vpn"
)

func init() {
	cocoa.Require(cocoa.Symbol, featureSessions, new(library).functions().Names()...)
	cocoa.Require(cocoa.Symbol, featureInfo, "ne_session_get_info")
	cocoa.Require(cocoa.Symbol, featureOptions, "ne_session_start_with_options")
	cocoa.Prefer(cocoa.Symbol, featureSessions, new(daemonFunctions).functions().Names()...)
}

// library is the C side: prototypes as in docs/internals.md, section 1.
type library struct {
	create          func(id *[16]byte, kind int32) uintptr
	retain          func(s uintptr)
	release         func(s uintptr)
	start           func(s uintptr)
	stop            func(s uintptr)
	cancel          func(s uintptr)
	setEventHandler func(s, queue uintptr, block *cocoa.Block)
	getStatus       func(s, queue uintptr, block *cocoa.Block)
	sendBarrier     func(s uintptr)

	getInfo          func(s uintptr, kind int32, queue uintptr, block *cocoa.Block)
	infoErr          error // why there is none
	startWithOptions func(s, options uintptr)
	optionsErr       error // why there is none
}

// functions are those that every session needs.
func (l *library) functions() cocoa.Functions {
	return cocoa.Functions{
		"ne_session_create":            &l.create,
		"ne_session_retain":            &l.retain,
		"ne_session_release":           &l.release,
		"ne_session_start":             &l.start,
		"ne_session_stop":              &l.stop,
		"ne_session_cancel":            &l.cancel,
		"ne_session_set_event_handler": &l.setEventHandler,
		"ne_session_get_status":        &l.getStatus,
		"ne_session_send_barrier":      &l.sendBarrier,
	}
}

// typeVPN is the second argument of ne_session_create, for third-party packet
// tunnels too (docs/internals.md, section 2).
const typeVPN = 1

// system is the API of this Mac. There is one per process, because blocks and
// the queue live forever.
type system struct {
	lib   library
	xpc   *xpc
	queue uintptr

	statusBlocks *cocoa.Blocks[func(vpn.Status)]
	infoBlocks   *cocoa.Blocks[func(map[string]any)]
	eventBlocks  *cocoa.Blocks[func(Event)]

	mu       sync.Mutex
	last     Ref
	sessions map[Ref]*session
}

// session is the session of a Ref.
type session struct {
	p       uintptr      // ne_session_t
	handler *cocoa.Block // nil if none was set
}

// System returns the library of this Mac. The error names an essential function
// that is missing; details and start options that can't be had are errors of the
// calls that need them.
func System() (API, error) {
	s, err := theSystem()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", featureSessions, err)
	}
	return s, nil
}

var theSystem = sync.OnceValues(func() (*system, error) {
	s := &system{xpc: loadXPC(), sessions: make(map[Ref]*session)}
	if err := s.lib.functions().Bind(); err != nil {
		return nil, err
	}
	s.lib.infoErr = errors.Join(cocoa.Bind(&s.lib.getInfo, "ne_session_get_info"), s.xpc.readErr)
	s.lib.optionsErr = errors.Join(cocoa.Bind(&s.lib.startWithOptions, "ne_session_start_with_options"), s.xpc.writeErr)
	q, err := cocoa.NewQueue("org.vpnstatus.sessions")
	if err != nil {
		return nil, err
	}
	s.queue = uintptr(q)
	// The argument of the status block must be declared as C's int, because
	// the upper half of its register is undefined.
	if s.statusBlocks, err = cocoa.NewBlocks[func(vpn.Status)](s.answerStatus, "v12@?0i8"); err != nil {
		return nil, err
	}
	if s.eventBlocks, err = cocoa.NewBlocks[func(Event)](s.answerEvent, "v20@?0i8^v12"); err != nil {
		return nil, err
	}
	if s.infoBlocks, err = cocoa.NewBlocks[func(map[string]any)](s.answerInfo, "v16@?0@8"); err != nil {
		return nil, err
	}
	return s, nil
})

// hold returns the C session with a reference of the caller's, so that it stays
// alive whoever releases it meanwhile.
func (s *system) hold(r Ref) (p uintptr, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	k := s.sessions[r]
	if k == nil {
		return 0, ErrReleased
	}
	s.lib.retain(k.p)
	return k.p, nil
}

// use calls f with the C session.
func (s *system) use(r Ref, f func(p uintptr)) error {
	p, err := s.hold(r)
	if err != nil {
		return err
	}
	defer s.lib.release(p)
	f(p)
	return nil
}

// ask sends a question with a block that carries its answer. The session is held
// until then: there is only one source for the library itself holding it
// (docs/internals.md, section 3).
func ask[T any](s *system, r Ref, blocks *cocoa.Blocks[func(T)], answer func(T), send func(p uintptr, block *cocoa.Block)) error {
	p, err := s.hold(r)
	if err != nil {
		return err
	}
	block, err := blocks.Lend(func(v T) {
		defer answer(v)
		s.lib.release(p)
	})
	if err != nil {
		s.lib.release(p)
		return err
	}
	send(p, block)
	return nil
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
	block, err := s.eventBlocks.Lend(handler)
	if err != nil {
		return err
	}
	s.mu.Lock()
	switch k := s.sessions[r]; {
	case k == nil:
		err = ErrReleased
	case k.handler != nil:
		err = errors.New("the session has a handler already")
	default:
		k.handler = block
	}
	s.mu.Unlock()
	if err == nil {
		err = s.use(r, func(p uintptr) { s.lib.setEventHandler(p, s.queue, block) })
	}
	if err != nil {
		s.eventBlocks.GiveBack(block)
	}
	return err
}

// answerEvent runs on the queue for every session (docs/internals.md, section
// 3). The second argument of the block is always NULL. After event 2 no other
// call of this block can come, so it may serve another session.
func (s *system) answerEvent(block *cocoa.Block, event int32, _ unsafe.Pointer) {
	defer cocoa.Guard("session event")
	handler, ok := s.eventBlocks.Value(block)
	if Event(event) == Cancelled {
		s.eventBlocks.GiveBack(block)
	}
	if ok {
		handler(Event(event))
	}
}

func (s *system) Status(r Ref, answer func(vpn.Status)) error {
	return ask(s, r, s.statusBlocks, answer, func(p uintptr, block *cocoa.Block) { s.lib.getStatus(p, s.queue, block) })
}

func (s *system) answerStatus(block *cocoa.Block, status int32) {
	defer cocoa.Guard("session status")
	if answer, ok := s.statusBlocks.GiveBack(block); ok {
		answer(vpn.Status(status))
	}
}

func (s *system) Info(r Ref, kind InfoType, answer func(map[string]any)) error {
	if err := s.lib.infoErr; err != nil {
		return fmt.Errorf("%s: %w", featureInfo, err)
	}
	return ask(s, r, s.infoBlocks, answer, func(p uintptr, block *cocoa.Block) { s.lib.getInfo(p, int32(kind), s.queue, block) })
}

// answerInfo converts at once: the object lives only while the block runs
// (docs/internals.md, section 3). It may be NULL.
func (s *system) answerInfo(block *cocoa.Block, info uintptr) {
	defer cocoa.Guard("session information")
	if answer, ok := s.infoBlocks.GiveBack(block); ok {
		answer(s.convert(info))
	}
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
		return s.use(r, s.lib.start)
	}
	if err := s.lib.optionsErr; err != nil {
		return fmt.Errorf("%s: %w", featureOptions, err)
	}
	// The library puts the options into its message during the call; our
	// reference goes after it (docs/internals.md, section 3).
	object := s.xpc.object(options)
	defer s.xpc.release(object)
	return s.use(r, func(p uintptr) { s.lib.startWithOptions(p, object) })
}

func (s *system) Stop(r Ref) error    { return s.use(r, s.lib.stop) }
func (s *system) Barrier(r Ref) error { return s.use(r, s.lib.sendBarrier) }
func (s *system) Cancel(r Ref) error  { return s.use(r, s.lib.cancel) }

// Release forgets the handler, so that a call of it that is already on its way
// finds nothing. Its block is given back only by event 2: until then the
// library may still call it.
func (s *system) Release(r Ref) error {
	s.mu.Lock()
	k := s.sessions[r]
	delete(s.sessions, r)
	s.mu.Unlock()
	if k == nil {
		return ErrReleased
	}
	s.eventBlocks.Forget(k.handler)
	s.lib.release(k.p)
	return nil
}

// clockUptimeRaw is CLOCK_UPTIME_RAW: seconds since boot, sleep left out.
const clockUptimeRaw = 8

func (s *system) Uptime() time.Duration {
	var t unix.Timespec
	if unix.ClockGettime(clockUptimeRaw, &t) != nil {
		return 0
	}
	return time.Duration(t.Nano())
}

type daemonFunctions struct {
	running          func() bool
	pid              func() int32
	statusString     func(status int32) string
	stopReasonString func(reason int32) string
}

func (f *daemonFunctions) functions() cocoa.Functions {
	return cocoa.Functions{
		"ne_session_manager_is_running":    &f.running,
		"ne_session_manager_get_pid":       &f.pid,
		"ne_session_status_to_string":      &f.statusString,
		"ne_session_stop_reason_to_string": &f.stopReasonString,
	}
}

// AskDaemon returns what the library says of the daemon. It makes no request.
func AskDaemon() (Daemon, error) {
	var f daemonFunctions
	if err := f.functions().Bind(); err != nil {
		return Daemon{}, fmt.Errorf("%s: %w", featureSessions, err)
	}
	d := Daemon{Running: f.running(), PID: int(f.pid())}
	for n := vpn.Invalid; n <= vpn.Disconnecting; n++ {
		d.Statuses = append(d.Statuses, f.statusString(int32(n)))
	}
	for _, n := range []int32{vpn.StopUser, vpn.StopNoNetwork, vpn.StopAuthCancelled, vpn.StopNotResponding, vpn.StopAuthFailed} {
		d.Reasons = append(d.Reasons, fmt.Sprintf("%d %s", n, f.stopReasonString(n)))
	}
	return d, nil
}
