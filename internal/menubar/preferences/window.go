package preferences

import (
	"vpnstatus/internal/menubar"
)

// Window is the settings window. It is a value; its slices must not be changed.
type Window struct {
	Title string `json:"title"`
	Tabs  []Tab  `json:"tabs"`
}

// TabID tells the tabs apart.
type TabID string

// The tabs, in their order.
const (
	General     TabID = "general"
	AutoConnect TabID = "auto-connect"
	Networks    TabID = "networks"
	Services    TabID = "services"
	Advanced    TabID = "advanced"
	About       TabID = "about"
)

// Tab is one page of the window.
type Tab struct {
	ID    TabID  `json:"id"`
	Title string `json:"title"`
	Rows  []Row  `json:"rows"`
}

// Row is a label with the controls beside it and the words below them.
type Row struct {
	ID       string    `json:"id"`              // unique in the window, the same from build to build
	Label    string    `json:"label,omitempty"` // with its colon; empty: the row belongs to the label above
	Controls []Control `json:"controls"`
	Help     string    `json:"help,omitempty"`
	Error    string    `json:"error,omitempty"`  // why the value can't be used; shown before the help
	Break    bool      `json:"break,omitempty"`  // a line divides it from the rows above
	Wide     bool      `json:"wide,omitempty"`   // the controls take the whole width, the label stands above them
	Center   bool      `json:"center,omitempty"` // the controls stand in the middle; it has no label
}

// Kind tells what a control is.
type Kind string

// Kinds of controls.
const (
	KindCheckbox Kind = "checkbox"
	KindPopup    Kind = "popup"
	KindNumber   Kind = "number" // a field with a stepper and a unit
	KindText     Kind = "text"   // a field of one line
	KindButton   Kind = "button"
	KindTable    Kind = "table"
	KindStatic   Kind = "static" // text to read
	KindLink     Kind = "link"
	KindIcon     Kind = "icon" // the app's icon
)

// Values of a checkbox.
const (
	On    = "on"
	Off   = "off"
	Mixed = "mixed" // neither; a click asks for on
)

// Control is one thing that a person can use or read.
type Control struct {
	ID    string `json:"id"` // unique in the window, the same from build to build
	Kind  Kind   `json:"kind"`
	Title string `json:"title,omitempty"` // of a checkbox, button or link

	// Value is On, Off or Mixed; the Value of the chosen option; or the text
	// of a field or of KindStatic.
	Value   string   `json:"value,omitempty"`
	Options []Option `json:"options,omitempty"` // KindPopup

	Min  int    `json:"min,omitempty"` // KindNumber
	Max  int    `json:"max,omitempty"`
	Step int    `json:"step,omitempty"` // of the stepper
	Unit string `json:"unit,omitempty"`

	Placeholder string `json:"placeholder,omitempty"` // shown in an empty field
	Chars       int    `json:"chars,omitempty"`       // width of a field in digits; 0: all the room there is
	Font        Font   `json:"font,omitempty"`        // KindStatic, KindLink; empty: FontBody
	Warning     bool   `json:"warning,omitempty"`     // KindStatic: drawn as something that needs the person

	Columns  []Column `json:"columns,omitempty"`  // KindTable
	Entries  []Entry  `json:"entries,omitempty"`  // KindTable
	Lines    int      `json:"lines,omitempty"`    // KindTable: entries that are seen without scrolling
	Selected string   `json:"selected,omitempty"` // KindTable: ID of the selected entry; empty only without entries

	Disabled      bool      `json:"disabled,omitempty"`
	Key           string    `json:"key,omitempty"` // the setting it shows, as the command line names it
	Accessibility string    `json:"accessibility"` // read aloud
	ToolTip       string    `json:"toolTip,omitempty"`
	Confirm       *Confirm  `json:"confirm,omitempty"` // to be asked before it is done
	Then          Selection `json:"then,omitzero"`     // to be selected after it was done

	// What a change does: at most one of both is set.
	Edit   Edit           `json:"edit,omitzero"`
	Action menubar.Action `json:"action,omitzero"`
}

