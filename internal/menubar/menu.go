package menubar

import (
	"time"

	"vpnstatus/internal/autoconnect"
	"vpnstatus/internal/engine"
	"vpnstatus/internal/facts"
)

// Menu is everything a screen draws. It is a value; its slices are shared and
// must not be changed.
type Menu struct {
	Status StatusItem `json:"statusItem"`
	Items  []Item     `json:"items"`

	// Refresh is when a text in the open menu changes by the clock alone: build
	// again then, if the menu is still open. Zero if no text does.
	Refresh time.Time `json:"-"`
}

// StatusItem is the item in the menu bar.
type StatusItem struct {
	State         Overall `json:"state"`
	Symbol        Symbol  `json:"symbol"` // a template image
	Tone          Tone    `json:"tone,omitempty"`
	Text          string  `json:"text,omitempty"` // next to the symbol; use digits of one width
	Accessibility string  `json:"accessibility"`  // read aloud; names the services
	ToolTip       string  `json:"toolTip"`

	// Refresh is when Text changes by the clock alone, also while the menu is
	// closed. Zero if it does not.
	Refresh time.Time `json:"-"`
}

// Overall is the state of all services together. The order below is that of
// precedence: the first that holds for some service is shown.
type Overall string

// Overall states.
const (
	NeedsUser  Overall = "needs-user"
	Connecting Overall = "connecting"
	Connected  Overall = "connected"
	Paused     Overall = "paused"
	Waiting    Overall = "waiting"
	Off        Overall = "off"
	Unknown    Overall = "unknown" // nothing is known yet
)

// Kind is what an item is.
type Kind string

// Kinds of items.
const (
	KindAction    Kind = "action"    // can be clicked: Action is set
	KindText      Kind = "text"      // a line to read; never enabled
	KindHeader    Kind = "header"    // the title of the items below it; never enabled
	KindSeparator Kind = "separator" // a line; has an ID and nothing else
	KindSubmenu   Kind = "submenu"   // opens Submenu; a click does nothing else
)

// Item is one line of the menu.
type Item struct {
	// ID is unique in the whole menu and stays the same from build to build.
	ID   string `json:"id"`
	Kind Kind   `json:"kind"`

	Title         string `json:"title,omitempty"`
	Symbol        Symbol `json:"symbol,omitempty"` // drawn before the title
	Tone          Tone   `json:"tone,omitempty"`
	State         State  `json:"state,omitempty"` // the tick
	Disabled      bool   `json:"disabled,omitempty"`
	Indent        int    `json:"indent,omitempty"` // 0–15, as NSMenuItem.indentationLevel
	Key           Key    `json:"key,omitzero"`
	ToolTip       string `json:"toolTip,omitempty"`
	Accessibility string `json:"accessibility,omitempty"` // instead of the title when read aloud

	// Alternate replaces the item before it while ⌥ is held. It has the key of
	// that item with Option added, as NSMenuItem.isAlternate wants it. When that
	// item has no key, its modifiers are none and the alternate's are Option.
	Alternate bool `json:"alternate,omitempty"`

	Action  Action `json:"action,omitzero"`
	Submenu []Item `json:"submenu,omitempty"`
}

// State is the tick in front of an item.
type State string

// States of an item.
const (
	StateOff   State = ""
	StateOn    State = "on"
	StateMixed State = "mixed"
)

// Key is a key equivalent. An empty Equivalent means none; Modifiers then matter
// for alternates only.
type Key struct {
	Equivalent string    `json:"equivalent,omitempty"` // one lower-case character
	Modifiers  Modifiers `json:"modifiers,omitempty"`
}

// Modifiers is a set of modifier keys, in NSEventModifierFlags' bits.
type Modifiers uint

// The modifier keys.
const (
	Option  Modifiers = 1 << 19
	Command Modifiers = 1 << 20
)

// Tone is the meaning of a symbol's colour; its shape carries the same meaning.
// Without settings.IconColor everything has ToneNone.
type Tone string

// Tones.
const (
	ToneNone Tone = ""     // the colour of the text
	ToneGood Tone = "good" // up
	ToneBusy Tone = "busy" // in transition
	ToneWait Tone = "wait" // waiting, held, paused
	ToneWarn Tone = "warn" // needs the user
	ToneDim  Tone = "dim"  // down or unknown
)

// AppAction is an action of the program around the menu, not of the engine.
type AppAction string

// Actions of the program.
const (
	AppNone             AppAction = ""
	AppCopy             AppAction = "copy"              // put Action.Text on the clipboard
	AppDiagnostics      AppAction = "copy-diagnostics"  // put a report on the clipboard
	AppSettings         AppAction = "settings"          // open the settings window
	AppLogin            AppAction = "login"             // launch at login: Action.On
	AppLoginSettings    AppAction = "login-settings"    // open the system's login items
	AppAbout            AppAction = "about"             //
	AppQuit             AppAction = "quit"              // end the app, in another process if Env.Remote
	AppClose            AppAction = "close"             // leave the menu of an app in another process
	AppVPNSettings      AppAction = "vpn-settings"      // open the system's VPN settings
	AppLocationSettings AppAction = "location-settings" // ask for the Location right, or open its settings when it was refused
	AppSettingsFile     AppAction = "settings-file"     // show the settings file
	AppUpdate           AppAction = "update"            // look for a newer version and show the result
)

// Action is what a click does: a command to the engine or an action of the
// program, never both. The zero value does nothing.
type Action struct {
	Command engine.Command `json:"command,omitzero"`
	App     AppAction      `json:"app,omitempty"`
	Text    string         `json:"text,omitempty"` // AppCopy: what to copy
	On      bool           `json:"on,omitempty"`   // AppLogin: wanted state

	// For is the end of Command that counts from the click, as
	// autoconnect.ParseUntil reads it; Resolve turns it into Command.Until.
	For string `json:"for,omitempty"`
}

// IsZero reports whether a click does nothing.
func (a Action) IsZero() bool { return a == Action{} }

// Resolve returns the command to send for a click at the given time; its Verb
// is empty if there is none. loc is the zone in which tomorrow begins.
func (a Action) Resolve(now time.Time, loc *time.Location) engine.Command {
	c := a.Command
	if a.For == "" {
		return c
	}
	if loc == nil {
		loc = time.Local
	}
	until, err := autoconnect.ParseUntil(a.For, now.In(loc), facts.Facts{})
	if err != nil {
		return engine.Command{} // only possible in a menu that Build did not make
	}
	c.Until = until
	return c
}

// Find returns the item with the ID, which may be in a submenu.
func (m Menu) Find(id string) (Item, bool) { return find(m.Items, id) }

func find(items []Item, id string) (Item, bool) {
	for _, it := range items {
		if it.ID == id {
			return it, true
		}
		if found, ok := find(it.Submenu, id); ok {
			return found, true
		}
	}
	return Item{}, false
}
