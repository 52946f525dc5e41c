package simulator

import (
	"math/rand/v2"
	"slices"
	"time"

	"github.com/google/uuid"

	"vpnstatus/internal/facts"
	"vpnstatus/internal/vpn"
)

// plannedStep is a step of the timeline with its own random stream.
type plannedStep struct {
	*Step
	index int
	done  int // how often it was performed
	rng   *rand.Rand
}

// perform carries out a step and schedules its repetition.
func (s *Simulator) perform(p *plannedStep) {
	s.observe(Observation{Kind: ObserveStep, Step: p.index})
	p.done++
	if !p.Every.IsZero() && (p.Times == 0 || p.done < p.Times) {
		s.after(s.draw(p.Every, p.rng), func() { s.perform(p) })
	}
	s.do(p)
}

func (s *Simulator) do(p *plannedStep) {
	length := s.draw(p.For, p.rng) // zero if not set
	switch p.Do {
	case DoNetwork:
		s.cancel(s.offlineEnd)
		s.move(s.networkIndex(p.Network))
	case DoOffline:
		s.cancel(s.offlineEnd)
		s.move(-1)
		if length > 0 {
			s.offlineEnd = s.after(length, func() {
				if s.network < 0 {
					s.move(s.before)
				}
			})
		}
	case DoSleep:
		s.sleep(length)
	case DoSwitchUser:
		s.switchUser(false)
		if length > 0 {
			s.activeEnd = s.after(length, func() { s.switchUser(true) })
		}
	case DoPower:
		s.power = facts.Power(p.To)
		s.factsChanged()
	case DoLocation:
		s.location = facts.Right(p.To)
		s.factsChanged()
	case DoCrash:
		s.crash(length)
	case DoAdd:
		s.addService(*p.Service)
	default:
		for _, v := range s.named(p.Services) {
			s.doTo(v, p, length)
		}
	}
}

// doTo applies a step to one service.
func (s *Simulator) doTo(v *service, p *plannedStep, length time.Duration) {
	switch p.Do {
	case DoOutage:
		s.setOutage(v, p.Echo)
		if length > 0 {
			v.outageEnd = s.after(length, func() { s.setOutage(v, "") })
		}
	case DoDrop:
		if v.active() && !s.asleep { // nothing arrives from the server while asleep
			v.down(p.Cause, p.Message, s.draw(teardown, v.rng))
		}
	case DoDead:
		if !v.status.Up() {
			return
		}
		v.settle()
		v.dead = true
		if length > 0 {
			v.later(length, func() {
				v.settle()
				v.dead = false
			})
		}
	case DoReassert:
		if v.status != vpn.Connected || s.asleep {
			return
		}
		v.reassert()
		v.reforced = true
		if length > 0 {
			v.later(length, func() {
				v.reforced = false
				v.comeBack()
			})
		}
	case DoCredentials:
		v.spec.Credentials = Credentials(p.To)
		v.watchPossible()
	case DoProvider:
		v.spec.ProviderMissing = p.To == "missing"
		if v.spec.ProviderMissing && v.active() {
			v.fail(CauseProviderMissing)
		}
		v.watchPossible()
	case DoRemove:
		s.remove(v)
	case DoRename:
		v.spec.Name = p.Name
		s.listChanged()
	case DoEdit:
		if v.active() {
			v.fail(CauseChanged)
		}
		v.spec.Server = p.Server
		s.listChanged()
	case DoEnable, DoDisable:
		v.spec.Disabled = p.Do == DoDisable
		if v.spec.Disabled && v.active() {
			v.fail(CauseDisabled)
		}
		s.listChanged()
		v.watchPossible()
		s.evaluateOnDemand(v)
	case DoStart:
		s.startService(v.spec.ID, vpn.Options{}, true)
	case DoStop:
		s.stopService(v.spec.ID, true)
	}
}

// addService adds a configuration unless there is one of the same ID.
func (s *Simulator) addService(spec Service) {
	if v := s.byID[spec.ID]; v != nil && !v.gone {
		return
	}
	s.insert(spec)
	s.notify(spec.ID)
	s.listChanged()
}

// setOutage begins an outage of the service's server; an empty echo ends it.
func (s *Simulator) setOutage(v *service, echo Echo) {
	s.cancel(v.outageEnd)
	before := v.answers()
	v.settle()
	v.outage = echo
	if v.answers() == before {
		return
	}
	if s.away {
		v.watchPossible()
		return
	}
	v.serverChanged()
}

func (s *Simulator) networkIndex(name string) int {
	return slices.IndexFunc(s.scenario.Networks, func(n Network) bool { return n.Name == name })
}

// named returns the existing services with the names or IDs. A renamed service
// keeps its name in the scenario as well.
func (s *Simulator) named(names []string) []*service {
	var out []*service
	add := func(v *service) {
		if v != nil && !v.gone && !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	for _, name := range names {
		if name == "*" {
			return slices.DeleteFunc(slices.Clone(s.services), func(v *service) bool { return v.gone })
		}
		if id, err := uuid.Parse(name); err == nil {
			add(s.byID[id])
		}
		add(s.byLabel[name])
	}
	return out
}
