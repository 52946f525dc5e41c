// Package appkit draws the menu in the menu bar of macOS, and the settings
// window.
//
// AppKit is used on the main thread only. An open menu is patched in place and
// never closed or rebuilt. At most one drawing waits for the main thread,
// however fast things change. A click acts on the service that the clicked line
// stands for. Text being typed is neither overwritten nor applied to another
// service. A class or method missing in this macOS disables only its part: the
// status item always has an image or a title.
//
// Portable code decides what is drawn where, behind the interfaces native and
// canvas; the darwin files only carry it out. They use darwinkit for typed calls,
// and purego for delegates, for calls during which AppKit calls back, and for
// everything that may be missing. They need the compiler flag that CheckBuild
// looks for.
package appkit
