// Package faults generates scenarios for tests: what happens to a laptop's VPNs
// over days. It also knows which starts do harm then.
package faults

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"net/netip"
	"slices"
	"time"

	"vpnstatus/internal/facts"
	"vpnstatus/internal/simulator"
	"vpnstatus/internal/vpn"
)

// Kind is a kind of faults that a Trace can hold.
type Kind string

// Kinds of faults, with how often and how long they are. Gaps are drawn from an
// exponential distribution with the mean given, lengths evenly over their
// logarithm: short ones are as frequent as long ones.
const (
	// Outages: a server does not answer; per service every 36 h, for 10 s to 4 h.
	Outages Kind = "outages"
	// Drops: a session ends; per service gaps from 5 min to 3 days, evenly
	// over their logarithm.
	Drops Kind = "drops"
	// Sleep: the laptop sleeps each night for 7 to 9 h and up to four times
	// a day for 1 min to 1 h.
	Sleep Kind = "sleep"
	// Roaming: from home to the office and back five days a week with half
	// an hour offline between, some lunches in a café, and losses of the Wi-Fi
	// for 2 to 20 s every 6 h.
	Roaming Kind = "roaming"
	// Rejected: the last service's credentials are rejected, every 10 days,
	// for 1 h to 1 day, until the user corrects them.
	Rejected Kind = "rejected"
	// Dead: a tunnel is connected and carries no traffic; per service every 3
	// days, until it is restarted.
	Dead Kind = "dead"
	// Crash: the daemon crashes; every 5 days, for 1 to 10 s.
	Crash Kind = "crash"
	// UserSwitch: another user takes the screen; every 2 days, for 5 to 60 min.
	UserSwitch Kind = "user-switch"
)

// All lists all kinds.
func All() []Kind {
	return []Kind{Outages, Drops, Sleep, Roaming, Rejected, Dead, Crash, UserSwitch}
}

// Trace describes a generated scenario: what happens to a laptop over a span
// of days. Day 0 begins at midnight and is a Monday.
type Trace struct {
	Seed     uint64
	Span     time.Duration // for example 30 days
	Services int           // zero means 3; of all protocols in turn
	Kinds    []Kind
}

// Networks of a Trace.
const (
	home   = "Home"
	office = "Office"
	cafe   = "Café"
)

// Scenario builds the scenario. The same trace gives the same scenario, and each
// kind of faults has a random stream of its own: adding one kind leaves the
// others' times as they were.
func (t Trace) Scenario() simulator.Scenario {
	if t.Services == 0 {
		t.Services = 3
	}
	s := simulator.Scenario{
		Name: "trace", Seed: t.Seed,
		Networks: []simulator.Network{
			{Name: home, Gateway: netip.MustParseAddr("192.168.1.1")},
			{Name: office, Interface: facts.Ethernet, Gateway: netip.MustParseAddr("172.20.0.1")},
			{Name: cafe, Gateway: netip.MustParseAddr("10.20.0.1")},
		},
	}
	protocols := []vpn.Protocol{vpn.IKEv2, "Fjord VPN", vpn.IPSec, vpn.L2TP}
	for i := range t.Services {
		s.Services = append(s.Services, simulator.Service{
			Name: fmt.Sprintf("Service %d", i+1), Protocol: protocols[i%len(protocols)], Server: fmt.Sprintf("vpn%d.example", i+1), Probe: fmt.Sprintf("10.64.%d.1:443", i),
		})
	}
	for _, kind := range All() {
		if slices.Contains(t.Kinds, kind) {
			g := &generator{Trace: t, rng: t.stream(string(kind)), services: s.Services}
			g.generate(kind)
			s.Timeline = append(s.Timeline, g.steps...)
		}
	}
	slices.SortStableFunc(s.Timeline, func(a, b simulator.Step) int { return cmp.Compare(a.At, b.At) })
	return s
}

func (t Trace) stream(key string) *rand.Rand {
	h := fnv.New64a()
	h.Write([]byte("trace " + key))
	return rand.New(rand.NewPCG(t.Seed, h.Sum64()))
}

type generator struct {
	Trace
	rng      *rand.Rand
	services []simulator.Service
	steps    []simulator.Step
}

func (g *generator) add(at time.Duration, step simulator.Step) {
	if at >= 0 && at < g.Span {
		step.At = at
		g.steps = append(g.steps, step)
	}
}

// gap draws from an exponential distribution, at least a second.
func (g *generator) gap(mean time.Duration) time.Duration {
	return max(time.Second, time.Duration(g.rng.ExpFloat64()*float64(mean)))
}

// length draws evenly over the logarithm.
func (g *generator) length(shortest, longest time.Duration) time.Duration {
	ratio := math.Log(float64(longest) / float64(shortest))
	return time.Duration(float64(shortest) * math.Exp(g.rng.Float64()*ratio)).Round(time.Millisecond)
}

// even draws evenly.
func (g *generator) even(shortest, longest time.Duration) time.Duration {
	return shortest + time.Duration(g.rng.Int64N(int64(longest-shortest)))
}

