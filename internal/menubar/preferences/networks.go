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
)

// networks returns the tab of trusted networks and rules.
func (b *builder) networks() {
	for id, x := range b.env.Explain {
		b.first[id] = slices.IndexFunc(x.Rules, func(r autoconnect.RuleResult) bool { return r.Matched })
	}
	b.thisNetwork()
	b.trusted()
	b.rules()
}

func (b *builder) thisNetwork() {
	f := b.snap.Facts
	r := Row{ID: "here", Key: "trustedNetworks", Label: "This network:"}
	known := f.SSID.Known && f.SSID.Value != "" || f.GatewayMAC.Known && f.GatewayMAC.Value != ""
	trust := command(Control{ID: "trust", Kind: Button, Title: "Add This Network", Disabled: !known}, engine.VerbTrust, true)
	if b.snap.Trusted {
		trust = command(Control{ID: "trust", Kind: Button, Title: "Remove This Network"}, engine.VerbTrust, false)
	}
	buttons := []Control{trust}
	if !f.SSID.Known && (f.LocationRight == facts.RightDenied || f.LocationRight == facts.RightNotAsked) {
		r.Help = "macOS gives the name of the Wi-Fi network only to apps that may use your location."
		buttons = append(buttons, button("location", "Allow Location…", menubar.AppLocationSettings))
	}
	b.reader(r, network(f), "This network", buttons...)
}

// network returns the current network as text.
func network(f facts.Facts) string {
	if f.Path.Known && f.Path.Value == facts.Unsatisfied {
		return "No network connection"
	}
	kind := map[facts.Interface]string{facts.WiFi: "Wi-Fi", facts.Ethernet: "Ethernet", facts.Cellular: "Cellular"}[f.Interface.Value]
	gateway := ""
	if f.Gateway.Known && f.Gateway.Value.IsValid() {
		gateway = "gateway " + f.Gateway.Value.String()
	}
	if f.SSID.Known && clean(f.SSID.Value) != "" {
		return join(", ", quoted(f.SSID.Value), kind)
	}
	if kind == "" && gateway == "" {
		return "Not known yet"
	}
	return join(", ", cmp.Or(kind, "Some network"), gateway)
}

func trustedList(s *settings.Settings) *[]settings.TrustedNetwork { return &s.Trusted }

func (b *builder) trusted() {
	entries := make([]Entry, 0, len(b.set.Trusted))
	for i, t := range b.set.Trusted {
		name := cmp.Or(clean(t.Name), clean(t.SSID), "Network")
		now, _ := b.ruleNow(i, autoconnect.OutcomeIgnore)
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
		entries = append(entries, Entry{
			ID: fmt.Sprint("trustedNetworks/", i), Cells: []Cell{{Text: name}, {Text: by}, {Text: now}},
			Accessibility: join(", ", name, by, now), ToolTip: join(", ", clean(t.SSID), clean(t.GatewayMAC)),
		})
	}
	if selected, i := b.selected("trustedNetworks", entries); i >= 0 {
		t := b.set.Trusted[i]
		b.add(Row{ID: "trusted", Key: "trustedNetworks", Wide: true, Label: "On these networks nothing is connected automatically:", Controls: []Control{{
			ID: "trustedNetworks", Kind: Table, Lines: smallTableLines, Entries: entries, Selected: selected, Accessibility: "Trusted networks",
			Columns: []Column{{Title: "Network", Weight: 4}, {Title: "Known by", Weight: 4}, {Title: "Now", Weight: 3}},
		}}})
		rename := func(list []settings.TrustedNetwork, i int, name string) ([]settings.TrustedNetwork, error) {
			list[i].Name = strings.TrimSpace(name)
			return list, nil
		}
		b.add(Row{ID: "trusted-name", Label: "Shown as:", Controls: []Control{
			{ID: fmt.Sprint("trusted-name/", i), Kind: Field, Value: t.Name, Placeholder: cmp.Or(clean(t.SSID), "Network"), Chars: 22,
				Set: element(trustedList, i, t, rename), Accessibility: "Name of the trusted network"},
			{ID: "trusted-remove", Kind: Button, Title: "Remove", Set: element(trustedList, i, t, removed[settings.TrustedNetwork]),
				Accessibility: "Remove " + entries[i].Cells[0].Text + " from the trusted networks"},
		}})
	}
	b.add(Row{ID: "trust-add", Label: "Trust a Wi-Fi:", Controls: []Control{{
		ID: "trust-add", Kind: Field, Placeholder: "Wi-Fi name", Chars: 22, Accessibility: "Name of a Wi-Fi to trust",
		Set: func(s *settings.Settings, value string) error {
			// A name may begin with a space, so it is not trimmed.
			if t := (settings.TrustedNetwork{SSID: value}); strings.TrimSpace(value) != "" && !slices.Contains(s.Trusted, t) {
				s.Trusted = append(s.Trusted, t)
			}
			return nil
		},
	}}})
}

