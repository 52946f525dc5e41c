package neconfig

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"vpnstatus/internal/cocoa"
)

// These tests only read, and work on anyone's Mac.

const patience = 60 * time.Second // the first load launches a helper of the system's

func TestEveryRequiredPartIsThere(t *testing.T) {
	for _, p := range cocoa.Presences() {
		switch {
		case p.Present:
		case p.Optional:
			t.Logf("optional: %s is missing", p.Part)
		default:
			t.Errorf("%s is missing", p.Part)
		}
	}
}

// needHelper skips a test on a machine on which Apple's helper gives no
// configurations, such as a CI runner.
func needHelper(t *testing.T) {
	t.Helper()
	if err := helperAnswers(); err != nil {
		t.Skip("Apple's helper of VPN configurations does not serve this process: ", err)
	}
}

var helperAnswers = sync.OnceValue(func() error {
	m, err := System()
	if err != nil {
		return err
	}
	defer m.Close()
	got := make(chan error, 1)
	if err := m.Load(func(_ []Record, err error) { got <- err }); err != nil {
		return err
	}
	select {
	case err := <-got:
		return err
	case <-time.After(patience):
		return fmt.Errorf("no answer within %v", patience)
	}
})

func TestConfigurationsAreLoaded(t *testing.T) {
	needHelper(t)
	m, err := System()
	if err != nil {
		t.Fatal(err)
	}
	type answer struct {
		records []Record
		err     error
	}
	for range 20 {
		got := make(chan answer, 2)
		if err := m.Load(func(r []Record, err error) { got <- answer{r, err} }); err != nil {
			t.Fatal(err)
		}
		select {
		case a := <-got:
			if a.err != nil {
				t.Fatal(a.err)
			}
			if a.records == nil {
				t.Fatal("no list and no error")
			}
			for _, e := range Entries(a.records) {
				t.Logf("%s %q shown %t %s", e.Protocol, e.Name, e.Shown, e.Why)
			}
		case <-time.After(patience):
			t.Fatal("no answer")
		}
	}
	m.Close()
	if err := m.Load(func([]Record, error) {}); err == nil {
		t.Error("a closed manager loads")
	}
}

func TestWatchersComeAndGo(t *testing.T) {
	needHelper(t)
	p, err := thePlatform()
	if err != nil {
		t.Fatal(err)
	}
	for range 50 {
		m, err := System()
		if err != nil {
			t.Fatal(err)
		}
		if err := m.Watch(func() {}); err != nil {
			t.Fatal(err)
		}
		m.Close()
		m.Close() // again
		if _, ok := p.changedBlocks.Value(m.(*manager).watcher); ok {
			t.Fatal("a late notice would be passed on")
		}
	}
}

func TestWrongObjectsAreAnEmptyList(t *testing.T) {
	cocoa.Pool(func() {
		for _, o := range []string{"", "text"} {
			r, err := read(cocoa.String(o), cocoa.String(o))
			if err != nil || len(r) != 0 {
				t.Errorf("read = %v, %v", r, err)
			}
		}
		if r, err := read(0, 0); err != nil || r == nil || len(r) != 0 {
			t.Errorf("nothing = %v, %v", r, err)
		}
		// An object of another class has none of the properties.
		got := record(cocoa.String("text"))
		if got.ID.Known || got.VPN != nil || got.Name.Known {
			t.Errorf("record = %+v", got)
		}
		if protocol(0) != nil {
			t.Error("nil is a protocol")
		}
	})
}
