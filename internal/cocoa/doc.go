// Package cocoa has the helpers that the darwin files of VPNStatus share:
// autorelease pools, look-up of libraries, symbols, classes and selectors,
// conversions between Cocoa and Go values, dispatch queues, and blocks.
//
// Nothing in it panics, and neither a Go panic nor a Cocoa exception crosses
// between C and Go because of it: every look-up returns an error that names what
// is missing, every conversion checks for nil and for the class first, and every
// entry from C recovers. It needs no cgo.
//
// The list of required parts, the table of handles that go through C instead of Go
// pointers, and the store of blocks are portable and tested anywhere.
package cocoa
