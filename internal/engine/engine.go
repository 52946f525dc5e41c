package engine

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"vpnstatus/internal/autoconnect"
	"vpnstatus/internal/facts"
	"vpnstatus/internal/settings"
	"vpnstatus/internal/vpn"
)

// Times of the engine. Those of the policy are in package autoconnect.
const (
	// safetyTick re-reads every status, in case a notification was lost. It
	// is the only wake-up of a quiet app.
	safetyTick = 60 * time.Second
	// clockJump is the difference between wall clock and running time above
	// which a sleep was missed or the clock was set. Tailscale uses the same
	// value.
	clockJump = 22500 * time.Millisecond
	// callLimit is the deadline of one request to the backend; Apple's daemon
	// answers within milliseconds, or never when it dies.
	callLimit = 5 * time.Second
	// loadLimit is the deadline for loading the list; the first load may
	// launch a helper of the system and take seconds.
	loadLimit = time.Minute
	// loadRetryMin and loadRetryMax bound the pause after a failed load.
	loadRetryMin = 2 * time.Second
	loadRetryMax = time.Minute
	// trafficEvery is how often traffic is read while a client attends.
	trafficEvery = time.Second
	// batch is how many queued messages are handled before a snapshot is
	// published, so that a storm of events costs few snapshots.
	batch = 1024
)

// Options are the parts of an engine.
type Options struct {
	Backend   vpn.Backend
	Facts     facts.Source
	Settings  settings.Keeper
	Log       *slog.Logger // no log if nil
	Simulated bool         // the services are not real; screens say so

	// Probe checks whether a tunnel carries traffic. If it is nil, or the error
	// is ErrCannotProbe, the tunnel is assumed to.
	Probe func(context.Context, vpn.ID, autoconnect.Probe) error
	// Ask asks a server whether it is there, with one datagram, which must not
	// change anything on it; nil if nothing can be asked. The error wraps
	// ErrCannotProbe if such a server never can be.
	Ask func(ctx context.Context, server string, p vpn.Protocol) error
	// Jitter returns a factor in [0.5, 1.5) for delays; random if nil.
	Jitter func() float64
	// Tick is called on the engine's goroutine once a minute, for periodic
	// checks of other parts; nil if there are none. It must return at once.
	Tick func()
	// Problems returns the problems that other parts found, also before the
	// engine started.
	Problems func() []Problem
}

// Engine owns the state. Create it with New, then call Run once. All other
// methods may be called from any goroutine, before, during and after Run.
type Engine struct {
	o        Options
	log      *slog.Logger
	inbox    chan message
	kick     chan struct{} // attention or problems changed
	done     chan struct{}
	latest   atomic.Pointer[Snapshot]
	subs     subscribers
	watchers atomic.Int32 // number of Attend calls not yet released
	wakeups  atomic.Uint64

	problemsNew atomic.Bool
	workers     sync.WaitGroup

	// The fields below belong to the goroutine of Run.
	ctx      context.Context
	policy   *autoconnect.Policy
	services map[vpn.ID]*service
	order    []*service // in display order
	dirty    []*service
	config   settings.Settings
	facts    facts.Facts
	events   []Event              // since the last publication
	actions  []autoconnect.Action // a buffer of feed
	changed  bool                 // something other than a service changed, perhaps problems
	redraw   bool                 // the settings differ from those at the last update

	loaded     bool
	loading    bool
	loadAgain  bool
	loadErr    error
	unopened   []error   // why services of the list have no session
	loadFailed int       // failed loads in a row
	loadAt     time.Time // next try after a failure

	safetyAt  time.Time
	trafficAt time.Time
	lastClock time.Time // with the monotonic reading
}

// message is one thing that reaches the engine's goroutine.
type message interface{ handle(*Engine, time.Time) }

// New returns an engine; nothing happens before Run.
func New(o Options) *Engine {
	e := &Engine{
		o:        o,
		log:      o.Log,
		inbox:    make(chan message, batch),
		kick:     make(chan struct{}, 1),
		done:     make(chan struct{}),
		services: make(map[vpn.ID]*service),
	}
	if e.log == nil {
		e.log = slog.New(slog.DiscardHandler)
	}
	if e.o.Jitter == nil {
		e.o.Jitter = func() float64 { return 0.5 + rand.Float64() }
	}
	e.latest.Store(&Snapshot{Simulated: o.Simulated})
	return e
}

