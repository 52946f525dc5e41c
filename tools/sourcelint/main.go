// Sourcelint checks rules of the program that general tools don't know: the
// rules that keep darwinkit and purego from corrupting memory, panicking or
// linking all of AppKit, that doctor reports each part of macOS that is looked
// up, and that tests look for goroutines that leak. It reads the files of all
// systems alike and needs neither a Mac nor its SDK.
package main

import (
	"cmp"
	"fmt"
	"os"
	"slices"
)

func main() {
	faults, err := lint()
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

// A fault is a place where a rule is broken, and the reason for the rule.
type fault struct {
	file string
	line int
	rule string
	why  string
}

func (f fault) String() string { return fmt.Sprintf("%s:%d: %s: %s", f.file, f.line, f.rule, f.why) }

// lint checks the program of the module in the working directory.
func lint() ([]fault, error) {
	packages, err := load()
	if err != nil {
		return nil, err
	}
	wrappers, err := darwinkitWrappers(".", packages)
	if err != nil {
		return nil, err
	}
	faults := append(checkReport(packages), checkGoroutines(packages)...)
	for _, p := range packages {
		forward := forwarders(p)
		for _, f := range p.files {
			faults = append(faults, checkImports(f)...)
			faults = append(faults, checkFork(f)...)
			faults = append(faults, checkDarwinkit(f, wrappers)...)
			faults = append(faults, checkPurego(f, forward)...)
			faults = append(faults, checkModal(f)...)
		}
	}
	slices.SortStableFunc(faults, func(a, b fault) int {
		return cmp.Or(cmp.Compare(a.file, b.file), cmp.Compare(a.line, b.line))
	})
	return faults, nil
}
