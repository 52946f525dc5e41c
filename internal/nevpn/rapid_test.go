package nevpn

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"vpnstatus/internal/neconfig"
	"vpnstatus/internal/nesession"
	"vpnstatus/internal/vpn"
)

// step is one thing that happens in a random scenario.
type step struct {
	what   string
	id     int
	status vpn.Status
	event  nesession.Event
	listed [3]bool
	pause  time.Duration
}

type scenario struct {
	delays []int // milliseconds before the callbacks, over and over
	fetch  time.Duration
	steps  []step
}

var scenarios = rapid.Custom(func(t *rapid.T) scenario {
	return scenario{
		delays: rapid.SliceOfN(rapid.IntRange(0, 400), 8, 8).Draw(t, "delays"),
		fetch:  time.Duration(rapid.IntRange(0, 1500).Draw(t, "fetch")) * time.Millisecond,
		steps: rapid.SliceOfN(rapid.Custom(func(t *rapid.T) step {
			s := step{
				what:   rapid.SampledFrom([]string{"open", "open", "close", "status", "status", "event", "list", "ask", "pause"}).Draw(t, "what"),
				id:     rapid.IntRange(0, 2).Draw(t, "id"),
				status: vpn.Status(rapid.IntRange(1, 5).Draw(t, "status")),
				event:  nesession.Event(rapid.SampledFrom([]int{0, 1, 3, 4, 99}).Draw(t, "event")),
				pause:  time.Duration(rapid.IntRange(0, 3000).Draw(t, "pause")) * time.Millisecond,
			}
			for i := range s.listed {
				s.listed[i] = rapid.IntRange(0, 3).Draw(t, "listed") > 0
			}
			return s
		}), 1, 40).Draw(t, "steps"),
	}
})

// Whatever the order of callbacks, calls and changes: no call on a released
// session, one release per create, no wait beyond the deadline, and in the end
// every open session knows the truth, or that its configuration is gone.
func TestAnyOrderEndsWithTheTruth(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		c := scenarios.Draw(rt, "scenario")
		var wrong complaints
		synctest.Test(t, func(*testing.T) { c.play(&wrong) })
		if len(wrong) > 0 {
			rt.Fatalf("%v", wrong)
		}
	})
}

type complaints []string

func (c *complaints) Errorf(format string, args ...any) {
	*c = append(*c, fmt.Sprintf(format, args...))
}

func (c scenario) play(t *complaints) {
	ids := []vpn.ID{office, home, uuid.MustParse("6F1D2B0A-1111-4E6F-8C6E-000000000003")}
	l, m := newLibrary(t), &manager{}
	n := 0
	l.delay = func() time.Duration { n++; return time.Duration(c.delays[n%len(c.delays)]) * time.Millisecond }
	l.fetch = c.fetch
	b := New(Parts{
		Sessions: func() (nesession.API, error) { return l, nil },
		Manager:  func() (neconfig.Manager, error) { return m, nil },
	})
	open := make([][]vpn.Session, len(ids))
	last := map[vpn.Session]vpn.Status{}
	listed := [3]bool{true, true, true}
	read := func() {
		for _, list := range open {
			for _, s := range list {
				for _, e := range lastEvents(s) {
					for st := vpn.Invalid; st <= vpn.Disconnecting; st++ {
						if e == st.String() {
							last[s] = st
						}
					}
				}
			}
		}
	}
	for _, s := range c.steps {
		switch s.what {
		case "open":
			k, err := b.Open(ids[s.id])
			if err != nil {
				t.Errorf("Open: %v", err)
				continue
			}
			open[s.id] = append(open[s.id], k)
			if st, err := k.Status(ctx); err == nil {
				last[k] = st
			}
		case "close":
			if len(open[s.id]) > 0 {
				if err := open[s.id][0].Close(); err != nil {
					t.Errorf("Close: %v", err)
				}
				open[s.id] = open[s.id][1:]
			}
		case "status":
			l.set(ids[s.id], s.status)
		case "event":
			l.emit(ids[s.id], s.event)
		case "list":
			listed = s.listed
			var records []neconfig.Record
			for i, id := range ids {
				if listed[i] {
					records = append(records, record(id, "VPN", 5))
				}
			}
			m.set(records...)
			if _, err := b.Configurations(ctx); err != nil {
				t.Errorf("Configurations: %v", err)
			}
		case "ask":
			for _, k := range open[s.id] {
				before := time.Now()
				if _, err := k.Info(ctx); err != nil && !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("Info: %v", err)
				}
				if d := time.Since(before); d > callLimit {
					t.Errorf("Info took %v", d)
				}
			}
		case "pause":
			time.Sleep(s.pause)
			read()
		}
	}
	time.Sleep(10 * time.Minute) // everything is delivered and settled
	synctest.Wait()
	read()
	for i, list := range open {
		for _, s := range list {
			got, err := s.Status(ctx)
			want := l.status(ids[i])
			if err != nil || got != want && (listed[i] || got != vpn.Invalid) {
				t.Errorf("Status = %v, %v, the truth is %v", got, err, want)
			}
			if last[s] != got {
				t.Errorf("the last event said %v, Status %v", last[s], got)
			}
		}
	}
	if err := b.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	l.close()
	if l.creates != l.releases {
		t.Errorf("%d sessions were created, %d released", l.creates, l.releases)
	}
}
