package terminal

import (
	"strings"
)

// plain makes a text fit for the terminal: without the isolates that terminals
// do not understand, and in ASCII where the locale is not UTF-8.
func (m *model) plain(s string) string {
	s = isolates.Replace(s)
	if !m.ascii {
		return s
	}
	s = likeness.Replace(s)
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, s)
}

var isolates = strings.NewReplacer("\u2066", "", "\u2067", "", "\u2068", "", "\u2069", "")

// likeness has the characters that the menu itself uses.
var likeness = strings.NewReplacer(
	"\u00a0", " ", "…", "...", "·", "-", "—", "-", "–", "-", "─", "-", "’", "'", "‘", "'", "“", `"`, "”", `"`,
	"↓", "in", "↑", "out", "▸", ">", "›", ">", "‹", "<", "✓", "x", "▲", "^", "▼", "v",
)
