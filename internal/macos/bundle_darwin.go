package macos

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/ebitengine/purego/objc"

	"vpnstatus/internal/cocoa"
)

func init() { cocoa.Prefer(cocoa.Class, "App bundle", "NSBundle") }

// Bundle returns the path of the app that this process is the main program of; ok
// is false if it is in no app. It is in none either if the same file is run through
// a link: the system then finds no bundle identifier.
func Bundle() (path string, ok bool) {
	cocoa.Pool(func() {
		main := cocoa.Ask(objc.ID(objc.GetClass("NSBundle")), "mainBundle")
		identifier, _ := cocoa.Text(cocoa.Ask(main, "bundleIdentifier"))
		path, _ = cocoa.Text(cocoa.Ask(main, "bundlePath"))
		ok = identifier != "" && strings.HasSuffix(path, ".app")
	})
	if !ok {
		return "", false
	}
	return path, true
}

// LinkedBundle returns the app that this program belongs to if it was started
// through a symbolic link, for which macOS sees no app; ok is false otherwise.
func LinkedBundle() (app string, ok bool) {
	if _, in := Bundle(); in {
		return "", false
	}
	return programBundle()
}

// OpenBundle has the system open the app that this program belongs to, as the
// Finder does, and returns its path. ok is false if the program is in no app. It
// may be called on any goroutine.
func OpenBundle() (app string, ok bool, err error) {
	if app, ok = Bundle(); !ok {
		if app, ok = programBundle(); !ok {
			return "", false, nil
		}
	}
	return app, true, openURL("fileURLWithPath:", app)
}

func programBundle() (app string, ok bool) {
	program, err := os.Executable()
	if err != nil {
		return "", false
	}
	if program, err = filepath.EvalSymlinks(program); err != nil {
		return "", false
	}
	return BundleOf(program)
}
