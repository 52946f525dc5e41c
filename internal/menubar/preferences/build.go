package preferences

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"vpnstatus/internal/autoconnect"
	"vpnstatus/internal/engine"
	"vpnstatus/internal/facts"
	"vpnstatus/internal/menubar"
	"vpnstatus/internal/plaintext"
	"vpnstatus/internal/settings"
	"vpnstatus/internal/vpn"
)

// Env is what the window says that neither the snapshot nor the settings tell.
type Env struct {
	Version  string              // of the program
	Location *time.Location      // zone for times of day; nil: time.Local
	Login    menubar.LoginItem   //
	Without  []menubar.AppAction // actions that this screen can't do; their controls are left out

	Problems []settings.Problem // faults of the settings file: settings.Store.Problems

	// Explain has an explanation for the services that Explained names, for
	// what each rule says now; others may be missing.
	Explain map[vpn.ID]autoconnect.Explanation

	SettingsFile string           // path for people, may begin with ~; empty: not shown
	LogFile      string           // likewise
	HooksDir     string           // likewise
	Import       *settings.Import // what could be taken over; nil: nothing
	Links        []Link           // of About

	Selected map[string]string // table's ID → the selected entry's
	Errors   map[string]string // control's ID → why its last change was refused
}

// Link is a web address.
type Link struct{ Title, URL string }

// Sizes of tables, in entries: four services are many, and a tab with two
// tables and a form must fit a screen of 800 points.
const (
	tableLines      = 5
	smallTableLines = 4
)

// Build makes the window. It is pure: the same arguments give the same window.
func Build(snapshot *engine.Snapshot, s settings.Settings, env Env, now time.Time) Window {
	if env.Location == nil {
		env.Location = time.Local
	}
	b := &builder{snap: snapshot, set: s, env: env, now: now, keys: map[string]settings.KeyInfo{}, told: map[string]bool{}, first: map[vpn.ID]int{}}
	for _, k := range settings.Keys() {
		b.keys[k.Name] = k
	}
	b.chooseNames()
	w := Window{Title: "VPNStatus Settings"}
	for _, t := range []struct {
		id    TabID
		title string
		rows  func()
	}{
		{General, "General", b.general},
		{AutoConnect, "Auto Connect", b.auto},
		{Networks, "Networks", b.networks},
		{Services, "Services", b.services},
		{Advanced, "Advanced", b.advanced},
		{About, "About", b.about},
	} {
		b.rows = nil
		t.rows()
		w.Tabs = append(w.Tabs, Tab{ID: t.id, Title: t.title, Rows: b.rows})
	}
	return w
}

// builder collects the rows. Nothing of it outlives Build.
type builder struct {
	snap  *engine.Snapshot
	set   settings.Settings
	env   Env
	now   time.Time
	keys  map[string]settings.KeyInfo
	names map[vpn.ID]string
	told  map[string]bool // keys whose fault stands at a row
	first map[vpn.ID]int  // the rule that matches first, by service; -1: none
	rows  []Row
}

// add adds a row: it brings in what is known of the keys of its controls, and
// drops controls that the screen can't do.
func (b *builder) add(r Row) {
	kept := r.Controls[:0]
	for _, c := range r.Controls {
		if c.Action.App != menubar.AppNone && slices.Contains(b.env.Without, c.Action.App) {
			continue
		}
		if text := b.env.Errors[c.ID]; text != "" {
			r.Error = clean(text)
		}
		key, _, _ := strings.Cut(c.Key, ".")
		if key != "" && r.Error == "" {
			r.Error = b.fault(key) // at the first row of the key
		}
		c.Accessibility = cmp.Or(c.Accessibility, c.Title, strings.TrimSuffix(r.Label, ":"))
		kept = append(kept, c)
	}
	if r.Controls = kept; len(kept) > 0 {
		b.rows = append(b.rows, r)
	}
}

// fault is what is wrong with a key in the settings file.
func (b *builder) fault(key string) string {
	for _, p := range b.env.Problems {
		if p.Key == key && !b.told[key] {
			b.told[key] = true
			return menubar.UpperFirst(clean("in the settings file: " + p.Text))
		}
	}
	return ""
}

