package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/maruel/natural"
	"golang.org/x/text/unicode/norm"

	"vpnstatus/internal/autoconnect"
	"vpnstatus/internal/vpn"
)

// service is the engine's record of one service.
type service struct {
	conf     vpn.Configuration
	session  vpn.Session
	status   vpn.Status
	known    bool // the first status has arrived
	changed  time.Time
	info     vpn.Info
	infoNew  bool      // info differs from what is published
	upSince  time.Time // connected since then, reassertions included
	traffic  *vpn.Statistics
	byUser   bool // the user asked for the transition under way
	ends     int  // how often it has been seen to be down
	asking   bool // the policy has yet to learn why it went down last
	counters Counters
	silent   bool // the last question to its server had no answer, which was logged

	calls []call // waiting until the one under way is done
	busy  bool

	dirty     bool
	published *Service
}

// call is one request to a session. Calls of one session run one after the
// other, in order, outside the loop.
type call struct {
	kind    callKind
	verify  bool // the policy asked for it: it needs the answer even if nothing changed
	options vpn.Options
	// pauseOnDemand marks a stop that is meant for a service that is down
	// already.
	pauseOnDemand bool
	end           int // service.ends when it was queued
}

type callKind int

const (
	callStatus callKind = iota
	callInfo
	callStatistics
	callStart
	callStop
)

// call queues a request. A question that is already queued is not queued
// twice.
func (e *Engine) call(s *service, c call) {
	c.end = s.ends
	if c.kind == callStatus || c.kind == callInfo || c.kind == callStatistics {
		for i, q := range s.calls {
			if q.kind == c.kind {
				c.verify = q.verify || c.verify
				s.calls[i] = c
				return
			}
		}
	}
	s.calls = append(s.calls, c)
	e.next(s)
}

// next runs the next request that waits, if none is under way.
func (e *Engine) next(s *service) {
	for !s.busy && len(s.calls) > 0 {
		c := s.calls[0]
		s.calls[0] = call{} // it may hold a password
		s.calls = s.calls[1:]
		if s.acts(c) {
			e.run(s, c)
			return
		}
		e.log.Debug("a request is dropped: it would not act", "service", s.conf.Name, "start", c.kind == callStart, "status", s.status.String())
	}
}

// acts reports whether a request still has the intended effect: the status may
// have changed while it waited. The system would treat a start of a service that
// is not down as another attempt, and a stop of one that is down as a request to
// pause On Demand
// (docs/internals.md, section 7).
func (s *service) acts(c call) bool {
	switch c.kind {
	case callStart:
		return s.status == vpn.Disconnected
	case callStop:
		return s.status == vpn.Connecting || s.status.Up() || c.pauseOnDemand && s.status == vpn.Disconnected
	}
	return true
}

// cancelStart drops a start that is still queued, and reports whether there
// was one.
func (s *service) cancelStart() bool {
	n := len(s.calls)
	s.calls = slices.DeleteFunc(s.calls, func(c call) bool { return c.kind == callStart })
	return len(s.calls) < n
}

func (e *Engine) run(s *service, c call) {
	s.busy = true
	e.work(callLimit, func(ctx context.Context) message {
		r := answer{service: s, call: c}
		switch c.kind {
		case callStatus:
			r.status, r.err = s.session.Status(ctx)
		case callInfo:
			r.info, r.err = s.session.Info(ctx)
		case callStatistics:
			r.traffic, r.err = s.session.Statistics(ctx)
		case callStart, callStop:
			// The end of the app does not cancel a request.
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), callLimit)
			defer cancel()
			if c.kind == callStart {
				r.err = s.session.Start(ctx, c.options)
			} else {
				r.err = s.session.Stop(ctx)
			}
		}
		return r
	})
}

// answer is the outcome of a call.
type answer struct {
	service *service
	call    call
	err     error
	status  vpn.Status
	info    vpn.Info
	traffic vpn.Statistics
}

