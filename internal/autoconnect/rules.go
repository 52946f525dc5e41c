package autoconnect

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"vpnstatus/internal/facts"
	"vpnstatus/internal/vpn"
)

// RuleError reports what is wrong with one field of one rule.
type RuleError struct {
	Index int    // from 0
	Name  string // may be empty
	Field string // as in the JSON form
	Err   error
}

func (e *RuleError) Error() string {
	return fmt.Sprintf("%s, %s: %v", ruleTitle(e.Index, e.Name), e.Field, e.Err)
}

func (e *RuleError) Unwrap() error { return e.Err }

// ruleTitle returns a name for a rule; a negative index is that of a trusted
// network.
func ruleTitle(index int, name string) string {
	switch {
	case index < 0 && name == "":
		return "a trusted network"
	case index < 0:
		return fmt.Sprintf("the trusted network %q", name)
	case name == "":
		return fmt.Sprintf("rule %d", index+1)
	}
	return fmt.Sprintf("rule %d (%q)", index+1, name)
}

// ValidateRules returns what is wrong with the rules: a *RuleError for each
// broken field, or nil. The policy skips broken rules with a warning and uses
// the others.
func ValidateRules(rules []Rule) []error {
	var errs []error
	for i, r := range rules {
		_, e := compileRule(i, r)
		errs = append(errs, e...)
	}
	return errs
}

// rule is a compiled Rule.
type rule struct {
	Rule
	index      int
	title      string   // its name, or "rule 2"
	ids        []vpn.ID // of Services
	names      []string // globs of Services
	conditions []condition
	hours      window
}

// condition is one condition of a rule.
type condition struct {
	what    string // the fact, as text
	want    string // what the rule wants of it, as text
	wifi    bool   // the fact is withheld without Location access
	missing string // what to say if the fact is not known; empty if it always is
	check   func(*facts.Facts, time.Time) (value truth, have string)
}

// truth is the value of a condition.
type truth int

const (
	no truth = iota
	yes
	unknown // the fact is not known: does not hold
)

// is returns the value of a condition on a fact.
func is(known, holds bool) truth {
	switch {
	case !known:
		return unknown
	case holds:
		return yes
	}
	return no
}

// compileRule returns the compiled form of a rule, or what is wrong with it.
func compileRule(index int, in Rule) (rule, []error) {
	r := rule{Rule: in, index: index, title: in.Name}
	if r.title == "" {
		r.title = ruleTitle(index, "")
	}
	c := compiler{rule: &r}
	switch in.Then {
	case OutcomeConnect, OutcomeIgnore, OutcomeDisconnect:
	default:
		c.bad("then", fmt.Errorf("%q is not one of connect, ignore, disconnect", in.Then))
	}
	c.services(in.Services)
	c.word("interface", "the interface", string(in.Interface), []string{string(facts.WiFi), string(facts.Ethernet), string(facts.Cellular), string(facts.OtherInt)},
		func(f *facts.Facts) facts.Fact[string] {
			return facts.Fact[string]{Value: string(f.Interface.Value), Known: f.Interface.Known}
		})
	c.wifiName(in.SSID)
	c.macs("bssid", "the access point", true, in.BSSID, func(f *facts.Facts) facts.Fact[string] { return f.BSSID })
	c.macs("gatewayMAC", "the gateway's hardware address", false, in.GatewayMAC, func(f *facts.Facts) facts.Fact[string] { return f.GatewayMAC })
	c.subnets(in.Subnet)
	c.names("dnsDomain", "the DNS domain", in.DNSDomain, func(f *facts.Facts) facts.Fact[[]string] { return f.DNSDomains })
	c.names("dnsServer", "the DNS server", in.DNSServer, func(f *facts.Facts) facts.Fact[[]string] { return f.DNSServers })
	c.time(in.Time, in.Days)
	c.word("power", "the power source", string(in.Power), []string{string(facts.AC), string(facts.Battery)},
		func(f *facts.Facts) facts.Fact[string] {
			return facts.Fact[string]{Value: string(f.Power.Value), Known: f.Power.Known}
		})
	return r, c.errs
}

