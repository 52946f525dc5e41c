package preferences

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"vpnstatus/internal/autoconnect"
	"vpnstatus/internal/engine"
	"vpnstatus/internal/facts"
	"vpnstatus/internal/menubar"
	"vpnstatus/internal/settings"
	"vpnstatus/internal/vpn"
)

// networks is the tab of trusted networks and rules.
func (b *builder) networks() {
	b.thisNetwork()
	b.trusted()
	b.rulesTable()
}

func (b *builder) thisNetwork() {
	f := b.snap.Facts
	text := network(f)
	here := Row{ID: "here", Label: "This network:", Controls: []Control{{ID: "here", Kind: KindStatic, Value: text, Accessibility: "This network: " + text}}}
	known := f.SSID.Known && f.SSID.Value != "" || f.GatewayMAC.Known && f.GatewayMAC.Value != ""
	trust := button("trust", "Add This Network", command(engine.VerbTrust, vpn.ID{}, true))
	if b.snap.Trusted {
		trust = button("trust", "Remove This Network", command(engine.VerbTrust, vpn.ID{}, false))
	}
	trust.Key = "trustedNetworks"
	trust.Disabled = !known && !b.snap.Trusted
	here.Controls = append(here.Controls, trust)
	if !f.SSID.Known && (f.LocationRight == facts.RightDenied || f.LocationRight == facts.RightNotAsked) {
		here.Help = "macOS tells the name of the Wi-Fi only to apps that may use the location."
		here.Controls = append(here.Controls, button("location", "Allow Location…", menubar.Action{App: menubar.AppLocationSettings}))
	}
	b.add(here)
}

func (b *builder) trusted() {
	entries := make([]Entry, 0, len(b.set.Trusted))
	for i, t := range b.set.Trusted {
		name := cmp.Or(clean(t.Name), clean(t.SSID), "Network")
		now := b.resultNow(i, autoconnect.OutcomeIgnore)
		if now == resultCounts {
			now = "You are here"
		}
		by := "Wi-Fi name"
		switch {
		case t.SSID != "" && t.GatewayMAC != "":
			by = "Wi-Fi name and gateway"
		case t.SSID == "":
			by = "gateway " + clean(t.GatewayMAC)
		}
		e := Entry{ID: "trusted/" + strconv.Itoa(i), Cells: []Cell{{Text: name}, {Text: by}, {Text: now}}, Accessibility: join(", ", name, by, now)}
		e.ToolTip = join(", ", clean(t.SSID), clean(t.GatewayMAC))
		entries = append(entries, e)
	}
	selected, i := b.selected(tableTrusted, entries)
	if i >= 0 {
		t := b.set.Trusted[i]
		b.add(Row{ID: "trusted", Wide: true, Label: "On these networks nothing is connected automatically:", Controls: []Control{{
			ID: tableTrusted, Kind: KindTable, Key: "trustedNetworks", Lines: smallTableLines, Entries: entries, Selected: selected, Accessibility: "Trusted networks",
			Columns: []Column{{ID: "name", Title: "Network", Weight: 4}, {ID: "by", Title: "Known by", Weight: 4}, {ID: "now", Title: "Now", Weight: 3}},
		}}})
		edit := Edit{Key: "trustedNetworks", Index: i, Was: was(t)}
		name, remove := edit, edit
		name.Op, remove.Op = OpTrustName, OpTrustRemove
		b.add(Row{ID: "trusted-name", Label: "Shown as:", Controls: []Control{
			{ID: "trusted-name", Kind: KindText, Value: t.Name, Placeholder: cmp.Or(clean(t.SSID), "Network"), Chars: 22, Key: "trustedNetworks", Edit: name, Accessibility: "Name of the trusted network"},
			{ID: "trusted-remove", Kind: KindButton, Title: "Remove", Key: "trustedNetworks", Edit: remove, Accessibility: "Remove " + entries[i].Cells[0].Text + " from the trusted networks"},
		}})
	}
	b.add(Row{ID: "trust-add", Label: "Trust a Wi-Fi:", Controls: []Control{{
		ID: "trust-add", Kind: KindText, Placeholder: "Name of the Wi-Fi", Chars: 22, Key: "trustedNetworks", Edit: Edit{Op: OpTrustAdd, Key: "trustedNetworks"},
		Accessibility: "Name of a Wi-Fi to trust",
	}}})
}

