// Package settings is what a person can set: typed, validated, kept in one
// file that the app and the command line share and that may be edited by hand.
//
// It promises that a crash, a full disk or a broken file never loses what was
// set: files are replaced whole, keys of other versions are kept, and a file
// that can't be read is moved aside and reported.
package settings
