package situation

import (
	"context"
	"slices"
	"sync"

	"vpnstatus/internal/engine"
)

// Source is a menubar.Source that a test moves on by hand. It records the
// commands. Its methods may be called from any goroutine.
type Source struct {
	mu        sync.Mutex
	snapshot  *engine.Snapshot
	subs      []*engine.Subscription
	commands  []engine.Command
	fail      error
	attending int
}

// NewSource returns a source whose latest snapshot is s.
func NewSource(s *engine.Snapshot) *Source { return &Source{snapshot: s} }

// Latest implements engine.Source.
func (s *Source) Latest() *engine.Snapshot {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.snapshot
}

// Subscribe implements engine.Source.
func (s *Source) Subscribe(buffer int) *engine.Subscription {
	s.mu.Lock()
	defer s.mu.Unlock()
	sub := engine.NewSubscription(buffer, nil)
	s.subs = append(s.subs, sub)
	return sub
}

// Do records a command.
func (s *Source) Do(_ context.Context, c engine.Command) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.commands = append(s.commands, c)
	return s.fail
}

// Attend counts who attends.
func (s *Source) Attend() func() {
	s.attend(1)
	return func() { s.attend(-1) }
}

func (s *Source) attend(by int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.attending += by
}

// Publish makes a snapshot the latest and sends it, with the events, to all
// subscribers.
func (s *Source) Publish(v *engine.Snapshot, events ...engine.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.snapshot = v
	for _, sub := range s.subs {
		sub.Publish(engine.Update{Events: events, Snapshot: v})
	}
}

// End ends all subscriptions.
func (s *Source) End(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, sub := range s.subs {
		sub.End(err)
	}
}

// Fail makes the commands that follow fail, or succeed if err is nil.
func (s *Source) Fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fail = err
}

// Commands returns the commands so far.
func (s *Source) Commands() []engine.Command {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.commands)
}

// Attending returns how many attend now.
func (s *Source) Attending() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.attending
}
