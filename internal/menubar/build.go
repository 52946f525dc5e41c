package menubar

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"vpnstatus/internal/autoconnect"
	"vpnstatus/internal/engine"
	"vpnstatus/internal/facts"
	"vpnstatus/internal/plaintext"
	"vpnstatus/internal/settings"
	"vpnstatus/internal/vpn"
)

// inlineServices is how many services have their lines in the menu itself; with
// more, each becomes one line with a submenu. Six services of three lines fit a
// 13-inch screen with the rest of the menu.
const inlineServices = 6

// serviceIndent puts the lines of a service below its name: a level is about ten
// points, a symbol with its gap about twenty.
const serviceIndent = 2

// Env is what the menu says that neither the snapshot nor the settings tell.
type Env struct {
	Version  string         // of the program, for About
	Location *time.Location // zone for times of day and for tomorrow; nil: time.Local
	Decimal  string         // decimal separator; empty: "."
	Login    LoginItem      //
	Remote   bool           // the program goes on when this screen is left: it offers to leave, not to quit
	Without  []AppAction    // actions that this screen cannot do; their items are left out
	Updates  bool           // this build can look for newer versions
}

// LoginItem is the state of "launch at login" as the system tells it.
type LoginItem string

// States of the login item.
const (
	LoginUnavailable LoginItem = ""         // not on this system: no menu item
	LoginOff         LoginItem = "off"      //
	LoginOn          LoginItem = "on"       //
	LoginApproval    LoginItem = "approval" // registered, but the person must allow it in the system's settings
)

// Build makes the menu. It is pure: the same arguments give the same menu.
func Build(snapshot *engine.Snapshot, s settings.Settings, env Env, now time.Time) Menu {
	b := &builder{snap: snapshot, set: s, env: env, now: now}
	if b.env.Location == nil {
		b.env.Location = time.Local
	}
	b.chooseNames()
	b.header()
	b.services()
	b.policy()
	b.app()
	m := Menu{Items: b.tidy(b.items), Status: b.statusItem(), Refresh: b.refresh}
	if s.IconStyle != settings.IconColor {
		m.Status.Tone = ToneNone
		dropTones(m.Items)
	}
	return m
}

// builder collects the items. Nothing of it outlives Build.
type builder struct {
	snap    *engine.Snapshot
	set     settings.Settings
	env     Env
	now     time.Time
	shown   []*engine.Service // not hidden
	labels  map[vpn.ID]label
	items   []Item
	refresh time.Time
}

// label is a name as the menu shows it.
type label struct {
	short string // made fit, told apart from its equals
	full  string // whole, for the tool tip
}

// changesAt notes that a text changes by the clock.
func (b *builder) changesAt(t time.Time) { b.refresh = earlier(b.refresh, t) }

func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

func (b *builder) add(it Item) { b.items = append(b.items, it) }

func (b *builder) separator(id string) { b.add(Item{ID: id, Kind: KindSeparator}) }

// can reports whether the screen does an action of the program.
func (b *builder) can(a AppAction) bool { return !slices.Contains(b.env.Without, a) }

// words tells a reason; the text is empty for the zero Reason.
func (b *builder) words(r autoconnect.Reason) string {
	if r.Key == "" {
		return ""
	}
	if t := r.Until.Time; !t.IsZero() {
		y, m, d := b.now.In(b.env.Location).Date()
		if midnight := time.Date(y, m, d+1, 0, 0, 0, 0, b.env.Location); !t.Before(midnight) {
			b.changesAt(midnight) // "until tomorrow 14:30" loses its day
		}
	}
	r.Rule, r.Other, r.Network = isolate(plaintext.Line(r.Rule)), isolate(plaintext.Line(r.Other)), isolate(plaintext.Line(r.Network))
	r.Cause.Message = isolate(plaintext.Line(r.Cause.Message))
	return r.Words(b.now, b.env.Location)
}

func command(verb engine.Verb, id vpn.ID) Action {
	return Action{Command: engine.Command{Verb: verb, ID: id, Origin: "menu"}}
}

// chooseNames picks the services to show and makes their names fit, unambiguous
// and harmless.
func (b *builder) chooseNames() {
	b.labels = make(map[vpn.ID]label, len(b.snap.Services))
	equal := make(map[string][]*engine.Service)
	for _, s := range b.snap.Services {
		full := plaintext.Line(s.Name)
		if full == "" {
			full = "VPN without a Name"
		}
		short := Middle(full, nameColumns)
		b.labels[s.ID] = label{short: short, full: full}
		if !s.Hidden {
			b.shown = append(b.shown, s)
			equal[short] = append(equal[short], s)
		}
	}
	for short, services := range equal {
		if len(services) > 1 {
			b.tellApart(short, services)
		}
	}
	for id, l := range b.labels {
		b.labels[id] = label{short: isolate(l.short), full: isolate(l.full)}
	}
}