// value is a setting as the command line prints it, without quotes.
func (b *builder) value(key string) string {
	raw, err := settings.Get(b.set, key)
	if err != nil {
		return ""
	}
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text
	}
	switch string(raw) {
	case "true":
		return On
	case "false":
		return Off
	}
	return string(raw)
}

// checkbox is a control of a key that is true or false.
func (b *builder) checkbox(key, title string) Control {
	return Control{ID: key, Kind: KindCheckbox, Title: title, Value: b.value(key), Key: key, Edit: Edit{Op: OpSet, Key: key}}
}

// number is a control of a key that is a whole number.
func (b *builder) number(key string, step int, accessibility string) Control {
	k := b.keys[key]
	return Control{
		ID: key, Kind: KindNumber, Value: b.value(key), Min: k.Min, Max: k.Max, Step: step, Unit: k.Unit, Chars: 6,
		Key: key, Edit: Edit{Op: OpSet, Key: key}, Accessibility: accessibility,
	}
}

func button(id, title string, a menubar.Action) Control {
	return Control{ID: id, Kind: KindButton, Title: title, Action: a}
}

func command(verb engine.Verb, id vpn.ID, on bool) menubar.Action {
	return menubar.Action{Command: engine.Command{Verb: verb, ID: id, On: on, Origin: "settings"}}
}

func onOff(on bool) string {
	if on {
		return On
	}
	return Off
}

// selected returns the ID of the selected entry of a table, and its index; -1
// when there are no entries. An entry that is gone gives way to the first.
func (b *builder) selected(table string, entries []Entry) (string, int) {
	if len(entries) == 0 {
		return "", -1
	}
	i := slices.IndexFunc(entries, func(e Entry) bool { return e.ID == b.env.Selected[table] })
	if i < 0 {
		// The last entry of a list by number was removed: stay at the end.
		if b.env.Selected[table] != "" && table != tableAuto && table != tableServices {
			i = len(entries) - 1
		} else {
			i = 0
		}
	}
	return entries[i].ID, i
}

// clean makes a text from outside fit for a line.
func clean(s string) string { return plaintext.Line(s) }

// quoted is a name from outside within a sentence.
func quoted(s string) string { return "“" + clean(s) + "”" }

// chooseNames makes the names of the services fit and tells equal ones apart.
func (b *builder) chooseNames() {
	b.names = make(map[vpn.ID]string, len(b.snap.Services))
	count := map[string]int{}
	for _, s := range b.snap.Services {
		count[serviceName(s)]++
	}
	withServer := map[string]int{}
	for _, s := range b.snap.Services {
		withServer[serviceName(s)+"\n"+s.Server]++
	}
	for _, s := range b.snap.Services {
		name := serviceName(s)
		if count[name] > 1 {
			mark := clean(s.Server)
			if mark == "" || withServer[name+"\n"+s.Server] > 1 {
				mark = strings.ToUpper(s.ID.String()[:8])
			}
			name += " (" + mark + ")"
		}
		b.names[s.ID] = name
	}
}

func serviceName(s *engine.Service) string {
	return cmp.Or(menubar.Middle(clean(s.Name), 48), "VPN without a Name")
}

// general is the first tab.
func (b *builder) general() {
	on := b.env.Login == menubar.LoginOn
	login := Control{ID: "login", Kind: KindCheckbox, Title: "Launch at login", Value: onOff(on), Action: menubar.Action{App: menubar.AppLogin, On: !on}}
	switch b.env.Login {
	case menubar.LoginOff, menubar.LoginOn:
		b.add(Row{ID: "login", Label: "Startup:", Controls: []Control{login}})
	case menubar.LoginApproval:
		login.Value, login.Disabled = Mixed, true
		b.add(Row{ID: "login", Label: "Startup:", Help: "macOS wants you to allow it in System Settings.",
			Controls: []Control{login, button("login-settings", "Open Login Items…", menubar.Action{App: menubar.AppLoginSettings})}})
	}
	b.add(Row{ID: "icon", Label: "Menu bar icon:", Help: "The shape of the icon tells the state in either style.", Controls: []Control{{
		ID: "iconStyle", Kind: KindPopup, Value: b.value("iconStyle"), Key: "iconStyle", Edit: Edit{Op: OpSet, Key: "iconStyle"},
		Options: []Option{{string(settings.IconTemplate), "Monochrome"}, {string(settings.IconColor), "Coloured by State"}},
	}}})
	b.add(Row{ID: "time", Label: "Beside the icon:", Controls: []Control{b.checkbox("showTimeConnected", "Time connected")}})
	b.add(Row{ID: "connecting", Controls: []Control{b.checkbox("showStatusWhileConnecting", "Status while connecting")}})

	label := "Notify when:"
	for i, n := range b.keys["notifications"].Choices {
		c := b.checkbox("notifications."+n, cmp.Or(noticeTitles[autoconnect.Notice(n)], n))
		c.Accessibility = "Notify when " + c.Title
		b.add(Row{ID: "notify/" + n, Label: label, Break: i == 0, Controls: []Control{c}})
		label = ""
	}
	b.add(Row{ID: "sound", Label: "Sound:", Help: "What you do yourself is not notified. Single VPNs are muted in Services.",
		Controls: []Control{b.checkbox("notificationSound", "Play a sound with notifications")}})
}

