package facts

import (
	"sync"
	"time"
)

// board is a Source that observers write to.
type board struct {
	mu      sync.Mutex
	facts   Facts
	changed chan struct{}
}

func newBoard() *board { return &board{changed: make(chan struct{}, 1)} }

func (b *board) Current() Facts {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.facts
}

func (b *board) Changed() <-chan struct{} { return b.changed }

// update lets an observer change the facts and tells the reader. It never waits.
func (b *board) update(change func(*Facts)) {
	b.mu.Lock()
	change(&b.facts)
	b.mu.Unlock()
	select {
	case b.changed <- struct{}{}:
	default:
	}
}

// What Network.framework says of a path (docs/internals.md, section 9).
const (
	nwSatisfied   = 1
	nwUnsatisfied = 2
	nwSatisfiable = 3

	nwWiFi     = 1
	nwCellular = 2
	nwWired    = 3
)

// setPath takes what the path monitor says. uses reports whether the path goes
// over an interface of a kind. A tunnel is of the kind "other": while nothing
// else is told, the interface below it is still the one known before.
func (f *Facts) setPath(status int, uses func(kind int) bool, now time.Time) {
	switch status {
	case nwSatisfied, nwSatisfiable:
		f.Path = Known(Satisfied, now)
	case nwUnsatisfied:
		f.Path = Known(Unsatisfied, now)
		f.Interface = Fact[Interface]{}
		return
	default:
		f.Path = Fact[Path]{}
	}
	for _, k := range []struct {
		kind int
		is   Interface
	}{{nwWired, Ethernet}, {nwWiFi, WiFi}, {nwCellular, Cellular}} {
		if uses(k.kind) {
			if !f.Interface.Known || f.Interface.Value != k.is {
				f.Interface = Known(k.is, now)
			}
			return
		}
	}
}

// setAsleep takes a notification of sleep or wake.
func (f *Facts) setAsleep(asleep bool, now time.Time) {
	f.Asleep = asleep
	if asleep {
		f.SleptAt = now
	} else {
		f.WokeAt = now
	}
}