func ruleList(s *settings.Settings) *[]autoconnect.Rule { return &s.Rules }

var outcomes = []Option{
	{string(autoconnect.OutcomeConnect), "Connect"},
	{string(autoconnect.OutcomeIgnore), "Leave as It Is"},
	{string(autoconnect.OutcomeDisconnect), "Disconnect"},
}

// titleOf returns the title of an option, or the value itself if it is not
// among the options.
func titleOf(options []Option, value string) string {
	for _, o := range options {
		if o.Value == value {
			return o.Title
		}
	}
	return clean(value)
}

func (b *builder) rules() {
	id := func(i int) string { return fmt.Sprint("rules/", i) }
	add := Control{ID: "rule-add", Kind: Button, Title: "Add Rule", Then: Selection{"rules", id(len(b.set.Rules))},
		Set: func(s *settings.Settings, _ string) error {
			// The new rule is disabled, because without conditions it would
			// match everywhere.
			s.Rules = append(s.Rules, autoconnect.Rule{Then: autoconnect.OutcomeIgnore, Disabled: true})
			return nil
		}}
	entries := make([]Entry, 0, len(b.set.Rules))
	for i, r := range b.set.Rules {
		entries = append(entries, b.ruleEntry(id(i), i, r))
	}
	selected, i := b.selected("rules", entries)
	if i < 0 {
		b.add(Row{ID: "rules-none", Key: "rules", Label: "Rules:", Break: true, Controls: []Control{add},
			Help: "A rule says what to do on which network. Without rules, ticked VPNs are kept connected on every network that is not trusted."})
		return
	}
	r, name := b.set.Rules[i], entries[i].Cells[1].Text
	// change returns a Setter for the selected rule.
	change := func(f func(r *autoconnect.Rule, value string) error) Setter {
		return element(ruleList, i, r, func(list []autoconnect.Rule, i int, value string) ([]autoconnect.Rule, error) {
			return list, f(&list[i], strings.TrimSpace(value))
		})
	}
	b.add(Row{ID: "rules", Key: "rules", Wide: true, Break: true, Label: "Rules, of which the first that matches counts:", Controls: []Control{{
		ID: "rules", Kind: Table, Lines: smallTableLines, Entries: entries, Selected: selected, Accessibility: "Rules",
		Columns: []Column{{Set: b.enableRule}, {Title: "Rule", Weight: 5}, {Title: "Then", Weight: 2.5}, {Title: "Now", Weight: 3}},
	}}})
	move := func(c, title string, by int, possible bool) Control {
		return Control{ID: c, Kind: Button, Title: title, Disabled: !possible, Set: element(ruleList, i, r, moved[autoconnect.Rule](by)),
			Accessibility: title + ": the rule " + name, Then: Selection{"rules", id(i + by)}}
	}
	b.add(Row{ID: "rule-buttons", Wide: true, Controls: []Control{
		add,
		{ID: "rule-remove", Kind: Button, Title: "Remove", Set: element(ruleList, i, r, removed[autoconnect.Rule]), Accessibility: "Remove the rule " + name},
		move("rule-up", "Move Up", -1, i > 0), move("rule-down", "Move Down", 1, i < len(entries)-1),
	}})
	b.add(Row{ID: "rule-name", Label: "Name:", Controls: []Control{{
		ID: fmt.Sprint("rule-name/", i), Kind: Field, Value: r.Name, Placeholder: "Rule " + strconv.Itoa(i+1), Chars: 28, Accessibility: "Name of the rule",
		Set: change(func(r *autoconnect.Rule, value string) error { r.Name = value; return nil }),
	}}})
	services := b.ruleServices(r)
	services.Set = change(func(r *autoconnect.Rule, value string) error {
		switch value {
		case allServices:
			r.Services = nil
		case asWritten:
		default:
			r.Services = []string{value}
		}
		return nil
	})
	b.add(Row{ID: "rule-then", Label: "Then:", Controls: []Control{
		{ID: "rule-then", Kind: Popup, Value: string(r.Then), Options: outcomes, Accessibility: "What the rule does",
			Set: change(func(r *autoconnect.Rule, value string) error { r.Then = autoconnect.Outcome(value); return nil })},
		services,
	}})

	rest := []Option{{"", "Add a Condition"}}
	for _, c := range conditions {
		value := c.get(&r)
		if value == "" {
			rest = append(rest, Option{c.field + " " + b.suggestion(c), c.label})
			continue
		}
		k := Control{ID: fmt.Sprint("rule-", c.field, "/", i), Kind: Field, Value: value, Placeholder: c.hint, Accessibility: "Condition of the rule: " + c.label, Set: change(c.set)}
		if c.options != nil {
			k.Kind, k.Placeholder, k.Options = Popup, "", append(slices.Clone(c.options), Option{"", "Any"})
			if !slices.ContainsFunc(k.Options, func(o Option) bool { return o.Value == value }) {
				k.Options = append(k.Options, Option{value, clean(value)})
			}
		}
		b.add(Row{ID: "rule-" + c.field, Label: c.label + ":", Controls: []Control{k}})
	}
	if len(rest) > 1 {
		b.add(Row{ID: "rule-condition", Label: "When:", Help: "All conditions must hold. Clear one to remove it.", Controls: []Control{{
			ID: "rule-condition", Kind: Popup, Options: rest, Accessibility: "Add a condition to the rule",
			Set: change(func(r *autoconnect.Rule, value string) error {
				field, value, _ := strings.Cut(value, " ")
				for _, c := range conditions {
					if c.field == field {
						return c.set(r, value)
					}
				}
				return nil // the title of the popup
			}),
		}}})
	}
	if _, why := b.ruleNow(len(b.set.Trusted)+i, r.Then); why != "" {
		b.reader(Row{ID: "rule-now", Label: "Now:"}, why, "The rule now")
	}
}

