// Package notify turns what the engine reports into notifications.
//
// It promises that the user hears once about what matters and not at all about
// what they did themselves: what happens within two seconds is notified
// together, a later notification about a service replaces the earlier one, and
// each kind and each service can be silenced. The decision is a pure function
// of events, settings and time; posting is the work of a [Poster].
package notify