// Latest returns the newest snapshot; it is never nil, and not Loaded before
// the list of services has arrived.
func (e *Engine) Latest() *Snapshot { return e.latest.Load() }

// Subscribe returns a subscription to what happens from now on. buffer is how
// many updates the reader may lag behind before it is dropped with ErrSlow.
func (e *Engine) Subscribe(buffer int) *Subscription { return e.subs.add(buffer) }

// Attend keeps traffic figures up to date until release is called. Calls nest.
func (e *Engine) Attend() (release func()) {
	e.watchers.Add(1)
	e.kickLoop()
	return sync.OnceFunc(func() {
		e.watchers.Add(-1)
		e.kickLoop()
	})
}

// Wakeups returns how often the engine's goroutine has woken after at least a
// millisecond of rest. Benchmarks use it.
func (e *Engine) Wakeups() uint64 { return e.wakeups.Load() }

// ProblemsChanged makes the engine ask Options.Problems again. It does not wait.
func (e *Engine) ProblemsChanged() {
	e.problemsNew.Store(true)
	e.kickLoop()
}

func (e *Engine) kickLoop() {
	select {
	case e.kick <- struct{}{}:
	default:
	}
}

// Run is the engine's goroutine. It returns when ctx ends, after all sessions
// are closed; no VPN is stopped. It may be called once.
func (e *Engine) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	e.ctx = ctx
	defer e.shutdown(cancel)

	e.lastClock = time.Now()
	now := wall(e.lastClock)
	e.safetyAt = now.Add(safetyTick)
	e.config = e.o.Settings.Current()
	e.policy = autoconnect.New(e.config.Policy(), e.o.Settings.State(), e.o.Jitter, now)
	e.facts = e.o.Facts.Current()
	e.feed(autoconnect.FactsChanged{Facts: e.facts}, now)
	e.changed = true
	e.load()

	timer := time.NewTimer(safetyTick)
	defer timer.Stop()
	for {
		e.publish(now)
		timer.Reset(max(0, e.nextWake(now).Sub(now)))
		rest := time.Now()
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case m := <-e.inbox:
			now = e.clock()
			m.handle(e, now)
			e.drain(now)
		case <-e.o.Backend.Changed():
			now = e.clock()
			e.load()
		case <-e.o.Facts.Changed():
			now = e.clock()
			e.handleFacts(now)
		case <-e.o.Settings.Changed():
			now = e.clock()
			e.handleSettings(now)
		case <-e.kick:
			now = e.clock()
			if e.problemsNew.Swap(false) {
				e.changed = true
			}
		case <-timer.C:
			now = e.clock()
		}
		if e.lastClock.Sub(rest) >= time.Millisecond {
			e.wakeups.Add(1)
		}
		e.due(now)
	}
}

// shutdown leaves no goroutine and no session behind. Calls that are under way
// in the backend end with their context.
func (e *Engine) shutdown(cancel context.CancelFunc) {
	cancel()
	close(e.done)
	for _, s := range e.services {
		e.closeSession(s)
	}
	e.workers.Wait()
	e.subs.end(ErrClosed)
}

// closeSession ends a session, not in the engine's goroutine: it waits until
// requests have left the process, which may take a moment.
func (e *Engine) closeSession(s *service) {
	name := s.conf.Name
	e.workers.Go(func() {
		if err := s.session.Close(); err != nil {
			e.log.Warn("closing the session failed", "service", name, "error", err)
		}
	})
}

// wall strips the monotonic reading: deadlines are absolute and count sleep.
func wall(t time.Time) time.Time { return t.Round(0) }

// clock returns the time, and lets the policy know if the wall clock moved
// differently from the running time: the machine slept, or the clock was set.
func (e *Engine) clock() time.Time {
	t := time.Now()
	gap := wall(t).Sub(wall(e.lastClock)) - t.Sub(e.lastClock)
	e.lastClock = t
	if gap > clockJump || gap < -clockJump {
		e.jumped(gap, wall(t))
	}
	return wall(t)
}

