package cocoa

import (
	"unsafe"

	"github.com/ebitengine/purego"
	"github.com/ebitengine/purego/objc"
)

// NewBlocks returns a maker of blocks. invoke is a Go function whose first
// parameter is *Block, the others as in C; it must not panic (see Guard). The
// signature is in Objective-C's encoding, such as "v12@?0i8". It is called once
// per signature and process: it uses up one of purego's 2000 callbacks.
func NewBlocks[T any](invoke any, signature string) (*Blocks[T], error) {
	isa, err := purego.Dlsym(purego.RTLD_DEFAULT, "_NSConcreteGlobalBlock")
	if err != nil || isa == 0 {
		return nil, &MissingError{Symbol, "_NSConcreteGlobalBlock"}
	}
	return newBlocks[T](isa, purego.NewCallback(invoke), signature), nil
}

// CallBlock calls a block that came from the system, with arguments that are
// integers or pointers. Its function stands 16 bytes into it
// (docs/internals.md, section 3) and gets the block first. A nil block is not
// called.
func CallBlock(block objc.Block, args ...uintptr) {
	if block == 0 {
		return
	}
	p := *(*unsafe.Pointer)(unsafe.Pointer(&block))
	invoke := *(*uintptr)(unsafe.Add(p, 16))
	purego.SyscallN(invoke, append([]uintptr{uintptr(block)}, args...)...)
}
