package plist

import (
	"errors"
	"runtime"
	"unsafe"

	"github.com/ebitengine/purego/objc"

	"vpnstatus/internal/cocoa"
)

const readSelector = "propertyListWithData:options:format:error:"

func init() {
	cocoa.Require(cocoa.Class, "Import", "NSPropertyListSerialization")
	cocoa.Require(cocoa.Method, "Import", "+[NSPropertyListSerialization "+readSelector+"]")
}

func read(data []byte) (values map[string]any, err error) {
	cocoa.Pool(func() { values, err = serialization(data) })
	return values, err
}

// serialization asks NSPropertyListSerialization (docs/internals.md, section 8).
// Its values are as of cocoa.Tree.
func serialization(data []byte) (map[string]any, error) {
	class, err := cocoa.ClassNamed("NSPropertyListSerialization")
	if err != nil {
		return nil, err
	}
	var why objc.ID // autoreleased
	list := class.Send(cocoa.Sel(readSelector), cocoa.Data(data), uint(0), unsafe.Pointer(nil), unsafe.Pointer(&why))
	runtime.KeepAlive(&why)
	if list == 0 {
		if e := cocoa.ErrorFrom(why); e != nil {
			return nil, e
		}
		return nil, errors.New("the system can't read it")
	}
	values, ok := cocoa.Tree(list).(map[string]any)
	if !ok {
		return nil, errors.New("it has no keys")
	}
	return values, nil
}
