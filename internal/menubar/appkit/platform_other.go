//go:build !darwin

package appkit

// platform is empty where there is no AppKit: other systems test the portable part.
type platform struct{}