var noticeTitles = map[autoconnect.Notice]string{
	autoconnect.NoticeDropped:     "a connection drops",
	autoconnect.NoticeReconnected: "a dropped connection is back",
	autoconnect.NoticeGaveUp:      "connecting keeps failing",
	autoconnect.NoticeNeedsUser:   "a VPN needs you, such as for a password",
	autoconnect.NoticeRule:        "a rule connects or disconnects a VPN",
	autoconnect.NoticeHeld:        "a VPN was disconnected elsewhere and is held",
}

// IDs of the tables.
const (
	tableAuto     = "autoConnect"
	tableTrusted  = "trustedNetworks"
	tableRules    = "rules"
	tableServices = "services"
	tableHidden   = "hidden"
)

// nobody is shown in place of services.
func (b *builder) nobody() string {
	if !b.snap.Loaded {
		return "Looking for VPN services…"
	}
	return "No VPN is set up on this Mac."
}

// auto is the tab of Auto Connect.
func (b *builder) auto() {
	if until := b.snap.Pause; !until.IsZero() && (until.Time.IsZero() || until.Time.After(b.now)) {
		text := "Auto Connect is paused"
		if w := until.Words(b.now, b.env.Location); w != "" {
			text += " " + w
		}
		b.add(Row{ID: "paused", Wide: true, Controls: []Control{
			{ID: "paused", Kind: KindStatic, Value: text + ".", Warning: true, Accessibility: text},
			button("resume", "Resume", command(engine.VerbResume, vpn.ID{}, false)),
		}})
	}
	var entries []Entry
	for _, s := range b.snap.Services {
		entries = append(entries, b.autoEntry(s))
	}
	selected, i := b.selected(tableAuto, entries)
	row := Row{ID: "services", Wide: true, Label: "Ticked VPNs are connected, and connected again when they drop:"}
	if i < 0 {
		row.Controls = []Control{{ID: "no-services", Kind: KindStatic, Value: b.nobody(), Accessibility: b.nobody()}}
		b.add(row)
	} else {
		row.Controls = []Control{{
			ID: tableAuto, Kind: KindTable, Key: "autoConnect", Lines: tableLines, Entries: entries, Selected: selected, Accessibility: "VPNs to be kept connected",
			Columns: []Column{{ID: "auto", Tick: true}, {ID: "name", Title: "VPN", Weight: 4}, {ID: "group", Title: "Group", Weight: 3}, {ID: "state", Title: "Status", Weight: 3}},
		}}
		b.add(row)
		b.autoDetail(b.snap.Services[i])
	}

	b.add(Row{ID: "retry", Label: "Retry at most every:", Break: true, Controls: []Control{b.number("retryDelayMax", 5, "Longest time between two attempts")},
		Help: "Attempts come less and less often up to this time. You may write 90s or 5m."})
}

func (b *builder) autoEntry(s *engine.Service) Entry {
	name := b.names[s.ID]
	tick := Cell{Value: onOff(s.AutoConnect), Action: command(engine.VerbAuto, s.ID, !s.AutoConnect), Accessibility: "Auto Connect " + name}
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
		tick.Disabled, tick.ToolTip = true, "On Demand is enabled for this VPN: the system itself keeps it up"
	}
	group := ""
	if at, place := memberOf(b.set.Groups, s.ID); at >= 0 {
		group = fmt.Sprintf("%s, %d of %d", clean(b.set.Groups[at].Name), place+1, len(b.set.Groups[at].Members))
	}
	e := Entry{
		ID: s.ID.String(), Cells: []Cell{tick, {Text: name}, {Text: group}, {Text: menubar.UpperFirst(state)}}, Dim: s.Hidden,
		Accessibility: join(", ", name, state, "Auto Connect "+tick.Value, group),
	}
	if s.Hidden {
		e.ToolTip = "Hidden from the menu"
	}
	return e
}

