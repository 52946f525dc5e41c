// Package settings has the user's settings: typed, validated, and kept in one
// file that the app and the command line share and that may be edited by hand.
// The app's own state, which is holds and the pause, is in a second file next
// to it.
//
// No crash, full disk, invalid file or concurrent writer loses a setting: files
// are replaced as a whole, under a lock; keys of other versions are kept; a file
// that can't be read is neither written nor moved, and a change that can't be
// written is refused.
package settings
