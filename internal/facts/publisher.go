package facts

import (
	"reflect"
	"sync"
	"time"
)

// foldTime is how long changes are collected before they are published: joining a
// network is a burst of a dozen.
const foldTime = 300 * time.Millisecond

// publisher is a Source whose facts observers update.
type publisher struct {
	mu      sync.Mutex
	facts   Facts
	timer   *time.Timer // runs while changes are collected
	closed  bool
	changed chan struct{}
}

func newPublisher() *publisher { return &publisher{changed: make(chan struct{}, 1)} }

func (b *publisher) Current() Facts {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.facts
}

func (b *publisher) Changed() <-chan struct{} { return b.changed }

// update changes the facts, and wakes the reader after foldTime if anything
// changed. It does not block.
func (b *publisher) update(change func(*Facts)) {
	if b.write(change) {
		b.mu.Lock()
		defer b.mu.Unlock()
		if b.timer == nil && !b.closed {
			b.timer = time.AfterFunc(foldTime, b.publish)
		}
	}
}

// updateNow is update for what can't wait: the machine may sleep before foldTime
// has passed.
func (b *publisher) updateNow(change func(*Facts)) {
	if b.write(change) {
		b.publish()
	}
}

func (b *publisher) write(change func(*Facts)) (changed bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	before := b.facts
	change(&b.facts)
	return !reflect.DeepEqual(before, b.facts)
}

// publish wakes the reader at once, also for changes collected so far.
func (b *publisher) publish() {
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

func (b *publisher) close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
	if b.timer != nil {
		b.timer.Stop()
		b.timer = nil
	}
}

// setAsleep records a notification of sleep or wake.
func (f *Facts) setAsleep(asleep bool, now time.Time) {
	f.Asleep = asleep
	if !asleep {
		f.WokeAt = now
	}
}

// debouncer calls run a while after the first of several triggers. While run
// hangs, at most one more call is queued.
type debouncer struct {
	delay time.Duration
	start func(task func()) // runs tasks one after the other
	run   func()

	mu      sync.Mutex
	waiting bool // a call is due that has not begun
	stopped bool
}

func (d *debouncer) trigger() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.waiting || d.stopped {
		return
	}
	d.waiting = true
	time.AfterFunc(d.delay, func() { d.start(d.fire) })
}

func (d *debouncer) fire() {
	d.mu.Lock()
	d.waiting = false
	stopped := d.stopped
	d.mu.Unlock()
	if !stopped {
		d.run()
	}
}

func (d *debouncer) stop() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.stopped = true
}
