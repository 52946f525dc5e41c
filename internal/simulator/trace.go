package simulator

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"net/netip"
	"slices"
	"time"

	"vpnstatus/internal/facts"
	"vpnstatus/internal/vpn"
)

// FaultKind is a kind of faults that a Trace can hold.
type FaultKind string

// Kinds of faults, with how often and how long they are. Gaps are drawn from an
// exponential distribution with the mean given, lengths evenly over their
// logarithm: short ones are as frequent as long ones.
const (
	// FaultOutages: a server does not answer; per service every 36 h, for 10 s to 4 h.
	FaultOutages FaultKind = "outages"
	// FaultDrops: a session ends; per service gaps from 5 min to 3 days, evenly
	// over their logarithm.
	FaultDrops FaultKind = "drops"
	// FaultSleep: the laptop sleeps each night for 7 to 9 h and up to four times
	// a day for 1 min to 1 h.
	FaultSleep FaultKind = "sleep"
	// FaultRoaming: from home to the office and back five days a week with half
	// an hour offline between, some lunches in a café, and losses of the Wi-Fi
	// for 2 to 20 s every 6 h.
	FaultRoaming FaultKind = "roaming"
	// FaultRejected: the last service's credentials are rejected, every 10 days,
	// for 1 h to 1 day, until the user puts them right.
	FaultRejected FaultKind = "rejected"
	// FaultDead: a tunnel says connected and carries nothing; per service every 3 days,
	// until it is restarted.
	FaultDead FaultKind = "dead"
	// FaultCrash: the daemon crashes; every 5 days, for 1 to 10 s.
	FaultCrash FaultKind = "crash"
	// FaultUserSwitch: another user takes the screen; every 2 days, for 5 to 60 min.
	FaultUserSwitch FaultKind = "user-switch"
)

// FaultKinds lists all kinds.
func FaultKinds() []FaultKind {
	return []FaultKind{FaultOutages, FaultDrops, FaultSleep, FaultRoaming, FaultRejected, FaultDead, FaultCrash, FaultUserSwitch}
}

// Trace describes a generated scenario: what befalls a laptop over a span of
// days. Day 0 begins at midnight and is a Monday.
type Trace struct {
	Seed     uint64
	Span     time.Duration // for example 30 days
	Services int           // zero means 3; of all protocols in turn
	Kinds    []FaultKind
}

// Networks of a Trace.
const (
	TraceHome   = "Home"
	TraceOffice = "Office"
	TraceCafe   = "Café"
)

// Scenario builds the scenario. The same trace gives the same scenario, and each
// kind of faults has a random stream of its own: adding one kind leaves the
// others' times as they were.
func (t Trace) Scenario() Scenario {
	if t.Services == 0 {
		t.Services = 3
	}
	s := Scenario{
		Name: "trace", Description: fmt.Sprintf("%v with %v", t.Span, t.Kinds), Seed: t.Seed,
		Networks: []Network{
			{Name: TraceHome, Gateway: netip.MustParseAddr("192.168.1.1")},
			{Name: TraceOffice, Interface: facts.Ethernet, Gateway: netip.MustParseAddr("172.20.0.1")},
			{Name: TraceCafe, Gateway: netip.MustParseAddr("10.20.0.1")},
		},
	}
	protocols := []vpn.Protocol{vpn.IKEv2, "Fjord VPN", vpn.IPSec, vpn.L2TP}
	for i := range t.Services {
		s.Services = append(s.Services, Service{
			Name: fmt.Sprintf("Service %d", i+1), Protocol: protocols[i%len(protocols)], Server: fmt.Sprintf("vpn%d.example", i+1), Probe: fmt.Sprintf("10.64.%d.1:443", i),
		})
	}
	for _, kind := range FaultKinds() {
		if slices.Contains(t.Kinds, kind) {
			g := &generator{Trace: t, rng: t.stream(string(kind)), names: s.Services}
			g.generate(kind)
			s.Timeline = append(s.Timeline, g.steps...)
		}
	}
	slices.SortStableFunc(s.Timeline, func(a, b Step) int { return cmp.Compare(a.At, b.At) })
	return s
}