// autoDetail are the rows of the selected service.
func (b *builder) autoDetail(s *engine.Service) {
	name := b.names[s.ID]
	options := []Option{{groupNone, "None"}}
	value := groupNone
	at, place := memberOf(b.set.Groups, s.ID)
	for i, g := range b.set.Groups {
		options = append(options, Option{groupIn + g.Name, cmp.Or(clean(g.Name), "Group")})
		if i == at {
			value = groupIn + g.Name
		}
	}
	if at < 0 || len(b.set.Groups[at].Members) > 1 {
		options = append(options, Option{groupNew, "New Group"})
	}
	b.add(Row{ID: "group", Label: "Group:", Help: "Of a group at most one VPN is connected, the first that works.", Controls: []Control{{
		ID: "group", Kind: KindPopup, Value: value, Options: options, Key: "groups", Edit: Edit{Op: OpGroup, Key: "groups", Service: s.ID}, Accessibility: "Group of " + name,
	}}})
	if at >= 0 {
		g := b.set.Groups[at]
		b.add(Row{ID: "group-name", Label: "Group’s name:", Controls: []Control{{
			ID: "group-name", Kind: KindText, Value: g.Name, Chars: 24, Key: "groups", Edit: Edit{Op: OpGroupName, Key: "groups", Name: g.Name},
		}}})
		move := func(id, title string, by int, possible bool) Control {
			return Control{ID: id, Kind: KindButton, Title: title, Disabled: !possible, Key: "groups", Edit: Edit{Op: OpGroupMove, Key: "groups", Service: s.ID, By: by},
				Accessibility: title + ": preference of " + name}
		}
		b.add(Row{ID: "group-order", Label: "Preference:", Controls: []Control{
			move("group-up", "Earlier", -1, place > 0), move("group-down", "Later", 1, place < len(g.Members)-1),
			{ID: "group-place", Kind: KindStatic, Value: fmt.Sprintf("%d of %d", place+1, len(g.Members)), Accessibility: fmt.Sprintf("It is number %d of %d", place+1, len(g.Members))},
		}})
	}
	p, probed := b.set.Probes[s.ID]
	key := "probes." + s.ID.String()
	b.add(Row{ID: "probe", Label: "Test address:", Help: "Host and port, or a web address, that answers only through the VPN. The VPN is restarted when it stays silent. Empty: no test.",
		Controls: []Control{{
			ID: "probe", Kind: KindText, Value: p.Target, Placeholder: "intranet.example.com:443", Key: key,
			Edit: Edit{Op: OpProbeTarget, Key: key, Service: s.ID}, Accessibility: "Test address of " + name,
		}}})
	if probed {
		every := ""
		if p.Interval > 0 {
			every = strconv.Itoa(int(p.Interval / time.Second))
		}
		b.add(Row{ID: "probe-interval", Label: "Test every:", Controls: []Control{{
			ID: "probe-interval", Kind: KindNumber, Value: every, Placeholder: "60", Min: 5, Max: 86400, Step: 5, Unit: "seconds", Chars: 6, Key: key,
			Edit: Edit{Op: OpProbeInterval, Key: key, Service: s.ID}, Accessibility: "Seconds between two tests of " + name,
		}}})
	}
}

// join joins what is not empty.
func join(separator string, parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(p string) bool { return p == "" }), separator)
}