var outcomes = []Option{
	{string(autoconnect.OutcomeConnect), "Connect"},
	{string(autoconnect.OutcomeIgnore), "Leave as It Is"},
	{string(autoconnect.OutcomeDisconnect), "Disconnect"},
}

func outcomeTitle(o autoconnect.Outcome) string {
	for _, x := range outcomes {
		if x.Value == string(o) {
			return x.Title
		}
	}
	return clean(string(o))
}

func (b *builder) rulesTable() {
	add := Control{ID: "rule-add", Kind: KindButton, Title: "Add Rule", Key: "rules", Edit: Edit{Op: OpRuleAdd, Key: "rules"},
		Then: Selection{tableRules, ruleID(len(b.set.Rules))}}
	entries := make([]Entry, 0, len(b.set.Rules))
	for i, r := range b.set.Rules {
		entries = append(entries, b.ruleEntry(i, r))
	}
	selected, i := b.selected(tableRules, entries)
	if i < 0 {
		b.add(Row{ID: "rules-none", Label: "Rules:", Break: true, Controls: []Control{add},
			Help: "A rule says what to do on which network. Without rules, ticked VPNs are kept up on every network that is not trusted."})
		return
	}
	r := b.set.Rules[i]
	name := entries[i].Cells[1].Text
	b.add(Row{ID: "rules", Wide: true, Break: true, Label: "Rules, of which the first that matches counts:", Controls: []Control{{
		ID: tableRules, Kind: KindTable, Key: "rules", Lines: smallTableLines, Entries: entries, Selected: selected, Accessibility: "Rules",
		Columns: []Column{{ID: "on", Tick: true}, {ID: "rule", Title: "Rule", Weight: 5}, {ID: "then", Title: "Then", Weight: 2.5}, {ID: "now", Title: "Now", Weight: 3}},
	}}})
	edit := func(op Op, field string, by int) Edit {
		return Edit{Op: op, Key: "rules", Index: i, Was: was(r), Name: field, By: by}
	}
	b.add(Row{ID: "rule-buttons", Wide: true, Controls: []Control{
		add,
		{ID: "rule-remove", Kind: KindButton, Title: "Remove", Key: "rules", Edit: edit(OpRuleRemove, "", 0), Accessibility: "Remove the rule " + name},
		{ID: "rule-up", Kind: KindButton, Title: "Move Up", Key: "rules", Edit: edit(OpRuleMove, "", -1), Disabled: i == 0, Accessibility: "Move the rule up", Then: Selection{tableRules, ruleID(i - 1)}},
		{ID: "rule-down", Kind: KindButton, Title: "Move Down", Key: "rules", Edit: edit(OpRuleMove, "", 1), Disabled: i == len(entries)-1, Accessibility: "Move the rule down", Then: Selection{tableRules, ruleID(i + 1)}},
	}})
	b.add(Row{ID: "rule-name", Label: "Name:", Controls: []Control{{
		ID: "rule-name", Kind: KindText, Value: r.Name, Placeholder: "Rule " + strconv.Itoa(i+1), Chars: 28, Key: "rules", Edit: edit(OpRuleSet, "name", 0), Accessibility: "Name of the rule",
	}}})
	b.add(Row{ID: "rule-then", Label: "Then:", Controls: []Control{
		{ID: "rule-then", Kind: KindPopup, Value: string(r.Then), Options: outcomes, Key: "rules", Edit: edit(OpRuleSet, "then", 0), Accessibility: "What the rule does"},
		b.ruleServices(r, edit(OpRuleSet, "services", 0)),
	}})
	var rest []Option
	for _, c := range conditions {
		value := c.value(&r)
		if value == "" {
			rest = append(rest, Option{c.field + " " + b.suggestion(c), c.label})
			continue
		}
		k := Control{
			ID: "rule/" + c.field, Kind: KindText, Value: value, Placeholder: c.hint, Key: "rules", Edit: edit(OpRuleSet, c.field, 0), Accessibility: "The rule’s condition: " + c.label,
		}
		if c.options != nil {
			k.Kind, k.Placeholder, k.Options = KindPopup, "", append(slices.Clone(c.options), Option{"", "Doesn’t Matter"})
			if !slices.ContainsFunc(k.Options, func(o Option) bool { return o.Value == value }) {
				k.Options = append(k.Options, Option{value, clean(value)})
			}
		}
		b.add(Row{ID: k.ID, Label: c.label + ":", Controls: []Control{k}})
	}
	if len(rest) > 0 {
		b.add(Row{ID: "rule-condition", Label: "When:", Help: "All conditions must hold. One that is emptied goes away.", Controls: []Control{{
			ID: "rule-condition", Kind: KindPopup, Options: append([]Option{{"", "Add a Condition"}}, rest...), Key: "rules", Edit: edit(OpRuleCondition, "", 0), Accessibility: "Add a condition to the rule",
		}}})
	}
	if why := b.why(len(b.set.Trusted) + i); why != "" {
		b.add(Row{ID: "rule-now", Label: "Now:", Controls: []Control{{ID: "rule-now", Kind: KindStatic, Value: why, Accessibility: "The rule now: " + why}}})
	}
}