func (t Trace) stream(key string) *rand.Rand {
	s := Simulator{options: Options{Seed: t.Seed}}
	return s.stream("trace " + key)
}

type generator struct {
	Trace
	rng   *rand.Rand
	names []Service
	steps []Step
}

func (g *generator) add(at time.Duration, step Step) {
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
func (g *generator) often(mean time.Duration, step func() Step) {
	for at := g.gap(mean); at < g.Span; {
		s := step()
		g.add(at, s)
		at += s.For.Max + g.gap(mean)
	}
}

const day = 24 * time.Hour

func (g *generator) generate(kind FaultKind) {
	switch kind {
	case FaultOutages:
		for _, v := range g.names {
			g.often(36*time.Hour, func() Step {
				return Step{Do: DoOutage, Services: []string{v.Name}, For: Exactly(g.length(10*time.Second, 4*time.Hour))}
			})
		}
	case FaultDrops:
		causes := []Cause{CauseServerTerminated, CauseServerTerminated, CauseServerDead, CauseProvider, CauseNetworkChange, CauseNegotiation}
		for _, v := range g.names {
			for at := g.length(5*time.Minute, 3*day); at < g.Span; at += g.length(5*time.Minute, 3*day) {
				g.add(at, Step{Do: DoDrop, Services: []string{v.Name}, Cause: causes[g.rng.IntN(len(causes))]})
			}
		}
	case FaultSleep:
		for d := time.Duration(0); d < g.Span; d += day {
			at := d + g.even(9*time.Hour, 11*time.Hour)
			for range g.rng.IntN(5) {
				nap := g.length(time.Minute, time.Hour)
				g.add(at, Step{Do: DoSleep, For: Exactly(nap)})
				at += nap + g.even(time.Hour, 3*time.Hour)
			}
			// The nap before ends by 27:00, most days long before; a
			// night that begins during one is that nap.
			g.add(d+g.even(22*time.Hour, 24*time.Hour), Step{Do: DoSleep, For: Exactly(g.even(7*time.Hour, 9*time.Hour))})
		}
	case FaultRoaming:
		for i, d := 0, time.Duration(0); d < g.Span; i, d = i+1, d+day {
			if i%7 >= 5 {
				continue
			}
			leave := d + g.even(8*time.Hour, 9*time.Hour)
			g.add(leave, Step{Do: DoOffline})
			g.add(leave+g.even(10*time.Minute, 45*time.Minute), Step{Do: DoNetwork, Network: TraceOffice})
			if g.rng.IntN(3) == 0 {
				lunch := d + g.even(12*time.Hour, 13*time.Hour)
				g.add(lunch, Step{Do: DoNetwork, Network: TraceCafe})
				g.add(lunch+g.even(20*time.Minute, time.Hour), Step{Do: DoNetwork, Network: TraceOffice})
			}
			home := d + g.even(17*time.Hour, 18*time.Hour)
			g.add(home, Step{Do: DoOffline})
			g.add(home+g.even(10*time.Minute, 45*time.Minute), Step{Do: DoNetwork, Network: TraceHome})
		}
		g.often(6*time.Hour, func() Step { return Step{Do: DoOffline, For: Exactly(g.even(2*time.Second, 20*time.Second))} })
	case FaultRejected:
		last := []string{g.names[len(g.names)-1].Name}
		for at := g.gap(10 * day); at < g.Span; at += g.gap(10 * day) {
			g.add(at, Step{Do: DoCredentials, Services: last, To: string(CredentialsRejected)})
			// A password that has changed shows only at the next login.
			g.add(at, Step{Do: DoDrop, Services: last})
			at += g.length(time.Hour, day)
			g.add(at, Step{Do: DoCredentials, Services: last, To: string(CredentialsOK)})
		}
	case FaultDead:
		for _, v := range g.names {
			g.often(3*day, func() Step { return Step{Do: DoDead, Services: []string{v.Name}} })
		}
	case FaultCrash:
		g.often(5*day, func() Step { return Step{Do: DoCrash, For: Exactly(g.even(time.Second, 10*time.Second))} })
	case FaultUserSwitch:
		g.often(2*day, func() Step { return Step{Do: DoSwitchUser, For: Exactly(g.even(5*time.Minute, time.Hour))} })
	}
}
