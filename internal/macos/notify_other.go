//go:build !darwin

package macos

import "log/slog"

// Notifier posts nothing.
type Notifier struct{}

// NewNotifier returns a Notifier.
func NewNotifier(*slog.Logger, func(id string)) *Notifier { return &Notifier{} }

// Post calls done with ErrNotifyUnavailable.
func (*Notifier) Post(_ Notification, done func(error)) {
	notifyRequest{done: done}.end(ErrNotifyUnavailable)
}

// Withdraw does nothing.
func (*Notifier) Withdraw(string) {}

// State returns NotifyUnavailable.
func (*Notifier) State() NotifyState { return NotifyUnavailable }
