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

// Read reads a property list with a dictionary at its top: XML, binary, or the
// text that was before them. Its values are as of cocoa.Tree. It can be called on
// any goroutine.
func Read(data []byte) (values map[string]any, err error) {
	cocoa.Pool(func() { values, err = read(data) })
	return values, err
}

func read(data []byte) (map[string]any, error) {
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
