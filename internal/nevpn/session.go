package nevpn

import (
	"context"
	"errors"
	"fmt"
	"time"

	"vpnstatus/internal/nesession"
	"vpnstatus/internal/nesession/dictionary"
	"vpnstatus/internal/vpn"
)

// ErrGone refuses a start of a service whose configuration was removed: the
// system would silently ignore it (docs/internals.md, section 7).
var ErrGone = errors.New("the VPN's configuration no longer exists")

// session implements vpn.Session. Its fields below events belong to the
// goroutine of Backend.run.
type session struct {
	b      *Backend
	id     vpn.ID
	events chan vpn.Event
	closed chan struct{}

	link   *link // nil if the configuration was removed or err is set
	err    error // why there is no link
	unsent bool  // a start or stop may not have left the process
}

// push never waits: a reader that is behind loses the oldest event. Only the
// owning goroutine sends, so the loop ends.
func (s *session) push(e vpn.Event) {
	for {
		select {
		case s.events <- e:
			return
		default:
		}
		select {
		case <-s.events:
		default:
		}
	}
}

// do runs f in the owning goroutine with the session's link, which is nil if
// the configuration was removed.
func do[T any](ctx context.Context, s *session, what string, f func(l *link, reply func(T, error))) (T, error) {
	return ask(ctx, s.b, s.closed, callLimit, fmt.Sprintf("%s of the VPN %s", what, s.id), func(reply func(T, error)) {
		var zero T
		if !s.b.sessions[s] {
			reply(zero, vpn.ErrClosed)
			return
		}
		if s.err != nil { // it may have passed
			s.b.attach(s)
		}
		if s.err != nil {
			reply(zero, s.err)
			return
		}
		f(s.link, reply)
	})
}

func (s *session) Status(ctx context.Context) (vpn.Status, error) {
	return do(ctx, s, "the question for the status", func(l *link, reply func(vpn.Status, error)) {
		if l == nil {
			reply(vpn.Invalid, nil)
			return
		}
		l.status(reply)
	})
}

// Info asks for the dictionary and the status it belongs to. Without a
// dictionary, because Apple's daemon does not run or does not know the
// configuration, the details are empty.
func (s *session) Info(ctx context.Context) (vpn.Info, error) {
	return do(ctx, s, "the question for details", func(l *link, reply func(vpn.Info, error)) {
		if l == nil {
			reply(vpn.Info{}, nil)
			return
		}
		api, box := s.b.api, s.b.box
		l.status(func(st vpn.Status, err error) {
			if err != nil || l.ended {
				reply(vpn.Info{}, err)
				return
			}
			err = api.Info(l.ref, nesession.ExtendedStatus, func(tree map[string]any) {
				box.post(func() { reply(dictionary.Decode(tree, st, api.Uptime(), time.Now()), nil) })
			})
			if err != nil {
				reply(vpn.Info{}, err)
			}
		})
	})
}

func (s *session) Statistics(ctx context.Context) (vpn.Statistics, error) {
	return do(ctx, s, "the question for statistics", func(l *link, reply func(vpn.Statistics, error)) {
		if l == nil {
			reply(vpn.Statistics{}, vpn.ErrNoStatistics)
			return
		}
		err := s.b.api.Info(l.ref, nesession.Statistics, func(tree map[string]any) {
			got, ok := dictionary.DecodeStatistics(tree)
			if !ok {
				reply(vpn.Statistics{}, vpn.ErrNoStatistics)
				return
			}
			reply(got, nil)
		})
		if err != nil {
			reply(vpn.Statistics{}, err)
		}
	})
}

func (s *session) Start(ctx context.Context, o vpn.Options) error {
	return s.request(ctx, "the start", func(l *link) error {
		if l == nil {
			return ErrGone
		}
		options, err := dictionary.StartOptions(s.b.listed[s.id], o)
		if err != nil {
			return err
		}
		return s.b.api.Start(l.ref, options)
	})
}

func (s *session) Stop(ctx context.Context) error {
	return s.request(ctx, "the stop", func(l *link) error {
		if l == nil {
			return nil // the system has stopped the VPN
		}
		return s.b.api.Stop(l.ref)
	})
}

func (s *session) request(ctx context.Context, what string, f func(l *link) error) error {
	_, err := do(ctx, s, what, func(l *link, reply func(struct{}, error)) {
		err := f(l)
		if err != nil {
			err = fmt.Errorf("%s of the VPN %s: %w", what, s.id, err)
		} else {
			s.unsent = true
		}
		reply(struct{}{}, err)
	})
	return err
}

func (s *session) Events() <-chan vpn.Event { return s.events }

// Close ends the session; closing again does nothing.
func (s *session) Close() error {
	_, err := ask(context.Background(), s.b, nil, callLimit, "closing the VPN's session", func(reply func(struct{}, error)) {
		s.b.detach(s, func(err error) { reply(struct{}{}, err) })
	})
	if errors.Is(err, vpn.ErrClosed) {
		return nil // the backend was closed, and the session with it
	}
	return err
}
