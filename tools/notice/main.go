// Notice writes NOTICE: the licences of Go and of all modules whose code is in
// the Mac program. A licence that requires more than attribution is an error.
//
//	notice           write NOTICE
//	notice -check    report whether NOTICE is as it would be written
package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/google/licensecheck"

	"vpnstatus/tools/internal/appbuild"
)

const file = "NOTICE"

// allowed are the licences, by their SPDX identifiers, that require no more than
// attribution.
var allowed = []string{"Apache-2.0", "BSD-2-Clause", "BSD-2-Clause-Views", "BSD-3-Clause", "ISC", "MIT"}

func main() {
	check := flag.Bool("check", false, "report whether the file is up to date")
	flag.Parse()
	if err := run(*check); err != nil {
		fmt.Fprintln(os.Stderr, "notice:", err)
		os.Exit(1)
	}
}

func run(check bool) error {
	all, err := modules()
	if err != nil {
		return err
	}
	want, err := notice(all)
	if err != nil {
		return err
	}
	if !check {
		return os.WriteFile(file, want, 0o644)
	}
	if got, err := os.ReadFile(file); err != nil {
		return err
	} else if !bytes.Equal(got, want) {
		return fmt.Errorf("%s does not list what the program is made of: run go run ./tools/notice", file)
	}
	return nil
}

// A module is the source of some of the program's code.
type module struct {
	name string // "example.org/module v1.2.3"; "Go" for Go itself
	dir  string
}

// modules lists Go, then what the program is made of on any Mac, by name.
func modules() ([]module, error) {
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return nil, fmt.Errorf("go env GOROOT: %w", err)
	}
	var lines []string
	for _, goarch := range appbuild.Architectures {
		environ, err := appbuild.Environ(goarch, "")
		if err != nil {
			return nil, err
		}
		list := exec.Command("go", "list", "-deps", "-f", "{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}}\t{{.Dir}}{{end}}{{end}}", appbuild.Command)
		list.Env, list.Stderr = environ, os.Stderr
		out, err := list.Output()
		if err != nil {
			return nil, fmt.Errorf("go list: %w", err)
		}
		lines = append(lines, strings.Split(string(out), "\n")...)
	}
	slices.Sort(lines)
	all := []module{{"Go", strings.TrimSpace(string(root))}}
	for _, line := range slices.Compact(lines) {
		if name, dir, ok := strings.Cut(line, "\t"); ok {
			all = append(all, module{name, dir})
		}
	}
	return all, nil
}

// licenceFile matches the files at the top of a module that must go with its code.
var licenceFile = regexp.MustCompile(`(?i)^(licen[cs]e|copying|notice)([.-].*)?$`)

// knownPart is how much of a file, in percent, must be the words of known licences.
// The rest is who holds the copyright.
const knownPart = 75

// notice returns the text of NOTICE. Modules with the same text share it.
func notice(all []module) ([]byte, error) {
	type group struct {
		names []string
		text  string
	}
	var groups []*group
	for _, m := range all {
		entries, err := os.ReadDir(m.dir)
		if err != nil {
			return nil, err
		}
		var text strings.Builder
		known := map[string]bool{}
		for _, entry := range entries {
			if entry.IsDir() || !licenceFile.MatchString(entry.Name()) {
				continue
			}
			words, err := os.ReadFile(filepath.Join(m.dir, entry.Name()))
			if err != nil {
				return nil, err
			}
			if coverage := licensecheck.Scan(words); coverage.Percent >= knownPart {
				for _, match := range coverage.Match {
					known[match.ID] = true
				}
			} else if !strings.HasPrefix(strings.ToLower(entry.Name()), "notice") {
				return nil, fmt.Errorf("%s: only %.0f %% of %s is a known licence", m.name, coverage.Percent, entry.Name())
			}
			text.WriteString(strings.TrimSpace(strings.ReplaceAll(string(words), "\r\n", "\n")) + "\n\n")
		}
		if len(known) == 0 {
			return nil, fmt.Errorf("%s has no licence that is known", m.name)
		}
		var ids []string
		for id := range known {
			if !slices.Contains(allowed, id) {
				return nil, fmt.Errorf("%s has the licence %s, which is not among %s", m.name, id, strings.Join(allowed, ", "))
			}
			ids = append(ids, id)
		}
		slices.Sort(ids)
		i := slices.IndexFunc(groups, func(g *group) bool { return g.text == text.String() })
		if i < 0 {
			i = len(groups)
			groups = append(groups, &group{text: text.String()})
		}
		groups[i].names = append(groups[i].names, fmt.Sprintf("%s (%s)", m.name, strings.Join(ids, ", ")))
	}

	var out bytes.Buffer
	fmt.Fprintf(&out, "VPNStatus for macOS contains code of Go and of the following modules, under their\nlicences. Made by \"go run ./tools/notice\".\n")
	for _, g := range groups {
		fmt.Fprintf(&out, "\n%s\n\n%s\n\n%s", strings.Repeat("-", 80), strings.Join(g.names, "\n"), g.text)
	}
	return append(bytes.TrimRight(out.Bytes(), "\n"), '\n'), nil
}
