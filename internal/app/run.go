package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"vpnstatus/internal/control"
	"vpnstatus/internal/engine"
	"vpnstatus/internal/hooks"
	"vpnstatus/internal/menubar/terminal"
	"vpnstatus/internal/notify"
	"vpnstatus/internal/settings"
	"vpnstatus/internal/vpn"
)

// Run runs the app until ctx ends or the user quits. It must be called on the
// main goroutine. When another instance is running already it hands over to
// that one: its menu is shown, in this terminal if it would have been our
// screen.
//
// A part that does not work is reported as a problem and the app continues; an
// error means that it could not run at all.
func Run(ctx context.Context, c Config) error {
	if err := c.check(); err != nil {
		return err
	}
	view := c.screen()
	if _, ok := view.(terminalScreen); ok {
		if err := terminal.Available(); err != nil {
			return err
		}
	}
	listener, client, err := listenOrDial(ctx, c)
	var occupied *occupiedError
	switch {
	case client != nil:
		defer client.Close()
		return handOver(ctx, c, view, client)
	case errors.As(err, &occupied), err != nil && ctx.Err() != nil:
		return err
	case err != nil && c.Headless:
		return fmt.Errorf("without a menu the control socket is required: %w", err)
	}
	a, err2 := newApplication(c, listener, err)
	if err2 != nil {
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

// application is the running app.
type application struct {
	config   Config
	log      *slog.Logger
	settings *settings.Store
	world    *world
	engine   *engine.Engine
	notifier *notify.Notifier
	hooks    *hooks.Runner
	listener *control.Listener // nil if the control socket could not be opened
	show     chan string
	closers  []func() error   // close what was opened and end what was begun; called last first
	problems []engine.Problem // from the start of the app

	mu     sync.Mutex
	system []engine.Problem // found by attend; replaced as a whole
}

// newApplication opens all parts. It never waits for the system. The listener
// belongs to the application, even if there is an error.
func newApplication(c Config, l *control.Listener, listenErr error) (_ *application, err error) {
	a := &application{config: c, listener: l, show: make(chan string, 1)}
	if l != nil {
		a.closers = append(a.closers, l.Release) // last: until then no other instance starts
	}
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
	a.begin(a.settings.Run)

	if a.world, err = openWorld(c, log); err != nil {
		return nil, err
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
	a.engine = engine.New(engine.Options{
		Backend:   a.world.backend,
		Facts:     a.world.facts,
		Settings:  a.settings,
		Log:       log,
		Simulated: a.world.simulated,
		Probe:     a.world.probe,
		Ask:       a.world.ask,
		Tick:      a.restoreSocket,
		Problems:  a.allProblems,
	})
	a.notifier = notify.New(notify.Options{
		Source: a.engine, Settings: a.settings.Current, Poster: newPoster(log, a.wantService), Log: log, Changed: a.engine.ProblemsChanged,
	})
	a.hooks = hooks.New(hooks.Options{
		Source: a.engine, Settings: a.settings.Current, Home: filepath.Dir(path), Log: log,
		RefusedChanged: a.engine.ProblemsChanged,
	})
	return a, nil
}

// problem records an error of the start, for menu, command line and log. It
// accepts nil.
func (a *application) problem(key string, err error) {
	if err == nil {
		return
	}
	a.problems = append(a.problems, engine.Problem{Key: key, Text: err.Error()})
	a.log.Warn("problem", "key", key, "error", err)
}

// allProblems returns the problems of all parts. The engine calls it.
func (a *application) allProblems() []engine.Problem {
	list := append([]engine.Problem(nil), a.problems...)
	for _, p := range a.settings.Problems() {
		key := "settings"
		if p.Key != "" {
			key += "." + p.Key
		}
		list = append(list, engine.Problem{Key: key, Text: p.String()})
	}
	for _, err := range a.hooks.Refused() {
		list = append(list, engine.Problem{Key: "hooks", Text: err.Error()})
	}
	if n, ok := a.notifier.Missed(); ok {
		list = append(list, engine.Problem{Key: "notification", Text: n.At.Format("15:04") + " " + n.Title + ": " + n.Body})
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	return append(list, a.system...)
}

// run runs the parts and the screen until ctx ends or the user quits. The parts
// end in the opposite order: watchers are notified and sessions closed before
// settings and log.
func (a *application) run(ctx context.Context, view screen) error {
	started := time.Now()
	a.log.Info("start", "version", a.config.Version, "simulated", a.world.simulated, "headless", view == nil)
	ctx, quit := context.WithCancel(ctx)
	defer quit()

	a.begin(a.notifier.Run) // before the engine, so that they miss no event
	a.begin(a.hooks.Run)
	a.begin(func(ctx context.Context) {
		if err := a.engine.Run(ctx); err != nil && !errors.Is(err, context.Canceled) {
			a.log.Error("the engine ended", "error", err)
		}
	})
	a.begin(a.attend)
	if a.listener != nil {
		o := control.Options{Version: a.config.Version, Log: a.log, Quit: quit, Doctor: a.diagnose}
		if view != nil {
			o.Show = func() { a.wantService("") }
		}
		a.begin(func(ctx context.Context) {
			if err := control.NewServer(a.engine, a.settings, o).Serve(ctx, a.listener); err != nil {
				a.log.Error("the control socket ended", "error", err)
			}
		})
	}
	shutdown := sync.OnceValue(func() error {
		a.log.Info("end", "after", time.Since(started).Round(time.Second))
		return a.shutdown()
	})
	if view == nil {
		<-ctx.Done()
		return shutdown()
	}
	err := view.run(ctx, screenDeps{
		source: a.engine, settings: a.settings.Current, version: a.config.Version,
		preferences: newSettingsClient(a.config, a.engine, a.settings),
		show:        a.show, log: a.log, askLocation: a.askLocation, diagnose: a.diagnose,
		shutdown: func() { _ = shutdown() }, // its error is logged, and returned below if AppKit does not exit the process first
	})
	return errors.Join(err, shutdown())
}

// restoreSocket makes the control socket again if it has been removed.
func (a *application) restoreSocket() {
	if a.listener == nil {
		return
	}
	if err := a.listener.Restore(); err != nil {
		a.log.Warn("the control socket is gone", "error", err)
	}
}

// wantService makes the screen show the service with that ID, or only open if
// the ID is "". It never blocks.
func (a *application) wantService(id string) {
	select {
	case a.show <- id:
	default:
	}
}

// begin runs f in the background until the application closes, which waits for
// its end. f's context is not derived from the app's: parts end in order, not all
// at once.
func (a *application) begin(f func(context.Context)) {
	end := start(f)
	a.closers = append(a.closers, func() error { end(); return nil })
}

// start runs f in the background until the function it returns is called, which
// waits for its end.
func start(f func(context.Context)) (end func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() { f(ctx) })
	return func() {
		cancel()
		wg.Wait()
	}
}

// close closes what was opened and ends what was begun, last first.
func (a *application) close() error {
	var errs []error
	for _, f := range slices.Backward(a.closers) {
		errs = append(errs, f())
	}
	a.closers = nil
	return errors.Join(errs...)
}

// shutdown is close with a limit: it returns after shutdownLimit even if a part
// hangs.
func (a *application) shutdown() error {
	done := make(chan error, 1)
	go func() { done <- a.close() }()
	limit := time.NewTimer(shutdownLimit)
	defer limit.Stop()
	select {
	case err := <-done:
		return err
	case <-limit.C:
		err := fmt.Errorf("the app ended before everything was closed, after %v", shutdownLimit)
		a.log.Warn(err.Error())
		return err
	}
}
