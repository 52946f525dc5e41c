package cocoa

import (
	"runtime"
	"strings"
	"sync"
	"unsafe"

	"github.com/ebitengine/purego/objc"
	"github.com/google/uuid"
)

func init() {
	Prefer(Symbol, "Memory", "objc_autoreleasePoolPush", "objc_autoreleasePoolPop")
	Prefer(Symbol, "Conversions", "class_getName", "class_respondsToSelector")
	Require(Symbol, "Callbacks", "_NSConcreteGlobalBlock", "dispatch_queue_create", "dispatch_async_f", "_dispatch_main_q")
	Require(Framework, "Conversions", "Foundation")
	Require(Class, "Conversions", "NSString", "NSData", "NSArray", "NSDictionary", "NSNumber", "NSUUID", "NSError", "NSMutableArray", "NSMutableDictionary")
}

var pool = sync.OnceValue(func() (f struct {
	push func() uintptr
	pop  func(uintptr)
}) {
	if Bind(&f.push, "objc_autoreleasePoolPush") != nil || Bind(&f.pop, "objc_autoreleasePoolPop") != nil {
		f.push, f.pop = func() uintptr { return 0 }, func(uintptr) {}
	}
	return f
})

// Pool calls f inside an autorelease pool, on a locked thread: pools belong to
// threads. All work with Objective-C objects outside the main thread must be
// done in a pool; retain what must outlive it.
func Pool(f func()) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	p := pool()
	token := p.push()
	defer p.pop(token)
	f()
}

// RespondsTo reports whether an object or class responds to a selector; false for
// nil.
func RespondsTo(id objc.ID, selector string) bool {
	return id != 0 && objc.Send[bool](id, Sel("respondsToSelector:"), Sel(selector))
}

// IsKind reports whether an object is of a class or one that inherits from it;
// false for nil and for a class that doesn't exist.
func IsKind(id objc.ID, class string) bool {
	c := objc.GetClass(class)
	return id != 0 && c != 0 && objc.Send[bool](id, Sel("isKindOfClass:"), c)
}

var className = sync.OnceValue(func() func(objc.Class) string {
	var f func(objc.Class) string
	if Bind(&f, "class_getName") != nil {
		return func(objc.Class) string { return "" }
	}
	return f
})

// ClassNames returns the name of an object's class and those of all classes it
// inherits from, nearest first; nil for nil.
func ClassNames(id objc.ID) []string {
	if id == 0 {
		return nil
	}
	var out []string
	for c := id.Class(); c != 0 && len(out) < 32; c = c.SuperClass() {
		out = append(out, className()(c))
	}
	return out
}

// Ask sends a message without arguments that returns an object. It returns 0 if id
// is nil or does not respond to the selector.
func Ask(id objc.ID, selector string) objc.ID {
	if !RespondsTo(id, selector) {
		return 0
	}
	return id.Send(Sel(selector))
}

// AskBool is Ask for BOOL; ok is false if id does not respond.
func AskBool(id objc.ID, selector string) (value, ok bool) {
	if !RespondsTo(id, selector) {
		return false, false
	}
	return objc.Send[bool](id, Sel(selector)), true
}

// AskInt is Ask for an integer that fits 32 bits, whatever its width in C: the
// upper half of a register is undefined where the method returns a short type.
func AskInt(id objc.ID, selector string) (value int, ok bool) {
	if !RespondsTo(id, selector) {
		return 0, false
	}
	return int(objc.Send[int32](id, Sel(selector))), true
}

// utf8 is NSUTF8StringEncoding.
const utf8Encoding = uint(4)

// String returns an NSString, autoreleased. Invalid UTF-8 is replaced, since Cocoa
// would return nil for it and throw where that is used.
func String(s string) objc.ID {
	class, err := ClassNamed("NSString")
	if err != nil {
		return 0
	}
	b := []byte(strings.ToValidUTF8(s, "\uFFFD"))
	if len(b) == 0 {
		return class.Send(Sel("string"))
	}
	id := class.Send(Sel("alloc")).Send(Sel("initWithBytes:length:encoding:"), unsafe.Pointer(&b[0]), uint(len(b)), utf8Encoding)
	return id.Send(Sel("autorelease"))
}

