package stubsdk

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// A header is a framework header as the stub SDK needs it: it declares the
// protocols that darwinkit's protocols.gen.m names, without methods. The program
// makes its delegates of purego classes, which need no protocol;
// tools/sourcelint refuses darwinkit's delegates, which would.
type header struct {
	framework string // "AppKit"
	file      string // "AppKit.h"
	protocols []string
}

func (h header) text() string {
	var b strings.Builder
	b.WriteString("#import <objc/NSObject.h>\n")
	for _, p := range h.protocols {
		fmt.Fprintf(&b, "@protocol %s\n@end\n", p)
	}
	return b.String()
}

var (
	protocolName = regexp.MustCompile(`@protocol\((\w+)\)`)
	headerImport = regexp.MustCompile(`#import "(\w+)/(\w+\.h)"`)
)

// headers reads darwinkit's source tree and returns one header for each package
// that names protocols.
func headers(darwinkit string) ([]header, error) {
	lists, err := filepath.Glob(filepath.Join(darwinkit, "macos", "*", "protocols.gen.m"))
	if err != nil || len(lists) == 0 {
		return nil, fmt.Errorf("no protocols.gen.m under %s: is this darwinkit's source?", darwinkit)
	}
	var all []header
	for _, list := range lists {
		text, err := os.ReadFile(list)
		if err != nil {
			return nil, err
		}
		m := headerImport.FindStringSubmatch(string(text))
		if m == nil {
			return nil, fmt.Errorf("%s imports no framework header", list)
		}
		h := header{framework: m[1], file: m[2]}
		for _, n := range protocolName.FindAllStringSubmatch(string(text), -1) {
			h.protocols = append(h.protocols, n[1])
		}
		all = append(all, h)
	}
	return all, nil
}

var frameworkFlag = regexp.MustCompile(`-framework (\w+)`)

// frameworks lists the frameworks that darwinkit's packages link.
func frameworks(darwinkit string) ([]string, error) {
	names := map[string]bool{}
	paths, err := filepath.Glob(filepath.Join(darwinkit, "*", "*", "*.go"))
	if err != nil {
		return nil, err
	}
	more, err := filepath.Glob(filepath.Join(darwinkit, "*", "*.go"))
	if err != nil {
		return nil, err
	}
	for _, path := range append(paths, more...) {
		if strings.HasSuffix(path, ".gen.go") {
			continue // generated files hold no #cgo line
		}
		src, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		for line := range strings.Lines(string(src)) {
			if !strings.HasPrefix(line, "// #cgo LDFLAGS:") {
				continue
			}
			for _, m := range frameworkFlag.FindAllStringSubmatch(line, -1) {
				names[m[1]] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(names)), nil
}