// services is the tab that hides and mutes.
func (b *builder) services() {
	var entries []Entry
	for _, s := range b.snap.Services {
		entries = append(entries, b.serviceEntry(s))
	}
	row := Row{ID: "shown", Wide: true, Label: "What the menu shows, and which VPNs may notify you:"}
	if selected, i := b.selected(tableServices, entries); i < 0 {
		row.Controls = []Control{{ID: "no-shown", Kind: KindStatic, Value: b.nobody(), Accessibility: b.nobody()}}
	} else {
		row.Controls = []Control{{
			ID: tableServices, Kind: KindTable, Key: "mutedServices", Lines: tableLines + 2, Entries: entries, Selected: selected, Accessibility: "VPNs shown and notified about",
			Columns: []Column{{ID: "show", Title: "Show", Tick: true}, {ID: "name", Title: "VPN", Weight: 4}, {ID: "kind", Title: "Kind", Weight: 2}, {ID: "server", Title: "Server", Weight: 4}, {ID: "notify", Title: "Notify", Tick: true}},
		}}
		row.Help = "A hidden VPN is still kept up when it is ticked in Auto Connect."
	}
	b.add(row)

	var patterns []Entry
	for i, h := range b.set.Hidden {
		if b.isService(h) {
			continue // its tick says it
		}
		hides := b.hides(h)
		patterns = append(patterns, Entry{ID: "pattern/" + strconv.Itoa(i), Cells: []Cell{{Text: clean(h)}, {Text: hides}}, Accessibility: clean(h) + ", hides " + hides})
	}
	selected, i := b.selected(tableHidden, patterns)
	if i >= 0 {
		b.add(Row{ID: "hidden", Wide: true, Break: true, Label: "Hidden by name:", Controls: []Control{{
			ID: tableHidden, Kind: KindTable, Key: "hidden", Lines: smallTableLines, Entries: patterns, Selected: selected,
			Columns: []Column{{ID: "pattern", Title: "Name", Weight: 4}, {ID: "hides", Title: "Hides Now", Weight: 6}}, Accessibility: "Names that are hidden",
		}}})
		at, _ := strconv.Atoi(strings.TrimPrefix(selected, "pattern/")) // made above
		b.add(Row{ID: "hidden-remove", Wide: true, Controls: []Control{{
			ID: "hidden-remove", Kind: KindButton, Title: "Remove", Key: "hidden", Edit: Edit{Op: OpHideRemove, Key: "hidden", Name: b.set.Hidden[at]},
			Accessibility: "Show " + clean(b.set.Hidden[at]) + " again",
		}}})
	}
	b.add(Row{ID: "hide", Label: "Hide VPNs called:", Break: i < 0, Help: "* stands for any text and ? for one character, as in Test*.", Controls: []Control{{
		ID: "hide", Kind: KindText, Placeholder: "Test*", Chars: 28, Key: "hidden", Edit: Edit{Op: OpHideAdd, Key: "hidden"}, Accessibility: "Name of VPNs to hide, with * and ?",
	}}})
}

func (b *builder) isService(id string) bool {
	return slices.ContainsFunc(b.snap.Services, func(s *engine.Service) bool { return s.ID.String() == id })
}

// hides names what a pattern hides.
func (b *builder) hides(pattern string) string {
	var names []string
	more := 0
	for _, s := range b.snap.Services {
		if !autoconnect.MatchGlob(pattern, s.Name) {
			continue
		}
		if len(names) < 3 {
			names = append(names, b.names[s.ID])
		} else {
			more++
		}
	}
	switch {
	case len(names) == 0:
		return "nothing"
	case more > 0:
		names = append(names, fmt.Sprintf("%d more", more))
	}
	return strings.Join(names, ", ")
}

func (b *builder) serviceEntry(s *engine.Service) Entry {
	name := b.names[s.ID]
	show := Cell{Value: onOff(!s.Hidden), Action: command(engine.VerbHide, s.ID, !s.Hidden), Accessibility: "Show " + name + " in the menu"}
	for _, h := range b.set.Hidden {
		if s.Hidden && h != s.ID.String() && autoconnect.MatchGlob(h, s.Name) {
			show.Disabled, show.ToolTip = true, "Hidden by "+quoted(h)+" below"
			break
		}
	}
	muted := slices.Contains(b.set.MutedServices, s.ID)
	// The tick says who may notify, the key who may not.
	notify := Cell{Value: onOff(!muted), Edit: Edit{Op: OpMute, Key: "mutedServices", Service: s.ID}, Accessibility: "Notify about " + name}
	return Entry{
		ID: s.ID.String(), Cells: []Cell{show, {Text: name}, {Text: clean(string(s.Protocol))}, {Text: clean(cmp.Or(s.Server, s.App))}, notify}, Dim: s.Hidden,
		Accessibility: join(", ", name, clean(string(s.Protocol)), clean(s.Server)),
	}
}

