package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// made is a made-up part of darwinkit's generated sources.
const made = `
func (m_ MenuItem) IsHidden() bool {
func (w_ Workspace) OpenURL(url foundation.IURL) bool {
func Cell_PrefersTrackingUntilMouseUp() bool {
func (m_ Menu) ItemArray() []MenuItem {
func (n_ Number) IntValue() int32 {
func (m_ MenuItem) Title() string {
func (v_ View) Draw(rect foundation.Rect) {
func (i_ ImageRep) Draw() bool {
func String_StringWithFormat(format string, args ...any) String {
`

func madeWrappers() wrappers {
	w := wrappers{map[string]string{}, map[string]bool{}}
	other := map[string]bool{}
	w.read(made, other)
	for name := range other {
		delete(w.small, name)
	}
	return w
}

// appkitFile is a file that may use darwinkit, with the body in a function.
func appkitFile(body string) string {
	return `//go:build cgo

package appkit

import (
	"strings"

	pobjc "github.com/ebitengine/purego/objc"
	"github.com/progrium/darwinkit/dispatch"
	"github.com/progrium/darwinkit/macos"
	"github.com/progrium/darwinkit/macos/appkit"
	"github.com/progrium/darwinkit/macos/foundation"
	"github.com/progrium/darwinkit/objc"
)

func tell(o pobjc.ID, selector string, args ...any) { o.Send(sel(selector), args...) }
func twice(o pobjc.ID, args ...any) { tell(o, "x", args...) }
func count(args ...any) int { return len(args) }

func f() {
` + body + `
}`
}

// puregoFile is a file that uses purego, with the body in a function.
func puregoFile(body string) string {
	return `package nesession

import (
	"github.com/ebitengine/purego"
	"github.com/ebitengine/purego/objc"
)

func f() {
` + body + `
}`
}

// systemFile is a file of the program that imports runtime.
func systemFile(body string) string {
	return "package app\n\nimport (\n\"fmt\"\n\"runtime\"\n)\n\nfunc f() {\n" + body + "\n}"
}

