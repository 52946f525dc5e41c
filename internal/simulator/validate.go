package simulator

import (
	"cmp"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"vpnstatus/internal/facts"
	"vpnstatus/internal/vpn"
)

// namespace makes the IDs of services that give none.
var namespace = uuid.MustParse("6ba06c4e-7d5d-4a58-9a0c-5f5b6f3e2f4d")

// withDefaults returns a copy with all defaults filled in.
func (s Scenario) withDefaults() Scenario {
	s.Load = s.Load.or(Between(5*time.Millisecond, 30*time.Millisecond))
	s.Join = s.Join.or(Between(300*time.Millisecond, 1500*time.Millisecond))
	s.Wake = s.Wake.or(Between(time.Second, 4*time.Second))
	s.Power = cmp.Or(s.Power, facts.AC)
	if s.Location == facts.RightUnknown {
		s.Location = facts.RightGranted
	}
	s.Networks = slices.Clone(s.Networks)
	if len(s.Networks) == 0 {
		s.Networks = []Network{{Name: "Network", Interface: facts.Ethernet}}
	}
	for i := range s.Networks {
		s.Networks[i].setDefaults(i)
	}
	s.Network = cmp.Or(s.Network, s.Networks[0].Name)
	s.Services = slices.Clone(s.Services)
	for i := range s.Services {
		s.Services[i].setDefaults()
	}
	s.Timeline = slices.Clone(s.Timeline)
	for i := range s.Timeline {
		t := &s.Timeline[i]
		if t.Do == DoDrop {
			t.Cause = cmp.Or(t.Cause, CauseServerTerminated)
		}
		if t.Do == DoOutage {
			t.Echo = cmp.Or(t.Echo, EchoSilent)
		}
		if t.Service != nil {
			v := *t.Service
			v.setDefaults()
			t.Service = &v
		}
	}
	return s
}

func (n *Network) setDefaults(i int) {
	n.Interface = cmp.Or(n.Interface, facts.WiFi)
	if n.Interface == facts.WiFi {
		n.SSID = cmp.Or(n.SSID, n.Name)
		n.BSSID = cmp.Or(n.BSSID, fmt.Sprintf("02:00:5e:01:%02x:%02x", i>>8&0xff, i&0xff))
	}
	n.GatewayMAC = cmp.Or(n.GatewayMAC, fmt.Sprintf("02:00:5e:00:%02x:%02x", i>>8&0xff, i&0xff))
	n.BSSID, n.GatewayMAC = strings.ToLower(n.BSSID), strings.ToLower(n.GatewayMAC)
	host := byte(i%200 + 10)
	if !n.Gateway.IsValid() {
		n.Gateway = netip.AddrFrom4([4]byte{192, 168, host, 1})
	}
	if len(n.Addresses) == 0 {
		n.Addresses = []netip.Prefix{netip.PrefixFrom(netip.AddrFrom4([4]byte{192, 168, host, 23}), 24)}
	}
	if len(n.DNSServers) == 0 {
		n.DNSServers = []string{n.Gateway.String()}
	}
}

