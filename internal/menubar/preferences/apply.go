package preferences

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"

	"vpnstatus/internal/autoconnect"
	"vpnstatus/internal/facts"
	"vpnstatus/internal/menubar"
	"vpnstatus/internal/settings"
	"vpnstatus/internal/vpn"
)

// Op is what an Edit does to the settings.
type Op string

// Operations. "Value" is that of the Change.
const (
	OpSet           Op = "set"            // Key becomes Value, as settings.Set reads it
	OpResetAll      Op = "reset-all"      // all keys but the program's own state get their defaults
	OpMute          Op = "mute"           // notifications about Service: Value Off mutes it
	OpGroup         Op = "group"          // Service goes into the group Value, see groupNone
	OpGroupMove     Op = "group-move"     // Service is moved By places in its group
	OpGroupName     Op = "group-name"     // the group Name is called Value
	OpProbeTarget   Op = "probe-target"   // Service is tested at Value; empty: not at all
	OpProbeInterval Op = "probe-interval" // Service is tested every Value
	OpHideAdd       Op = "hide-add"       // services called Value, a glob, are hidden
	OpHideRemove    Op = "hide-remove"    // Name is taken from the hidden ones
	OpTrustAdd      Op = "trust-add"      // the Wi-Fi called Value is trusted
	OpTrustName     Op = "trust-name"     // the trusted network Index is called Value
	OpTrustRemove   Op = "trust-remove"   // the trusted network Index goes
	OpRuleAdd       Op = "rule-add"       // a rule is added, switched off
	OpRuleRemove    Op = "rule-remove"    // the rule Index goes
	OpRuleMove      Op = "rule-move"      // the rule Index is moved By places
	OpRuleSet       Op = "rule-set"       // the field Name of the rule Index becomes Value; empty: it has none
	OpRuleCondition Op = "rule-condition" // Value is "field value": one more condition of the rule Index
)

// Edit is a change of the settings but for the new value. It is data, so that a
// screen need not understand it.
type Edit struct {
	Op      Op     `json:"op"`
	Key     string `json:"key,omitempty"` // of the settings
	Service vpn.ID `json:"service,omitzero"`
	Name    string `json:"name,omitempty"`
	By      int    `json:"by,omitempty"`

	// Index is the place of an element in its list, Was its value as JSON: when
	// another element stands there by now the edit is made where the element
	// went, or refused when it is gone.
	Index int    `json:"index,omitempty"`
	Was   string `json:"was,omitempty"`
}

// Change is an Edit with what a person chose or wrote.
type Change struct {
	Edit  Edit   `json:"edit"`
	Value string `json:"value"`
}

// errGone refuses an edit of something that is no longer there.
var errGone = errors.New("it was changed elsewhere in the meantime")

// Apply makes a change. The error is a *settings.KeyError that names the key, and
// s has not changed then. Maps and slices of s are replaced, never changed in
// place. It is fit for settings.Keeper.Update; see Keep.
func Apply(c Change, s *settings.Settings) error {
	next := s.Clone()
	if err := apply(c, &next); err != nil {
		var k *settings.KeyError
		if errors.As(err, &k) {
			return err
		}
		return &settings.KeyError{Key: c.Edit.Key, Text: err.Error()}
	}
	if err := next.Validate(); err != nil {
		return err
	}
	*s = next
	return nil
}

func apply(c Change, s *settings.Settings) error {
	e, value := c.Edit, c.Value
	if !utf8.ValidString(value) {
		return fmt.Errorf("%q is not valid UTF-8", value)
	}
	switch e.Op {
	case OpSet:
		return settings.Set(s, e.Key, value)
	case OpResetAll:
		*s = settings.Default()
		return nil
	case OpMute:
		s.MutedServices = slices.DeleteFunc(s.MutedServices, func(id vpn.ID) bool { return id == e.Service })
		if value == Off {
			s.MutedServices = append(s.MutedServices, e.Service)
		}
		return nil
	case OpGroup, OpGroupMove, OpGroupName:
		return applyGroup(e, value, s)
	case OpProbeTarget, OpProbeInterval:
		return applyProbe(e, strings.TrimSpace(value), s)
	case OpHideAdd:
		value = strings.TrimSpace(value)
		if value == "" || slices.Contains(s.Hidden, value) {
			return nil
		}
		s.Hidden = append(s.Hidden, value)
		return nil
	case OpHideRemove:
		s.Hidden = slices.DeleteFunc(s.Hidden, func(h string) bool { return h == e.Name })
		return nil
	case OpTrustAdd, OpTrustName, OpTrustRemove:
		return applyTrusted(e, value, s)
	case OpRuleAdd, OpRuleRemove, OpRuleMove, OpRuleSet, OpRuleCondition:
		return applyRule(e, value, s)
	}
	return fmt.Errorf("unknown change %q", e.Op)
}

// Values of the popup of groups.
const (
	groupNone = "none"
	groupNew  = "new"
	groupIn   = "in " // followed by the group's name
)

