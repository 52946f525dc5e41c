package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
)

// A pkg is a folder with Go files, whatever system they are for.
type pkg struct {
	dir   string // with slashes, relative to the module: "internal/vpn"
	files []*file
}

// A file is one parsed Go file.
type file struct {
	path    string // with slashes, relative to the module
	fset    *token.FileSet
	syntax  *ast.File
	paths   []string          // of all imports
	imports map[string]string // name in this file -> path
}

func (f *file) dir() string { return path.Dir(f.path) }
func (f *file) test() bool  { return strings.HasSuffix(f.path, "_test.go") }
func (f *file) fault(at ast.Node, rule, format string, args ...any) fault {
	return fault{f.path, f.fset.Position(at.Pos()).Line, rule, fmt.Sprintf(format, args...)}
}

// load parses the Go files of the program and its tests, in order.
func load() ([]*pkg, error) {
	var all []*pkg
	for _, folder := range []string{"cmd", "internal"} {
		err := fs.WalkDir(os.DirFS("."), folder, func(name string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case d.IsDir() && d.Name() == "testdata":
				return fs.SkipDir
			case d.IsDir() || path.Ext(name) != ".go":
				return nil
			}
			text, err := os.ReadFile(name)
			if err != nil {
				return err
			}
			f, err := parse(name, string(text))
			if err != nil {
				return err
			}
			i := slices.IndexFunc(all, func(p *pkg) bool { return p.dir == f.dir() })
			if i < 0 {
				i = len(all)
				all = append(all, &pkg{dir: f.dir()})
			}
			all[i].files = append(all[i].files, f)
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}

func parse(name, text string) (*file, error) {
	f := &file{path: name, fset: token.NewFileSet(), imports: map[string]string{}}
	var err error
	if f.syntax, err = parser.ParseFile(f.fset, name, text, parser.SkipObjectResolution); err != nil {
		return nil, err
	}
	for _, spec := range f.syntax.Imports {
		p, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return nil, err
		}
		f.paths = append(f.paths, p)
		local := path.Base(p)
		if spec.Name != nil {
			local = spec.Name.Name
		}
		f.imports[local] = p
	}
	return f, nil
}

// importsUnder reports whether the file imports the package or one below it.
func (f *file) importsUnder(prefix string) bool {
	for _, p := range f.paths {
		if p == prefix || strings.HasPrefix(p, prefix+"/") {
			return true
		}
	}
	return false
}

// qualified returns the import path and name of an expression like pkg.Name, or
// "" for the path.
func (f *file) qualified(e ast.Expr) (from, name string) {
	s, ok := e.(*ast.SelectorExpr)
	if !ok {
		return "", ""
	}
	id, ok := s.X.(*ast.Ident)
	if !ok {
		return "", ""
	}
	return f.imports[id.Name], s.Sel.Name
}

// callee splits the function of a call into the expression, and the types it
// is instantiated with.
func callee(call *ast.CallExpr) (fun ast.Expr, types []ast.Expr) {
	switch fun := call.Fun.(type) {
	case *ast.IndexExpr:
		return fun.X, []ast.Expr{fun.Index}
	case *ast.IndexListExpr:
		return fun.X, fun.Indices
	}
	return call.Fun, nil
}

// calledName is the name of the function or method that is called, whatever it
// belongs to; "" for a call of anything else.
func calledName(call *ast.CallExpr) string {
	fun, _ := callee(call)
	switch fun := fun.(type) {
	case *ast.Ident:
		return fun.Name
	case *ast.SelectorExpr:
		return fun.Sel.Name
	}
	return ""
}

// calls runs do for every call in the tree.
func calls(n ast.Node, do func(*ast.CallExpr)) {
	ast.Inspect(n, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok {
			do(call)
		}
		return true
	})
}
