//go:build !darwin

package macos

import (
	"log/slog"

	"vpnstatus/internal/hotkey"
)

// HotKeys registers nothing.
type HotKeys struct{}

// NewHotKeys returns a HotKeys.
func NewHotKeys(*slog.Logger, func(id uint32)) *HotKeys { return &HotKeys{} }

// Set does nothing.
func (*HotKeys) Set(uint32, hotkey.Combination) {}