func (e *Engine) jumped(gap time.Duration, now time.Time) {
	e.log.Info("the clock jumped", "gap", gap)
	e.safetyAt, e.trafficAt, e.loadAt = now, now, now // do everything again
	e.feed(autoconnect.ClockJumped{Gap: gap}, now)
}

func (e *Engine) drain(now time.Time) {
	for range batch - 1 {
		select {
		case m := <-e.inbox:
			m.handle(e, now)
		default:
			return
		}
	}
}

// post delivers a message from another goroutine, unless the engine has ended.
func (e *Engine) post(m message) bool {
	select {
	case e.inbox <- m:
		return true
	case <-e.done:
		return false
	}
}

// nextWake is when the loop must wake up by itself.
func (e *Engine) nextWake(now time.Time) time.Time {
	next := e.safetyAt
	earlier := func(t time.Time) {
		if !t.IsZero() && t.Before(next) {
			next = t
		}
	}
	earlier(e.policy.Deadline())
	if e.loadFailed > 0 && !e.loading {
		earlier(e.loadAt)
	}
	if e.watchers.Load() > 0 && e.anyUp() {
		earlier(e.trafficAt)
	}
	return next
}

func (e *Engine) anyUp() bool {
	for _, s := range e.order {
		if s.status.Up() {
			return true
		}
	}
	return false
}

// due handles everything whose time has come.
func (e *Engine) due(now time.Time) {
	if e.loadFailed > 0 && !e.loading && !e.loadAt.After(now) {
		e.load()
	}
	if !e.safetyAt.After(now) {
		// In step with the policy's ticks, which count from the same moment, so
		// that the machine wakes once for both.
		if e.safetyAt = e.safetyAt.Add(safetyTick); !e.safetyAt.After(now) {
			e.safetyAt = now.Add(safetyTick)
		}
		if e.o.Tick != nil {
			e.o.Tick()
		}
		for _, s := range e.order {
			e.call(s, call{kind: callStatus})
		}
		e.o.Settings.KeepState(e.policy.Stored()) // in case it could not be written
	}
	if e.watchers.Load() > 0 && !e.trafficAt.After(now) {
		e.trafficAt = now.Add(trafficEvery)
		for _, s := range e.order {
			if s.status.Up() {
				e.call(s, call{kind: callStatistics})
			}
		}
	}
	if d := e.policy.Deadline(); !d.IsZero() && !d.After(now) {
		e.feed(autoconnect.Tick{}, now)
	}
}

// feed passes an event to the policy and carries out the actions it returns.
func (e *Engine) feed(event autoconnect.Event, now time.Time) {
	buffer := e.actions[:0]
	e.actions = nil // carrying out actions may call feed again
	actions := e.policy.Handle(buffer, event, now)
	for _, a := range actions {
		e.apply(a, now)
	}
	clear(actions) // they may hold passwords
	e.actions = actions
	switch event.(type) {
	case autoconnect.ConfigurationsLoaded, autoconnect.FactsChanged, autoconnect.ConfigChanged,
		autoconnect.UserPause, autoconnect.ClockJumped:
		for _, s := range e.order {
			e.touch(s)
		}
		e.changed = true
	}
}

