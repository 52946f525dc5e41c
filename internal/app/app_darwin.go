package app

import (
	"context"
	"log/slog"
	"runtime"
	"runtime/debug"
	"time"

	"vpnstatus/internal/facts"
	"vpnstatus/internal/macos"
	"vpnstatus/internal/menubar/appkit"
	"vpnstatus/internal/nevpn"
	"vpnstatus/internal/vpn"
)

const hasSystem = true

// AppKit works on the process's first thread alone, which is the main
// goroutine's as long as it has not given it up. Commands lose nothing by it.
func init() { runtime.LockOSThread() }

// SystemBackend returns the VPN services of macOS and what is known of its
// surroundings. It contacts nobody yet.
func SystemBackend(log *slog.Logger) (vpn.Backend, facts.Source, error) {
	source, err := facts.NewSystem(log)
	if err != nil {
		return nil, nil, err
	}
	return nevpn.System(log), source, nil
}

// systemLacks returns what this macOS lacks of the interfaces to its VPNs. It
// loads Apple's framework, which takes a moment the first time.
func systemLacks() []error { return nevpn.Lacks() }

// checkBuild reports a program that was compiled in a way that makes AppKit
// unsafe.
func checkBuild() error { return appkit.CheckBuild(debug.ReadBuildInfo()) }

// Login tells whether the app launches at login.
func Login() (string, error) {
	s, err := macos.Login()
	if err != nil {
		return "", err
	}
	return s.String(), nil
}

// SetLogin has the app launch at login, or not.
func SetLogin(on bool) error { return macos.SetLogin(on) }

// shutdownTime is how long the end of the app may take. A log-out does not wait
// much longer for an app; what is not written by then is written at the next
// start or lost with a disk that hangs.
const shutdownTime = 3 * time.Second

// within runs f and returns when it has ended, at the latest after the time.
func within(d time.Duration, f func()) (ended bool) {
	ctx, cancel := context.WithTimeout(context.Background(), d)
	defer cancel()
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
	}()
	select {
	case <-done:
		return true
	case <-ctx.Done():
		return false
	}
}
