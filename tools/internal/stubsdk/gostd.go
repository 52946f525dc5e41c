package stubsdk

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
)

// importDynamic is how Go's own packages name a function of a framework; with
// cgo they are resolved by the C linker.
var importDynamic = regexp.MustCompile(`(?m)^//go:cgo_import_dynamic \S+ (\w+) "/System/Library/Frameworks/(\w+)\.framework/`)

// goSymbols returns what Go's standard library needs of frameworks, by
// framework: net/http checks certificates with Security and CoreFoundation.
func goSymbols(goroot string) (map[string][]string, error) {
	dir := filepath.Join(goroot, "src", "crypto", "x509", "internal", "macos")
	paths, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return nil, err
	}
	out := map[string][]string{}
	for _, path := range paths {
		src, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		for _, m := range importDynamic.FindAllStringSubmatch(string(src), -1) {
			out[m[2]] = append(out[m[2]], "_"+m[1])
		}
	}
	if len(out["Security"]) == 0 {
		return nil, fmt.Errorf("%s names no function of Security; this version of Go keeps them elsewhere", dir)
	}
	return out, nil
}
