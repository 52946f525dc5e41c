package vpn

import (
	"context"
	"errors"
	"fmt"
)

// Backend is a source of VPN services: macOS, or the simulator. Its methods may
// be called from any goroutine.
type Backend interface {
	// Configurations loads the list of services that are VPNs, in no
	// particular order. It may take seconds the first time.
	Configurations(ctx context.Context) ([]Configuration, error)

	// Changed receives a value when the list may differ from the one loaded
	// last. Bursts are already folded into one. It is never closed.
	Changed() <-chan struct{}

	// Open subscribes to a service. Opening makes no request and succeeds for
	// an unknown ID too, whose status is then Invalid or Disconnected. Several
	// sessions of one ID may be open at once.
	Open(id ID) (Session, error)

	// Close ends all subscriptions. It never stops a VPN.
	Close() error
}

// Session is a subscription to one service. Its methods may be called from any
// goroutine; after Close they return ErrClosed. Each ends with its context, or
// after a deadline of the backend's if that has none.
type Session interface {
	// Start asks the system to connect. It has an effect only while the status
	// is Disconnected. An error means only that the request could not be made;
	// the outcome is an event.
	Start(ctx context.Context, options Options) error

	// Stop asks the system to disconnect. Do not send it while Disconnected:
	// the system would pause On Demand and forget why the VPN went down
	// (docs/internals.md, section 7).
	Stop(ctx context.Context) error

	// Status returns the status. It is always true: right after Open the
	// backend answers as soon as it knows, and an error means that it does
	// not know.
	Status(ctx context.Context) (Status, error)

	// Info returns the details of the connection, or why there is none.
	Info(ctx context.Context) (Info, error)

	// Statistics returns the traffic counters; ErrNoStatistics if there is no
	// tunnel.
	Statistics(ctx context.Context) (Statistics, error)

	// Events receives the status after each change, oldest first, and only
	// true ones. A reader that falls behind loses the oldest events, never
	// the newest. It is closed after Close.
	Events() <-chan Event

	// Close returns once the requests made have left the process, within two
	// seconds, and ends the subscription. It never stops the VPN.
	Close() error
}

// Options are what a start may carry. Empty fields are left to the system,
// which normally has them in its keychain.
type Options struct {
	Username     string `json:"username,omitempty"`
	Password     string `json:"password,omitempty"`
	SharedSecret string `json:"sharedSecret,omitempty"` // L2TP and Cisco IPSec only
}

// IsZero reports whether nothing is set.
func (o Options) IsZero() bool { return o == Options{} }

// String never shows a secret.
func (o Options) String() string {
	if o.IsZero() {
		return "no options"
	}
	return fmt.Sprintf("user %q, password given: %t, shared secret given: %t", o.Username, o.Password != "", o.SharedSecret != "")
}

// GoString is String.
func (o Options) GoString() string { return o.String() }

// Event reports that the status, or what Info returns, changed.
type Event struct {
	Status Status // asked for this event
}

// Errors of backends and sessions.
var (
	ErrClosed       = errors.New("the VPN session is closed")
	ErrNoStatistics = errors.New("no statistics: there is no tunnel")
)
