package simulator

// Due is how many things are planned.
func Due(s *Simulator) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.queue)
}
