package autoconnect

import "time"

// liveness is what is known about whether a tunnel that says connected carries
// traffic: from the traffic counters, and from the answers of a test address, if
// one is set. It has no opinion without evidence.
type liveness struct {
	read    time.Time // next reading of the counters; zero if none is planned
	traffic traffic
	probe   probing
	renewed bool   // the session was renewed since the last change of the surroundings
	mended  uint64 // number of the network on which nothing came back and the session was renewed; 0 if there was none
	silent  Key    // it carries nothing, and renewing it did not help: what shows that; empty if it does
}

// probing is the checks of a test address.
type probing struct {
	next   time.Time // of the next check; zero if none is planned
	asked  bool      // the answer to a check is awaited
	misses int       // checks without success, in a row
}

// traffic is what the counters of one session have shown.
type traffic struct {
	known   bool // there was a reading
	in, out uint64
	heard   bool   // something has come in between two readings
	lost    int    // readings in a row since which something went out, and nothing came in
	sent    uint64 // bytes that went out in these
}

// take takes a reading, and reports whether something has come in since the
// last one. Counters that are missing, both zero or going backwards say nothing.
func (t *traffic) take(e TrafficRead) (heard bool) {
	last := *t
	if !e.Known || e.In == 0 && e.Out == 0 || last.known && (e.In < last.in || e.Out < last.out) {
		*t = traffic{}
		return false
	}
	t.known, t.in, t.out = true, e.In, e.Out
	switch {
	case !last.known:
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

// connected begins the checks of a new session.
func (l *liveness) connected(p Probe, probed bool, g grid, now time.Time) {
	*l = liveness{renewed: l.renewed, mended: l.mended, read: g.after(now)}
	if probed {
		l.probe.next = p.next(g, now)
	}
}

// reasserting forgets the checks so far: the tunnel is being re-established.
func (l *liveness) reasserting(wasConnected bool) {
	l.probe.asked, l.probe.misses, l.traffic = false, 0, traffic{}
	l.renewed = l.renewed && !wasConnected
}

// down forgets everything about the session but that it was renewed.
func (l *liveness) down() { *l = liveness{renewed: l.renewed, mended: l.mended} }

// refresh checks again soon after a change of the surroundings.
func (l *liveness) refresh(c changed, now time.Time) {
	l.traffic.lost, l.traffic.sent = 0, 0
	if c.network || c.wake {
		l.renewed, l.silent = false, ""
	}
	if !l.probe.next.IsZero() {
		l.probe = probing{next: now.Add(maxSettle)}
	}
}

// answered takes the answer of the test address.
func (l *liveness) answered(ok bool, now time.Time) {
	if ok {
		l.probe.misses, l.silent, l.renewed = 0, "", false
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

// dead returns why the session is to be renewed; empty if it is not. It renews
// once until the surroundings change: if that does not help, another time will
// not either, and silent says so. epoch is the number of the network.
func (l *liveness) dead(probed bool, epoch uint64, now time.Time) Key {
	if l.probe.misses >= probeMisses {
		l.probe.misses = 0
		if l.renewed {
			l.silent = KeySatisfiedNoAnswer
			return ""
		}
		l.renewed = true
		return KeyRecyclingDead
	}
	t, mended := &l.traffic, l.mended == epoch
	switch {
	case probed: // the test address decides; asking it costs little, so one reading is enough
		if t.heard && t.sent >= lostBytes && !l.probe.asked && l.probe.misses == 0 && l.silent == "" {
			l.probe.next = now
		}
	case !t.oneWay(), !t.heard && !mended:
		// What never had an answer may need none.
	case mended:
		l.silent = KeySatisfiedNoTraffic
	default:
		l.mended = epoch
		return KeyRecyclingNoTraffic
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
	since := t.Sub(g.Time) % trafficEvery
	if since < 0 {
		since += trafficEvery
	}
	return t.Add(trafficEvery - since)
}
