// Package verify reads a finished VPNStatus.app and finds what would fail on a
// Mac: wrong keys, versions, architectures, libraries, or a build without the
// flag that darwinkit needs. It runs on any system and executes nothing.
package verify

import (
	"bytes"
	"debug/buildinfo"
	"debug/macho"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"howett.net/plist"

	"vpnstatus/tools/internal/appbuild"
)

// MaxSize is the largest size of one architecture, in bytes, stripped and
// without the code signature. It is a guard against code that makes the linker
// keep every method of AppKit's types, which adds 17 MB (docs/building.md, "Size").
const MaxSize = 16_000_000

// Report describes a bundle without faults.
type Report struct {
	Version string
	Slices  []Slice // in the order of appbuild.Architectures
}

// Slice is one architecture of the program.
type Slice struct {
	Arch      string
	Size      int // bytes, without the code signature
	MinimumOS string
}

// systemLibraries are the only libraries that the program may load besides
// frameworks. Apple's linker adds libresolv, which Go's net package names.
var systemLibraries = []string{
	"/usr/lib/libSystem.B.dylib", "/usr/lib/libobjc.A.dylib", "/usr/lib/libffi.dylib", "/usr/lib/libresolv.9.dylib",
}

// frameworks are what darwinkit's appkit package links, and Security, with which
// Go verifies TLS certificates. A new one means that another package of darwinkit
// was imported: check that the oldest supported macOS has it.
var frameworks = []string{
	"AppKit", "CloudKit", "CoreData", "CoreFoundation", "CoreGraphics", "CoreImage", "CoreMedia",
	"CoreML", "CoreVideo", "Foundation", "ImageIO", "IOSurface", "Metal", "QuartzCore", "Security", "UniformTypeIdentifiers",
}

var frameworkPath = regexp.MustCompile(`^/System/Library/Frameworks/(\w+)\.framework/(Versions/[A-Z]/)?(\w+)$`)

// resources are files that must be there, and whether they can be run.
var resources = map[string]bool{
	"LICENSE.txt": false, "NOTICE.txt": false, "man/man1/vpnstatus.1": false,
	"completions/vpnstatus.bash": false, "completions/vpnstatus.fish": false, "completions/_vpnstatus": false,
	"bin/vpnstatus": true, "bin/vpnutil": true,
}

// Bundle checks the bundle in dir. The error joins everything that is wrong.
func Bundle(dir string) (Report, error) {
	var r Report
	var faults []error
	text, err := os.ReadFile(filepath.Join(dir, "Contents", appbuild.InfoFile))
	if err != nil {
		return r, err
	}
	version, bad := checkPlist(text)
	for _, err := range bad {
		faults = append(faults, fmt.Errorf("%s: %w", appbuild.InfoFile, err))
	}
	r.Version = version

	if icon, err := os.ReadFile(filepath.Join(dir, "Contents", "Resources", "AppIcon.icns")); err != nil {
		faults = append(faults, err)
	} else if !bytes.HasPrefix(icon, []byte("icns")) {
		faults = append(faults, errors.New("AppIcon.icns is not an icon file"))
	}

	for name, executable := range resources {
		if info, err := os.Stat(filepath.Join(dir, "Contents", "Resources", name)); err != nil {
			faults = append(faults, err)
		} else if executable != (info.Mode()&0o111 != 0) {
			faults = append(faults, fmt.Errorf("%s has the mode %v", name, info.Mode()))
		}
	}

	program, err := os.ReadFile(filepath.Join(dir, "Contents", "MacOS", appbuild.Executable))
	if err != nil {
		return r, errors.Join(append(faults, err)...)
	}
	r.Slices, bad = checkProgram(program, version)
	faults = append(faults, bad...)
	return r, errors.Join(faults...)
}

