// Package simulator is Apple's VPN session manager in memory: a vpn.Backend and
// a facts.Source that behave as the daemon and its client library do
// (docs/internals.md, sections 3, 4 and 7), driven by a scenario
// (docs/scenario.md).
//
// It is not a convenient mock. Requests report nothing; their outcome is an event. A start or stop shows at once as connecting or disconnecting, before the daemon has
// agreed, and is corrected when it does not. A start acts only while
// disconnected. Details and counters are built as Apple's dictionaries and
// decoded like those. The daemon may crash and return, configurations come and
// go, networks change, the machine sleeps.
//
// The same scenario, seed and commands at the same times give the same run:
// every service draws from a random stream of its own. Time is the time package's,
// so that testing/synctest makes it virtual. State is changed under one lock, by
// callers and by one timer that is set only when something is due; a quiet
// scenario causes no wake-ups at all.
package simulator
