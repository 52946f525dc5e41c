package preferences

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"vpnstatus/internal/autoconnect"
	"vpnstatus/internal/engine"
	"vpnstatus/internal/menubar"
	"vpnstatus/internal/plaintext"
	"vpnstatus/internal/settings"
	"vpnstatus/internal/vpn"
)

// Env is what the window shows besides the snapshot and the settings.
type Env struct {
	Location *time.Location     // zone for times of day; time.Local if nil
	Login    menubar.LoginItem  //
	Problems []settings.Problem // of the settings file
	Explain  map[vpn.ID]autoconnect.Explanation

	SettingsFile string           // path for display, may begin with ~; not shown if empty
	LogFile      string           // likewise
	HooksDir     string           // likewise
	Import       *settings.Import // what can be imported; nil if nothing

	Selected map[string]string // the selected entry of each table, by IDs
	Errors   map[string]string // why the last change of a control was refused, by its ID
}

// Lines of tables. Few users have more than four services, and a tab with two
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
	b := &builder{snap: snapshot, set: s, env: env, now: now, names: map[vpn.ID]string{}, shown: map[string]bool{}, first: map[vpn.ID]int{}}
	for id, n := range menubar.Names(snapshot.Services) {
		b.names[id] = n.Short
	}
	var w Window
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
	} {
		b.rows = nil
		t.rows()
		w.Tabs = append(w.Tabs, Tab{ID: t.id, Title: t.title, Rows: b.rows})
	}
	return w
}

// builder collects the rows of a tab.
type builder struct {
	snap  *engine.Snapshot
	set   settings.Settings
	env   Env
	now   time.Time
	names map[vpn.ID]string
	shown map[string]bool // keys whose problem is in a row already
	first map[vpn.ID]int  // the rule that matches first, by service; -1 if none
	rows  []Row
}

// add adds a row, with the error of its controls or the problem with its key.
func (b *builder) add(r Row) {
	for i := range r.Controls {
		c := &r.Controls[i]
		if text := b.env.Errors[c.ID]; text != "" {
			r.Error = clean(text)
		}
		c.Accessibility = cmp.Or(c.Accessibility, c.Title, strings.TrimSuffix(r.Label, ":"))
	}
	for _, p := range b.env.Problems {
		if r.Error == "" && p.Key != "" && p.Key == r.Key && !b.shown[r.Key] { // in the first row of the key only
			b.shown[r.Key] = true
			r.Error = "In the settings file: " + clean(p.Text)
		}
	}
	b.rows = append(b.rows, r)
}

// value is a setting as the command line prints it, without quotes.
func (b *builder) value(key string) string {
	raw, err := settings.Get(b.set, key)
	if err != nil {
		return ""
	}
	var v any
	if json.Unmarshal(raw, &v) == nil {
		switch v := v.(type) {
		case string:
			return v
		case bool:
			return onOff(v)
		}
	}
	return string(raw)
}

// checkbox adds a row with a checkbox for a boolean key.
func (b *builder) checkbox(r Row, key, title string) {
	r.ID = key
	r.Key, _, _ = strings.Cut(key, ".")
	r.Controls = []Control{{ID: key, Kind: Checkbox, Title: title, Value: b.value(key), Key: key, Accessibility: join(" ", strings.TrimSuffix(r.Label, ":"), title)}}
	b.add(r)
}

// reader adds a row with a static text and its buttons.
func (b *builder) reader(r Row, text, accessibility string, buttons ...Control) {
	r.Controls = append([]Control{{ID: r.ID, Kind: Static, Value: text, Accessibility: accessibility + ": " + text}}, buttons...)
	b.add(r)
}

func button(id, title string, app menubar.AppAction) Control {
	return Control{ID: id, Kind: Button, Title: title, Action: menubar.Action{App: app}}
}

func command(c Control, verb engine.Verb, on bool) Control {
	c.Action = menubar.Action{Command: engine.Command{Verb: verb, On: on, Origin: "settings"}}
	return c
}

// selected returns the ID of the selected entry of a table and its index; -1 if
// there are no entries. If the selected entry was removed, the first one is
// selected, or the last one if it was further down.
func (b *builder) selected(table string, entries []Entry) (string, int) {
	if len(entries) == 0 {
		return "", -1
	}
	wanted := b.env.Selected[table]
	i := slices.IndexFunc(entries, func(e Entry) bool { return e.ID == wanted })
	if i < 0 {
		i = 0
		if strings.HasPrefix(wanted, table+"/") { // a list by number: its last entry was removed
			i = len(entries) - 1
		}
	}
	return entries[i].ID, i
}

// clean makes a text from outside safe to show on one line.
func clean(s string) string { return plaintext.Line(s) }

// quoted returns a name from outside in quotation marks, for use in a
// sentence.
func quoted(s string) string { return "“" + clean(s) + "”" }

