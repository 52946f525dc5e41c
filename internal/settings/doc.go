// Package settings is what the user can set: typed, validated, kept in one file
// that the app and the command line share and that may be edited by hand. What
// the app itself must remember, holds and the pause, is in a second file beside
// it.
//
// It promises that no crash, full disk, broken file or concurrent writer loses
// what was set: files are replaced whole, under a lock; keys of other versions
// are kept; a file that can't be read is neither written nor moved, and a change
// that can't be written is refused.
package settings
