package cocoa

import (
	"github.com/ebitengine/purego"
)

// NewBlocks returns a maker of blocks. invoke is a Go function whose first
// parameter is *Block, the others as in C; it must not panic (see Guard). The
// signature is in Objective-C's encoding, such as "v12@?0i8". It is called once
// per signature and process: it uses up one of purego's 2000 callbacks.
func NewBlocks(invoke any, signature string) (*Blocks, error) {
	isa, err := purego.Dlsym(purego.RTLD_DEFAULT, "_NSConcreteGlobalBlock")
	if err != nil || isa == 0 {
		return nil, &MissingError{Symbol, "_NSConcreteGlobalBlock"}
	}
	return newBlocks(isa, purego.NewCallback(invoke), signature), nil
}
