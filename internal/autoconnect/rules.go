package autoconnect

import (
	"errors"
	"fmt"
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
	index    int
	ids      []vpn.ID
	names    []string
	ssid     []string
	bssid    []string
	mac      []string
	subnet   []netip.Prefix
	domain   []string
	dns      []string
	from, to int     // minutes of the day, when Time is set
	days     [7]bool // by time.Weekday, when Days is set
	title    string  // see ruleTitle
}

func (r *rule) unconditional() bool {
	return r.Interface == "" && len(r.SSID) == 0 && len(r.BSSID) == 0 && len(r.GatewayMAC) == 0 && len(r.Subnet) == 0 &&
		len(r.DNSDomain) == 0 && len(r.DNSServer) == 0 && r.Time == "" && len(r.Days) == 0 && r.Power == ""
}

func compileRule(index int, in Rule) (rule, []error) {
	r := rule{Rule: in, index: index, title: in.Name}
	if r.title == "" {
		r.title = ruleTitle(index, "")
	}
	var errs []error
	bad := func(field string, err error) {
		errs = append(errs, &RuleError{Index: index, Name: in.Name, Field: field, Err: err})
	}
	globs := func(field string, patterns []string, fold bool) (out []string) {
		for _, p := range patterns {
			if fold {
				p = strings.ToLower(strings.TrimSuffix(p, "."))
			}
			if p == "" {
				bad(field, errors.New("a pattern is empty"))
				continue
			}
			out = append(out, p)
		}
		return out
	}
	macs := func(field string, texts []string) (out []string) {
		for _, s := range texts {
			m, err := facts.ParseMAC(s)
			if err != nil {
				bad(field, err)
				continue
			}
			out = append(out, m)
		}
		return out
	}

	switch in.Then {
	case OutcomeConnect, OutcomeIgnore, OutcomeDisconnect:
	default:
		bad("then", fmt.Errorf("%q is not one of connect, ignore, disconnect", in.Then))
	}
	var names []string
	for _, s := range in.Services {
		if id, err := uuid.Parse(s); err == nil {
			r.ids = append(r.ids, id)
		} else {
			names = append(names, s)
		}
	}
	r.names = globs("services", names, false)
	switch in.Interface {
	case "", facts.WiFi, facts.Ethernet, facts.Cellular, facts.OtherInt:
	default:
		bad("interface", fmt.Errorf("%q is not one of wifi, ethernet, cellular, other", in.Interface))
	}
	r.ssid = globs("ssid", in.SSID, false)
	r.bssid = macs("bssid", in.BSSID)
	r.mac = macs("gatewayMAC", in.GatewayMAC)
	for _, s := range in.Subnet {
		p, err := netip.ParsePrefix(s)
		if err != nil {
			if a, e := netip.ParseAddr(s); e == nil {
				p, err = netip.PrefixFrom(a, a.BitLen()), nil
			}
		}
		if err != nil {
			bad("subnet", fmt.Errorf("%q is not a network such as 192.168.1.0/24", s))
			continue
		}
		r.subnet = append(r.subnet, p.Masked())
	}
	r.domain = globs("dnsDomain", in.DNSDomain, true)
	r.dns = globs("dnsServer", in.DNSServer, true)
	if in.Time != "" {
		var err error
		if r.from, r.to, err = parseWindow(in.Time); err != nil {
			bad("time", err)
		}
	}
	for _, d := range in.Days {
		i := slices.Index(dayNames[:], strings.ToLower(d))
		if i < 0 {
			bad("days", fmt.Errorf("%q is not one of mon, tue, wed, thu, fri, sat, sun", d))
			continue
		}
		r.days[i] = true
	}
	switch in.Power {
	case "", facts.AC, facts.Battery:
	default:
		bad("power", fmt.Errorf("%q is not one of ac, battery", in.Power))
	}
	return r, errs
}

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
	host, port, ok := cutLast(target, ":")
	if strings.HasPrefix(host, "[") && strings.HasSuffix(host, "]") {
		host = host[1 : len(host)-1]
	} else if strings.Contains(host, ":") {
		ok = false
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if !ok || err != nil || n == 0 || host == "" || strings.ContainsAny(host, " /\t\n") {
		return fmt.Errorf("%q is neither host:port nor an http or https URL", target)
	}
	return nil
}