// tellApart appends the server to equal names, or a piece of the ID when the
// servers do not tell them apart either.
func (b *builder) tellApart(short string, services []*engine.Service) {
	servers := make(map[string]int)
	for _, s := range services {
		servers[Middle(plaintext.Line(s.Server), nameColumns)]++
	}
	for _, s := range services {
		mark := Middle(plaintext.Line(s.Server), nameColumns)
		if mark == "" || servers[mark] > 1 {
			mark = shortID(s.ID, services)
		}
		l := b.labels[s.ID]
		b.labels[s.ID] = label{short: short + " (" + mark + ")", full: l.full + " (" + mark + ")"}
	}
}

// shortID returns the shortest beginning of the ID, at least four digits, that
// none of the others shares.
func shortID(id vpn.ID, among []*engine.Service) string {
	own := strings.ToUpper(id.String())
	for n := 4; n < len(own); n++ {
		same := 0
		for _, s := range among {
			if strings.HasPrefix(strings.ToUpper(s.ID.String()), own[:n]) {
				same++
			}
		}
		if same <= 1 {
			return own[:n]
		}
	}
	return own
}

func (b *builder) header() {
	if b.snap.Simulated {
		b.add(Item{ID: "simulated", Kind: KindText, Title: "Demonstration: These VPNs Are Simulated", Symbol: SymbolSimulated, Tone: ToneDim})
		b.separator("simulated-end")
	}
}

func (b *builder) services() {
	switch {
	case !b.snap.Loaded:
		b.add(Item{ID: "empty", Kind: KindText, Title: "Looking for VPN Services…", Symbol: SymbolNotKnown, Tone: ToneDim})
	case len(b.snap.Services) == 0:
		b.add(Item{ID: "empty", Kind: KindText, Title: "No VPN Is Set Up", Symbol: SymbolNotConfigured, Tone: ToneDim})
		b.add(Item{ID: "vpn-settings", Kind: KindAction, Title: "Open VPN Settings…", Action: Action{App: AppVPNSettings}})
	case len(b.shown) == 0:
		title := fmt.Sprintf("All %d VPN Services Are Hidden", len(b.snap.Services))
		if len(b.snap.Services) == 1 {
			title = "The Only VPN Service Is Hidden"
		}
		b.add(Item{ID: "empty", Kind: KindText, Title: title, Symbol: SymbolNotConfigured, Tone: ToneDim})
	}
	inline := len(b.shown) <= inlineServices
	for i, s := range b.shown {
		key := Key{}
		if i < 9 {
			key = Key{Equivalent: strconv.Itoa(i + 1), Modifiers: Command}
		}
		if inline {
			b.items = append(b.items, b.service(s, key)...)
			continue
		}
		b.add(b.serviceLine(s, key))
	}
	b.separator("services-end")
}

// prefix begins the IDs of the items of a service.
func prefix(id vpn.ID) string { return "service/" + id.String() }

// serviceLine is a service as one line with a submenu.
func (b *builder) serviceLine(s *engine.Service, key Key) Item {
	l := b.labels[s.ID]
	symbol, tone := serviceSymbol(s)
	text := b.shortState(s)
	it := Item{
		ID: prefix(s.ID), Kind: KindSubmenu, Title: l.short, Symbol: symbol, Tone: tone,
		ToolTip: b.toolTip(s), Accessibility: l.full, Submenu: b.service(s, key),
	}
	if text != "" {
		it.Title += " · " + text
		it.Accessibility += ", " + text
	}
	return it
}

// service returns the lines of a service.
func (b *builder) service(s *engine.Service, key Key) []Item {
	p := prefix(s.ID)
	items := make([]Item, 0, 6)
	toggle := b.toggle(s, key)
	items = append(items, toggle)
	if s.AutoConnect && !toggle.Disabled && s.Status != vpn.Disconnecting {
		items = append(items, b.holdChoices(s, toggle))
	}
	for i, line := range b.lines(s) {
		it := Item{ID: p + "/line" + strconv.Itoa(i), Kind: KindText, Title: Middle(line, lineColumns), Indent: serviceIndent}
		if it.Title != line {
			it.ToolTip = line
		}
		items = append(items, it)
	}
	if s.Known && s.Policy.State == autoconnect.NeedsUser && b.can(AppVPNSettings) {
		items = append(items, Item{ID: p + "/settings", Kind: KindAction, Title: "Open VPN Settings…", Indent: serviceIndent, Action: Action{App: AppVPNSettings}})
	}
	return append(items, b.auto(s)...)
}

