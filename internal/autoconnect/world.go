package autoconnect

import (
	"time"

	"vpnstatus/internal/vpn"
)

// world is what all services share. They only read it.
type world struct {
	config Config
	jitter func() float64
	here   surroundings
	rules  ruleset
	pause  Until
	ticks  grid

	up       int // services that are up
	enclosed int // of these, those through which all traffic is forced
}

// count adds a service to the counts, or takes it away with n = -1.
func (w *world) count(s *service, n int) {
	if s.seen.status.Up() {
		w.up += n
		if s.conf.IncludeAllNetworks {
			w.enclosed += n
		}
	}
}

func (w *world) paused() bool { return !w.pause.IsZero() }

// cap returns the cap of the back-off.
func (w *world) cap() time.Duration {
	if w.config.RetryDelayMax == 0 {
		return DefaultRetryDelay
	}
	return min(max(w.config.RetryDelayMax, MinRetryDelay), MaxRetryDelay)
}

// probe returns the liveness probe of a service with defaults filled in.
func (w *world) probe(id vpn.ID) (Probe, bool) {
	p, ok := w.config.Probes[id]
	if !ok || p.Target == "" {
		return p, false
	}
	if p.Interval == 0 {
		p.Interval = probeEvery
	}
	p.Interval = max(p.Interval, minProbeInterval)
	return p, true
}

// next returns when every service must be looked at again; zero if only an
// event changes anything for all.
func (w *world) next(now time.Time) time.Time {
	next := earlier(w.here.next(now), w.rules.boundary)
	if w.pause.Time.After(now) {
		next = earlier(next, w.pause.Time)
	}
	return next
}
