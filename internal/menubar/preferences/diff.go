package preferences

import "reflect"

// Changes is what differs between two builds of a tab.
type Changes struct {
	// Rebuild: rows or controls came, went or changed their place or kind. Rows
	// is empty then.
	Rebuild bool
	// Rows are the new values of the rows of which something differs.
	Rows []Row
}

// None reports whether both builds were alike.
func (c Changes) None() bool { return !c.Rebuild && len(c.Rows) == 0 }

// Diff returns what turns one build of a tab into the other. Labels, helps, errors
// and values may move other rows: lay out anew unless there are no changes.
func Diff(old, new Tab) Changes {
	if old.ID != new.ID || len(old.Rows) != len(new.Rows) {
		return Changes{Rebuild: true}
	}
	var c Changes
	for i := range new.Rows {
		a, b := &old.Rows[i], &new.Rows[i]
		if a.ID != b.ID || len(a.Controls) != len(b.Controls) || a.Break != b.Break || a.Wide != b.Wide || a.Center != b.Center {
			return Changes{Rebuild: true}
		}
		for k := range b.Controls {
			x, y := &a.Controls[k], &b.Controls[k]
			if x.ID != y.ID || x.Kind != y.Kind || !reflect.DeepEqual(x.Columns, y.Columns) {
				return Changes{Rebuild: true}
			}
		}
		if !reflect.DeepEqual(a, b) {
			c.Rows = append(c.Rows, *b)
		}
	}
	return c
}
