package nevpn

import "sync"

// mailbox passes functions to the goroutine that owns the state, in order.
// Posting never waits, as callbacks of the system require.
type mailbox struct {
	mu     sync.Mutex
	list   []func()
	closed bool
	wake   chan struct{} // holds one value when the list is not empty
}

func newMailbox() *mailbox { return &mailbox{wake: make(chan struct{}, 1)} }

// post returns false if the mailbox is closed.
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
