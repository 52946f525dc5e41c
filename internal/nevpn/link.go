package nevpn

import (
	"time"

	"vpnstatus/internal/nesession"
	"vpnstatus/internal/vpn"
)

// link is one session of the library, shared by all sessions of a configuration
// that are open. It belongs to the goroutine of Backend.run; a callback that
// comes for a link that has ended finds it so and does nothing.
type link struct {
	b     *Backend
	id    vpn.ID
	ref   nesession.Ref
	users map[*session]bool

	subscribed bool // the first status was asked for and the handler set
	handler    bool // there is a handler, so a cancel will be answered
	settled    bool // a Disconnected can be believed
	ended      bool
	gone       bool // ended because the configuration is gone
	released   bool
	news       bool // the first status is told as an event: users were told Invalid before

	known   bool // last is a status the system told
	last    vpn.Status
	first   []func(vpn.Status, error) // wait for the first status
	asks    int                       // statuses asked for because of events
	askedAt time.Time
	again   bool // ask once more

	timer *time.Timer // for the first status, then for settling, then for the answer to cancel
}

// newLink creates a session of the library and asks for its status. Only after
// the answer the handler is set: the order that the status cache asks for
// (docs/internals.md, section 3).
func (b *Backend) newLink(id vpn.ID) (*link, error) {
	ref, err := b.api.Create(id)
	if err != nil {
		return nil, err
	}
	l := &link{b: b, id: id, ref: ref, users: make(map[*session]bool)}
	b.links[id] = l
	l.timer = b.after(callLimit, l.subscribe)
	if err := b.api.Status(ref, func(st vpn.Status) { b.box.post(func() { l.takeFirst(st) }) }); err != nil {
		b.log.Warn("the VPN's status can't be asked for", "id", id, "error", err)
		l.subscribe()
	}
	return l, nil
}

// takeFirst takes the answer that was asked for before there was a handler: a
// true one.
func (l *link) takeFirst(st vpn.Status) {
	if l.ended || l.subscribed {
		return // too late
	}
	l.known, l.last = true, st
	for _, reply := range l.first {
		reply(st, nil)
	}
	l.first = nil
	if l.news {
		l.tell(vpn.Event{Kind: vpn.StatusChanged, Status: st})
	}
	l.subscribe()
}

// subscribe sets the handler. It happens once, after the first answer or without
// it when none came.
func (l *link) subscribe() {
	if l.ended || l.subscribed {
		return
	}
	l.subscribed = true
	l.timer.Stop()
	err := l.b.api.SetHandler(l.ref, func(e nesession.Event) { l.b.box.post(func() { l.event(e) }) })
	if err != nil {
		l.b.log.Warn("the VPN's events can't be subscribed to", "id", l.id, "error", err)
		l.settled = true // without a handler nothing is cached
	} else {
		l.handler = true
		l.timer = l.b.after(settleTime, l.settle)
	}
	for _, reply := range l.first { // none came: ask those who wait another
		l.status(reply)
	}
	l.first = nil
}

// settle ends the time of doubt. If the service went down just while the handler
// was set, no event has told so.
func (l *link) settle() {
	if l.ended || l.settled {
		return
	}
	l.settled = true
	l.askFor(vpn.StatusChanged, true)
}

// event is called for each event of the library, of which unknown ones are
// ignored, and after the link has ended all but the answer to cancel.
func (l *link) event(e nesession.Event) {
	switch {
	case e == nesession.Cancelled:
		l.handler = false // nothing comes after it
		if l.ended {
			l.release()
		}
	case l.ended:
	case e == nesession.StatusChanged:
		l.settled = true // the library has the true status now
		l.askFor(vpn.StatusChanged, false)
	case e == nesession.ConfigurationProcessed:
		l.askFor(vpn.ConfigurationProcessed, false)
	default:
		l.b.log.Debug("an event of a kind not known is ignored", "id", l.id, "event", int(e))
	}
}

// askFor asks for the status and passes it on as an event, if wanted only when
// it is another than the one known.
func (l *link) askFor(kind vpn.EventKind, onlyIfNew bool) {
	now := time.Now()
	if l.asks > 0 && now.Sub(l.askedAt) > callLimit {
		l.asks = 0 // they will not be answered any more
	}
	if l.asks >= maxAsks {
		l.again = true
		return
	}
	err := l.b.api.Status(l.ref, func(st vpn.Status) {
		l.b.box.post(func() {
			l.asks = max(0, l.asks-1)
			if l.ended {
				return
			}
			known, last := l.known, l.last
			st = l.believe(st)
			if news := !known || last != st; news || !onlyIfNew {
				l.tell(vpn.Event{Kind: kind, Status: st})
			}
			if l.again && l.asks == 0 {
				l.again = false
				l.askFor(vpn.StatusChanged, false)
			}
		})
	})
	if err != nil {
		l.b.log.Warn("the VPN's status can't be asked for", "id", l.id, "error", err)
		return
	}
	l.asks++
	l.askedAt = now
}

// tell passes an event to everyone who has the configuration open.
func (l *link) tell(e vpn.Event) {
	for s := range l.users {
		s.push(e)
	}
}

// status answers with the status, now or soon.
func (l *link) status(reply func(vpn.Status, error)) {
	if !l.subscribed {
		l.first = append(l.first, reply)
		return
	}
	err := l.b.api.Status(l.ref, func(st vpn.Status) {
		l.b.box.post(func() {
			if l.ended {
				reply(vpn.Invalid, l.over())
				return
			}
			reply(l.believe(st), nil)
		})
	})
	if err != nil {
		reply(vpn.Invalid, err)
	}
}

// over is what a question is answered with that the end of the link overtook:
// nothing wrong if the configuration is gone, since Invalid says so.
func (l *link) over() error {
	if l.gone {
		return nil
	}
	return vpn.ErrClosed
}

// believe replaces a Disconnected that may be the library's cached, false one by
// the true status of just before.
func (l *link) believe(st vpn.Status) vpn.Status {
	if st == vpn.Disconnected && !l.settled && l.known {
		return l.last
	}
	l.known, l.last = true, st
	return st
}

// vanish ends the link because its configuration is gone. Its sessions stay
// open, without a link: a start would silently be ignored, so it is refused.
func (l *link) vanish() {
	l.tell(vpn.Event{Kind: vpn.StatusChanged, Status: vpn.Invalid})
	for s := range l.users {
		s.link = nil
	}
	l.users = nil
	l.gone = true
	l.end()
}

// end cancels the subscription. The session is released when the library has
// answered, at once if there is nothing to answer.
func (l *link) end() {
	if l.ended {
		return
	}
	l.ended = true
	l.timer.Stop()
	if l.b.links[l.id] == l {
		delete(l.b.links, l.id)
	}
	for _, reply := range l.first {
		reply(vpn.Invalid, l.over())
	}
	l.first = nil
	l.b.ending[l] = true
	if !l.handler {
		l.release()
		return
	}
	if err := l.b.api.Cancel(l.ref); err != nil {
		l.b.log.Warn("the VPN's subscription can't be cancelled", "id", l.id, "error", err)
		l.release()
		return
	}
	l.timer = l.b.after(cancelLimit, l.release)
}

// release frees the session, once.
func (l *link) release() {
	if l.released {
		return
	}
	l.released = true
	l.timer.Stop()
	delete(l.b.ending, l)
	if err := l.b.api.Release(l.ref); err != nil {
		l.b.log.Warn("the VPN's session can't be released", "id", l.id, "error", err)
	}
}
