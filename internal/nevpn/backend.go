package nevpn

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"time"

	"vpnstatus/internal/neconfig"
	"vpnstatus/internal/nesession"
	"vpnstatus/internal/vpn"
)

const (
	// callLimit is how long a question to the system may take when the caller
	// sets no deadline. The daemon answers in milliseconds or, when it hangs or
	// dies, never.
	callLimit = 3 * time.Second
	// loadLimit is the same for the list: the first load launches a helper of
	// the system's and may take seconds (docs/internals.md, section 5).
	loadLimit = time.Minute
	// changeDelay folds the notifications of one change, of which there are
	// several, into one; Apple's own readers take between half a second and one.
	changeDelay = 700 * time.Millisecond
	// settleTime is how long after the handler was set the status is asked
	// again: the library fetches the true one within one to two seconds
	// (docs/internals.md, section 3).
	settleTime = 2 * time.Second
	// lostAfter is when a first question counts as lost. A daemon that hangs
	// longer is replaced by the system, and then the library answers.
	lostAfter = 30 * time.Second
	// flushLimit is how long Close waits until requests have left the process.
	// The library's barrier waits for up to about one second.
	flushLimit = 1500 * time.Millisecond
	// cancelLimit is how long the answer to a cancel is waited for before the
	// session is released without it, and closeLimit the same when everything
	// is closed, perhaps because the app quits. The answer takes milliseconds.
	cancelLimit = 5 * time.Second
	closeLimit  = 500 * time.Millisecond
	// eventBuffer is how many events a reader may lag behind before it loses
	// the oldest: no VPN passes through more states than this in one attempt.
	eventBuffer = 16
)

// Parts are what a backend is made of. The functions are called when the part is
// first needed, and again after they failed.
type Parts struct {
	Sessions func() (nesession.API, error)
	Manager  func() (neconfig.Manager, error)
	Log      *slog.Logger // nil for no log
}

// System returns the backend of this Mac. It makes no request and never fails:
// parts that the system lacks are errors of the calls that need them.
func System(log *slog.Logger) *Backend {
	return New(Parts{Sessions: nesession.System, Manager: neconfig.System, Log: log})
}

// Lacks returns what this Mac lacks, as far as that can be known in advance: the
// parts without which services are listed, but without their status or its changes.
func Lacks() []error {
	errs := nesession.Lacks()
	if err := neconfig.Lacks(); err != nil {
		errs = append(errs, err)
	}
	return errs
}

// Backend implements vpn.Backend.
type Backend struct {
	parts   Parts
	log     *slog.Logger
	box     *mailbox
	changed chan struct{}
	done    chan struct{} // closed when the goroutine has ended

	// The fields below belong to the goroutine of run.
	api      nesession.API                   // nil until needed
	manager  neconfig.Manager                // nil until needed
	waiting  []func(neconfig.Manager, error) // while the manager is being made
	sessions map[*session]bool
	links    map[vpn.ID]*link        // live ones
	ending   map[*link]bool          // cancelled, not yet released
	flushing int                     // sessions whose requests are leaving the process
	listed   map[vpn.ID]vpn.Protocol // all configurations loaded last; no protocol if it is not shown
	asked    uint64                  // numbers loads in the order in which they were asked for
	loads    uint64                  // number of the newest load that was handled
	noting   *time.Timer
	closing  bool
}

var _ vpn.Backend = (*Backend)(nil)

// New returns a backend; it ends with Close.
func New(p Parts) *Backend {
	b := &Backend{
		parts:    p,
		log:      p.Log,
		box:      newMailbox(),
		changed:  make(chan struct{}, 1),
		done:     make(chan struct{}),
		sessions: make(map[*session]bool),
		links:    make(map[vpn.ID]*link),
		ending:   make(map[*link]bool),
	}
	if b.log == nil {
		b.log = slog.New(slog.DiscardHandler)
	}
	go b.run()
	return b
}

