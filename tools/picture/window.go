package main

import (
	"bytes"
	_ "embed"
	"html/template"
	"strconv"
	"time"

	"vpnstatus/internal/autoconnect"
	"vpnstatus/internal/menubar"
	"vpnstatus/internal/menubar/preferences"
	"vpnstatus/internal/vpn"
	"vpnstatus/test/situation"
)

//go:embed window.html
var windowHTML string

// settingsWindow is the window of the picture.
func settingsWindow() preferences.Window {
	s := situation.Everyday()
	s.Settings.AutoConnect = map[vpn.ID]bool{}
	for _, v := range s.Snapshot.Services {
		s.Settings.AutoConnect[v.ID] = v.AutoConnect
	}
	s.Settings.Groups = []autoconnect.Group{{Name: "Work", Members: []vpn.ID{situation.ID(1), situation.ID(3)}}}
	s.Settings.Probes = map[vpn.ID]autoconnect.Probe{situation.ID(1): {Target: "intranet.example.com:443"}}
	return preferences.Build(s.Snapshot, s.Settings, preferences.Env{Location: time.UTC, Login: menubar.LoginOn}, situation.Now)
}

// settingsPage draws the tab of Auto Connect light and dark, side by side.
func settingsPage() (page, error) { return windowPage(preferences.AutoConnect) }

// windowPage draws tabs of the window as macOS would, light and dark, each thing
// at the frame that the app computes for it.
func windowPage(tabs ...preferences.TabID) (page, error) {
	t, err := template.New("window").Funcs(template.FuncMap{"odd": func(i int) bool { return i%2 == 1 }}).Parse(windowHTML)
	if err != nil {
		return page{}, err
	}
	win := settingsWindow()
	if len(tabs) == 0 {
		for _, tab := range win.Tabs {
			tabs = append(tabs, tab.ID)
		}
	}
	const around = 26.0 // the window
	height, width := 0.0, 0
	var pictures []windowPicture
	for _, id := range tabs {
		tab, _ := win.Tab(id)
		layout := preferences.Layout(tab, inter{})
		for _, look := range []string{"light", "dark"} {
			pictures = append(pictures, windowPicture{Window: win, Tab: tab, Look: look, Page: layout})
		}
		height += titleHeight + layout.Height + 2*around
		width = int(2 * (layout.Width + 2*around))
	}
	var b bytes.Buffer
	err = t.Execute(&b, pictures)
	return page{b.Bytes(), width, int(height)}, err
}

// titleHeight is that of the window's title and its row of tabs, in points.
const titleHeight = 64

type windowPicture struct {
	Window preferences.Window
	Tab    preferences.Tab
	Look   string
	Page   preferences.Page
}

// Title is the title of the window.
func (windowPicture) Title() string { return preferences.Title }

// Views are the views of the page, to be drawn.
func (p windowPicture) Views() []drawn {
	var out []drawn
	for _, v := range p.Page.Views {
		out = append(out, drawn{v})
	}
	return out
}

type drawn struct{ preferences.View }

// Class names what is drawn for the style sheet.
func (d drawn) Class() string {
	class := string(d.Kind)
	if d.Control.Disabled {
		class += " disabled"
	}
	if d.Control.Warning {
		class += " warning"
	}
	return class
}

// Style is the view's place and font.
func (d drawn) Style() template.CSS {
	px := func(name string, v float64) string { return name + ":" + strconv.FormatFloat(v, 'f', -1, 64) + "px;" }
	f := d.Kind.Font()
	style := px("left", d.X) + px("top", d.Y) + px("width", d.W) + px("height", d.H) + px("font-size", f.Points(13)) + px("line-height", inter{}.LineHeight(f))
	if d.Right {
		style += "text-align:right"
	}
	return template.CSS(style)
}

// Chosen is the title of a popup's chosen option.
func (d drawn) Chosen() string {
	for _, o := range d.Control.Options {
		if o.Value == d.Control.Value {
			return o.Title
		}
	}
	return ""
}

// Rows are the entries of a table and empty ones below them.
func (d drawn) Rows() []preferences.Entry {
	rows := make([]preferences.Entry, max(d.Control.Lines, 1))
	copy(rows, d.Control.Entries)
	return rows
}
