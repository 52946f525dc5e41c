// Package plist reads property lists.
//
// It promises that any data can be given to it: what is no property list is an
// error. On macOS the system reads them; a library of our own for it would be
// 0.25 MB of the program.
package plist
