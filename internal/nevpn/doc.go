// Package nevpn is the vpn.Backend of macOS: it joins Apple's session library
// (package nesession) and configuration manager (package neconfig).
//
// A status that leaves this package is true: the library's cache begins with a
// false one (docs/internals.md, section 3), which is resolved in link.go and known
// nowhere else. A status is asked for again on each event; what comes after a
// cancel is ignored; each session that was created is released exactly once. No
// callback waits, no call waits without a deadline, and a part that the system
// lacks is an error only of the calls that need it.
//
// One goroutine owns all state. Callbacks, timers and callers hand it functions
// through a mailbox; callers wait for their answer with a deadline. The package
// is portable: the two parts are interfaces, and only their own packages know
// Apple's.
package nevpn
