// Package nesession is Apple's private ne_session library as Go: the numbers and
// names of its C interface, and on a Mac the calls themselves, through purego
// (docs/internals.md, sections 1 to 3).
//
// The package adds no policy: each method of [API] is one C function. It adds
// safety. A missing function is an error that names it. NULL is never passed
// where it would crash. Using a released session is an error instead of a crash.
// XPC dictionaries are converted to Go values before the callback that received
// them returns. Package nevpn builds the backend on it.
package nesession

import (
	"errors"
	"fmt"
	"time"

	"vpnstatus/internal/cocoa"
	"vpnstatus/internal/vpn"
)

// Ref stands for one session that was created. It is never used twice.
type Ref uint64

// API is the C interface. Methods may be called from any goroutine, also inside
// callbacks. Callbacks run on one thread at a time, one after the other in the
// order in which the library sent them, never on the caller's stack; they must
// not wait. After a session was released no event of it is delivered; requests
// under way may still be answered.
type API interface {
	// Create makes a session for a configuration. It makes no request and
	// succeeds for an unknown identifier too. Each session needs one Release.
	Create(id vpn.ID) (Ref, error)

	// SetHandler subscribes to a session's events, once per session. The last
	// event is Cancelled, the answer to Cancel.
	SetHandler(r Ref, handler func(Event)) error

	// Status asks for the status. Unless the session's record is connected to the
	// daemon it is the true one; right after the connection it may be a false
	// Disconnected (docs/internals.md, section 3). The answer comes once, or
	// never if the daemon hangs.
	Status(r Ref, answer func(vpn.Status)) error

	// Info asks for a dictionary; nil if there is none, because the daemon
	// does not run or the session is unknown.
	Info(r Ref, kind InfoType, answer func(map[string]any)) error

	// Start asks to connect. Options may be nil; see dictionary.StartOptions.
	Start(r Ref, options map[string]any) error
	Stop(r Ref) error

	// Barrier waits until all requests have left the process, for up to about
	// one second.
	Barrier(r Ref) error

	// Cancel ends the subscription. If there was a handler it receives one
	// more event, Cancelled. The VPN is not stopped, the session not released.
	Cancel(r Ref) error

	// Release frees the session.
	Release(r Ref) error

	// Uptime is the time since boot without sleep, the clock of ConnectTime
	// (docs/internals.md, section 4); 0 when it can't be read.
	Uptime() time.Duration
}

// ErrReleased reports that a session was released.
var ErrReleased = errors.New("the session was released")

// Event is the first argument of an event handler. Unknown numbers are passed
// on and must be ignored.
type Event int

// Events (docs/internals.md, section 2).
const (
	StatusChanged          Event = 1 // or the information dictionary changed
	Cancelled              Event = 2 // the answer to Cancel, and the last event
	ConfigurationProcessed Event = 3 // the daemon has taken in a changed configuration
)

// InfoType is what Info asks for.
type InfoType int

// Types that VPN sessions answer (docs/internals.md, section 2).
const (
	Statistics     InfoType = 1
	ExtendedStatus InfoType = 2
)

// The features under which the report lists what is missing.
const (
	featureSessions = "VPN sessions"
	featureInfo     = "VPN details"
	featureOptions  = "VPN start options"
)

// Daemon is what the library says of Apple's session manager.
type Daemon struct {
	Running bool // not running is normal: it exits when idle
	PID     int
	// The library's own words for the statuses 0 to 5 and for some stop reasons,
	// so that a report shows whether the numbers still have the same meaning.
	Statuses, Reasons []string
}

// Lacks returns an error for each feature that misses a required part on this
// system. It makes no request.
func Lacks() []error {
	var errs []error
	for _, feature := range []string{featureSessions, featureInfo, featureOptions} {
		if list := cocoa.Missing(feature); len(list) > 0 {
			errs = append(errs, fmt.Errorf("%s: this system lacks %s", feature, cocoa.Words(list)))
		}
	}
	return errs
}
