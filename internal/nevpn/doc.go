// Package nevpn is the vpn.Backend of macOS: it combines Apple's session
// library (package nesession) and configuration manager (package neconfig).
//
// Every status that this package reports is true: the library's cache begins with
// a false one (docs/internals.md, section 3), which link.go handles and no other
// code sees. The status is asked for again on each event, events after a cancel
// are ignored, and each session is released exactly once. No callback waits, no
// call waits without a deadline, and a part that the system lacks is an error only
// of the calls that need it.
//
// One goroutine owns all state. Callbacks, timers and callers send it functions
// through a mailbox; callers wait for their answer with a deadline. The package
// is portable: the two parts are interfaces, and only their own packages use
// Apple's frameworks.
package nevpn
