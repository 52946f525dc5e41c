package menubar

import (
	"context"

	"vpnstatus/internal/engine"
)

// Source provides the snapshots for a screen and receives its commands: the
// engine in this process, or a client of the control socket. Its methods may be
// called from any goroutine.
type Source interface {
	engine.Source
	// Do carries out a command; the error is shown to the user.
	Do(ctx context.Context, c engine.Command) error
	// Attend has traffic figures read until release is called.
	Attend() (release func())
}
