package simulator

import (
	"container/heap"
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"sync"
	"time"

	"vpnstatus/internal/vpn"
)

// Options of a simulation.
type Options struct {
	Speed float64 // everything happens this many times faster; from 0.001 to 100,000, zero means 1

	// Observe receives each request and change as it happens. It is called
	// with the simulator's lock held: it must be quick and must not call the
	// simulator.
	Observe func(Observation)
}

// Simulator is a running simulation. It implements vpn.Backend. Its methods may
// be called from any goroutine.
type Simulator struct {
	mu       sync.Mutex
	scenario Scenario
	options  Options
	start    time.Time
	now      time.Time // of the item being run; the current time outside of run
	closed   bool
	done     chan struct{} // closed by Close

	queue queue
	seq   uint64
	timer *time.Timer

	services []*service // in order of the scenario; removed ones stay, as gone
	byID     map[vpn.ID]*service
	byLabel  map[string]*service // by the name the scenario gives
	records  map[vpn.ID]*record
	changed  chan struct{}
	notice   *item         // pending value for changed
	load     time.Duration // how long the next loading of the list takes
	rng      *rand.Rand

	away bool // the daemon has crashed

	world
}

const (
	// correction is how long a client shows a status that the daemon refused:
	// the time of a message and its answer.
	correction = 3 * time.Millisecond
	// listDebounce folds a burst of changes of configurations into one.
	listDebounce = 300 * time.Millisecond
	// bootUptime is how long the machine has been up at the start, so that
	// ConnectTime differs from the time since the start.
	bootUptime = 26 * time.Hour
)

// New starts a simulation. It runs until Close.
func New(scenario Scenario, options Options) (*Simulator, error) {
	scenario = scenario.withDefaults()
	if err := scenario.Validate(); err != nil {
		return nil, err
	}
	if options.Speed == 0 {
		options.Speed = 1
	}
	if !(options.Speed >= 0.001 && options.Speed <= 100_000) {
		return nil, fmt.Errorf("simulator: speed %v is not from 0.001 to 100000", options.Speed)
	}
	now := time.Now()
	s := &Simulator{
		scenario: scenario, options: options, start: now, now: now, done: make(chan struct{}),
		byID: map[vpn.ID]*service{}, byLabel: map[string]*service{}, records: map[vpn.ID]*record{},
		changed: make(chan struct{}, 1),
	}
	s.rng = s.stream("simulator")
	s.load = s.draw(scenario.Load, s.rng)
	s.world.init(s)
	s.mu.Lock()
	defer s.unlock()
	s.timer = time.AfterFunc(time.Hour, s.fire) // unlock sets it
	for i := range scenario.Services {
		s.insert(scenario.Services[i])
	}
	for i := range scenario.Timeline {
		t := &scenario.Timeline[i]
		p := &plannedStep{Step: t, index: i, rng: s.stream(fmt.Sprintf("step %d", i))}
		s.at(now.Add(s.scale(t.At)), func() { s.perform(p) })
	}
	return s, nil
}

// stream returns a source of random numbers that depends only on the seed and
// the key, so that events of one service do not affect another.
func (s *Simulator) stream(key string) *rand.Rand {
	h := fnv.New64a()
	h.Write([]byte(key))
	return rand.New(rand.NewPCG(s.scenario.Seed, h.Sum64()))
}

// scale turns a duration of the scenario into one of the clock.
func (s *Simulator) scale(d time.Duration) time.Duration {
	if s.options.Speed == 1 {
		return d
	}
	return time.Duration(float64(d) / s.options.Speed)
}

// draw returns a random duration, on the clock, from a range.
func (s *Simulator) draw(r Range, rng *rand.Rand) time.Duration {
	d := r.Min
	if r.Max > r.Min {
		d += time.Duration(rng.Int64N(int64(r.Max-r.Min) + 1))
	}
	return s.scale(d)
}

// lock takes the lock and brings the state up to date: everything due happens
// before the caller continues.
func (s *Simulator) lock() {
	s.mu.Lock()
	now := time.Now()
	for len(s.queue) > 0 && !s.queue[0].at.After(now) {
		it := heap.Pop(&s.queue).(*item)
		if it.at.After(s.now) {
			s.now = it.at
		}
		it.run()
	}
	if now.After(s.now) {
		s.now = now
	}
}