// checkPlist returns the full version the property list names, and its faults.
func checkPlist(text []byte) (version string, faults []error) {
	var info map[string]any
	if _, err := plist.Unmarshal(text, &info); err != nil {
		return "", []error{err}
	}
	for key, want := range map[string]any{
		"CFBundleExecutable":     appbuild.Executable,
		"CFBundlePackageType":    "APPL",
		"CFBundleIconFile":       "AppIcon",
		"LSMinimumSystemVersion": appbuild.MinimumOS,
		"LSUIElement":            true,
		// Builds with different SDKs look the same.
		"UIDesignRequiresCompatibility": true,
	} {
		if info[key] != want {
			faults = append(faults, fmt.Errorf("%s is %v, not %v", key, info[key], want))
		}
	}
	for _, key := range []string{
		"CFBundleIdentifier", "CFBundleName", "CFBundleShortVersionString", "CFBundleVersion", "LSApplicationCategoryType", "VPNStatusVersion",
		"NSLocalNetworkUsageDescription", "NSLocationUsageDescription", "NSLocationWhenInUseUsageDescription", "NSLocationAlwaysAndWhenInUseUsageDescription",
	} {
		if s, ok := info[key].(string); !ok || s == "" {
			faults = append(faults, fmt.Errorf("%s is missing", key))
		}
	}
	if !slices.Contains(urlSchemes(info), "vpnstatus") {
		faults = append(faults, errors.New("the URL scheme vpnstatus is missing"))
	}
	version, _ = info["VPNStatusVersion"].(string)
	short, _ := info["CFBundleShortVersionString"].(string)
	if strings.HasPrefix(version, "v") && !strings.HasPrefix(version, "v"+short) {
		faults = append(faults, fmt.Errorf("version %s is shown as %s", version, short))
	}
	slices.SortFunc(faults, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return version, faults
}

func urlSchemes(info map[string]any) []string {
	var all []string
	types, _ := info["CFBundleURLTypes"].([]any)
	for _, t := range types {
		entry, _ := t.(map[string]any)
		schemes, _ := entry["CFBundleURLSchemes"].([]any)
		for _, s := range schemes {
			if text, ok := s.(string); ok {
				all = append(all, text)
			}
		}
	}
	return all
}

func checkProgram(program []byte, version string) (found []Slice, faults []error) {
	fat, err := macho.NewFatFile(bytes.NewReader(program))
	if err != nil {
		return nil, []error{fmt.Errorf("the program is not universal: %w", err)}
	}
	defer fat.Close()
	for _, goarch := range appbuild.Architectures {
		cpu := map[string]macho.Cpu{"arm64": macho.CpuArm64, "amd64": macho.CpuAmd64}[goarch]
		i := slices.IndexFunc(fat.Arches, func(a macho.FatArch) bool { return a.Cpu == cpu })
		if i < 0 {
			faults = append(faults, fmt.Errorf("the program lacks %s", goarch))
			continue
		}
		a := fat.Arches[i]
		if int64(a.Offset)+int64(a.Size) > int64(len(program)) {
			faults = append(faults, fmt.Errorf("%s: the program ends before this architecture does", goarch))
			continue
		}
		s, bad := checkSlice(goarch, a.File, program[a.Offset:a.Offset+a.Size], version)
		found = append(found, s)
		for _, err := range bad {
			faults = append(faults, fmt.Errorf("%s: %w", goarch, err))
		}
	}
	if len(fat.Arches) != len(appbuild.Architectures) {
		faults = append(faults, fmt.Errorf("the program holds %d architectures, not %d", len(fat.Arches), len(appbuild.Architectures)))
	}
	return found, faults
}

// Load commands that debug/macho has no type for, from Apple's mach-o/loader.h.
const (
	lcUUID          = 0x1b
	lcCodeSignature = 0x1d
	lcBuildVersion  = 0x32
)

func checkSlice(goarch string, f *macho.File, text []byte, version string) (Slice, []error) {
	s := Slice{Arch: goarch}
	var faults []error
	check := func(ok bool, format string, args ...any) {
		if !ok {
			faults = append(faults, fmt.Errorf(format, args...))
		}
	}
	commands := map[uint32][]byte{}
	for _, l := range f.Loads {
		raw := l.Raw()
		commands[f.ByteOrder.Uint32(raw)] = raw
	}
	s.Size = len(text) - signatureSize(f.ByteOrder, commands[lcCodeSignature], len(text))
	check(s.Size <= MaxSize, "%d bytes are more than %d; docs/building.md, Size, names what may have come in, and how to find it", s.Size, MaxSize)

	if raw := commands[lcBuildVersion]; len(raw) >= 16 {
		v := f.ByteOrder.Uint32(raw[12:])
		s.MinimumOS = fmt.Sprintf("%d.%d", v>>16, v>>8&0xff)
	}
	check(s.MinimumOS == appbuild.MinimumOS, "the minimum macOS is %q, not %s", s.MinimumOS, appbuild.MinimumOS)
	check(commands[lcUUID] != nil, "LC_UUID is missing: macOS then refuses local network access")
	if goarch == "arm64" {
		check(commands[lcCodeSignature] != nil, "the code signature is missing: Apple silicon runs nothing without")
	}

	libraries, err := f.ImportedLibraries()
	check(err == nil && len(libraries) > 0, "the list of libraries can't be read: %v", err)
	for _, l := range libraries {
		m := frameworkPath.FindStringSubmatch(l)
		switch {
		case m == nil:
			check(slices.Contains(systemLibraries, l), "it loads %s, which is unexpected", l)
		default:
			check(m[2] != "", "it loads %s by a path without version, which macOS has not", l)
			check(m[1] == m[3] && slices.Contains(frameworks, m[1]), "it loads the framework %s, which is unexpected", m[1])
		}
	}

	info, err := buildinfo.Read(bytes.NewReader(text))
	if err != nil {
		check(false, "it has no Go build information: %v", err)
		return s, faults
	}
	settings := map[string]string{}
	for _, v := range info.Settings {
		settings[v.Key] = v.Value
	}
	check("-gcflags="+settings["-gcflags"] == appbuild.SafeFlag, "it was built without %s: darwinkit is memory-unsafe so", appbuild.SafeFlag)
	check(settings["CGO_ENABLED"] == "1", "it was built without cgo, so without AppKit")
	check(version == "" || bytes.Contains(text, []byte(version)), "it is not of the version %s that Info.plist names", version)
	return s, faults
}

// signatureSize reads LC_CODE_SIGNATURE; 0 for none, or when it reaches beyond
// the program. Signatures are not counted: the linker makes none for amd64, and
// codesign one of 0.1 MB, with room that it does not use.
func signatureSize(order binary.ByteOrder, command []byte, program int) int {
	if len(command) < 16 {
		return 0
	}
	at, size := uint64(order.Uint32(command[8:])), uint64(order.Uint32(command[12:]))
	if at+size > uint64(program) {
		return 0
	}
	return int(size)
}
