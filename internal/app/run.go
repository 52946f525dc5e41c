package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"vpnstatus/internal/control"
	"vpnstatus/internal/engine"
	"vpnstatus/internal/hooks"
	"vpnstatus/internal/notify"
	"vpnstatus/internal/settings"
	"vpnstatus/internal/vpn"
)

// Run runs the app until ctx ends or the person quits. It must be called on the
// main goroutine. When another instance is running already it hands over to
// that one: its menu is shown, here in the terminal if that is our screen.
//
// What does not work is reported as a problem and the app goes on; an error
// means that it could not run at all.
func Run(ctx context.Context, c Config) error {
	if err := c.check(); err != nil {
		return err
	}
	view := c.screen()
	listener, err := listen(c)
	switch {
	case errors.Is(err, control.ErrInUse):
		return handOver(ctx, c, view)
	case err != nil && c.Headless:
		return fmt.Errorf("without a menu the control socket is the only way in: %w", err)
	}
	a, err2 := newApplication(c, listener, err)
	if err2 != nil {
		if listener != nil {
			err2 = errors.Join(err2, listener.Close())
		}
		return err2
	}
	return a.run(ctx, view)
}

// screen returns the screen to be used; nil when headless.
func (c Config) screen() screen {
	switch {
	case c.Headless:
		return nil
	case c.Terminal:
		return terminalScreen{}
	}
	return systemScreen()
}

func listen(c Config) (net.Listener, error) {
	path, err := c.SocketPath()
	if err != nil {
		return nil, err
	}
	return control.Listen(path)
}

// application is the running app.
type application struct {
	config   Config
	log      *slog.Logger
	closers  []func() error // in the order of their making
	problems []engine.Problem
	settings *settings.Store
	world    *world
	engine   *engine.Engine
	poster   notify.Poster // nil: nobody is told
	notifier *notify.Notifier
	hooks    *hooks.Runner
	listener net.Listener
	show     chan string

	exhausted atomic.Bool                      // requests to the system fail with cocoa.ErrTooManyCalls
	offered   atomic.Bool                      // the import, at this first start
	lacks     atomic.Pointer[[]engine.Problem] // parts of the system that are missing
}

// newApplication opens everything. Nothing in it waits for the system.
func newApplication(c Config, l net.Listener, listenErr error) (_ *application, err error) {
	a := &application{config: c, listener: l, show: make(chan string, 1)}
	defer func() {
		if err != nil {
			err = errors.Join(err, a.close())
		}
	}()
	logPath, err := c.LogPath()
	if err != nil {
		return nil, err
	}
	log, closer, logErr := openLog(logPath, c.Err, c)
	a.log = log
	a.closers = append(a.closers, closer.Close)
	a.problem("log", logErr)
	a.problem("control", listenErr)

	path, err := c.SettingsPath()
	if err != nil {
		return nil, err
	}
	_, noSettings := os.Stat(path)
	if a.settings, err = settings.Open(path, log); err != nil {
		return nil, fmt.Errorf("opening the settings: %w", err)
	}
	endSettings := start(a.settings.Run)
	a.closers = append(a.closers, func() error { endSettings(); return nil })

	a.world, err = openWorld(c, log)
	if err != nil {
		if c.Simulated() {
			return nil, err // a wrong scenario: say so at once
		}
		a.problem("backend", err)
		a.world = &world{backend: absent{err, make(chan struct{})}, facts: noFacts{make(chan struct{})}}
		err = nil
	}
	a.closers = append(a.closers, a.world.close)
	if errors.Is(noSettings, os.ErrNotExist) && len(a.world.suggested) > 0 {
		a.problem("settings", a.settings.Update(func(s *settings.Settings) error {
			s.AutoConnect = map[vpn.ID]bool{}
			for _, id := range a.world.suggested {
				s.AutoConnect[id] = true
			}
			return nil
		}))
	}
	a.poster = newPoster(log, a.wantService)

	a.engine = engine.New(engine.Options{
		Backend:   a.world.backend,
		Facts:     a.world.facts,
		Settings:  a.settings,
		Log:       log,
		Simulated: a.world.simulated,
		Probe:     a.world.probe,
		Problems:  a.allProblems,
	})
	if a.poster != nil {
		a.notifier = notify.New(notify.Options{
			Source: a.engine, Settings: a.settings.Current, Poster: a.poster, Log: log, Changed: a.tellProblems,
		})
	}
	changed, stop := a.settings.Subscribe()
	a.closers = append(a.closers, func() error { stop(); return nil })
	a.hooks = hooks.New(hooks.Options{
		Source: a.engine, Settings: a.settings.Current, SettingsChanged: changed, Home: filepath.Dir(path), Log: log,
		RefusedChanged: a.tellProblems,
	})
	return a, nil
}