// join joins the parts that are not empty.
func join(separator string, parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(p string) bool { return p == "" }), separator)
}

// general returns the first tab.
func (b *builder) general() {
	on := b.env.Login == menubar.LoginOn
	login := Control{ID: "login", Kind: Checkbox, Title: "Launch at login", Value: onOff(on), Action: menubar.Action{App: menubar.AppLogin, On: !on}}
	switch b.env.Login {
	case menubar.LoginOff, menubar.LoginOn:
		b.add(Row{ID: "login", Label: "Startup:", Controls: []Control{login}})
	case menubar.LoginApproval:
		login.Value, login.Disabled = Mixed, true
		b.add(Row{ID: "login", Label: "Startup:", Help: "Allow it in System Settings.",
			Controls: []Control{login, button("login-settings", "Open Login Items…", menubar.AppLoginSettings)}})
	}
	b.add(Row{ID: "icon", Key: "iconStyle", Label: "Menu bar icon:", Help: "In either style the shape of the icon shows the state.", Controls: []Control{{
		ID: "iconStyle", Kind: Popup, Value: b.value("iconStyle"), Key: "iconStyle",
		Options: []Option{{string(settings.IconTemplate), "Monochrome"}, {string(settings.IconColor), "Coloured by State"}},
	}}})
	b.checkbox(Row{Label: "Next to the icon:"}, "showTimeConnected", "Time connected")
	b.checkbox(Row{}, "showStatusWhileConnecting", "Status while connecting")

	r := Row{Label: "Notify when:", Break: true}
	for _, k := range settings.Keys() {
		if k.Name != "notifications" {
			continue
		}
		for _, n := range k.Choices {
			b.checkbox(r, "notifications."+n, cmp.Or(noticeTitles[autoconnect.Notice(n)], n))
			r = Row{}
		}
	}
	b.checkbox(Row{Label: "Sound:", Help: "You are not notified of what you do yourself. Mute single VPNs in Services."}, "notificationSound", "Play a sound with notifications")
}

var noticeTitles = map[autoconnect.Notice]string{
	autoconnect.NoticeDropped:     "a connection drops",
	autoconnect.NoticeReconnected: "a dropped connection is back",
	autoconnect.NoticeGaveUp:      "connecting keeps failing",
	autoconnect.NoticeNeedsUser:   "a VPN needs you, such as for a password",
	autoconnect.NoticeRule:        "a rule connects or disconnects a VPN",
	autoconnect.NoticeHeld:        "a VPN was disconnected elsewhere and is held",
}

// noServices is shown if there are no services.
func (b *builder) noServices(r Row) {
	text := "No VPN is set up on this Mac."
	if !b.snap.Loaded {
		text = "Looking for VPN services…"
	}
	r.Controls = []Control{{ID: r.ID, Kind: Static, Value: text, Accessibility: text}}
	b.add(r)
}

// services returns the tab that hides and mutes services.
func (b *builder) services() {
	var entries []Entry
	for _, s := range b.snap.Services {
		entries = append(entries, b.serviceEntry(s))
	}
	r := Row{ID: "shown", Key: "mutedServices", Wide: true, Label: "What the menu shows, and which VPNs may notify you:"}
	if selected, i := b.selected("services", entries); i < 0 {
		b.noServices(r)
	} else {
		r.Help = "A hidden VPN is still kept connected if it is ticked in Auto Connect."
		r.Controls = []Control{{
			ID: "services", Kind: Table, Lines: tableLines + 2, Entries: entries, Selected: selected, Accessibility: "VPNs shown and notified about",
			Columns: []Column{
				{Title: "Show", Set: func(s *settings.Settings, entry string, on bool) error {
					s.Hidden = include(s.Hidden, entry, !on)
					return nil
				}},
				{Title: "VPN", Weight: 4}, {Title: "Kind", Weight: 2}, {Title: "Server", Weight: 4},
				{Title: "Notify", Set: forService(func(s *settings.Settings, id vpn.ID, on bool) { s.MutedServices = include(s.MutedServices, id, !on) })},
			},
		}}
		b.add(r)
	}

	var patterns []Entry
	var globs []string
	for _, h := range b.set.Hidden {
		if slices.ContainsFunc(b.snap.Services, func(s *engine.Service) bool { return s.ID.String() == h }) {
			continue // shown by its checkbox
		}
		hides := b.hides(h)
		patterns = append(patterns, Entry{ID: fmt.Sprint("hidden/", len(globs)), Cells: []Cell{{Text: clean(h)}, {Text: hides}}, Accessibility: clean(h) + ", hides " + hides})
		globs = append(globs, h)
	}
	selected, i := b.selected("hidden", patterns)
	if i >= 0 {
		glob := globs[i]
		b.add(Row{ID: "hidden", Key: "hidden", Wide: true, Break: true, Label: "Hidden by name:", Controls: []Control{{
			ID: "hidden", Kind: Table, Lines: smallTableLines, Entries: patterns, Selected: selected,
			Columns: []Column{{Title: "Name", Weight: 4}, {Title: "Hides Now", Weight: 6}}, Accessibility: "Names that are hidden",
		}}})
		b.add(Row{ID: "hidden-remove", Wide: true, Controls: []Control{{
			ID: "hidden-remove", Kind: Button, Title: "Remove", Accessibility: "Show " + clean(glob) + " again",
			Set: func(s *settings.Settings, _ string) error { s.Hidden = include(s.Hidden, glob, false); return nil },
		}}})
	}
	b.add(Row{ID: "hide", Key: "hidden", Label: "Hide VPNs called:", Break: i < 0, Help: "* stands for any text and ? for one character, as in Test*.", Controls: []Control{{
		ID: "hide", Kind: Field, Placeholder: "Test*", Chars: 28, Accessibility: "Name of VPNs to hide, with * and ?",
		Set: func(s *settings.Settings, value string) error {
			if value = strings.TrimSpace(value); value != "" && !slices.Contains(s.Hidden, value) {
				s.Hidden = append(s.Hidden, value)
			}
			return nil
		},
	}}})
}

