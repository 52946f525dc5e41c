package comparison

import (
	"cmp"
	"math"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"vpnstatus/internal/facts"
	"vpnstatus/internal/simulator"
	"vpnstatus/internal/vpn"
)

// trace is what happens to a laptop with some services in some days: a scenario
// for the simulator, and what the user does by hand.
type trace struct {
	scenario simulator.Scenario
	days     int
	acts     []act // by time
}

// act is the user's click.
type act struct {
	at      time.Duration
	id      vpn.ID
	connect bool // else disconnect
}

// services lists the IDs of its services; all are wanted all the time unless the
// user says otherwise.
func (t *trace) services() []vpn.ID {
	ids := make([]vpn.ID, len(t.scenario.Services))
	for i, s := range t.scenario.Services {
		ids[i] = s.ID
	}
	return ids
}

func (t *trace) end() time.Duration { return time.Duration(t.days) * 24 * time.Hour }

func (t *trace) add(s simulator.Step) {
	if s.At < t.end() {
		t.scenario.Timeline = append(t.scenario.Timeline, s)
	}
}

// sort puts everything in the order of time.
func (t *trace) sort() {
	slices.SortStableFunc(t.scenario.Timeline, func(a, b simulator.Step) int { return cmp.Compare(a.At, b.At) })
	slices.SortStableFunc(t.acts, func(a, b act) int { return cmp.Compare(a.at, b.at) })
}

// addService adds a service with an ID and a server made from its name.
func (t *trace) addService(s simulator.Service) {
	s.ID, s.Server = serviceID(s.Name), strings.ReplaceAll(strings.ToLower(s.Name), " ", "-")+".example"
	t.scenario.Services = append(t.scenario.Services, s)
}

func serviceID(name string) vpn.ID { return uuid.NewSHA1(uuid.NameSpaceDNS, []byte(name)) }

// silentProbe is what the liveness probe of Silent asks.
const silentProbe = "intranet.example:443"

// weather is how bad the network is.
type weather struct {
	name              string
	seed              uint64        // of the first trace
	flaky             time.Duration // mean time between drops of Flaky
	outages           time.Duration // mean time between outages of each server
	shortest, longest time.Duration // of an outage
}

var (
	ordinary = weather{"ordinary", 1, 40 * time.Minute, 48 * time.Hour, 5 * time.Second, 4 * time.Hour}
	harsh    = weather{"harsh", 101, 8 * time.Minute, 8 * time.Hour, 30 * time.Second, 3 * time.Hour}
)

// chance draws from a seed.
type chance struct{ *rand.Rand }

func (c chance) exp(mean time.Duration) time.Duration {
	return time.Duration(c.ExpFloat64() * float64(mean))
}

func (c chance) between(a, b time.Duration) time.Duration {
	return a + time.Duration(c.Int64N(int64(b-a)))
}

func (c chance) logUniform(a, b time.Duration) time.Duration {
	return time.Duration(float64(a) * math.Pow(float64(b)/float64(a), c.Float64()))
}

var networks = []simulator.Network{
	{Name: "Home", SSID: "Home", Gateway: netip.MustParseAddr("192.168.1.1"), GatewayMAC: "02:00:00:00:00:01"},
	{Name: "Work", Interface: facts.Ethernet, Gateway: netip.MustParseAddr("10.1.0.1"), GatewayMAC: "02:00:00:00:00:02"},
	{Name: "Phone", SSID: "Phone", Gateway: netip.MustParseAddr("172.20.10.1"), GatewayMAC: "02:00:00:00:00:03"},
	{Name: "Café", SSID: "Café", Gateway: netip.MustParseAddr("192.168.43.1"), GatewayMAC: "02:00:00:00:00:04"},
}

