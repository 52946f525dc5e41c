package facts

import (
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ebitengine/purego/objc"

	"vpnstatus/internal/cocoa"
)

// The facts below are in docs/internals.md, section 9.
const feature = "Network and sleep"

func init() {
	cocoa.Prefer(cocoa.Framework, feature, "Network")
	cocoa.Prefer(cocoa.Symbol, feature, new(networkFramework).functions().Names()...)
	cocoa.Prefer(cocoa.Symbol, feature, "CGSessionCopyCurrentDictionary")
	cocoa.Prefer(cocoa.Class, feature, "NSWorkspace")
	cocoa.Prefer(cocoa.Method, feature, "-[NSWorkspace notificationCenter]")
}

// lookDelay is how long notifications of the system are collected before it is
// asked: they come in bursts. It is short compared with foldTime.
const lookDelay = 100 * time.Millisecond

// system is the Source of macOS.
type system struct {
	*publisher
	log         *slog.Logger
	handle      uint64
	networkPoll debouncer // reads the store, the routing table and power, on factsQueue
	wifiPoll    debouncer // reads the Wi-Fi, on wifiQueue since its service may hang

	mu       sync.Mutex
	observed observations
	closed   bool
	monitor  uintptr // of the path
	store    uintptr // SCDynamicStoreRef; used on factsQueue alone
	power    int32   // token of the notification; -1 if none
	resolves int     // polls for the hardware address of this gateway
	center   objc.ID // NSWorkspace's, while observed
	client   objc.ID // CWWiFiClient
	location location
}

// systems is how callbacks find their Source: late ones find none. The newest
// one receives sleep, session and Location right; a process makes only one.
var (
	systems cocoa.Handles[*system]
	newest  atomic.Pointer[system]
)

var (
	factsQueue = sync.OnceValues(func() (cocoa.Queue, error) { return cocoa.NewQueue("vpnstatus.facts") })
	wifiQueue  = sync.OnceValues(func() (cocoa.Queue, error) { return cocoa.NewQueue("vpnstatus.facts.wifi") })
)

var _ LocationAsker = (*system)(nil)

// NewSystem returns what macOS reports of the network, Wi-Fi, power, sleep and
// the user session. A part that this macOS lacks is logged and its facts stay
// unknown. Wi-Fi, sleep and session are reported only while the main thread runs
// its event loop, so commands don't get them. It does not block. log may be nil.
func NewSystem(log *slog.Logger) Source {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	s := &system{publisher: newPublisher(), log: log, power: -1}
	s.handle = systems.Put(s)
	newest.Store(s)
	s.networkPoll.delay, s.networkPoll.start, s.networkPoll.run = lookDelay, s.on(factsQueue), s.pollNetwork
	s.wifiPoll.delay, s.wifiPoll.start, s.wifiPoll.run = lookDelay, s.on(wifiQueue), s.pollWiFi
	s.warn("the network path is not known", s.watchPath())
	s.on(factsQueue)(func() {
		s.warn("gateway and addresses are not known", s.watchStore())
		s.warn("the power source is not known", s.watchPower())
	})
	s.networkPoll.trigger()
	// Only once the event loop runs: a command must not touch AppKit or
	// anything that asks for rights.
	s.warn("Wi-Fi, sleep and wake are not known", cocoa.OnMain(func() {
		cocoa.Pool(func() {
			s.warn("sleep and wake are not known", s.watchWorkspace())
			s.warn("the Wi-Fi name is not known", s.watchWiFi())
			s.warn("the Location right is not known", s.watchLocation())
		})
	}))
	return s
}

func (s *system) warn(what string, err error) {
	if err != nil {
		s.log.Warn(what, "error", err)
	}
}

// on returns a function that runs a task on a queue, in a pool.
func (s *system) on(queue func() (cocoa.Queue, error)) func(func()) {
	return func(task func()) {
		q, err := queue()
		if err != nil {
			s.log.Warn("the system is not asked", "error", err)
			return
		}
		q.Async(func() { cocoa.Pool(task) })
	}
}

// observe applies an observation.
func (s *system) observe(change func(*observations)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	change(&s.observed)
	now := time.Now().Round(0)
	s.update(func(f *Facts) { s.observed.apply(f, now) })
}

// refresh polls everything.
func (s *system) refresh() {
	s.networkPoll.trigger()
	s.wifiPoll.trigger()
}

func (s *system) Close() error {
	systems.Take(s.handle)
	last := newest.CompareAndSwap(s, nil)
	s.networkPoll.stop()
	s.wifiPoll.stop()
	s.close()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	if s.monitor != 0 {
		if f, err := network(); err == nil {
			f.cancel(s.monitor)
			f.release(s.monitor)
		}
		s.monitor = 0
	}
	s.on(factsQueue)(s.unwatchStore)
	center, client, place := s.center, s.client, s.location
	s.center, s.client, s.location = 0, 0, location{}
	if center == 0 && client == 0 && place.manager == 0 {
		return nil
	}
	// Remove them where they were added: the main thread delivers the
	// notifications.
	_ = cocoa.OnMain(func() {
		cocoa.Pool(func() {
			if o, err := observer(); err == nil && center != 0 && last && newest.Load() == nil {
				center.Send(cocoa.Sel("removeObserver:"), o)
			}
			center.Send(cocoa.Sel("release"))
			place.end()
		})
		// Runs after a poll that may be under way.
		s.on(wifiQueue)(func() { client.Send(cocoa.Sel("release")) })
	}) // without a main queue nothing was observed
	return nil
}

