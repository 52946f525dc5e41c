package cocoa

import "sync"

// Handles maps integers to Go values while C holds the integers. A handle is never
// given out twice, so a late callback finds nothing. The zero value is ready; its
// methods may be called from any goroutine.
type Handles[T any] struct {
	mu   sync.Mutex
	last uint64
	m    map[uint64]T
}

// Put stores v and returns its handle, which is never 0.
func (h *Handles[T]) Put(v T) uint64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.m == nil {
		h.m = make(map[uint64]T)
	}
	h.last++
	h.m[h.last] = v
	return h.last
}

// Look returns the value of a handle.
func (h *Handles[T]) Look(handle uint64) (T, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	v, ok := h.m[handle]
	return v, ok
}

// Take returns the value of a handle and removes it.
func (h *Handles[T]) Take(handle uint64) (T, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	v, ok := h.m[handle]
	delete(h.m, handle)
	return v, ok
}

// Len returns how many values are stored.
func (h *Handles[T]) Len() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.m)
}
