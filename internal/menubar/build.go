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

// Env is what the menu shows besides the snapshot and the settings.
type Env struct {
	Version  string         // of the program, for About
	Location *time.Location // zone for times of day and for tomorrow; time.Local if nil
	Login    LoginItem
	Remote   bool        // the app is another process, which continues when this screen is left: the menu offers that too
	Without  []AppAction // actions that this screen cannot do; their items are left out
	Updates  bool        // this build can look for newer versions
}

// LoginItem is the state of "launch at login" as the system reports it.
type LoginItem string

// States of the login item.
const (
	LoginUnavailable LoginItem = "" // not on this system: no menu item
	LoginOff         LoginItem = "off"
	LoginOn          LoginItem = "on"
	LoginApproval    LoginItem = "approval" // registered, but the user must allow it in System Settings
)

// Build makes the menu. It is pure: the same arguments give the same menu.
func Build(snapshot *engine.Snapshot, s settings.Settings, env Env, now time.Time) Menu {
	b := &builder{snap: snapshot, set: s, env: env, now: now, names: Names(snapshot.Services)}
	if b.env.Location == nil {
		b.env.Location = time.Local
	}
	for _, v := range snapshot.Services {
		if !v.Hidden {
			b.shown = append(b.shown, v)
		}
	}
	var m Menu
	for _, section := range []struct {
		name  string
		items []Item
	}{
		{"simulated", b.simulated()}, {"services", b.services()}, {"policy", b.policy()}, {"problems", b.problems()}, {"app", b.app()},
	} {
		items := b.usable(section.items)
		if len(m.Items) > 0 && len(items) > 0 {
			m.Items = append(m.Items, Item{ID: section.name + "-begin", Kind: KindSeparator})
		}
		m.Items = append(m.Items, items...)
	}
	m.Status, m.Refresh = b.statusItem(), b.refresh
	if s.IconStyle != settings.IconColor {
		m.Status.Tone = ToneNone
		dropTones(m.Items)
	}
	return m
}

// builder is the state shared by the functions that make items.
type builder struct {
	snap    *engine.Snapshot
	set     settings.Settings
	env     Env
	now     time.Time
	names   map[vpn.ID]Name
	shown   []*engine.Service // not hidden
	refresh time.Time
}

// changesAt records that a text changes by the clock at that time.
func (b *builder) changesAt(t time.Time) { b.refresh = earlier(b.refresh, t) }

func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// words returns a reason as text, empty for the zero Reason.
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
	for _, text := range []*string{&r.Rule, &r.Other, &r.Cause.Message} {
		*text = isolate(plaintext.Line(*text))
	}
	return r.Words(b.now, b.env.Location)
}

func command(verb engine.Verb, id vpn.ID) Action {
	return Action{Command: engine.Command{Verb: verb, ID: id, Origin: "menu"}}
}

// usable leaves out what the screen cannot do, and gives each alternate the key
// of the item before it; one without such an item becomes an item of its own. It
// reuses the slice: items are large, and there are many.
func (b *builder) usable(items []Item) []Item {
	out := items[:0]
	for _, it := range items {
		if slices.Contains(b.env.Without, it.Action.App) {
			continue
		}
		if it.Alternate {
			it.Alternate = false
			if n := len(out); n > 0 && !out[n-1].Alternate && (out[n-1].Kind == KindAction || out[n-1].Kind == KindSubmenu) {
				it.Alternate, it.Key = true, out[n-1].Key
				it.Key.Modifiers |= Option
			}
		}
		out = append(out, it)
	}
	return out
}

func dropTones(items []Item) {
	for i := range items {
		items[i].Tone = ToneNone
		dropTones(items[i].Submenu)
	}
}

func (b *builder) simulated() []Item {
	if !b.snap.Simulated {
		return nil
	}
	return []Item{{ID: "simulated", Kind: KindText, Title: "Demonstration: These VPNs Are Simulated", Symbol: SymbolSimulated, Tone: ToneDim}}
}

func (b *builder) services() []Item {
	empty := func(title string, symbol Symbol) Item {
		return Item{ID: "empty", Kind: KindText, Title: title, Symbol: symbol, Tone: ToneDim}
	}
	switch n := len(b.snap.Services); {
	case len(b.shown) > 0:
	case !b.snap.Loaded:
		return []Item{empty("Looking for VPN Services…", SymbolNotKnown)}
	case n == 0:
		return []Item{empty("No VPN Is Set Up", SymbolNotConfigured),
			{ID: "vpn-settings", Kind: KindAction, Title: "Open VPN Settings…", Action: Action{App: AppVPNSettings}}}
	case n == 1:
		return []Item{empty("The Only VPN Service Is Hidden", SymbolNotConfigured)}
	default:
		return []Item{empty(fmt.Sprintf("All %d VPN Services Are Hidden", n), SymbolNotConfigured)}
	}
	var items []Item
	for i, s := range b.shown {
		key := Key{}
		if i < 9 {
			key = Key{Equivalent: strconv.Itoa(i + 1), Modifiers: Command}
		}
		if len(b.shown) <= inlineServices {
			items = append(items, b.service(s, key)...)
		} else {
			items = append(items, b.serviceLine(s, key))
		}
	}
	return items
}

