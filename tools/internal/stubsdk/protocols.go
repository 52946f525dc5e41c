package stubsdk

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// A header is a framework header as the stub SDK needs it: the protocols that
// darwinkit's protocols.gen.m names, with the methods darwinkit knows of them.
//
// The bodies matter. The compiler writes each protocol into the binary, and
// for a protocol that the system itself does not register
// (NSApplicationDelegate is one) the binary's copy is the one that
// objc_getProtocol finds; with an empty body darwinkit's delegates would
// answer to nothing.
type header struct {
	framework string // "AppKit"
	file      string // "AppKit.h"
	protocols []protocol
}

type protocol struct {
	name     string
	required []string // complete declarations, "- (void)foo:(id)a0;"
	optional []string
}

// preamble declares the C types that declarations of cType use.
const preamble = `#import <objc/NSObject.h>
#include <stdbool.h>
typedef struct { double x, y; } CGPoint;
typedef struct { double width, height; } CGSize;
typedef struct { CGPoint origin; CGSize size; } CGRect;
typedef struct { double a, b, c, d, tx, ty; } CGAffineTransform;
typedef struct { unsigned long location, length; } NSRange;
typedef struct { double top, left, bottom, right; } NSEdgeInsets;
`

func (h header) text() string {
	var b strings.Builder
	b.WriteString(preamble)
	for _, p := range h.protocols {
		fmt.Fprintf(&b, "@protocol %s\n", p.name)
		for _, d := range p.required {
			b.WriteString(d + "\n")
		}
		if len(p.optional) > 0 {
			b.WriteString("@optional\n")
		}
		for _, d := range p.optional {
			b.WriteString(d + "\n")
		}
		b.WriteString("@end\n")
	}
	return b.String()
}

var (
	protocolName = regexp.MustCompile(`@protocol\((\w+)\)`)
	headerImport = regexp.MustCompile(`#import "(\w+)/(\w+\.h)"`)
	documentedAs = regexp.MustCompile(`documentation/\w+/(\w+)\?language=objc`)
)

// headers reads darwinkit's source tree and returns one header for each package
// that declares protocols.
func headers(darwinkit string) ([]header, error) {
	lists, err := filepath.Glob(filepath.Join(darwinkit, "macos", "*", "protocols.gen.m"))
	if err != nil || len(lists) == 0 {
		return nil, fmt.Errorf("no protocols.gen.m under %s: is this darwinkit's source?", darwinkit)
	}
	sources, err := parseMacOS(filepath.Join(darwinkit, "macos"))
	if err != nil {
		return nil, err
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
		known := sources.protocols(filepath.Base(filepath.Dir(list)))
		h := header{framework: m[1], file: m[2]}
		for _, n := range protocolName.FindAllStringSubmatch(string(text), -1) {
			p := known[strings.ToLower(n[1])]
			p.name = n[1]
			h.protocols = append(h.protocols, p)
		}
		all = append(all, h)
	}
	return all, nil
}

// tree is the part of darwinkit's source that declarations come from.
type tree struct {
	files map[string][]*ast.File // package name -> its files
	ctype map[[2]string]string   // {package, Go name} -> C type of a named number or string
}

func parseMacOS(dir string) (tree, error) {
	t := tree{files: map[string][]*ast.File{}, ctype: map[[2]string]string{}}
	paths, err := filepath.Glob(filepath.Join(dir, "*", "*.go"))
	if err != nil {
		return t, err
	}
	fset := token.NewFileSet()
	for _, path := range paths {
		// Classes outnumber what is wanted here ten to one and declare neither
		// protocols nor number types.
		src, err := os.ReadFile(path)
		if err != nil {
			return t, err
		}
		base := filepath.Base(path)
		isTypes := strings.HasSuffix(base, "types.gen.go") || strings.HasSuffix(base, "_custom.go")
		if !isTypes && !strings.Contains(string(src), "\ntype P") {
			continue
		}
		f, err := parser.ParseFile(fset, path, src, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return t, fmt.Errorf("parsing darwinkit: %w", err)
		}
		pkg := filepath.Base(filepath.Dir(path))
		t.files[pkg] = append(t.files[pkg], f)
		for _, spec := range typeSpecs(f) {
			if id, ok := spec.Type.(*ast.Ident); ok {
				if c, ok := basicC[id.Name]; ok {
					t.ctype[[2]string{pkg, spec.Name.Name}] = c
				}
			}
		}
	}
	return t, nil
}

// typeSpecs lists the types a file declares; a specification without a comment
// of its own gets its declaration's.
func typeSpecs(f *ast.File) []*ast.TypeSpec {
	var specs []*ast.TypeSpec
	for _, d := range f.Decls {
		gen, ok := d.(*ast.GenDecl)
		if !ok || gen.Tok != token.TYPE {
			continue
		}
		for _, s := range gen.Specs {
			spec := s.(*ast.TypeSpec)
			if spec.Doc == nil {
				spec.Doc = gen.Doc
			}
			specs = append(specs, spec)
		}
	}
	return specs
}

