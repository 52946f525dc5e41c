// Package stubsdk writes a macOS SDK that is just large enough to compile and
// link Go programs that use darwinkit and purego, on a machine without Xcode.
//
// Programs link as with a Mac's own SDK: with real, versioned install names,
// and with libffi's exact layouts for each architecture. It has only what
// darwinkit's sources and Go's runtime need.
package stubsdk

import (
	"embed"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// MinimumOS is the oldest macOS the programs run on; LSMinimumSystemVersion in
// Info.plist says the same.
const MinimumOS = "13.0"

// sdkVersion is what the binaries say they were built against. AppKit switches
// to later looks and behaviours by it, so raise it only with tests on a Mac.
const sdkVersion = "13.0"

//go:embed include
var ownHeaders embed.FS

// Targets are the clang target triples by GOARCH.
var Targets = map[string]string{
	"arm64": "arm64-apple-macos" + MinimumOS,
	"amd64": "x86_64-apple-macos" + MinimumOS,
}

// Config is the name, within the SDK, of the clang configuration file for a
// GOARCH: "clang --config=DIR/Config(arch)" is the C compiler.
func Config(goarch string) string { return goarch + ".cfg" }

// Write fills the empty folder dir with the SDK. darwinkit is the module's
// source, libc the folder that Unpack filled, goroot Go's own folder.
func Write(dir, darwinkit, libc, goroot string) error {
	root := filepath.Join(dir, "usr")
	include := filepath.Join(root, "include")
	if err := os.MkdirAll(filepath.Join(root, "lib"), 0o777); err != nil {
		return err
	}
	if err := os.CopyFS(include, os.DirFS(filepath.Join(libc, "include"))); err != nil {
		return fmt.Errorf("copying libc's headers: %w", err)
	}
	files := map[string]string{}
	for goarch, triple := range Targets {
		files[Config(goarch)] = config(triple)
	}

	ffi, err := ownHeaders.ReadFile("include/ffi/ffi.h")
	if err != nil {
		return err
	}
	files["usr/include/ffi/ffi.h"] = string(ffi)
	foundation, err := fs.Glob(ownHeaders, "include/Foundation/*.h")
	if err != nil {
		return err
	}
	for _, path := range foundation {
		text, err := ownHeaders.ReadFile(path)
		if err != nil {
			return err
		}
		files[frameworkHeader("Foundation", filepath.Base(path))] = string(text)
	}

	hs, err := headers(darwinkit)
	if err != nil {
		return err
	}
	for _, h := range hs {
		files[frameworkHeader(h.framework, h.file)] = h.text()
	}
	fws, err := frameworks(darwinkit)
	if err != nil {
		return err
	}
	symbols, err := goSymbols(goroot)
	if err != nil {
		return err
	}
	for fw := range symbols {
		if !slices.Contains(fws, fw) {
			fws = append(fws, fw)
		}
	}
	for _, fw := range fws {
		files["System/Library/Frameworks/"+fw+".framework/"+fw+".tbd"] = frameworkStub(fw, symbols[fw])
	}

	objc, err := objcStub(filepath.Join(include, "objc"))
	if err != nil {
		return err
	}
	files["usr/lib/libobjc.tbd"] = objc
	files["usr/lib/libffi.tbd"] = stub("/usr/lib/libffi.dylib", ffiSymbols(string(ffi)), nil)
	system, err := os.ReadFile(filepath.Join(libc, systemStub))
	if err != nil {
		return err
	}
	// libSystem is all of these at once, as on a Mac.
	for _, name := range []string{"libSystem", "libSystem.B", "libc", "libm", "libdl", "libpthread", "libresolv"} {
		files["usr/lib/"+name+".tbd"] = string(system)
	}

	for _, name := range slices.Sorted(maps.Keys(files)) {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(files[name]), 0o666); err != nil {
			return err
		}
	}
	return nil
}

func frameworkHeader(framework, file string) string {
	return "System/Library/Frameworks/" + framework + ".framework/Headers/" + file
}

// config is the clang configuration file for one target. clang replaces
// <CFGDIR>, so the text is the same wherever the SDK lies.
func config(triple string) string {
	return strings.Join([]string{
		"--target=" + triple,
		"-isysroot <CFGDIR>",
		"-fuse-ld=lld",
		"-Wl,-platform_version,macos," + MinimumOS + "," + sdkVersion,
		"-Wno-unused-command-line-argument",
		"-Wno-nullability-completeness",
		"",
	}, "\n")
}

