// Package menubar is the menu as data: what it shows is built by a pure
// function from a snapshot, and screens only draw it.
//
// It promises that [Build] depends on nothing but its arguments, that each
// [Item] keeps its ID for as long as it stands for the same thing, that a click
// acts on the ID of a service and never on a position, and that [Diff] is the
// smallest set of changes that turns the menu on the screen into the next one,
// so that an open menu can be patched without flicker.
//
// The screens are AppKit (darwin), the subpackage terminal, and the pictures
// written by [WriteJSON] and [WriteHTML].
package menubar
