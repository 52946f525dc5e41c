package autoconnect

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"

	"vpnstatus/internal/facts"
	"vpnstatus/internal/vpn"
)

// twentyRules are rules of all kinds, of which none matches at home.
func twentyRules() []Rule {
	var rules []Rule
	for i := range 4 {
		rules = append(rules,
			Rule{Then: OutcomeIgnore, When: When{SSID: []string{fmt.Sprintf("Cafe %d*", i), "*guest*"}}},
			Rule{Then: OutcomeIgnore, When: When{GatewayMAC: []string{fmt.Sprintf("0:0:0:0:0:%d", i)}}},
			Rule{Then: OutcomeDisconnect, When: When{Subnet: []string{"10.0.0.0/8", "172.16.0.0/12"}}},
			Rule{Then: OutcomeIgnore, Services: []string{"*never*", "*nobody*"}},
			Rule{Then: OutcomeIgnore, When: When{Time: "01:00-02:00", Days: []string{"sun"}, Power: facts.Battery}})
	}
	return rules
}

// crowd is a policy with n services that are up.
func crowd(n int) (*Policy, []vpn.ID) {
	c := Config{Auto: map[vpn.ID]bool{}, RetryDelayMax: 2 * time.Minute, Rules: twentyRules()}
	var list []vpn.Configuration
	var ids []vpn.ID
	for i := range n {
		id := uuid.UUID{14: byte(i >> 8), 15: byte(i)}
		ids = append(ids, id)
		c.Auto[id] = true
		list = append(list, vpn.Configuration{ID: id, Name: fmt.Sprintf("Service number %d", i), Enabled: true})
	}
	p := New(c, Stored{}, evenly, t0)
	p.Handle(nil, ConfigurationsLoaded{list}, t0)
	p.Handle(nil, FactsChanged{home()}, t0)
	for _, id := range ids {
		p.Handle(nil, StatusChanged{ID: id, Status: vpn.Connected}, t0)
	}
	return p, ids
}

// BenchmarkDecision is one status event and its decision, among 1 or 1,000
// services, with 20 rules: a drop, its cause, the retry and the success in turn.
func BenchmarkDecision(b *testing.B) {
	for _, n := range []int{1, 1000} {
		b.Run(fmt.Sprintf("services=%d", n), func(b *testing.B) {
			p, ids := crowd(n)
			now := t0
			b.ReportAllocs()
			var out []Action
			for i := 0; b.Loop(); i++ {
				id := ids[i/4%n]
				now = now.Add(10 * time.Microsecond) // the shared tick has a benchmark of its own
				switch i % 4 {
				case 0:
					out = p.Handle(out[:0], StatusChanged{ID: id, Status: vpn.Disconnected}, now)
				case 1:
					out = p.Handle(out[:0], CauseLearned{ID: id, Cause: vpn.Cause{Family: vpn.FamilyVPN, Code: vpn.StopServerTerminated}, Answered: true}, now)
				case 2:
					out = p.Handle(out[:0], StatusChanged{ID: id, Status: vpn.Connecting}, now)
				case 3:
					out = p.Handle(out[:0], StatusChanged{ID: id, Status: vpn.Connected}, now)
				}
				p.Deadline()
			}
		})
	}
}

// BenchmarkSharedTick is the reading of the traffic of 1,000 services, which
// happens every 20 s.
func BenchmarkSharedTick(b *testing.B) {
	p, ids := crowd(1000)
	now := t0
	b.ReportAllocs()
	var out []Action
	for b.Loop() {
		now = now.Add(trafficEvery)
		out = p.Handle(out[:0], Tick{}, now)
		for _, id := range ids {
			p.Handle(nil, TrafficRead{ID: id, In: uint64(now.Unix()), Out: uint64(now.Unix()), Known: true}, now)
		}
	}
}

// BenchmarkNetworkChange is 1,000 services re-evaluated with 20 rules.
func BenchmarkNetworkChange(b *testing.B) {
	p, ids := crowd(1000)
	now := t0
	for _, id := range ids {
		p.Handle(nil, StatusChanged{ID: id, Status: vpn.Disconnected}, now)
	}
	b.ReportAllocs()
	var out []Action
	for i := 0; b.Loop(); i++ {
		now = now.Add(10 * time.Millisecond)
		f := home()
		f.SSID.Value = [...]string{"Home", "Office"}[i%2]
		out = p.Handle(out[:0], FactsChanged{f}, now)
	}
}
