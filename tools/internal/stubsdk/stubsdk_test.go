package stubsdk

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// An entry is a file of a made-up archive.
type entry struct{ name, text string }

func archive(t *testing.T, entries ...entry) *bytes.Buffer {
	t.Helper()
	var b bytes.Buffer
	zip := gzip.NewWriter(&b)
	w := tar.NewWriter(zip)
	for _, e := range entries {
		h := &tar.Header{Name: "package/" + e.name, Typeflag: tar.TypeReg, Mode: 0o644, Size: int64(len(e.text))}
		if e.text == "folder" {
			h.Typeflag, h.Size = tar.TypeDir, 0
		}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if h.Size > 0 {
			if _, err := w.Write([]byte(e.text)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := zip.Close(); err != nil {
		t.Fatal(err)
	}
	return &b
}

// files writes files, given with their paths, into a new folder.
func files(t *testing.T, all map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range all {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func read(t *testing.T, elements ...string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(elements...))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestUnpack(t *testing.T) {
	anyOS := entry{"lib/libc/include/any-macos-any/objc/objc.h", "any"}
	v13 := entry{"lib/libc/include/any-macos.13-any/objc/objc.h", "13"}
	arm := entry{"lib/libc/include/aarch64-macos.13-none/arm.h", "arm"}
	linux := entry{"lib/libc/include/any-linux-any/linux.h", "linux"}
	stub := entry{"lib/libc/darwin/libSystem.13.tbd", "stub"}
	folder := entry{"lib/libc/include/any-macos-any/objc", "folder"}
	for name, order := range map[string][]entry{
		"the later version second": {folder, anyOS, v13, arm, linux, stub},
		"the later version first":  {stub, linux, arm, v13, anyOS, folder},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := Unpack(archive(t, order...), dir); err != nil {
				t.Fatal(err)
			}
			if got := read(t, dir, "include", "objc", "objc.h"); got != "13" {
				t.Errorf("objc.h is the version %q", got)
			}
			if got := read(t, dir, "include", "arm.h"); got != "arm" {
				t.Errorf("arm.h is %q", got)
			}
			if got := read(t, dir, "libSystem.tbd"); got != "stub" {
				t.Errorf("libSystem.tbd is %q", got)
			}
			if _, err := os.Stat(filepath.Join(dir, "include", "linux.h")); !os.IsNotExist(err) {
				t.Errorf("another system's header: %v", err)
			}
		})
	}
	for name, bad := range map[string]*bytes.Buffer{
		"no archive":            bytes.NewBufferString("<html>not found</html>"),
		"one that is cut off":   bytes.NewBuffer(archive(t, anyOS, stub).Bytes()[:40]),
		"without headers":       archive(t, stub, linux),
		"without the stub":      archive(t, anyOS, v13),
		"a way out of the tree": archive(t, stub, anyOS, entry{"lib/libc/include/any-macos-any/../../../../../../x.h", "x"}),
	} {
		if err := Unpack(bad, t.TempDir()); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	whole := archive(t, anyOS, v13, arm, stub).Bytes()
	for n := range len(whole) * 3 / 4 { // what follows the last file is not needed
		if err := Unpack(bytes.NewReader(whole[:n]), t.TempDir()); err == nil {
			t.Fatalf("%d of %d bytes: no error", n, len(whole))
		}
	}
	file := filepath.Join(files(t, map[string]string{"file": ""}), "file")
	for _, first := range []entry{stub, anyOS} {
		if err := Unpack(archive(t, first, anyOS, stub), file); err == nil {
			t.Error("a file in the place of the folder: no error")
		}
	}
}

// madeDarwinkit is a made-up part of darwinkit, in its generator's forms.
var madeDarwinkit = map[string]string{
	"macos/appkit/protocols.gen.m": `#import "AppKit/AppKit.h"

void importAppKitProtocols() {
    id o;
    o = @protocol(NSMenuDelegate);
    o = @protocol(NSUnknownThing);
}
`,
	"macos/foundation/protocols.gen.m": "#import \"Foundation/Foundation.h\"\nvoid f() { id o; o = @protocol(NSCopying); }\n",
	"macos/appkit/appkit.go":           "package appkit\n\n// #cgo CFLAGS: -x objective-c\n// #cgo LDFLAGS: -framework AppKit -framework Metal\nimport \"C\"\n",
	"macos/foundation/foundation.go":   "package foundation\n\n// #cgo LDFLAGS: -framework Foundation\nimport \"C\"\n",
	"dispatch/queue.go":                "package dispatch\n\n// #cgo LDFLAGS: -framework Foundation\nimport \"C\"\n",
}

func TestHeadersDeclareTheProtocolsThatDarwinkitNames(t *testing.T) {
	hs, err := headers(files(t, madeDarwinkit))
	if err != nil {
		t.Fatal(err)
	}
	if len(hs) != 2 || hs[0].framework != "AppKit" || hs[0].file != "AppKit.h" || hs[1].framework != "Foundation" {
		t.Fatalf("got %+v", hs)
	}
	const want = `#import <objc/NSObject.h>
@protocol NSMenuDelegate
@end
@protocol NSUnknownThing
@end
`
	if text := hs[0].text(); text != want {
		t.Errorf("got\n%s\nwant\n%s", text, want)
	}
}

func TestHeadersNeedDarwinkitsSources(t *testing.T) {
	for name, broken := range map[string]map[string]string{
		"another folder":            {"README.md": ""},
		"a list without its header": {"macos/appkit/protocols.gen.m": "void f() {}"},
	} {
		if hs, err := headers(files(t, broken)); err == nil {
			t.Errorf("%s: no error but %+v", name, hs)
		}
	}
}

func TestGoSymbols(t *testing.T) {
	const dir = "src/crypto/x509/internal/macos/"
	const security = "//go:cgo_import_dynamic x509_SecTrustEvaluate SecTrustEvaluate \"/System/Library/Frameworks/Security.framework/Versions/A/Security\"\n"
	got, err := goSymbols(files(t, map[string]string{
		dir + "security.go":       "package macos\n" + security,
		dir + "corefoundation.go": "package macos\n//go:cgo_import_dynamic x509_CFRelease CFRelease \"/System/Library/Frameworks/CoreFoundation.framework/Versions/A/CoreFoundation\"\n",
	}))
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got["Security"], []string{"_SecTrustEvaluate"}) || !slices.Equal(got["CoreFoundation"], []string{"_CFRelease"}) {
		t.Errorf("got %v", got)
	}
	if got, err := goSymbols(t.TempDir()); err == nil {
		t.Errorf("without Go's sources: no error but %v", got)
	}
}

func TestConfig(t *testing.T) {
	const want = `--target=arm64-apple-macos13.0
-isysroot <CFGDIR>
-fuse-ld=lld
-Wl,-platform_version,macos,13.0,13.0
-Wno-unused-command-line-argument
-Wno-nullability-completeness
`
	if got := config(Targets["arm64"]); got != want {
		t.Errorf("got\n%s", got)
	}
}

func TestFrameworkStub(t *testing.T) {
	for _, tt := range []struct {
		framework string
		symbols   []string
		want      []string
	}{
		{"AppKit", nil, []string{"install-name: '/System/Library/Frameworks/AppKit.framework/Versions/C/AppKit'"}},
		{"Metal", nil, []string{"install-name: '/System/Library/Frameworks/Metal.framework/Versions/A/Metal'"}},
		{"Security", []string{"_SecA", "_SecB"}, []string{"symbols: [ _SecA, _SecB ]"}},
		{"Foundation", nil, []string{"Versions/C/Foundation'", "objc-classes: [ NSObject, NSString"}},
	} {
		got := frameworkStub(tt.framework, tt.symbols)
		for _, want := range append(tt.want, "targets: [ x86_64-macos, arm64-macos ]") {
			if !strings.Contains(got, want) {
				t.Errorf("%s: %q is not in\n%s", tt.framework, want, got)
			}
		}
	}
	if got := frameworkStub("Metal", nil); strings.Contains(got, "exports") {
		t.Errorf("a framework of which nothing is linked exports\n%s", got)
	}
}

// madeGo is a made-up part of Go's own packages.
var madeGo = map[string]string{
	"src/crypto/x509/internal/macos/a.go": "package macos\n//go:cgo_import_dynamic a SecA \"/System/Library/Frameworks/Security.framework/Versions/A/Security\"\n",
}

// madeSDK writes an SDK of made-up inputs.
func madeSDK(t *testing.T) string {
	t.Helper()
	libc := files(t, map[string]string{
		"libSystem.tbd":          "system",
		"include/objc/objc.h":    "const char *object_getClassName(id obj);\n",
		"include/objc/runtime.h": "BOOL class_addMethod (Class cls);\nstruct objc_super { id receiver; };\n",
		"include/objc/message.h": "",
	})
	dir := t.TempDir()
	if err := Write(dir, files(t, madeDarwinkit), libc, files(t, madeGo)); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestSDK(t *testing.T) {
	dir := madeSDK(t)
	const frameworks = "System/Library/Frameworks/"
	for name, want := range map[string]string{
		Config("arm64"):                                            "--target=arm64-apple-macos",
		Config("amd64"):                                            "--target=x86_64-apple-macos",
		"usr/include/objc/objc.h":                                  "object_getClassName",
		"usr/include/ffi/ffi.h":                                    "FFI_DEFAULT_ABI",
		"usr/lib/libSystem.tbd":                                    "system",
		"usr/lib/libresolv.tbd":                                    "system",
		"usr/lib/libffi.tbd":                                       "_ffi_prep_closure_loc",
		frameworks + "AppKit.framework/Headers/AppKit.h":           "@protocol NSMenuDelegate",
		frameworks + "Foundation.framework/Headers/Foundation.h":   "@protocol NSCopying",
		frameworks + "Foundation.framework/Headers/NSString.h":     "NSString",
		frameworks + "Metal.framework/Metal.tbd":                   "Metal.framework/Versions/A/Metal",
		frameworks + "Security.framework/Security.tbd":             "_SecA",
		frameworks + "AppKit.framework/AppKit.tbd":                 "Versions/C/AppKit",
		frameworks + "Foundation.framework/Headers/NSDictionary.h": "NSDictionary",
	} {
		if text := read(t, dir, name); !strings.Contains(text, want) {
			t.Errorf("%s lacks %q:\n%s", name, want, text)
		}
	}
	objc := read(t, dir, "usr/lib/libobjc.tbd")
	for _, want := range []string{" _object_getClassName ", " _class_addMethod,", " _objc_msgSend,", "objc-classes: [ NSObject, Protocol ]"} {
		if !strings.Contains(objc, want) {
			t.Errorf("libobjc.tbd lacks %q:\n%s", want, objc)
		}
	}
	if strings.Contains(objc, "objc_super") {
		t.Errorf("libobjc.tbd exports a type:\n%s", objc)
	}
}

func TestSDKIsTheSameEachTime(t *testing.T) {
	a, b := madeSDK(t), madeSDK(t)
	err := filepath.WalkDir(a, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(a, path)
		if err != nil {
			return err
		}
		if read(t, a, name) != read(t, b, name) {
			t.Errorf("%s differs", name)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func TestSDKNeedsItsInputs(t *testing.T) {
	libc := func(missing string) string {
		all := map[string]string{"libSystem.tbd": "", "include/objc/objc.h": "", "include/objc/runtime.h": "", "include/objc/message.h": ""}
		delete(all, missing)
		return files(t, all)
	}
	goroot := files(t, madeGo)
	full := files(t, madeDarwinkit)
	file := filepath.Join(files(t, map[string]string{"file": ""}), "file")
	for name, in := range map[string]struct{ dir, darwinkit, libc, goroot, want string }{
		"all there":          {t.TempDir(), full, libc(""), goroot, ""},
		"no headers of libc": {t.TempDir(), full, t.TempDir(), goroot, "copying libc's headers"},
		"no darwinkit":       {t.TempDir(), t.TempDir(), libc(""), goroot, "is this darwinkit's source?"},
		"no sources of Go":   {t.TempDir(), full, libc(""), t.TempDir(), "names no function of Security"},
		"headers of too few": {t.TempDir(), full, libc("include/objc/runtime.h"), goroot, "runtime.h"},
		"no libSystem":       {t.TempDir(), full, libc("libSystem.tbd"), goroot, "libSystem.tbd"},
		"no folder":          {file, full, libc(""), goroot, "not a directory"},
	} {
		err := Write(in.dir, in.darwinkit, in.libc, in.goroot)
		if (err == nil) != (in.want == "") || err != nil && !strings.Contains(err.Error(), in.want) {
			t.Errorf("%s: %v, want %q", name, err, in.want)
		}
	}
}
