package macos

import (
	"fmt"

	"vpnstatus/internal/hotkey"
)

// Answers of RegisterEventHotKey (CarbonEvents' headers).
const (
	hotKeyExists  = -9878 // eventHotKeyExistsErr
	hotKeyInvalid = -9879 // eventHotKeyInvalidErr
)

// hotKeyError says why the system did not take a combination; nil for noErr.
func hotKeyError(c hotkey.Combination, status int32) error {
	switch status {
	case 0:
		return nil
	case hotKeyExists:
		return fmt.Errorf("the hot key %s is in use already; choose another one in the settings", c)
	case hotKeyInvalid:
		return fmt.Errorf("the system does not accept the hot key %s; choose another one in the settings", c)
	}
	return fmt.Errorf("the system did not take the hot key %s (error %d)", c, status)
}

// fourChars is an OSType: four characters as a number.
func fourChars(s string) uint32 {
	return uint32(s[0])<<24 | uint32(s[1])<<16 | uint32(s[2])<<8 | uint32(s[3])
}

// hotKeySignature tells this app's hot keys from others in its process.
var hotKeySignature = fourChars("VPNS")

// packHotKeyID puts an EventHotKeyID, struct { OSType signature; UInt32 id; },
// into the one register that carries it: both architectures are little-endian
// and pass a struct of eight bytes so.
func packHotKeyID(id uint32) uint64 { return uint64(hotKeySignature) | uint64(id)<<32 }

// unpackHotKeyID is the inverse; ok is false for another's hot key.
func unpackHotKeyID(packed uint64) (id uint32, ok bool) {
	return uint32(packed >> 32), uint32(packed) == hotKeySignature
}
