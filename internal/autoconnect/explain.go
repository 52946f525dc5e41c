package autoconnect

import (
	"fmt"
	"slices"
	"time"

	"vpnstatus/internal/facts"
	"vpnstatus/internal/vpn"
)

// Explain returns why a service is in its state; ok is false for a service that
// is not in the list.
func (p *Policy) Explain(id vpn.ID, now time.Time) (e Explanation, ok bool) {
	i, ok := p.index[id]
	if !ok {
		return Explanation{}, false
	}
	s, w := &p.all[i], &p.world
	e = Explanation{View: s.view, Status: s.seen.status, Facts: w.here.facts, Last: s.seen.last, Failures: s.retry.failures,
		Warnings: p.Warnings(), ByHand: s.intent.overrides(w.here.epoch)}
	if s.group >= 0 {
		e.Group = p.groups[s.group].name
	}
	q := query{s: s, w: w, place: p.place(i), now: now, tell: true}
	_, deciding := q.deciding()
	for k, b := range blockers {
		a := b.ask(q)
		r := BlockerResult{Name: b.name, Holds: a.holds, Decides: k == deciding, Why: a.why}
		if a.holds {
			r.Why = a.reason.Words(now, now.Location())
			if a.why != "" {
				r.Why += "; " + a.why
			}
		}
		e.Blockers = append(e.Blockers, r)
	}
	e.Rules = make([]RuleResult, 0, len(w.config.Rules))
	for k, in := range w.config.Rules {
		result := RuleResult{Index: k - w.config.Trusted, Trusted: k < w.config.Trusted, Name: in.Name, Then: in.Then}
		r, errs := compileRule(result.Index, in)
		switch {
		case in.Disabled:
			result.Why = []string{"the rule is switched off"}
		case errs != nil:
			for _, err := range errs {
				result.Why = append(result.Why, err.Error())
			}
		default:
			r.explain(&result, &s.conf, &w.here.facts, now)
		}
		e.Rules = append(e.Rules, result)
	}
	return e, true
}

// Title returns a name for the rule, such as `rule 2 ("home")`.
func (r RuleResult) Title() string { return ruleTitle(r.Index, r.Name) }

// explain fills in whether the rule matches, and why.
func (r *rule) explain(out *RuleResult, c *vpn.Configuration, f *facts.Facts, now time.Time) {
	covered := r.covers(c)
	if !covered {
		out.Why = append(out.Why, fmt.Sprintf("it is not about %s", c.DisplayName()))
	}
	out.Matched = covered && r.value(f, now) == yes
	for _, k := range r.conditions {
		value, have := k.check(f, now)
		if have == "" {
			have = "empty"
		}
		switch value {
		case yes:
			out.Why = append(out.Why, fmt.Sprintf("%s is %s: matches %s", k.what, have, k.want))
		case no:
			out.Why = append(out.Why, fmt.Sprintf("%s is %s: does not match %s", k.what, have, k.want))
		case unknown:
			out.Unknown = true
			out.Why = append(out.Why, fmt.Sprintf("%s is not known: does not match %s", k.what, k.want))
		}
	}
	if len(r.conditions) == 0 {
		out.Why = append(out.Why, "it has no conditions")
	}
}

// Warnings returns what the user should know about the settings in force, such
// as rules that are skipped because the Wi-Fi name is withheld. The caller owns
// them.
func (p *Policy) Warnings() []string {
	all := slices.Clone(p.world.rules.broken)
	note := func(format string, args ...any) { all = append(all, fmt.Sprintf(format, args...)) }
	rules := p.world.rules.all
	for i := range rules {
		r := &rules[i]
		title := ruleTitle(r.index, r.Name)
		if k := slices.IndexFunc(rules[:i], func(earlier rule) bool { return earlier.shadows(r) }); k >= 0 {
			note("%s never counts: %s always matches first", title, ruleTitle(rules[k].index, rules[k].Name))
		}
		if what := r.missing(&p.world.here.facts); what != "" {
			note("%s is skipped: %s", title, what)
		}
	}
	in := map[vpn.ID]string{}
	for _, g := range p.world.config.Groups {
		for _, id := range g.Members {
			switch first, again := in[id]; {
			case again && first == g.Name:
				note("the group %q names %s twice", g.Name, p.name(id))
			case again:
				note("%s is in the groups %q and %q: only the first counts", p.name(id), first, g.Name)
			default:
				in[id] = g.Name
			}
			if _, ok := p.index[id]; !ok && p.loaded {
				note("the group %q names a VPN that does not exist: %s", g.Name, id)
			}
		}
	}
	return all
}

func (p *Policy) name(id vpn.ID) string {
	if i, ok := p.index[id]; ok {
		return fmt.Sprintf("%q", p.all[i].conf.DisplayName())
	}
	return id.String()
}

// missing names the fact that keeps the rule from matching. It is empty without
// a network.
func (r *rule) missing(f *facts.Facts) string {
	if f.Network().IsZero() && !withheld(f.LocationRight) {
		return ""
	}
	for _, k := range r.conditions {
		value, _ := k.check(f, time.Time{})
		switch {
		case value != unknown:
		case k.wifi && withheld(f.LocationRight):
			return "it needs the Wi-Fi name, and for that Location access"
		default:
			return k.missing
		}
	}
	return ""
}

// withheld reports whether the system withholds the Wi-Fi name from this
// program.
func withheld(r facts.Right) bool { return r == facts.RightDenied || r == facts.RightNotAsked }
