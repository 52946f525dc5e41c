package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

const (
	darwinkit     = "github.com/progrium/darwinkit"
	darwinkitObjc = darwinkit + "/objc"
	purego        = "github.com/ebitengine/purego"
	puregoObjc    = purego + "/objc"
)

const (
	allOfAppKit = "executing a template looks methods up by name, so the linker keeps every method of AppKit's types: 17 MB"
	mayHang     = "a child forked after Network.framework was used can hang on macOS 26; use posix_spawn (internal/hooks/spawn_darwin.go), or a file for Linux only"
)

// checkImports finds packages that must not be in the Mac app.
func checkImports(f *file) (faults []fault) {
	if f.test() || strings.HasSuffix(f.path, "_linux.go") {
		return nil
	}
	for _, spec := range f.syntax.Imports {
		switch p, _ := strconv.Unquote(spec.Path.Value); p {
		case "text/template", "html/template":
			faults = append(faults, f.fault(spec, "template", "%s: %s", p, allOfAppKit))
		case darwinkit + "/dispatch":
			faults = append(faults, f.fault(spec, "dispatch", "its DispatchSync waits forever on the main thread; use cocoa.OnMain"))
		case "os/exec":
			faults = append(faults, f.fault(spec, "fork", "%s: %s", p, mayHang))
		}
	}
	return faults
}

// checkFork finds calls that start processes by fork, or replace this one, in the
// Mac app.
func checkFork(f *file) (faults []fault) {
	if f.test() || strings.HasSuffix(f.path, "_linux.go") {
		return nil
	}
	calls(f.syntax, func(call *ast.CallExpr) {
		fun, _ := callee(call)
		switch from, name := f.qualified(fun); from + "." + name {
		case "syscall.Exec", "syscall.ForkExec", "syscall.StartProcess", "os.StartProcess", "golang.org/x/sys/unix.Exec":
			faults = append(faults, f.fault(call, "fork", "%s: %s", name, mayHang))
		}
	})
	return faults
}

// wrappers are the generated functions and methods of darwinkit that are
// unsafe.
type wrappers struct {
	small    map[string]string // name -> result, where every definition has a narrow one or a slice
	variadic map[string]bool
}

// Results that darwinkit receives wrongly: libffi stores at least 8 bytes for
// a number, whatever the variable's width, and the conversion of an empty
// NSArray reads memory that was never set (darwinkit issue 278).
var narrow = regexp.MustCompile(`^(bool|byte|u?int(8|16|32)|\[\].+)$`)

var definition = regexp.MustCompile(`^func (?:\([^)]*\) )?([A-Z]\w*)\((.*)\) ?([^()]*) \{`)

// read adds those of one source file. other collects names that somewhere
// have a harmless result.
func (w wrappers) read(source string, other map[string]bool) {
	for line := range strings.Lines(source) {
		if !strings.HasPrefix(line, "func ") {
			continue
		}
		m := definition.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		if strings.HasSuffix(m[2], " ...any") {
			w.variadic[m[1]] = true
		}
		if narrow.MatchString(m[3]) {
			w.small[m[1]] = m[3]
		} else {
			other[m[1]] = true
		}
	}
}

// darwinkitWrappers reads the sources of those packages of darwinkit that the
// project imports.
func darwinkitWrappers(root string, packages []*pkg) (wrappers, error) {
	w := wrappers{map[string]string{}, map[string]bool{}}
	imported := map[string]bool{}
	for _, p := range packages {
		for _, f := range p.files {
			for _, path := range f.paths {
				if rest, ok := strings.CutPrefix(path, darwinkit+"/macos/"); ok {
					imported[rest] = true
				}
			}
		}
	}
	if len(imported) == 0 {
		return w, nil
	}
	cmd := exec.Command("go", "mod", "download", "-json", darwinkit)
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		return w, fmt.Errorf("go mod download %s: %w", darwinkit, err)
	}
	var m struct{ Dir string }
	if err := json.Unmarshal(out, &m); err != nil {
		return w, fmt.Errorf("go mod download -json %s: %w", darwinkit, err)
	}
	other := map[string]bool{}
	for name := range imported {
		sources, err := filepath.Glob(filepath.Join(m.Dir, "macos", filepath.FromSlash(name), "*.go"))
		if err != nil {
			return w, err
		}
		for _, path := range sources {
			text, err := os.ReadFile(path)
			if err != nil {
				return w, err
			}
			w.read(string(text), other)
		}
	}
	for name := range other {
		delete(w.small, name)
	}
	if len(w.small) == 0 || len(w.variadic) == 0 {
		return w, errors.New("found no wrappers in darwinkit's sources; has their form changed?")
	}
	return w, nil
}

