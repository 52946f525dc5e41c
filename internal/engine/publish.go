package engine

import (
	"reflect"
	"time"

	"vpnstatus/internal/autoconnect"
	"vpnstatus/internal/facts"
	"vpnstatus/internal/settings"
	"vpnstatus/internal/vpn"
)

// touch marks a service for the next snapshot.
func (e *Engine) touch(s *service) {
	if !s.dirty {
		s.dirty = true
		e.dirty = append(e.dirty, s)
	}
}

// publish makes a snapshot if anything differs from the last one, or the settings
// do: what is drawn and done depends on them too.
func (e *Engine) publish(now time.Time) {
	whole := e.changed
	e.changed = false
	changed := whole
	for _, s := range e.dirty {
		s.dirty = false
		changed = e.render(s) || changed
	}
	e.dirty = e.dirty[:0]
	if !changed && len(e.events) == 0 {
		return
	}
	last := e.latest.Load()
	next := &Snapshot{
		Seq:       last.Seq + 1,
		At:        now,
		Loaded:    e.loaded,
		Services:  make([]*Service, 0, len(e.order)),
		Pause:     e.policy.Pause(),
		Facts:     e.facts,
		Trusted:   e.trusted() >= 0,
		Problems:  last.Problems,
		Simulated: e.o.Simulated,
	}
	for _, s := range e.order {
		next.Services = append(next.Services, s.published)
	}
	if whole {
		next.Problems = e.problems()
	}
	if !next.Pause.Equal(last.Pause) && last.Seq > 0 {
		ev := Event{At: now, Kind: EventPause, To: "resumed"}
		if !next.Pause.IsZero() {
			ev.To, ev.Reason.Until = "paused", next.Pause
		}
		e.emit(ev)
	}
	if len(e.events) == 0 && !e.redraw && same(last, next) {
		return
	}
	e.redraw = false
	e.latest.Store(next)
	e.subs.publish(Update{Events: e.events, Snapshot: next})
	e.events = nil
}

// same reports whether two snapshots are equal apart from their number and
// time.
func same(a, b *Snapshot) bool {
	if a.Seq == 0 || len(a.Services) != len(b.Services) || a.Loaded != b.Loaded || !a.Pause.Equal(b.Pause) || a.Trusted != b.Trusted {
		return false
	}
	for i := range a.Services {
		if a.Services[i] != b.Services[i] {
			return false
		}
	}
	return reflect.DeepEqual(a.Problems, b.Problems) && reflect.DeepEqual(a.Facts, b.Facts)
}

// render makes the immutable record of a service, and reports whether it
// differs from the one published last.
func (e *Engine) render(s *service) bool {
	next := Service{
		Configuration: s.conf,
		Status:        s.status,
		Known:         s.known,
		Hidden:        e.hidden(s.conf),
		AutoConnect:   e.config.AutoConnect[s.conf.ID],
		Policy:        e.policy.View(s.conf.ID),
		Echo:          e.policy.Echo(s.conf.ID),
		Changed:       s.changed,
		Info:          s.info,
		Statistics:    s.traffic,
		Counters:      s.counters,
	}
	if p := s.published; p != nil && !s.infoNew &&
		p.Configuration == next.Configuration && p.Status == next.Status && p.Known == next.Known && p.Hidden == next.Hidden && p.AutoConnect == next.AutoConnect &&
		p.Policy == next.Policy && p.Echo == next.Echo && p.Changed.Equal(next.Changed) && p.Statistics == next.Statistics && p.Counters == next.Counters {
		return false
	}
	s.published, s.infoNew = &next, false
	return true
}

func (e *Engine) hidden(c vpn.Configuration) bool {
	_, ok := hiddenBy(e.config.Hidden, c)
	return ok
}

// hiddenBy returns the entry, an ID or a glob, that hides a service.
func hiddenBy(entries []string, c vpn.Configuration) (string, bool) {
	id := c.ID.String()
	for _, h := range entries {
		if h == id || autoconnect.MatchGlob(h, c.Name) {
			return h, true
		}
	}
	return "", false
}

// trusted returns the index of the trusted network that the machine is on, or -1.
func (e *Engine) trusted() int {
	for i, t := range e.config.Trusted {
		if onNetwork(t, e.facts) {
			return i
		}
	}
	return -1
}

func onNetwork(t settings.TrustedNetwork, f facts.Facts) bool {
	if t.SSID == "" && t.GatewayMAC == "" {
		return false
	}
	return (t.SSID == "" || f.SSID.Known && f.SSID.Value == t.SSID) &&
		(t.GatewayMAC == "" || f.GatewayMAC.Known && f.GatewayMAC.Value == t.GatewayMAC)
}

func (e *Engine) problems() []Problem {
	var list []Problem
	if e.o.Problems != nil {
		list = append(list, e.o.Problems()...)
	}
	if e.loadErr != nil {
		list = append(list, Problem{Key: backendKey, Text: "The list of VPNs could not be loaded: " + e.loadErr.Error()})
	}
	for _, err := range e.unopened {
		list = append(list, Problem{Key: backendKey, Text: err.Error()})
	}
	for _, w := range e.policy.Warnings() {
		list = append(list, Problem{Key: "policy", Text: w})
	}
	return list
}

// handleFacts reads the facts after the source has signalled a change.
func (e *Engine) handleFacts(now time.Time) {
	next := e.o.Facts.Current()
	if reflect.DeepEqual(next, e.facts) {
		return
	}
	if from, to := e.facts.Network().String(), next.Network().String(); from != to {
		e.emit(Event{At: now, Kind: EventNetwork, From: from, To: to})
		e.log.Info("network", "from", from, "to", to)
	}
	e.facts = next
	e.feed(autoconnect.FactsChanged{Facts: next}, now)
}