// often adds steps with gaps of the mean, one after the other.
func (g *generator) often(mean time.Duration, step func() simulator.Step) {
	for at := g.gap(mean); at < g.Span; {
		s := step()
		g.add(at, s)
		at += s.For.Max + g.gap(mean)
	}
}

const day = 24 * time.Hour

func (g *generator) generate(kind Kind) {
	switch kind {
	case Outages:
		for _, v := range g.services {
			g.often(36*time.Hour, func() simulator.Step {
				return simulator.Step{Do: simulator.DoOutage, Services: []string{v.Name}, For: simulator.Exactly(g.length(10*time.Second, 4*time.Hour))}
			})
		}
	case Drops:
		causes := []simulator.Cause{simulator.CauseServerTerminated, simulator.CauseServerTerminated, simulator.CauseServerDead, simulator.CauseProvider, simulator.CauseNetworkChange, simulator.CauseNegotiation}
		for _, v := range g.services {
			for at := g.length(5*time.Minute, 3*day); at < g.Span; at += g.length(5*time.Minute, 3*day) {
				g.add(at, simulator.Step{Do: simulator.DoDrop, Services: []string{v.Name}, Cause: causes[g.rng.IntN(len(causes))]})
			}
		}
	case Sleep:
		for d := time.Duration(0); d < g.Span; d += day {
			at := d + g.even(9*time.Hour, 11*time.Hour)
			for range g.rng.IntN(5) {
				nap := g.length(time.Minute, time.Hour)
				g.add(at, simulator.Step{Do: simulator.DoSleep, For: simulator.Exactly(nap)})
				at += nap + g.even(time.Hour, 3*time.Hour)
			}
			// The nap before ends by 27:00, most days long before; a
			// night that begins during one is that nap.
			g.add(d+g.even(22*time.Hour, 24*time.Hour), simulator.Step{Do: simulator.DoSleep, For: simulator.Exactly(g.even(7*time.Hour, 9*time.Hour))})
		}
	case Roaming:
		for i, d := 0, time.Duration(0); d < g.Span; i, d = i+1, d+day {
			if i%7 >= 5 {
				continue
			}
			leave := d + g.even(8*time.Hour, 9*time.Hour)
			g.add(leave, simulator.Step{Do: simulator.DoOffline})
			g.add(leave+g.even(10*time.Minute, 45*time.Minute), simulator.Step{Do: simulator.DoNetwork, Network: office})
			if g.rng.IntN(3) == 0 {
				lunch := d + g.even(12*time.Hour, 13*time.Hour)
				g.add(lunch, simulator.Step{Do: simulator.DoNetwork, Network: cafe})
				g.add(lunch+g.even(20*time.Minute, time.Hour), simulator.Step{Do: simulator.DoNetwork, Network: office})
			}
			evening := d + g.even(17*time.Hour, 18*time.Hour)
			g.add(evening, simulator.Step{Do: simulator.DoOffline})
			g.add(evening+g.even(10*time.Minute, 45*time.Minute), simulator.Step{Do: simulator.DoNetwork, Network: home})
		}
		g.often(6*time.Hour, func() simulator.Step {
			return simulator.Step{Do: simulator.DoOffline, For: simulator.Exactly(g.even(2*time.Second, 20*time.Second))}
		})
	case Rejected:
		last := []string{g.services[len(g.services)-1].Name}
		for at := g.gap(10 * day); at < g.Span; at += g.gap(10 * day) {
			g.add(at, simulator.Step{Do: simulator.DoCredentials, Services: last, To: string(simulator.CredentialsRejected)})
			// A password that has changed shows only at the next login.
			g.add(at, simulator.Step{Do: simulator.DoDrop, Services: last})
			at += g.length(time.Hour, day)
			g.add(at, simulator.Step{Do: simulator.DoCredentials, Services: last, To: string(simulator.CredentialsOK)})
		}
	case Dead:
		for _, v := range g.services {
			g.often(3*day, func() simulator.Step { return simulator.Step{Do: simulator.DoDead, Services: []string{v.Name}} })
		}
	case Crash:
		g.often(5*day, func() simulator.Step {
			return simulator.Step{Do: simulator.DoCrash, For: simulator.Exactly(g.even(time.Second, 10*time.Second))}
		})
	case UserSwitch:
		g.often(2*day, func() simulator.Step {
			return simulator.Step{Do: simulator.DoSwitchUser, For: simulator.Exactly(g.even(5*time.Minute, time.Hour))}
		})
	}
}

// Harm returns why a start must not reach the system, whoever wants it, such as
// "while offline"; nil if it may.
func Harm(start simulator.Observation) (why []string) {
	if start.Status != vpn.Disconnected {
		why = append(why, "while "+start.Status.String())
	}
	if !start.Online {
		why = append(why, "while offline")
	}
	if start.Asleep {
		why = append(why, "while asleep")
	}
	if !start.Active {
		why = append(why, "while another user has the screen")
	}
	return why
}
