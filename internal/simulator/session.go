package simulator

import (
	"context"
	"fmt"
	"slices"

	"vpnstatus/internal/nesession/dictionary"
	"vpnstatus/internal/vpn"
)

// record is the state that Apple's client library keeps per configuration in
// one process: the connection to the daemon and the status that all sessions of
// that configuration report (docs/internals.md, section 3).
type record struct {
	id       vpn.ID
	cached   vpn.Status
	sessions []*session
	fix      *item // the correction of an optimistic status is on its way
}

// eventBuffer is how many events of a session wait for its reader; older ones
// are lost.
const eventBuffer = 16

// Open implements vpn.Backend.
func (s *Simulator) Open(id vpn.ID) (vpn.Session, error) {
	s.lock()
	defer s.unlock()
	if s.closed {
		return nil, fmt.Errorf("open a session of VPN %s: %w", id, ErrClosed)
	}
	r := s.records[id]
	if r == nil {
		r = &record{id: id, cached: s.truth(id)}
		s.records[id] = r
	}
	x := &session{s: s, r: r, events: make(chan vpn.Event, eventBuffer)}
	r.sessions = append(r.sessions, x)
	return x, nil
}

// truth returns the status in the daemon.
func (s *Simulator) truth(id vpn.ID) vpn.Status {
	switch v := s.byID[id]; {
	case s.away:
		return vpn.Disconnected
	case v == nil || v.gone && v.status == vpn.Disconnected:
		return vpn.Invalid
	default:
		return v.status
	}
}

// set stores a status in the cache and, if it differs, sends the event.
func (r *record) set(status vpn.Status) {
	if r.cached == status {
		return
	}
	r.cached = status
	r.send(vpn.Event{Status: status})
}

func (r *record) send(e vpn.Event) {
	for _, x := range r.sessions {
		x.send(e)
	}
}

// notify handles the daemon's message to its clients that the status changed.
func (s *Simulator) notify(id vpn.ID) {
	if r := s.records[id]; r != nil {
		s.cancel(r.fix)
		r.set(s.truth(id))
	}
}

// notifyInfo is the same for a change that leaves the status as it was.
func (s *Simulator) notifyInfo(id vpn.ID) {
	if r := s.records[id]; r != nil {
		r.send(vpn.Event{Status: r.cached})
	}
}

// refused shows a client the status that it asked for, and soon after the true one.
func (s *Simulator) refused(r *record, asked vpn.Status) {
	r.set(asked)
	s.cancel(r.fix)
	r.fix = s.after(s.scale(correction), func() {
		r.set(s.truth(r.id))
	})
}

// session implements vpn.Session.
type session struct {
	s      *Simulator
	r      *record
	events chan vpn.Event
	closed bool
}

func (x *session) send(e vpn.Event) {
	for {
		select {
		case x.events <- e:
			return
		default:
		}
		select { // if it is full, drop the oldest
		case <-x.events:
		default:
		}
	}
}

func (x *session) shut() {
	if !x.closed {
		x.closed = true
		close(x.events)
	}
}

// enter takes the lock, or returns an error if the session is closed.
func (x *session) enter(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	x.s.lock()
	if x.closed {
		x.s.unlock()
		return vpn.ErrClosed
	}
	return nil
}

// Start shows the VPN as connecting at once; the daemon may refuse.
func (x *session) Start(ctx context.Context, options vpn.Options) error {
	if err := x.enter(ctx); err != nil {
		return err
	}
	defer x.s.unlock()
	if v := x.s.byID[x.r.id]; v != nil {
		if _, err := dictionary.StartOptions(v.spec.Protocol, options); err != nil {
			return err
		}
	}
	if !x.s.startService(x.r.id, options, false) {
		x.s.refused(x.r, vpn.Connecting)
	}
	return nil
}

// Stop shows the VPN as disconnecting at once; the daemon may refuse.
func (x *session) Stop(ctx context.Context) error {
	if err := x.enter(ctx); err != nil {
		return err
	}
	defer x.s.unlock()
	if !x.s.stopService(x.r.id, false) && !x.s.away { // without the daemon there is nothing to stop
		x.s.refused(x.r, vpn.Disconnecting)
	}
	return nil
}

func (x *session) Status(ctx context.Context) (vpn.Status, error) {
	if err := x.enter(ctx); err != nil {
		return vpn.Invalid, err
	}
	defer x.s.unlock()
	return x.r.cached, nil
}

func (x *session) Info(ctx context.Context) (vpn.Info, error) {
	if err := x.enter(ctx); err != nil {
		return vpn.Info{}, err
	}
	defer x.s.unlock()
	v := x.s.present(x.r.id)
	if v == nil {
		return vpn.Info{}, nil
	}
	return dictionary.Decode(v.extendedStatus(), x.r.cached, x.s.uptime(), x.s.now), nil
}

func (x *session) Statistics(ctx context.Context) (vpn.Statistics, error) {
	if err := x.enter(ctx); err != nil {
		return vpn.Statistics{}, err
	}
	defer x.s.unlock()
	if v := x.s.present(x.r.id); v != nil {
		if stats, ok := dictionary.DecodeStatistics(v.statistics()); ok {
			return stats, nil
		}
	}
	return vpn.Statistics{}, vpn.ErrNoStatistics
}

func (x *session) Events() <-chan vpn.Event { return x.events }

// Close has nothing to wait for: requests reach the simulated daemon at once.
func (x *session) Close() error {
	x.s.lock()
	defer x.s.unlock()
	if x.closed {
		return nil
	}
	x.shut()
	r := x.r
	r.sessions = slices.DeleteFunc(r.sessions, func(o *session) bool { return o == x })
	if len(r.sessions) == 0 {
		x.s.cancel(r.fix)
		delete(x.s.records, r.id)
	}
	return nil
}