// newTrace draws a trace of the comparison. The distributions:
//
//   - Drops: exponential, mean 40 min in ordinary and 8 min in harsh weather (Flaky),
//     2 days (Legacy, Company).
//   - Server outages: exponential, mean 2 days or 8 h apart for every server, 5 s to 4 h
//     or 30 s to 3 h, log-uniform, so that most are short. In one of ten the server
//     answers the question whether it is there, and no start.
//   - Dead tunnels: exponential, mean 2 days.
//   - The laptop: see addLaptop.
//   - By hand: about every second day the user disconnects one of the first four
//     services for 20 min to 8 h and connects it again.
func newTrace(w weather, seed uint64, days int) *trace {
	rng := chance{rand.New(rand.NewPCG(seed, 1))}
	answers := chance{rand.New(rand.NewPCG(seed, 2))}
	t := &trace{days: days, scenario: simulator.Scenario{Name: "comparison", Seed: seed, Networks: networks}}
	for _, s := range []simulator.Service{
		{Name: "Office", Protocol: vpn.IKEv2},
		{Name: "Flaky", Protocol: vpn.IKEv2},                                    // drops many times a day
		{Name: "Legacy", Protocol: vpn.L2TP},                                    // drops with every change of network
		{Name: "Company", Protocol: "Tunnel Co", OnSleep: simulator.Disconnect}, // its server drops it
		{Name: "Rejected", Protocol: vpn.IPSec},                                 // its password is rejected from the third day on
		{Name: "Silent", Protocol: "Tunnel Co", Probe: silentProbe},             // now and then says connected and carries nothing
	} {
		t.addService(s)
	}

	for _, d := range []struct {
		name string
		mean time.Duration
	}{{"Flaky", w.flaky}, {"Legacy", 48 * time.Hour}, {"Company", 48 * time.Hour}} {
		for at := rng.exp(d.mean); at < t.end(); at += rng.exp(d.mean) {
			t.add(simulator.Step{At: at, Do: simulator.DoDrop, Services: []string{d.name}})
		}
	}
	t.addOutages(rng, w)
	for i := range t.scenario.Timeline {
		if s := &t.scenario.Timeline[i]; s.Do == simulator.DoOutage && answers.IntN(10) == 0 {
			s.Echo = simulator.EchoAnswers
		}
	}
	for at := rng.exp(48 * time.Hour); at < t.end(); at += rng.exp(48 * time.Hour) {
		t.add(simulator.Step{At: at, Do: simulator.DoDead, Services: []string{"Silent"}})
	}
	t.add(simulator.Step{At: 60 * time.Hour, Do: simulator.DoCredentials, Services: []string{"Rejected"}, To: string(simulator.CredentialsRejected)})
	// The new password is enforced when the old connection ends.
	t.add(simulator.Step{At: 60*time.Hour + time.Second, Do: simulator.DoDrop, Services: []string{"Rejected"}})

	t.addLaptop(rng)

	for at := rng.exp(48 * time.Hour); at < t.end(); at += 12*time.Hour + rng.exp(36*time.Hour) {
		id := t.services()[rng.IntN(4)]
		long := rng.between(20*time.Minute, 8*time.Hour)
		// People click while they are awake.
		off := at.Truncate(24*time.Hour) + rng.between(9*time.Hour, 14*time.Hour)
		if off > t.end()-12*time.Hour || len(t.acts) > 0 && off < t.acts[len(t.acts)-1].at+time.Hour {
			continue
		}
		on := min(off+long, off.Truncate(24*time.Hour)+22*time.Hour)
		t.acts = append(t.acts, act{off, id, false}, act{on, id, true})
	}
	t.sort()
	return t
}

// newHealthyTrace draws a trace in which every tunnel that is up works, whatever
// its counters look like. The servers have the outages of ordinary weather.
func newHealthyTrace(seed uint64, days int) *trace {
	minutes := func(a, b int) simulator.Range {
		return simulator.Between(time.Duration(a)*time.Minute, time.Duration(b)*time.Minute)
	}
	rng := chance{rand.New(rand.NewPCG(seed, 3))}
	t := &trace{days: days, scenario: simulator.Scenario{Name: "healthy", Seed: seed, Networks: networks}}
	for _, s := range []simulator.Service{
		{Name: "Log shipper", Protocol: vpn.IKEv2, Traffic: &simulator.Traffic{Out: 50}}, // over UDP: never an answer
		{Name: "Unused", Protocol: vpn.L2TP, Traffic: &simulator.Traffic{}},
		{Name: "Now and then", Protocol: vpn.IKEv2, Traffic: &simulator.Traffic{In: 40_000, Out: 6000, Busy: minutes(1, 10), Quiet: minutes(1, 60)}},
		{Name: "Almost idle", Protocol: vpn.IPSec, Traffic: &simulator.Traffic{In: 1, Out: 2, Busy: minutes(1, 1), Quiet: minutes(1, 1), QuietOut: 2}},
		{Name: "Uncounted", Protocol: "Tunnel Co", Counters: simulator.CountersMissing},
		{Name: "Zeros", Protocol: vpn.L2TP, Counters: simulator.CountersZero},
		{Name: "Resets", Protocol: vpn.IKEv2, Counters: simulator.CountersReset},
	} {
		t.addService(s)
	}
	t.addOutages(rng, ordinary)
	t.addLaptop(rng)
	t.sort()
	return t
}

