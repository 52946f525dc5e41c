//go:build !darwin

package macos

import "log/slog"

// Notifier posts nothing.
type Notifier struct{}

// NewNotifier returns a Notifier.
func NewNotifier(*slog.Logger, func(id string)) *Notifier { return &Notifier{} }

// Post returns ErrNotifyUnavailable.
func (*Notifier) Post(Notification) error { return ErrNotifyUnavailable }

// Withdraw does nothing.
func (*Notifier) Withdraw(string) {}

// State returns NotifyUnavailable.
func (*Notifier) State() NotifyState { return NotifyUnavailable }
