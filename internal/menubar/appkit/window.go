package appkit

import (
	"fmt"
	"strings"

	"vpnstatus/internal/engine"
	"vpnstatus/internal/menubar"
)

// control is one control of the window, with the frame it is drawn at. Frames
// are computed here and not by AppKit, so that they can be tested anywhere and
// are the same on every macOS.
type control struct {
	id      string
	kind    controlKind
	text    string
	toolTip string
	on      bool // checkBox
	frame   rect
	action  menubar.Action
}

type controlKind int

const (
	heading controlKind = iota
	label
	button
	checkBox
)

// rect is in points; the origin is the window's lower left corner, as AppKit's.
type rect struct{ x, y, w, h float64 }

// window is what the window shows.
type window struct {
	title    string
	w, h     float64
	controls []control
}

const (
	windowWidth = 460.0
	margin      = 20.0 // Apple's distance between a window's edge and its content
	lineHeight  = 18.0 // of the 13-point system font
	rowHeight   = 32.0 // of a push button
	gap         = 12.0

	// windowLines is how many services are listed; the menu shows them all.
	windowLines = 12
)

// settingsWindow describes the window.
func settingsWindow(b built, version, settingsFile string) window {
	w := window{title: "VPNStatus", w: windowWidth}
	top := margin
	line := func(id string, kind controlKind, text, toolTip string) {
		w.controls = append(w.controls, control{
			id: id, kind: kind, text: clean(text), toolTip: clean(toolTip),
			frame: rect{margin, top, windowWidth - 2*margin, lineHeight},
		})
		top += lineHeight
	}
	line("name", heading, strings.TrimSpace("VPNStatus "+version), "")
	top += gap
	services := serviceLines(b.snapshot)
	for i, s := range services {
		line(fmt.Sprintf("service%d", i), label, s, s)
	}
	top += gap
	row := func(id string, kind controlKind, x, width float64, text string, on bool, a menubar.Action) {
		w.controls = append(w.controls, control{id: id, kind: kind, text: text, on: on, action: a, frame: rect{x, top, width, rowHeight}})
	}
	const wide = 190.0
	row("vpn-settings", button, margin-6, wide, "Open VPN Settings…", false, menubar.Action{App: menubar.AppVPNSettings})
	row("quit", button, windowWidth-margin-wide+6, wide, "Quit VPNStatus", false, menubar.Action{App: menubar.AppQuit})
	top += rowHeight
	switch b.login {
	case menubar.LoginOn, menubar.LoginOff:
		on := b.login == menubar.LoginOn
		row("login", checkBox, margin-2, windowWidth-2*margin, "Launch at Login", on, menubar.Action{App: menubar.AppLogin, On: !on})
		top += rowHeight
	case menubar.LoginApproval:
		row("login-settings", button, margin-6, windowWidth-2*margin+12, "Launch at Login: Allow It in System Settings…", false, menubar.Action{App: menubar.AppLoginSettings})
		top += rowHeight
	}
	if settingsFile != "" {
		top += gap
		line("file", label, "Settings: "+settingsFile, settingsFile)
	}
	top += margin
	w.h = top
	for i := range w.controls {
		f := &w.controls[i].frame
		f.y = w.h - f.y - f.h
	}
	return w
}

// serviceLines tells how the services are, one a line, in the words of the menu.
func serviceLines(s *engine.Snapshot) []string {
	switch {
	case !s.Loaded:
		return []string{"Looking for VPN services…"}
	case len(s.Services) == 0:
		return []string{"No VPN is set up on this Mac."}
	}
	var lines []string
	for _, v := range s.Services {
		if v.Hidden {
			continue
		}
		if len(lines) == windowLines {
			lines = append(lines, "and more, all in the menu")
			break
		}
		name := menubar.Middle(menubar.Clean(v.Name), 32)
		if name == "" {
			name = "VPN without a Name"
		}
		state := v.Status.String()
		if !v.Known {
			state = "…"
		}
		if v.AutoConnect {
			state += ", Auto Connect"
		}
		lines = append(lines, name+": "+state)
	}
	if len(lines) == 0 {
		return []string{"All VPN services are hidden."}
	}
	return lines
}

// sameControls reports whether the second window differs from the first in
// values only, so that the controls on the screen can stay.
func sameControls(a, b window) bool {
	if len(a.controls) != len(b.controls) || a.h != b.h {
		return false
	}
	for i := range a.controls {
		x, y := a.controls[i], b.controls[i]
		if x.id != y.id || x.kind != y.kind || x.frame != y.frame {
			return false
		}
	}
	return true
}