// unlock sets the timer for the first item, if there is one, and releases the lock.
func (s *Simulator) unlock() {
	if len(s.queue) > 0 {
		s.timer.Reset(time.Until(s.queue[0].at))
	} else {
		s.timer.Stop()
	}
	s.mu.Unlock()
}

// fire is the timer's.
func (s *Simulator) fire() {
	s.lock()
	s.unlock()
}

// item is a scheduled function.
type item struct {
	at    time.Time
	seq   uint64 // in order of entry among equal times
	run   func()
	index int // in the queue; -1 if it is not in it
}

func (s *Simulator) at(t time.Time, run func()) *item {
	s.seq++
	it := &item{at: t, seq: s.seq, run: run}
	heap.Push(&s.queue, it)
	return it
}

func (s *Simulator) after(d time.Duration, run func()) *item { return s.at(s.now.Add(d), run) }

func (s *Simulator) cancel(it *item) {
	if it != nil && it.index >= 0 {
		heap.Remove(&s.queue, it.index)
	}
}

type queue []*item

func (q queue) Len() int { return len(q) }
func (q queue) Less(i, j int) bool {
	if q[i].at.Equal(q[j].at) {
		return q[i].seq < q[j].seq
	}
	return q[i].at.Before(q[j].at)
}
func (q queue) Swap(i, j int) {
	q[i], q[j] = q[j], q[i]
	q[i].index, q[j].index = i, j
}
func (q *queue) Push(x any) {
	it := x.(*item)
	it.index = len(*q)
	*q = append(*q, it)
}
func (q *queue) Pop() any {
	old := *q
	it := old[len(old)-1]
	old[len(old)-1] = nil
	*q = old[:len(old)-1]
	it.index = -1
	return it
}

// Configurations implements vpn.Backend. The first loading takes as long as the
// scenario says.
func (s *Simulator) Configurations(ctx context.Context) ([]vpn.Configuration, error) {
	s.lock()
	wait := s.load
	s.load = 0
	s.unlock()
	if err := s.wait(ctx, wait); err != nil {
		return nil, fmt.Errorf("load the VPN configurations: %w", err)
	}
	s.lock()
	defer s.unlock()
	list := make([]vpn.Configuration, 0, len(s.services))
	for _, v := range s.services {
		if !v.gone {
			list = append(list, v.configuration())
		}
	}
	return list, nil
}

// wait waits for a time of the clock. The error is ErrClosed or that of ctx.
func (s *Simulator) wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-s.done:
	case <-ctx.Done():
	}
	select {
	case <-s.done:
		return ErrClosed
	default:
		return ctx.Err()
	}
}

// Changed implements vpn.Backend.
func (s *Simulator) Changed() <-chan struct{} { return s.changed }

// listChanged announces a changed list after the debounce.
func (s *Simulator) listChanged() {
	if s.notice != nil {
		return
	}
	s.notice = s.after(s.scale(listDebounce), func() {
		s.notice = nil
		poke(s.changed)
	})
}

// poke sends a value to a channel of capacity one unless it is full.
func poke(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// ErrClosed is what the simulator's own methods return after Close.
var ErrClosed = errors.New("the simulator is closed")

// Close ends the simulation and all sessions.
func (s *Simulator) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	close(s.done)
	s.timer.Stop()
	s.queue = nil
	for _, r := range s.records {
		for _, x := range r.sessions {
			x.shut()
		}
	}
	clear(s.records)
	clear(s.sources)
	return nil
}

// Scenario returns the running scenario with all defaults filled in. It must
// not be changed.
func (s *Simulator) Scenario() Scenario { return s.scenario }

// Suggested returns the services for which a first demonstration turns on Auto
// Connect.
func (s Scenario) Suggested() []vpn.ID {
	var ids []vpn.ID
	for _, v := range s.Services {
		if v.AutoConnect {
			ids = append(ids, v.ID)
		}
	}
	return ids
}

// uptime is the time since boot without sleep.
func (s *Simulator) uptime() time.Duration {
	up := bootUptime + s.now.Sub(s.start) - s.slept
	if s.asleep {
		up -= s.now.Sub(s.sleptAt)
	}
	return up
}
