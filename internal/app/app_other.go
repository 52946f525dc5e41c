//go:build !darwin

package app

import (
	"errors"
	"log/slog"

	"vpnstatus/internal/facts"
	"vpnstatus/internal/notify"
	"vpnstatus/internal/vpn"
)

// hasSystem: the simulator is all there is.
const hasSystem = false

// SystemBackend returns the VPN services of the system; here there are none.
func SystemBackend(*slog.Logger) (vpn.Backend, facts.Source, error) { return nil, nil, ErrNoSystem }

func systemLacks() []error { return nil }

// newPoster writes notifications to the log.
func newPoster(log *slog.Logger, _ func(string)) notify.Poster { return notify.Logged{Log: log} }

func systemScreen() screen { return terminalScreen{} }

var errOnlyMac = errors.New("launching at login is set up by this program only on macOS; elsewhere use what starts your session")

// Login tells whether the app launches at login.
func Login() (string, error) { return "", errOnlyMac }

// SetLogin has the app launch at login, or not.
func SetLogin(bool) error { return errOnlyMac }

func checkBuild() error { return nil }
