// Package terminal is the menu in a terminal, for machines without a menu bar
// and for looking at a Mac over SSH.
//
// It promises that each line fits the terminal at any size, that no meaning is
// carried by colour alone, that it draws only if something visible changed,
// and that the terminal is restored however the screen ends: by a key, the end
// of the context, SIGINT, SIGTERM or SIGHUP.
package terminal
