// Sourcelint checks what no general tool knows of this project's sources: the
// rules that keep darwinkit and purego from corrupting memory, which package may
// import which (the table "Packages" of docs/architecture.md), that doctor reports
// each part of macOS that is looked up, and that every package has a comment and
// tests. It reads the files of all systems alike and
// needs neither a Mac nor its SDK.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

func main() {
	faults, err := lint(".")
	if err != nil {
		fmt.Fprintln(os.Stderr, "sourcelint:", err)
		os.Exit(2)
	}
	for _, f := range faults {
		fmt.Println(f)
	}
	if len(faults) > 0 {
		os.Exit(1)
	}
}

// A fault is a place where a rule is broken, and why the rule is there.
type fault struct {
	file string
	line int
	rule string
	why  string
}

func (f fault) String() string { return fmt.Sprintf("%s:%d: %s: %s", f.file, f.line, f.rule, f.why) }

// tablePath is the page whose table says which package may import which.
const tablePath = "docs/architecture.md"

// lint checks the project in root.
func lint(root string) ([]fault, error) {
	packages, err := load(root)
	if err != nil {
		return nil, err
	}
	page, err := os.ReadFile(filepath.Join(root, tablePath))
	if err != nil {
		return nil, err
	}
	table, err := parseTable(string(page))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", tablePath, err)
	}
	wrappers, err := darwinkitWrappers(root, packages)
	if err != nil {
		return nil, err
	}
	faults := append(checkImports(packages, table), checkPackages(packages, untested)...)
	faults = append(faults, checkReport(packages)...)
	for _, p := range packages {
		forward := forwarders(p)
		for _, f := range p.files {
			faults = append(faults, checkPlace(f)...)
			faults = append(faults, checkSystem(f)...)
			faults = append(faults, checkDarwinkit(f, wrappers)...)
			faults = append(faults, checkPurego(f, forward)...)
			faults = append(faults, checkModal(f)...)
		}
	}
	slices.SortStableFunc(faults, func(a, b fault) int {
		if c := strings.Compare(a.file, b.file); c != 0 {
			return c
		}
		return a.line - b.line
	})
	return faults, nil
}
