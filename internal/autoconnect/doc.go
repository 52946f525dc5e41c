// Package autoconnect is the policy that keeps chosen VPN services up.
//
// It promises to be pure: no goroutine, no clock, no input or output. What
// happened and the time come in as arguments; what is to be done goes out as
// actions. The same events at the same times give the same actions.
package autoconnect
