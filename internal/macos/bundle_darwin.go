package macos

import (
	"strings"

	"github.com/ebitengine/purego/objc"

	"vpnstatus/internal/cocoa"
)

// Bundle returns the path of the app that this process is the main program of; ok
// is false if it is in no app.
func Bundle() (path string, ok bool) {
	cocoa.Pool(func() {
		if ok = inBundle(); ok {
			path, _ = cocoa.Text(cocoa.Ask(cocoa.Ask(objc.ID(objc.GetClass("NSBundle")), "mainBundle"), "bundlePath"))
		}
	})
	return path, ok
}

// inBundle reports whether the process is the main program of an app. It is not if
// the same file is run through a link: the system then finds no bundle identifier.
func inBundle() bool {
	class := objc.GetClass("NSBundle")
	if class == 0 {
		return false
	}
	main := cocoa.Ask(objc.ID(class), "mainBundle")
	identifier, ok := cocoa.Text(cocoa.Ask(main, "bundleIdentifier"))
	path, _ := cocoa.Text(cocoa.Ask(main, "bundlePath"))
	return ok && identifier != "" && strings.HasSuffix(path, ".app")
}