// toggle is the line that connects, cancels or disconnects. It asks for what its
// title says and not for a toggle: the status may change between drawing and click.
func (b *builder) toggle(s *engine.Service, key Key) Item {
	l := b.labels[s.ID]
	symbol, tone := serviceSymbol(s)
	it := Item{ID: prefix(s.ID) + "/toggle", Kind: KindAction, Symbol: symbol, Tone: tone, Key: key, ToolTip: b.toolTip(s)}
	verb := ""
	switch {
	case !s.Known:
		it.Title, it.Disabled = l.short+" …", true
		it.Accessibility = l.full + ", status not known yet"
		it.Action = command(engine.VerbConnect, s.ID)
		return it
	case s.Status == vpn.Disconnected:
		verb = "Connect"
		it.Action = command(engine.VerbConnect, s.ID)
		it.Disabled = !s.Enabled
	case s.Status == vpn.Connecting:
		it.Title = "Cancel " + l.short + "…"
		it.Accessibility = "Cancel connecting " + l.full
		it.Action = command(engine.VerbDisconnect, s.ID)
		return it
	case s.Status.Up():
		verb = "Disconnect"
		it.Action = command(engine.VerbDisconnect, s.ID)
	case s.Status == vpn.Disconnecting:
		verb = "Disconnecting"
		it.Action = command(engine.VerbDisconnect, s.ID)
		it.Disabled = true
	default: // Invalid, or a status of a later system
		it.Title, it.Disabled = l.short, true
		it.Accessibility = l.full + ", not available"
		it.Action = command(engine.VerbConnect, s.ID)
		return it
	}
	it.Title = verb + " " + l.short
	it.Accessibility = verb + " " + l.full
	if s.Status == vpn.Disconnecting {
		it.Title += "…"
	}
	return it
}

// toolTip tells what the short lines leave out.
func (b *builder) toolTip(s *engine.Service) string {
	l := b.labels[s.ID]
	parts := []string{l.full}
	if kind := b.kind(s); kind != "" {
		parts = append(parts, kind)
	}
	if s.Managed {
		parts = append(parts, "installed by a profile")
	}
	if s.IncludeAllNetworks {
		parts = append(parts, "all traffic is forced through it")
	}
	return strings.Join(parts, "\n")
}

// kind is the protocol or app and the server.
func (b *builder) kind(s *engine.Service) string {
	what := plaintext.Line(string(s.Protocol))
	if s.Protocol == vpn.IPSec {
		what = "Cisco IPSec"
	}
	if app := plaintext.Line(s.App); app != "" {
		what = app
	}
	server := isolate(plaintext.Line(s.Server))
	switch {
	case what == "":
		return server
	case server == "":
		return isolate(what)
	}
	return isolate(what) + " · " + server
}

func serviceSymbol(s *engine.Service) (Symbol, Tone) {
	if !s.Known {
		return SymbolNotKnown, ToneDim
	}
	switch s.Status {
	case vpn.Connected:
		return SymbolUp, ToneGood
	case vpn.Reasserting:
		return SymbolReasserting, ToneBusy
	case vpn.Connecting, vpn.Disconnecting:
		return SymbolTransition, ToneBusy
	case vpn.Disconnected:
	default:
		return SymbolUnavailable, ToneDim
	}
	switch s.Policy.State {
	case autoconnect.NeedsUser:
		return SymbolAttention, ToneWarn
	case autoconnect.Held, autoconnect.Paused:
		return SymbolHeld, ToneWait
	case autoconnect.Backoff, autoconnect.Slow, autoconnect.Waiting, autoconnect.Settling, autoconnect.Recycling, autoconnect.Connecting:
		return SymbolWait, ToneWait
	}
	if !s.Enabled {
		return SymbolUnavailable, ToneDim
	}
	return SymbolDown, ToneDim
}

