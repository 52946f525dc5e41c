package nevpn

import (
	"errors"
	"time"

	"vpnstatus/internal/nesession"
	"vpnstatus/internal/vpn"
)

// link is one session of the library, shared by all sessions of a configuration
// that are open. It belongs to the goroutine of Backend.run; a callback for a
// link that has ended does nothing.
type link struct {
	b     *Backend
	id    vpn.ID
	ref   nesession.Ref
	users map[*session]bool

	flushing int // sessions that are closed, but their requests may not have been sent

	known   bool                      // last is a true status
	last    vpn.Status                //
	waiting []func(vpn.Status, error) // questions for the first status

	subscribed bool        // SetHandler was called
	handler    bool        // there is a handler, so a cancel will be answered
	check      *time.Timer // the timer for the next step, see newLink

	asking *time.Timer // ends the wait for the question under way; nil if there is none
	again  bool        // an event arrived meanwhile: ask once more

	ended     bool
	gone      bool        // ended because the configuration was removed
	cancelled *time.Timer // ends the wait for the answer to cancel
}

// newLink creates a session of the library and learns its first status. The
// library keeps one record per configuration, which it creates with status
// Disconnected: the only false status there is (docs/internals.md, section 3).
// The order that keeps our answer true is:
//
//  1. Create, and ask for the status at once, in the same turn of the owning
//     goroutine: setting any handler connects every session that exists in the
//     process, and a session that is connected answers from its record.
//     One that is not connected asks the daemon.
//  2. Set the handler after the answer. If none comes within callLimit, set it
//     without: from then on the true status also comes as an event, but only if
//     the record differs from it. The library sends that event to every client
//     but the one that asked, so a late answer is the only source of the
//     status, and is used.
//  3. Ask again settleTime after the handler was set, in case a connection was
//     made between Create and the question because the daemon just started.
//  4. If there is still no answer lostAfter that, the question was lost, and the
//     status in the record is used.
//
// Until one of these steps has brought a status, questions for it wait.
func (b *Backend) newLink(id vpn.ID) (*link, error) {
	ref, err := b.api.Create(id)
	if err != nil {
		return nil, err
	}
	l := &link{b: b, id: id, ref: ref, users: make(map[*session]bool)}
	if err := b.api.Status(ref, func(st vpn.Status) { b.box.post(func() { l.learn(st) }) }); err != nil {
		return nil, errors.Join(err, b.api.Release(ref))
	}
	b.links[id] = l
	l.check = b.after(callLimit, l.subscribe)
	return l, nil
}

// learn handles the answer to the first question, however late it arrives.
func (l *link) learn(st vpn.Status) {
	if l.ended {
		return
	}
	l.report(st, true)
	l.subscribe()
}

// subscribe sets the handler. It does so once.
func (l *link) subscribe() {
	if l.ended || l.subscribed {
		return
	}
	l.subscribed = true
	l.stop(&l.check)
	err := l.b.api.SetHandler(l.ref, func(e nesession.Event) { l.b.box.post(func() { l.event(e) }) })
	if err != nil {
		l.b.log.Warn("the VPN's events can't be subscribed to", "id", l.id, "error", err)
		return // without a handler the library asks the daemon each time
	}
	l.handler = true
	l.check = l.b.after(settleTime, l.settle)
}

// settle asks once more after the library had time to fetch the true status.
func (l *link) settle() {
	switch {
	case l.ended:
	case l.known:
		l.ask(true)
	default:
		l.check = l.b.after(lostAfter, func() {
			if !l.ended && !l.known {
				l.ask(false)
			}
		})
	}
}

// event is called for each event of the library, and after the link has ended
// for the answer to cancel. Unknown events are ignored.
func (l *link) event(e nesession.Event) {
	switch {
	case e == nesession.Cancelled:
		l.handler = false // no event follows it
		if l.ended {
			l.release()
		}
	case l.ended:
	case e == nesession.StatusChanged: // the record is true now
		l.ask(false)
	case e == nesession.ConfigurationProcessed:
		l.b.noteChange()
	default:
		l.b.log.Debug("an unknown event is ignored", "id", l.id, "event", int(e))
	}
}

