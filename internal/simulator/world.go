package simulator

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/netip"
	"time"

	"vpnstatus/internal/facts"
	"vpnstatus/internal/vpn"
)

// world is the surroundings of the daemon: the network, sleep, the user
// session.
type world struct {
	network    int // index of the network the machine is on or joins; -1 if none
	before     int // the network before it went offline
	linked     bool
	joining    *item
	offlineEnd *item
	asleep     bool
	sleptAt    time.Time
	wokeAt     time.Time
	slept      time.Duration // in all
	active     bool          // the user has the screen
	activeEnd  *item
	power      facts.Power
	location   facts.Right
	learned    time.Time // when the facts last changed
	sources    map[*source]bool
}

func (w *world) init(s *Simulator) {
	w.network, w.before, w.linked = -1, -1, false
	w.sources = map[*source]bool{}
	w.active, w.power, w.location, w.learned = true, s.scenario.Power, s.scenario.Location, s.start
	for i, n := range s.scenario.Networks {
		if n.Name == s.scenario.Network {
			w.network, w.before, w.linked = i, i, true
		}
	}
}

// online reports whether there is a network path.
func (s *Simulator) online() bool { return s.network >= 0 && s.linked }

// each calls do for each service that the daemon has.
func (s *Simulator) each(do func(v *service)) {
	for _, v := range s.services {
		if !v.gone && !s.away {
			do(v)
		}
	}
}

// settleAll must come before a change of the world that stops or starts traffic.
func (s *Simulator) settleAll() {
	for _, v := range s.services {
		v.settle()
	}
}

// move moves the machine to a network; -1 is offline. Wi-Fi takes a while to
// join, a cable does not.
func (s *Simulator) move(to int) {
	if to == s.network && (s.linked || s.joining != nil) {
		return
	}
	s.settleAll()
	was := s.online()
	s.cancel(s.joining)
	s.joining = nil
	if s.network >= 0 {
		s.before = s.network
	}
	s.network, s.linked = to, false
	cable := to >= 0 && s.scenario.Networks[to].Interface == facts.Ethernet
	if s.asleep {
		return // the machine joins the new network when it wakes
	}
	if cable {
		s.linked = true
	}
	if was {
		s.each(func(v *service) { v.networkLost(CauseNetworkChange) })
	}
	switch {
	case cable:
		s.linkUp()
	case to >= 0:
		s.joinAfter(s.draw(s.scenario.Join, s.rng))
	}
	s.factsChanged()
}

func (s *Simulator) joinAfter(d time.Duration) {
	s.joining = s.after(d, func() {
		s.joining = nil
		s.linkUp()
		s.factsChanged()
	})
}

func (s *Simulator) linkUp() {
	s.settleAll()
	s.linked = true
	s.each((*service).networkBack)
	s.each((*service).mind)
}

// sleep puts the machine to sleep; zero means forever.
func (s *Simulator) sleep(length time.Duration) {
	if s.asleep {
		return
	}
	s.settleAll()
	s.each(func(v *service) {
		if v.spec.OnSleep == Disconnect && v.active() {
			// The system waits for it before it sleeps.
			v.down(CauseSleep, "", 0)
		}
		s.cancel(v.again)
		v.forget() // nothing goes on while asleep
		if v.status == vpn.Disconnecting {
			v.enter(vpn.Disconnected)
		}
	})
	s.asleep, s.sleptAt = true, s.now
	s.cancel(s.joining)
	s.joining = nil
	if length > 0 {
		s.after(length, s.wake)
	}
	s.factsChanged()
}

// wake ends the sleep. The network comes back a while later.
func (s *Simulator) wake() {
	length := s.now.Sub(s.sleptAt)
	s.asleep, s.slept, s.wokeAt = false, s.slept+length, s.now
	s.linked = false
	s.each(func(v *service) {
		if v.status.Up() && length >= s.draw(v.spec.Oversleep, v.rng) && v.spec.OnNetworkChange == Follow {
			v.fail(CauseOverslept)
			return
		}
		if v.status == vpn.Reasserting { // the time limit starts again
			v.reassert()
		}
		v.networkLost(CauseNetworkChange)
	})
	if s.network >= 0 {
		s.joinAfter(s.draw(s.scenario.Wake, s.rng))
	}
	s.factsChanged()
}

// switchUser gives the screen to another user, or back.
func (s *Simulator) switchUser(active bool) {
	s.cancel(s.activeEnd)
	if s.active == active {
		return
	}
	s.active = active
	s.factsChanged()
}

// factsChanged notifies the sources.
func (s *Simulator) factsChanged() {
	s.learned = s.now
	for _, v := range s.services {
		v.watchPossible()
	}
	s.pathChanged()
}

