// Package menubar is the menu as data: a pure function builds it from a
// snapshot, and screens only draw it.
//
// [Build] depends on its arguments only. Each [Item] keeps its ID for as long as
// it stands for the same thing. A click acts on the ID of a service, never on a
// position. An open menu can be patched item by item, by ID, without flicker.
//
// The screens are AppKit (darwin) and the subpackage terminal.
package menubar
