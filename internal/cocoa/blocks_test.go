package cocoa

import (
	"errors"
	"runtime"
	"sync"
	"testing"
	"unsafe"
)

// The layout that C expects (docs/internals.md, section 3).
func TestBlockLayout(t *testing.T) {
	var b Block
	for _, f := range []struct {
		name      string
		got, want uintptr
	}{
		{"isa", unsafe.Offsetof(b.isa), 0},
		{"flags", unsafe.Offsetof(b.flags), 8},
		{"invoke", unsafe.Offsetof(b.invoke), 16},
		{"descriptor", unsafe.Offsetof(b.descriptor), 24},
		{"whole block", unsafe.Sizeof(b), 32},
		{"size in the descriptor", unsafe.Offsetof(descriptor{}.size), 8},
		{"signature in a descriptor without copy and dispose", unsafe.Offsetof(descriptor{}.signature), 16},
	} {
		if f.got != f.want {
			t.Errorf("%s is at %d, want %d", f.name, f.got, f.want)
		}
	}
}

func TestBlockSaysThatItIsGlobalAndCarriesItsValue(t *testing.T) {
	b := newBlocks[int](0x1000, 0x2000, "v12@?0i8")
	k, err := b.Lend(77)
	if err != nil {
		t.Fatal(err)
	}
	if k.isa != 0x1000 || k.invoke != 0x2000 || k.flags != 1<<28|1<<30 || k.descriptor.size != 32 {
		t.Errorf("block = %+v", k)
	}
	if v, ok := b.Value(k); !ok || v != 77 {
		t.Errorf("value = %d, %t", v, ok)
	}
	if got := string(unsafe.Slice(k.descriptor.signature, 9)); got != "v12@?0i8\x00" {
		t.Errorf("signature = %q", got)
	}
}

func TestBlocksAreUsedAgainInsteadOfGrowing(t *testing.T) {
	b := newBlocks[int](1, 2, "v")
	for i := range 10_000 {
		k, err := b.Lend(i)
		if err != nil {
			t.Fatal(err)
		}
		b.GiveBack(k)
	}
	if b.made > blockRest+2*blockChunk {
		t.Errorf("%d blocks were made for one request at a time", b.made)
	}
}

func TestAGivenBackBlockRestsAndHasNoValue(t *testing.T) {
	b := newBlocks[int](1, 2, "v")
	first, _ := b.Lend(1)
	if v, ok := b.GiveBack(first); !ok || v != 1 {
		t.Errorf("value = %d, %t", v, ok)
	}
	if _, ok := b.GiveBack(first); ok { // again: must not be on the list twice
		t.Error("a call one too many would find a value")
	}
	if _, ok := b.Value(first); ok {
		t.Error("a late call would find a value")
	}
	seen := map[*Block]bool{}
	for i := range blockRest - 1 {
		k, _ := b.Lend(i + 2)
		if k == first {
			t.Fatalf("the block was used again after %d others", i)
		}
		if seen[k] {
			t.Fatal("a block was lent twice")
		}
		seen[k] = true
		b.GiveBack(k)
	}
}

func TestAForgottenValueIsGoneAndItsBlockStaysLent(t *testing.T) {
	b := newBlocks[int](1, 2, "v")
	k, _ := b.Lend(1)
	b.Forget(k)
	if _, ok := b.Value(k); ok || b.Lent() != 1 {
		t.Errorf("value %t, %d lent", ok, b.Lent())
	}
	if _, ok := b.GiveBack(k); ok || b.Lent() != 0 {
		t.Errorf("value %t, %d lent", ok, b.Lent())
	}
	b.Forget(k) // not lent
	if b.Lent() != 0 {
		t.Error("it is lent again")
	}
}

func TestUnansweredRequestsAreBoundedAndReported(t *testing.T) {
	b := newBlocks[int](1, 2, "v")
	var lent []*Block
	for i := range blockLimit {
		k, err := b.Lend(i)
		if err != nil {
			t.Fatalf("request %d: %v", i, err)
		}
		lent = append(lent, k)
	}
	if Exhausted() {
		t.Error("reported before a request failed")
	}
	for range 2 {
		if _, err := b.Lend(1); !errors.Is(err, ErrTooManyCalls) {
			t.Errorf("err = %v, want ErrTooManyCalls", err)
		}
	}
	<-ExhaustedChanged()
	if !Exhausted() {
		t.Error("not reported")
	}
	for i, k := range lent { // the service answers after all
		if Exhausted() != (i < blockRest) {
			t.Fatalf("after %d answers: exhausted %t", i, Exhausted())
		}
		b.GiveBack(k)
	}
	<-ExhaustedChanged()
}

func TestBlocksFromManyGoroutines(t *testing.T) {
	b := newBlocks[int](1, 2, "v")
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range 500 {
				k, err := b.Lend(g*1000 + i)
				if err != nil {
					t.Error(err)
					return
				}
				if v, _ := b.GiveBack(k); v != g*1000+i {
					t.Errorf("found %d in place of %d", v, g*1000+i)
				}
			}
		})
	}
	wg.Wait()
}

// C may call a block whose maker nobody in Go refers to any more.
func TestBlocksStayWhenTheirMakerIsForgotten(t *testing.T) {
	k, err := newBlocks[int](1, 2, "v12@?0i8").Lend(7)
	if err != nil {
		t.Fatal(err)
	}
	address := uintptr(unsafe.Pointer(k))
	k = nil
	for range 5 {
		runtime.GC()
	}
	again := *(**Block)(unsafe.Pointer(&address))
	if again.invoke != 2 || unsafe.String(again.descriptor.signature, 8) != "v12@?0i8" {
		t.Error("the block is gone")
	}
}
