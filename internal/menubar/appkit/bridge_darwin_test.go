package appkit

import (
	"testing"

	"github.com/progrium/darwinkit/macos/foundation"

	"vpnstatus/internal/cocoa"
)

func TestAViewThatTheSystemLacksIsNoneAndTakesMessages(t *testing.T) {
	if err := cocoa.Load("AppKit"); err != nil {
		t.Fatal(err)
	}
	do(t, func() {
		v := newView("VPNStatusNoSuchView", foundation.Rect{Size: foundation.Size{Width: 10, Height: 10}})
		if !v.IsNil() {
			t.Error("a view of a class that does not exist")
		}
		give(v, "setEditable:", false)
		if tell(id(v), "setTag:", 1) {
			t.Error("nothing answers a message")
		}
		v.Retain()
		v.Release()
		if v = newView("NSView", foundation.Rect{}); v.IsNil() {
			t.Error("no view of a class that exists")
		}
	})
}
