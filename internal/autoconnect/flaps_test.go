package autoconnect

import (
	"testing"
	"time"
)

func TestFlaps(t *testing.T) {
	every := func(n int, d time.Duration) (drops []time.Duration) {
		for i := range n {
			drops = append(drops, time.Duration(i)*d)
		}
		return drops
	}
	for _, c := range []struct {
		name  string
		drops []time.Duration // after t0
		want  time.Duration   // the alarm is on until then; 0 if it is off
	}{
		{"no drop", nil, 0},
		{"one drop less than it takes", every(flapDrops-1, time.Second), 0},
		{"so many at once", every(flapDrops, 0), flapWindow},
		{"so many within ten minutes", every(flapDrops, flapWindow/(flapDrops-1)), 2 * flapWindow},
		{"so many in more than ten minutes", every(flapDrops, flapWindow/(flapDrops-1)+time.Millisecond), 0},
		{"many more, far apart", every(10*flapDrops, 3*time.Minute), 0},
		{"old drops do not count", append([]time.Duration{-time.Hour, -time.Hour}, every(flapDrops-1, time.Minute)...), 0},
		{"each further drop prolongs the alarm", every(flapDrops+1, time.Minute), flapDrops*time.Minute + flapWindow},
	} {
		t.Run(c.name, func(t *testing.T) {
			var f flaps
			last := t0
			for _, d := range c.drops {
				last = t0.Add(d)
				f.dropped(last)
			}
			if c.want == 0 {
				if f.unstable(last) {
					t.Errorf("the alarm is on until %v", f.until.Sub(t0))
				}
				return
			}
			if !f.unstable(last) || !f.unstable(t0.Add(c.want-1)) || f.unstable(t0.Add(c.want)) {
				t.Errorf("the alarm is on until %v, want %v", f.until.Sub(t0), c.want)
			}
		})
	}
}
