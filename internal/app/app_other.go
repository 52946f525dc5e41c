//go:build !darwin

package app

import (
	"errors"
	"log/slog"
	"time"

	"vpnstatus/internal/notify"
)

// hasSystem is false: this platform has only the simulator.
const hasSystem = false

// shutdownLimit is how long the end of the app may take.
const shutdownLimit = 10 * time.Second

// openSystem is never called, because hasSystem is false.
func openSystem(*slog.Logger) *world { panic("there is no system backend") }

func systemLacks() []error { return nil }

// newPoster writes notifications to the log.
func newPoster(log *slog.Logger, _ func(string)) notify.Poster { return notify.Logged{Log: log} }

func systemScreen() screen { return terminalScreen{} }

var errOnlyMac = errors.New("launching at login is set up by this program only on macOS; elsewhere use what starts your session")

// Login reports whether the app launches at login.
func Login() (string, error) { return "", errOnlyMac }

// SetLogin turns launch at login on or off.
func SetLogin(bool) error { return errOnlyMac }

// OpenBundle opens nothing: there are app bundles only on macOS.
func OpenBundle() (path string, ok bool) { return "", false }

func checkBuild() error { return nil }