// addOutages adds outages of each server, of the weather's frequency and length.
func (t *trace) addOutages(rng chance, w weather) {
	for _, s := range t.scenario.Services {
		for at := rng.exp(w.outages); at < t.end(); at += rng.exp(w.outages) {
			long := rng.logUniform(w.shortest, w.longest)
			t.add(simulator.Step{At: at, Do: simulator.DoOutage, Services: []string{s.Name}, For: simulator.Exactly(long)})
			at += long
		}
	}
}

// addLaptop adds what happens to the laptop:
//
//   - Sleep: every night from about 23:30 to 7:30, lunch, and short lids-down of 1 to
//     40 min about five times a day.
//   - Roaming: on workdays home, train (offline, then a telephone), office; on two days of three a
//     café with a portal that the user answers after 1 to 5 min; until then macOS is offline.
func (t *trace) addLaptop(rng chance) {
	// The trace begins on a Monday at midnight.
	for day := range t.days {
		midnight := time.Duration(day) * 24 * time.Hour
		at := func(h float64) time.Duration { return midnight + time.Duration(h*float64(time.Hour)) }
		if day == 0 {
			t.add(simulator.Step{At: time.Minute, Do: simulator.DoSleep, For: simulator.Exactly(at(7.5) - time.Minute)})
		}
		night := at(23.5) + rng.between(-40*time.Minute, 25*time.Minute)
		t.add(simulator.Step{At: night, Do: simulator.DoSleep, For: simulator.Exactly(at(31.5) + rng.between(-30*time.Minute, 30*time.Minute) - night)})
		lunch := at(12.2) + rng.between(0, 40*time.Minute)
		t.add(simulator.Step{At: lunch, Do: simulator.DoSleep, For: simulator.Between(25*time.Minute, 55*time.Minute)})
		for range rng.IntN(6) {
			// Lids closed outside of lunch, commute and night.
			t.add(simulator.Step{At: at(13.5 + rng.Float64()*3), Do: simulator.DoSleep, For: simulator.Between(time.Minute, 20*time.Minute)})
		}
		if day%7 < 5 {
			for _, leg := range []struct {
				hour float64
				to   string
			}{{8.3, "Work"}, {17.6, "Home"}} {
				start := at(leg.hour) + rng.between(0, 20*time.Minute)
				t.add(simulator.Step{At: start, Do: simulator.DoOffline})
				start += rng.between(5*time.Minute, 12*time.Minute)
				t.add(simulator.Step{At: start, Do: simulator.DoNetwork, Network: "Phone"})
				for range rng.IntN(4) { // tunnels on the way
					start += rng.between(time.Minute, 3*time.Minute)
					t.add(simulator.Step{At: start, Do: simulator.DoOffline})
					start += rng.between(10*time.Second, 90*time.Second)
					t.add(simulator.Step{At: start, Do: simulator.DoNetwork, Network: "Phone"})
				}
				t.add(simulator.Step{At: start + rng.between(2*time.Minute, 5*time.Minute), Do: simulator.DoNetwork, Network: leg.to})
			}
		}
		if day%3 != 2 {
			cafe := at(19.5) + rng.between(0, 30*time.Minute)
			// macOS uses the network once the user has answered its portal.
			t.add(simulator.Step{At: cafe, Do: simulator.DoOffline})
			t.add(simulator.Step{At: cafe + rng.between(time.Minute, 5*time.Minute), Do: simulator.DoNetwork, Network: "Café"})
			t.add(simulator.Step{At: cafe + rng.between(40*time.Minute, 90*time.Minute), Do: simulator.DoNetwork, Network: "Home"})
		}
	}
}