// apply carries out one action of the policy. It never waits.
func (e *Engine) apply(a autoconnect.Action, now time.Time) {
	switch a := a.(type) {
	case autoconnect.Start:
		if s := e.services[a.ID]; s != nil {
			e.log.Info("start", "service", s.conf.Name, "id", a.ID, "reason", a.Reason.Key, "attempt", a.Attempt)
			e.call(s, call{kind: callStart, options: a.Options})
			e.touch(s)
		}
	case autoconnect.Cancel:
		if s := e.services[a.ID]; s != nil {
			taken := s.cancelStart()
			e.log.Info("cancel", "service", s.conf.Name, "id", a.ID, "reason", a.Reason.Key, "in time", taken)
			e.touch(s)
		}
	case autoconnect.Stop:
		if s := e.services[a.ID]; s != nil {
			e.log.Info("stop", "service", s.conf.Name, "id", a.ID, "reason", a.Reason.Key)
			s.cancelStart() // what the policy decided last counts
			e.call(s, call{kind: callStop, pauseOnDemand: a.Reason.Key == autoconnect.KeyStopOnDemand})
			e.touch(s)
		}
	case autoconnect.Verify:
		if s := e.services[a.ID]; s != nil {
			e.call(s, call{kind: callStatus, verify: true})
		}
	case autoconnect.RunProbe:
		e.work(a.Timeout, func(ctx context.Context) message {
			var text string
			if e.o.Probe != nil {
				switch err := e.o.Probe(ctx, a.ID, a.Probe); {
				case errors.Is(err, ErrCannotProbe):
					e.log.Warn("a tunnel could not be probed", "id", a.ID, "error", err)
				case err != nil:
					text = err.Error()
				}
			}
			return probeDone{ID: a.ID, Err: text}
		})
	case autoconnect.AskServer:
		e.work(a.Timeout, func(ctx context.Context) message {
			err := ErrCannotProbe
			if e.o.Ask != nil {
				err = e.o.Ask(ctx, a.Server, a.Protocol)
			}
			return serverAnswered{a, err}
		})
	case autoconnect.ReadTraffic:
		if s := e.services[a.ID]; s != nil {
			e.call(s, call{kind: callStatistics, verify: true})
		}
	case autoconnect.Notify:
		ev := Event{At: now, Kind: EventNotice, ID: a.ID, Notice: a.Kind, Reason: a.Reason}
		if s := e.services[a.ID]; s != nil {
			ev.Name = s.conf.DisplayName()
		}
		e.log.Info("notice", "service", ev.Name, "id", a.ID, "notice", a.Kind, "reason", a.Reason.Key)
		e.emit(ev)
	case autoconnect.Transition:
		ev := Event{At: now, Kind: EventPolicy, ID: a.ID, From: string(a.From), To: string(a.To), Reason: a.Reason, Attempt: a.Attempt, Next: a.Next}
		if s := e.services[a.ID]; s != nil {
			ev.Name, ev.ByUser = s.conf.DisplayName(), s.byUser
			e.touch(s)
		}
		next := slog.Attr{} // omitted
		if !a.Next.IsZero() {
			next = slog.Time("next", a.Next)
		}
		e.log.Info("decision", "service", ev.Name, "id", a.ID, "from", ev.From, "to", ev.To,
			"reason", a.Reason.Key, "cause", a.Reason.Cause.String(), "attempt", a.Attempt, next)
		e.emit(ev)
	case autoconnect.ViewChanged:
		if s := e.services[a.ID]; s != nil {
			e.touch(s)
		}
	case autoconnect.Store:
		e.o.Settings.KeepState(e.policy.Stored())
		e.changed = true
	}
}

// work runs something that may take time in a goroutine of its own; its message
// comes back through the inbox.
func (e *Engine) work(limit time.Duration, f func(context.Context) message) {
	e.workers.Go(func() {
		ctx, cancel := context.WithTimeout(e.ctx, limit)
		defer cancel()
		e.post(f(ctx))
	})
}

type probeDone autoconnect.ProbeDone

func (m probeDone) handle(e *Engine, now time.Time) {
	e.feed(autoconnect.ProbeDone(m), now)
	if s := e.services[m.ID]; s != nil {
		e.touch(s)
	}
}

type serverAnswered struct {
	question autoconnect.AskServer
	err      error
}

func (m serverAnswered) handle(e *Engine, now time.Time) {
	s := e.services[m.question.ID]
	if s == nil {
		return
	}
	answer := autoconnect.ServerAnswered{ID: m.question.ID, Never: errors.Is(m.err, ErrCannotProbe)}
	switch {
	case m.err == nil:
		e.log.Info("the server answers", "service", s.conf.Name, "server", m.question.Server)
	case !s.silent:
		e.log.Info("the server does not answer; it is asked again", "service", s.conf.Name, "error", m.err)
	}
	if s.silent = m.err != nil; s.silent {
		answer.Err = m.err.Error()
	}
	e.feed(answer, now)
	e.touch(s)
}

func (e *Engine) emit(ev Event) { e.events = append(e.events, ev) }
