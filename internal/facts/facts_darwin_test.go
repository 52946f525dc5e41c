package facts

import (
	"testing"
	"time"
)

func TestNetworkPathIsToldAtStart(t *testing.T) {
	s, err := NewSystem(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := network(); err != nil {
		t.Skip(err)
	}
	deadline := time.After(10 * time.Second)
	for !s.Current().Path.Known {
		select {
		case <-s.Changed():
		case <-deadline:
			t.Fatal("nothing is told of the network path")
		}
	}
	t.Logf("%+v", s.Current())
}

func TestSourcesComeAndGo(t *testing.T) {
	for range 100 {
		s, err := NewSystem(nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if n := systems.Len(); n != 0 {
		t.Errorf("%d are kept", n)
	}
}
