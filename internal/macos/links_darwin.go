package macos

import (
	"errors"
	"fmt"
	"strings"

	"github.com/ebitengine/purego/objc"

	"vpnstatus/internal/cocoa"
)

func init() {
	cocoa.Prefer(cocoa.Class, "Links to System Settings", "NSWorkspace", "NSURL")
	cocoa.Prefer(cocoa.Method, "Links to System Settings", "-[NSWorkspace openURL:]", "-[NSWorkspace selectFile:inFileViewerRootedAtPath:]")
	cocoa.Prefer(cocoa.Class, "Figures as the region writes them", "NSLocale")
}

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

// Open opens a pane of System Settings. NSWorkspace may be used on any thread
// for this.
func Open(p Pane) error {
	major, _, _ := Version()
	opened := false
	var err error
	cocoa.Pool(func() {
		var w, class objc.ID
		if w, err = workspace(); err != nil {
			return
		}
		if class, err = cocoa.ClassNamed("NSURL"); err != nil {
			return
		}
		for _, u := range paneURLs(p, major) {
			url := class.Send(cocoa.Sel("URLWithString:"), cocoa.String(u))
			if url != 0 && objc.Send[bool](w, cocoa.Sel("openURL:"), url) {
				opened = true
				return
			}
		}
	})
	if err != nil {
		return fmt.Errorf("%w: %w", paneError(p), err)
	}
	if !opened {
		return paneError(p)
	}
	return nil
}

// OpenPage opens a page in the person's browser. Other addresses than those of
// the web are refused.
func OpenPage(address string) error {
	if !strings.HasPrefix(address, "https://") {
		return fmt.Errorf("%q is not the address of a page", address)
	}
	opened := false
	var err error
	cocoa.Pool(func() {
		var w, class objc.ID
		if w, err = workspace(); err != nil {
			return
		}
		if class, err = cocoa.ClassNamed("NSURL"); err != nil {
			return
		}
		if url := class.Send(cocoa.Sel("URLWithString:"), cocoa.String(address)); url != 0 {
			opened = objc.Send[bool](w, cocoa.Sel("openURL:"), url)
		}
	})
	if err == nil && !opened {
		err = errors.New("the system did not do it")
	}
	if err != nil {
		return fmt.Errorf("opening %s: %w", address, err)
	}
	return nil
}

// Reveal shows a file in the Finder.
func Reveal(path string) error {
	shown := false
	var err error
	cocoa.Pool(func() {
		var w objc.ID
		if w, err = workspace(); err != nil {
			return
		}
		if !cocoa.RespondsTo(w, "selectFile:inFileViewerRootedAtPath:") {
			return
		}
		shown = objc.Send[bool](w, cocoa.Sel("selectFile:inFileViewerRootedAtPath:"), cocoa.String(path), cocoa.String(""))
	})
	if err != nil {
		return fmt.Errorf("showing %s: %w", path, err)
	}
	if !shown {
		return fmt.Errorf("the Finder did not show %s; does it exist?", path)
	}
	return nil
}

// operatingSystemVersion is NSOperatingSystemVersion.
type operatingSystemVersion struct{ Major, Minor, Patch int }

// Version returns the version of macOS; zeros when it can't be told.
func Version() (major, minor, patch int) {
	cocoa.Pool(func() {
		class := objc.GetClass("NSProcessInfo")
		if class == 0 {
			return
		}
		info := cocoa.Ask(objc.ID(class), "processInfo")
		if !cocoa.RespondsTo(info, "operatingSystemVersion") {
			return
		}
		v := objc.Send[operatingSystemVersion](info, cocoa.Sel("operatingSystemVersion"))
		major, minor, patch = v.Major, v.Minor, v.Patch
	})
	return major, minor, patch
}

// DecimalSeparator returns that of the person's region, "." when it can't be
// told.
func DecimalSeparator() string {
	text := ""
	cocoa.Pool(func() {
		class := objc.GetClass("NSLocale")
		if class == 0 {
			return
		}
		text, _ = cocoa.Text(cocoa.Ask(cocoa.Ask(objc.ID(class), "currentLocale"), "decimalSeparator"))
	})
	if text == "" {
		return "."
	}
	return text
}
