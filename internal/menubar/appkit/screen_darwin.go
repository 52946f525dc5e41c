package appkit

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ebitengine/purego/objc"

	"vpnstatus/internal/cocoa"
	"vpnstatus/internal/engine"
	"vpnstatus/internal/menubar"
)

func init() {
	cocoa.Require(cocoa.Framework, "Menu bar", "AppKit")
	cocoa.Prefer(cocoa.Symbol, "Menu bar", "CGSessionCopyCurrentDictionary")
	cocoa.Prefer(cocoa.Method, "Menu bar", "-[NSProcessInfo beginActivityWithOptions:reason:]")
}

// Screen is the menu bar item, its menu and the settings window. All of it but
// alerts belongs to the main thread.
type Screen struct {
	o        Options
	r        *renderer
	shutdown func() // Options.Shutdown, once; the second call waits for the first

	app      objc.ID
	delegate objc.ID
	panel    *panel
	opening  opening
	ctx      context.Context // ends with Run's, and when the app quits or terminates
	cancel   context.CancelFunc

	alertMu  sync.Mutex
	alerts   []alert
	alerting bool
}

// New returns a screen; nothing is drawn before Run.
func New(o Options) *Screen {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Screen{o: o, shutdown: sync.OnceFunc(o.Shutdown), r: &renderer{o: o, onMain: onMain, wake: make(chan struct{}, 1)}}
}

// current is the screen that the delegate's methods act on. A process has one;
// tests make several, one after another.
var current atomic.Pointer[Screen]

const (
	// terminateTimeout is how long AppKit may take to end the app after it was
	// asked to. Then the process exits by itself; a log-out would not wait
	// longer.
	terminateTimeout = 5 * time.Second

	// mainTimeout is how long a goroutine waits for the main thread.
	mainTimeout = 5 * time.Second
)

const accessory = 1 // NSApplicationActivationPolicyAccessory: no Dock icon, no menu bar of its own

// Run shows the screen until the user quits, the system ends the session, or
// ctx ends. It must be called on the main thread, with the goroutine locked to
// it since init. When the app terminates, Options.Shutdown is called and the
// process ends with exit code 0 before Run returns; Run returns only with an
// error that kept the screen from starting.
func (s *Screen) Run(ctx context.Context) error {
	if err := CheckBuild(debug.ReadBuildInfo()); err != nil {
		return err
	}
	if err := s.start(ctx); err != nil {
		return fmt.Errorf("opening the menu bar: %w", err)
	}
	// Use purego, because AppKit calls back during this call.
	s.app.Send(cocoa.Sel("run"))
	return errors.New("the system ended the menu bar's event loop")
}

// start does what comes before the event loop.
func (s *Screen) start(ctx context.Context) (err error) {
	if list := cocoa.Missing("Menu bar", "Callbacks"); len(list) > 0 {
		return errors.New("this system lacks " + cocoa.Words(list))
	}
	if !mainThread() {
		return errors.New("not on the main thread")
	}
	if err := windowServer(); err != nil {
		return err
	}
	if s.delegate, err = newDelegate(); err != nil {
		return err
	}
	current.Store(s)
	cocoa.Pool(func() {
		s.app = objc.ID(objc.GetClass("NSApplication")).Send(cocoa.Sel("sharedApplication"))
		if s.app == 0 {
			err = errors.New("the system gave no application object")
			return
		}
		// This must precede the status item: otherwise macOS 26 leaves a ghost
		// item.
		if cocoa.RespondsTo(s.app, "setActivationPolicy:") {
			objc.Send[bool](s.app, cocoa.Sel("setActivationPolicy:"), accessory)
		}
		// Only Launch at Login may start it at log-in.
		tell(s.app, "disableRelaunchOnLogin")
		s.app.Send(cocoa.Sel("setDelegate:"), s.delegate)
		setMainMenu(s.app, s.delegate)
	})
	if err != nil {
		return err
	}
	// If the message that launching has finished does not arrive, show the
	// icon anyway.
	time.AfterFunc(2*time.Second, func() { onMain(s.launch) })
	s.ctx, s.cancel = context.WithCancel(ctx)
	context.AfterFunc(s.ctx, s.terminate)
	return nil
}

// launch makes the status item and starts drawing. Main thread.
func (s *Screen) launch() {
	if s.r.menu != nil || s.ctx.Err() != nil {
		return
	}
	native, err := newStatusItem(s.delegate)
	if err != nil {
		fmt.Fprintln(os.Stderr, "vpnstatus: opening the menu bar:", err)
		s.exit(1)
	}
	s.r.menu = &shownMenu{native: native}
	s.r.drawn = s.updatePanel
	s.r.refreshLogin()
	s.r.refresh() // so that the menu is complete when first seen
	native.attach()
	stayAwake()
	go s.r.run(s.ctx)
	s.opening.finish(time.Now(), s.wakeAlerts)
}

// exit ends the program around the screen, then the process: nothing after
// AppKit's event loop runs. Any goroutine.
func (s *Screen) exit(code int) {
	s.shutdown()
	os.Exit(code)
}

