// Package engine runs the one goroutine that owns the state of the program. It
// receives events of the backend, facts, settings and commands, asks the
// policy what to do, carries out the effects and publishes immutable
// snapshots.
//
// Watchers and callers can't delay it, no status is older than its event, and
// ending it never stops a VPN.
package engine