func applyGroup(e Edit, value string, s *settings.Settings) error {
	at, place := memberOf(s.Groups, e.Service)
	switch e.Op {
	case OpGroupMove:
		if at < 0 {
			return errGone
		}
		m := s.Groups[at].Members
		to := min(max(place+e.By, 0), len(m)-1)
		s.Groups[at].Members = slices.Insert(slices.Delete(m, place, place+1), to, e.Service)
		return nil
	case OpGroupName:
		at := slices.IndexFunc(s.Groups, func(g autoconnect.Group) bool { return g.Name == e.Name })
		if at < 0 {
			return errGone
		}
		s.Groups[at].Name = strings.TrimSpace(value)
		return nil
	}
	name, in := strings.CutPrefix(value, groupIn)
	if in && at >= 0 && s.Groups[at].Name == name {
		return nil
	}
	if at >= 0 {
		g := &s.Groups[at]
		g.Members = slices.Delete(g.Members, place, place+1)
		if len(g.Members) == 0 {
			s.Groups = slices.Delete(s.Groups, at, at+1)
		}
	}
	switch {
	case value == groupNone:
		return nil
	case value == groupNew:
		name = ""
		for n := 1; name == "" || slices.ContainsFunc(s.Groups, func(g autoconnect.Group) bool { return g.Name == name }); n++ {
			name = "Group " + strconv.Itoa(n)
		}
		s.Groups = append(s.Groups, autoconnect.Group{Name: name, Members: []vpn.ID{e.Service}})
		return nil
	case !in:
		return fmt.Errorf("%q is not a group", value)
	}
	to := slices.IndexFunc(s.Groups, func(g autoconnect.Group) bool { return g.Name == name })
	if to < 0 {
		return errGone
	}
	s.Groups[to].Members = append(s.Groups[to].Members, e.Service)
	return nil
}

// memberOf returns the group that a service is in, and its place there.
func memberOf(groups []autoconnect.Group, id vpn.ID) (group, place int) {
	for i, g := range groups {
		if p := slices.Index(g.Members, id); p >= 0 {
			return i, p
		}
	}
	return -1, -1
}

// applyProbe goes through the key of one probe, whose error names nothing else.
func applyProbe(e Edit, value string, s *settings.Settings) error {
	if e.Op == OpProbeTarget && value == "" {
		s.Probes = maps.Clone(s.Probes)
		delete(s.Probes, e.Service)
		return nil
	}
	p, ok := s.Probes[e.Service]
	form := map[string]any{"target": p.Target}
	if p.Status != 0 {
		form["status"] = p.Status
	}
	if p.Interval != 0 {
		form["interval"] = p.Interval.String()
	}
	switch {
	case e.Op == OpProbeTarget:
		form["target"] = value
	case !ok:
		return errGone
	case value == "":
		delete(form, "interval")
	default:
		form["interval"] = value
	}
	raw, err := json.Marshal(form)
	if err != nil {
		return err
	}
	return settings.Set(s, "probes."+e.Service.String(), string(raw))
}

// place finds the element that an edit means.
func place[T any](e Edit, list []T) (int, error) {
	if e.Index >= 0 && e.Index < len(list) && was(list[e.Index]) == e.Was {
		return e.Index, nil
	}
	if i := slices.IndexFunc(list, func(v T) bool { return was(v) == e.Was }); i >= 0 {
		return i, nil
	}
	return 0, errGone
}

// was is the identity of an element.
func was(v any) string {
	raw, err := json.Marshal(v)
	if err != nil {
		return err.Error() // texts and lists of them can't fail
	}
	return string(raw)
}

func applyTrusted(e Edit, value string, s *settings.Settings) error {
	if e.Op == OpTrustAdd {
		// A name may begin with a space, so it is taken as it is.
		if strings.TrimSpace(value) == "" || slices.Contains(s.Trusted, settings.TrustedNetwork{SSID: value}) {
			return nil
		}
		s.Trusted = append(s.Trusted, settings.TrustedNetwork{SSID: value})
		return nil
	}
	i, err := place(e, s.Trusted)
	if err != nil {
		return err
	}
	if e.Op == OpTrustRemove {
		s.Trusted = slices.Delete(s.Trusted, i, i+1)
		return nil
	}
	s.Trusted[i].Name = strings.TrimSpace(value)
	return nil
}

func applyRule(e Edit, value string, s *settings.Settings) error {
	if e.Op == OpRuleAdd {
		// Switched off: as yet it would match everywhere.
		s.Rules = append(s.Rules, autoconnect.Rule{Then: autoconnect.OutcomeIgnore, Disabled: true})
		return nil
	}
	i, err := place(e, s.Rules)
	if err != nil {
		return err
	}
	switch e.Op {
	case OpRuleRemove:
		s.Rules = slices.Delete(s.Rules, i, i+1)
		return nil
	case OpRuleMove:
		r := s.Rules[i]
		to := min(max(i+e.By, 0), len(s.Rules)-1)
		s.Rules = slices.Insert(slices.Delete(s.Rules, i, i+1), to, r)
		return nil
	case OpRuleCondition:
		field, rest, _ := strings.Cut(value, " ")
		if field == "" {
			return nil // the popup's title
		}
		return setRule(&s.Rules[i], field, rest)
	}
	return setRule(&s.Rules[i], e.Name, value)
}

