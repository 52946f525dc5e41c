package facts

import (
	"testing"
	"time"
)

func TestPathInTheMonitorsNumbers(t *testing.T) {
	now := time.Unix(1_000_000, 0)
	before := now.Add(-time.Hour)
	wifi := Known(WiFi, before)
	for name, c := range map[string]struct {
		had    Facts
		status int
		uses   []int
		want   Facts
	}{
		"Wi-Fi at start":                         {Facts{}, 1, []int{1}, Facts{Path: Known(Satisfied, now), Interface: Known(WiFi, now)}},
		"cable goes before Wi-Fi":                {Facts{}, 1, []int{1, 3}, Facts{Path: Known(Satisfied, now), Interface: Known(Ethernet, now)}},
		"same Wi-Fi keeps its time":              {Facts{Interface: wifi}, 1, []int{1}, Facts{Path: Known(Satisfied, now), Interface: wifi}},
		"a tunnel hides nothing":                 {Facts{Interface: wifi}, 1, []int{0}, Facts{Path: Known(Satisfied, now), Interface: wifi}},
		"phone":                                  {Facts{Interface: wifi}, 1, []int{2}, Facts{Path: Known(Satisfied, now), Interface: Known(Cellular, now)}},
		"on demand link counts as network":       {Facts{}, 3, nil, Facts{Path: Known(Satisfied, now)}},
		"no network":                             {Facts{Interface: wifi}, 2, nil, Facts{Path: Known(Unsatisfied, now)}},
		"a status of a later system is no claim": {Facts{Path: Known(Satisfied, before)}, 9, nil, Facts{}},
	} {
		t.Run(name, func(t *testing.T) {
			f := c.had
			f.setPath(c.status, func(kind int) bool {
				for _, u := range c.uses {
					if u == kind {
						return true
					}
				}
				return false
			}, now)
			if f.Path != c.want.Path || f.Interface != c.want.Interface {
				t.Errorf("path %+v, interface %+v, want %+v and %+v", f.Path, f.Interface, c.want.Path, c.want.Interface)
			}
		})
	}
}

func TestSleepAndWakeAreTimed(t *testing.T) {
	var f Facts
	slept, woke := time.Unix(100, 0), time.Unix(200, 0)
	f.setAsleep(true, slept)
	if !f.Asleep || f.SleptAt != slept {
		t.Errorf("%+v", f)
	}
	f.setAsleep(false, woke)
	if f.Asleep || f.WokeAt != woke || f.SleptAt != slept {
		t.Errorf("%+v", f)
	}
}

func TestBoardFoldsBursts(t *testing.T) {
	b := newBoard()
	for range 3 {
		b.update(func(f *Facts) { f.SessionActive = Known(true, time.Unix(1, 0)) })
	}
	<-b.Changed()
	select {
	case <-b.Changed():
		t.Error("a burst is told twice")
	default:
	}
	if !b.Current().SessionActive.Value {
		t.Errorf("%+v", b.Current())
	}
}

func TestSystemSourceOpensAndClosesAnywhere(t *testing.T) {
	s, err := NewSystem(nil)
	if err != nil {
		t.Fatal(err)
	}
	_ = s.Current()
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Error("closed twice:", err)
	}
}
