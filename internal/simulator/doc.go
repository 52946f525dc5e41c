// Package simulator is Apple's VPN session manager in memory: a vpn.Backend and
// a facts.Source that behave as the daemon and its client library do
// (docs/internals.md, sections 3, 4 and 7), driven by a scenario
// (docs/scenario.md).
//
// It is not a simple mock. Requests return nothing; their outcome is an event. A start
// or stop shows at once as connecting or disconnecting, before the daemon has accepted
// it, and is corrected if the daemon does not. A start has an effect only while
// disconnected. Details and counters are built as Apple's dictionaries and decoded
// like them. The daemon may crash and return, configurations are added and removed,
// networks change, the machine sleeps.
//
// The same scenario, seed and commands at the same times give the same run: every
// service has its own random stream. It uses package time, so that
// testing/synctest makes time virtual. State is changed under one lock, by callers
// and by one timer that is set only when something is due; an idle scenario causes
// no wake-ups at all.
package simulator
