// Package terminal is the menu in a terminal, for machines without a menu bar
// and for looking at a Mac over SSH.
//
// Each line fits the terminal at any size. No meaning is carried by colour
// alone. It draws only if something visible has changed. The terminal is
// restored however the screen ends: by a key or the end of the context.
package terminal
