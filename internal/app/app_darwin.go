package app

import (
	"log/slog"
	"runtime"
	"runtime/debug"
	"time"

	"vpnstatus/internal/facts"
	"vpnstatus/internal/macos"
	"vpnstatus/internal/menubar/appkit"
	"vpnstatus/internal/nevpn"
)

const hasSystem = true

// AppKit must run on the process's first thread, so the main goroutine is
// locked to it. This costs commands nothing.
func init() { runtime.LockOSThread() }

// openSystem returns the VPN services of macOS and the facts about its network. It
// makes no request yet.
func openSystem(log *slog.Logger) *world {
	return &world{backend: nevpn.System(log), facts: facts.NewSystem(log), probe: probe, ask: ask}
}

// systemLacks returns the VPN interfaces that this macOS lacks. It loads
// Apple's framework, which takes a moment the first time.
func systemLacks() []error { return nevpn.Lacks() }

// checkBuild reports a program that was compiled in a way that makes AppKit
// unsafe.
func checkBuild() error { return appkit.CheckBuild(debug.ReadBuildInfo()) }

// OpenBundle has the system open the app of this program, and returns its path. ok
// is false if the program is in no app, or the system did not open it.
func OpenBundle() (path string, ok bool) {
	path, ok, err := macos.OpenBundle()
	return path, ok && err == nil
}

// Login reports whether the app launches at login.
func Login() (string, error) {
	s, err := macos.Login()
	if err != nil {
		return "", err
	}
	return s.String(), nil
}

// SetLogin turns launch at login on or off.
func SetLogin(on bool) error { return macos.SetLogin(on) }

// shutdownLimit is how long the end of the app may take. A log-out does not wait
// much longer for an app.
const shutdownLimit = 3 * time.Second
