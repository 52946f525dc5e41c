package appkit

import (
	"testing"

	"github.com/ebitengine/purego/objc"
	"github.com/progrium/darwinkit/macos/appkit"
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

// close removes the status item from the menu bar.
func (n *nativeMenu) close() {
	if !n.item.IsNil() {
		appkit.StatusBar_SystemStatusBar().RemoveStatusItem(n.item)
		n.item.Release()
		n.item = appkit.StatusItem{}
	}
	n.menu.Release()
	n.menu = appkit.Menu{}
}

// close releases everything. The window must not be on the screen.
func (p *pane) close() {
	for tag := range p.widgets {
		p.remove(tag)
	}
	for _, f := range p.fonts {
		f.Send(cocoa.Sel("release"))
	}
	p.bar.Send(cocoa.Sel("release"))
	id(p.window).Send(cocoa.Sel("setDelegate:"), objc.ID(0))
	p.window.Release()
}