func ruleID(i int) string { return "rule/" + strconv.Itoa(i) }

func (b *builder) ruleEntry(i int, r autoconnect.Rule) Entry {
	name := clean(r.Name)
	if name == "" {
		var parts []string
		for _, c := range conditions {
			if v := c.value(&r); v != "" {
				parts = append(parts, c.label+" "+clean(v))
			}
		}
		name = cmp.Or(strings.Join(parts, ", "), "Always")
	}
	then, now := outcomeTitle(r.Then), "Switched off"
	if !r.Disabled {
		now = b.resultNow(len(b.set.Trusted)+i, r.Then)
	}
	on := Cell{Value: onOff(!r.Disabled), Edit: Edit{Op: OpRuleSet, Key: "rules", Index: i, Was: was(r), Name: "enabled"}, Accessibility: "Rule " + name}
	return Entry{ID: ruleID(i), Cells: []Cell{on, {Text: name}, {Text: then}, {Text: now}}, Dim: r.Disabled, ToolTip: name, Accessibility: join(", ", name, then, now)}
}

// ruleServices chooses the services of a rule: all, one, or those that were
// written by hand.
func (b *builder) ruleServices(r autoconnect.Rule, e Edit) Control {
	c := Control{ID: "rule-services", Kind: KindPopup, Value: servicesAll, Options: []Option{{servicesAll, "All VPNs"}}, Key: "rules", Edit: e, Accessibility: "VPNs that the rule is about"}
	for _, s := range b.snap.Services {
		id := s.ID.String()
		c.Options = append(c.Options, Option{id, menubar.Middle(b.names[s.ID], 32)})
		if len(r.Services) == 1 && strings.EqualFold(r.Services[0], id) {
			c.Value = id
		}
	}
	if len(r.Services) > 0 && c.Value == servicesAll {
		c.Value = servicesAsIs
		c.Options = append(c.Options, Option{servicesAsIs, menubar.Middle(clean(joinList(r.Services)), 32)})
	}
	return c
}

// suggestion is what a condition begins with: what holds now, where that is
// known.
func (b *builder) suggestion(c condition) string {
	f := b.snap.Facts
	first := func(list []string, known bool) string {
		if !known || len(list) == 0 {
			return ""
		}
		return list[0]
	}
	value := ""
	switch c.field {
	case "interface":
		value = cmp.Or(string(f.Interface.Value), string(facts.WiFi))
	case "ssid":
		if f.SSID.Known && f.SSID.Value != "" {
			value = joinList([]string{autoconnect.QuoteGlob(f.SSID.Value)})
		} else {
			value = "Name of the Wi-Fi"
		}
	case "bssid":
		value = cmp.Or(f.BSSID.Value, c.hint)
	case "gatewayMAC":
		value = cmp.Or(f.GatewayMAC.Value, c.hint)
	case "subnet":
		if f.Addresses.Known && len(f.Addresses.Value) > 0 {
			value = f.Addresses.Value[0].Masked().String()
		}
	case "dnsDomain":
		value = first(f.DNSDomains.Value, f.DNSDomains.Known)
	case "dnsServer":
		value = first(f.DNSServers.Value, f.DNSServers.Known)
	case "power":
		value = cmp.Or(string(f.Power.Value), string(facts.AC))
	}
	return cmp.Or(value, c.hint)
}