// networkFramework is the C interface of Network.framework; its path monitor
// for Objective-C does not exist.
type networkFramework struct {
	create     func() uintptr
	setQueue   func(monitor, queue uintptr)
	setHandler func(monitor uintptr, handler *cocoa.Block)
	start      func(monitor uintptr)
	cancel     func(monitor uintptr)
	release    func(object uintptr)
	status     func(path uintptr) int32
	uses       func(path uintptr, kind int32) bool
	blocks     *cocoa.Blocks[uint64] // handles in systems
	queue      cocoa.Queue
}

func (f *networkFramework) functions() cocoa.Functions {
	return cocoa.Functions{
		"nw_path_monitor_create":             &f.create,
		"nw_path_monitor_set_queue":          &f.setQueue,
		"nw_path_monitor_set_update_handler": &f.setHandler,
		"nw_path_monitor_start":              &f.start,
		"nw_path_monitor_cancel":             &f.cancel,
		"nw_release":                         &f.release,
		"nw_path_get_status":                 &f.status,
		"nw_path_uses_interface_type":        &f.uses,
	}
}

var network = sync.OnceValues(func() (*networkFramework, error) {
	f := &networkFramework{}
	err := errors.Join(cocoa.Load("Network"), f.functions().Bind())
	if err != nil {
		return nil, err
	}
	if f.queue, err = factsQueue(); err != nil {
		return nil, err
	}
	// void (^)(nw_path_t)
	f.blocks, err = cocoa.NewBlocks[uint64](func(b *cocoa.Block, path uintptr) {
		defer cocoa.Guard("network path")
		handle, _ := f.blocks.Value(b)
		s, ok := systems.Look(handle)
		if !ok || path == 0 {
			return
		}
		seen := pathOver(int(f.status(path)), func(kind int) bool { return f.uses(path, int32(kind)) })
		s.observe(func(x *observations) { x.path = seen })
		s.refresh()
	}, "v16@?0@8")
	return f, err
})

// watchPath starts the path monitor. Its handler is set before the start and is
// called at once.
func (s *system) watchPath() error {
	f, err := network()
	if err != nil {
		return err
	}
	// The block is not given back: the monitor may call it until it is
	// destroyed. There is one block for each Source, and one Source in a
	// process.
	block, err := f.blocks.Lend(s.handle)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.monitor = f.create(); s.monitor == 0 {
		return errors.New("the system made no path monitor")
	}
	f.setQueue(s.monitor, uintptr(f.queue))
	f.setHandler(s.monitor, block)
	f.start(s.monitor)
	return nil
}

// workspaceEvents are the notifications of NSWorkspace; each constant's value is its
// own name. Those without a function only cause a poll of everything.
var workspaceEvents = map[string]func(*Facts, time.Time){
	"NSWorkspaceWillSleepNotification":              func(f *Facts, now time.Time) { f.setAsleep(true, now) },
	"NSWorkspaceDidWakeNotification":                func(f *Facts, now time.Time) { f.setAsleep(false, now) },
	"NSWorkspaceScreensDidWakeNotification":         nil,
	"NSWorkspaceSessionDidBecomeActiveNotification": func(f *Facts, now time.Time) { setFact(&f.SessionActive, true, now) },
	"NSWorkspaceSessionDidResignActiveNotification": func(f *Facts, now time.Time) { setFact(&f.SessionActive, false, now) },
}

const observeSelector = "vpnstatusNoticed:"

// observer is the object that all notifications go to. It is made once.
var observer = sync.OnceValues(func() (objc.ID, error) {
	class, err := objc.RegisterClass("VPNStatusObserver", objc.GetClass("NSObject"), nil, nil, []objc.MethodDef{{
		Cmd: cocoa.Sel(observeSelector),
		Fn: func(_ objc.ID, _ objc.SEL, notification objc.ID) {
			defer cocoa.Guard("notification of the workspace")
			name, _ := cocoa.Text(cocoa.Ask(notification, "name"))
			s := newest.Load()
			change, ok := workspaceEvents[name]
			if s == nil || !ok {
				return
			}
			if change != nil {
				now := time.Now().Round(0)
				s.updateNow(func(f *Facts) { change(f, now) })
			}
			s.refresh()
		},
	}})
	if err != nil {
		return 0, err
	}
	return objc.ID(class).Send(cocoa.Sel("new")), nil
})

// watchWorkspace subscribes to sleep, wake and the user session. Main thread.
func (s *system) watchWorkspace() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	if active, ok := sessionActive(); ok {
		now := time.Now().Round(0)
		s.update(func(f *Facts) { f.SessionActive = Known(active, now) })
	}
	class, err := cocoa.ClassNamed("NSWorkspace")
	if err != nil {
		return err
	}
	o, err := observer()
	if err != nil {
		return err
	}
	// Its own centre: the default one does not get these.
	center := cocoa.Ask(cocoa.Ask(class, "sharedWorkspace"), "notificationCenter")
	const add = "addObserver:selector:name:object:"
	if !cocoa.RespondsTo(center, add) {
		return &cocoa.MissingError{Kind: cocoa.Method, Name: "-[NSNotificationCenter " + add + "]"}
	}
	s.center = center.Send(cocoa.Sel("retain"))
	center.Send(cocoa.Sel("removeObserver:"), o) // an earlier Source's
	for name := range workspaceEvents {
		center.Send(cocoa.Sel(add), o, cocoa.Sel(observeSelector), cocoa.String(name), objc.ID(0))
	}
	return nil
}

// sessionActive reports whether this user's session has the screen. It is called in
// a pool.
func sessionActive() (active, known bool) {
	var session func() objc.ID
	if cocoa.Bind(&session, "CGSessionCopyCurrentDictionary") != nil {
		return false, false
	}
	d := session()
	defer d.Send(cocoa.Sel("release"))
	return cocoa.AskBool(cocoa.Value(d, "kCGSSessionOnConsoleKey"), "boolValue")
}