// compiler adds conditions to a rule and collects what is wrong with them.
type compiler struct {
	rule *rule
	errs []error
}

func (c *compiler) bad(field string, err error) {
	c.errs = append(c.errs, &RuleError{Index: c.rule.index, Name: c.rule.Name, Field: field, Err: err})
}

func (c *compiler) add(k condition) { c.rule.conditions = append(c.rule.conditions, k) }

// globs checks patterns.
func (c *compiler) globs(field string, patterns []string) (out []string) {
	for _, p := range patterns {
		if p == "" {
			c.bad(field, errors.New("a pattern is empty"))
			continue
		}
		out = append(out, p)
	}
	return out
}

func (c *compiler) services(list []string) {
	var names []string
	for _, s := range list {
		if id, err := uuid.Parse(s); err == nil {
			c.rule.ids = append(c.rule.ids, id)
		} else {
			names = append(names, s)
		}
	}
	c.rule.names = c.globs("services", names)
}

// word is a condition on a fact that is one of a few words.
func (c *compiler) word(field, what, want string, words []string, fact func(*facts.Facts) facts.Fact[string]) {
	if want == "" {
		return
	}
	if !slices.Contains(words, want) {
		c.bad(field, fmt.Errorf("%q is not one of %s", want, strings.Join(words, ", ")))
		return
	}
	c.add(condition{what: what, want: want, missing: what + " is not known", check: func(f *facts.Facts, _ time.Time) (truth, string) {
		have := fact(f)
		return is(have.Known, have.Value == want), have.Value
	}})
}

func (c *compiler) wifiName(patterns []string) {
	globs := c.globs("ssid", patterns)
	if len(globs) == 0 {
		return
	}
	c.add(condition{what: "the Wi-Fi name", want: list(patterns), wifi: true, missing: "the Wi-Fi name is not known",
		check: func(f *facts.Facts, _ time.Time) (truth, string) {
			return is(f.SSID.Known, f.SSID.Value != "" && anyGlob(globs, f.SSID.Value)), f.SSID.Value
		}})
}

func (c *compiler) macs(field, what string, wifi bool, texts []string, fact func(*facts.Facts) facts.Fact[string]) {
	var macs []string
	for _, s := range texts {
		m, err := facts.ParseMAC(s)
		if err != nil {
			c.bad(field, err)
			continue
		}
		macs = append(macs, m)
	}
	if len(macs) == 0 {
		return
	}
	c.add(condition{what: what, want: list(macs), wifi: wifi, missing: what + " is not known",
		check: func(f *facts.Facts, _ time.Time) (truth, string) {
			have := fact(f)
			return is(have.Known, slices.Contains(macs, have.Value)), have.Value
		}})
}

func (c *compiler) subnets(texts []string) {
	var nets []netip.Prefix
	for _, s := range texts {
		p, err := netip.ParsePrefix(s)
		if err != nil {
			if a, e := netip.ParseAddr(s); e == nil {
				p, err = netip.PrefixFrom(a, a.BitLen()), nil
			}
		}
		if err != nil {
			c.bad("subnet", fmt.Errorf("%q is not a network such as 192.168.1.0/24", s))
			continue
		}
		nets = append(nets, p.Masked())
	}
	if len(nets) == 0 {
		return
	}
	inside := func(a netip.Addr) bool {
		return slices.ContainsFunc(nets, func(n netip.Prefix) bool { return n.Contains(a.Unmap()) })
	}
	c.add(condition{what: "the machine's address", want: list(texts), missing: "the machine's addresses are not known",
		check: func(f *facts.Facts, _ time.Time) (truth, string) {
			var have []string
			in := f.Gateway.Known && inside(f.Gateway.Value)
			if f.Addresses.Known {
				for _, a := range f.Addresses.Value {
					have = append(have, a.String())
					in = in || inside(a.Addr())
				}
			}
			return is(in || f.Addresses.Known, in), list(have)
		}})
}

