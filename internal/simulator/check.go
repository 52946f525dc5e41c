package simulator

import (
	"fmt"
	"net/netip"
	"slices"
	"sort"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"vpnstatus/internal/facts"
	"vpnstatus/internal/vpn"
)

// Limits of a scenario. They are far above what a demonstration or a test
// needs, and keep a wrong file from using up the machine.
const (
	maxFile     = 16 << 20
	maxServices = 10_000
	maxNetworks = 1_000
	maxSteps    = 200_000
	maxText     = 20_000
	maxDuration = 10 * 365 * 24 * time.Hour
	// minPeriod keeps repeated things from turning into a busy loop.
	minPeriod = 100 * time.Millisecond
)

// namespace makes the IDs of services that give none.
var namespace = uuid.MustParse("6ba06c4e-7d5d-4a58-9a0c-5f5b6f3e2f4d")

// problem is something wrong at a place of a scenario.
type problem struct {
	path   string // such as services[2].connect
	reason string
}

// InvalidError tells what is wrong with a scenario and where. Line and column
// are zero for a scenario that was not read from a file.
type InvalidError struct {
	File         string
	Line, Column int    // from 1; the column counts bytes
	Path         string // such as services[2].connect
	Reason       string
}

func (e *InvalidError) Error() string {
	var b strings.Builder
	b.WriteString("scenario")
	if e.File != "" {
		b.WriteString(" " + e.File)
	}
	if e.Line > 0 {
		fmt.Fprintf(&b, ":%d:%d", e.Line, e.Column)
	}
	if e.Path != "" {
		b.WriteString(": " + e.Path)
	}
	return b.String() + ": " + e.Reason
}

// Validate reports what is wrong, as an error that holds one *InvalidError per
// problem, at most ten of them.
func (s Scenario) Validate() error {
	_, problems := s.resolved()
	return join(problems, inGo(s.Name))
}

// inGo reports problems of a scenario that was not read from a file.
func inGo(name string) func(problem) *InvalidError {
	return func(p problem) *InvalidError { return &InvalidError{File: name, Path: p.path, Reason: p.reason} }
}

// resolved returns the scenario with all defaults filled in, and what is wrong
// with it. The receiver's slices are not changed.
func (s Scenario) resolved() (Scenario, []problem) {
	c := checker{}
	c.limit("services", len(s.Services), maxServices)
	c.limit("networks", len(s.Networks), maxNetworks)
	c.limit("timeline", len(s.Timeline), maxSteps)
	if len(c.problems) > 0 {
		return s, c.problems
	}
	c.text("name", s.Name)
	c.text("description", s.Description)
	s.Load = c.span("load", s.Load, Between(5*time.Millisecond, 30*time.Millisecond))
	s.Join = c.span("join", s.Join, Between(300*time.Millisecond, 1500*time.Millisecond))
	s.Wake = c.span("wake", s.Wake, Between(time.Second, 4*time.Second))
	if s.Power == "" {
		s.Power = facts.AC
	}
	if s.Location == facts.RightUnknown {
		s.Location = facts.RightGranted
	}
	oneOf(&c, "power", s.Power, facts.AC, facts.Battery)
	oneOf(&c, "location", s.Location, facts.RightGranted, facts.RightDenied, facts.RightNotAsked, facts.RightNotNecessary)

	s.Networks = slices.Clone(s.Networks)
	if len(s.Networks) == 0 {
		s.Networks = []Network{{Name: "Network", Interface: facts.Ethernet}}
	}
	c.networks = map[string]int{}
	for i := range s.Networks {
		c.network(fmt.Sprintf("networks[%d]", i), &s.Networks[i], i)
	}
	if s.Network == "" {
		s.Network = s.Networks[0].Name
	}
	if _, ok := c.networks[s.Network]; !ok && s.Network != Offline {
		c.add("network", "no network is called %q", s.Network)
	}

	s.Services = slices.Clone(s.Services)
	c.ids, c.byName = map[vpn.ID]bool{}, map[string]int{}
	for i := range s.Services {
		v := &s.Services[i]
		path := fmt.Sprintf("services[%d]", i)
		c.service(path, v)
		if c.ids[v.ID] {
			c.add(path, "another service has the same ID %s; services of one name need an \"id\"", v.ID)
		}
		c.ids[v.ID] = true
		c.byName[v.Name]++
	}
	for i, v := range s.Services {
		if v.Status == vpn.Connected && (v.Disabled || s.Network == Offline) {
			c.add(fmt.Sprintf("services[%d].status", i), "it can't be connected at the start: it is disabled, or there is no network")
		}
	}
	s.Timeline = slices.Clone(s.Timeline)
	c.addable = map[string]bool{}
	for i := range s.Timeline {
		if v := s.Timeline[i].Service; v != nil {
			v := *v
			s.Timeline[i].Service = &v
			c.service(fmt.Sprintf("timeline[%d].service", i), &v)
			s.Timeline[i].Service = &v
			c.addable[v.Name], c.addable[v.ID.String()] = true, true
		}
	}
	for i := range s.Timeline {
		if len(c.problems) >= maxProblems {
			break // hints are dear
		}
		c.step(fmt.Sprintf("timeline[%d]", i), &s.Timeline[i], s)
	}
	// Some checks go through maps; the order of the problems must not.
	sort.SliceStable(c.problems, func(i, j int) bool { return c.problems[i].path < c.problems[j].path })
	return s, c.problems
}