func TestRules(t *testing.T) {
	const darwin, shared = "internal/menubar/appkit/view_darwin.go", "internal/app/app.go"
	for _, tt := range []struct {
		name string
		path string
		text string
		want []string // rules
	}{
		{"a finalizer on an object", darwin, appkitFile(`objc.Retain(&item)`), []string{"darwinkit-objc"}},
		{"an object's own Retain", darwin, appkitFile(`item.Retain()`), nil},
		{"a darwinkit class", darwin, appkitFile(`objc.NewClass[T](objc.Sel("x"))`), []string{"darwinkit-objc"}},
		{"a Go value as protocol", darwin, appkitFile(`objc.WrapAsProtocol("NSMenuDelegate", d)`), []string{"darwinkit-objc"}},
		{"a purego class", darwin, appkitFile(`pobjc.RegisterClass("X", super, nil, nil, methods)`), nil},
		{"a call for a bool", darwin, appkitFile(`objc.Call[bool](o, objc.Sel("isHidden"))`), []string{"darwinkit-result"}},
		{"a call for an int32", darwin, appkitFile(`objc.Call[int32](o, objc.Sel("intValue"))`), []string{"darwinkit-result"}},
		{"a call for a slice", darwin, appkitFile(`objc.Call[[]appkit.MenuItem](o, objc.Sel("itemArray"))`), []string{"darwinkit-result"}},
		{"a call for eight bytes", darwin, appkitFile(`objc.Call[uint64](o, objc.Sel("isHidden"))`), nil},
		{"a call for an object", darwin, appkitFile(`objc.Call[appkit.Color](o, objc.Sel("redColor"))`), nil},
		{"purego for a bool", darwin, appkitFile(`pobjc.Send[bool](o, sel("isHidden"))`), nil},
		{"RunApp", darwin, appkitFile(`macos.RunApp(func() {})`), []string{"darwinkit-runapp"}},
		{"a delegate wrapped", darwin, appkitFile(`menu.SetDelegate(&appkit.MenuDelegate{})`), []string{"darwinkit-delegate"}},
		{"a delegate object", darwin, appkitFile(`menu.SetDelegateObject(d)`), nil},
		{"waiting for the main queue", darwin, appkitFile(`dispatch.MainQueue().DispatchSync(func() {})`), []string{"dispatch-sync"}},
		{"not waiting for the main queue", darwin, appkitFile(`dispatch.MainQueue().DispatchAsync(func() { draw() })`), nil},
		{"a variadic function", darwin, appkitFile(`foundation.String_StringWithFormat("%d", 1)`), []string{"darwinkit-variadic"}},
		{"a method that returns bool", darwin, appkitFile(`_ = item.IsHidden()`), []string{"darwinkit-result"}},
		{"a method of a chain that returns bool", darwin, appkitFile(`appkit.Workspace_SharedWorkspace().OpenURL(u)`), []string{"darwinkit-result"}},
		{"a function that returns bool", darwin, appkitFile(`_ = appkit.Cell_PrefersTrackingUntilMouseUp()`), []string{"darwinkit-result"}},
		{"a method that returns a slice", darwin, appkitFile(`_ = menu.ItemArray()`), []string{"darwinkit-result"}},
		{"a method that returns an int32", darwin, appkitFile(`_ = n.IntValue()`), []string{"darwinkit-result"}},
		{"a method that returns text", darwin, appkitFile(`_ = item.Title()`), nil},
		{"a name of which one definition is harmless", darwin, appkitFile(`view.Draw(r)`), nil},
		{"another package's function of that name", darwin, appkitFile(`strings.IsHidden()`), nil},
		{"that name where darwinkit is not used", "internal/app/x.go", "package app\nfunc f() { item.IsHidden() }", nil},
		{"running through darwinkit", darwin, appkitFile(`appkit.Application_SharedApplication().Run()`), []string{"darwinkit-callback"}},
		{"running a variable through darwinkit", darwin, appkitFile("app := appkit.Application_SharedApplication()\napp.Run()"), []string{"darwinkit-callback"}},
		{"a Run of something else", darwin, appkitFile(`screen.Run()`), nil},
		{"a modal alert through darwinkit", darwin, appkitFile(`alert.RunModal()`), []string{"darwinkit-callback"}},
		{"a modal alert within a block of the main queue", darwin, appkitFile(`dispatch.MainQueue().DispatchAsync(func() { alert.RunModal() })`), []string{"darwinkit-callback", "modal"}},
		{"a modal alert through purego within such a block", darwin, appkitFile(`onMain(func() { a.Send(sel("runModal")) })`), []string{"modal"}},
		{"a modal alert outside", darwin, appkitFile(`a.Send(sel("runModal"))`), nil},

		{"nil for purego", darwin, appkitFile(`o.Send(sel("terminate:"), nil)`), []string{"purego-nil"}},
		{"nil for purego's function", darwin, appkitFile(`pobjc.Send[int](o, sel("x:"), nil)`), []string{"purego-nil"}},
		{"nil for a function that hands it on", darwin, appkitFile(`twice(o, nil)`), []string{"purego-nil"}},
		{"nil for a function that doesn't", darwin, appkitFile(`count(nil)`), nil},
		{"a nil object for purego", darwin, appkitFile(`o.Send(sel("terminate:"), pobjc.ID(0))`), nil},
		{"nil sent where purego is not used", shared, "package app\nfunc f() { mail.Send(box, nil) }", nil},
		{"a symbol that must exist", "internal/nesession/a_darwin.go", puregoFile(`purego.RegisterLibFunc(&f, lib, "x")`), []string{"purego-symbol"}},
		{"a symbol that was asked for", "internal/nesession/a_darwin.go", puregoFile(`purego.RegisterFunc(&f, address)`), nil},
		{"a block by purego", "internal/nesession/a_darwin.go", puregoFile(`objc.NewBlock(func(objc.Block) {})`), []string{"purego-block"}},
		{"a block by hand", "internal/nesession/a_darwin.go", puregoFile(`cocoa.NewBlocks(f, "v@?i")`), nil},
		{"a message to super", "internal/nesession/a_darwin.go", puregoFile(`id.SendSuper(sel)`), []string{"purego-super"}},
		{"a typed message to super", "internal/nesession/a_darwin.go", puregoFile(`objc.SendSuper[int](id, sel)`), []string{"purego-super"}},

		{"a comparison with the system", shared, systemFile(`if runtime.GOOS == "darwin" {}`), []string{"goos"}},
		{"the system on the right", shared, systemFile(`if "darwin" != runtime.GOOS {}`), []string{"goos"}},
		{"a switch over the system", shared, systemFile(`switch runtime.GOOS {}`), []string{"goos"}},
		{"a case of the system", shared, systemFile(`switch x { case runtime.GOOS: }`), []string{"goos"}},
		{"a table by system", shared, systemFile(`_ = names[runtime.GOOS]`), []string{"goos"}},
		{"the system printed", shared, systemFile(`fmt.Println(runtime.GOOS)`), nil},
		{"a comparison in a tool", "tools/app/main.go", systemFile(`if runtime.GOOS == "darwin" {}`), nil},

		{"a template in the program", shared, "package app\nimport _ \"text/template\"", []string{"template"}},
		{"a page template in the command", "cmd/vpnstatus/a.go", "package main\nimport _ \"html/template\"", []string{"template"}},
		{"a template in a test", "internal/app/a_test.go", "package app\nimport _ \"text/template\"", nil},
		{"a template in a tool", "tools/app/main.go", "package main\nimport _ \"text/template\"", nil},

		{"net/http on any system", shared, "package app\nimport _ \"net/http\"", []string{"net-http"}},
		{"TLS on macOS", "internal/web/a_darwin.go", "package web\nimport _ \"crypto/tls\"", []string{"net-http"}},
		{"certificates with cgo alone", "internal/app/a.go", "//go:build cgo\n\npackage app\nimport _ \"crypto/x509\"", []string{"net-http"}},
		{"net/http off macOS", "internal/web/a_other.go", "//go:build !darwin\n\npackage web\nimport _ \"net/http\"", nil},
		{"net/http on Linux", "internal/web/a_linux.go", "package web\nimport _ \"net/http\"", nil},
		{"net/http in a test", "internal/web/a_test.go", "package web\nimport _ \"net/http\"", nil},
		{"net/http in a tool", "tools/app/main.go", "package main\nimport _ \"net/http\"", nil},

		{"darwinkit elsewhere", "internal/nesession/a_darwin.go", "//go:build cgo\n\npackage nesession\nimport _ \"github.com/progrium/darwinkit/objc\"", []string{"darwinkit-place"}},
		{"darwinkit without cgo", darwin, "package appkit\nimport _ \"github.com/progrium/darwinkit/objc\"", []string{"darwinkit-build"}},
		{"darwinkit on any system", "internal/app/a.go", "//go:build cgo\n\npackage app\nimport _ \"github.com/progrium/darwinkit/objc\"", []string{"darwinkit-build"}},
		{"darwinkit by tags", "internal/app/a.go", "//go:build darwin && cgo\n\npackage app\nimport _ \"github.com/progrium/darwinkit/objc\"", nil},
		{"darwinkit by file name and tag", "internal/app/a_darwin_test.go", "//go:build cgo\n\npackage app\nimport _ \"github.com/progrium/darwinkit/objc\"", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f, err := parse(tt.path, tt.text)
			if err != nil {
				t.Fatal(err)
			}
			faults := slices.Concat(checkPlace(f), checkSystem(f), checkDarwinkit(f, madeWrappers()),
				checkPurego(f, forwarders(&pkg{dir: f.dir(), files: []*file{f}})), checkModal(f))
			var got []string
			for _, x := range faults {
				got = append(got, x.rule)
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("rules %q, want %q", got, tt.want)
			}
		})
	}
}