// ask asks for the status because of an event and passes it on, with onlyIfNew
// only if it differs from the last. One question is under way at a time; an event
// that comes meanwhile asks again after it, or after callLimit if the answer is
// lost.
func (l *link) ask(onlyIfNew bool) {
	if l.asking != nil {
		l.again = true
		return
	}
	err := l.b.api.Status(l.ref, func(st vpn.Status) {
		l.b.box.post(func() {
			if l.ended {
				return
			}
			l.report(st, onlyIfNew)
			l.asked()
		})
	})
	if err != nil {
		l.b.log.Warn("the VPN's status can't be asked for", "id", l.id, "error", err)
		return
	}
	l.asking = l.b.after(callLimit, l.asked)
}

// asked ends the wait for an answer.
func (l *link) asked() {
	l.stop(&l.asking)
	if l.again && !l.ended {
		l.again = false
		l.ask(false)
	}
}

// report handles a true status and sends it to everyone who has the
// configuration open, with onlyIfNew only if it differs from the last.
func (l *link) report(st vpn.Status, onlyIfNew bool) {
	changed := !l.known || l.last != st
	l.known, l.last = true, st
	for _, reply := range l.waiting {
		reply(st, nil)
	}
	l.waiting = nil
	if changed || !onlyIfNew {
		l.send(vpn.Event{Status: st})
	}
}

func (l *link) send(e vpn.Event) {
	for s := range l.users {
		s.push(e)
	}
}

// status replies with the status, at once or when it is known.
func (l *link) status(reply func(vpn.Status, error)) {
	if !l.known {
		l.waiting = append(l.waiting, reply)
		return
	}
	err := l.b.api.Status(l.ref, func(st vpn.Status) {
		l.b.box.post(func() {
			if l.ended {
				reply(vpn.Invalid, l.closedErr())
				return
			}
			l.report(st, true)
			reply(st, nil)
		})
	})
	if err != nil {
		reply(vpn.Invalid, err)
	}
}

// closedErr is the error for a question that was under way when the link
// ended: nil if the configuration was removed, since the status Invalid says
// so.
func (l *link) closedErr() error {
	if l.gone {
		return nil
	}
	return vpn.ErrClosed
}

// configRemoved ends the link because its configuration is gone. Its sessions
// stay open without a link; a start, which the system would silently ignore, is
// refused.
func (l *link) configRemoved() {
	l.send(vpn.Event{Status: vpn.Invalid})
	for s := range l.users {
		s.link = nil
	}
	clear(l.users)
	l.gone = true
	l.end()
}

// endIfUnused ends the link after its last session.
func (l *link) endIfUnused() {
	if len(l.users) == 0 && l.flushing == 0 {
		l.end()
	}
}

// end cancels the subscription. The session is released once the library has
// answered, at once if there is nothing to answer.
func (l *link) end() {
	if l.ended {
		return
	}
	l.ended = true
	l.stop(&l.check)
	l.stop(&l.asking)
	if l.b.links[l.id] == l {
		delete(l.b.links, l.id)
	}
	for _, reply := range l.waiting {
		reply(vpn.Invalid, l.closedErr())
	}
	l.waiting = nil
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
	limit := cancelLimit
	if l.b.closing {
		limit = closeLimit
	}
	l.cancelled = l.b.after(limit, l.release)
}

// release frees the session, once.
func (l *link) release() {
	if !l.b.ending[l] {
		return
	}
	l.stop(&l.cancelled)
	delete(l.b.ending, l)
	if err := l.b.api.Release(l.ref); err != nil {
		l.b.log.Warn("the VPN's session can't be released", "id", l.id, "error", err)
	}
}

func (l *link) stop(t **time.Timer) {
	if *t != nil {
		(*t).Stop()
		*t = nil
	}
}