type checker struct {
	problems []problem
	networks map[string]int
	ids      map[vpn.ID]bool
	byName   map[string]int  // how many services have the name
	addable  map[string]bool // names and IDs of services that steps add
}

// maxProblems is when the search for more is given up; ten are told.
const maxProblems = 1000

func (c *checker) add(path, format string, args ...any) {
	if len(c.problems) >= maxProblems {
		return
	}
	c.problems = append(c.problems, problem{path, fmt.Sprintf(format, args...)})
}

func (c *checker) limit(path string, n, most int) {
	if n > most {
		c.add(path, "%d entries; at most %d are allowed", n, most)
	}
}

func (c *checker) text(path, s string) {
	if len(s) > maxText {
		c.add(path, "the text has %d bytes; at most %d are allowed", len(s), maxText)
	} else if !utf8.ValidString(s) {
		c.add(path, "the text is not valid UTF-8")
	}
}

func (c *checker) span(path string, r, otherwise Range) Range {
	r = r.or(otherwise)
	switch {
	case r.Min < 0:
		c.add(path, "a duration can't be negative")
	case r.Max < r.Min:
		c.add(path, "the longest duration %v is shorter than the shortest %v", r.Max, r.Min)
	case r.Max > maxDuration:
		c.add(path, "a duration can't be longer than ten years")
	}
	return r
}

// period is a span that, when set, must not be so short as to keep the machine
// busy.
func (c *checker) period(path string, r Range) {
	c.span(path, r, Range{})
	if !r.IsZero() && r.Min < minPeriod {
		c.add(path, "shorter than %v", minPeriod)
	}
}

func (c *checker) odds(path string, f float64) {
	if !(f >= 0 && f <= 1) {
		c.add(path, "odds must be from 0 to 1, not %v", f)
	}
}

func oneOf[T ~string](c *checker, path string, v T, allowed ...T) {
	if !slices.Contains(allowed, v) {
		c.add(path, "unknown value %q%s; want %s", v, hint(string(v), allowed), list(allowed))
	}
}

func (c *checker) network(path string, n *Network, i int) {
	c.text(path+".name", n.Name)
	switch {
	case n.Name == "":
		c.add(path+".name", "a network needs a name")
	case n.Name == Offline:
		c.add(path+".name", "%q stands for no network", Offline)
	}
	if _, ok := c.networks[n.Name]; ok {
		c.add(path+".name", "another network is called %q", n.Name)
	}
	c.networks[n.Name] = i
	if n.Interface == "" {
		n.Interface = facts.WiFi
	}
	oneOf(c, path+".interface", n.Interface, facts.WiFi, facts.Ethernet, facts.Cellular, facts.OtherInt)
	if n.Interface == facts.WiFi {
		if n.SSID == "" {
			n.SSID = n.Name
		}
	} else if n.SSID != "" {
		c.add(path+".ssid", "only Wi-Fi has an SSID")
	}
	n.BSSID, n.GatewayMAC = strings.ToLower(n.BSSID), strings.ToLower(n.GatewayMAC)
	host := byte(i%200 + 10)
	if !n.Gateway.IsValid() {
		n.Gateway = netip.AddrFrom4([4]byte{192, 168, host, 1})
	}
	if n.GatewayMAC == "" {
		n.GatewayMAC = fmt.Sprintf("02:00:5e:00:%02x:%02x", i>>8&0xff, i&0xff)
	}
	if n.BSSID == "" && n.Interface == facts.WiFi {
		n.BSSID = fmt.Sprintf("02:00:5e:01:%02x:%02x", i>>8&0xff, i&0xff)
	}
	if len(n.Addresses) == 0 {
		n.Addresses = []netip.Prefix{netip.PrefixFrom(netip.AddrFrom4([4]byte{192, 168, host, 23}), 24)}
	}
	if len(n.DNSServers) == 0 {
		n.DNSServers = []string{n.Gateway.String()}
	}
}

