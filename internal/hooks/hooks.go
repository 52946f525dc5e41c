package hooks

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"vpnstatus/internal/engine"
	"vpnstatus/internal/settings"
	"vpnstatus/internal/vpn"
)

// Limits.
const (
	// limit is how long one script may run. Routes and mounts take a second or
	// two; a script that takes longer than this is stuck.
	limit = 30 * time.Second
	// maxRunning is how many scripts run at the same time, at most one of each
	// service: "disconnected" must not overtake "connected".
	maxRunning = 4
	// maxQueue is how many calls may wait. If a machine changes networks faster
	// than its scripts can follow, only the latest calls matter.
	maxQueue = 64
)

// Options are what a Runner needs.
type Options struct {
	Source   engine.Source
	Settings func() settings.Settings // those in force, read with each update; hooks run while Hooks is set
	Home     string                   // the folder of the settings, which contains hooks
	Log      *slog.Logger             // may be nil

	// RefusedChanged is called when Refused differs. It may be nil.
	RefusedChanged func()
}

// Runner runs hooks. Create it with New, then call Run once.
type Runner struct {
	o       Options
	environ []string

	queue    []call
	launcher *launcher
	busy     map[vpn.ID]bool // a script of the service is running; the zero ID is the network
	ended    chan vpn.ID     // has room for all that are busy
	workers  sync.WaitGroup

	mu      sync.Mutex
	refused []error
}

// New returns a Runner. Hooks run once Run is called, for what happens from then
// on.
func New(o Options) *Runner {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Runner{
		o: o, environ: baseEnviron(os.LookupEnv), launcher: newLauncher(),
		busy: make(map[vpn.ID]bool), ended: make(chan vpn.ID, maxRunning),
	}
}

// Refused returns what was refused at the last check. It may be called from any
// goroutine.
func (r *Runner) Refused() []error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.refused)
}

// Run runs hooks until ctx or the source ends, then kills those that are
// running and returns when they are gone.
func (r *Runner) Run(ctx context.Context) {
	// Not the end of ctx kills the scripts but that of running, which has a cause.
	running, end := context.WithCancelCause(context.WithoutCancel(ctx))
	defer r.workers.Wait()
	defer end(errQuit)

	updates := engine.Updates(running, r.o.Source)
	rec := recognizer{}
	on := r.o.Settings().Hooks
	r.check(on)
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		timer.Stop()
		if d := rec.deadline(); !d.IsZero() {
			timer.Reset(max(0, time.Until(d)))
		}
		select {
		case <-ctx.Done():
			return
		case u, ok := <-updates:
			if !ok {
				return
			}
			if u.Missed {
				r.o.Log.Warn("too many events at once; hooks did not run for some")
				rec = recognizer{}
			}
			r.enqueue(rec.add(u, time.Now()))
		case <-timer.C:
			r.enqueue(rec.ready(r.o.Source.Latest(), time.Now()))
		case id := <-r.ended:
			delete(r.busy, id)
		}
		if now := r.o.Settings().Hooks; now != on {
			on = now
			r.check(on)
		}
		r.dispatch(running)
	}
}

// check checks all hooks, so that the user learns of a refusal before the hook
// is due. Nothing is refused while hooks are off.
func (r *Runner) check(on bool) {
	var refused []error
	if on {
		refused = check(r.o.Home, os.Getuid())
	}
	for _, err := range refused {
		r.o.Log.Warn("hook", "error", err)
	}
	r.mu.Lock()
	differs := len(refused)+len(r.refused) > 0 && fmt.Sprint(refused) != fmt.Sprint(r.refused)
	r.refused = refused
	r.mu.Unlock()
	if differs && r.o.RefusedChanged != nil {
		r.o.RefusedChanged()
	}
}

func (r *Runner) enqueue(calls []call) {
	if !r.o.Settings().Hooks {
		r.queue = nil
		return
	}
	for _, c := range calls {
		if len(r.queue) >= maxQueue {
			r.o.Log.Warn("too many hooks wait; the oldest is left out", "event", r.queue[0].kind, "id", r.queue[0].id)
			r.queue = slices.Delete(r.queue, 0, 1)
		}
		r.queue = append(r.queue, c)
	}
}

// dispatch starts the queued calls that may start, in order.
func (r *Runner) dispatch(ctx context.Context) {
	for i := 0; i < len(r.queue) && len(r.busy) < maxRunning; {
		c := r.queue[i]
		if r.busy[c.id] {
			i++
			continue
		}
		r.queue = slices.Delete(r.queue, i, i+1)
		r.busy[c.id] = true
		r.workers.Go(func() {
			r.serve(ctx, c)
			r.ended <- c.id
		})
	}
}

// serve runs the scripts of one call, one after the other.
func (r *Runner) serve(ctx context.Context, c call) {
	paths, refused := scripts(r.o.Home, c.kind, os.Getuid())
	for _, err := range refused {
		r.o.Log.Warn("hook", "event", c.kind, "error", err)
	}
	for _, p := range paths {
		if ctx.Err() != nil {
			return
		}
		r.report(c, p, r.launcher.run(ctx, p, append(slices.Clone(r.environ), c.environ...), filepath.Dir(p), limit))
	}
}

func (r *Runner) report(c call, path string, o outcome) {
	attributes := []any{"script", path, "event", c.kind, "id", c.id, "took", o.took.Round(time.Millisecond)}
	if o.output != "" {
		attributes = append(attributes, "output", o.output)
	}
	if o.truncated {
		attributes = append(attributes, "cut", fmt.Sprintf("after %d bytes", maxOutput))
	}
	if o.err != nil {
		r.o.Log.Warn("hook failed", append(attributes, "error", o.err)...)
		return
	}
	r.o.Log.Info("hook", attributes...)
}
