package cocoa

import (
	"sync"

	"github.com/ebitengine/purego/objc"
)

func init() {
	Prefer(Symbol, "Conversions", "kCFBooleanTrue", "kCFBooleanFalse", "CFNumberIsFloatType")
}

// Bounds of what is read. The property lists that VPNStatus reads are far smaller;
// in a broken one shared lists could be expanded without end.
const (
	maxDepth  = 128      // of nested lists
	maxTree   = 16 << 20 // bytes of all texts and data, and treeValue for each value
	treeValue = 256      // which limits a tree to some 65,000 values
)

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

// Tree returns a property list as Go values: map[string]any, []any, string, bool,
// int64, float64, and []byte. Everything else, such as a date, is nil; within lists
// and dictionaries it is left out, as are keys that are not strings, and what is
// beyond the bounds.
func Tree(id objc.ID) any {
	left := maxTree
	return tree(id, maxDepth, &left)
}

func tree(id objc.ID, depth int, left *int) any {
	if id == 0 || depth == 0 || *left <= 0 {
		return nil
	}
	*left -= treeValue
	n := numbers()
	switch {
	// Booleans are NSNumbers too; there is one object for each of the two.
	case id == n.yes:
		return true
	case id == n.no:
		return false
	case IsKind(id, "NSString"):
		s, _ := Text(id)
		*left -= len(s)
		return s
	case IsKind(id, "NSNumber"):
		if n.isFloat(id) {
			return objc.Send[float64](id, Sel("doubleValue"))
		}
		return objc.Send[int64](id, Sel("longLongValue"))
	case IsKind(id, "NSData"):
		b, _ := Bytes(id)
		*left -= len(b)
		return b
	case IsKind(id, "NSArray"):
		out := []any{}
		for _, e := range Items(id) {
			if v := tree(e, depth-1, left); v != nil {
				out = append(out, v)
			}
		}
		return out
	case IsKind(id, "NSDictionary"):
		out := map[string]any{}
		for _, k := range Items(Ask(id, "allKeys")) {
			if name, ok := Text(k); ok {
				if v := tree(ValueOf(id, k), depth-1, left); v != nil {
					out[name] = v
				}
			}
		}
		return out
	}
	return nil
}

// List returns an NSArray, autoreleased; 0 if it can't be made.
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
