package app

import (
	"errors"
	"fmt"
	"log/slog"

	"vpnstatus/internal/macos"
	"vpnstatus/internal/notify"
)

// newPoster shows notifications in Notification Center. clicked is called with
// the ID of a clicked notification, which is the ID of its service if it is
// about a single one.
func newPoster(log *slog.Logger, clicked func(id string)) notify.Poster {
	return notificationCenter{macos.NewNotifier(log, clicked)}
}

type notificationCenter struct{ notifier *macos.Notifier }

func (c notificationCenter) Post(n notify.Notification, done func(error)) {
	c.notifier.Post(macos.Notification{ID: n.ID, Title: n.Title, Body: n.Body, Sound: n.Sound}, func(err error) {
		if errors.Is(err, macos.ErrNotifyDenied) || errors.Is(err, macos.ErrNotifyUnavailable) {
			err = fmt.Errorf("%w: %w", notify.ErrDenied, err)
		}
		done(err)
	})
}

func (c notificationCenter) Withdraw(id string) { c.notifier.Withdraw(id) }
