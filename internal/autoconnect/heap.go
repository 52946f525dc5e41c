package autoconnect

import "time"

// wakes is an indexed heap of the controllers that want to be looked at again,
// the earliest first (container/heap.Interface). Updating one of a thousand
// services costs a few comparisons.
type wakes struct {
	at    []time.Time // by index of the controller
	heap  []int       // indices of controllers
	place []int       // place in heap, by index of the controller; -1: absent
}

func (h *wakes) Len() int { return len(h.heap) }

// Less breaks ties by index so that the order of actions is always the same.
func (h *wakes) Less(i, j int) bool {
	a, b := h.heap[i], h.heap[j]
	if c := h.at[a].Compare(h.at[b]); c != 0 {
		return c < 0
	}
	return a < b
}

func (h *wakes) Swap(i, j int) {
	h.heap[i], h.heap[j] = h.heap[j], h.heap[i]
	h.place[h.heap[i]], h.place[h.heap[j]] = i, j
}

func (h *wakes) Push(x any) {
	i := x.(int)
	h.place[i] = len(h.heap)
	h.heap = append(h.heap, i)
}

func (h *wakes) Pop() any {
	last := len(h.heap) - 1
	i := h.heap[last]
	h.heap = h.heap[:last]
	h.place[i] = -1
	return i
}