// Option is one choice of a popup.
type Option struct {
	Value string `json:"value"`
	Title string `json:"title"`
}

// Confirm is a question before something that can't be taken back.
type Confirm struct {
	Title  string   `json:"title"`
	Text   string   `json:"text,omitempty"`
	Lines  []string `json:"lines,omitempty"` // a list to be scrolled through, such as what an import takes over
	Button string   `json:"button"`          // the one that does it
}

// Selection names a line of a table.
type Selection struct {
	Table string `json:"table"` // ID of the control
	Entry string `json:"entry"`
}

// Column is one column of a table.
type Column struct {
	ID     string  `json:"id"`
	Title  string  `json:"title,omitempty"`
	Tick   bool    `json:"tick,omitempty"`   // its cells are checkboxes
	Weight float64 `json:"weight,omitempty"` // share of the width that is left beside ticks
}

// Entry is one line of a table.
type Entry struct {
	ID            string `json:"id"`
	Cells         []Cell `json:"cells"` // as many as there are columns
	Dim           bool   `json:"dim,omitempty"`
	ToolTip       string `json:"toolTip,omitempty"`
	Accessibility string `json:"accessibility"` // the line, read aloud
}

// Cell is a text or, in a column of ticks, a checkbox.
type Cell struct {
	Text          string         `json:"text,omitempty"`
	Value         string         `json:"value,omitempty"` // of a checkbox: On or Off
	Disabled      bool           `json:"disabled,omitempty"`
	ToolTip       string         `json:"toolTip,omitempty"`
	Accessibility string         `json:"accessibility,omitempty"` // of a checkbox, read aloud
	Edit          Edit           `json:"edit,omitzero"`
	Action        menubar.Action `json:"action,omitzero"`
}

// Actions of the program that only the window has.
const (
	AppImport   menubar.AppAction = "import"       // take over the settings of Timac's VPNStatus: Env.Import
	AppLogFile  menubar.AppAction = "log-file"     // show the log file
	AppHooksDir menubar.AppAction = "hooks-folder" // make and show the folder of scripts
	AppOpen     menubar.AppAction = "open"         // open the web address in Action.Text
)

// Deed is what comes of using a control: exactly one field is set, or none when
// there is nothing to be done.
type Deed struct {
	Change *Change         // for Apply
	Action *menubar.Action // a command or an action of the program; a command still wants Action.Resolve
}

// Do returns what a new value of the control does. The value of a button or link
// does not matter; a checkbox takes On or Off.
func (c Control) Do(value string) Deed { return deed(c.Disabled, c.Edit, c.Action, value) }

// Do returns what a tick of the cell does.
func (c Cell) Do(value string) Deed { return deed(c.Disabled, c.Edit, c.Action, value) }

func deed(disabled bool, e Edit, a menubar.Action, value string) Deed {
	switch {
	case disabled:
	case e != Edit{}:
		return Deed{Change: &Change{Edit: e, Value: value}}
	case !a.IsZero():
		return Deed{Action: &a}
	}
	return Deed{}
}

// Toggled is the value that a click gives a checkbox.
func Toggled(value string) string {
	if value == On {
		return Off
	}
	return On
}

// Tab returns the tab with the ID.
func (w Window) Tab(id TabID) (Tab, bool) {
	for _, t := range w.Tabs {
		if t.ID == id {
			return t, true
		}
	}
	return Tab{}, false
}

// Control returns the control with the ID, in whatever row it is.
func (t Tab) Control(id string) (Control, bool) {
	for _, r := range t.Rows {
		for _, c := range r.Controls {
			if c.ID == id {
				return c, true
			}
		}
	}
	return Control{}, false
}

// Interactive reports whether the keyboard focus may stand on the control.
func (c Control) Interactive() bool {
	switch c.Kind {
	case KindStatic, KindIcon:
		return false
	}
	return !c.Disabled
}

// KeyOrder returns the IDs of the controls in the order of the Tab key.
func KeyOrder(t Tab) []string {
	var ids []string
	for _, r := range t.Rows {
		for _, c := range r.Controls {
			if c.Interactive() {
				ids = append(ids, c.ID)
			}
		}
	}
	return ids
}