// names is a condition on DNS names, compared without regard to case.
func (c *compiler) names(field, what string, patterns []string, fact func(*facts.Facts) facts.Fact[[]string]) {
	fold := func(s string) string { return strings.ToLower(strings.TrimSuffix(s, ".")) }
	folded := make([]string, len(patterns))
	for i, p := range patterns {
		folded[i] = fold(p)
	}
	globs := c.globs(field, folded)
	if len(globs) == 0 {
		return
	}
	c.add(condition{what: what, want: list(patterns), missing: what + " is not known",
		check: func(f *facts.Facts, _ time.Time) (truth, string) {
			have := fact(f)
			return is(have.Known, slices.ContainsFunc(have.Value, func(s string) bool { return anyGlob(globs, fold(s)) })), list(have.Value)
		}})
}

func (c *compiler) time(text string, days []string) {
	w := &c.rule.hours
	if text != "" {
		var err error
		if w.from, w.to, err = parseWindow(text); err != nil {
			c.bad("time", err)
		}
		w.bounded = true
	}
	for _, d := range days {
		i := slices.Index(dayNames[:], strings.ToLower(d))
		if i < 0 {
			c.bad("days", fmt.Errorf("%q is not one of mon, tue, wed, thu, fri, sat, sun", d))
			continue
		}
		w.days[i], w.some = true, true
	}
	if !w.bounded && !w.some {
		return
	}
	hours := *w
	c.add(condition{what: "the time", want: strings.TrimSpace(strings.Join(append(slices.Clone(days), text), " ")),
		check: func(_ *facts.Facts, now time.Time) (truth, string) {
			return is(true, hours.contains(now)), strings.ToLower(now.Format("Mon 15:04"))
		}})
}

func list(s []string) string { return strings.Join(s, ", ") }

var dayNames = [7]string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

// ValidateTarget returns an error unless the target of a probe is an http or
// https URL, or host:port.
func ValidateTarget(target string) error {
	if strings.HasPrefix(target, "http://") || strings.HasPrefix(target, "https://") {
		u, err := url.Parse(target)
		if err != nil || u.Hostname() == "" {
			return fmt.Errorf("%q is not a valid URL", target)
		}
		return nil
	}
	host, port, err := net.SplitHostPort(target)
	n, portErr := strconv.ParseUint(port, 10, 16)
	if err != nil || portErr != nil || n == 0 || host == "" || strings.ContainsAny(host, " /\t\n") {
		return fmt.Errorf("%q is neither host:port nor an http or https URL", target)
	}
	return nil
}

// parseWindow reads "08:00-18:00" as minutes of the day.
func parseWindow(s string) (from, to int, err error) {
	a, b, ok := strings.Cut(s, "-")
	if ok {
		var ok1, ok2 bool
		from, ok1 = parseClock(strings.TrimSpace(a))
		to, ok2 = parseClock(strings.TrimSpace(b))
		ok = ok1 && ok2 && from < 24*60
	}
	switch {
	case !ok:
		return 0, 0, fmt.Errorf("%q is not a time window such as 08:00-18:00", s)
	case from == to:
		return 0, 0, fmt.Errorf("%q starts and ends at the same time", s)
	}
	return from, to, nil
}

func parseClock(s string) (minute int, ok bool) {
	h, m, ok := strings.Cut(s, ":")
	hour, err1 := strconv.ParseUint(h, 10, 8)
	min, err2 := strconv.ParseUint(m, 10, 8)
	minute = int(hour)*60 + int(min)
	return minute, ok && err1 == nil && err2 == nil && len(m) == 2 && min < 60 && minute <= 24*60
}

// window is the hours and days of a rule. The zero value is always.
type window struct {
	from, to int     // minutes of the day, if bounded
	bounded  bool    //
	days     [7]bool // by time.Weekday, if some
	some     bool
}