// enableRule is the Set function of the checkboxes of the rules.
func (b *builder) enableRule(s *settings.Settings, entry string, on bool) error {
	i, err := strconv.Atoi(strings.TrimPrefix(entry, "rules/"))
	if err != nil || i < 0 || i >= len(b.set.Rules) {
		return errGone
	}
	return element(ruleList, i, b.set.Rules[i], func(list []autoconnect.Rule, i int, _ string) ([]autoconnect.Rule, error) {
		list[i].Disabled = !on
		return list, nil
	})(s, "")
}

func (b *builder) ruleEntry(id string, i int, r autoconnect.Rule) Entry {
	name := clean(r.Name)
	if name == "" {
		var parts []string
		for _, c := range conditions {
			if v := c.get(&r); v != "" {
				parts = append(parts, c.label+" "+clean(v))
			}
		}
		name = cmp.Or(strings.Join(parts, ", "), "Always")
	}
	then, now := titleOf(outcomes, string(r.Then)), "Disabled"
	if !r.Disabled {
		now, _ = b.ruleNow(len(b.set.Trusted)+i, r.Then)
	}
	return Entry{ID: id, Cells: []Cell{{On: !r.Disabled, Accessibility: "Rule " + name}, {Text: name}, {Text: then}, {Text: now}},
		Dim: r.Disabled, ToolTip: name, Accessibility: join(", ", name, then, now)}
}

