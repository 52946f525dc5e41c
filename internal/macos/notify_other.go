//go:build !darwin

package macos

import "log/slog"

// Notifier posts nothing.
type Notifier struct{}

// NewNotifier returns a Notifier.
func NewNotifier(*slog.Logger, func(id string)) *Notifier { return &Notifier{} }

// Post does nothing.
func (*Notifier) Post(Notification) {}

// State returns NotifyUnavailable.
func (*Notifier) State() NotifyState { return NotifyUnavailable }