func (v *Service) setDefaults() {
	if v.ID == uuid.Nil {
		v.ID = uuid.NewSHA1(namespace, []byte(v.Name))
	}
	if v.Status == vpn.Invalid {
		v.Status = vpn.Disconnected
	}
	v.Credentials = cmp.Or(v.Credentials, CredentialsOK)
	v.DropCause = cmp.Or(v.DropCause, CauseServerTerminated)
	v.Counters = cmp.Or(v.Counters, CountersOK)
	v.Echo = cmp.Or(v.Echo, EchoAnswers)
	v.OnSleep = cmp.Or(v.OnSleep, Keep)
	if v.OnNetworkChange == "" {
		v.OnNetworkChange = Follow
		if class(v.Protocol) != vpn.FamilyVPN {
			v.OnNetworkChange = Drop
		}
	}
	if v.Prompt != nil {
		p := *v.Prompt
		p.Takes = p.Takes.or(Between(3*time.Second, 8*time.Second))
		v.Prompt = &p
	}
	v.Connect = v.Connect.or(connectTime(v.Protocol))
	v.GiveUp = v.GiveUp.or(Between(15*time.Second, 30*time.Second))
	v.Disconnect = v.Disconnect.or(Between(100*time.Millisecond, 600*time.Millisecond))
	v.Reassert = v.Reassert.or(Between(500*time.Millisecond, 2*time.Second))
	v.ReassertLimit = v.ReassertLimit.or(Between(60*time.Second, 90*time.Second))
	v.Notice = v.Notice.or(Between(20*time.Second, time.Minute))
	v.Oversleep = v.Oversleep.or(Exactly(30 * time.Minute))
	v.OnDemandPause = v.OnDemandPause.or(Exactly(5 * time.Minute))
}

func connectTime(p vpn.Protocol) Range {
	switch p {
	case vpn.IKEv2:
		return Between(400*time.Millisecond, 1500*time.Millisecond)
	case vpn.IPSec:
		return Between(time.Second, 3*time.Second)
	case vpn.L2TP, vpn.PPTP:
		return Between(2*time.Second, 5*time.Second)
	}
	return Between(600*time.Millisecond, 2*time.Second)
}

// Validate reports the first thing that is wrong.
func (s Scenario) Validate() error {
	if path, reason := s.withDefaults().check(); reason != "" {
		return fmt.Errorf("scenario %s: %s: %s", cmp.Or(s.Name, "without a name"), path, reason)
	}
	return nil
}

// check returns where a scenario that has its defaults is wrong first, as in
// services[2].connect, and why.
func (s Scenario) check() (path, reason string) {
	c := checker{networks: map[string]bool{}, ids: map[vpn.ID]bool{}, names: map[string]int{}, added: map[string]bool{}}
	c.span("load", s.Load)
	c.span("join", s.Join)
	c.span("wake", s.Wake)
	oneOf(&c, "power", s.Power, facts.AC, facts.Battery)
	oneOf(&c, "location", s.Location, locations...)
	for i, n := range s.Networks {
		c.network(fmt.Sprintf("networks[%d]", i), n)
	}
	c.fail(s.Network != Offline && !c.networks[s.Network], "network", "no network is called %q", s.Network)
	for i, v := range s.Services {
		path := fmt.Sprintf("services[%d]", i)
		c.service(path, v)
		c.fail(c.ids[v.ID], path, "another service has the same ID %s; services of one name need an \"id\"", v.ID)
		c.fail(v.Status == vpn.Connected && (v.Disabled || s.Network == Offline), path+".status",
			"it can't be connected at the start: it is disabled, or there is no network")
		c.ids[v.ID] = true
		c.names[v.Name]++
	}
	for i, t := range s.Timeline {
		if v := t.Service; v != nil {
			path := fmt.Sprintf("timeline[%d].service", i)
			c.service(path, *v)
			c.fail(v.Status == vpn.Connected, path+".status", "a service that is added is not connected")
			c.added[v.Name], c.added[v.ID.String()] = true, true
		}
	}
	for i, t := range s.Timeline {
		c.step(fmt.Sprintf("timeline[%d]", i), t)
	}
	return c.path, c.reason
}

var locations = []facts.Right{facts.RightGranted, facts.RightDenied, facts.RightNotAsked, facts.RightNotNecessary}

// checker records the first problem.
type checker struct {
	path     string
	reason   string
	networks map[string]bool
	ids      map[vpn.ID]bool
	names    map[string]int  // how many services have the name
	added    map[string]bool // names and IDs of services that steps add
}

func (c *checker) fail(wrong bool, path, format string, args ...any) {
	if wrong && c.reason == "" {
		c.path, c.reason = path, fmt.Sprintf(format, args...)
	}
}

