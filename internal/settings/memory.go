package settings

import "sync"

// Memory is a Keeper without a file, for tests and for programs that keep
// nothing. It starts no goroutine.
type Memory struct {
	changed chan struct{}

	mu      sync.Mutex
	current Settings
}

// NewMemory returns a Keeper that starts with the settings given.
func NewMemory(s Settings) *Memory {
	return &Memory{changed: make(chan struct{}, 1), current: s.Clone()}
}

// Current returns the settings in force; its maps and slices must not be
// changed.
func (m *Memory) Current() Settings {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.current
}

// Changed receives a value after each Update that changed something.
func (m *Memory) Changed() <-chan struct{} { return m.changed }

// Update applies a change as Keeper says.
func (m *Memory) Update(change func(*Settings)) error {
	return m.update(func(v *Settings) error { change(v); return nil })
}

// Set sets one key from text; see the function of that name.
func (m *Memory) Set(name, text string) error {
	return m.update(func(v *Settings) error { return Set(v, name, text) })
}

// Reset sets one key back to its default; see the function of that name.
func (m *Memory) Reset(name string) error {
	return m.update(func(v *Settings) error { return Reset(v, name) })
}

// Patch changes several keys at once; see the function of that name.
func (m *Memory) Patch(patch []byte) error {
	return m.update(func(v *Settings) error { return Patch(v, patch) })
}

func (m *Memory) update(change func(*Settings) error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	next := m.current.Clone()
	if err := change(&next); err != nil {
		return err
	}
	next.Schema = Schema
	if err := next.validateChange(&m.current); err != nil {
		return err
	}
	differs := len(differing(&m.current, &next)) > 0
	m.current = next
	if differs {
		signal(m.changed)
	}
	return nil
}

// signal leaves a value in the channel unless there is one already.
func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
