package menubar

import (
	"encoding/json"
	"io"
)

// JSONSchema is the version of the form that WriteJSON writes. It grows when a
// field changes its meaning or goes; new fields may come at any time.
const JSONSchema = 1

// WriteJSON writes the menu as an indented JSON document:
// {"schema":1,"statusItem":{…},"items":[…]}.
func WriteJSON(w io.Writer, m Menu) error {
	if m.Items == nil {
		m.Items = []Item{}
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(struct {
		Schema int `json:"schema"`
		Menu
	}{JSONSchema, m})
}