func (a answer) handle(e *Engine, now time.Time) {
	s := a.service
	s.busy = false
	if e.services[s.conf.ID] != s {
		return // removed in the meantime
	}
	defer e.next(s)
	switch a.call.kind {
	case callStatus:
		if a.err != nil {
			e.log.Warn("asking for the status failed", "service", s.conf.Name, "error", a.err)
			return // an event or the safety tick will bring it
		}
		if !e.observe(s, a.status, now) && a.call.verify {
			e.feed(autoconnect.StatusChanged{ID: s.conf.ID, Status: s.status}, now)
			e.touch(s)
		}
	case callInfo:
		e.handleInfo(s, a, now)
	case callStatistics:
		if a.call.verify {
			switch {
			case a.err == nil:
				s.counters = CountersRead
			case errors.Is(a.err, vpn.ErrNoStatistics):
				s.counters = CountersMissing
			}
			if p := s.published; p != nil && p.Counters != s.counters {
				e.touch(s)
			}
			e.feed(autoconnect.TrafficRead{ID: s.conf.ID, In: a.traffic.BytesIn, Out: a.traffic.BytesOut, Known: a.err == nil}, now)
		}
		if e.watchers.Load() == 0 {
			return // nobody looks at the figures
		}
		switch {
		case a.err == nil && s.status.Up():
			s.traffic = &a.traffic
		case errors.Is(a.err, vpn.ErrNoStatistics):
			s.traffic = nil
		}
		e.touch(s)
	case callStart, callStop:
		if a.err != nil {
			e.log.Error("the request failed", "service", s.conf.Name, "start", a.call.kind == callStart, "error", a.err)
			e.call(s, call{kind: callStatus, verify: true})
		}
	}
}

func (e *Engine) handleInfo(s *service, a answer, now time.Time) {
	if a.err != nil {
		e.log.Debug("asking for details failed", "service", s.conf.Name, "error", a.err)
	} else {
		a.info.Details = nil
		// The system's time restarts with each change to Connected, also from
		// Reasserting (docs/internals.md, section 7): keep the first one.
		if s.status.Up() {
			if s.upSince.IsZero() {
				s.upSince = a.info.Since
			}
			a.info.Since = s.upSince
		}
		if !reflect.DeepEqual(a.info, s.info) {
			s.info = a.info
			s.infoNew = true
			e.touch(s)
		}
	}
	if a.call.end == s.ends && s.asking { // else the call is older than the last end
		e.tellCause(s, autoconnect.CauseLearned{ID: s.conf.ID, Cause: a.info.Cause, Answered: a.err == nil}, now)
	}
}

// tellCause answers the policy's question why a service went down, once for
// each end. Without an answer of the system within the deadline of a call that
// is what it learns.
func (e *Engine) tellCause(s *service, c autoconnect.CauseLearned, now time.Time) {
	s.asking = false
	e.log.Debug("cause", "service", s.conf.Name, "id", s.conf.ID, "cause", c.Cause.String(), "answered", c.Answered)
	e.feed(c, now)
	e.touch(s)
}

// sessionEvent is an event of a session.
type sessionEvent struct {
	service *service
	event   vpn.Event
}

func (m sessionEvent) handle(e *Engine, now time.Time) {
	s := m.service
	if e.services[s.conf.ID] != s {
		return
	}
	// An event without a change of status means that the details changed.
	if !e.observe(s, m.event.Status, now) {
		e.askInfo(s)
	}
}

// observe handles a status and reports whether it is new.
func (e *Engine) observe(s *service, status vpn.Status, now time.Time) bool {
	if s.known && status == s.status {
		return false
	}
	down := status == vpn.Disconnected || status == vpn.Invalid
	first, from := !s.known, s.status
	s.status, s.known, s.changed = status, true, now
	if !first && from != status {
		e.emit(Event{At: now, Kind: EventStatus, ID: s.conf.ID, Name: s.conf.DisplayName(), From: from.String(), To: status.String(), ByUser: s.byUser})
		e.log.Info("status", "service", s.conf.Name, "id", s.conf.ID, "from", from.String(), "to", status.String())
	}
	if status == vpn.Disconnected {
		if s.asking {
			e.tellCause(s, autoconnect.CauseLearned{ID: s.conf.ID}, now) // of the end before
		}
		s.ends++
		s.asking = true
	}
	e.feed(autoconnect.StatusChanged{ID: s.conf.ID, Status: status}, now)
	if status == vpn.Connected || down {
		s.byUser = false
	}
	if status == vpn.Connected {
		s.silent = false
	}
	if !status.Up() {
		s.traffic, s.upSince = nil, time.Time{}
	}
	e.touch(s)
	e.askInfo(s)
	return true
}

// askInfo asks for the details of a connection, or for the cause of its end.
func (e *Engine) askInfo(s *service) {
	if s.status.Up() || !s.status.InTransition() {
		e.call(s, call{kind: callInfo})
	}
}