// shortState is the state in a few words, for a line that has only a name.
func (b *builder) shortState(s *engine.Service) string {
	if !s.Known {
		return "…"
	}
	switch s.Status {
	case vpn.Connected:
		return join("Connected", b.elapsed(s), " ")
	case vpn.Reasserting:
		return "Reconnecting"
	case vpn.Connecting:
		return "Connecting"
	case vpn.Disconnecting:
		return "Disconnecting"
	case vpn.Disconnected:
	default:
		return "Not Available"
	}
	switch s.Policy.State {
	case autoconnect.NeedsUser:
		return "Needs You"
	case autoconnect.Held:
		return "Held"
	case autoconnect.Paused:
		return "Paused"
	case autoconnect.Backoff, autoconnect.Slow, autoconnect.Waiting, autoconnect.Settling, autoconnect.Recycling, autoconnect.Connecting:
		return "Waiting"
	}
	if !s.Enabled {
		return "Disabled"
	}
	return ""
}

// elapsed is the time connected, empty when not known.
func (b *builder) elapsed(s *engine.Service) string {
	if s.Info.Since.IsZero() {
		return ""
	}
	b.changesAt(elapsedChanges(s.Info.Since, b.now))
	return Elapsed(b.now.Sub(s.Info.Since))
}

func join(a, b, with string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + with + b
}

// lines are what there is to read about a service.
func (b *builder) lines(s *engine.Service) []string {
	if !s.Known {
		return []string{"…"}
	}
	var lines []string
	switch s.Status {
	case vpn.Connected, vpn.Reasserting:
		word := "Reconnecting: the network changed"
		if s.Status == vpn.Connected {
			word = join("Connected", b.elapsed(s), " ")
		}
		lines = append(lines, dots(word, b.addresses(s), b.traffic(s)))
		if s.Policy.State == autoconnect.Held || s.Policy.Reason.Key == autoconnect.KeySatisfiedNoAnswer {
			lines = append(lines, b.words(s.Policy.Reason)) // a drop would stay down; or it only says connected
		}
		if s.OnDemand {
			lines = append(lines, "On Demand: after you disconnect it, the system may bring it back")
		}
	case vpn.Connecting:
		lines = append(lines, dots(b.connecting(s), b.attempt(s)))
	case vpn.Disconnecting:
		lines = append(lines, cmp.Or(b.stopping(s), "Disconnecting…"))
	case vpn.Disconnected:
		lines = append(lines, b.downLines(s)...)
		if s.OnDemand {
			lines = append(lines, "On Demand: the system itself keeps it up")
		}
	default:
		lines = append(lines, "Not available: the system no longer knows it")
	}
	if s.Policy.Unstable {
		lines = append(lines, "Unstable: it drops often")
	}
	return lines
}

func dots(parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), " · ")
}

// downLines tell why a service is down and what comes next.
func (b *builder) downLines(s *engine.Service) []string {
	v := s.Policy
	switch v.State {
	case autoconnect.Held, autoconnect.Paused, autoconnect.NeedsUser, autoconnect.Waiting, autoconnect.Settling, autoconnect.Recycling:
		if why := b.words(v.Reason); why != "" {
			return []string{why}
		}
	case autoconnect.Backoff:
		return []string{dots(b.next(s), cmp.Or(b.cause(s), b.words(v.Reason)))}
	case autoconnect.Slow:
		return []string{b.words(v.Reason), b.next(s)}
	case autoconnect.Connecting:
		return []string{dots(b.connecting(s), b.attempt(s))}
	}
	switch why := b.stopping(s); {
	case why != "":
		return []string{why}
	case !s.Enabled:
		return []string{"Disabled in System Settings"}
	}
	return []string{dots("Disconnected", cmp.Or(b.cause(s), b.kind(s)))}
}

// connecting tells why it is connecting. That a person asked for it needs no
// telling.
func (b *builder) connecting(s *engine.Service) string {
	if s.Policy.State != autoconnect.Connecting || s.Policy.Reason.Key == autoconnect.KeyConnectingUser {
		return "Connecting"
	}
	return cmp.Or(b.words(s.Policy.Reason), "Connecting")
}

// stopping tells why the program stopped it; empty when it did not, or when a
// person knows anyway.
func (b *builder) stopping(s *engine.Service) string {
	switch key := s.Policy.Reason.Key; {
	case key == autoconnect.KeyStopUser:
		return ""
	case strings.HasPrefix(string(key), "stop."), strings.HasPrefix(string(key), "recycling."):
		return b.words(s.Policy.Reason)
	}
	return ""
}

