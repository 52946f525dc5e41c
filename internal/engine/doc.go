// Package engine is the one goroutine that owns the state of the program:
// events of the backend, facts, settings and commands come in, the policy
// decides, effects go out, and immutable snapshots are published.
//
// It promises that nobody who looks or asks can hold it up, that no status is
// older than its event, and that ending it never stops a VPN.
package engine