// Values of the popup of a rule's services, besides their IDs.
const (
	allServices = "all"
	asWritten   = "as-written"
)

// ruleServices chooses the services of a rule: all, one, or the list in the
// settings file if it was edited by hand.
func (b *builder) ruleServices(r autoconnect.Rule) Control {
	c := Control{ID: "rule-services", Kind: Popup, Value: allServices, Options: []Option{{allServices, "All VPNs"}}, Accessibility: "VPNs that the rule applies to"}
	for _, s := range b.snap.Services {
		id := s.ID.String()
		c.Options = append(c.Options, Option{id, menubar.Middle(b.names[s.ID], 32)})
		if len(r.Services) == 1 && strings.EqualFold(r.Services[0], id) {
			c.Value = id
		}
	}
	if len(r.Services) > 0 && c.Value == allServices {
		c.Value = asWritten
		c.Options = append(c.Options, Option{asWritten, menubar.Middle(clean(joinList(r.Services)), 32)})
	}
	return c
}

// condition is a field of a rule that says when it matches.
type condition struct {
	field   string // as in the file
	label   string
	hint    string                                    // of the empty field
	get     func(*autoconnect.Rule) string            // in the form the user types
	set     func(*autoconnect.Rule, string) error     // empty to remove it
	now     func(facts.Facts) (value string, ok bool) // the current value
	options []Option                                  // the values, if they are few
}

// listCondition is a condition with several values, any of which may hold.
func listCondition(field, label, hint string, list func(*autoconnect.Rule) *[]string, now func(facts.Facts) (string, bool)) condition {
	return condition{field: field, label: label, hint: hint, now: now,
		get: func(r *autoconnect.Rule) string { return joinList(*list(r)) },
		set: func(r *autoconnect.Rule, value string) (err error) {
			if *list(r), err = splitList(value); err != nil {
				return fmt.Errorf("%s: %w", field, err)
			}
			return nil
		},
	}
}

// textCondition is a condition with one value.
func textCondition[T ~string](field, label, hint string, text func(*autoconnect.Rule) *T, now func(facts.Facts) (string, bool), options ...Option) condition {
	return condition{field: field, label: label, hint: hint, now: now, options: options,
		get: func(r *autoconnect.Rule) string { return string(*text(r)) },
		set: func(r *autoconnect.Rule, value string) error { *text(r) = T(value); return nil },
	}
}

func first(f facts.Fact[[]string]) (string, bool) {
	if !f.Known || len(f.Value) == 0 {
		return "", false
	}
	return f.Value[0], true
}

