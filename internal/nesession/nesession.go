// Package nesession is Apple's private ne_session library as Go: the numbers and
// names of its C interface, and on a Mac the calls themselves, through purego
// (docs/internals.md, sections 1 to 3).
//
// The package adds no policy: each method of [API] is one C function. It adds
// safety. C never holds a Go pointer, only integer handles, and a handle is
// never used twice. A missing function is a *vpn.UnavailableError that names it.
// NULL is never passed where it would crash. Using a released session is an
// error instead of a crash. XPC dictionaries are converted to Go values before
// the callback that received them returns. Package nevpn builds the backend on
// it.
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
	// does not run or the session is unknown. Force launches the daemon if it
	// does not run, where the system can (macOS 11). Don't use it after each
	// event: it would keep alive a daemon that is about to exit.
	Info(r Ref, kind InfoType, force bool, answer func(map[string]any)) error

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

	// Daemon reports whether Apple's session manager runs, and its process ID, 0
	// if not known. Not running is normal: it exits when idle.
	Daemon() (running bool, pid int, err error)

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

// unavailable turns a failed look-up into the error that callers know.
func unavailable(feature string, err error) error {
	var missing *cocoa.MissingError
	if errors.As(err, &missing) {
		return &vpn.UnavailableError{What: feature, Missing: fmt.Sprintf("the %s %s", missing.Kind, missing.Name)}
	}
	return fmt.Errorf("%s: %w", feature, err)
}

// Lacks returns an error for each feature that misses a required part on this
// system, such as events when only the function that subscribes to them is
// missing: most calls would work, and the fault would go unnoticed. It makes no
// request.
func Lacks() []error {
	var errs []error
	for _, feature := range []string{featureSessions, featureInfo, featureOptions} {
		if list := cocoa.Missing(feature); len(list) > 0 {
			errs = append(errs, &vpn.UnavailableError{What: feature, Missing: cocoa.Words(list)})
		}
	}
	return errs
}

// Parts of the platform that this package uses (docs/internals.md, sections 1
// and 3).
func init() {
	cocoa.Require(cocoa.Symbol, featureSessions,
		"ne_session_create", "ne_session_release", "ne_session_cancel", "ne_session_set_event_handler",
		"ne_session_get_status", "ne_session_start", "ne_session_stop", "ne_session_send_barrier")
	cocoa.Prefer(cocoa.Symbol, featureSessions,
		"ne_session_retain", "ne_session_manager_is_running", "ne_session_manager_get_pid", "ne_session_status_to_string", "ne_session_stop_reason_to_string")
	cocoa.Require(cocoa.Symbol, featureInfo,
		"ne_session_get_info", "xpc_get_type", "xpc_dictionary_apply", "xpc_array_get_count", "xpc_array_get_value",
		"xpc_string_get_length", "xpc_string_get_string_ptr", "xpc_int64_get_value", "xpc_uint64_get_value",
		"_xpc_type_dictionary", "_xpc_type_array", "_xpc_type_string", "_xpc_type_int64", "_xpc_type_uint64")
	cocoa.Prefer(cocoa.Symbol, featureInfo,
		"ne_session_get_info2", "clock_gettime",
		"xpc_double_get_value", "xpc_bool_get_value", "xpc_data_get_length", "xpc_data_get_bytes_ptr", "xpc_date_get_value", "xpc_uuid_get_bytes",
		"_xpc_type_double", "_xpc_type_bool", "_xpc_type_data", "_xpc_type_date", "_xpc_type_uuid", "_xpc_type_null")
	cocoa.Prefer(cocoa.Class, featureInfo, "NSKeyedUnarchiver")
	cocoa.Prefer(cocoa.Method, featureInfo, "+[NSKeyedUnarchiver unarchivedObjectOfClass:fromData:error:]")
	cocoa.Require(cocoa.Symbol, featureOptions,
		"ne_session_start_with_options", "xpc_dictionary_create", "xpc_dictionary_set_string", "xpc_dictionary_set_value", "xpc_release")
}