// load fetches the list of services, one load at a time.
func (e *Engine) load() {
	if e.loading {
		e.loadAgain = true
		return
	}
	e.loading = true
	e.work(loadLimit, func(ctx context.Context) message {
		list, err := e.o.Backend.Configurations(ctx)
		return listLoaded{list, err}
	})
}

type listLoaded struct {
	list []vpn.Configuration
	err  error
}

func (m listLoaded) handle(e *Engine, now time.Time) {
	e.loading = false
	e.changed = true
	e.loadErr = m.err
	if m.err != nil {
		e.log.Error("loading the list of VPNs failed", "error", m.err, "again", e.tryLoadAgain(now))
		return
	}
	if e.loadAgain {
		e.loadAgain = false
		e.load()
	}
	e.handleList(m.list, now)
	e.loaded = true
	if len(e.unopened) == 0 {
		e.loadFailed = 0
		return
	}
	e.tryLoadAgain(now)
}

// tryLoadAgain schedules the next load after a failure.
func (e *Engine) tryLoadAgain(now time.Time) (pause time.Duration) {
	e.loadFailed++
	pause = min(loadRetryMin<<min(e.loadFailed-1, 10), loadRetryMax)
	e.loadAt = now.Add(pause)
	return pause
}

// handleList compares the list by ID with what is open: removed services are
// closed, edited ones keep their session, new ones are opened. What can't be
// opened is a problem, and is tried again.
func (e *Engine) handleList(list []vpn.Configuration, now time.Time) {
	seen := make(map[vpn.ID]bool, len(list))
	changed := false
	var fresh []*service
	e.unopened = nil
	for _, c := range list {
		if seen[c.ID] {
			continue
		}
		seen[c.ID] = true
		if s := e.services[c.ID]; s != nil {
			if s.conf != c {
				s.conf = c
				changed = true
				e.listEvent(s, "edited", now)
				e.touch(s)
			}
			continue
		}
		session, err := e.o.Backend.Open(c.ID)
		if err != nil {
			e.log.Error("opening the VPN's session failed", "service", c.Name, "id", c.ID, "error", err)
			e.unopened = append(e.unopened, fmt.Errorf("%q could not be opened and is tried again: %w", c.DisplayName(), err))
			continue
		}
		s := &service{conf: c, session: session}
		e.services[c.ID] = s
		e.order = append(e.order, s)
		changed = true
		if e.loaded {
			e.listEvent(s, "added", now)
		}
		e.touch(s)
		e.forward(s)
		fresh = append(fresh, s)
	}
	e.order = slices.DeleteFunc(e.order, func(s *service) bool {
		if seen[s.conf.ID] {
			return false
		}
		changed = true
		delete(e.services, s.conf.ID)
		e.listEvent(s, "removed", now)
		e.closeSession(s)
		return true
	})
	if changed || !e.loaded {
		displayOrder(e.order)
		open := make([]vpn.Configuration, 0, len(e.order))
		for _, s := range e.order {
			open = append(open, s.conf)
		}
		e.feed(autoconnect.ConfigurationsLoaded{Configurations: open}, now)
	}
	for _, s := range fresh {
		e.call(s, call{kind: callStatus})
	}
}

func (e *Engine) listEvent(s *service, what string, now time.Time) {
	e.emit(Event{At: now, Kind: EventList, ID: s.conf.ID, Name: s.conf.DisplayName(), To: what})
	e.log.Info("list", "service", s.conf.Name, "id", s.conf.ID, "what", what)
}

// forward brings the events of a session into the inbox until it is closed.
func (e *Engine) forward(s *service) {
	events := s.session.Events()
	e.workers.Go(func() {
		for ev := range events {
			if !e.post(sessionEvent{s, ev}) {
				return
			}
		}
	})
}

// displayOrder sorts by name without regard to case and accents, numbers by
// value, then by ID so that equal names keep their places.
func displayOrder(list []*service) {
	keys := make(map[*service]string, len(list))
	for _, s := range list {
		letters := strings.Map(func(r rune) rune {
			if unicode.Is(unicode.Mn, r) {
				return -1
			}
			return r
		}, norm.NFD.String(s.conf.Name))
		keys[s] = vpn.Fold(letters)
	}
	slices.SortStableFunc(list, func(a, b *service) int {
		return cmp.Or(natural.Compare(keys[a], keys[b]), slices.Compare(a.conf.ID[:], b.conf.ID[:]))
	})
}