// run owns the state until everything is closed.
func (b *Backend) run() {
	defer close(b.done)
	defer b.box.close()
	for !b.closing || b.flushing > 0 || len(b.ending) > 0 {
		<-b.box.wake
		for _, f := range b.box.take() {
			f()
		}
	}
	if b.manager != nil {
		b.manager.Close()
	}
}

// ask runs f in the owning goroutine and waits for the first reply. what
// completes the error text "… was not answered".
func ask[T any](ctx context.Context, b *Backend, closed <-chan struct{}, limit time.Duration, what string, f func(reply func(T, error))) (T, error) {
	if _, has := ctx.Deadline(); !has {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, limit)
		defer cancel()
	}
	type answer struct {
		value T
		err   error
	}
	answers := make(chan answer, 1)
	reply := func(v T, err error) {
		select {
		case answers <- answer{v, err}:
		default:
		}
	}
	var zero T
	if !b.box.post(func() { f(reply) }) {
		return zero, vpn.ErrClosed
	}
	select {
	case a := <-answers:
		return a.value, a.err
	case <-ctx.Done():
		return zero, fmt.Errorf("%s was not answered: %w", what, ctx.Err())
	case <-closed:
		return zero, vpn.ErrClosed
	case <-b.done:
		return zero, vpn.ErrClosed
	}
}

// withManager calls f in the owning goroutine with the manager. The first time it
// makes and watches it, in another goroutine: loading Apple's framework takes a
// moment, and looking up the user may hang.
func (b *Backend) withManager(f func(neconfig.Manager, error)) {
	if b.manager != nil {
		f(b.manager, nil)
		return
	}
	b.waiting = append(b.waiting, f)
	if len(b.waiting) > 1 {
		return
	}
	go func() {
		m, err := b.parts.Manager()
		posted := b.box.post(func() { b.managerMade(m, err) })
		if err == nil && !posted { // everything is closed
			m.Close()
		}
	}()
}

func (b *Backend) managerMade(m neconfig.Manager, err error) {
	if err == nil {
		b.manager = m
		if err := m.Watch(func() { b.box.post(b.noteChange) }); err != nil {
			b.log.Warn("changes of the VPN configurations will not be noticed", "error", err)
		}
	}
	waiting := b.waiting
	b.waiting = nil
	for _, f := range waiting {
		f(m, err)
	}
}

// noteChange announces one change for all that arrive within changeDelay.
func (b *Backend) noteChange() {
	if b.noting != nil || b.closing {
		return
	}
	b.noting = b.after(changeDelay, func() {
		b.noting = nil
		select {
		case b.changed <- struct{}{}:
		default:
		}
	})
}

// after runs f in the owning goroutine, unless everything is closed by then.
func (b *Backend) after(d time.Duration, f func()) *time.Timer {
	return time.AfterFunc(d, func() { b.box.post(f) })
}

// Changed implements vpn.Backend.
func (b *Backend) Changed() <-chan struct{} { return b.changed }

// Configurations implements vpn.Backend. The list also decides which sessions
// are kept: those of a removed configuration are cancelled and released, and
// opened again if it returns.
func (b *Backend) Configurations(ctx context.Context) ([]vpn.Configuration, error) {
	return ask(ctx, b, nil, loadLimit, "the question for the VPN configurations", func(reply func([]vpn.Configuration, error)) {
		if b.closing {
			reply(nil, vpn.ErrClosed)
			return
		}
		b.asked++
		number := b.asked
		b.withManager(func(m neconfig.Manager, err error) {
			if err == nil {
				err = m.Load(func(records []neconfig.Record, err error) {
					b.box.post(func() {
						if err != nil {
							reply(nil, err)
							return
						}
						list := neconfig.Configurations(records)
						b.handleList(number, records, list)
						reply(list, nil)
					})
				})
			}
			if err != nil {
				reply(nil, err)
			}
		})
	})
}