// hides returns the names of the services that a pattern hides, as text.
func (b *builder) hides(pattern string) string {
	var names []string
	for _, s := range b.snap.Services {
		if autoconnect.MatchGlob(pattern, s.Name) {
			names = append(names, b.names[s.ID])
		}
	}
	if n := len(names); n > 3 {
		names = append(names[:3], fmt.Sprintf("%d more", n-3))
	}
	return cmp.Or(strings.Join(names, ", "), "nothing")
}

func (b *builder) serviceEntry(s *engine.Service) Entry {
	name, kind := b.names[s.ID], clean(string(s.Protocol))
	show := Cell{On: !s.Hidden, Accessibility: "Show " + name + " in the menu"}
	for _, h := range b.set.Hidden {
		if s.Hidden && h != s.ID.String() && autoconnect.MatchGlob(h, s.Name) {
			show.Disabled, show.ToolTip = true, "Hidden by "+quoted(h)+" below"
			break
		}
	}
	notify := Cell{On: !slices.Contains(b.set.MutedServices, s.ID), Accessibility: "Notify about " + name}
	return Entry{
		ID: s.ID.String(), Cells: []Cell{show, {Text: name}, {Text: kind}, {Text: clean(cmp.Or(s.Server, s.App))}, notify}, Dim: s.Hidden,
		Accessibility: join(", ", name, kind, clean(s.Server)),
	}
}

// advanced returns the tab of the settings that few users need.
func (b *builder) advanced() {
	b.checkbox(Row{Label: "Scripts:", Help: "Those in the folders connected.d, disconnected.d, failed.d and network-changed.d of the folder hooks."},
		"hooks", "Run scripts when something happens")
	b.path(Row{ID: "hooks-folder"}, "Folder of scripts", b.env.HooksDir, "Open Folder", AppHooksDir)
	b.path(Row{ID: "settings-file", Label: "Settings file:", Break: true}, "Settings file", b.env.SettingsFile, "Show", menubar.AppSettingsFile)
	b.path(Row{ID: "log-file", Label: "Log:"}, "Log", b.env.LogFile, "Show", AppLogFile)
	b.add(Row{ID: "diagnostics", Label: "Diagnostics:", Help: "A report for those who help you. It has names and addresses of your VPNs, but no secrets.",
		Controls: []Control{button("diagnostics", "Copy Diagnostics", menubar.AppDiagnostics)}})

	take := button("import", "Import…", AppImport)
	take.Accessibility = "Import the settings of Timac’s VPNStatus"
	help := "Takes over the settings of VPNStatus by Timac. What you have set already is kept."
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
	b.add(Row{ID: "reset", Label: "Reset:", Help: "Holds and a pause are kept.", Controls: []Control{{
		ID: "reset", Kind: Button, Title: "Reset All Settings…",
		Set:        func(s *settings.Settings, _ string) error { *s = settings.Default(); return nil },
		ReplaceAll: true,
		Confirm: &Confirm{
			Title: "Reset all settings?", Button: "Reset",
			Text: "Auto Connect, rules, trusted networks and groups are lost. No VPN is disconnected.",
		},
	}}})
}

// path adds a row that shows the path of a file or folder.
func (b *builder) path(r Row, name, path, title string, action menubar.AppAction) {
	if path == "" {
		return
	}
	show := button(r.ID+"-show", title, action)
	show.Accessibility = title + ": " + name
	b.reader(r, clean(path), name, show)
}
