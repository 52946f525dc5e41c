// Package macos is what VPNStatus uses of macOS besides VPN and AppKit: the login
// item or the launch agent in its place, notifications, preferences, and links
// into System Settings.
//
// It promises that each framework is loaded only when its feature is used, that a
// framework, class or method that this macOS lacks is an error that names it and
// never a crash, that UserNotifications is not touched outside an app bundle (it
// would end the process), and that no function waits for the user.
//
// There is one file for each framework. What can be decided without a Mac is
// portable and tested anywhere; everything else exists on macOS only.
package macos
