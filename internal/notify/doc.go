// Package notify turns what the engine reports into notifications.
//
// The user is notified once of what matters and never of their own actions.
// Events within two seconds are notified together, a later notification about
// a service replaces the earlier one, and each kind and each service can be
// silenced. The decision is a pure function of events, settings and time; a
// [Poster] posts the notifications.
package notify
