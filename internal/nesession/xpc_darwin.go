package nesession

import (
	"maps"
	"slices"
	"strings"
	"time"
	"unsafe"

	"github.com/ebitengine/purego/objc"
	"github.com/google/uuid"

	"vpnstatus/internal/cocoa"
	"vpnstatus/internal/nesession/dictionary"
)

// xpc is the part of libxpc that reads and makes dictionaries. Types differ
// by the address of a variable each (docs/internals.md, section 3). The
// typed getters crash on NULL, so the type is always asked first.
type xpc struct {
	err error // why dictionaries can't be read; nil if they can

	getType         func(o uintptr) uintptr
	dictionaryApply func(o uintptr, block *cocoa.Block) bool
	arrayCount      func(o uintptr) uint
	arrayValue      func(o uintptr, i uint) uintptr
	stringLength    func(o uintptr) uint
	stringPointer   func(o uintptr) unsafe.Pointer
	int64Value      func(o uintptr) int64
	uint64Value     func(o uintptr) uint64
	doubleValue     func(o uintptr) float64
	boolValue       func(o uintptr) bool
	dataLength      func(o uintptr) uint
	dataPointer     func(o uintptr) unsafe.Pointer
	dateValue       func(o uintptr) int64
	uuidBytes       func(o uintptr) *[16]byte

	typeDictionary, typeArray, typeString, typeInt64, typeUint64 uintptr
	typeDouble, typeBool, typeData, typeDate, typeUUID           uintptr // 0 if this system lacks it

	dictionaryCreate    func(keys, values uintptr, count uint) uintptr
	dictionarySetString func(d uintptr, key, value string)
	dictionarySetValue  func(d uintptr, key string, value uintptr)
	releaseObject       func(o uintptr)
	writeErr            error // why dictionaries can't be made; nil if they can

	blocks *cocoa.Blocks
	visits cocoa.Handles[func(key string, value uintptr) bool]
}

func loadXPC() *xpc {
	x := &xpc{}
	need := func(target *error, feature string, fn any, name string) {
		if err := cocoa.Bind(fn, name); err != nil && *target == nil {
			*target = unavailable(feature, err)
		}
	}
	for name, fn := range map[string]any{
		"xpc_get_type": &x.getType, "xpc_dictionary_apply": &x.dictionaryApply,
		"xpc_array_get_count": &x.arrayCount, "xpc_array_get_value": &x.arrayValue,
		"xpc_string_get_length": &x.stringLength, "xpc_string_get_string_ptr": &x.stringPointer,
		"xpc_int64_get_value": &x.int64Value, "xpc_uint64_get_value": &x.uint64Value,
	} {
		need(&x.err, featureInfo, fn, name)
	}
	address := func(name string) uintptr {
		a, err := cocoa.Address(name)
		if err != nil && x.err == nil {
			x.err = unavailable(featureInfo, err)
		}
		return a
	}
	x.typeDictionary, x.typeArray, x.typeString = address("_xpc_type_dictionary"), address("_xpc_type_array"), address("_xpc_type_string")
	x.typeInt64, x.typeUint64 = address("_xpc_type_int64"), address("_xpc_type_uint64")

	// The other functions are optional.
	for _, o := range []struct {
		kind *uintptr
		name string
		fns  map[string]any
	}{
		{&x.typeDouble, "_xpc_type_double", map[string]any{"xpc_double_get_value": &x.doubleValue}},
		{&x.typeBool, "_xpc_type_bool", map[string]any{"xpc_bool_get_value": &x.boolValue}},
		{&x.typeData, "_xpc_type_data", map[string]any{"xpc_data_get_length": &x.dataLength, "xpc_data_get_bytes_ptr": &x.dataPointer}},
		{&x.typeDate, "_xpc_type_date", map[string]any{"xpc_date_get_value": &x.dateValue}},
		{&x.typeUUID, "_xpc_type_uuid", map[string]any{"xpc_uuid_get_bytes": &x.uuidBytes}},
	} {
		complete := true
		for name, fn := range o.fns {
			complete = cocoa.Bind(fn, name) == nil && complete
		}
		if a, err := cocoa.Address(o.name); err == nil && complete {
			*o.kind = a
		}
	}

	for name, fn := range map[string]any{
		"xpc_dictionary_create": &x.dictionaryCreate, "xpc_dictionary_set_string": &x.dictionarySetString,
		"xpc_dictionary_set_value": &x.dictionarySetValue, "xpc_release": &x.releaseObject,
	} {
		need(&x.writeErr, featureOptions, fn, name)
	}

	var err error
	if x.blocks, err = cocoa.NewBlocks(x.visit, "B24@?0r*8@16"); err != nil && x.err == nil {
		x.err = unavailable(featureInfo, err)
	}
	return x
}

// Bounds of one dictionary. Those of Apple's daemon have some dozens of values
// in four levels; a third party's start message may add some.
const (
	maxDepth = 16
	maxNodes = 8192
	maxBytes = 1 << 20 // of all texts and data together
	maxKey   = 1024
)

// walk is one conversion and its remaining limits.
type walk struct {
	x           *xpc
	nodes, left int
}

// tree converts a dictionary; nil for NULL and for other objects.
func (x *xpc) tree(o uintptr) map[string]any {
	if x.err != nil || o == 0 || x.getType(o) != x.typeDictionary {
		return nil
	}
	w := &walk{x: x, nodes: maxNodes, left: maxBytes}
	d, _ := w.value(o, 0).(map[string]any)
	return d
}

