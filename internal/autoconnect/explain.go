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
	c := &p.all[i]
	w := &p.world
	e = Explanation{View: c.view, Status: c.status, Facts: w.facts, Default: true, Last: c.last, Failures: c.failures, Warnings: slices.Clone(p.Warnings()),
		ByHand: c.overridesRules(w)}
	if c.group >= 0 {
		e.Group = p.groups[c.group].name
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
			result.Matched, result.Unknown, result.Why = r.explain(c, w, now)
		}
		if result.Matched {
			e.Default = false
		}
		e.Rules = append(e.Rules, result)
	}
	return e, true
}

// Title returns a name for the rule, such as `rule 2 ("home")`.
func (r RuleResult) Title() string { return ruleTitle(r.Index, r.Name) }

func (r *rule) explain(c *controller, w *world, now time.Time) (matched, unknownFact bool, why []string) {
	covered := r.covers(&c.conf)
	if len(r.Services) > 0 && !covered {
		why = append(why, fmt.Sprintf("it is not about %s", c.conf.DisplayName()))
	}
	value := r.evaluate(w, now, func(k condition) {
		why = append(why, k.words())
		unknownFact = unknownFact || k.value == unknown
	})
	if r.unconditional() {
		why = append(why, "it has no conditions")
	}
	return covered && value == yes, unknownFact, why
}

// Warnings returns what the user should know about the settings in force, such
// as rules that are skipped because the Wi-Fi name is withheld. The slice must
// not be changed.
func (p *Policy) Warnings() []string {
	if p.warned {
		return p.warnings
	}
	p.warned = true
	p.warnings = slices.Clone(p.broken)
	w := &p.world
	for i := range w.rules {
		r := &w.rules[i]
		if k := slices.IndexFunc(w.rules[:i], func(earlier rule) bool { return earlier.shadows(r) }); k >= 0 {
			p.warnings = append(p.warnings, fmt.Sprintf("%s never counts: %s always matches first", ruleTitle(r.index, r.Name), ruleTitle(w.rules[k].index, w.rules[k].Name)))
		}
		if what := p.missing(r); what != "" {
			p.warnings = append(p.warnings, fmt.Sprintf("%s is skipped: %s", ruleTitle(r.index, r.Name), what))
		}
	}
	in := map[vpn.ID]string{}
	for _, g := range w.config.Groups {
		for _, id := range g.Members {
			switch first, again := in[id]; {
			case again && first == g.Name:
				p.warnings = append(p.warnings, fmt.Sprintf("the group %q names %s twice", g.Name, p.name(id)))
			case again:
				p.warnings = append(p.warnings, fmt.Sprintf("%s is in the groups %q and %q: only the first counts", p.name(id), first, g.Name))
			default:
				in[id] = g.Name
			}
			if _, ok := p.index[id]; !ok && p.loaded {
				p.warnings = append(p.warnings, fmt.Sprintf("the group %q names a VPN that does not exist: %s", g.Name, id))
			}
		}
	}
	return p.warnings
}

func (p *Policy) name(id vpn.ID) string {
	if i, ok := p.index[id]; ok {
		return fmt.Sprintf("%q", p.all[i].conf.DisplayName())
	}
	return id.String()
}

// missing names the fact that keeps a rule from matching. It is empty without
// a network.
func (p *Policy) missing(r *rule) string {
	f := &p.world.facts
	if f.Network().IsZero() && !withheld(f.LocationRight) {
		return ""
	}
	switch {
	case (len(r.SSID) > 0 && !f.SSID.Known || len(r.BSSID) > 0 && !f.BSSID.Known) && withheld(f.LocationRight):
		return "it needs the Wi-Fi name, and for that Location access"
	case len(r.SSID) > 0 && !f.SSID.Known:
		return "the Wi-Fi name is not known"
	case len(r.BSSID) > 0 && !f.BSSID.Known:
		return "the access point is not known"
	case r.Interface != "" && !f.Interface.Known:
		return "the interface is not known"
	case len(r.GatewayMAC) > 0 && !f.GatewayMAC.Known:
		return "the gateway's hardware address is not known"
	case len(r.Subnet) > 0 && !f.Addresses.Known && !f.Gateway.Known:
		return "the machine's addresses are not known"
	case len(r.DNSDomain) > 0 && !f.DNSDomains.Known:
		return "the DNS domain is not known"
	case len(r.DNSServer) > 0 && !f.DNSServers.Known:
		return "the DNS server is not known"
	case r.Power != "" && !f.Power.Known:
		return "the power source is not known"
	}
	return ""
}

// withheld reports whether the system withholds the Wi-Fi name from this
// program.
func withheld(r facts.Right) bool { return r == facts.RightDenied || r == facts.RightNotAsked }