// Text returns an NSString as a Go string; ok is false for nil and for objects of
// another class. Lone surrogates come out as replacement characters.
func Text(id objc.ID) (text string, ok bool) {
	if !IsKind(id, "NSString") {
		return "", false
	}
	data := objc.Send[objc.ID](id, Sel("dataUsingEncoding:allowLossyConversion:"), utf8Encoding, true)
	b, _ := Bytes(data)
	return strings.ToValidUTF8(string(b), "\uFFFD"), true
}

// Bytes returns a copy of an NSData; ok is false for nil and for objects of
// another class.
func Bytes(id objc.ID) (b []byte, ok bool) {
	if !IsKind(id, "NSData") {
		return nil, false
	}
	n := objc.Send[uint](id, Sel("length"))
	p := objc.Send[unsafe.Pointer](id, Sel("bytes"))
	if n == 0 || p == nil {
		return []byte{}, true
	}
	return append([]byte(nil), unsafe.Slice((*byte)(p), n)...), true
}

// Data returns an NSData with a copy of b, autoreleased.
func Data(b []byte) objc.ID {
	class, err := ClassNamed("NSData")
	if err != nil {
		return 0
	}
	if len(b) == 0 {
		return class.Send(Sel("data"))
	}
	return class.Send(Sel("dataWithBytes:length:"), unsafe.Pointer(&b[0]), uint(len(b)))
}

// maxItems bounds lists read from Cocoa; those that VPNStatus reads are much shorter.
const maxItems = 4096

// Items returns the elements of an NSArray, not retained; nil for nil and for
// objects of another class.
func Items(id objc.ID) []objc.ID {
	if !IsKind(id, "NSArray") {
		return nil
	}
	n := min(objc.Send[uint](id, Sel("count")), maxItems)
	out := make([]objc.ID, n)
	for i := range out {
		out[i] = id.Send(Sel("objectAtIndex:"), uint(i))
	}
	return out
}

// Texts returns the NSStrings among the elements of an NSArray.
func Texts(id objc.ID) []string {
	var out []string
	for _, e := range Items(id) {
		if s, ok := Text(e); ok {
			out = append(out, s)
		}
	}
	return out
}

// Value returns the value under a string key of an NSDictionary, not retained; 0
// for an object of another class.
func Value(dictionary objc.ID, key string) objc.ID {
	return ValueOf(dictionary, String(key))
}

// UUID returns the value of an NSUUID; ok is false for nil and for objects of
// another class.
func UUID(id objc.ID) (value uuid.UUID, ok bool) {
	if !IsKind(id, "NSUUID") {
		return uuid.UUID{}, false
	}
	b := new(uuid.UUID)
	id.Send(Sel("getUUIDBytes:"), unsafe.Pointer(b))
	return *b, true
}

// ErrorFrom returns an NSError as a Go value; nil for nil and for objects of
// another class.
func ErrorFrom(id objc.ID) *Error {
	if !IsKind(id, "NSError") {
		return nil
	}
	e := &Error{Code: objc.Send[int](id, Sel("code"))}
	e.Domain, _ = Text(id.Send(Sel("domain")))
	e.Message, _ = Text(id.Send(Sel("localizedDescription")))
	return e
}

// Constant returns the object in a library's global variable, such as a key;
// it lives as long as the process.
func Constant(symbol string) (objc.ID, error) {
	address, err := Address(symbol)
	if err != nil {
		return 0, err
	}
	return **(**objc.ID)(unsafe.Pointer(&address)), nil
}

// ValueOf is Value for a key that is an object.
func ValueOf(dictionary, key objc.ID) objc.ID {
	if key == 0 || !IsKind(dictionary, "NSDictionary") {
		return 0
	}
	return dictionary.Send(Sel("objectForKey:"), key)
}

// Int returns the value of an NSNumber; ok is false for nil and for objects of
// another class.
func Int(id objc.ID) (value int64, ok bool) {
	if !IsKind(id, "NSNumber") {
		return 0, false
	}
	return objc.Send[int64](id, Sel("longLongValue")), true
}