// pathChanged notifies the sources of a change that may not show in the facts:
// a tunnel that goes up or down changes the network path too.
func (s *Simulator) pathChanged() {
	for src := range s.sources {
		poke(src.changed)
	}
}

func (s *Simulator) facts() facts.Facts {
	at := s.learned
	f := facts.Facts{
		Path: facts.Known(facts.Unsatisfied, at), Interface: facts.Known(facts.Interface(""), at), Gateway: facts.Known(netip.Addr{}, at),
		GatewayMAC: facts.Known("", at), Addresses: facts.Known([]netip.Prefix(nil), at), DNSDomains: facts.Known([]string(nil), at),
		DNSServers: facts.Known([]string(nil), at), Power: facts.Known(s.power, at), SessionActive: facts.Known(s.active, at),
		Asleep: s.asleep, WokeAt: s.wokeAt, LocationRight: s.location,
	}
	right := s.location == facts.RightGranted || s.location == facts.RightNotNecessary
	if right {
		f.SSID, f.BSSID = facts.Known("", at), facts.Known("", at)
	}
	if s.online() {
		n := s.scenario.Networks[s.network]
		f.Path, f.Interface = facts.Known(facts.Satisfied, at), facts.Known(n.Interface, at)
		f.Gateway, f.GatewayMAC = facts.Known(n.Gateway, at), facts.Known(n.GatewayMAC, at)
		f.Addresses, f.DNSDomains, f.DNSServers = facts.Known(n.Addresses, at), facts.Known(n.DNSDomains, at), facts.Known(n.DNSServers, at)
		if right {
			f.SSID, f.BSSID = facts.Known(n.SSID, at), facts.Known(n.BSSID, at)
		}
	}
	return f
}

// source implements facts.Source.
type source struct {
	s       *Simulator
	changed chan struct{}
}

// Facts returns a new source of the simulated surroundings.
func (s *Simulator) Facts() facts.Source {
	s.lock()
	defer s.unlock()
	src := &source{s, make(chan struct{}, 1)}
	if !s.closed {
		s.sources[src] = true
	}
	return src
}

func (src *source) Current() facts.Facts {
	src.s.lock()
	defer src.s.unlock()
	return src.s.facts()
}

func (src *source) Changed() <-chan struct{} { return src.changed }

func (src *source) Close() error {
	src.s.lock()
	defer src.s.unlock()
	delete(src.s.sources, src)
	return nil
}

const (
	// roundTrip is how long an answered probe or question takes.
	roundTrip = 30 * time.Millisecond
	forever   = time.Duration(math.MaxInt64)
)

// ErrNoAnswer is the error of a question that is not answered.
var ErrNoAnswer = errors.New("no answer")

// Probe returns nil if a target answers. The probe of a service answers while
// traffic flows through the tunnel of a service with that probe; any other target
// answers while the machine is online. If a target does not answer, Probe returns
// when ctx ends, as on a network that drops packets.
func (s *Simulator) Probe(ctx context.Context, target string) error {
	s.lock()
	wait := s.scale(roundTrip)
	if !s.reaches(target) {
		wait = forever
	}
	s.unlock()
	if err := s.wait(ctx, wait); err != nil {
		return fmt.Errorf("probing %s: %w", target, err)
	}
	return nil
}

func (s *Simulator) reaches(target string) bool {
	inside := false
	for _, v := range s.services {
		if v.spec.Probe == target && !v.gone {
			inside = true
			if v.carries() && !s.away {
				return true
			}
		}
	}
	return !inside && s.online() && !s.asleep
}

// answerLimit is how long a question waits for an answer, as in package reach.
const answerLimit = time.Second

// Ask asks a server whether it is there, as packages ike and ping do: it returns
// nil if the server of a service, or its host, answers. What the server says of starts is another
// matter: it answers also while they fail for other reasons than an outage.
// Silence is an error after a second, which is ErrNoAnswer.
func (s *Simulator) Ask(ctx context.Context, server string) error {
	s.lock()
	reached, wait := s.online() && !s.asleep, s.scale(roundTrip)
	asked := Observation{Kind: ObserveAsk}
	for _, v := range s.services {
		if v.spec.Server == server && !v.gone && !asked.Accepted {
			asked.ID, asked.Status, asked.Accepted = v.spec.ID, v.status, reached && v.echoes()
		}
	}
	if !asked.Accepted {
		wait = s.scale(answerLimit)
	}
	s.observe(asked)
	s.unlock()
	err := errors.New("the network is unreachable")
	if reached {
		err = s.wait(ctx, wait)
	}
	if err == nil && !asked.Accepted {
		err = ErrNoAnswer
	}
	if err != nil {
		return fmt.Errorf("asking the server %q: %w", server, err)
	}
	return nil
}

// echoes reports whether the service's server answers a question.
func (v *service) echoes() bool {
	return v.spec.Echo == EchoAnswers && v.outage != EchoSilent
}
