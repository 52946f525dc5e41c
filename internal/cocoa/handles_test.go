package cocoa

import "testing"

func TestHandlesAreNeverGivenOutTwice(t *testing.T) {
	var h Handles[int]
	seen := map[uint64]bool{}
	for i := range 1000 {
		n := h.Put(i)
		if n == 0 || seen[n] {
			t.Fatalf("handle %d is 0 or was there before", n)
		}
		seen[n] = true
		if v, ok := h.Look(n); !ok || v != i {
			t.Fatalf("Look = %d, %t", v, ok)
		}
		if v, ok := h.Take(n); !ok || v != i {
			t.Fatalf("Take = %d, %t", v, ok)
		}
		if _, ok := h.Take(n); ok {
			t.Fatal("a forgotten handle was found")
		}
	}
	if h.Len() != 0 {
		t.Errorf("%d values are left", h.Len())
	}
}