// conditions are the fields of rules in the order of the window.
var conditions = []condition{
	textCondition("interface", "Interface", "", func(r *autoconnect.Rule) *facts.Interface { return &r.Interface },
		func(f facts.Facts) (string, bool) { return cmp.Or(string(f.Interface.Value), string(facts.WiFi)), true },
		Option{string(facts.WiFi), "Wi-Fi"}, Option{string(facts.Ethernet), "Ethernet"}, Option{string(facts.Cellular), "Cellular"}, Option{string(facts.OtherInt), "Other"}),
	listCondition("ssid", "Wi-Fi name", "Home, Office*", func(r *autoconnect.Rule) *[]string { return &r.SSID },
		func(f facts.Facts) (string, bool) {
			return joinList([]string{autoconnect.QuoteGlob(f.SSID.Value)}), f.SSID.Value != ""
		}),
	listCondition("bssid", "Access point", "00:11:22:aa:bb:cc", func(r *autoconnect.Rule) *[]string { return &r.BSSID },
		func(f facts.Facts) (string, bool) { return f.BSSID.Value, true }),
	listCondition("gatewayMAC", "Gateway’s address", "00:11:22:aa:bb:cc", func(r *autoconnect.Rule) *[]string { return &r.GatewayMAC },
		func(f facts.Facts) (string, bool) { return f.GatewayMAC.Value, true }),
	listCondition("subnet", "Own address in", "192.168.1.0/24", func(r *autoconnect.Rule) *[]string { return &r.Subnet },
		func(f facts.Facts) (string, bool) {
			if len(f.Addresses.Value) == 0 {
				return "", false
			}
			return f.Addresses.Value[0].Masked().String(), true
		}),
	listCondition("dnsDomain", "DNS domain", "corp.example.com", func(r *autoconnect.Rule) *[]string { return &r.DNSDomain },
		func(f facts.Facts) (string, bool) { return first(f.DNSDomains) }),
	listCondition("dnsServer", "DNS server", "192.168.1.1", func(r *autoconnect.Rule) *[]string { return &r.DNSServer },
		func(f facts.Facts) (string, bool) { return first(f.DNSServers) }),
	textCondition("time", "Time of day", "08:00-18:00", func(r *autoconnect.Rule) *string { return &r.Time }, nil),
	listCondition("days", "Days", "mon, tue, wed, thu, fri", func(r *autoconnect.Rule) *[]string { return &r.Days }, nil),
	textCondition("power", "Power", "", func(r *autoconnect.Rule) *facts.Power { return &r.Power },
		func(f facts.Facts) (string, bool) { return cmp.Or(string(f.Power.Value), string(facts.AC)), true },
		Option{string(facts.AC), "Power Adapter"}, Option{string(facts.Battery), "Battery"}),
}

// suggestion returns the initial value of a new condition: the current value,
// if known.
func (b *builder) suggestion(c condition) string {
	if c.now != nil {
		if v, ok := c.now(b.snap.Facts); ok && v != "" {
			return v
		}
	}
	return c.hint
}

// Results of rules, as the tables show them.
const (
	resultCounts  = "Counts"
	resultLater   = "Overruled"
	resultNo      = "Doesn’t match"
	resultUnknown = "Not known"
)

// maxWhy bounds the lines of an explanation, which has one for each condition
// of a rule.
const maxWhy = 10

// ruleNow returns the current result of a rule of the policy, and why. The
// trusted networks are the first rules. If the result differs between
// services, the first of these counts: the rule decides, is overruled, may
// match, does not match. Both results are empty while there is no explanation
// for these settings.
func (b *builder) ruleNow(index int, then autoconnect.Outcome) (now, why string) {
	rank := []string{"", resultNo, resultUnknown, resultLater, resultCounts}
	var best autoconnect.RuleResult
	for _, s := range b.snap.Services {
		x, ok := b.env.Explain[s.ID]
		if !ok || len(x.Rules) != len(b.set.Trusted)+len(b.set.Rules) || x.Rules[index].Then != then {
			continue
		}
		r, result := x.Rules[index], resultNo
		switch {
		case r.Matched && b.first[s.ID] == index:
			result = resultCounts
		case r.Matched:
			result = resultLater
		case r.Unknown:
			result = resultUnknown
		}
		if slices.Index(rank, result) > slices.Index(rank, now) {
			now, best = result, r
		}
	}
	if now == "" {
		return "", ""
	}
	lines := []string{now}
	if now == resultLater {
		lines[0] = "It matches, but an earlier rule or a trusted network counts"
	}
	for i, w := range best.Why {
		if i == maxWhy {
			lines = append(lines, fmt.Sprintf("and %d more", len(best.Why)-i))
			break
		}
		lines = append(lines, menubar.UpperFirst(clean(w)))
	}
	return now, strings.Join(lines, "\n")
}
