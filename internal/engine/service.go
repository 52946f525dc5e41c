package engine

import (
	"cmp"
	"context"
	"errors"
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
	conf    vpn.Configuration
	session vpn.Session
	status  vpn.Status
	known   bool // the first status has arrived
	changed time.Time
	info    vpn.Info
	infoSeq uint64    // grows with each change of info
	upSince time.Time // connected since then, reassertions included
	traffic *vpn.Statistics
	byUser  bool // a person asked for the transition under way

	calls []call // waiting for the one under way
	busy  bool

	dirty     bool
	published *Service
	infoShown uint64 // infoSeq in published
}

// call is one request to a session. Calls of one session run one after the
// other, in order, beside the loop.
type call struct {
	kind    callKind
	verify  bool // the policy wants to hear the answer even if nothing changed
	options vpn.Options
}

type callKind int

const (
	callStatus callKind = iota
	callInfo
	callStatistics
	callStart
	callStop
)

// call queues a request. A question that already waits is not asked twice.
func (e *Engine) call(s *service, c call) {
	if c.kind == callStatus || c.kind == callInfo || c.kind == callStatistics {
		for i, q := range s.calls {
			if q.kind == c.kind {
				s.calls[i].verify = q.verify || c.verify
				return
			}
		}
	}
	if s.busy {
		s.calls = append(s.calls, c)
		return
	}
	e.run(s, c)
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
		case callStart:
			r.err = s.session.Start(ctx, c.options)
		case callStop:
			r.err = s.session.Stop(ctx)
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
		return // gone in the meantime
	}
	if len(s.calls) > 0 {
		next := s.calls[0]
		s.calls = s.calls[1:]
		e.run(s, next)
	}
	switch a.call.kind {
	case callStatus:
		if a.err != nil {
			e.log.Warn("asking for the status failed", "service", s.conf.Name, "error", a.err)
			return // an event brings it, or the safety tick
		}
		if !e.observe(s, a.status, now) && a.call.verify {
			e.feed(autoconnect.StatusChanged{ID: s.conf.ID, Status: s.status}, now)
			e.touch(s)
		}
	case callInfo:
		e.takeInfo(s, a, now)
	case callStatistics:
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

func (e *Engine) takeInfo(s *service, a answer, now time.Time) {
	if a.err != nil {
		e.log.Debug("asking for details failed", "service", s.conf.Name, "error", a.err)
	} else {
		a.info.Details = nil
		// The system counts from each change to Connected, also from Reasserting
		// (docs/internals.md, section 7): the first time counts.
		if s.status.Up() {
			if s.upSince.IsZero() {
				s.upSince = a.info.Since
			}
			a.info.Since = s.upSince
		}
		if !reflect.DeepEqual(a.info, s.info) {
			s.info = a.info
			s.infoSeq++
			e.touch(s)
		}
	}
	// The policy waits for a cause after a drop; "none was given" is an answer.
	if s.known && (s.status == vpn.Disconnected || s.status == vpn.Invalid) {
		e.feed(autoconnect.CauseLearned{ID: s.conf.ID, Cause: a.info.Cause}, now)
		e.touch(s)
	}
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
		e.emit(Event{At: now, Kind: EventStatus, ID: s.conf.ID, Name: s.conf.Name, From: from.String(), To: status.String(), ByUser: s.byUser})
		e.log.Info("status", "service", s.conf.Name, "id", s.conf.ID, "from", from.String(), "to", status.String())
	}
	e.feed(autoconnect.StatusChanged{ID: s.conf.ID, Status: status}, now)
	if status == vpn.Connected || down {
		s.byUser = false
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
	e.changed, e.problemsBad = true, true
	e.loadErr = m.err
	if m.err != nil {
		e.loadFailed++
		pause := min(loadRetryMin<<min(e.loadFailed-1, 10), loadRetryMax)
		e.loadAt = now.Add(pause)
		e.log.Error("loading the list of VPNs failed", "error", m.err, "again", pause)
		return
	}
	e.loadFailed = 0
	if e.loadAgain {
		e.loadAgain = false
		e.load()
	}
	e.takeList(m.list, now)
	e.loaded = true
}

// takeList compares the list by ID with what is open: vanished services are
// closed, edited ones keep their session, new ones are opened.
func (e *Engine) takeList(list []vpn.Configuration, now time.Time) {
	seen := make(map[vpn.ID]bool, len(list))
	changed := false
	var fresh []*service
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
		if err := s.session.Close(); err != nil {
			e.log.Warn("closing the session failed", "service", s.conf.Name, "error", err)
		}
		return true
	})
	if changed || !e.loaded {
		sortForPeople(e.order)
		e.feed(autoconnect.ConfigurationsLoaded{Configurations: list}, now)
	}
	for _, s := range fresh {
		e.call(s, call{kind: callStatus})
	}
}

func (e *Engine) listEvent(s *service, what string, now time.Time) {
	e.emit(Event{At: now, Kind: EventList, ID: s.conf.ID, Name: s.conf.Name, To: what})
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

// sortForPeople orders by name without regard to case and accents, numbers by
// value, then by ID so that equal names keep their places. A full collation would
// add 1.7 MB to the program.
func sortForPeople(list []*service) {
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