// frameworkStub lets a program link a framework by name. Go code looks classes
// up at run time; only Foundation's are named by darwinkit's Objective-C files.
// The symbols are functions that Go's own packages call.
func frameworkStub(name string, symbols []string) string {
	version := "A"
	var classes []string
	switch name {
	case "AppKit":
		version = "C"
	case "Foundation":
		version = "C"
		classes = []string{"NSObject", "NSString", "NSData", "NSArray", "NSMutableArray", "NSDictionary", "NSMutableDictionary", "NSAutoreleasePool"}
	}
	return stub("/System/Library/Frameworks/"+name+".framework/Versions/"+version+"/"+name, symbols, classes)
}

// stub is a text-based library stub: what the linker needs of a library.
func stub(installName string, symbols, classes []string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "--- !tapi-tbd\ntbd-version: 4\ntargets: [ x86_64-macos, arm64-macos ]\ninstall-name: '%s'\n", installName)
	if len(symbols)+len(classes) > 0 {
		b.WriteString("exports:\n  - targets: [ x86_64-macos, arm64-macos ]\n")
	}
	if len(symbols) > 0 {
		fmt.Fprintf(&b, "    symbols: [ %s ]\n", strings.Join(symbols, ", "))
	}
	if len(classes) > 0 {
		fmt.Fprintf(&b, "    objc-classes: [ %s ]\n", strings.Join(classes, ", "))
	}
	b.WriteString("...\n")
	return b.String()
}

var (
	objcFunction = regexp.MustCompile(`\b(?:objc|object|class|sel|method|ivar|property|protocol|imp)_\w+(?:\s*\()`)
	ffiFunction  = regexp.MustCompile(`\bffi_(?:call|prep_\w+|closure_(?:alloc|free))\(`)
	ffiValue     = regexp.MustCompile(`\bffi_type_\w+`)
)

// compilerCalls are what clang calls on its own for Objective-C code.
var compilerCalls = []string{
	"__objc_empty_cache", "___objc_personality_v0", "_OBJC_EHTYPE_id",
	"_objc_msgSend", "_objc_msgSend_stret", "_objc_msgSend_fpret", "_objc_msgSendSuper2", "_objc_msgSendSuper2_stret",
	"_objc_alloc", "_objc_alloc_init", "_objc_opt_new", "_objc_opt_self", "_objc_opt_class", "_objc_opt_isKindOfClass", "_objc_opt_respondsToSelector",
	"_objc_retain", "_objc_release", "_objc_autorelease", "_objc_retainAutorelease", "_objc_retainAutoreleasedReturnValue", "_objc_autoreleaseReturnValue",
	"_objc_storeStrong", "_objc_storeWeak", "_objc_loadWeakRetained", "_objc_destroyWeak", "_objc_initWeak",
	"_objc_autoreleasePoolPush", "_objc_autoreleasePoolPop", "_objc_getProperty", "_objc_setProperty_nonatomic_copy", "_objc_enumerationMutation",
	"_objc_begin_catch", "_objc_end_catch", "_objc_exception_throw", "_objc_exception_rethrow", "_objc_terminate", "_objc_sync_enter", "_objc_sync_exit",
}

// objcStub exports what the runtime's headers declare, and what clang needs.
func objcStub(headers string) (string, error) {
	symbols := map[string]bool{}
	for _, s := range compilerCalls {
		symbols[s] = true
	}
	for _, name := range []string{"objc.h", "runtime.h", "message.h"} {
		text, err := os.ReadFile(filepath.Join(headers, name))
		if err != nil {
			return "", err
		}
		for _, s := range objcFunction.FindAllString(string(text), -1) {
			symbols["_"+strings.TrimRight(s, " \t\n(")] = true
		}
	}
	return stub("/usr/lib/libobjc.A.dylib", slices.Sorted(maps.Keys(symbols)), []string{"NSObject", "Protocol"}), nil
}

func ffiSymbols(header string) []string {
	symbols := map[string]bool{}
	for _, s := range ffiFunction.FindAllString(header, -1) {
		symbols["_"+strings.TrimSuffix(s, "(")] = true
	}
	for _, s := range ffiValue.FindAllString(header, -1) {
		symbols["_"+s] = true
	}
	return slices.Sorted(maps.Keys(symbols))
}
