// Package engine is the one goroutine that owns the state of the program:
// events of the backend, facts, settings and commands come in, the policy
// decides, effects go out, and immutable snapshots are published.
//
// Watchers and callers can't delay it, no status is older than its event, and
// ending it never stops a VPN.
package engine
