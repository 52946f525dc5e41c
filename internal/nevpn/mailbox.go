package nevpn

import "sync"

// mailbox brings functions to the goroutine that owns the state, in order.
// Posting never waits, which is what a callback of the system needs.
type mailbox struct {
	mu     sync.Mutex
	list   []func()
	closed bool
	wake   chan struct{} // holds one value when the list is not empty
}

func newMailbox() *mailbox { return &mailbox{wake: make(chan struct{}, 1)} }

// post reports false when nobody reads any more.
func (m *mailbox) post(f func()) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return false
	}
	m.list = append(m.list, f)
	select {
	case m.wake <- struct{}{}:
	default:
	}
	return true
}

func (m *mailbox) take() []func() {
	m.mu.Lock()
	defer m.mu.Unlock()
	list := m.list
	m.list = nil
	return list
}

func (m *mailbox) close() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed, m.list = true, nil
}
