package macos

import (
	"errors"
	"fmt"
)

// Notification is one message to the person.
type Notification struct {
	// ID names what it is about. A later notification with the same ID takes
	// the place of the earlier one.
	ID    string
	Title string
	Body  string
	Sound bool
}

// NotifyState is whether the person lets the app notify.
type NotifyState int

// States of the permission.
const (
	NotifyUnasked     NotifyState = iota // nothing has been posted yet
	NotifyAsking                         // the system's question is on the screen
	NotifyAllowed                        //
	NotifyDenied                         // normal: many people want none, and the system refuses ad-hoc signed apps
	NotifyUnavailable                    // not in an app bundle, or no such framework
)

// String says the state in words.
func (s NotifyState) String() string {
	switch s {
	case NotifyUnasked:
		return "not asked for yet"
	case NotifyAsking:
		return "waiting for the person's answer"
	case NotifyAllowed:
		return "allowed"
	case NotifyDenied:
		return "not allowed in System Settings"
	case NotifyUnavailable:
		return "not available: only VPNStatus.app can notify"
	}
	return fmt.Sprintf("unknown (%d)", int(s))
}

// Errors of posting. Neither is a fault.
var (
	ErrNotifyDenied      = errors.New("notifications are not allowed for VPNStatus in System Settings")
	ErrNotifyUnavailable = errors.New("only VPNStatus.app can notify")
)

// err is what Post returns in a state.
func (s NotifyState) err() error {
	switch s {
	case NotifyDenied:
		return ErrNotifyDenied
	case NotifyUnavailable:
		return ErrNotifyUnavailable
	}
	return nil
}

// notifyQueue is what waits for the person's answer. The newest of an ID counts;
// the oldest go when there are too many, for nobody reads a pile of them.
type notifyQueue []Notification

// notifyWaiting is how many may wait.
const notifyWaiting = 8

func (q notifyQueue) add(n Notification) notifyQueue {
	out := append(q.without(n.ID), n)
	return out[max(0, len(out)-notifyWaiting):]
}

func (q notifyQueue) without(id string) notifyQueue {
	out := make(notifyQueue, 0, len(q)+1)
	for _, w := range q {
		if w.ID != id {
			out = append(out, w)
		}
	}
	return out
}
