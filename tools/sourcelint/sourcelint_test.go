package main

import (
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
		{"darwinkit's queues", darwin, "package appkit\nimport _ \"github.com/progrium/darwinkit/dispatch\"", []string{"dispatch"}},
		{"a block of the main queue", darwin, appkitFile(`cocoa.OnMain(func() { draw() })`), nil},
		{"a variadic function", darwin, appkitFile(`foundation.String_StringWithFormat("%d", 1)`), []string{"darwinkit-variadic"}},
		{"a method that returns bool", darwin, appkitFile(`_ = item.IsHidden()`), []string{"darwinkit-result"}},
		{"a method of a chain that returns bool", darwin, appkitFile(`appkit.Workspace_SharedWorkspace().OpenURL(u)`), []string{"darwinkit-result"}},
		{"a function that returns bool", darwin, appkitFile(`_ = appkit.Cell_PrefersTrackingUntilMouseUp()`), []string{"darwinkit-result"}},
		{"a method that returns a slice", darwin, appkitFile(`_ = menu.ItemArray()`), []string{"darwinkit-result"}},
		{"a method that returns an int32", darwin, appkitFile(`_ = n.IntValue()`), []string{"darwinkit-result"}},
		{"a method that returns text", darwin, appkitFile(`_ = item.Title()`), nil},
		{"a name of which one definition is harmless", darwin, appkitFile(`view.Draw(r)`), nil},
		{"a fake's method of that name in a test", "internal/menubar/appkit/view_darwin_test.go", appkitFile(`_ = fake.ItemArray()`), nil},
		{"another package's function of that name", darwin, appkitFile(`strings.IsHidden()`), nil},
		{"that name where darwinkit is not used", "internal/app/x.go", "package app\nfunc f() { item.IsHidden() }", nil},
		{"running through darwinkit", darwin, appkitFile(`appkit.Application_SharedApplication().Run()`), []string{"darwinkit-callback"}},
		{"running a variable through darwinkit", darwin, appkitFile("app := appkit.Application_SharedApplication()\napp.Run()"), []string{"darwinkit-callback"}},
		{"a Run of something else", darwin, appkitFile(`screen.Run()`), nil},
		{"a modal alert through darwinkit", darwin, appkitFile(`alert.RunModal()`), []string{"darwinkit-callback"}},
		{"a modal alert within a block of the main queue", darwin, appkitFile(`cocoa.OnMain(func() { alert.RunModal() })`), []string{"darwinkit-callback", "modal"}},
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

		{"a template in the program", shared, "package app\nimport _ \"text/template\"", []string{"template"}},
		{"a page template in the command", "cmd/vpnstatus/a.go", "package main\nimport _ \"html/template\"", []string{"template"}},
		{"a template in a test", "internal/app/a_test.go", "package app\nimport _ \"text/template\"", nil},
		{"os/exec in the program", shared, "package app\nimport _ \"os/exec\"", []string{"fork"}},
		{"os/exec for Linux only", "internal/hooks/spawn_linux.go", "package hooks\nimport _ \"os/exec\"", nil},
		{"os/exec in a test", "internal/app/a_test.go", "package app\nimport _ \"os/exec\"", nil},
		{"the process replaced", "cmd/vpnstatus/a.go", "package main\nimport \"syscall\"\nfunc f() { syscall.Exec(\"/bin/sh\", nil, nil) }", []string{"fork"}},
		{"another call of that package", "cmd/vpnstatus/a.go", "package main\nimport \"syscall\"\nfunc f() { syscall.Getpid() }", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f, err := parse(tt.path, tt.text)
			if err != nil {
				t.Fatal(err)
			}
			faults := slices.Concat(checkImports(f), checkFork(f), checkDarwinkit(f, madeWrappers()),
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

// The darwinkit that the project uses has the forms that the rules look for.
func TestWrappersOfDarwinkit(t *testing.T) {
	f, err := parse("internal/menubar/appkit/a_darwin.go", appkitFile(""))
	if err != nil {
		t.Fatal(err)
	}
	w, err := darwinkitWrappers("../..", []*pkg{{dir: f.dir(), files: []*file{f}}})
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
		{"a table of functions", home, `func init() { cocoa.Prefer(cocoa.Symbol, "X", new(lib).functions().Names()...) }; func (l *lib) functions() cocoa.Functions { return cocoa.Functions{"f": &l.f} }`, ""},
		{"a table that is not", home, `func (l *lib) functions() cocoa.Functions { return cocoa.Functions{"f": &l.f} }`, "new(lib).functions() is looked up"},
		{"a name that is only said", home, `func f() { cocoa.ClassNamed("NSThing"); say("NSThing") }`, "NSThing is looked up"},
		{"another name", home, `func init() { cocoa.Require(cocoa.Class, "X", "NSThin") }; func f() { cocoa.Constant("NSThing") }`, "NSThing is looked up"},
		{"a test", "internal/x/x_darwin_test.go", `func f() { cocoa.ClassNamed("NSThing") }`, ""},
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
