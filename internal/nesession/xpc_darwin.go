package nesession

import (
	"cmp"
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

func init() {
	cocoa.Require(cocoa.Symbol, featureInfo, slices.Concat(new(xpc).readFunctions().Names(), slices.Collect(maps.Keys(readers)))...)
	cocoa.Require(cocoa.Symbol, featureOptions, new(xpc).writeFunctions().Names()...)
	cocoa.Prefer(cocoa.Class, featureInfo, "NSKeyedUnarchiver")
	cocoa.Prefer(cocoa.Method, featureInfo, "+[NSKeyedUnarchiver unarchivedObjectOfClass:fromData:error:]")
}

// xpc is the part of libxpc that reads and makes dictionaries. The typed getters
// crash on NULL, so the type is always asked first.
type xpc struct {
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
	types           map[uintptr]reader // by what getType returns
	blocks          *cocoa.Blocks[func(key string, value uintptr) bool]
	readErr         error // why dictionaries can't be read

	dictionaryCreate    func(keys, values uintptr, count uint) uintptr
	dictionarySetString func(d uintptr, key, value string)
	dictionarySetValue  func(d uintptr, key string, value uintptr)
	release             func(o uintptr)
	writeErr            error // why dictionaries can't be made
}

func (x *xpc) readFunctions() cocoa.Functions {
	return cocoa.Functions{
		"xpc_get_type":              &x.getType,
		"xpc_dictionary_apply":      &x.dictionaryApply,
		"xpc_array_get_count":       &x.arrayCount,
		"xpc_array_get_value":       &x.arrayValue,
		"xpc_string_get_length":     &x.stringLength,
		"xpc_string_get_string_ptr": &x.stringPointer,
		"xpc_int64_get_value":       &x.int64Value,
		"xpc_uint64_get_value":      &x.uint64Value,
		"xpc_double_get_value":      &x.doubleValue,
		"xpc_bool_get_value":        &x.boolValue,
		"xpc_data_get_length":       &x.dataLength,
		"xpc_data_get_bytes_ptr":    &x.dataPointer,
		"xpc_date_get_value":        &x.dateValue,
		"xpc_uuid_get_bytes":        &x.uuidBytes,
	}
}

func (x *xpc) writeFunctions() cocoa.Functions {
	return cocoa.Functions{
		"xpc_dictionary_create":     &x.dictionaryCreate,
		"xpc_dictionary_set_string": &x.dictionarySetString,
		"xpc_dictionary_set_value":  &x.dictionarySetValue,
		"xpc_release":               &x.release,
	}
}

func loadXPC() *xpc {
	x := &xpc{types: make(map[uintptr]reader)}
	x.writeErr = x.writeFunctions().Bind()
	x.readErr = x.readFunctions().Bind()
	for name, read := range readers {
		address, err := cocoa.Address(name)
		x.types[address] = read
		x.readErr = cmp.Or(x.readErr, err)
	}
	var err error
	x.blocks, err = cocoa.NewBlocks[func(key string, value uintptr) bool](x.visit, "B24@?0r*8@16")
	x.readErr = cmp.Or(x.readErr, err)
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
	*xpc
	nodes, left int
}

// tree converts a dictionary; nil for NULL and for other objects.
func (x *xpc) tree(o uintptr) map[string]any {
	w := &walk{x, maxNodes, maxBytes}
	d, _ := w.value(o, 0).(map[string]any)
	return d
}

// value converts one object into a value of package dictionary's neutral tree;
// nil if the type has no counterpart there.
func (w *walk) value(o uintptr, depth int) any {
	if o == 0 || depth > maxDepth || w.nodes <= 0 {
		return nil
	}
	w.nodes--
	read := w.types[w.getType(o)]
	if read == nil {
		return nil
	}
	return read(w, o, depth+1)
}

// reader converts an object of one type, whose elements are at the given depth.
type reader func(w *walk, o uintptr, depth int) any

// readers are the types that have a counterpart, by the variable whose address is
// the type (docs/internals.md, section 3).
var readers = map[string]reader{
	"_xpc_type_dictionary": (*walk).dictionary,
	"_xpc_type_array":      (*walk).array,
	"_xpc_type_string": func(w *walk, o uintptr, _ int) any {
		return strings.ToValidUTF8(string(w.copy(w.stringPointer(o), w.stringLength(o))), "\uFFFD")
	},
	"_xpc_type_int64":  func(w *walk, o uintptr, _ int) any { return w.int64Value(o) },
	"_xpc_type_uint64": func(w *walk, o uintptr, _ int) any { return w.uint64Value(o) },
	"_xpc_type_double": func(w *walk, o uintptr, _ int) any { return w.doubleValue(o) },
	"_xpc_type_bool":   func(w *walk, o uintptr, _ int) any { return w.boolValue(o) },
	"_xpc_type_data":   func(w *walk, o uintptr, _ int) any { return w.copy(w.dataPointer(o), w.dataLength(o)) },
	"_xpc_type_date":   func(w *walk, o uintptr, _ int) any { return time.Unix(0, w.dateValue(o)) }, // nanoseconds since 1970
	"_xpc_type_uuid": func(w *walk, o uintptr, _ int) any {
		if p := w.uuidBytes(o); p != nil {
			return uuid.UUID(*p)
		}
		return nil
	},
}

// dictionary calls back for each entry before dictionaryApply returns.
func (w *walk) dictionary(o uintptr, depth int) any {
	out := map[string]any{}
	block, err := w.blocks.Lend(func(key string, v uintptr) bool {
		out[key] = w.value(v, depth)
		return w.nodes > 0
	})
	if err != nil {
		return nil
	}
	defer w.blocks.GiveBack(block)
	w.dictionaryApply(o, block)
	return out
}

func (w *walk) array(o uintptr, depth int) any {
	out := []any{}
	for i := range w.arrayCount(o) {
		if w.nodes <= 0 {
			break
		}
		out = append(out, w.value(w.arrayValue(o, i), depth))
	}
	return out
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

func (x *xpc) visit(block *cocoa.Block, key unsafe.Pointer, value uintptr) (more bool) {
	defer cocoa.Guard("entry of a dictionary")
	f, ok := x.blocks.Value(block)
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
func (x *xpc) object(tree map[string]any) uintptr {
	d := x.dictionaryCreate(0, 0, 0)
	for key, v := range tree {
		switch v := v.(type) {
		case string:
			x.dictionarySetString(d, key, v)
		case map[string]any:
			inner := x.object(v)
			x.dictionarySetValue(d, key, inner) // retains it
			x.release(inner)
		}
	}
	return d
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