// Results of rules, in the words of the tables.
const (
	resultCounts  = "Counts"
	resultLater   = "Overruled"
	resultNo      = "Doesn’t match"
	resultUnknown = "Not known"
)

// Explained returns the services whose explanations Build needs: one that each
// rule is about, and one for the trusted networks.
func Explained(snapshot *engine.Snapshot, s settings.Settings) []vpn.ID {
	var ids []vpn.ID
	add := func(i int) {
		if i >= 0 && !slices.Contains(ids, snapshot.Services[i].ID) {
			ids = append(ids, snapshot.Services[i].ID)
		}
	}
	if len(snapshot.Services) > 0 && len(s.Trusted)+len(s.Rules) > 0 {
		add(0)
	}
	for _, r := range s.Rules {
		add(coveredBy(snapshot, r))
	}
	return ids
}

// coveredBy returns the index of the first service that a rule is about, or -1.
func coveredBy(snapshot *engine.Snapshot, r autoconnect.Rule) int {
	return slices.IndexFunc(snapshot.Services, func(s *engine.Service) bool {
		return len(r.Services) == 0 || slices.ContainsFunc(r.Services, func(p string) bool {
			return strings.EqualFold(p, s.ID.String()) || autoconnect.MatchGlob(p, s.Name)
		})
	})
}

// result returns the evaluation of a rule of the policy, of which the trusted
// networks are the first, and whether it is the one that counts. Nothing is
// returned while explanation and settings do not belong together.
func (b *builder) result(index int, then autoconnect.Outcome) (r autoconnect.RuleResult, counts, ok bool) {
	at := 0
	if i := index - len(b.set.Trusted); i >= 0 {
		at = coveredBy(b.snap, b.set.Rules[i])
	}
	if at < 0 || at >= len(b.snap.Services) {
		return r, false, false
	}
	id := b.snap.Services[at].ID
	x, ok := b.env.Explain[id]
	if !ok || len(x.Rules) != len(b.set.Trusted)+len(b.set.Rules) || x.Rules[index].Then != then {
		return r, false, false
	}
	r = x.Rules[index]
	first, known := b.first[id]
	if !known { // there may be thousands of networks to ask for
		first = slices.IndexFunc(x.Rules, func(r autoconnect.RuleResult) bool { return r.Matched })
		b.first[id] = first
	}
	return r, first == index, true
}

func (b *builder) resultNow(index int, then autoconnect.Outcome) string {
	r, counts, ok := b.result(index, then)
	switch {
	case !ok:
		return ""
	case counts:
		return resultCounts
	case r.Matched:
		return resultLater
	case r.Unknown:
		return resultUnknown
	}
	return resultNo
}

// why tells why the selected rule matches or not, a line per condition.
func (b *builder) why(index int) string {
	rule := b.set.Rules[index-len(b.set.Trusted)]
	if len(b.snap.Services) > 0 && coveredBy(b.snap, rule) < 0 {
		return "There is no VPN that the rule is about"
	}
	r, counts, ok := b.result(index, rule.Then)
	if !ok {
		return ""
	}
	lines := make([]string, 0, len(r.Why)+1)
	if !rule.Disabled {
		head := b.resultNow(index, rule.Then)
		if !counts && r.Matched {
			head = "It matches, but an earlier rule or a trusted network counts"
		}
		lines = append(lines, head)
	}
	for i, w := range r.Why {
		if i == maxWhy {
			lines = append(lines, fmt.Sprintf("and %d more", len(r.Why)-i))
			break
		}
		lines = append(lines, menubar.UpperFirst(clean(w)))
	}
	return strings.Join(lines, "\n")
}

// maxWhy bounds the lines of an explanation; a rule has eleven conditions.
const maxWhy = 11
