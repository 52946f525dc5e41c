// Package uniseg takes the place of github.com/rivo/uniseg, with what bubbles,
// lipgloss and ultraviolet call of it, on the tables of displaywidth and uax29.
//
// Those packages, and VPNStatus itself, measure all other text with displaywidth.
// The original would bring a second set of tables, 0.4 MB of the program with
// rules for breaking lines, words and sentences that nobody calls, and another
// opinion on how wide some characters are.
package uniseg

import (
	"github.com/clipperhouse/displaywidth"
	"github.com/clipperhouse/uax29/v2/graphemes"
)

// StringWidth returns how many cells of a terminal a text takes.
func StringWidth(s string) int { return displaywidth.String(s) }

// FirstGraphemeCluster returns the first character of b as people see it, what
// follows it, and its width in cells. State is there for the callers' sake: pass
// anything, -1 is returned.
func FirstGraphemeCluster(b []byte, state int) (cluster, rest []byte, width, newState int) {
	it := graphemes.FromBytes(b)
	if !it.Next() {
		return nil, nil, 0, -1
	}
	cluster = it.Value()
	return cluster, b[len(cluster):], displaywidth.Bytes(cluster), -1
}

// Graphemes walks through the characters of a text as people see them. Create it
// with NewGraphemes.
type Graphemes struct{ it *graphemes.Iterator[string] }

// NewGraphemes starts before the first character.
func NewGraphemes(s string) *Graphemes { return &Graphemes{graphemes.FromString(s)} }

// Next goes on to the next character; false at the end of the text.
func (g *Graphemes) Next() bool { return g.it.Next() }

// Str returns the character.
func (g *Graphemes) Str() string { return g.it.Value() }

// Bytes returns the character.
func (g *Graphemes) Bytes() []byte { return []byte(g.it.Value()) }
