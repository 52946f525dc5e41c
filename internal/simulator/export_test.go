package simulator

// Due is how many things are planned.
func Due(s *Simulator) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.queue)
}

// Fired is how often the timer woke the process.
func Fired(s *Simulator) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.fired
}
