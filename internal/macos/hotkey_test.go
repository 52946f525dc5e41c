package macos

import (
	"encoding/binary"
	"strings"
	"testing"

	"vpnstatus/internal/hotkey"
)

func TestHotKeyErrors(t *testing.T) {
	c, err := hotkey.Parse("ctrl+cmd+v")
	if err != nil {
		t.Fatal(err)
	}
	for status, want := range map[int32]string{0: "", -9878: "in use already", -9879: "does not accept", -50: "error -50"} {
		switch err := hotKeyError(c, status); {
		case want == "" && err != nil, want != "" && (err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "ctrl+cmd+v")):
			t.Errorf("%d: %v", status, err)
		}
	}
}

func TestHotKeyIDLiesInMemoryAsTheStruct(t *testing.T) {
	raw := binary.LittleEndian.AppendUint64(nil, packHotKeyID(7))
	if signature, id := binary.LittleEndian.Uint32(raw), binary.LittleEndian.Uint32(raw[4:]); signature != 0x56504e53 || id != 7 {
		t.Errorf("%x, %d", signature, id)
	}
	if id, ok := unpackHotKeyID(packHotKeyID(7)); id != 7 || !ok {
		t.Errorf("%d, %t", id, ok)
	}
	if _, ok := unpackHotKeyID(7 << 32); ok {
		t.Error("another's hot key was taken for ours")
	}
}