func (c *checker) service(path string, v *Service) {
	for key, s := range map[string]string{
		"name": v.Name, "protocol": string(v.Protocol), "server": v.Server, "app": v.App, "bundleID": v.BundleID, "group": v.Group, "probe": v.Probe,
	} {
		c.text(path+"."+key, s)
	}
	if v.Protocol == "" {
		c.add(path+".protocol", "a service needs a protocol: IKEv2, IPSec, L2TP or the name of a provider")
	}
	if v.ID == uuid.Nil {
		v.ID = uuid.NewSHA1(namespace, []byte(v.Name))
	}
	if v.Status == vpn.Invalid {
		v.Status = vpn.Disconnected
	}
	if v.Status != vpn.Disconnected && v.Status != vpn.Connected {
		c.add(path+".status", "a service starts Disconnected or Connected, not %v", v.Status)
	}
	if v.Credentials == "" {
		v.Credentials = CredentialsOK
	}
	oneOf(c, path+".credentials", v.Credentials, CredentialsOK, CredentialsRejected)
	if p := v.Prompt; p != nil {
		p := *p
		p.Takes = c.span(path+".prompt.takes", p.Takes, Between(3*time.Second, 8*time.Second))
		c.odds(path+".prompt.cancelled", p.Cancelled)
		c.odds(path+".prompt.unanswered", p.Unanswered)
		if p.Cancelled+p.Unanswered > 1 {
			c.add(path+".prompt", "the odds add up to more than 1")
		}
		v.Prompt = &p
	}
	v.Connect = c.span(path+".connect", v.Connect, connectTime(v.Protocol))
	v.GiveUp = c.span(path+".giveUp", v.GiveUp, Between(15*time.Second, 30*time.Second))
	v.Disconnect = c.span(path+".disconnect", v.Disconnect, Between(100*time.Millisecond, 600*time.Millisecond))
	v.Reassert = c.span(path+".reassert", v.Reassert, Between(500*time.Millisecond, 2*time.Second))
	v.ReassertLimit = c.span(path+".reassertLimit", v.ReassertLimit, Between(60*time.Second, 90*time.Second))
	v.Notice = c.span(path+".notice", v.Notice, Between(20*time.Second, time.Minute))
	v.Oversleep = c.span(path+".oversleep", v.Oversleep, Exactly(30*time.Minute))
	v.OnDemandPause = c.span(path+".onDemandPause", v.OnDemandPause, Exactly(5*time.Minute))
	c.period(path+".dropEvery", v.DropEvery)
	c.period(path+".idleAfter", v.IdleAfter)
	if v.OnNetworkChange == "" {
		v.OnNetworkChange = Follow
		if class(v.Protocol) != vpn.FamilyVPN {
			v.OnNetworkChange = Drop
		}
	}
	oneOf(c, path+".onNetworkChange", v.OnNetworkChange, Follow, Drop)
	if v.OnSleep == "" {
		v.OnSleep = Keep
	}
	if v.OnUserSwitch == "" {
		v.OnUserSwitch = Keep
	}
	oneOf(c, path+".onSleep", v.OnSleep, Keep, Disconnect)
	oneOf(c, path+".onUserSwitch", v.OnUserSwitch, Keep, Disconnect)
	if v.DropCause == "" {
		v.DropCause = CauseServerTerminated
	}
	c.cause(path+".dropCause", v.DropCause)
	sum := 0.0
	for cause, odds := range v.Fails {
		c.cause(path+".fails."+string(cause), cause)
		c.odds(path+".fails."+string(cause), odds)
		sum += odds
	}
	if sum > 1+1e-9 {
		c.add(path+".fails", "the odds add up to %.3g, more than 1", sum)
	}
	if v.Traffic.In < 0 || v.Traffic.Out < 0 || v.Traffic.In > 1e12 || v.Traffic.Out > 1e12 {
		c.add(path+".traffic", "bytes per second must be from 0 to 1e12")
	}
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

func (c *checker) cause(path string, v Cause) {
	if !slices.Contains(Causes(), v) {
		c.add(path, "unknown cause %q%s; want %s", v, hint(string(v), Causes()), list(Causes()))
	}
}

// needs says which keys each deed takes beside at, do, every and times; a "!"
// marks those it can't do without.
var needs = map[Deed]string{
	DoNetwork: "network!", DoOffline: "for", DoSleep: "for", DoWake: "", DoSwitchUser: "for", DoSwitchBack: "", DoPower: "to!", DoLocation: "to!",
	DoOutage: "services! for", DoOutageEnd: "services!", DoDrop: "services! cause message",
	DoDead: "services! for", DoReassert: "services! for", DoCredentials: "services! to!", DoProvider: "services! to!", DoAdd: "service!",
	DoRemove: "services!", DoRename: "services! name!", DoEdit: "services! server!", DoEnable: "services!", DoDisable: "services!", DoCrash: "for",
	DoStart: "services!", DoStop: "services!",
}

// Deeds lists what a step can do.
func Deeds() []Deed {
	all := make([]Deed, 0, len(needs))
	for d := range needs {
		all = append(all, d)
	}
	slices.Sort(all)
	return all
}

func (c *checker) step(path string, t *Step, s Scenario) {
	if t.At < 0 || t.At > maxDuration {
		c.add(path+".at", "must be from 0 to ten years")
	}
	c.span(path+".for", t.For, Range{})
	c.period(path+".every", t.Every)
	if t.Times < 0 {
		c.add(path+".times", "can't be negative")
	}
	takes, ok := needs[t.Do]
	if !ok {
		if t.Do == "" {
			c.add(path, "a step needs \"do\": %s", list(Deeds()))
			return
		}
		c.add(path+".do", "unknown %q%s; want %s", t.Do, hint(string(t.Do), Deeds()), list(Deeds()))
		return
	}
	for key, set := range map[string]bool{
		"services": len(t.Services) > 0, "network": t.Network != "", "for": !t.For.IsZero(), "to": t.To != "", "cause": t.Cause != "",
		"message": t.Message != "", "name": t.Name != "", "server": t.Server != "", "service": t.Service != nil,
	} {
		words := strings.Fields(takes)
		must := slices.Contains(words, key+"!")
		switch {
		case must && !set && key != "name": // an empty name is a name
			c.add(path, "%q needs %q", t.Do, key)
		case set && !must && !slices.Contains(words, key):
			c.add(path+"."+key, "%q takes no %q", t.Do, key)
		}
	}
	for i, name := range t.Services {
		if name == "*" || c.addable[name] {
			continue
		}
		at := fmt.Sprintf("%s.services[%d]", path, i)
		if id, err := uuid.Parse(name); err == nil && c.ids[id] {
			continue
		}
		switch n := c.byName[name]; {
		case n == 0:
			names := make([]string, 0, len(s.Services))
			for _, v := range s.Services[:min(len(s.Services), 1000)] {
				names = append(names, v.Name)
			}
			c.add(at, "no service is called %q%s", name, hint(name, names))
		case n > 1:
			c.add(at, "%d services are called %q; name one by its ID", n, name)
		}
	}
	if t.Network != "" {
		if _, ok := c.networks[t.Network]; !ok {
			c.add(path+".network", "no network is called %q", t.Network)
		}
	}
	switch t.Do {
	case DoPower:
		oneOf(c, path+".to", t.To, string(facts.AC), string(facts.Battery))
	case DoLocation:
		oneOf(c, path+".to", t.To, string(facts.RightGranted), string(facts.RightDenied), string(facts.RightNotAsked), string(facts.RightNotNecessary))
	case DoCredentials:
		oneOf(c, path+".to", t.To, string(CredentialsOK), string(CredentialsRejected))
	case DoProvider:
		oneOf(c, path+".to", t.To, "missing", "installed")
	case DoDrop:
		if t.Cause == "" {
			t.Cause = CauseServerTerminated
		}
		c.cause(path+".cause", t.Cause)
	}
	c.text(path+".name", t.Name)
	c.text(path+".message", t.Message)
	c.text(path+".server", t.Server)
}

func list[T ~string](words []T) string {
	var b strings.Builder
	for i, w := range words {
		switch {
		case i > 0 && i == len(words)-1:
			b.WriteString(" or ")
		case i > 0:
			b.WriteString(", ")
		}
		b.WriteString(string(w))
	}
	return b.String()
}

// hint returns " (did you mean …?)" when one of the words is close to s.
func hint[T ~string](s string, words []T) string {
	best, distance := "", max(2, len(s)/4)+1
	if len(s) > 64 {
		return ""
	}
	for _, w := range words {
		if len(w) > 64 {
			continue
		}
		if d := edits(strings.ToLower(s), strings.ToLower(string(w))); d < distance {
			best, distance = string(w), d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf(" (did you mean %q?)", best)
}

// edits is the Levenshtein distance in bytes.
func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}
