package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"
	"time"

	"vpnstatus/internal/app"
	"vpnstatus/internal/engine"
	"vpnstatus/internal/vpn"
)

// Exit codes. Scripts rely on them: a number is never given another meaning.
const (
	exitDone       = 0
	exitFailed     = 1
	exitUsage      = 2
	exitNotFound   = 3 // no such VPN
	exitAmbiguous  = 4 // several VPNs fit the name
	exitTimeout    = 5
	exitNeedsUser  = 6 // retrying will not help, the user must act
	exitNotRunning = 7 // the app is not running

	// Only `status --quiet`, where 0 means connected.
	exitDisconnected = 10
	exitTransition   = 11
)

// usageError reports a wrong command line.
type usageError struct{ err error }

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

func usage(format string, args ...any) error {
	return &usageError{fmt.Errorf(format, args...)}
}

// timeoutError reports that something did not happen in time.
type timeoutError struct {
	what  string // such as `"Office" was not connected`
	limit time.Duration
}

func (e *timeoutError) Error() string { return fmt.Sprintf("%s within %s", e.what, e.limit) }

// needsUserError reports that a service waits for the user.
type needsUserError struct{ name, why string }

func (e *needsUserError) Error() string { return fmt.Sprintf("%q: action needed: %s", e.name, e.why) }

// notRunningError reports that the app is not running, with what to do about it.
type notRunningError struct{ hint string }

func (e *notRunningError) Error() string { return "VPNStatus is not running; " + e.hint }

// codeError ends the program with a code and without words.
type codeError int

func (e codeError) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

// exitCode maps an error to the code that the program ends with.
func exitCode(err error) int {
	var (
		code       codeError
		usage      *usageError
		notFound   *vpn.NotFoundError
		ambiguous  *vpn.AmbiguousError
		timeout    *timeoutError
		needsUser  *needsUserError
		notRunning *notRunningError
	)
	switch {
	case err == nil || isBrokenPipe(err):
		return exitDone
	case errors.As(err, &code):
		return int(code)
	case errors.As(err, &usage):
		return exitUsage
	case errors.As(err, &notFound):
		return exitNotFound
	case errors.As(err, &ambiguous):
		return exitAmbiguous
	case errors.As(err, &timeout):
		return exitTimeout
	case errors.As(err, &needsUser):
		return exitNeedsUser
	case errors.As(err, &notRunning), errors.Is(err, app.ErrNotRunning), errors.Is(err, engine.ErrClosed):
		return exitNotRunning
	}
	return exitFailed
}

// isBrokenPipe reports whether the reader of our output has gone, as in
// `vpnstatus list | head -1`, which is not a failure.
func isBrokenPipe(err error) bool {
	var p *fs.PathError
	return errors.As(err, &p) && errors.Is(p, syscall.EPIPE)
}
