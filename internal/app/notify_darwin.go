package app

import (
	"errors"
	"fmt"
	"log/slog"

	"vpnstatus/internal/macos"
	"vpnstatus/internal/notify"
)

// newPoster shows notifications in the Notification Centre; clicked is called
// with the ID of one that is clicked, which is that of the service it is about if
// it is about one.
func newPoster(log *slog.Logger, clicked func(id string)) notify.Poster {
	return centre{macos.NewNotifier(log, clicked)}
}

type centre struct{ notifier *macos.Notifier }

func (c centre) Post(n notify.Notification) error {
	err := c.notifier.Post(macos.Notification{ID: n.ID, Title: n.Title, Body: n.Body, Sound: n.Sound})
	if errors.Is(err, macos.ErrNotifyDenied) || errors.Is(err, macos.ErrNotifyUnavailable) {
		return fmt.Errorf("%w: %w", notify.ErrDenied, err)
	}
	return err
}

func (c centre) Withdraw(id string) { c.notifier.Withdraw(id) }