// next tells when the next attempt is.
func (b *builder) next(s *engine.Service) string {
	if s.Policy.Next.IsZero() {
		return "Next attempt soon"
	}
	b.changesAt(remainingChanges(s.Policy.Next, b.now))
	left := s.Policy.Next.Sub(b.now)
	if left <= 0 {
		return "Next attempt now"
	}
	attempt := "Next attempt"
	if s.Policy.Attempt > 1 {
		attempt = fmt.Sprintf("Attempt %d", s.Policy.Attempt)
	}
	if left < time.Minute {
		return fmt.Sprintf("%s in %d s", attempt, int((left+time.Second-1)/time.Second))
	}
	return attempt + " in " + Remaining(left)
}

func (b *builder) attempt(s *engine.Service) string {
	if s.Policy.Attempt > 1 {
		return fmt.Sprintf("attempt %d", s.Policy.Attempt)
	}
	return ""
}

// cause is why the service last went down, unless a person wanted it.
func (b *builder) cause(s *engine.Service) string {
	c := s.Policy.Reason.Cause
	if !c.Known() {
		c = s.Info.Cause
	}
	if !c.Known() || c.Disposition() == vpn.Stopped {
		return ""
	}
	return isolate(plaintext.Line(c.String()))
}

func (b *builder) addresses(s *engine.Service) string {
	if len(s.Info.Addresses) == 0 {
		return ""
	}
	return s.Info.Addresses[0].String()
}

func (b *builder) traffic(s *engine.Service) string {
	if s.Statistics == nil {
		return ""
	}
	// No-break spaces keep each figure whole where a narrow screen wraps lines.
	figure := func(arrow string, n uint64) string {
		return arrow + "\u00a0" + strings.ReplaceAll(Bytes(n, b.env.Decimal), " ", "\u00a0")
	}
	return figure("↓", s.Statistics.BytesIn) + " " + figure("↑", s.Statistics.BytesOut)
}

// auto is the Auto Connect line and its alternate, which hides the service.
func (b *builder) auto(s *engine.Service) []Item {
	p := prefix(s.ID)
	l := b.labels[s.ID]
	auto := Item{ID: p + "/auto", Kind: KindAction, Title: "Auto Connect", Indent: serviceIndent, Action: command(engine.VerbAuto, s.ID), Accessibility: "Auto Connect " + l.full}
	auto.Action.Command.On = !s.AutoConnect
	if s.AutoConnect {
		auto.State = StateOn
	} else if s.OnDemand {
		auto.Disabled = true
		auto.ToolTip = "On Demand is enabled for this VPN: the system itself keeps it up"
	}
	hide := Item{ID: p + "/hide", Kind: KindAction, Title: "Hide This Service", Indent: serviceIndent, Alternate: true, Key: Key{Modifiers: Option},
		Action: command(engine.VerbHide, s.ID), Accessibility: "Hide " + l.full}
	hide.Action.Command.On = true
	return []Item{auto, hide}
}

// span is a choice of how long to pause or hold.
type span struct {
	id, title string
	d         time.Duration
}

// spans are the choices for a pause.
var spans = []span{
	{"5m", "5 Minutes", 5 * time.Minute},
	{"15m", "15 Minutes", 15 * time.Minute},
	{"30m", "30 Minutes", 30 * time.Minute},
	{"1h", "1 Hour", time.Hour},
	{"2h", "2 Hours", 2 * time.Hour},
	{"8h", "8 Hours", 8 * time.Hour},
	{"24h", "24 Hours", 24 * time.Hour},
}

// holdSpans are the choices for a hold, fewer because each service has them.
var holdSpans = spans[:4]

// choices are the items that carry a command with an end.
func (b *builder) choices(p string, spans []span, a Action, forever string) []Item {
	items := make([]Item, 0, len(spans)+6)
	for _, s := range spans {
		a := a
		a.For = s.d
		items = append(items, Item{ID: p + "/" + s.id, Kind: KindAction, Title: s.title, Action: a})
	}
	items = append(items, Item{ID: p + "/separator", Kind: KindSeparator})
	tomorrow := a
	tomorrow.Tomorrow = true
	items = append(items, Item{ID: p + "/tomorrow", Kind: KindAction, Title: "Until Tomorrow", Action: tomorrow, ToolTip: "Until six in the morning"})
	network := a
	network.Command.Until = autoconnect.Until{Network: b.snap.Facts.Network()}
	items = append(items, Item{ID: p + "/network", Kind: KindAction, Title: "Until the Network Changes", Action: network, Disabled: network.Command.Until.IsZero()})
	ever := a
	ever.Command.Until = autoconnect.Forever
	return append(items, Item{ID: p + "/forever", Kind: KindAction, Title: forever, Action: ever})
}

