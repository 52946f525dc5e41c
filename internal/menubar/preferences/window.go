package preferences

import (
	"reflect"
	"slices"

	"vpnstatus/internal/menubar"
	"vpnstatus/internal/settings"
)

// Title is the title of the window.
const Title = "VPNStatus Settings"

// Window is the settings window. It is a value; its slices must not be changed.
type Window struct{ Tabs []Tab }

// TabID identifies a tab.
type TabID string

// The tabs, in their order.
const (
	General     TabID = "general"
	AutoConnect TabID = "auto-connect"
	Networks    TabID = "networks"
	Services    TabID = "services"
	Advanced    TabID = "advanced"
)

// Tab is one page of the window.
type Tab struct {
	ID    TabID
	Title string
	Rows  []Row
}

// Row is a label with controls to its right and texts below them.
type Row struct {
	ID       string // unique in the window, the same from build to build
	Key      string // the setting that the row shows, for problems with its value in the file
	Label    string // with its colon; empty if the row belongs to the label above
	Controls []Control
	Help     string
	Error    string // why the value can't be used; shown before the help
	Break    bool   // a line separates the row from those above
	Wide     bool   // the controls take the whole width, below the label
}

// Kind is what a View is. The first ones are those of controls.
type Kind string

// Kinds of controls, and of the other views of a page.
const (
	Checkbox Kind = "checkbox"
	Popup    Kind = "popup"
	Field    Kind = "field" // a text of one line
	Button   Kind = "button"
	Table    Kind = "table"
	Static   Kind = "static" // a text that can be selected

	Label  Kind = "label"
	Help   Kind = "help"
	Errors Kind = "error"
	Line   Kind = "line" // separates groups of rows
)

// Values of a checkbox.
const (
	On    = "on"
	Off   = "off"
	Mixed = "mixed" // neither; a click turns it On
)

// Setter changes the settings. The settings are those in force when it is called;
// they may differ from those that the window was built with. It may change maps
// and slices in place.
type Setter func(s *settings.Settings, value string) error

// Control is one thing that the user can use or read.
type Control struct {
	ID    string // unique in the window, the same from build to build
	Kind  Kind
	Title string // of a Checkbox or Button

	// Value is On, Off or Mixed; the Value of the chosen option; or the text of
	// a Field or Static.
	Value   string
	Options []Option // of a Popup

	Placeholder string // shown in an empty Field
	Chars       int    // width of a Field in digits; 0 for all the available room
	Warning     bool   // Static: drawn as a warning

	Columns  []Column // of a Table
	Entries  []Entry  // of a Table
	Lines    int      // of a Table: entries that are visible without scrolling
	Selected string   // of a Table: ID of the selected entry; empty only without entries

	Disabled      bool
	Accessibility string // read aloud
	ToolTip       string
	Confirm       *Confirm  // a question to ask first; may be nil
	Then          Selection // what to select afterwards

	// What the control does: one of the three is set, or none if it is only read.
	Key    string // the setting to set from Value's text; an invalid value in the file is replaced
	Set    Setter
	Action menubar.Action

	// ReplaceAll is set if Set sets all settings: every value in the file is
	// replaced even if it can't be used.
	ReplaceAll bool
}

// Option is one choice of a Popup.
type Option struct{ Value, Title string }

// Confirm is a question before an action that can't be undone.
type Confirm struct {
	Title  string
	Text   string
	Lines  []string // a scrolling list, such as the settings that an import changes
	Button string   // the title of the confirming button
}

// Selection names an entry of a Table.
type Selection struct{ Table, Entry string } // IDs

// Column is one column of a Table.
type Column struct {
	Title  string
	Weight float64 // share of the width that checkboxes leave

	// Set is not nil if the column's cells are checkboxes: it turns the setting
	// for an entry on or off.
	Set func(s *settings.Settings, entry string, on bool) error
}

// Entry is one line of a Table.
type Entry struct {
	ID            string
	Cells         []Cell // as many as there are columns
	Dim           bool
	ToolTip       string
	Accessibility string // the line, read aloud
}

// Cell is a text or a checkbox.
type Cell struct {
	Text          string
	On            bool // of a checkbox
	Disabled      bool // of a checkbox
	ToolTip       string
	Accessibility string // of a checkbox, read aloud
}

// Actions of the program that only the window has.
const (
	AppImport   menubar.AppAction = "import"       // take over the settings of Timac's VPNStatus: Env.Import
	AppLogFile  menubar.AppAction = "log-file"     // show the log file
	AppHooksDir menubar.AppAction = "hooks-folder" // create and show the folder of scripts
)

// Toggled is the value that a click gives a checkbox.
func Toggled(value string) string { return onOff(value != On) }

func onOff(on bool) string {
	if on {
		return On
	}
	return Off
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

// Changes reports whether using the control changes the settings.
func (c Control) Changes() bool { return c.Key != "" || c.Set != nil }

// Focusable reports whether the keyboard focus may be on the control.
func (c Control) Focusable() bool { return c.Kind != "" && c.Kind != Static && !c.Disabled }

// Equal reports whether both controls look the same and are read aloud the same.
// Their functions are not compared.
func (c Control) Equal(d Control) bool {
	if !sameColumns(c.Columns, d.Columns) {
		return false
	}
	c.Set, d.Set, c.Columns, d.Columns = nil, nil, nil, nil
	return reflect.DeepEqual(c, d)
}

// sameColumns reports whether a native table made for one control can show the
// other.
func sameColumns(a, b []Column) bool {
	return slices.EqualFunc(a, b, func(a, b Column) bool {
		return a.Title == b.Title && a.Weight == b.Weight && (a.Set == nil) == (b.Set == nil)
	})
}
