// Package appkit draws the menu in the menu bar of macOS, and the settings
// window.
//
// It promises that AppKit is touched on the main thread only, that an open menu
// is patched in place and never closed or rebuilt, that at most one drawing
// waits for the main thread however fast things change, that a click acts on
// the service the clicked line stands for, that a text which somebody writes is
// neither overwritten nor taken for another thing than it was begun for, and that
// a part which this macOS lacks costs that part only: the status item always has
// an image or a title.
//
// What is drawn where is decided by portable code behind the interfaces view and
// canvas; the darwin files only carry it out. They use darwinkit for typed calls,
// purego for delegates, for calls that call back, and for everything that may
// be missing. They need cgo, and the compiler flag that CheckBuild looks for.
package appkit
