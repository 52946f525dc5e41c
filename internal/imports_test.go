// Package internal_test checks which package imports which.
package internal_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// mayImport names, for each package of the program, the packages below internal/
// that it may import. Nothing imports upwards: what is below the screens knows no
// screen, what is above the backend knows no backend (docs/architecture.md).
// internal/app is the composition root and may import all. Tests may import more.
var mayImport = map[string][]string{
	"cmd/vpnstatus":                 {},
	"cmd/vpnstatus/cli":             {"app", "autoconnect", "control", "engine", "facts", "menubar", "menubar/terminal", "plaintext", "settings", "update", "vpn"},
	"internal/autoconnect":          {"facts", "plaintext", "vpn"},
	"internal/cocoa":                {},
	"internal/control":              {"autoconnect", "doctor", "engine", "plaintext", "settings", "vpn"},
	"internal/doctor":               {"cocoa", "engine", "facts", "macos", "neconfig", "nesession"},
	"internal/engine":               {"autoconnect", "facts", "plaintext", "settings", "vpn"},
	"internal/facts":                {"cocoa"},
	"internal/golden":               {},
	"internal/hooks":                {"autoconnect", "cocoa", "engine", "plaintext", "settings", "vpn"},
	"internal/ike":                  {"reach"},
	"internal/macos":                {"cocoa"},
	"internal/menubar":              {"autoconnect", "engine", "facts", "plaintext", "settings", "vpn"},
	"internal/menubar/appkit":       {"cocoa", "engine", "menubar", "menubar/preferences", "settings"},
	"internal/menubar/preferences":  {"autoconnect", "engine", "facts", "menubar", "plaintext", "settings", "vpn"},
	"internal/menubar/terminal":     {"engine", "menubar", "plaintext", "settings"},
	"internal/neconfig":             {"cocoa", "plaintext", "vpn"},
	"internal/nesession":            {"cocoa", "nesession/dictionary", "vpn"},
	"internal/nesession/dictionary": {"plaintext", "vpn"},
	"internal/nevpn":                {"neconfig", "nesession", "nesession/dictionary", "vpn"},
	"internal/notify":               {"autoconnect", "engine", "menubar", "plaintext", "settings", "vpn"},
	"internal/ping":                 {"reach"},
	"internal/plaintext":            {},
	"internal/reach":                {},
	"internal/settings":             {"autoconnect", "facts", "plaintext", "vpn"},
	"internal/simulator":            {"facts", "nesession/dictionary", "plaintext", "vpn"},
	"internal/update":               {},
	"internal/urlscheme":            {"autoconnect", "engine", "facts", "menubar", "plaintext", "vpn"},
	"internal/vpn":                  {"plaintext"},
}

const (
	root      = "internal/app" // may import all
	darwinkit = "github.com/progrium/darwinkit"
)

// darwinkitUsers are the packages that may use darwinkit, so that little is
// exposed to its faults.
var darwinkitUsers = []string{root, "internal/menubar/appkit"}

func TestImportsFollowTheTable(t *testing.T) {
	top := os.DirFS("..")
	unused := maps.Clone(mayImport)
	for _, folder := range []string{"cmd", "internal"} {
		err := fs.WalkDir(top, folder, func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || path.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") {
				return err
			}
			source, err := fs.ReadFile(top, name)
			if err != nil {
				return err
			}
			file, err := parser.ParseFile(token.NewFileSet(), name, source, parser.ImportsOnly)
			if err != nil {
				return err
			}
			from := path.Dir(name)
			allowed, known := mayImport[from]
			delete(unused, from)
			if !known && from != root {
				t.Errorf("%s is not in the table: add it with what it may import", from)
				return nil
			}
			for _, spec := range file.Imports {
				imported, err := strconv.Unquote(spec.Path.Value)
				if err != nil {
					return err
				}
				if strings.HasPrefix(imported, darwinkit) && !slices.Contains(darwinkitUsers, from) {
					t.Errorf("%s imports %s, which only %v may use", name, imported, darwinkitUsers)
				}
				below, own := strings.CutPrefix(imported, "vpnstatus/internal/")
				if strings.HasPrefix(from, "internal/") && strings.HasPrefix(imported, "vpnstatus/cmd/") {
					t.Errorf("%s imports a command", name)
				}
				if own && from != root && !slices.Contains(allowed, below) {
					t.Errorf("%s may not import %s", name, imported)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for from := range unused {
		t.Errorf("there is no package %s: remove its row", from)
	}
}
