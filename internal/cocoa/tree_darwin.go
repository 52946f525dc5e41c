package cocoa

import (
	"sync"

	"github.com/ebitengine/purego/objc"
)

func init() {
	Prefer(Symbol, "Conversions", "kCFBooleanTrue", "kCFBooleanFalse", "CFNumberIsFloatType")
}

// maxDepth bounds nested lists and dictionaries; no property list VPNStatus
// reads is near it.
const maxDepth = 16

var numbers = sync.OnceValue(func() (f struct {
	yes, no objc.ID
	isFloat func(objc.ID) bool
}) {
	f.yes, _ = Constant("kCFBooleanTrue")
	f.no, _ = Constant("kCFBooleanFalse")
	if Bind(&f.isFloat, "CFNumberIsFloatType") != nil {
		f.isFloat = func(objc.ID) bool { return false }
	}
	return f
})

// Tree returns a property list as Go values: map[string]any, []any, string,
// bool, int64, float64, and []byte. Everything else, dates among it, is nil;
// within lists and dictionaries it is left out, as are keys that are no texts.
func Tree(id objc.ID) any { return tree(id, maxDepth) }

func tree(id objc.ID, depth int) any {
	if id == 0 || depth == 0 {
		return nil
	}
	n := numbers()
	switch {
	// The two truth values are NSNumbers too, and there is one object of each.
	case id == n.yes:
		return true
	case id == n.no:
		return false
	case IsKind(id, "NSString"):
		s, _ := Text(id)
		return s
	case IsKind(id, "NSNumber"):
		if n.isFloat(id) {
			return objc.Send[float64](id, Sel("doubleValue"))
		}
		return objc.Send[int64](id, Sel("longLongValue"))
	case IsKind(id, "NSData"):
		b, _ := Bytes(id)
		return b
	case IsKind(id, "NSArray"):
		out := []any{}
		for _, e := range Items(id) {
			if v := tree(e, depth-1); v != nil {
				out = append(out, v)
			}
		}
		return out
	case IsKind(id, "NSDictionary"):
		out := map[string]any{}
		for _, k := range Items(Ask(id, "allKeys")) {
			if name, ok := Text(k); ok {
				if v := tree(ValueOf(id, k), depth-1); v != nil {
					out[name] = v
				}
			}
		}
		return out
	}
	return nil
}

// List returns an NSArray, autoreleased; 0 when it can't be made.
func List(items ...objc.ID) objc.ID {
	class, err := ClassNamed("NSMutableArray")
	if err != nil {
		return 0
	}
	list := class.Send(Sel("array"))
	for _, i := range items {
		if i != 0 {
			list.Send(Sel("addObject:"), i)
		}
	}
	return list
}
