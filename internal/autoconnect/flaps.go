package autoconnect

import "time"

// flaps remembers the last drops of a service.
type flaps struct {
	at    [flapDrops]time.Time // a ring
	next  int                  // in at
	until time.Time            // the alarm is on until then
}

// dropped records a drop.
func (f *flaps) dropped(now time.Time) {
	f.at[f.next] = now
	f.next = (f.next + 1) % flapDrops
	oldest := f.at[f.next]
	if !oldest.IsZero() && now.Sub(oldest) <= flapWindow {
		f.until = now.Add(flapWindow)
	}
}

func (f *flaps) unstable(now time.Time) bool { return now.Before(f.until) }

func (f *flaps) clamp(now time.Time) {
	for i := range f.at {
		since(now, &f.at[i])
	}
	within(flapWindow, now, &f.until)
}
