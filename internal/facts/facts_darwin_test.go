package facts

import (
	"testing"
	"time"
)

func TestNetworkPathIsKnownAtStart(t *testing.T) {
	s := NewSystem(nil)
	defer s.Close()
	if _, err := network(); err != nil {
		t.Skip(err)
	}
	deadline := time.After(10 * time.Second)
	for !s.Current().Path.Known {
		select {
		case <-s.Changed():
		case <-deadline:
			t.Fatal("the network path stays unknown")
		}
	}
	t.Logf("%+v", s.Current())
}

func TestNetworkAndPowerAreRead(t *testing.T) {
	s := NewSystem(nil)
	defer s.Close()
	for _, err := range []error{second(storeOf()), second(powerOf())} {
		if err != nil {
			t.Skip(err)
		}
	}
	deadline := time.After(10 * time.Second)
	for f := s.Current(); !f.Interface.Known || !f.Addresses.Known || !f.Power.Known; f = s.Current() {
		select {
		case <-s.Changed():
		case <-deadline:
			if s := s.(*system); !s.hasStore() {
				t.Skip("this system has no dynamic store to open: no configd")
			}
			t.Fatalf("not known: %+v", f)
		}
	}
	f := s.Current()
	if f.Gateway.Value.IsValid() && len(f.Addresses.Value) == 0 || f.Interface.Value == "" && len(f.Addresses.Value) > 0 {
		t.Errorf("these do not go together: %+v", f)
	}
}

func (s *system) hasStore() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.store != 0
}

func second[T any](_ T, err error) error { return err }

func TestNobodyIsAskedOutsideAnApp(t *testing.T) {
	s := NewSystem(nil)
	defer s.Close()
	if s.(LocationAsker).RequestLocation() {
		t.Error("a test asks for the location")
	}
}

func TestRoutingTableIsRead(t *testing.T) {
	list, err := neighbours()
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range list {
		if !n.address.IsValid() || n.index == 0 {
			t.Errorf("%+v", n)
		}
	}
}

func TestSourcesComeAndGo(t *testing.T) {
	for range 100 {
		s := NewSystem(nil)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if n := systems.Len(); n != 0 {
		t.Errorf("%d are kept", n)
	}
}
