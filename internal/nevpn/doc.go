// Package nevpn is the vpn.Backend of macOS: it joins Apple's session library
// (package nesession) and configuration manager (package neconfig).
//
// It promises the rules of docs/internals.md, section 3, whatever the order in
// which callbacks come: the first status is asked before the handler is set,
// because afterwards the library tells a cached, possibly false one; a status is
// asked anew for each event; what comes after a cancel is ignored; each session
// that was created is released exactly once. No callback ever waits, no call
// waits without a deadline, and a part that the system lacks is an error of the
// calls that need it, never of the whole.
//
// One goroutine owns all state. Callbacks, timers and callers hand it functions
// through a mailbox; callers wait for their answer with a deadline. The package
// is portable: the two parts are interfaces, and only their own packages know
// Apple's.
package nevpn