const (
	maxDuration = 10 * 365 * 24 * time.Hour // longer ones could overflow when added
	minPeriod   = 100 * time.Millisecond    // shorter ones would keep the machine busy
)

func (c *checker) span(path string, r Range) {
	c.fail(r.Min < 0, path, "a duration can't be negative")
	c.fail(r.Max < r.Min, path, "the longest duration %v is shorter than the shortest %v", r.Max, r.Min)
	c.fail(r.Max > maxDuration, path, "a duration can't be longer than ten years")
}

// period is a span after which something repeats; zero if it does not.
func (c *checker) period(path string, r Range) {
	c.span(path, r)
	c.fail(!r.IsZero() && r.Min < minPeriod, path, "shorter than %v", minPeriod)
}

func (c *checker) odds(path string, f float64) {
	c.fail(!(f >= 0 && f <= 1), path, "odds must be from 0 to 1, not %v", f)
}

func oneOf[T ~string](c *checker, path string, v T, allowed ...T) {
	c.fail(!slices.Contains(allowed, v), path, "unknown value %q; want one of %q", v, allowed)
}

func (c *checker) network(path string, n Network) {
	c.fail(n.Name == "", path+".name", "a network needs a name")
	c.fail(n.Name == Offline, path+".name", "%q stands for no network", Offline)
	c.fail(c.networks[n.Name], path+".name", "another network is called %q", n.Name)
	c.networks[n.Name] = true
	oneOf(c, path+".interface", n.Interface, facts.WiFi, facts.Ethernet, facts.Cellular, facts.OtherInt)
	c.fail(n.Interface != facts.WiFi && n.SSID != "", path+".ssid", "only Wi-Fi has an SSID")
}

func (c *checker) service(path string, v Service) {
	c.fail(v.Protocol == "", path+".protocol", "a service needs a protocol: IKEv2, IPSec, L2TP or the name of a provider")
	c.fail(v.Status != vpn.Disconnected && v.Status != vpn.Connected, path+".status", "a service starts Disconnected or Connected, not %v", v.Status)
	oneOf(c, path+".credentials", v.Credentials, CredentialsOK, CredentialsRejected)
	oneOf(c, path+".onNetworkChange", v.OnNetworkChange, Follow, Drop)
	oneOf(c, path+".onSleep", v.OnSleep, Keep, Disconnect)
	c.span(path+".connect", v.Connect)
	c.span(path+".giveUp", v.GiveUp)
	c.span(path+".disconnect", v.Disconnect)
	c.span(path+".reassert", v.Reassert)
	c.span(path+".reassertLimit", v.ReassertLimit)
	c.span(path+".notice", v.Notice)
	c.span(path+".oversleep", v.Oversleep)
	c.span(path+".onDemandPause", v.OnDemandPause)
	c.period(path+".dropEvery", v.DropEvery)
	c.cause(path+".dropCause", v.DropCause)
	if p := v.Prompt; p != nil {
		c.span(path+".prompt.takes", p.Takes)
		c.odds(path+".prompt.cancelled", p.Cancelled)
		c.odds(path+".prompt.unanswered", p.Unanswered)
		c.fail(p.Cancelled+p.Unanswered > 1, path+".prompt", "the odds add up to more than 1")
	}
	sum := 0.0
	for _, cause := range slices.Sorted(maps.Keys(v.Fails)) {
		c.cause(path+".fails", cause)
		c.odds(path+".fails", v.Fails[cause])
		sum += v.Fails[cause]
	}
	c.fail(sum > 1+1e-9, path+".fails", "the odds add up to %.3g, more than 1", sum)
	if t := v.Traffic; t != nil {
		for _, rate := range []float64{t.In, t.Out, t.QuietOut} {
			c.fail(!(rate >= 0 && rate <= 1e12), path+".traffic", "bytes per second must be from 0 to 1e12")
		}
		c.period(path+".traffic.busy", t.Busy)
		c.period(path+".traffic.quiet", t.Quiet)
		c.fail(t.Busy.IsZero() != t.Quiet.IsZero(), path+".traffic", "\"busy\" and \"quiet\" need each other")
		c.fail(t.QuietOut > 0 && t.Quiet.IsZero(), path+".traffic.quietOut", "it needs \"quiet\"")
	}
	oneOf(c, path+".counters", v.Counters, CountersOK, CountersMissing, CountersZero, CountersReset)
	oneOf(c, path+".echo", v.Echo, EchoAnswers, EchoSilent)
}