// holdChoices is the alternate of the toggle line: disconnect, or stay down, for
// a chosen time.
func (b *builder) holdChoices(s *engine.Service, toggle Item) Item {
	p := prefix(s.ID) + "/hold"
	l := b.labels[s.ID]
	key := toggle.Key
	key.Modifiers |= Option
	it := Item{ID: p, Kind: KindSubmenu, Alternate: true, Key: key, Symbol: toggle.Symbol, Tone: toggle.Tone}
	switch {
	case s.Status == vpn.Disconnected:
		it.Title = "Keep " + l.short + " Disconnected"
		it.Submenu = b.choices(p, holdSpans, command(engine.VerbHold, s.ID), "Until I Connect It")
	case s.Status == vpn.Connecting:
		it.Title = "Cancel " + l.short + " For"
		it.Submenu = b.choices(p, holdSpans, command(engine.VerbDisconnect, s.ID), "Until I Connect It")
	default:
		it.Title = "Disconnect " + l.short + " For"
		it.Submenu = b.choices(p, holdSpans, command(engine.VerbDisconnect, s.ID), "Until I Connect It")
	}
	if s.Policy.State == autoconnect.Held {
		it.Submenu = append([]Item{
			{ID: p + "/release", Kind: KindAction, Title: "Release: Auto Connect Again", Action: command(engine.VerbResume, s.ID)},
			{ID: p + "/release-end", Kind: KindSeparator},
		}, it.Submenu...)
	}
	return it
}

// policy is the second section: pause, network, problems.
func (b *builder) policy() {
	if len(b.snap.Services) > 0 {
		b.pause()
		b.network()
	}
	b.separator("policy-end")
	seen := make(map[string]int, len(b.snap.Problems))
	for _, p := range b.snap.Problems {
		if p.Key == "location.needed" && len(b.snap.Services) > 0 && b.wantsLocation() {
			continue // network has said it
		}
		seen[p.Key]++
		id := "problem/" + p.Key
		if n := seen[p.Key]; n > 1 {
			id += "/" + strconv.Itoa(n)
		}
		b.problem(id, p)
	}
	b.separator("problems-end")
}

func (b *builder) anyAuto() bool {
	return slices.ContainsFunc(b.snap.Services, func(s *engine.Service) bool { return s.AutoConnect })
}

func (b *builder) pause() {
	until := b.snap.Pause
	if !paused(b.snap, b.now) {
		b.add(Item{
			ID: "pause", Kind: KindSubmenu, Title: "Pause Auto Connect", Disabled: !b.anyAuto(),
			Submenu: b.choices("pause", spans, command(engine.VerbPause, vpn.ID{}), "Until I Resume"),
		})
		return
	}
	resume := Item{ID: "resume", Kind: KindAction, Title: "Resume Auto Connect", Symbol: SymbolPaused, Tone: ToneWait, Action: command(engine.VerbResume, vpn.ID{})}
	extend := Item{ID: "extend", Kind: KindSubmenu, Title: "Extend Pause", Indent: 0}
	switch {
	case !until.Time.IsZero():
		left := until.Time.Sub(b.now)
		b.changesAt(remainingChanges(until.Time, b.now))
		resume.Title += " — " + Remaining(left) + " left"
		for _, s := range spans {
			a := command(engine.VerbPause, vpn.ID{})
			a.Command.Until = until.Extend(s.d, b.now)
			extend.Submenu = append(extend.Submenu, Item{ID: "extend/" + s.id, Kind: KindAction, Title: "By " + s.title, Action: a})
		}
		ever := command(engine.VerbPause, vpn.ID{})
		ever.Command.Until = autoconnect.Forever
		extend.Submenu = append(extend.Submenu,
			Item{ID: "extend/separator", Kind: KindSeparator},
			Item{ID: "extend/forever", Kind: KindAction, Title: "Until I Resume", Action: ever})
		b.add(resume)
		b.add(extend)
	case until.Network != "":
		resume.Title += " — paused until the network changes"
		b.add(resume)
	default:
		b.add(resume)
	}
}

