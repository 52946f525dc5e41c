package autoconnect

import "time"

// liveness is what is known about whether a tunnel that says connected carries
// traffic: from the traffic counters, and from the answers of a test address, if
// one is set. It has no opinion without evidence.
type liveness struct {
	read    time.Time // next reading of the counters; zero if none is planned
	traffic traffic
	probe   probing
	renewed Key // why the session was renewed since the last change of the surroundings; empty if it was not
	silent  Key // it carries nothing, and renewing it did not help: what shows that; empty if it does
}

// probing is the checks of a test address.
type probing struct {
	next   time.Time // of the next check; zero if none is planned
	asked  bool      // the answer to a check is awaited
	misses int       // checks without success, in a row
}

// traffic is what the counters of one session have shown. The zero value is that
// there was no reading.
type traffic struct {
	in, out uint64
	heard   bool   // something has come in between two readings
	lost    int    // readings in a row since which something went out, and nothing came in
	sent    uint64 // bytes that went out in these
}

// take takes a reading, and reports whether something has come in since the
// last one. Counters that are missing, both zero or going backwards say nothing.
func (t *traffic) take(e TrafficRead) (heard bool) {
	last := *t
	if !e.Known || e.In == 0 && e.Out == 0 || e.In < last.in || e.Out < last.out {
		*t = traffic{}
		return false
	}
	t.in, t.out = e.In, e.Out
	switch {
	case last == traffic{}:
	case e.In > last.in:
		t.heard, t.lost, t.sent = true, 0, 0
		return true
	case e.Out > last.out:
		t.lost++
		t.sent += e.Out - last.out
	default:
		t.lost, t.sent = 0, 0
	}
	return false
}

// oneWay reports whether something goes out all the time, and nothing comes in.
func (t *traffic) oneWay() bool { return t.lost >= lostReadings && t.sent >= lostBytes }

// connected begins the checks of a session that is new or was re-established.
func (l *liveness) connected(p Probe, probed bool, g grid, now time.Time) {
	*l = liveness{renewed: l.renewed, traffic: l.traffic, read: g.after(now)}
	if probed {
		l.probe.next = p.next(g, now)
	}
}

// reasserting forgets the checks so far: the tunnel is being re-established.
func (l *liveness) reasserting(wasConnected bool) {
	l.probe.asked, l.probe.misses = false, 0
	l.traffic.lost, l.traffic.sent = 0, 0
	if wasConnected && l.renewed == KeyRecyclingReasserting {
		l.renewed = "" // it had helped
	}
}

// refresh checks again soon after a change of the surroundings.
func (l *liveness) refresh(c changed, now time.Time) {
	l.traffic.lost, l.traffic.sent = 0, 0
	if c.network || c.wake {
		l.renewed, l.silent = "", ""
	}
	if !l.probe.next.IsZero() {
		l.probe = probing{next: now.Add(maxSettle)}
	}
}

// answered takes the answer of the test address.
func (l *liveness) answered(ok bool, now time.Time) {
	if ok {
		l.probe.misses, l.silent, l.renewed = 0, "", ""
		l.traffic.lost, l.traffic.sent = 0, 0
		return
	}
	if l.probe.misses++; l.probe.misses < probeMisses {
		l.probe.next = now.Add(probeAgain)
	}
}

// measured takes a reading of the counters.
func (l *liveness) measured(e TrafficRead) {
	if l.traffic.take(e) && l.silent == KeySatisfiedNoTraffic {
		l.silent = ""
	}
}

// renew notes that the session is to be renewed, and reports whether that may
// help: once until the surroundings change, whatever shows that it is of no use.
func (l *liveness) renew(why Key) bool {
	if l.renewed != "" {
		return false
	}
	l.renewed = why
	return true
}

// dead returns why the session is to be renewed; empty if it is not. If that
// can't help silent says so.
func (l *liveness) dead(probed bool, now time.Time) Key {
	t := &l.traffic
	switch {
	case l.probe.misses >= probeMisses:
		l.probe.misses = 0
		if l.renew(KeyRecyclingDead) {
			return KeyRecyclingDead
		}
		l.silent = KeySatisfiedNoAnswer
	case probed: // the test address decides; asking it costs little, so one reading is enough
		if t.heard && t.sent >= lostBytes && !l.probe.asked && l.probe.misses == 0 && l.silent == "" {
			l.probe.next = now
		}
	case !t.oneWay(), !t.heard && l.renewed != KeyRecyclingNoTraffic:
		// What never had an answer may need none.
	case l.renew(KeyRecyclingNoTraffic):
		return KeyRecyclingNoTraffic
	default:
		l.silent = KeySatisfiedNoTraffic
	}
	return ""
}

func (l *liveness) clamp(now time.Time) {
	within(trafficEvery, now, &l.read)
	within(probeAgain, now, &l.probe.next)
}

// next returns when the test address is asked next. Where the interval allows it,
// that is at a shared tick.
func (p Probe) next(g grid, now time.Time) time.Time {
	if p.Interval < trafficEvery {
		return now.Add(p.Interval)
	}
	return g.after(now.Add(p.Interval - time.Nanosecond))
}

// grid is the shared ticks: the moments at which everything periodic happens, so
// that the machine wakes once for all of it. It is one of the moments.
type grid struct{ time.Time }

// after returns the first tick after t.
func (g grid) after(t time.Time) time.Time {
	return t.Add(trafficEvery - t.Sub(g.Time)%trafficEvery)
}
