package facts

import (
	"reflect"
	"sync"
	"time"
)

// foldTime is how long changes are collected before they are told: joining a
// network is a burst of a dozen of them.
const foldTime = 300 * time.Millisecond

// board is a Source that observers write to.
type board struct {
	mu      sync.Mutex
	facts   Facts
	timer   *time.Timer // runs while changes are collected
	closed  bool
	changed chan struct{}
}

func newBoard() *board { return &board{changed: make(chan struct{}, 1)} }

func (b *board) Current() Facts {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.facts
}

func (b *board) Changed() <-chan struct{} { return b.changed }

// update lets an observer change the facts and tells the reader after foldTime,
// if anything did change. It never waits.
func (b *board) update(change func(*Facts)) {
	if b.write(change) {
		b.mu.Lock()
		defer b.mu.Unlock()
		if b.timer == nil && !b.closed {
			b.timer = time.AfterFunc(foldTime, b.tell)
		}
	}
}

// updateNow is update for what can't wait: the machine may be asleep before
// foldTime has passed.
func (b *board) updateNow(change func(*Facts)) {
	if b.write(change) {
		b.tell()
	}
}

func (b *board) write(change func(*Facts)) (changed bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	before := b.facts
	change(&b.facts)
	return !reflect.DeepEqual(before, b.facts)
}

// tell wakes the reader. What was collected until now is told with it.
func (b *board) tell() {
	b.mu.Lock()
	if b.timer != nil {
		b.timer.Stop()
		b.timer = nil
	}
	b.mu.Unlock()
	select {
	case b.changed <- struct{}{}:
	default:
	}
}

func (b *board) close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
	if b.timer != nil {
		b.timer.Stop()
		b.timer = nil
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

// pacer calls look some time after it was poked, once however often that was.
// A look that hangs holds up the next, but they do not pile up.
type pacer struct {
	delay time.Duration
	start func(task func()) // runs a task, one after the other
	look  func()

	mu      sync.Mutex
	waiting bool // a look is due that has not begun
	stopped bool
}

func (p *pacer) poke() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.waiting || p.stopped {
		return
	}
	p.waiting = true
	time.AfterFunc(p.delay, func() { p.start(p.run) })
}

func (p *pacer) run() {
	p.mu.Lock()
	p.waiting = false
	stopped := p.stopped
	p.mu.Unlock()
	if !stopped {
		p.look()
	}
}

func (p *pacer) stop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stopped = true
}
