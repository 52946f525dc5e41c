package preferences

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"vpnstatus/internal/autoconnect"
	"vpnstatus/internal/engine"
	"vpnstatus/internal/menubar"
)

// auto returns the tab of Auto Connect.
func (b *builder) auto() {
	if until := b.snap.Pause; !until.Over(b.snap.Facts, b.now) {
		text := join(" ", "Auto Connect is paused", until.Words(b.now, b.env.Location)) + "."
		b.add(Row{ID: "paused", Wide: true, Controls: []Control{
			{ID: "paused", Kind: Static, Value: text, Warning: true, Accessibility: text},
			command(Control{ID: "resume", Kind: Button, Title: "Resume"}, engine.VerbResume, false),
		}})
	}
	var entries []Entry
	for _, s := range b.snap.Services {
		entries = append(entries, b.autoEntry(s))
	}
	r := Row{ID: "services", Key: "autoConnect", Wide: true, Label: "Ticked VPNs are connected, and connected again when they drop:"}
	if selected, i := b.selected("autoConnect", entries); i < 0 {
		b.noServices(r)
	} else {
		r.Controls = []Control{{
			ID: "autoConnect", Kind: Table, Lines: tableLines, Entries: entries, Selected: selected, Accessibility: "VPNs to be kept connected",
			Columns: []Column{{Set: forService(setAuto)}, {Title: "VPN", Weight: 4}, {Title: "Group", Weight: 3}, {Title: "Status", Weight: 3}},
		}}
		b.add(r)
		b.group(b.snap.Services[i])
		b.probe(b.snap.Services[i])
	}
	b.add(Row{ID: "retry", Key: "retryDelayMax", Label: "Retry at most every:", Break: true, Help: "Attempts become less frequent, up to this interval. You can also write 90s or 5m.",
		Controls: seconds(Control{ID: "retryDelayMax", Key: "retryDelayMax", Value: b.value("retryDelayMax"), Accessibility: "Longest time between two attempts"})})
	b.checkbox(Row{Help: "One small packet every few seconds, while a server does not respond: the VPN is back as soon as it is."},
		"serverEcho", "Ask silent servers whether they are back")
}

// seconds makes a field for a number of seconds, and its unit.
func seconds(c Control) []Control {
	c.Kind, c.Chars = Field, 6
	return []Control{c, {ID: c.ID + "/unit", Kind: Static, Value: "seconds", Accessibility: "seconds"}}
}

func (b *builder) autoEntry(s *engine.Service) Entry {
	name := b.names[s.ID]
	tick := Cell{On: s.AutoConnect, Accessibility: "Auto Connect " + name}
	state := s.Status.String()
	switch {
	case !s.Known:
		state = "…"
	case s.OnDemand:
		state += ", On Demand"
	case !s.Enabled:
		state += ", disabled"
	}
	if s.OnDemand && !s.AutoConnect {
		tick.Disabled, tick.ToolTip = true, "On Demand is enabled for this VPN: the system keeps it connected"
	}
	group := ""
	if at, place := memberOf(b.set.Groups, s.ID); at >= 0 {
		group = fmt.Sprintf("%s, %d of %d", clean(b.set.Groups[at].Name), place+1, len(b.set.Groups[at].Members))
	}
	e := Entry{
		ID: s.ID.String(), Cells: []Cell{tick, {Text: name}, {Text: group}, {Text: menubar.UpperFirst(state)}}, Dim: s.Hidden,
		Accessibility: join(", ", name, state, "Auto Connect "+onOff(tick.On), group),
	}
	if s.Hidden {
		e.ToolTip = "Hidden from the menu"
	}
	return e
}

// group adds the rows of the group that the selected service is in.
func (b *builder) group(s *engine.Service) {
	id, name := s.ID.String(), b.names[s.ID]
	options, value := []Option{{noGroup, "None"}}, noGroup
	at, place := memberOf(b.set.Groups, s.ID)
	for i, g := range b.set.Groups {
		options = append(options, Option{inGroup + g.Name, cmp.Or(clean(g.Name), "Group")})
		if i == at {
			value = inGroup + g.Name
		}
	}
	if at < 0 || len(b.set.Groups[at].Members) > 1 {
		options = append(options, Option{newGroup, "New Group"})
	}
	b.add(Row{ID: "group", Key: "groups", Label: "Group:", Help: "At most one VPN of a group is connected: the first that works.", Controls: []Control{{
		ID: "group/" + id, Kind: Popup, Value: value, Options: options, Set: setGroup(s.ID), Accessibility: "Group of " + name,
	}}})
	if at < 0 {
		return
	}
	g := b.set.Groups[at]
	b.add(Row{ID: "group-name", Key: "groups", Label: "Group name:", Controls: []Control{{
		ID: "group-name/" + id, Kind: Field, Value: g.Name, Chars: 24,
		Set: ofGroup(s.ID, func(g *autoconnect.Group, _ int, value string) { g.Name = strings.TrimSpace(value) }),
	}}})
	move := func(c, title string, by int, possible bool) Control {
		return Control{ID: c, Kind: Button, Title: title, Disabled: !possible, Accessibility: title + ": preference of " + name,
			Set: ofGroup(s.ID, func(g *autoconnect.Group, place int, _ string) {
				to := min(max(place+by, 0), len(g.Members)-1)
				g.Members = slices.Insert(slices.Delete(g.Members, place, place+1), to, s.ID)
			})}
	}
	number := fmt.Sprintf("%d of %d", place+1, len(g.Members))
	b.add(Row{ID: "group-order", Key: "groups", Label: "Preference:", Controls: []Control{
		move("group-up", "Earlier", -1, place > 0), move("group-down", "Later", 1, place < len(g.Members)-1),
		{ID: "group-place", Kind: Static, Value: number, Accessibility: "Preference " + number},
	}})
}

// probe adds the rows of the selected service's liveness probe.
func (b *builder) probe(s *engine.Service) {
	id, name := s.ID.String(), b.names[s.ID]
	p, ok := b.set.Probes[s.ID]
	b.add(Row{ID: "probe", Key: "probes", Label: "Test address:", Help: "Host and port, or a web address, that answers only through the VPN. The VPN is restarted when it does not answer. Leave it empty for no test.",
		Controls: []Control{{
			ID: "probe/" + id, Kind: Field, Value: p.Target, Placeholder: "intranet.example.com:443", Set: setProbe(s.ID), Accessibility: "Test address of " + name,
		}}})
	if !ok {
		return
	}
	every := ""
	if p.Interval > 0 {
		every = strconv.Itoa(int(p.Interval / time.Second))
	}
	b.add(Row{ID: "probe-interval", Key: "probes", Label: "Test every:",
		Controls: seconds(Control{ID: "probe-interval/" + id, Set: setProbeInterval(s.ID), Value: every, Placeholder: "60", Accessibility: "Seconds between two tests of " + name})})
}
