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
	cocoa.Prefer(cocoa.Symbol, feature,
		"nw_path_monitor_create", "nw_path_monitor_set_queue", "nw_path_monitor_set_update_handler",
		"nw_path_monitor_start", "nw_path_monitor_cancel", "nw_path_get_status", "nw_path_uses_interface_type", "nw_release")
	cocoa.Prefer(cocoa.Class, feature, "NSWorkspace")
}

// system is the Source of macOS.
type system struct {
	*board
	log     *slog.Logger
	handle  uint64
	mu      sync.Mutex
	closed  bool
	monitor uintptr
	center  objc.ID // NSWorkspace's, while observed
}

// systems is how callbacks find their Source: late ones find none. The newest
// hears of sleep and session; a process makes one.
var (
	systems cocoa.Handles[*system]
	newest  atomic.Pointer[system]
)

// NewSystem returns what macOS tells of the network path, of sleep and of the
// user session. Everything else is unknown. A part that this macOS lacks is
// logged and its facts stay unknown. Sleep and session are told only while the
// main thread runs its event loop, so commands don't get them. log may be nil.
func NewSystem(log *slog.Logger) (Source, error) {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	s := &system{board: newBoard(), log: log}
	s.handle = systems.Put(s)
	newest.Store(s)
	if err := s.watchPath(); err != nil {
		log.Warn("the network path is not known", "error", err)
	}
	// Not before the event loop runs: a command must not touch AppKit.
	if err := cocoa.OnMain(s.watchWorkspace); err != nil {
		log.Warn("sleep and wake are not known", "error", err)
	}
	return s, nil
}

func (s *system) Close() error {
	systems.Take(s.handle)
	last := newest.CompareAndSwap(s, nil)
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
	if s.center != 0 {
		center := s.center
		s.center = 0
		// Where it was added: the main thread delivers the notifications.
		_ = cocoa.OnMain(func() {
			cocoa.Pool(func() {
				if o, err := observer(); err == nil && last && newest.Load() == nil {
					center.Send(cocoa.Sel("removeObserver:"), o)
				}
				center.Send(cocoa.Sel("release"))
			})
		}) // without a main queue there was nothing to observe
	}
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
	blocks     *cocoa.Blocks
	queue      cocoa.Queue
}

var network = sync.OnceValues(func() (*networkFramework, error) {
	f := &networkFramework{}
	if err := cocoa.Load("Network"); err != nil {
		return nil, err
	}
	err := errors.Join(
		cocoa.Bind(&f.create, "nw_path_monitor_create"),
		cocoa.Bind(&f.setQueue, "nw_path_monitor_set_queue"),
		cocoa.Bind(&f.setHandler, "nw_path_monitor_set_update_handler"),
		cocoa.Bind(&f.start, "nw_path_monitor_start"),
		cocoa.Bind(&f.cancel, "nw_path_monitor_cancel"),
		cocoa.Bind(&f.release, "nw_release"),
		cocoa.Bind(&f.status, "nw_path_get_status"),
		cocoa.Bind(&f.uses, "nw_path_uses_interface_type"),
	)
	if err != nil {
		return nil, err
	}
	if f.queue, err = cocoa.NewQueue("vpnstatus.facts"); err != nil {
		return nil, err
	}
	// void (^)(nw_path_t)
	f.blocks, err = cocoa.NewBlocks(func(b *cocoa.Block, path uintptr) {
		defer cocoa.Guard("network path")
		s, ok := systems.Look(b.Handle())
		if !ok || path == 0 {
			return
		}
		status := int(f.status(path))
		now := time.Now().Round(0)
		s.update(func(facts *Facts) {
			facts.setPath(status, func(kind int) bool { return f.uses(path, int32(kind)) }, now)
		})
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
	// The block is not given back: the monitor may call it until it is gone, and
	// there is one for each Source, of which a process makes one.
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

// observed are the notifications of NSWorkspace; each constant's value is its
// own name.
var observed = map[string]func(*Facts, time.Time){
	"NSWorkspaceWillSleepNotification":              func(f *Facts, now time.Time) { f.setAsleep(true, now) },
	"NSWorkspaceDidWakeNotification":                func(f *Facts, now time.Time) { f.setAsleep(false, now) },
	"NSWorkspaceSessionDidBecomeActiveNotification": func(f *Facts, now time.Time) { f.SessionActive = Known(true, now) },
	"NSWorkspaceSessionDidResignActiveNotification": func(f *Facts, now time.Time) { f.SessionActive = Known(false, now) },
}

const observeSelector = "vpnstatusNoticed:"

// observer is the object that all notifications go to. It is made once.
var observer = sync.OnceValues(func() (objc.ID, error) {
	class, err := objc.RegisterClass("VPNStatusObserver", objc.GetClass("NSObject"), nil, nil, []objc.MethodDef{{
		Cmd: cocoa.Sel(observeSelector),
		Fn: func(_ objc.ID, _ objc.SEL, notification objc.ID) {
			defer cocoa.Guard("notification of the workspace")
			name, _ := cocoa.Text(cocoa.Ask(notification, "name"))
			if change, ok := observed[name]; ok {
				now := time.Now().Round(0)
				if s := newest.Load(); s != nil {
					s.update(func(f *Facts) { change(f, now) })
				}
			}
		},
	}})
	if err != nil {
		return 0, err
	}
	return objc.ID(class).Send(cocoa.Sel("new")), nil
})

// watchWorkspace subscribes to sleep, wake and the user session. Main thread.
func (s *system) watchWorkspace() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	cocoa.Pool(func() {
		class, err := cocoa.ClassNamed("NSWorkspace")
		if err != nil {
			s.log.Warn("sleep and wake are not known", "error", err)
			return
		}
		o, err := observer()
		if err != nil {
			s.log.Warn("sleep and wake are not known", "error", err)
			return
		}
		// Its own centre: the default one does not get these.
		center := cocoa.Ask(cocoa.Ask(class, "sharedWorkspace"), "notificationCenter")
		const add = "addObserver:selector:name:object:"
		if !cocoa.RespondsTo(center, add) {
			s.log.Warn("sleep and wake are not known: the system's notification centre lacks " + add)
			return
		}
		center.Send(cocoa.Sel("retain"))
		center.Send(cocoa.Sel("removeObserver:"), o) // an earlier Source's
		for name := range observed {
			center.Send(cocoa.Sel(add), o, cocoa.Sel(observeSelector), cocoa.String(name), objc.ID(0))
		}
		s.center = center
	})
	if active, ok := sessionActive(); ok {
		now := time.Now().Round(0)
		s.update(func(f *Facts) { f.SessionActive = Known(active, now) })
	}
}

// sessionActive asks whether this user has the screen.
func sessionActive() (active, told bool) {
	var session func() objc.ID
	if cocoa.Bind(&session, "CGSessionCopyCurrentDictionary") != nil {
		return false, false
	}
	cocoa.Pool(func() {
		d := session()
		if d == 0 {
			return
		}
		defer d.Send(cocoa.Sel("release"))
		active, told = cocoa.AskBool(cocoa.Value(d, "kCGSSessionOnConsoleKey"), "boolValue")
	})
	return active, told
}
