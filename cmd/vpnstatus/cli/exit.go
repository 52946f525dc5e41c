package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	"vpnstatus/internal/app"
	"vpnstatus/internal/control"
	"vpnstatus/internal/engine"
	"vpnstatus/internal/settings"
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

// exitError is an error with its own exit code. If err is nil the program
// prints no message.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit code %d", e.code)
	}
	return e.err.Error()
}

func (e *exitError) Unwrap() error { return e.err }

// exitf returns an error with an exit code.
func exitf(code int, format string, args ...any) error {
	return &exitError{code, fmt.Errorf(format, args...)}
}

// usage reports a wrong command line.
func usage(format string, args ...any) error { return exitf(exitUsage, format, args...) }

// exitCode returns the code that the program ends with.
func exitCode(err error) int {
	var (
		own       *exitError
		notFound  *vpn.NotFoundError
		ambiguous *vpn.AmbiguousError
		key       *settings.KeyError
	)
	switch {
	case err == nil || isBrokenPipe(err):
		return exitDone
	case errors.As(err, &own):
		return own.code
	case errors.As(err, &key):
		return exitUsage
	case errors.As(err, &notFound):
		return exitNotFound
	case errors.As(err, &ambiguous):
		return exitAmbiguous
	case errors.Is(err, control.ErrNoAnswer):
		return exitTimeout
	case errors.Is(err, app.ErrNotRunning), errors.Is(err, engine.ErrClosed):
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