const page = "# A\n\n## Packages\n\n| package | what | may import |\n|---|---|---|\n" +
	"| `internal/a` | … | – |\n| `internal/b` | … | a, `c` |\n| `internal/c` | … | all |\n| `tools/` | … | a |\n\n## Other\n\n| `no` | row |\n"

func TestTable(t *testing.T) {
	rows, err := parseTable(page)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range rows {
		got = append(got, fmt.Sprintf("%s %v %v", r.dir, r.may, r.any))
	}
	want := []string{"internal/a [] false", "internal/b [internal/a internal/c] false", "internal/c [] true", "tools/ [internal/a] false"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	for name, bad := range map[string]string{
		"no table":       "# Packages\n",
		"two columns":    "# Packages\n| `internal/a` | – |\n",
		"a row repeated": "# Packages\n| `internal/a` | | – |\n| `internal/a` | | – |\n",
	} {
		if rows, err := parseTable(bad); err == nil {
			t.Errorf("%s: no error but %v", name, rows)
		}
	}
}

// sources makes packages of files, given as "path: import import …".
func sources(t *testing.T, lines ...string) []*pkg {
	t.Helper()
	var all []*pkg
	for _, line := range lines {
		path, imports, _ := strings.Cut(line, ":")
		text := "// Package x is made up.\npackage x\n"
		for _, p := range strings.Fields(imports) {
			text += "import _ \"" + p + "\"\n"
		}
		f, err := parse(path, text)
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(all, func(p *pkg) bool { return p.dir == f.dir() })
		if i < 0 {
			i = len(all)
			all = append(all, &pkg{dir: f.dir()})
		}
		all[i].files = append(all[i].files, f)
	}
	return all
}

func TestImports(t *testing.T) {
	whole := []string{"internal/a/a.go", "internal/b/b.go: vpnstatus/internal/a fmt", "internal/c/c.go: vpnstatus/internal/b", "tools/x/x.go: vpnstatus/tools/internal/y vpnstatus/internal/a", "tools/internal/y/y.go"}
	for _, tt := range []struct {
		name  string
		lines []string
		want  []string
	}{
		{"as in the table", whole, nil},
		{"an import that the table lacks", append([]string{"internal/a/more.go: vpnstatus/internal/c"}, whole...), []string{"internal/a/more.go:3: import: internal/a may not import internal/c"}},
		{"in the file of another system", append([]string{"internal/a/more_darwin.go: vpnstatus/internal/c"}, whole...), []string{"internal/a/more_darwin.go:3: import:"}},
		{"in a test", append([]string{"internal/a/a_test.go: vpnstatus/internal/c"}, whole...), nil},
		{"a tool importing more", append([]string{"tools/x/more.go: vpnstatus/internal/b"}, whole...), []string{"tools/x/more.go:3: import:"}},
		{"a package that the table lacks", append([]string{"internal/d/d.go"}, whole...), []string{"internal/d/d.go:1: unknown-package: internal/d is not in the table"}},
		{"a row without package", whole[1:], []string{tablePath + ":7: unknown-package:", tablePath + ":8: unknown-package:", tablePath + ":10: unknown-package:"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			table, err := parseTable(page)
			if err != nil {
				t.Fatal(err)
			}
			faults := checkImports(sources(t, tt.lines...), table)
			if len(faults) != len(tt.want) {
				t.Fatalf("got %v, want %q", faults, tt.want)
			}
			for i, f := range faults {
				if !strings.HasPrefix(f.String(), tt.want[i]) {
					t.Errorf("got %q, want %q…", f, tt.want[i])
				}
			}
		})
	}
}

func TestPackages(t *testing.T) {
	for _, tt := range []struct {
		name  string
		files map[string]string
		want  []string
	}{
		{"comment and test", map[string]string{"internal/a/a.go": "// Package a is.\npackage a", "internal/a/a_test.go": "package a"}, nil},
		{"a program's comment", map[string]string{"cmd/a/a.go": "// A does.\npackage main", "cmd/a/a_test.go": "package main"}, nil},
		{"a comment in the tests", map[string]string{"test/a/a_test.go": "// Package a is.\npackage a_test"}, nil},
		{"no comment", map[string]string{"internal/a/a.go": "package a", "internal/a/a_test.go": "package a"}, []string{"package-comment"}},
		{"a comment on something else", map[string]string{"internal/a/a.go": "// Copyright.\npackage a", "internal/a/a_test.go": "package a"}, []string{"package-comment"}},
		{"two comments", map[string]string{"internal/a/a.go": "// Package a is.\npackage a", "internal/a/b.go": "// Package a is not.\npackage a", "internal/a/a_test.go": "package a"}, []string{"package-comment"}},
		{"no test", map[string]string{"internal/a/a.go": "// Package a is.\npackage a"}, []string{"package-test"}},
		{"no test, with reason", map[string]string{"internal/excused/a.go": "// Package a is.\npackage a"}, nil},
		{"a reason beside a test", map[string]string{"internal/excused/a.go": "// Package a is.\npackage a", "internal/excused/a_test.go": "package a"}, []string{"package-test"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := &pkg{}
			for path, text := range tt.files {
				f, err := parse(path, text)
				if err != nil {
					t.Fatal(err)
				}
				p.dir = f.dir()
				p.files = append(p.files, f)
			}
			var got []string
			for _, f := range checkPackages([]*pkg{p}, map[string]string{"internal/excused": "for this test"}) {
				got = append(got, f.rule)
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// The darwinkit that the project uses has the forms that the rules look for.
func TestWrappersOfDarwinkit(t *testing.T) {
	packages := sources(t, "internal/menubar/appkit/a_darwin.go: github.com/progrium/darwinkit/macos/appkit github.com/progrium/darwinkit/macos/foundation")
	w, err := darwinkitWrappers("../..", packages)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"IsHidden", "IsEnabled", "OpenURL", "SetActivationPolicy", "SetStringForType", "BoolForKey", "ItemArray", "StringArrayForKey"} {
		if w.small[name] == "" {
			t.Errorf("%s is not among the %d narrow results", name, len(w.small))
		}
	}
	for _, name := range []string{"String_StringWithFormat", "Array_ArrayWithObjects"} {
		if !w.variadic[name] {
			t.Errorf("%s is not among the %d variadic wrappers", name, len(w.variadic))
		}
	}
}

func TestWhatIsLookedUpIsReported(t *testing.T) {
	const home = "internal/x/x_darwin.go"
	for _, tt := range []struct{ name, path, body, want string }{
		{"a class that is reported", home, `func init() { cocoa.Require(cocoa.Class, "X", "NSThing") }; func f() { cocoa.ClassNamed("NSThing") }`, ""},
		{"one of a list", home, `var all = []string{"NSThing"}; func init() { cocoa.Prefer(cocoa.Class, "X", all...) }; func f() { objc.GetClass("NSThing") }`, ""},
		{"by one of its methods", home, `func init() { cocoa.Prefer(cocoa.Method, "X", "+[NSThing thing]") }; func f() { knows("NSThing", "thing") }`, ""},
		{"a class that is not", home, `func f() { newView("NSThing", frame) }`, "NSThing is looked up"},
		{"a symbol that is not", home, `func f() { cocoa.Bind(&g, "thing_create") }`, "thing_create is looked up"},
		{"a name that is only said", home, `func f() { cocoa.ClassNamed("NSThing"); say("NSThing") }`, "NSThing is looked up"},
		{"another name", home, `func init() { cocoa.Require(cocoa.Class, "X", "NSThin") }; func f() { cocoa.Constant("NSThing") }`, "NSThing is looked up"},
		{"a test", "internal/x/x_darwin_test.go", `func f() { cocoa.ClassNamed("NSThing") }`, ""},
		{"another system", "internal/x/x_linux.go", `func f() { cocoa.ClassNamed("NSThing") }`, ""},
		{"a name that is not written", home, `func f(class string) { cocoa.ClassNamed(class) }`, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f, err := parse(tt.path, "package x\n"+tt.body)
			if err != nil {
				t.Fatal(err)
			}
			faults := checkReport([]*pkg{{dir: f.dir(), files: []*file{f}}})
			if len(faults) != min(len(tt.want), 1) || len(faults) > 0 && !strings.Contains(faults[0].why, tt.want) {
				t.Errorf("%v, want %q", faults, tt.want)
			}
		})
	}
}
