package menubar

import (
	"context"

	"vpnstatus/internal/engine"
)

// Source is what a screen draws from and sends commands to: the engine in this
// process, or a client of the control socket. Its methods may be called from any
// goroutine.
type Source interface {
	// Latest returns the newest snapshot, never nil.
	Latest() *engine.Snapshot
	// Subscribe starts a subscription with a buffer of that many updates.
	Subscribe(buffer int) *engine.Subscription
	// Do carries out a command; the error is made for people.
	Do(ctx context.Context, c engine.Command) error
	// Attend says that somebody looks: traffic figures are read until release
	// is called.
	Attend() (release func())
}
