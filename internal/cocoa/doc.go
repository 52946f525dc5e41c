// Package cocoa is the small set of helpers that the darwin files of VPNStatus
// share: autorelease pools, look-up of libraries, symbols, classes and
// selectors, conversions between Cocoa and Go values, dispatch queues, and
// blocks made by hand.
//
// It promises that nothing in it panics, and that no Go panic and no Cocoa
// exception crosses between the two worlds because of it: every look-up returns
// an error that names what is missing, every conversion checks for nil and for
// the class first, and every entry from C recovers. It needs no cgo.
//
// What can be tested without a Mac is portable: the list of required parts, the
// table of handles that go through C instead of Go pointers, and the store of
// blocks.
package cocoa
