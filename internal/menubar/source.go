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
	Subscribe(buffer int) Subscription
	// Do carries out a command; the error is made for people.
	Do(ctx context.Context, c engine.Command) error
	// Attend says that somebody looks: traffic figures are read until release
	// is called.
	Attend() (release func())
}

// Subscription delivers snapshots.
type Subscription interface {
	// C is closed when the subscription ends; Err then tells why.
	C() <-chan engine.Update
	Err() error
	Close()
}

// feeder is a Source whose Subscribe returns a concrete type, as the engine's does.
type feeder[S Subscription] interface {
	Latest() *engine.Snapshot
	Subscribe(buffer int) S
	Do(ctx context.Context, c engine.Command) error
	Attend() (release func())
}

// From makes a Source of the engine: menubar.From(e).
func From[S Subscription](f feeder[S]) Source { return source[S]{f} }

type source[S Subscription] struct{ feeder[S] }

func (s source[S]) Subscribe(buffer int) Subscription { return s.feeder.Subscribe(buffer) }