// condition is a field of a rule that says when it matches.
type condition struct {
	field string // as in the JSON form
	label string
	hint  string // of the empty field
	text  func(*autoconnect.Rule) *string
	list  func(*autoconnect.Rule) *[]string

	options []Option // the values, where there are but a few
}

// conditions are in the order in which the window shows them.
var conditions = []condition{
	{field: "interface", label: "Interface", options: []Option{
		{string(facts.WiFi), "Wi-Fi"}, {string(facts.Ethernet), "Ethernet"}, {string(facts.Cellular), "Cellular"}, {string(facts.OtherInt), "Other"},
	}},
	{field: "ssid", label: "Wi-Fi name", hint: "Home, Office*", list: func(r *autoconnect.Rule) *[]string { return &r.SSID }},
	{field: "bssid", label: "Access point", hint: "00:11:22:aa:bb:cc", list: func(r *autoconnect.Rule) *[]string { return &r.BSSID }},
	{field: "gatewayMAC", label: "Gateway’s address", hint: "00:11:22:aa:bb:cc", list: func(r *autoconnect.Rule) *[]string { return &r.GatewayMAC }},
	{field: "subnet", label: "Own address in", hint: "192.168.1.0/24", list: func(r *autoconnect.Rule) *[]string { return &r.Subnet }},
	{field: "dnsDomain", label: "DNS domain", hint: "corp.example.com", list: func(r *autoconnect.Rule) *[]string { return &r.DNSDomain }},
	{field: "dnsServer", label: "DNS server", hint: "192.168.1.1", list: func(r *autoconnect.Rule) *[]string { return &r.DNSServer }},
	{field: "time", label: "Time of day", hint: "08:00-18:00", text: func(r *autoconnect.Rule) *string { return &r.Time }},
	{field: "days", label: "Days", hint: "mon, tue, wed, thu, fri", list: func(r *autoconnect.Rule) *[]string { return &r.Days }},
	{field: "power", label: "Power", options: []Option{{string(facts.AC), "Power Adapter"}, {string(facts.Battery), "Battery"}}},
}

// value returns what a rule has for the condition, as a person would write it.
func (c condition) value(r *autoconnect.Rule) string {
	switch {
	case c.field == "interface":
		return string(r.Interface)
	case c.field == "power":
		return string(r.Power)
	case c.text != nil:
		return *c.text(r)
	}
	return joinList(*c.list(r))
}

// setRule sets a field of a rule; an empty value takes it out.
func setRule(r *autoconnect.Rule, field, value string) error {
	value = strings.TrimSpace(value)
	switch field {
	case "enabled":
		r.Disabled = value != On
		return nil
	case "name":
		r.Name = value
		return nil
	case "then":
		r.Then = autoconnect.Outcome(value)
		return nil
	case "services":
		switch value {
		case servicesAll:
			r.Services = nil
		case servicesAsIs:
		default:
			r.Services = []string{value}
		}
		return nil
	case "interface":
		r.Interface = facts.Interface(strings.ToLower(value))
		return nil
	case "power":
		r.Power = facts.Power(strings.ToLower(value))
		return nil
	}
	for _, c := range conditions {
		switch {
		case c.field != field:
		case c.text != nil:
			*c.text(r) = value
			return nil
		default:
			list, err := splitList(value)
			if err != nil {
				return fmt.Errorf("%s: %w", field, err)
			}
			*c.list(r) = list
			return nil
		}
	}
	return fmt.Errorf("a rule has no %q", field)
}

// Values of the popup of a rule's services beside IDs.
const (
	servicesAll  = "all"
	servicesAsIs = "as-is"
)

// joinList writes a list with commas, or as JSON where that would be ambiguous.
func joinList(list []string) string {
	text := strings.Join(list, ", ")
	if back, err := splitList(text); err == nil && slices.Equal(back, list) {
		return text
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false) // a person reads it
	if e.Encode(list) != nil {
		return text
	}
	return strings.TrimSpace(b.String())
}

// splitList reads what joinList writes.
func splitList(text string) ([]string, error) {
	if strings.HasPrefix(text, "[") {
		var list []string
		if err := json.Unmarshal([]byte(text), &list); err != nil {
			return nil, errors.New(`a list is written with commas, or as ["one", "two"]`)
		}
		return list, nil
	}
	var list []string
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part != "" {
			list = append(list, part)
		}
	}
	return list, nil
}

// Keep makes a change in the settings of this process, at once and as a whole.
func Keep(k settings.Keeper, c Change) error {
	return k.Update(func(s *settings.Settings) error { return Apply(c, s) })
}

// ErrorText says in words for people why a change was refused; the row says
// already what it is about.
func ErrorText(err error) string {
	text := err.Error()
	var k *settings.KeyError
	if errors.As(err, &k) {
		text = k.Text
		if first, rest, ok := strings.Cut(text, ": "); ok {
			if _, err := uuid.Parse(first); err == nil {
				text = rest
			}
		}
	}
	return menubar.UpperFirst(text)
}