// terminate ends the app through AppKit, or without it if that takes too long. If
// AppKit is ending the app already, it only bounds the time. Any goroutine.
func (s *Screen) terminate() {
	time.AfterFunc(terminateTimeout, func() {
		s.o.Log.Warn("the app did not end in time and is ended now")
		s.exit(0)
	})
	onMain(func() { s.app.Send(cocoa.Sel("terminate:"), objc.ID(0)) })
}

// Show shows the settings window, in front. If there is a service with that ID, it
// is selected in the tab of Auto Connect. Any goroutine.
func (s *Screen) Show(service string) {
	onMain(func() {
		s.opening.show(func() {
			s.showPanel()
			exists := slices.ContainsFunc(s.o.Source.Latest().Services, func(v *engine.Service) bool { return v.ID.String() == service })
			if exists && s.panel != nil {
				s.panel.form.reveal(service)
			}
		})
	})
}

// Copy puts a text on the clipboard. Any goroutine.
func (s *Screen) Copy(text string) error {
	if mainThread() {
		return copyText(text)
	}
	done := make(chan error, 1)
	onMain(func() { done <- copyText(text) })
	select {
	case err := <-done:
		return err
	case <-time.After(mainTimeout):
		return errors.New("the main thread is busy")
	}
}

func copyText(text string) error {
	class, err := cocoa.ClassNamed("NSPasteboard")
	if err != nil {
		return err
	}
	err = errors.New("the clipboard did not accept the text")
	cocoa.Pool(func() {
		board := class.Send(cocoa.Sel("generalPasteboard"))
		if !tell(board, "clearContents") {
			return
		}
		if objc.Send[bool](board, cocoa.Sel("setString:forType:"), cocoa.String(text), cocoa.String("public.utf8-plain-text")) {
			err = nil
		}
	})
	return err
}

// act carries out an action of the menu or the window. Main thread.
func (s *Screen) act(a menubar.Action) {
	switch a.App {
	case menubar.AppCopy:
		if err := s.Copy(a.Text); err != nil {
			s.say(actionTitle(a.App), err)
		}
	case menubar.AppSettings:
		s.showPanel()
	case menubar.AppAbout:
		s.showAbout()
	case menubar.AppQuit:
		s.cancel()
	default:
		s.r.carryOut(a, func(err error) {
			if err != nil {
				s.say(actionTitle(a.App), err)
			}
		})
	}
}

func (s *Screen) showAbout() {
	s.activate()
	cocoa.Pool(func() {
		options := objc.ID(objc.GetClass("NSMutableDictionary")).Send(cocoa.Sel("dictionary"))
		put := func(key, value string) {
			options.Send(cocoa.Sel("setObject:forKey:"), cocoa.String(value), cocoa.String(key))
		}
		put("ApplicationName", "VPNStatus")
		if s.o.Env.Version != "" {
			put("ApplicationVersion", s.o.Env.Version)
			put("Version", "") // the build number adds nothing
		}
		if !tell(s.app, "orderFrontStandardAboutPanelWithOptions:", options) {
			tell(s.app, "orderFrontStandardAboutPanel:", objc.ID(0))
		}
		// Find the About panel, to which AppKit gives no access: macOS 14 and
		// later may leave it behind other apps' windows.
		for _, w := range cocoa.Items(cocoa.Ask(s.app, "windows")) {
			visible, _ := cocoa.AskBool(w, "isVisible")
			if visible && cocoa.IsKind(w, "NSPanel") {
				tell(w, "orderFrontRegardless")
			}
		}
	})
}

// activate brings the app's windows in front of other apps'. An accessory app is
// never active by itself.
func (s *Screen) activate() { tell(s.app, "activateIgnoringOtherApps:", true) }

// onMain runs f on the main thread after the current event, in its own pool. start
// asks for the main queue.
func onMain(f func()) { _ = cocoa.OnMain(func() { cocoa.Pool(f) }) }

func mainThread() bool {
	c := objc.GetClass("NSThread")
	return c != 0 && objc.Send[bool](objc.ID(c), cocoa.Sel("isMainThread"))
}

// windowServer reports whether there is a window server. Without one AppKit
// would end the process instead of returning an error.
func windowServer() error {
	var session func() objc.ID
	if cocoa.Bind(&session, "CGSessionCopyCurrentDictionary") != nil {
		return nil
	}
	d := session()
	if d == 0 {
		return errors.New("the menu bar can't be used: this process is not part of a log-in session with a screen (over SSH, use the menu and the commands for the terminal)")
	}
	d.Send(cocoa.Sel("release"))
	return nil
}

// activityOptions is NSActivityUserInitiatedAllowingIdleSystemSleep: it
// prevents App Nap and still lets the machine sleep.
const activityOptions = uint64(0x00FFFFFF &^ (1 << 20))

// stayAwake keeps App Nap from delaying reconnects by minutes, as it does to apps
// without a window. App Nap would save nothing, because an idle app does no work.
func stayAwake() {
	class := objc.GetClass("NSProcessInfo")
	if class == 0 {
		return
	}
	info := objc.ID(class).Send(cocoa.Sel("processInfo"))
	if !cocoa.RespondsTo(info, "beginActivityWithOptions:reason:") {
		return
	}
	token := info.Send(cocoa.Sel("beginActivityWithOptions:reason:"), activityOptions, cocoa.String("keeping VPN connections up"))
	token.Send(cocoa.Sel("retain")) // kept as long as the process lives
}
