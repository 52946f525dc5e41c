package macos

import (
	"strings"

	"github.com/ebitengine/purego/objc"

	"vpnstatus/internal/cocoa"
)

// Bundle returns the path of the app that this process is the main program of;
// false for a program by itself.
func Bundle() (path string, ok bool) {
	cocoa.Pool(func() {
		if ok = inBundle(); ok {
			path, _ = cocoa.Text(cocoa.Ask(cocoa.Ask(objc.ID(objc.GetClass("NSBundle")), "mainBundle"), "bundlePath"))
		}
	})
	return path, ok
}

// inBundle reports whether the process is the main program of an app: only then
// does the system know it by a bundle identifier. A command in a terminal that
// runs the same file through a link is not.
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
