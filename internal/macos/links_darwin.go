package macos

import (
	"errors"
	"fmt"

	"github.com/ebitengine/purego/objc"

	"vpnstatus/internal/cocoa"
)

func init() {
	cocoa.Prefer(cocoa.Class, "Links to System Settings", "NSWorkspace", "NSURL")
	cocoa.Prefer(cocoa.Method, "Links to System Settings", "-[NSWorkspace openURL:]", "-[NSWorkspace selectFile:inFileViewerRootedAtPath:]")
}

// Pane is a pane of System Settings: the URL that opens it since macOS 13
// (docs/internals.md, sections 5 and 9). A name that a version does not know opens
// System Settings all the same.
type Pane string

// The panes that the app opens.
const (
	VPNPane      Pane = "x-apple.systempreferences:com.apple.NetworkExtensionSettingsUI.NESettingsUIExtension"
	LocationPane Pane = "x-apple.systempreferences:com.apple.preference.security?Privacy_LocationServices"
)

func workspace() (objc.ID, error) {
	if err := cocoa.Load("AppKit"); err != nil {
		return 0, err
	}
	class, err := cocoa.ClassNamed("NSWorkspace")
	if err != nil {
		return 0, err
	}
	w := cocoa.Ask(class, "sharedWorkspace")
	if w == 0 {
		return 0, errors.New("the system gave no workspace")
	}
	return w, nil
}

// openURL opens a URL with the app that the system chooses; maker is the method of
// NSURL that makes it from the address. NSWorkspace may be used on any thread for
// this.
func openURL(maker, address string) (err error) {
	cocoa.Pool(func() {
		w, e := workspace()
		class, e2 := cocoa.ClassNamed("NSURL")
		if err = errors.Join(e, e2); err != nil {
			return
		}
		url := class.Send(cocoa.Sel(maker), cocoa.String(address))
		if url == 0 || !objc.Send[bool](w, cocoa.Sel("openURL:"), url) {
			err = errors.New("the system did not open " + address)
		}
	})
	return err
}

// Open opens a pane of System Settings. It may be called on any goroutine.
func Open(p Pane) error { return openURL("URLWithString:", string(p)) }

// Reveal shows a file in the Finder. It may be called on any goroutine.
func Reveal(path string) (err error) {
	cocoa.Pool(func() {
		var w objc.ID
		if w, err = workspace(); err != nil {
			return
		}
		const reveal = "selectFile:inFileViewerRootedAtPath:"
		if !cocoa.RespondsTo(w, reveal) || !objc.Send[bool](w, cocoa.Sel(reveal), cocoa.String(path), cocoa.String("")) {
			err = errors.New("the Finder did not show it; does it exist?")
		}
	})
	if err != nil {
		return fmt.Errorf("showing %s: %w", path, err)
	}
	return nil
}
