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
// nothing, so its memory is never freed. Its one captured variable is an integer
// handle.
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
	handle     atomic.Uint64
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

// Handle returns the block's handle; a callback calls it first. 0 means that the
// block is not in use; the call must then be ignored.
func (b *Block) Handle() uint64 { return b.handle.Load() }

const (
	// blockChunk is how many blocks are made at once.
	blockChunk = 64
	// blockRest is how many returned blocks are kept before the oldest is used
	// again. A library that wrongly called a one-shot block a second time would
	// find no handle, instead of that of another request.
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

// Blocks makes and reuses blocks of one C signature. Blocks are never freed, only
// given back. Methods may be called from any goroutine.
type Blocks struct {
	mu         sync.Mutex
	isa        uintptr
	invoke     uintptr
	descriptor *descriptor
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
	list []*Blocks
}

// newBlocks takes the address of _NSConcreteGlobalBlock, that of the C
// function to call, and the signature in Objective-C's encoding.
func newBlocks(isa, invoke uintptr, signature string) *Blocks {
	text := append([]byte(signature), 0)
	b := &Blocks{isa: isa, invoke: invoke}
	b.descriptor = &descriptor{size: unsafe.Sizeof(Block{}), signature: &text[0]}
	b.pinner.Pin(b.descriptor)
	b.pinner.Pin(b.descriptor.signature)
	everyBlocks.Lock()
	defer everyBlocks.Unlock()
	everyBlocks.list = append(everyBlocks.list, b)
	return b
}

// Lend returns a block that carries the handle. The callback gives it back once no
// other call of the block can come. Its memory stays valid in any case.
func (b *Blocks) Lend(handle uint64) (*Block, error) {
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
	k.handle.Store(handle)
	return k, nil
}

// GiveBack returns a block. Returning the same one again does nothing.
func (b *Blocks) GiveBack(k *Block) {
	if k == nil || k.handle.Swap(0) == 0 {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.free = append(b.free, k)
	if len(b.free) >= blockRest {
		b.setExhaustedLocked(false)
	}
}

func (b *Blocks) setExhaustedLocked(now bool) {
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