func (c *checker) cause(path string, v Cause) {
	c.fail(!slices.Contains(Causes(), v), path, "unknown cause %q; want one of %q", v, Causes())
}

// keysOf are the keys that each effect takes, besides at, do, every and times;
// those with a "!" are required.
var keysOf = map[Effect]string{
	DoNetwork: "network!", DoOffline: "for", DoSleep: "for", DoSwitchUser: "for", DoPower: "to!", DoLocation: "to!",
	DoOutage: "services! for echo", DoDrop: "services! cause message", DoDead: "services! for", DoReassert: "services! for",
	DoCredentials: "services! to!", DoProvider: "services! to!", DoAdd: "service!", DoRemove: "services!", DoRename: "services! name",
	DoEdit: "services! server!", DoEnable: "services!", DoDisable: "services!", DoCrash: "for", DoStart: "services!", DoStop: "services!",
}

// Effects lists what a step can do.
func Effects() []Effect { return slices.Sorted(maps.Keys(keysOf)) }

func (c *checker) step(path string, t Step) {
	keys, ok := keysOf[t.Do]
	c.fail(t.Do == "", path, "a step needs \"do\"")
	c.fail(!ok, path+".do", "unknown %q; a step does one of %q", t.Do, Effects())
	for _, k := range []struct {
		key string
		set bool
	}{
		{"services", len(t.Services) > 0}, {"network", t.Network != ""}, {"for", !t.For.IsZero()}, {"to", t.To != ""}, {"cause", t.Cause != ""},
		{"message", t.Message != ""}, {"name", t.Name != ""}, {"server", t.Server != ""}, {"service", t.Service != nil},
		{"echo", t.Echo != ""},
	} {
		needed := slices.Contains(strings.Fields(keys), k.key+"!")
		c.fail(needed && !k.set, path, "%q needs %q", t.Do, k.key)
		c.fail(k.set && !needed && !slices.Contains(strings.Fields(keys), k.key), path+"."+k.key, "%q takes no %q", t.Do, k.key)
	}
	c.span(path+".at", Exactly(t.At))
	c.span(path+".for", t.For)
	c.period(path+".every", t.Every)
	c.fail(t.Times < 0, path+".times", "can't be negative")
	for i, name := range t.Services {
		id, err := uuid.Parse(name)
		if name == "*" || c.added[name] || err == nil && c.ids[id] {
			continue
		}
		at := fmt.Sprintf("%s.services[%d]", path, i)
		c.fail(c.names[name] == 0, at, "no service is called %q", name)
		c.fail(c.names[name] > 1, at, "%d services are called %q; name one by its ID", c.names[name], name)
	}
	c.fail(t.Network != "" && !c.networks[t.Network], path+".network", "no network is called %q", t.Network)
	switch t.Do {
	case DoPower:
		oneOf(c, path+".to", facts.Power(t.To), facts.AC, facts.Battery)
	case DoLocation:
		oneOf(c, path+".to", facts.Right(t.To), locations...)
	case DoCredentials:
		oneOf(c, path+".to", Credentials(t.To), CredentialsOK, CredentialsRejected)
	case DoProvider:
		oneOf(c, path+".to", t.To, "missing", "installed")
	case DoDrop:
		c.cause(path+".cause", t.Cause)
	case DoOutage:
		oneOf(c, path+".echo", t.Echo, EchoAnswers, EchoSilent)
	}
}
