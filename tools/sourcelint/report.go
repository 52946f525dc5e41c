package main

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strconv"
	"strings"
)

// lookups are the functions that look a part of macOS up by name, with the
// argument that names it.
var lookups = map[string]int{
	"ClassNamed": 0, "GetClass": 0, "knows": 0, "newView": 0, // classes
	"Bind": 1, "Address": 0, "Constant": 0, // symbols
}

// notes are the functions that put parts on the list of the doctor's report.
var notes = []string{"Require", "Prefer"}

// checkReport finds parts of macOS that the program looks up and doctor does not
// report: what is missing on an unknown system must be seen in the report.
func checkReport(packages []*pkg) (faults []fault) {
	type lookup struct {
		name string
		at   ast.Node
		in   *file
	}
	var found []lookup
	noted := map[string]bool{}
	note := func(e ast.Node) {
		ast.Inspect(e, func(n ast.Node) bool {
			if names, ok := n.(*ast.SelectorExpr); ok && names.Sel.Name == "Names" {
				noted[types.ExprString(names.X)] = true
			}
			if text, ok := literal(n); ok {
				noted[text] = true
				// "-[Class selector]" says of a missing class as much.
				if class, _, ok := strings.Cut(strings.TrimLeft(text, "+-"), " "); ok {
					noted[strings.TrimPrefix(class, "[")] = true
				}
			}
			return true
		})
	}
	for _, p := range packages {
		for _, f := range p.files {
			if f.test() {
				continue
			}
			calls(f.syntax, func(call *ast.CallExpr) {
				name := calledName(call)
				if slices.Contains(notes, name) {
					note(call)
				}
				if i, ok := lookups[name]; ok && i < len(call.Args) {
					if text, ok := literal(call.Args[i]); ok {
						found = append(found, lookup{text, call, f})
					}
				}
			})
			for _, d := range f.syntax.Decls {
				// A method that returns a table of functions, whose names are handed to
				// Require as new(T).functions().Names().
				if m, ok := d.(*ast.FuncDecl); ok && m.Recv != nil && returnsFunctions(m) {
					owner := strings.TrimPrefix(types.ExprString(m.Recv.List[0].Type), "*")
					found = append(found, lookup{"new(" + owner + ")." + m.Name.Name + "()", m, f})
				}
				// Lists that are handed to Require as a whole.
				if g, ok := d.(*ast.GenDecl); ok && (g.Tok == token.VAR || g.Tok == token.CONST) {
					note(g)
				}
			}
		}
	}
	for _, l := range found {
		if !noted[l.name] {
			faults = append(faults, l.in.fault(l.at, "report", "%s is looked up, but is not in doctor's report; name it in cocoa.Require or cocoa.Prefer", l.name))
		}
	}
	return faults
}

// returnsFunctions reports whether a method returns a cocoa.Functions.
func returnsFunctions(m *ast.FuncDecl) bool {
	return m.Type.Results != nil && types.ExprString(m.Type.Results.List[0].Type) == "cocoa.Functions"
}

// literal returns the text of a string literal.
func literal(n ast.Node) (string, bool) {
	l, ok := n.(*ast.BasicLit)
	if !ok || l.Kind != token.STRING {
		return "", false
	}
	text, err := strconv.Unquote(l.Value)
	return text, err == nil
}
