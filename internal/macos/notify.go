package macos

import (
	"errors"
	"slices"
	"time"
)

// Notification is one message to the user.
type Notification struct {
	// ID identifies the subject. A later notification with the same ID
	// replaces the earlier one.
	ID    string
	Title string
	Body  string
	Sound bool
}

// notifyState is whether the user lets the app notify.
type notifyState int

// States of the permission.
const (
	notifyUnasked     notifyState = iota // nothing has been posted yet
	notifyAsking                         // the system's question is on the screen
	notifyAllowed                        //
	notifyDenied                         // normal: many users want none, and the system may refuse ad-hoc signed apps
	notifyUnavailable                    // not in an app bundle, or no such framework
)

// Errors of posting. Neither is a fault.
var (
	ErrNotifyDenied      = errors.New("notifications are not allowed for VPNStatus in System Settings")
	ErrNotifyUnavailable = errors.New("only VPNStatus.app can notify")
)

const (
	// askInterval is how long a refusal counts before the system is asked
	// again. Once the user has decided this shows no prompt; it only detects a
	// change in System Settings.
	askInterval = time.Minute
	// maxWaiting is how many notifications may wait for the user's answer.
	maxWaiting = 8
)

// notifyRequest is a notification with the function that receives the outcome.
type notifyRequest struct {
	Notification
	done func(error) // called once
}

// permission is the user's permission as far as known, and the notifications
// that wait for it: the newest of each ID, up to the newest maxWaiting.
type permission struct {
	state   notifyState
	asked   time.Time // when the system was asked last
	waiting []notifyRequest
}

// notifyStep is what to do with a notification.
type notifyStep int

const (
	notifySend   notifyStep = iota // hand it to the system
	notifyAsk                      // ask for permission; it waits
	notifyWait                     // it waits
	notifyRefuse                   // report permission.err to the sender
)

func (p *permission) add(r notifyRequest, now time.Time) notifyStep {
	step := notifyAsk
	switch p.state {
	case notifyAllowed:
		return notifySend
	case notifyUnavailable:
		return notifyRefuse
	case notifyDenied:
		if now.Sub(p.asked) < askInterval {
			return notifyRefuse
		}
	case notifyAsking:
		step = notifyWait
	}
	if step == notifyAsk {
		p.state, p.asked = notifyAsking, now
	}
	p.withdraw(r.ID)
	p.waiting = append(p.waiting, r)
	p.waiting = p.waiting[max(0, len(p.waiting)-maxWaiting):]
	return step
}

// withdraw drops the notification with the ID if it waits.
func (p *permission) withdraw(id string) {
	p.waiting = slices.DeleteFunc(p.waiting, func(r notifyRequest) bool { return r.ID == id })
}

// answer records an answer and returns the notifications that waited for it.
func (p *permission) answer(state notifyState, now time.Time) []notifyRequest {
	waiting := p.waiting
	p.state, p.asked, p.waiting = state, now, nil
	return waiting
}

// err returns why notifications are not shown; nil if they are or may be.
func (p *permission) err() error {
	switch p.state {
	case notifyDenied:
		return ErrNotifyDenied
	case notifyUnavailable:
		return ErrNotifyUnavailable
	}
	return nil
}
