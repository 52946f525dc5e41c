package main

import (
	"go/ast"
	"slices"
)

const leakCheck = "go.uber.org/goleak"

// checkGoroutines reports packages that start goroutines while their tests don't
// look for leaked ones. Packages may start them by go,
// sync.WaitGroup.Go, time.AfterFunc or context.AfterFunc.
func checkGoroutines(packages []*pkg) (faults []fault) {
	for _, p := range packages {
		var starts *fault
		checked := false
		for _, f := range p.files {
			if f.test() {
				checked = checked || slices.Contains(f.paths, leakCheck)
				continue
			}
			ast.Inspect(f.syntax, func(n ast.Node) bool {
				if starts == nil && startsGoroutine(n) {
					found := f.fault(n, "goleak", "this starts a goroutine, and no test of the package uses goleak")
					starts = &found
				}
				return true
			})
		}
		if starts != nil && !checked {
			faults = append(faults, *starts)
		}
	}
	return faults
}

func startsGoroutine(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.GoStmt:
		return true
	case *ast.CallExpr:
		name := calledName(n)
		return name == "Go" && len(n.Args) == 1 || name == "AfterFunc" && len(n.Args) == 2
	}
	return false
}
