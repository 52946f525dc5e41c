// Package appkit draws the menu in the menu bar of macOS, and the settings
// window.
//
// It promises that AppKit is touched on the main thread only, that an open menu
// is patched in place and never closed or rebuilt, that at most one drawing
// waits for the main thread however fast things change, that a click acts on
// the service the clicked line stands for, that text being typed is neither
// overwritten nor applied to another service, and that a class or method missing
// in this macOS disables its part only: the status item always has an image or a
// title.
//
// Portable code decides what is drawn where, behind the interfaces native and
// canvas; the darwin files only carry it out. They use darwinkit for typed calls,
// and purego for delegates, for calls during which AppKit calls back, and for
// everything that may be missing. They need cgo, and the compiler flag that
// CheckBuild looks for.
package appkit