func cutLast(s, sep string) (before, after string, ok bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
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

// inWindow reports whether now is in the rule's hours and days. A window that
// wraps midnight belongs to the day on which it began.
func (r *rule) inWindow(now time.Time) bool {
	minute, day := now.Hour()*60+now.Minute(), now.Weekday()
	in := true
	if r.Time != "" {
		if r.from < r.to {
			in = r.from <= minute && minute < r.to
		} else {
			in = minute >= r.from || minute < r.to
			if minute < r.to {
				day = (day + 6) % 7
			}
		}
	}
	return in && (len(r.Days) == 0 || r.days[day])
}

// boundary returns the next moment at which inWindow may change; zero if
// never.
func (r *rule) boundary(now time.Time) time.Time {
	var next time.Time
	consider := func(day, minute int) {
		t := time.Date(now.Year(), now.Month(), now.Day()+day, 0, minute, 0, 0, now.Location())
		if t.After(now) {
			next = earlier(next, t)
		}
	}
	for day := range 2 {
		if r.Time != "" {
			consider(day, r.from)
			consider(day, r.to)
		}
		if len(r.Days) > 0 {
			consider(day, 0)
		}
	}
	return next
}

// truth is the value of a condition.
type truth int

const (
	no truth = iota
	yes
	unknown // the fact is not known: does not hold
)

// and joins conditions: false if one is false, else unknown if one is unknown.
func and(a, b truth) truth {
	switch {
	case a == no || b == no:
		return no
	case a == unknown || b == unknown:
		return unknown
	}
	return yes
}

// condition is one evaluated condition, for explanations.
type condition struct {
	what  string // the fact, human-readable
	have  string // its value, human-readable
	want  string // what the rule wants
	value truth
}

// evaluate evaluates everything but Services. note, when not nil, is called
// with each condition that is set.
func (r *rule) evaluate(w *world, now time.Time, note func(condition)) truth {
	f := &w.facts
	result := yes
	add := func(what string, have func() string, want string, v truth) {
		result = and(result, v)
		if note != nil {
			c := condition{what: what, want: want, value: v}
			if v != unknown {
				c.have = have()
			}
			note(c)
		}
	}
	is := func(known, holds bool) truth {
		switch {
		case !known:
			return unknown
		case holds:
			return yes
		}
		return no
	}
	text := func(s string) func() string { return func() string { return s } }
	list := func(s []string) string { return strings.Join(s, ", ") }

	if r.Interface != "" {
		add("the interface", text(string(f.Interface.Value)), string(r.Interface), is(f.Interface.Known, f.Interface.Value == r.Interface))
	}
	if len(r.SSID) > 0 {
		add("the Wi-Fi name", text(f.SSID.Value), list(r.SSID), is(f.SSID.Known, f.SSID.Value != "" && anyGlob(r.ssid, f.SSID.Value)))
	}
	if len(r.BSSID) > 0 {
		add("the access point", text(f.BSSID.Value), list(r.bssid), is(f.BSSID.Known, slices.Contains(r.bssid, f.BSSID.Value)))
	}
	if len(r.GatewayMAC) > 0 {
		add("the gateway's hardware address", text(f.GatewayMAC.Value), list(r.mac), is(f.GatewayMAC.Known, slices.Contains(r.mac, f.GatewayMAC.Value)))
	}
	if len(r.Subnet) > 0 {
		in := slices.ContainsFunc(r.subnet, func(p netip.Prefix) bool {
			return f.Gateway.Known && p.Contains(f.Gateway.Value.Unmap()) ||
				f.Addresses.Known && slices.ContainsFunc(f.Addresses.Value, func(a netip.Prefix) bool { return p.Contains(a.Addr().Unmap()) })
		})
		have := func() string {
			var s []string
			for _, a := range f.Addresses.Value {
				s = append(s, a.String())
			}
			return list(s)
		}
		add("the machine's address", have, list(r.Subnet), is(in || f.Addresses.Known, in))
	}
	if len(r.DNSDomain) > 0 {
		holds := slices.ContainsFunc(f.DNSDomains.Value, func(d string) bool {
			return anyGlob(r.domain, strings.ToLower(strings.TrimSuffix(d, ".")))
		})
		add("the DNS domain", func() string { return list(f.DNSDomains.Value) }, list(r.DNSDomain), is(f.DNSDomains.Known, holds))
	}
	if len(r.DNSServer) > 0 {
		holds := slices.ContainsFunc(f.DNSServers.Value, func(s string) bool { return anyGlob(r.dns, strings.ToLower(s)) })
		add("the DNS server", func() string { return list(f.DNSServers.Value) }, list(r.DNSServer), is(f.DNSServers.Known, holds))
	}
	if r.Time != "" || len(r.Days) > 0 {
		want := strings.TrimSpace(strings.Join(append(slices.Clone(r.Days), r.Time), " "))
		add("the time", func() string { return strings.ToLower(now.Format("Mon 15:04")) }, want, is(true, r.inWindow(now)))
	}
	if r.Power != "" {
		add("the power source", text(string(f.Power.Value)), string(r.Power), is(f.Power.Known, f.Power.Value == r.Power))
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

// rule finds the first rule that matches the service.
func (w *world) rule(c *vpn.Configuration) ruling {
	for _, i := range w.active {
		r := &w.rules[i]
		if r.covers(c) {
			return ruling{then: r.Then, title: r.title}
		}
	}
	return ruling{then: OutcomeConnect}
}

// evaluateRules evaluates the conditions that do not depend on a service, once
// for all of them. It reports whether the outcome differs from before.
func (w *world) evaluateRules(now time.Time) (changed bool) {
	before := append(w.spare[:0], w.active...)
	w.spare = before
	w.active = w.active[:0]
	w.boundary = time.Time{}
	for i := range w.rules {
		r := &w.rules[i]
		if r.evaluate(w, now, nil) == yes {
			w.active = append(w.active, i)
		}
		if r.Time != "" || len(r.Days) > 0 {
			w.boundary = earlier(w.boundary, r.boundary(now))
		}
	}
	return !slices.Equal(before, w.active)
}

// earlier returns the earlier of two times, of which zero means never.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}