// span is a choice for the length of a pause or hold.
type span struct {
	id, title string // id is the text that autoconnect.ParseUntil reads
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

// choices returns the items for a command with an end.
func (b *builder) choices(p string, spans []span, a Action, forever string) []Item {
	items := make([]Item, 0, len(spans)+4)
	for _, s := range spans {
		a.For = s.id
		items = append(items, Item{ID: p + "/" + s.id, Kind: KindAction, Title: s.title, Action: a})
	}
	a.For = ""
	tomorrow, network, ever := a, a, a
	tomorrow.For = "tomorrow"
	until, known := autoconnect.UntilNetworkChanges(b.snap.Facts)
	network.Command.Until = until
	ever.Command.Until = autoconnect.Forever
	return append(items,
		Item{ID: p + "/separator", Kind: KindSeparator},
		Item{ID: p + "/tomorrow", Kind: KindAction, Title: "Until Tomorrow", Action: tomorrow, ToolTip: "Until six in the morning"},
		Item{ID: p + "/network", Kind: KindAction, Title: "Until the Network Changes", Action: network, Disabled: !known},
		Item{ID: p + "/forever", Kind: KindAction, Title: forever, Action: ever})
}

// policy returns the section about Auto Connect and the network.
func (b *builder) policy() []Item {
	if len(b.snap.Services) == 0 {
		return nil
	}
	return append(b.pause(), b.network()...)
}

func (b *builder) pause() []Item {
	auto := slices.ContainsFunc(b.snap.Services, func(s *engine.Service) bool { return s.AutoConnect })
	pause := Item{ID: "pause", Kind: KindSubmenu, Title: "Pause Auto Connect", Disabled: !auto,
		Submenu: b.choices("pause", spans, command(engine.VerbPause, vpn.ID{}), "Until I Resume")}
	if !paused(b.snap, b.now) {
		return []Item{pause}
	}
	pause.Title = "Change the Pause"
	resume := Item{ID: "resume", Kind: KindAction, Title: "Resume Auto Connect", Symbol: SymbolPaused, Tone: ToneWait, Action: command(engine.VerbResume, vpn.ID{})}
	switch until := b.snap.Pause; {
	case !until.Time.IsZero():
		b.changesAt(remainingChanges(until.Time, b.now))
		resume.Title += " — " + Remaining(until.Time.Sub(b.now)) + " left"
	case !until.Network.IsZero():
		resume.Title += " — paused until the network changes"
	}
	return []Item{resume, pause}
}

// network returns the line that trusts the current network, or the line shown
// instead while the network is not known.
func (b *builder) network() []Item {
	f := b.snap.Facts
	if f.Path.Known && f.Path.Value == facts.Unsatisfied {
		return []Item{{ID: "offline", Kind: KindText, Title: "No Network Connection", Symbol: SymbolOffline, Tone: ToneWait}}
	}
	var items []Item
	if name := b.networkName(); name != "" || b.snap.Trusted {
		it := Item{ID: "trust", Kind: KindAction, Title: "Don’t Auto Connect on " + cmp.Or(name, "This Network"),
			Action: command(engine.VerbTrust, vpn.ID{}), ToolTip: "Remembers the network by its Wi-Fi name and its gateway"}
		it.Action.Command.On = !b.snap.Trusted
		if b.snap.Trusted {
			it.State = StateOn
		}
		items = append(items, it)
	}
	if b.wantsLocation() {
		items = append(items, b.offer(AppLocationSettings, Item{
			ID: "location", Title: "Location Access Is Needed to Read the Wi-Fi Name…", Symbol: SymbolLocation, Tone: ToneWarn,
			ToolTip: "macOS reports the name of the Wi-Fi only to apps that may use the location",
		}))
	}
	return items
}

// networkName returns the name of the current network; empty if it can't be
// recognised again.
func (b *builder) networkName() string {
	f := b.snap.Facts
	ssid := plaintext.Line(f.SSID.Value)
	switch {
	case f.SSID.Known && ssid != "":
		return "“" + isolate(Middle(ssid, nameColumns)) + "”"
	case !f.GatewayMAC.Known || f.GatewayMAC.Value == "":
		return ""
	case f.Interface.Known && f.Interface.Value == facts.Ethernet:
		return "This Ethernet Network"
	case f.Interface.Known && f.Interface.Value == facts.WiFi:
		return "This Wi-Fi Network"
	}
	return "This Network"
}

// wantsLocation reports whether the Wi-Fi name is withheld and something needs
// it: a rule, or the trust line if nothing else identifies the network.
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

func (b *builder) problems() []Item {
	var items []Item
	seen := make(map[string]int, len(b.snap.Problems))
	for _, p := range b.snap.Problems {
		if p.Key == "location.needed" && len(b.snap.Services) > 0 && b.wantsLocation() {
			continue // shown in the policy section
		}
		seen[p.Key]++
		it := b.problem(p)
		if n := seen[p.Key]; n > 1 {
			it.ID += "/" + strconv.Itoa(n)
		}
		items = append(items, it)
	}
	return items
}

func (b *builder) problem(p engine.Problem) Item {
	full := UpperFirst(plaintext.Line(p.Text))
	it := Item{ID: "problem/" + p.Key, Title: Middle(full, lineColumns), Symbol: SymbolProblem, Tone: ToneWarn}
	if it.Title != full {
		it.ToolTip = full
	}
	app := AppNone
	switch {
	case p.Key == "location.needed":
		app = AppLocationSettings
	case p.Key == "import.offer":
		app, it.Symbol, it.Tone = AppSettings, "", ToneNone
	case p.Key == "notification":
		it.Symbol, it.Tone = "", ToneNone
	case p.Key == "settings" || strings.HasPrefix(p.Key, "settings."):
		app = AppSettingsFile
	}
	return b.offer(app, it)
}

// offer makes an item that a click on it, if the screen can carry that out, or
// else a text.
func (b *builder) offer(app AppAction, it Item) Item {
	it.Kind = KindText
	if app != AppNone && !slices.Contains(b.env.Without, app) {
		it.Kind, it.Action.App = KindAction, app
	}
	return it
}

// app returns the last section.
func (b *builder) app() []Item {
	copies := b.copies()
	items := append([]Item{{ID: "copy", Kind: KindSubmenu, Title: "Copy IP Address", Disabled: len(copies) == 0, Submenu: copies}}, b.hidden()...)
	items = append(items, Item{ID: "settings", Kind: KindAction, Title: "Settings…", Key: Key{Equivalent: ",", Modifiers: Command}, Action: Action{App: AppSettings}})
	items = append(items, b.login()...)
	items = append(items,
		Item{ID: "reload", Kind: KindAction, Title: "Reload VPN Services", Alternate: b.env.Login != LoginUnavailable, Action: command(engine.VerbReload, vpn.ID{})},
		Item{ID: "about", Kind: KindAction, Title: "About VPNStatus", Action: Action{App: AppAbout}, ToolTip: join(" ", "Version", b.env.Version)})
	if b.env.Updates {
		items = append(items, Item{ID: "update", Kind: KindAction, Title: "Check for Updates…", Action: Action{App: AppUpdate}})
	}
	items = append(items, Item{ID: "diagnostics", Kind: KindAction, Title: "Copy Diagnostics", Alternate: true, Action: Action{App: AppDiagnostics}})
	leave := Key{Equivalent: "q", Modifiers: Command}
	quit := Item{ID: "quit", Kind: KindAction, Title: "Quit VPNStatus", Key: leave, Action: Action{App: AppQuit}}
	if b.env.Remote {
		quit.Key = Key{}
		items = append(items, Item{ID: "close", Kind: KindAction, Title: "Close", Key: leave, Action: Action{App: AppClose}})
	}
	return append(items, quit)
}

// copies returns the items that copy addresses, by service.
func (b *builder) copies() []Item {
	var items []Item
	add := func(id, title, text string) {
		items = append(items, Item{ID: id, Kind: KindAction, Title: title, Indent: 1, Action: Action{App: AppCopy, Text: text}})
	}
	for _, s := range b.shown {
		remote := plaintext.Line(s.Info.Remote)
		if !s.Known || !s.Status.Up() || len(s.Info.Addresses) == 0 && remote == "" {
			continue
		}
		p := "copy/" + s.ID.String()
		items = append(items, Item{ID: p, Kind: KindHeader, Title: b.names[s.ID].Short})
		for _, a := range s.Info.Addresses {
			add(p+"/"+a.String(), a.String(), a.String())
		}
		if remote != "" {
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

// hidden returns the items that show hidden services again; they are an
// alternate unless all services are hidden.
func (b *builder) hidden() []Item {
	it := Item{ID: "hidden", Kind: KindSubmenu, Title: "Show Hidden Service", Alternate: len(b.shown) > 0}
	for _, s := range b.snap.Services {
		if s.Hidden {
			it.Submenu = append(it.Submenu, Item{ID: "hidden/" + s.ID.String(), Kind: KindAction, Title: b.names[s.ID].Short, ToolTip: b.toolTip(s), Action: command(engine.VerbHide, s.ID)})
		}
	}
	if len(it.Submenu) == 0 {
		return nil
	}
	return []Item{it}
}

func (b *builder) login() []Item {
	it := Item{ID: "login", Kind: KindAction, Title: "Launch at Login", Action: Action{App: AppLogin, On: b.env.Login != LoginOn}}
	switch b.env.Login {
	case LoginUnavailable:
		return nil
	case LoginOn:
		it.State = StateOn
	case LoginApproval:
		it.State = StateMixed
		it.Title = "Launch at Login: Allow It in System Settings…"
		it.Action = Action{App: AppLoginSettings}
	}
	return []Item{it}
}