// network is the line that trusts the present network, and what stands in its
// place when the network cannot be told.
func (b *builder) network() {
	f := b.snap.Facts
	if f.Path.Known && f.Path.Value == facts.Unsatisfied {
		b.add(Item{ID: "offline", Kind: KindText, Title: "No Network Connection", Symbol: SymbolOffline, Tone: ToneWait})
		return
	}
	name := ""
	switch {
	case f.SSID.Known && plaintext.Line(f.SSID.Value) != "":
		name = "“" + isolate(Middle(plaintext.Line(f.SSID.Value), nameColumns)) + "”"
	case f.GatewayMAC.Known && f.GatewayMAC.Value != "":
		name = "This Network"
		if f.Interface.Known && f.Interface.Value == facts.Ethernet {
			name = "This Ethernet Network"
		} else if f.Interface.Known && f.Interface.Value == facts.WiFi {
			name = "This Wi-Fi Network"
		}
	}
	if name != "" || b.snap.Trusted {
		it := Item{ID: "trust", Kind: KindAction, Title: "Don’t Auto Connect on " + cmp.Or(name, "This Network"), Action: command(engine.VerbTrust, vpn.ID{})}
		it.Action.Command.On = !b.snap.Trusted
		if b.snap.Trusted {
			it.State = StateOn
		}
		it.ToolTip = "Remembers the network by its Wi-Fi name and its gateway"
		b.add(it)
	}
	if b.wantsLocation() {
		b.add(Item{
			ID: "location", Kind: KindAction, Title: "Location Access Is Needed to Read the Wi-Fi Name…", Symbol: SymbolLocation, Tone: ToneWarn,
			Action: Action{App: AppLocationSettings}, ToolTip: "macOS tells the name of the Wi-Fi only to apps that may use the location",
		})
	}
}

// wantsLocation reports whether the Wi-Fi name is withheld and somebody needs
// it: a rule, or the trust line that has nothing else to go by.
func (b *builder) wantsLocation() bool {
	f := b.snap.Facts
	if f.SSID.Known || f.LocationRight != facts.RightNotAsked && f.LocationRight != facts.RightDenied {
		return false
	}
	if f.Interface.Known && f.Interface.Value != facts.WiFi || f.Path.Known && f.Path.Value == facts.Unsatisfied {
		return false
	}
	if !f.GatewayMAC.Known || f.GatewayMAC.Value == "" {
		return true
	}
	return slices.ContainsFunc(b.set.Rules, func(r autoconnect.Rule) bool { return !r.Disabled && (len(r.SSID) > 0 || len(r.BSSID) > 0) }) ||
		slices.ContainsFunc(b.set.Trusted, func(t settings.TrustedNetwork) bool { return t.SSID != "" })
}

func (b *builder) problem(id string, p engine.Problem) {
	full := UpperFirst(plaintext.Line(p.Text))
	it := Item{ID: id, Kind: KindText, Title: Middle(full, lineColumns), Symbol: SymbolProblem, Tone: ToneWarn}
	if it.Title != full {
		it.ToolTip = full
	}
	switch {
	case p.Key == "location.needed":
		it.Action.App = AppLocationSettings
	case p.Key == "import.offer":
		it.Action.App, it.Symbol, it.Tone = AppSettings, "", ToneNone
	case p.Key == "notification":
		it.Symbol, it.Tone = "", ToneNone
	case strings.HasPrefix(p.Key, "settings."):
		it.Action.App = AppSettingsFile
	}
	if it.Action.App != AppNone && b.can(it.Action.App) {
		it.Kind = KindAction
	} else {
		it.Action = Action{}
	}
	b.add(it)
}

// app is the last section.
func (b *builder) app() {
	if copies := b.copies(); len(copies) > 0 {
		b.add(Item{ID: "copy", Kind: KindSubmenu, Title: "Copy IP Address", Submenu: copies})
	} else {
		b.add(Item{ID: "copy", Kind: KindSubmenu, Title: "Copy IP Address", Disabled: true})
	}
	b.hiddenServices()
	b.add(Item{ID: "settings", Kind: KindAction, Title: "Settings…", Key: Key{Equivalent: ",", Modifiers: Command}, Action: Action{App: AppSettings}})
	b.login()
	b.add(Item{ID: "reload", Kind: KindAction, Title: "Reload VPN Services", Alternate: b.env.Login != LoginUnavailable, Action: command(engine.VerbReload, vpn.ID{})})
	b.add(Item{ID: "about", Kind: KindAction, Title: "About VPNStatus", Action: Action{App: AppAbout}, ToolTip: join("Version", b.env.Version, " ")})
	if b.env.Updates && b.can(AppUpdate) {
		b.add(Item{ID: "update", Kind: KindAction, Title: "Check for Updates…", Action: Action{App: AppUpdate}})
	}
	b.add(Item{ID: "diagnostics", Kind: KindAction, Title: "Copy Diagnostics", Alternate: true, Key: Key{Modifiers: Option}, Action: Action{App: AppDiagnostics}})
	quit := "Quit VPNStatus"
	if b.env.Remote {
		quit = "Leave This Menu"
	}
	b.add(Item{ID: "quit", Kind: KindAction, Title: quit, Key: Key{Equivalent: "q", Modifiers: Command}, Action: Action{App: AppQuit}})
}

