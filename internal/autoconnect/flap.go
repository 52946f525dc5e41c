package autoconnect

import (
	"slices"
	"time"
)

// flaps remembers the last drops of a service.
type flaps struct {
	at    [flapDrops]time.Time       // a ring, of drops
	next  int                        // in at
	lives [periodDrops]time.Duration // a ring, of how long the sessions had been up
	n     int                        // lives seen
	until time.Time                  // the alarm is on until then
}

// dropped takes in a drop of a session that had been up for the given time.
func (f *flaps) dropped(now time.Time, life time.Duration) {
	f.at[f.next] = now
	f.next = (f.next + 1) % flapDrops
	oldest := f.at[f.next]
	if !oldest.IsZero() && now.Sub(oldest) <= flapWindow {
		f.until = now.Add(flapWindow)
	}
	f.lives[f.n%periodDrops] = life
	f.n++
	if f.n == 2*periodDrops {
		f.n = periodDrops
	}
}

// period returns the length of the sessions when the last ones were of one
// length; 0: no regularity.
func (f *flaps) period() time.Duration {
	if f.n < periodDrops {
		return 0
	}
	sorted := f.lives
	slices.Sort(sorted[:])
	median := (sorted[(periodDrops-1)/2] + sorted[periodDrops/2]) / 2
	slack := time.Duration(float64(median) * periodTolerance)
	if median < periodLeast || sorted[0] < median-slack || sorted[periodDrops-1] > median+slack {
		return 0
	}
	return median.Round(time.Second)
}

func (f *flaps) unstable(now time.Time) bool { return now.Before(f.until) }

func (f *flaps) shift(d time.Duration) {
	for i := range f.at {
		shift(&f.at[i], d)
	}
	shift(&f.until, d)
}