// tellProblems has the engine collect the problems anew.
func (a *application) tellProblems() { a.engine.ProblemsChanged() }

// problem notes what does not work, for menu, command line and log.
func (a *application) problem(key string, err error) {
	if err == nil {
		return
	}
	a.problems = append(a.problems, engine.Problem{Key: key, Text: err.Error()})
	a.log.Warn("problem", "key", key, "error", err)
}

// allProblems is called by the engine.
func (a *application) allProblems() []engine.Problem {
	list := append([]engine.Problem(nil), a.problems...)
	for _, p := range a.settings.Problems() {
		list = append(list, engine.Problem{Key: "settings." + p.Key, Text: p.String()})
	}
	if a.hooks != nil {
		for _, err := range a.hooks.Refused() {
			list = append(list, engine.Problem{Key: "hooks", Text: err.Error()})
		}
	}
	if a.notifier != nil {
		if n, ok := a.notifier.Missed(); ok {
			list = append(list, engine.Problem{Key: "notification", Text: n.At.Format("15:04") + " " + n.Title + ": " + n.Body})
		}
	}
	return append(list, a.attended()...)
}

// run runs engine, socket and screen, and ends them in the opposite order, so
// that watchers are told, sessions closed and settings written.
func (a *application) run(ctx context.Context, view screen) error {
	started := time.Now()
	a.log.Info("start", "version", a.config.Version, "simulated", a.world.simulated, "headless", view == nil)
	ctx, quit := context.WithCancel(ctx)
	defer quit()

	endEngine := start(func(ctx context.Context) {
		if err := a.engine.Run(ctx); err != nil && !errors.Is(err, context.Canceled) {
			a.log.Error("the engine ended", "error", err)
		}
	})
	endNotifier := func() {}
	if a.notifier != nil {
		endNotifier = start(a.notifier.Run)
	}
	endHooks := start(a.hooks.Run)
	endAttendance := start(a.attend)
	endServer := func() {}
	if a.listener != nil {
		server := control.NewServer(a.engine, a.settings, control.Options{
			Version: a.config.Version, Log: a.log, Show: a.shower(view), Quit: quit, Doctor: a.diagnose,
		})
		endServer = start(func(ctx context.Context) {
			if err := server.Serve(ctx, a.listener); err != nil {
				a.log.Error("the control socket ended", "error", err)
			}
		})
	}
	shutdown := sync.OnceValue(func() error {
		endServer()
		endAttendance()
		endHooks()
		endNotifier()
		endEngine()
		a.log.Info("end", "after", time.Since(started).Round(time.Second))
		return a.close()
	})
	var err error
	if view == nil {
		<-ctx.Done()
	} else {
		err = view.run(ctx, stage{
			source: a.engine, settings: a.settings.Current, settingsFile: a.settings.Path(), version: a.config.Version,
			preferences: newDesk(a.config, a.engine, a.settings),
			show:        a.show, log: a.log, askLocation: a.askLocation, diagnose: a.diagnose,
			shutdown: func() { _ = shutdown() }, // its error is returned below, or nobody is left to hear it
		})
	}
	return errors.Join(err, shutdown())
}

// shower returns what another instance's "show" does; nil when there is nothing
// to be shown.
func (a *application) shower(view screen) func() {
	if view == nil {
		return nil
	}
	return a.wantShown
}

// wantShown has the screen show itself; it never blocks.
func (a *application) wantShown() { a.wantService("") }

// wantService is wantShown with the service that is meant, by its ID.
func (a *application) wantService(id string) {
	select {
	case a.show <- id:
	default:
	}
}

// start runs f beside the caller until the function it returns is called, which
// waits for its end. f's context is not derived from the app's: parts end in
// order, not all at once.
func start(f func(context.Context)) (end func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() { f(ctx) })
	return func() {
		cancel()
		wg.Wait()
	}
}

// close closes what was opened, last first.
func (a *application) close() error {
	var errs []error
	for i := len(a.closers) - 1; i >= 0; i-- {
		errs = append(errs, a.closers[i]())
	}
	a.closers = nil
	return errors.Join(errs...)
}
