package engine

import "sync"

// Subscription receives updates until it is closed, the engine ends, or its
// reader falls behind by more than its buffer. Its methods may be called from
// any goroutine.
type Subscription struct {
	c       chan Update
	mu      sync.Mutex
	ended   bool
	err     error
	onClose func(*Subscription)
}

// NewSubscription returns a subscription that holds at most buffer unread
// updates. Sources other than the engine, such as a client of the control
// socket, feed it with Publish and End; onClose, which may be nil, is called
// once when the reader closes it.
func NewSubscription(buffer int, onClose func(*Subscription)) *Subscription {
	return &Subscription{c: make(chan Update, max(buffer, 1)), onClose: onClose}
}

// C delivers updates, oldest first. It is closed at the end; Err then says why.
func (s *Subscription) C() <-chan Update { return s.c }

// Err returns why C was closed: ErrSlow, ErrClosed, another error of the
// source, or nil after Close.
func (s *Subscription) Err() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

// Publish offers an update and never blocks. A full buffer ends the
// subscription with ErrSlow. It reports whether the update was taken.
func (s *Subscription) Publish(u Update) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		return false
	}
	select {
	case s.c <- u:
		return true
	default:
		s.endLocked(ErrSlow)
		return false
	}
}

// End closes C; the first reason given counts.
func (s *Subscription) End(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.endLocked(err)
}

// Close ends the subscription from the reader's side.
func (s *Subscription) Close() {
	s.End(nil)
	if s.onClose != nil {
		s.onClose(s)
	}
}

func (s *Subscription) endLocked(err error) {
	if !s.ended {
		s.ended, s.err = true, err
		close(s.c)
	}
}

// subscribers is the engine's list of subscriptions.
type subscribers struct {
	mu     sync.Mutex
	set    map[*Subscription]struct{}
	closed bool
}

func (l *subscribers) add(buffer int) *Subscription {
	s := NewSubscription(buffer, l.remove)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		s.End(ErrClosed)
		return s
	}
	if l.set == nil {
		l.set = make(map[*Subscription]struct{})
	}
	l.set[s] = struct{}{}
	return s
}

func (l *subscribers) remove(s *Subscription) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.set, s)
}

func (l *subscribers) publish(u Update) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for s := range l.set {
		if !s.Publish(u) {
			delete(l.set, s)
		}
	}
}

func (l *subscribers) end(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	for s := range l.set {
		s.End(err)
	}
	clear(l.set)
}
