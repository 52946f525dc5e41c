package app

import (
	"log/slog"

	"vpnstatus/internal/hotkey"
	"vpnstatus/internal/macos"
)

// newKeyboard registers hot keys with the system; pressed is called on a
// goroutine.
func newKeyboard(log *slog.Logger, pressed func(keyID)) keyboard {
	return carbonKeyboard{macos.NewHotKeys(log, func(id uint32) { pressed(keyID(id)) })}
}

type carbonKeyboard struct{ keys *macos.HotKeys }

func (k carbonKeyboard) set(id keyID, c hotkey.Combination) { k.keys.Set(uint32(id), c) }
