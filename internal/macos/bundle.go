package macos

import (
	"path/filepath"
	"strings"
)

// BundleOf returns the app whose program the file is; ok is false if it is in no
// app. It looks at the path alone, which must have no symbolic links.
func BundleOf(executable string) (app string, ok bool) {
	contents, found := strings.CutSuffix(filepath.Dir(executable), "/Contents/MacOS")
	return contents, found && strings.HasSuffix(contents, ".app")
}