// handleList compares a loaded list with what is open, by identifier. A list
// older than the last one handled is ignored.
func (b *Backend) handleList(number uint64, records []neconfig.Record, list []vpn.Configuration) {
	if number < b.loads || b.closing {
		return
	}
	b.loads = number
	before := b.listed
	b.listed = make(map[vpn.ID]vpn.Protocol, len(records))
	for _, r := range records {
		if r.ID.Known {
			b.listed[r.ID.Value] = ""
		}
	}
	for _, c := range list {
		b.listed[c.ID] = c.Protocol
	}
	for id := range before {
		_, there := b.listed[id]
		if l := b.links[id]; l != nil && !there {
			b.log.Info("the configuration of an open VPN session is gone", "id", id)
			l.configRemoved()
		}
	}
	for s := range b.sessions {
		if _, there := b.listed[s.id]; there && s.link == nil {
			b.attach(s)
			if l := s.link; l != nil && l.known {
				s.push(vpn.Event{Status: l.last})
			} // otherwise the first status will follow
		}
	}
}

// Open implements vpn.Backend. It succeeds even if the system lacks the
// session library; then each call of the session tries again and returns what is
// missing, and the service can still be listed.
func (b *Backend) Open(id vpn.ID) (vpn.Session, error) {
	s := &session{b: b, id: id, events: make(chan vpn.Event, eventBuffer), closed: make(chan struct{})}
	_, err := ask(context.Background(), b, nil, callLimit, "opening the VPN's session", func(reply func(struct{}, error)) {
		if b.closing {
			reply(struct{}{}, vpn.ErrClosed)
			return
		}
		b.sessions[s] = true
		b.attach(s)
		reply(struct{}{}, nil)
	})
	if err != nil {
		// It may have been opened although the reply came too late.
		b.box.post(func() { b.detach(s, func(error) {}) })
		return nil, err
	}
	return s, nil
}

// attach gives a session the link of its configuration, and creates it if
// needed.
func (b *Backend) attach(s *session) {
	s.link, s.err = nil, nil
	if b.api == nil {
		api, err := b.parts.Sessions()
		if err != nil {
			s.err = err
			return
		}
		b.api = api
	}
	l := b.links[s.id]
	if l == nil {
		if l, s.err = b.newLink(s.id); s.err != nil {
			return
		}
	}
	l.users[s] = true
	s.link = l
}

// detach ends a session, and with the last one of a configuration its link.
// Requests that were made leave the process before done is called.
func (b *Backend) detach(s *session, done func(error)) {
	if !b.sessions[s] {
		done(nil)
		return
	}
	delete(b.sessions, s)
	close(s.events)
	close(s.closed)
	l := s.link
	if l == nil {
		done(nil)
		return
	}
	s.link = nil
	delete(l.users, s)
	if !s.unsent {
		l.endIfUnused()
		done(nil)
		return
	}
	b.flushing++
	l.flushing++
	finished := false
	finish := func(err error) {
		if finished {
			return
		}
		finished = true
		b.flushing--
		l.flushing--
		l.endIfUnused()
		done(err)
	}
	timer := b.after(flushLimit, func() {
		finish(fmt.Errorf("the requests to the VPN %s may not have been sent: %w", s.id, context.DeadlineExceeded))
	})
	api, ref := b.api, l.ref
	go func() { // not in the owning goroutine, because the barrier waits
		err := api.Barrier(ref)
		if errors.Is(err, nesession.ErrReleased) {
			err = nil // the configuration is gone
		}
		b.box.post(func() {
			timer.Stop()
			finish(err)
		})
	}()
}

// Close implements vpn.Backend. It waits up to closeLimit for the system's
// answers, and not at all if there are no sessions.
func (b *Backend) Close() error {
	b.box.post(func() {
		if b.closing {
			return
		}
		b.closing = true
		if b.noting != nil {
			b.noting.Stop()
		}
		for s := range maps.Clone(b.sessions) {
			b.detach(s, func(error) {})
		}
		b.after(closeLimit, func() { // for links that were cancelled before
			for l := range maps.Clone(b.ending) {
				l.release()
			}
		})
	})
	select {
	case <-b.done:
		return nil
	case <-time.After(flushLimit + closeLimit + callLimit):
		return errors.New("closing the VPN sessions takes too long: the system's session library hangs")
	}
}
