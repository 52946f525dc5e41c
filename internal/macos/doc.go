// Package macos has the functions of macOS that VPNStatus uses besides VPN and
// AppKit: the login item or the launch agent in its place, notifications,
// preferences, and links into System Settings.
//
// Each framework is loaded only when its feature is used. A framework, class or
// method that this macOS lacks is an error that names it, never a crash.
// UserNotifications is not used outside an app bundle, where it would end the
// process. No function waits for the user.
//
// There is one file for each framework. The logic that needs no Mac is
// portable and tested anywhere; everything else exists on macOS only.
package macos