// advanced is the tab of what few people need.
func (b *builder) advanced() {
	hooks := Row{ID: "hooks", Label: "Scripts:", Controls: []Control{b.checkbox("hooks", "Run scripts when something happens")},
		Help: "Those in the folders connected.d, disconnected.d, failed.d and network-changed.d of the folder hooks."}
	b.add(hooks)
	b.path("hooks-folder", "", "Folder of scripts", b.env.HooksDir, "Open Folder", AppHooksDir, false)
	b.path("settings-file", "Settings file:", "Settings file", b.env.SettingsFile, "Show", menubar.AppSettingsFile, true)
	b.path("log-file", "Log:", "Log", b.env.LogFile, "Show", AppLogFile, false)
	b.add(Row{ID: "diagnostics", Label: "Diagnostics:", Help: "A report for whoever helps you. It holds names and addresses of your VPNs, no secrets.",
		Controls: []Control{button("diagnostics", "Copy Diagnostics", menubar.Action{App: menubar.AppDiagnostics})}})

	take := button("import", "Import…", menubar.Action{App: AppImport})
	take.Accessibility = "Import the settings of Timac’s VPNStatus"
	help := "Takes over the settings of VPNStatus by Timac. What you have set already stays."
	if i := b.env.Import; i == nil || len(i.Taken) == 0 {
		take.Disabled = true
		help = "No settings of VPNStatus by Timac were found."
	} else {
		take.Confirm = &Confirm{Title: "Import these settings?", Button: "Import"}
		for _, l := range i.Taken {
			take.Confirm.Lines = append(take.Confirm.Lines, menubar.UpperFirst(clean(l)))
		}
		for _, l := range i.Left {
			take.Confirm.Lines = append(take.Confirm.Lines, "Left out: "+clean(l))
		}
	}
	b.add(Row{ID: "import", Label: "Import:", Break: true, Controls: []Control{take}, Help: help})
	b.add(Row{ID: "reset", Label: "Reset:", Help: "Holds and a pause are no settings and stay.", Controls: []Control{{
		ID: "reset", Kind: KindButton, Title: "Reset All Settings…", Edit: Edit{Op: OpResetAll, Key: "settings"},
		Confirm: &Confirm{
			Title: "Reset all settings?", Button: "Reset",
			Text: "Auto Connect, rules, trusted networks and groups are lost. No VPN is disconnected.",
		},
	}}})
}

// path shows where something is kept.
func (b *builder) path(id, label, accessibility, path, title string, action menubar.AppAction, broken bool) {
	if path == "" {
		return
	}
	r := Row{ID: id, Label: label, Break: broken, Controls: []Control{
		{ID: id, Kind: KindStatic, Value: clean(path), Accessibility: accessibility + ": " + clean(path)},
		button(id+"-show", title, menubar.Action{App: action}),
	}}
	r.Controls[1].Accessibility = title + ": " + accessibility
	b.add(r)
}

// about is the last tab.
func (b *builder) about() {
	text := func(id, value string, f Font) {
		b.add(Row{ID: id, Center: true, Controls: []Control{{ID: id, Kind: KindStatic, Value: value, Font: f, Accessibility: value}}})
	}
	b.add(Row{ID: "icon-image", Center: true, Controls: []Control{{ID: "icon-image", Kind: KindIcon, Accessibility: "Icon of VPNStatus"}}})
	text("name", "VPNStatus", FontTitle)
	if b.env.Version != "" {
		text("version", "Version "+b.env.Version, FontBody)
	}
	if b.snap.Simulated {
		text("simulated", "A demonstration: its VPNs are simulated.", FontBody)
	}
	text("licence", "Free software under the MIT License.\n© 2026 The VPNStatus authors", FontSmall)
	links := Row{ID: "links", Center: true}
	for i, l := range b.env.Links {
		links.Controls = append(links.Controls, Control{ID: "link/" + strconv.Itoa(i), Kind: KindLink, Title: l.Title, ToolTip: l.URL, Action: menubar.Action{App: AppOpen, Text: l.URL}})
	}
	b.add(links)
}

// network says in words which network the machine is on.
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
