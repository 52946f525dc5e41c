package appkit

import (
	"unsafe"

	"github.com/ebitengine/purego/objc"
	"github.com/progrium/darwinkit/macos/appkit"
	"github.com/progrium/darwinkit/macos/foundation"
	dk "github.com/progrium/darwinkit/objc"

	"vpnstatus/internal/cocoa"
)

// object and id convert an object from purego to darwinkit and back, without
// retaining it.
func object(id objc.ID) dk.Object { return dk.ObjectFrom(*(*unsafe.Pointer)(unsafe.Pointer(&id))) }

func id(o dk.Handle) objc.ID { return objc.ID(uintptr(o.Ptr())) }

// give sends a message without a result. The object may be nil; darwinkit's
// own methods would panic.
func give(o dk.Handle, selector string, args ...any) { id(o).Send(cocoa.Sel(selector), args...) }

// newView makes a view of one of AppKit's classes, autoreleased. It is nil if there
// is no such class: messages to it do nothing (see give).
func newView(class string, frame foundation.Rect) appkit.View {
	o := objc.ID(objc.GetClass(class)).Send(cocoa.Sel("alloc"))
	if o == 0 {
		return appkit.View{}
	}
	v := appkit.ViewFrom(object(o).Ptr()).InitWithFrame(frame)
	v.Autorelease()
	return v
}

// tell sends a message without a result if the object responds to it, and
// reports whether it does. Everything newer than macOS 10.6 is called this way
// or looked up at start: the app also runs where AppKit is older or
// reimplemented.
func tell(o objc.ID, selector string, args ...any) bool {
	if !cocoa.RespondsTo(o, selector) {
		return false
	}
	o.Send(cocoa.Sel(selector), args...)
	return true
}

// knows reports whether a class exists and responds to a class method.
func knows(class, selector string) bool {
	c := objc.GetClass(class)
	return c != 0 && cocoa.RespondsTo(objc.ID(c), selector)
}
