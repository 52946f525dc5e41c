package cocoa

import (
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"unsafe"
)

// Block is a block in the memory layout that C expects (docs/internals.md, section
// 3). It is a global block: copying it returns the same block and releasing it does
// nothing, so its memory is never freed. It captures nothing: its address tells one
// from another.
//
// purego's own blocks are not used: they look up their function under a pointer
// that the runtime may hand out again, and they are built on the goroutine's
// stack, which may move while they are copied.
type Block struct {
	isa        uintptr // &_NSConcreteGlobalBlock
	flags      uint32
	_          uint32 // reserved
	invoke     uintptr
	descriptor *descriptor
}

type descriptor struct {
	_         uintptr // reserved
	size      uintptr
	signature *byte   // ends with NUL
	_         uintptr // layout
}

const (
	blockIsGlobal     = 1 << 28
	blockHasSignature = 1 << 30
)

const (
	// blockChunk is how many blocks are made at once.
	blockChunk = 64
	// blockRest is how many returned blocks are kept before the oldest is used
	// again. A library that wrongly called a one-shot block a second time would
	// find no value, instead of that of another request.
	blockRest = 64
	// blockLimit bounds the memory of requests that are never answered. A reader
	// that asks each second would take over an hour to reach it.
	blockLimit = 4096
)

// ErrTooManyCalls means that so many requests are unanswered that no more are
// sent, because a system service hangs.
var ErrTooManyCalls = errors.New("the system left too many requests unanswered, and no more are sent: restart VPNStatus")

// exhausted counts the Blocks that can lend no more, and signals changes of
// the count.
var exhausted = struct {
	makers  atomic.Int32
	changed chan struct{}
}{changed: make(chan struct{}, 1)}

// Exhausted reports whether requests fail with ErrTooManyCalls.
func Exhausted() bool { return exhausted.makers.Load() > 0 }

// ExhaustedChanged receives a value when Exhausted may differ. It serves one
// reader.
func ExhaustedChanged() <-chan struct{} { return exhausted.changed }

// Blocks makes and reuses blocks of one C signature. Each block that is lent
// carries a value, such as the function that wants the answer. Blocks are never
// freed, only given back. Methods may be called from any goroutine.
type Blocks[T any] struct {
	mu         sync.Mutex
	isa        uintptr
	invoke     uintptr
	descriptor *descriptor
	lent       map[*Block]*T        // nil if the value was forgotten
	chunks     []*[blockChunk]Block // keeps them reachable
	free       []*Block             // oldest first
	pinner     runtime.Pinner       // never unpinned: C keeps pointers to blocks
	made       int
	exhausted  bool // included in the count above
}

// everyBlocks keeps all Blocks and their pinned memory reachable, since C may
// hold the blocks as long as the process lives.
var everyBlocks struct {
	sync.Mutex
	list []any
}

// newBlocks takes the address of _NSConcreteGlobalBlock, that of the C
// function to call, and the signature in Objective-C's encoding.
func newBlocks[T any](isa, invoke uintptr, signature string) *Blocks[T] {
	text := append([]byte(signature), 0)
	b := &Blocks[T]{isa: isa, invoke: invoke, lent: make(map[*Block]*T)}
	b.descriptor = &descriptor{size: unsafe.Sizeof(Block{}), signature: &text[0]}
	b.pinner.Pin(b.descriptor)
	b.pinner.Pin(b.descriptor.signature)
	everyBlocks.Lock()
	defer everyBlocks.Unlock()
	everyBlocks.list = append(everyBlocks.list, b)
	return b
}

// Lend returns a block that carries the value. The callback gives it back once no
// other call of the block can come. Its memory stays valid in any case.
func (b *Blocks[T]) Lend(value T) (*Block, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.free) <= blockRest && b.made < blockLimit {
		chunk := new([blockChunk]Block)
		b.pinner.Pin(chunk)
		b.chunks = append(b.chunks, chunk)
		for i := range chunk {
			k := &chunk[i]
			k.isa, k.flags, k.invoke, k.descriptor = b.isa, blockIsGlobal|blockHasSignature, b.invoke, b.descriptor
			b.free = append(b.free, k)
		}
		b.made += blockChunk
	}
	if len(b.free) == 0 {
		b.setExhaustedLocked(true)
		return nil, ErrTooManyCalls
	}
	k := b.free[0]
	b.free = b.free[1:]
	b.lent[k] = &value
	return k, nil
}

// Value returns what a block carries; ok is false if it is not lent or its value
// was forgotten, and the call must be ignored.
func (b *Blocks[T]) Value(k *Block) (value T, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if v := b.lent[k]; v != nil {
		return *v, true
	}
	return value, false
}

// Forget drops the value of a block that may still be called. It stays lent.
func (b *Blocks[T]) Forget(k *Block) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.lent[k] != nil {
		b.lent[k] = nil
	}
}

// GiveBack returns a block and what it carried, as Value does. Returning the same
// one again does nothing.
func (b *Blocks[T]) GiveBack(k *Block) (value T, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	v, lent := b.lent[k]
	if !lent {
		return value, false
	}
	delete(b.lent, k)
	b.free = append(b.free, k)
	if len(b.free) >= blockRest {
		b.setExhaustedLocked(false)
	}
	if v == nil {
		return value, false
	}
	return *v, true
}

// Lent returns how many blocks are lent.
func (b *Blocks[T]) Lent() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.lent)
}

func (b *Blocks[T]) setExhaustedLocked(now bool) {
	if b.exhausted == now {
		return
	}
	if b.exhausted = now; now {
		exhausted.makers.Add(1)
	} else {
		exhausted.makers.Add(-1)
	}
	select {
	case exhausted.changed <- struct{}{}:
	default:
	}
}