// forbidden are unsafe functions of darwinkit's objc package, with the reason.
var forbidden = map[string]string{
	"Retain":         "it releases by a finalizer, on any thread and when that variable is garbage; call x.Retain()",
	"NewClass":       "its methods are libffi closures, and it keeps every method of AppKit in the binary; use purego's RegisterClass",
	"WrapAsProtocol": "it needs protocols that the system does not register, and is a libffi closure; use purego's RegisterClass",
}

// checkDarwinkit finds uses of the unsafe parts of darwinkit v0.5.0.
func checkDarwinkit(f *file, w wrappers) (faults []fault) {
	if !f.importsUnder(darwinkit) {
		return nil
	}
	apps := map[string]bool{} // variables that hold the application
	ast.Inspect(f.syntax, func(n ast.Node) bool {
		if a, ok := n.(*ast.AssignStmt); ok && len(a.Lhs) == len(a.Rhs) {
			for i, right := range a.Rhs {
				if id, ok := a.Lhs[i].(*ast.Ident); ok && f.isApplication(right, nil) {
					apps[id.Name] = true
				}
			}
		}
		return true
	})
	calls(f.syntax, func(call *ast.CallExpr) {
		fun, types := callee(call)
		s, ok := fun.(*ast.SelectorExpr)
		if !ok {
			return
		}
		from, name := f.qualified(fun)
		add := func(rule, format string, args ...any) {
			faults = append(faults, f.fault(s.Sel, rule, format, args...))
		}
		if from == darwinkitObjc {
			if why, ok := forbidden[name]; ok {
				add("darwinkit-objc", "objc.%s: %s", name, why)
			}
			if name == "Call" && len(types) > 0 && isNarrow(types[0]) {
				add("darwinkit-result", "libffi writes 8 bytes into the result and slices of nothing are garbage; ask for uint64 and test its low byte, or for foundation.Array")
			}
			return
		}
		if from == darwinkit+"/macos" && name == "RunApp" {
			add("darwinkit-runapp", "its delegate is made of a protocol that the system does not register, so it may never be called; set one with SetDelegateObject and run through purego")
			return
		}
		if from != "" && !strings.HasPrefix(from, darwinkit+"/") {
			return // a function of another package
		}
		name = s.Sel.Name
		switch {
		case name == "SetDelegate" || name == "SetDataSource":
			add("darwinkit-delegate", "%s wraps a Go value as protocol; give a purego class to %sObject", name, name)
		case strings.HasPrefix(name, "RunModal") || strings.HasPrefix(name, "PopUp") || strings.HasPrefix(name, "Menu_PopUp") || name == "Run" && f.isApplication(s.X, apps):
			add("darwinkit-callback", "Cocoa calls back into Go during %s, which may move the stack that darwinkit's result lies on; send it through purego", name)
		case w.variadic[name]:
			add("darwinkit-variadic", "%s passes C variadics as plain arguments, which is wrong on Apple silicon; format in Go", name)
		case w.small[name] != "" && !f.test(): // tests have fakes with methods of these names
			add("darwinkit-result", "%s returns %s, which darwinkit receives wrongly; send it through purego, or use objc.Call[uint64] (objc.Call[foundation.Array] for a slice)", name, w.small[name])
		}
	})
	return faults
}

// isApplication reports whether e is the shared application, or one of the
// variables that hold it.
func (f *file) isApplication(e ast.Expr, variables map[string]bool) bool {
	switch e := e.(type) {
	case *ast.Ident:
		return variables[e.Name]
	case *ast.CallExpr:
		from, name := f.qualified(e.Fun)
		return from == darwinkit+"/macos/appkit" && name == "Application_SharedApplication"
	}
	return false
}