// copies are the addresses that can be copied, by service.
func (b *builder) copies() []Item {
	n := 1
	for _, s := range b.shown {
		n += 2 + len(s.Info.Addresses)
	}
	items := make([]Item, 0, n+len(b.snap.Facts.Addresses.Value))
	add := func(id, title, text string) {
		items = append(items, Item{ID: id, Kind: KindAction, Title: title, Indent: 1, Action: Action{App: AppCopy, Text: text}})
	}
	for _, s := range b.shown {
		if !s.Known || !s.Status.Up() || len(s.Info.Addresses) == 0 && s.Info.Remote == "" {
			continue
		}
		p := "copy/" + s.ID.String()
		items = append(items, Item{ID: p, Kind: KindHeader, Title: b.labels[s.ID].short})
		for _, a := range s.Info.Addresses {
			add(p+"/"+a.String(), a.String(), a.String())
		}
		if remote := plaintext.Line(s.Info.Remote); remote != "" {
			add(p+"/remote", "Server "+remote, remote)
		}
	}
	if f := b.snap.Facts.Addresses; f.Known && len(f.Value) > 0 {
		items = append(items, Item{ID: "copy/local", Kind: KindHeader, Title: "Local Network"})
		for _, a := range f.Value {
			add("copy/local/"+a.Addr().String(), a.Addr().String(), a.Addr().String())
		}
	}
	return items
}

// hiddenServices lets a hidden service come back, as alternate of the line before.
func (b *builder) hiddenServices() {
	it := Item{ID: "hidden", Kind: KindSubmenu, Title: "Show Hidden Service", Alternate: len(b.shown) > 0, Key: Key{Modifiers: Option}}
	for _, s := range b.snap.Services {
		if s.Hidden {
			it.Submenu = append(it.Submenu, Item{ID: "hidden/" + s.ID.String(), Kind: KindAction, Title: b.labels[s.ID].short, ToolTip: b.toolTip(s), Action: command(engine.VerbHide, s.ID)})
		}
	}
	if !it.Alternate {
		it.Key = Key{}
	}
	if len(it.Submenu) > 0 {
		b.add(it)
	}
}

func (b *builder) login() {
	it := Item{ID: "login", Kind: KindAction, Title: "Launch at Login", Action: Action{App: AppLogin, On: true}}
	switch b.env.Login {
	case LoginUnavailable:
		return
	case LoginOn:
		it.State = StateOn
		it.Action.On = false
	case LoginApproval:
		it.State = StateMixed
		it.Title = "Launch at Login: Allow It in System Settings…"
		it.Action = Action{App: AppLoginSettings}
	}
	b.add(it)
}

func dropTones(items []Item) {
	for i := range items {
		items[i].Tone = ToneNone
		dropTones(items[i].Submenu)
	}
}

// tidy drops what the screen cannot do and separators that separate nothing, and
// gives alternates the key of their partner; one that lost its partner becomes
// an item of its own. It works in place.
func (b *builder) tidy(items []Item) []Item {
	n := 0
	keep := func(i int) {
		if i != n {
			items[n] = items[i]
		}
		n++
	}
	partner := -1
	for i := range items {
		it := &items[i]
		if it.Action.App != AppNone && !b.can(it.Action.App) {
			continue
		}
		if it.Kind == KindSeparator {
			partner = -1
			if n > 0 && items[n-1].Kind != KindSeparator {
				keep(i)
			}
			continue
		}
		if len(it.Submenu) > 0 {
			it.Submenu = b.tidy(it.Submenu)
		}
		switch {
		case it.Alternate && partner >= 0:
			it.Key = items[partner].Key
			it.Key.Modifiers |= Option
		case it.Alternate:
			it.Alternate, it.Key = false, Key{}
		}
		if !it.Alternate {
			partner = -1
			if it.Kind == KindAction || it.Kind == KindSubmenu {
				partner = n
			}
		}
		keep(i)
	}
	if n > 0 && items[n-1].Kind == KindSeparator {
		n--
	}
	if n == 0 {
		return nil
	}
	return items[:n]
}
