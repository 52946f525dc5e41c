// Package menubar is the menu as data: what it shows is built by a pure
// function from a snapshot, and screens only draw it.
//
// It promises that [Build] depends on nothing but its arguments, that each
// [Item] keeps its ID for as long as it stands for the same thing, that a click
// acts on the ID of a service and never on a position, and that an open menu can
// be patched item by item, by ID, without flicker.
//
// The screens are AppKit (darwin) and the subpackage terminal.
package menubar