// protocols returns the package's protocols by the lower-case Objective-C name,
// which is all that darwinkit's generated files tell (in the link to Apple's
// documentation).
func (t tree) protocols(pkg string) map[string]protocol {
	found := map[string]protocol{}
	for _, f := range t.files[pkg] {
		for _, spec := range typeSpecs(f) {
			itf, ok := spec.Type.(*ast.InterfaceType)
			if !ok || !strings.HasPrefix(spec.Name.Name, "P") {
				continue
			}
			m := documentedAs.FindStringSubmatch(spec.Doc.Text())
			if m == nil {
				continue
			}
			found[m[1]] = t.protocol(pkg, itf, selectors(f, spec.Name.Name[1:]+"Object"))
		}
	}
	return found
}

func (t tree) protocol(pkg string, itf *ast.InterfaceType, sels map[string]string) protocol {
	var p protocol
	for _, m := range itf.Methods.List {
		fn, ok := m.Type.(*ast.FuncType)
		if !ok || len(m.Names) != 1 {
			continue
		}
		// HasFoo, which darwinkit adds for each optional Foo, has no selector
		// of its own that ends in as many colons as it has parameters, bar
		// those without parameters: they send respondsToSelector:.
		sel, ok := sels[m.Names[0].Name]
		if !ok {
			continue
		}
		decl, ok := t.declaration(pkg, sel, fn)
		if !ok {
			continue
		}
		if strings.TrimSpace(m.Doc.Text()) == "optional" {
			p.optional = append(p.optional, decl)
		} else {
			p.required = append(p.required, decl)
		}
	}
	return p
}

// selectors maps the methods of the type to the selector each sends.
func selectors(f *ast.File, receiver string) map[string]string {
	sels := map[string]string{}
	for _, d := range f.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok || fn.Recv == nil || fn.Body == nil {
			continue
		}
		if id, ok := fn.Recv.List[0].Type.(*ast.Ident); !ok || id.Name != receiver {
			continue
		}
		ast.Inspect(fn.Body, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			// HasFoo calls RespondsToSelector(objc.Sel("foo")): not a send of foo.
			if s, ok := call.Fun.(*ast.SelectorExpr); ok && s.Sel.Name == "RespondsToSelector" {
				return false
			}
			s, ok := call.Fun.(*ast.SelectorExpr)
			if !ok || s.Sel.Name != "Sel" || len(call.Args) != 1 {
				return true
			}
			if lit, ok := call.Args[0].(*ast.BasicLit); ok {
				if text, err := strconv.Unquote(lit.Value); err == nil {
					sels[fn.Name.Name] = text
				}
			}
			return false
		})
	}
	return sels
}

// declaration writes a method as Objective-C declares it. It reports false when
// the selector takes another number of arguments than darwinkit's method.
func (t tree) declaration(pkg, sel string, fn *ast.FuncType) (string, bool) {
	var args []string
	for _, field := range fn.Params.List {
		for range max(1, len(field.Names)) {
			args = append(args, t.cType(pkg, field.Type))
		}
	}
	if strings.Count(sel, ":") != len(args) {
		return "", false
	}
	result := "void"
	if fn.Results != nil {
		result = t.cType(pkg, fn.Results.List[0].Type)
	}
	if len(args) == 0 {
		return fmt.Sprintf("- (%s)%s;", result, sel), true
	}
	var b strings.Builder
	fmt.Fprintf(&b, "- (%s)", result)
	for i, part := range strings.SplitAfter(sel, ":")[:len(args)] {
		fmt.Fprintf(&b, "%s(%s)a%d ", part, args[i], i)
	}
	return strings.TrimSpace(b.String()) + ";", true
}

var basicC = map[string]string{
	"bool": "bool",
	"int8": "signed char", "int16": "short", "int32": "int", "int64": "long long", "int": "long",
	"uint8": "unsigned char", "byte": "unsigned char", "uint16": "unsigned short", "uint32": "unsigned int",
	"uint64": "unsigned long long", "uint": "unsigned long", "uintptr": "unsigned long",
	"float32": "float", "float64": "double",
	"string": "id",
}

var structC = map[string]string{
	"Rect": "CGRect", "Size": "CGSize", "Point": "CGPoint", "AffineTransform": "CGAffineTransform",
	"Range": "NSRange", "EdgeInsets": "NSEdgeInsets",
}

// cType is the C type of a darwinkit parameter or result. What it doesn't know
// is an object.
func (t tree) cType(pkg string, e ast.Expr) string {
	switch e := e.(type) {
	case *ast.StarExpr:
		return "void *"
	case *ast.FuncType:
		return "void (^)(void)"
	case *ast.SelectorExpr:
		from := e.X.(*ast.Ident).Name
		switch from + "." + e.Sel.Name {
		case "unsafe.Pointer":
			return "void *"
		case "objc.Selector":
			return "SEL"
		case "objc.Class":
			return "Class"
		}
		return t.named(from, e.Sel.Name)
	case *ast.Ident:
		if c, ok := basicC[e.Name]; ok {
			return c
		}
		return t.named(pkg, e.Name)
	}
	return "id"
}

func (t tree) named(pkg, name string) string {
	if c, ok := structC[name]; ok {
		return c
	}
	if c, ok := t.ctype[[2]string{pkg, name}]; ok {
		return c
	}
	return "id"
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
