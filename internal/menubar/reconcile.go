package menubar

import "slices"

// Reconcile turns the list old into the list new, in place and from left to
// right. same reports whether two elements stand for the same thing. It calls
// keep for elements that stay, and insert and remove for the others, with the
// index at that moment. If an element has moved forward it is kept, and the
// elements that it passed are removed and inserted again.
func Reconcile[Old, New any](old []Old, new []New, same func(Old, New) bool,
	keep func(at int, was Old, now New), insert func(at int, now New), remove func(at int, was Old)) {
	for at, n := range new {
		i := slices.IndexFunc(old, func(o Old) bool { return same(o, n) })
		if i < 0 {
			insert(at, n)
			continue
		}
		for _, gone := range old[:i] {
			remove(at, gone)
		}
		keep(at, old[i], n)
		old = old[i+1:]
	}
	for _, gone := range old {
		remove(len(new), gone)
	}
}