// contains reports whether now is in the window. A window that wraps midnight
// belongs to the day on which it began.
func (w window) contains(now time.Time) bool {
	minute, day := now.Hour()*60+now.Minute(), now.Weekday()
	in := true
	switch {
	case !w.bounded:
	case w.from < w.to:
		in = w.from <= minute && minute < w.to
	default:
		in = minute >= w.from || minute < w.to
		if minute < w.to {
			day = (day + 6) % 7
		}
	}
	return in && (!w.some || w.days[day])
}

// boundary returns the next moment at which contains may change; zero if
// never.
func (w window) boundary(now time.Time) time.Time {
	var next time.Time
	consider := func(day, minute int) {
		t := time.Date(now.Year(), now.Month(), now.Day()+day, 0, minute, 0, 0, now.Location())
		if t.After(now) {
			next = earlier(next, t)
		}
	}
	for day := range 2 {
		if w.bounded {
			consider(day, w.from)
			consider(day, w.to)
		}
		if w.some {
			consider(day, 0)
		}
	}
	return next
}

// value evaluates everything but Services: no if one condition is, else unknown
// if one is.
func (r *rule) value(f *facts.Facts, now time.Time) truth {
	result := yes
	for _, k := range r.conditions {
		switch v, _ := k.check(f, now); v {
		case no:
			return no
		case unknown:
			result = unknown
		}
	}
	return result
}

func anyGlob(globs []string, s string) bool {
	for _, g := range globs {
		if MatchGlob(g, s) {
			return true
		}
	}
	return false
}

// covers reports whether the rule is about the service.
func (r *rule) covers(c *vpn.Configuration) bool {
	if len(r.Services) == 0 {
		return true
	}
	return slices.Contains(r.ids, c.ID) || anyGlob(r.names, c.Name)
}

// shadows reports whether r matches whenever other does, because other has
// every condition of r.
func (r *rule) shadows(other *rule) bool {
	text := func(a, b string) bool { return a == "" || a == b }
	list := func(a, b []string) bool { return len(a) == 0 || slices.Equal(a, b) }
	return text(string(r.Interface), string(other.Interface)) && text(r.Time, other.Time) &&
		text(string(r.Power), string(other.Power)) && list(r.Services, other.Services) && list(r.SSID, other.SSID) &&
		list(r.BSSID, other.BSSID) && list(r.GatewayMAC, other.GatewayMAC) && list(r.Subnet, other.Subnet) &&
		list(r.DNSDomain, other.DNSDomain) && list(r.DNSServer, other.DNSServer) && list(r.Days, other.Days)
}

// ruling is the outcome of the rules for a service.
type ruling struct {
	then  Outcome
	title string // of the rule that matched; empty if none did
}

// ruleset is the rules in force. The zero value has none.
type ruleset struct {
	all      []rule    // those that can be read and are not disabled
	broken   []string  // what is wrong with those that can't be read
	active   []int     // indices of the rules whose conditions hold
	boundary time.Time // next edge of a rule's time window; zero if there is none
}

// compile replaces the rules, of which the first ones stand for trusted
// networks.
func (s *ruleset) compile(rules []Rule, trusted int) {
	s.all, s.broken = nil, nil
	for i, in := range rules {
		if in.Disabled {
			continue
		}
		r, errs := compileRule(i-trusted, in)
		for _, err := range errs {
			s.broken = append(s.broken, err.Error()+"; the rule is skipped")
		}
		if errs == nil {
			s.all = append(s.all, r)
		}
	}
}

// evaluate evaluates the conditions that do not depend on a service, once for
// all of them.
func (s *ruleset) evaluate(f *facts.Facts, now time.Time) {
	s.active, s.boundary = nil, time.Time{}
	for i := range s.all {
		r := &s.all[i]
		if r.value(f, now) == yes {
			s.active = append(s.active, i)
		}
		s.boundary = earlier(s.boundary, r.hours.boundary(now))
	}
}

// of returns what the first rule that matches the service says.
func (s *ruleset) of(c *vpn.Configuration) ruling {
	for _, i := range s.active {
		if r := &s.all[i]; r.covers(c) {
			return ruling{then: r.Then, title: r.title}
		}
	}
	return ruling{then: OutcomeConnect}
}
