// Package macos is what VPNStatus uses of macOS beside VPN and AppKit: the login
// item or the launch agent in its place, notifications, preferences, and the
// panes of System Settings.
//
// It promises that each framework is loaded only when its feature is used, that
// a framework, class or method this macOS lacks is an error in words and never a
// crash, that UserNotifications is not touched outside an app bundle (it would
// end the process), and that no function waits for the person. Elsewhere than on
// macOS every function returns ErrUnsupported.
//
// There is one file for each framework. What can be decided without a Mac
// (which pane, what an error means) is portable and tested anywhere.
package macos

import "errors"

// ErrUnsupported tells that this system has no such feature.
var ErrUnsupported = errors.New("this works on macOS only")
