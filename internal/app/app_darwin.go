package app

import (
	"context"
	"errors"
	"log/slog"

	"vpnstatus/internal/facts"
	"vpnstatus/internal/vpn"
)

const hasSystem = true

// SystemBackend returns the VPN services of macOS and what is known of its
// surroundings.
func SystemBackend(*slog.Logger) (vpn.Backend, facts.Source, error) { return nil, nil, ErrNoSystem }

func systemScreen() screen { return terminalScreen{} }

// Login tells whether the app launches at login.
func Login() (string, error) { return "", errors.ErrUnsupported }

// SetLogin has the app launch at login, or not.
func SetLogin(bool) error { return errors.ErrUnsupported }

func (r *Report) checkSystem(context.Context, Config) {}