func isNarrow(t ast.Expr) bool {
	switch t := t.(type) {
	case *ast.ArrayType:
		return t.Len == nil
	case *ast.Ident:
		return narrow.MatchString(t.Name)
	}
	return false
}

// forwarders returns the package's functions that hand their variadic arguments
// on to purego's Send.
func forwarders(p *pkg) map[string]bool {
	found := map[string]bool{}
	for {
		before := len(found)
		for _, f := range p.files {
			for _, d := range f.syntax.Decls {
				fn, ok := d.(*ast.FuncDecl)
				if !ok || fn.Body == nil || fn.Type.Params.NumFields() == 0 {
					continue
				}
				last := fn.Type.Params.List[len(fn.Type.Params.List)-1]
				if _, ok := last.Type.(*ast.Ellipsis); !ok || len(last.Names) != 1 {
					continue
				}
				calls(fn.Body, func(call *ast.CallExpr) {
					if !call.Ellipsis.IsValid() {
						return
					}
					id, ok := call.Args[len(call.Args)-1].(*ast.Ident)
					if ok && id.Name == last.Names[0].Name && sends(f, call, found) {
						found[fn.Name.Name] = true
					}
				})
			}
		}
		if len(found) == before {
			return found
		}
	}
}

// sends reports whether the call is one of purego's Send, or of the forwarders.
func sends(f *file, call *ast.CallExpr, forwarders map[string]bool) bool {
	fun, _ := callee(call)
	switch fun := fun.(type) {
	case *ast.Ident:
		return forwarders[fun.Name]
	case *ast.SelectorExpr:
		return fun.Sel.Name == "Send" && f.importsUnder(puregoObjc) || forwarders[fun.Sel.Name]
	}
	return false
}

// checkPurego finds uses of purego that panic, leak or recurse.
func checkPurego(f *file, forwarders map[string]bool) (faults []fault) {
	calls(f.syntax, func(call *ast.CallExpr) {
		fun, _ := callee(call)
		from, name := f.qualified(fun)
		if s, ok := fun.(*ast.SelectorExpr); ok {
			name = s.Sel.Name
		}
		add := func(at ast.Node, rule, why string) { faults = append(faults, f.fault(at, rule, "%s", why)) }
		switch {
		case from == purego && name == "RegisterLibFunc":
			add(call, "purego-symbol", "RegisterLibFunc panics when the symbol is missing; use cocoa.Bind")
		case from == puregoObjc && name == "NewBlock":
			add(call, "purego-block", "purego's blocks look their function up under a pointer to the stack; use cocoa.NewBlocks")
		case name == "SendSuper" && f.importsUnder(puregoObjc):
			add(call, "purego-super", "SendSuper recurses forever on an observed object; don't override the method")
		case sends(f, call, forwarders):
			for _, a := range call.Args {
				if id, ok := a.(*ast.Ident); ok && id.Name == "nil" {
					add(a, "purego-nil", "purego panics on an untyped nil; write objc.ID(0)")
				}
			}
		}
	})
	return faults
}

// ontoMain are functions whose function literals run as a block of the main
// queue.
var ontoMain = []string{"OnMain", "onMain"}

// checkModal finds modal loops that stop the main queue.
func checkModal(f *file) (faults []fault) {
	calls(f.syntax, func(call *ast.CallExpr) {
		if !slices.Contains(ontoMain, calledName(call)) {
			return
		}
		for _, a := range call.Args {
			literal, ok := a.(*ast.FuncLit)
			if !ok {
				continue
			}
			ast.Inspect(literal, func(n ast.Node) bool {
				modal := false
				switch n := n.(type) {
				case *ast.SelectorExpr:
					modal = strings.HasPrefix(n.Sel.Name, "RunModal")
				case *ast.BasicLit:
					text, err := strconv.Unquote(n.Value)
					modal = n.Kind == token.STRING && err == nil && strings.HasPrefix(text, "runModal")
				}
				if modal {
					faults = append(faults, f.fault(n, "modal", "while a block of the main queue runs, a modal loop runs no others: the app stalls until the alert closes; use performSelectorOnMainThread:"))
				}
				return true
			})
		}
	})
	return faults
}
