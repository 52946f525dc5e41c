// Package autoconnect is the policy that keeps chosen VPN services up.
//
// The package is pure: it has no goroutine, no clock, no input or output.
// Events and the time are arguments, and the actions to carry out are results.
// The same events at the same times give the same actions.
package autoconnect