// value converts one object into a value of package dictionary's neutral tree;
// nil if the type has no counterpart there.
func (w *walk) value(o uintptr, depth int) any {
	x := w.x
	if o == 0 || depth > maxDepth || w.nodes <= 0 {
		return nil
	}
	w.nodes--
	// A type that the system lacks has address 0, which no type has.
	switch t := x.getType(o); {
	case t == 0:
		return nil
	case t == x.typeDictionary:
		out := map[string]any{}
		x.each(o, func(key string, v uintptr) bool {
			out[key] = w.value(v, depth+1)
			return w.nodes > 0
		})
		return out
	case t == x.typeArray:
		n := min(x.arrayCount(o), uint(w.nodes))
		out := make([]any, 0, n)
		for i := range n {
			if w.nodes <= 0 {
				break
			}
			out = append(out, w.value(x.arrayValue(o, i), depth+1))
		}
		return out
	case t == x.typeString:
		return strings.ToValidUTF8(string(w.copy(x.stringPointer(o), x.stringLength(o))), "\uFFFD")
	case t == x.typeInt64:
		return x.int64Value(o)
	case t == x.typeUint64:
		return x.uint64Value(o)
	case t == x.typeDouble:
		return x.doubleValue(o)
	case t == x.typeBool:
		return x.boolValue(o)
	case t == x.typeData:
		return w.copy(x.dataPointer(o), x.dataLength(o))
	case t == x.typeDate: // nanoseconds since 1970
		return time.Unix(0, x.dateValue(o))
	case t == x.typeUUID:
		if p := x.uuidBytes(o); p != nil {
			return uuid.UUID(*p)
		}
	}
	return nil
}

// copy copies bytes from C's memory, up to the remaining limit.
func (w *walk) copy(p unsafe.Pointer, n uint) []byte {
	if p == nil || n == 0 {
		return []byte{}
	}
	n = min(n, uint(w.left))
	w.left -= int(n)
	return append([]byte{}, unsafe.Slice((*byte)(p), n)...)
}

// each calls f for each entry of a dictionary until it returns false. All calls
// happen before it returns.
func (x *xpc) each(o uintptr, f func(key string, value uintptr) bool) {
	h := x.visits.Put(f)
	defer x.visits.Take(h)
	block, err := x.blocks.Lend(h)
	if err != nil {
		return
	}
	defer x.blocks.GiveBack(block)
	x.dictionaryApply(o, block)
}

func (x *xpc) visit(block *cocoa.Block, key unsafe.Pointer, value uintptr) (more bool) {
	defer cocoa.Guard("entry of a dictionary")
	f, ok := x.visits.Look(block.Handle())
	return ok && f(cText(key), value)
}

// cText copies a C string of at most maxKey bytes.
func cText(p unsafe.Pointer) string {
	if p == nil {
		return ""
	}
	n := 0
	for n < maxKey && *(*byte)(unsafe.Add(p, n)) != 0 {
		n++
	}
	return strings.ToValidUTF8(string(unsafe.Slice((*byte)(p), n)), "\uFFFD")
}

// object makes an XPC dictionary of texts and dictionaries; the caller releases
// it. Texts have no NUL characters (see dictionary.StartOptions).
func (x *xpc) object(tree map[string]any) (uintptr, error) {
	if x.writeErr != nil {
		return 0, x.writeErr
	}
	d := x.dictionaryCreate(0, 0, 0)
	for _, key := range slices.Sorted(maps.Keys(tree)) {
		switch v := tree[key].(type) {
		case string:
			x.dictionarySetString(d, key, v)
		case map[string]any:
			inner, err := x.object(v)
			if err != nil {
				x.release(d)
				return 0, err
			}
			x.dictionarySetValue(d, key, inner) // retains it
			x.release(inner)
		}
	}
	return d, nil
}

func (x *xpc) release(o uintptr) {
	if o != 0 {
		x.releaseObject(o)
	}
}

// maxArchive bounds the archived error that is unpacked; a usual one has some
// hundred bytes.
const maxArchive = 64 << 10

// readDisconnectError unpacks the NSError archived in LastDisconnectError
// (docs/internals.md, section 4) and adds what it says under the keys of package
// dictionary. The unarchiver used returns nil for bad data; it does not throw.
func readDisconnectError(tree map[string]any) {
	archive, _ := tree["LastDisconnectError"].([]byte)
	if len(archive) == 0 || len(archive) > maxArchive {
		return
	}
	const selector = "unarchivedObjectOfClass:fromData:error:"
	unarchiver, err := cocoa.ClassNamed("NSKeyedUnarchiver")
	if err != nil || !cocoa.RespondsTo(unarchiver, selector) {
		return
	}
	class, err := cocoa.ClassNamed("NSError")
	if err != nil {
		return
	}
	e := cocoa.ErrorFrom(unarchiver.Send(cocoa.Sel(selector), class, cocoa.Data(archive), objc.ID(0)))
	if e == nil {
		return
	}
	tree[dictionary.ErrorMessage] = e.Message
	tree[dictionary.ErrorDomain] = e.Domain
	tree[dictionary.ErrorCode] = int64(e.Code)
}
