//go:build !darwin

package app

import "log/slog"

// newKeyboard returns nil: there are no global hot keys.
func newKeyboard(*slog.Logger, func(keyID)) keyboard { return nil }
