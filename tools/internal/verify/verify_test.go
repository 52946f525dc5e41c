package verify

import (
	"bytes"
	"debug/macho"
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"howett.net/plist"

	"vpnstatus/tools/internal/appbuild"
)

// made is a made-up Mach-O program.
type made struct {
	cpu       macho.Cpu
	minimum   uint32 // as LC_BUILD_VERSION has it: 13.2 is 0xd0200
	uuid      bool
	signed    bool
	signature uint32 // what LC_CODE_SIGNATURE says that the signature has, at the end of the program
	libraries []string
	settings  string // lines "key=value" of Go's build information; "" for a program without it
	version   string
	size      int // at least
}

const textBase = 0x100000000

// bytes writes the program: header, load commands, and a segment with the
// section __go_buildinfo.
func (m made) bytes(t *testing.T) []byte {
	t.Helper()
	order := binary.LittleEndian
	put := func(b *bytes.Buffer, values ...any) {
		for _, v := range values {
			if err := binary.Write(b, order, v); err != nil {
				t.Fatal(err)
			}
		}
	}
	var commands bytes.Buffer
	count := uint32(0)
	load := func(cmd uint32, body []byte) {
		for len(body)%8 != 0 {
			body = append(body, 0)
		}
		put(&commands, cmd, uint32(len(body)+8), body)
		count++
	}
	if m.minimum != 0 {
		var b bytes.Buffer
		put(&b, uint32(1), m.minimum, uint32(0xd0000), uint32(0))
		load(lcBuildVersion, b.Bytes())
	}
	if m.uuid {
		load(lcUUID, make([]byte, 16))
	}
	if m.signed {
		var b bytes.Buffer
		put(&b, uint32(m.size)-m.signature, m.signature)
		load(lcCodeSignature, b.Bytes())
	}
	for _, name := range m.libraries {
		var b bytes.Buffer
		put(&b, uint32(24), uint32(0), uint32(0), uint32(0))
		b.WriteString(name + "\x00")
		load(uint32(macho.LoadCmdDylib), b.Bytes())
	}

	var data bytes.Buffer
	if m.settings != "" {
		modinfo := strings.Repeat("\x30", 16) + "path\tvpnstatus/cmd/vpnstatus\n"
		for line := range strings.Lines(m.settings) {
			modinfo += "build\t" + line
		}
		modinfo += "\n" + strings.Repeat("\x30", 16)
		data.WriteString("\xff Go buildinf:\x08\x02")
		data.Write(make([]byte, 32-data.Len()))
		for _, s := range []string{"go1.26.0", modinfo} {
			data.Write(binary.AppendUvarint(nil, uint64(len(s))))
			data.WriteString(s)
		}
	}
	data.WriteString("\x00" + m.version + "\x00")

	name := func(s string) (a [16]byte) { copy(a[:], s); return a }
	const segmentSize, sectionSize, headerSize = 72, 80, 32
	at := uint32(headerSize + commands.Len() + segmentSize + sectionSize)
	at = (at + 15) &^ 15
	size := uint64(data.Len())
	put(&commands, uint32(macho.LoadCmdSegment64), uint32(segmentSize+sectionSize), name("__DATA"),
		uint64(textBase), size, uint64(at), size, uint32(3), uint32(3), uint32(1), uint32(0))
	put(&commands, name("__go_buildinfo"), name("__DATA"), uint64(textBase), size, at, uint32(4), uint32(0), uint32(0), [4]uint32{})
	count++

	var out bytes.Buffer
	put(&out, macho.FileHeader{Magic: macho.Magic64, Cpu: m.cpu, Type: macho.TypeExec, Ncmd: count, Cmdsz: uint32(commands.Len())}, uint32(0))
	out.Write(commands.Bytes())
	out.Write(make([]byte, int(at)-out.Len()))
	out.Write(data.Bytes())
	if m.size > out.Len() {
		out.Write(make([]byte, m.size-out.Len()))
	}
	return out.Bytes()
}

// bundle is a made-up bundle, at first without fault.
type bundle struct {
	info     map[string]any
	infoText string // instead of info
	icon     string
	programs []made
	program  string // instead of programs
	cut      int    // how many bytes the end of the program lacks
	without  string // a file that is left out
	notRun   string // a command without the right to run
}

func newBundle(t *testing.T) *bundle {
	t.Helper()
	v := appbuild.Version{Full: "v1.2.3-4-gabc", Short: "1.2.3", Build: "9"}
	sources, err := os.ReadFile("../../../" + appbuild.InfoFile)
	if err != nil {
		t.Fatal(err)
	}
	text, err := appbuild.InfoPlist(sources, v)
	if err != nil {
		t.Fatal(err)
	}
	b := &bundle{icon: "icns…"}
	if _, err := plist.Unmarshal(text, &b.info); err != nil {
		t.Fatal(err)
	}
	for _, cpu := range []macho.Cpu{macho.CpuArm64, macho.CpuAmd64} {
		b.programs = append(b.programs, made{
			cpu: cpu, minimum: 13 << 16, uuid: true, signed: cpu == macho.CpuArm64,
			libraries: []string{"/usr/lib/libSystem.B.dylib", "/System/Library/Frameworks/AppKit.framework/Versions/C/AppKit"},
			settings:  "-gcflags=all=-d=variablemakehash=qn\nCGO_ENABLED=1\n",
			version:   v.Full,
		})
	}
	return b
}

func (b *bundle) write(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), appbuild.Bundle)
	put := func(name string, text []byte) {
		path := filepath.Join(dir, "Contents", name)
		if name == b.without {
			return
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		mode := os.FileMode(0o644)
		if strings.Contains(name, "/bin/") && name != b.notRun {
			mode = 0o755
		}
		if err := os.WriteFile(path, text, mode); err != nil {
			t.Fatal(err)
		}
	}
	for name := range resources {
		put("Resources/"+name, nil)
	}
	info := []byte(b.infoText)
	if b.infoText == "" {
		var err error
		if info, err = plist.Marshal(b.info, plist.XMLFormat); err != nil {
			t.Fatal(err)
		}
	}
	put("Info.plist", info)
	put("Resources/AppIcon.icns", []byte(b.icon))
	program := []byte(b.program)
	if b.program == "" {
		var paths []string
		for _, m := range b.programs {
			path := filepath.Join(t.TempDir(), "program")
			if err := os.WriteFile(path, m.bytes(t), 0o755); err != nil {
				t.Fatal(err)
			}
			paths = append(paths, path)
		}
		all := filepath.Join(t.TempDir(), "universal")
		if err := appbuild.Universal(all, paths...); err != nil {
			t.Fatal(err)
		}
		var err error
		if program, err = os.ReadFile(all); err != nil {
			t.Fatal(err)
		}
	}
	put("MacOS/vpnstatus", program[:len(program)-b.cut])
	return dir
}

func TestABundleWithoutFault(t *testing.T) {
	r, err := Bundle(newBundle(t).write(t))
	if err != nil {
		t.Fatal(err)
	}
	if r.Version != "v1.2.3-4-gabc" || len(r.Slices) != 2 {
		t.Fatalf("got %+v", r)
	}
	for i, arch := range []string{"arm64", "amd64"} {
		if s := r.Slices[i]; s.Arch != arch || s.MinimumOS != "13.0" || s.Size == 0 {
			t.Errorf("got %+v for %s", s, arch)
		}
	}
}

func TestASignatureIsNotCounted(t *testing.T) {
	b := newBundle(t)
	for i := range b.programs {
		m := &b.programs[i]
		m.signed, m.size, m.signature = true, MaxSize+100_000, 100_000
	}
	r, err := Bundle(b.write(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range r.Slices {
		if s.Size != MaxSize {
			t.Errorf("%s has %d bytes, want %d", s.Arch, s.Size, MaxSize)
		}
	}
}

func TestFaults(t *testing.T) {
	both := func(do func(*made)) func(*bundle) {
		return func(b *bundle) {
			for i := range b.programs {
				do(&b.programs[i])
			}
		}
	}
	key := func(name string, value any) func(*bundle) {
		return func(b *bundle) {
			if b.info[name] = value; value == nil {
				delete(b.info, name)
			}
		}
	}
	library := func(path string) func(*bundle) {
		return both(func(m *made) { m.libraries = append(slices.Clone(m.libraries), path) })
	}
	type test struct {
		name   string
		change func(*bundle)
		want   []string // parts of the faults, in order; twice where both architectures have it
	}
	tests := []test{
		{"no licences of others", func(b *bundle) { b.without = "Resources/NOTICE.txt" }, []string{"no such file"}},
		{"no completion", func(b *bundle) { b.without = "Resources/completions/_vpnstatus" }, []string{"no such file"}},
		{"a command that can't be run", func(b *bundle) { b.notRun = "Resources/bin/vpnutil" }, []string{"bin/vpnutil has the mode"}},
		{"no property list", func(b *bundle) { b.without = "Info.plist" }, []string{"no such file"}},
		{"a property list that isn't", func(b *bundle) { b.infoText = "<plist><dict><key>" }, []string{"Info.plist: "}},
		{"another executable", key("CFBundleExecutable", "other"), []string{"CFBundleExecutable is other"}},
		{"no application", key("CFBundlePackageType", "BNDL"), []string{"CFBundlePackageType is BNDL"}},
		{"another icon", key("CFBundleIconFile", nil), []string{"CFBundleIconFile is <nil>"}},
		{"another oldest macOS", key("LSMinimumSystemVersion", "12.0"), []string{"LSMinimumSystemVersion is 12.0, not 13.0"}},
		{"an icon in the Dock", key("LSUIElement", false), []string{"LSUIElement is false"}},
		{"a truth as text", key("LSUIElement", "true"), []string{"LSUIElement is true, not true"}},
		{"no URL scheme", key("CFBundleURLTypes", nil), []string{"URL scheme vpnstatus"}},
		{"URL types that are none", key("CFBundleURLTypes", []any{"x", map[string]any{"CFBundleURLSchemes": []any{1}}}), []string{"URL scheme vpnstatus"}},
		{"the versions disagree", key("CFBundleShortVersionString", "1.2.4"), []string{"v1.2.3-4-gabc is shown as 1.2.4"}},
		{"a version that the program is not", key("VPNStatusVersion", "v1.2.3-5-gdef"), []string{"arm64: it is not of the version", "amd64: it is not of the version"}},

		{"no icon", func(b *bundle) { b.without = "Resources/AppIcon.icns" }, []string{"AppIcon.icns: no such file"}},
		{"a picture instead of the icon", func(b *bundle) { b.icon = "\x89PNG" }, []string{"not an icon file"}},
		{"no program", func(b *bundle) { b.without = "MacOS/vpnstatus" }, []string{"vpnstatus: no such file"}},
		{"a program that was not written to its end", func(b *bundle) { b.cut = 1 }, []string{"amd64: the program ends before"}},
		{"a script as program", func(b *bundle) { b.program = "#!/bin/sh\n" }, []string{"not universal"}},
		{"one architecture", func(b *bundle) { b.programs = b.programs[:1] }, []string{"lacks amd64", "1 architectures"}},
		{"a third architecture", func(b *bundle) { m := b.programs[0]; m.cpu = macho.CpuPpc; b.programs = append(b.programs, m) }, []string{"3 architectures"}},

		{"a program that is too large", func(b *bundle) { b.programs[1].size = MaxSize + 1 }, []string{"bytes are more than"}},
		{"a program that is too large without its signature", func(b *bundle) { b.programs[0].size, b.programs[0].signature = MaxSize+2, 1 }, []string{"arm64: 16000001 bytes are more than"}},
		{"a signature that reaches beyond the program", func(b *bundle) { b.programs[0].size, b.programs[0].signature = MaxSize+1, MaxSize+2 }, []string{"arm64: 16000001 bytes are more than"}},
		{"an older macOS", both(func(m *made) { m.minimum = 12 << 16 }), []string{`arm64: the minimum macOS is "12.0"`, `amd64: the minimum macOS is "12.0"`}},
		{"no oldest macOS", func(b *bundle) { b.programs[0].minimum = 0 }, []string{`arm64: the minimum macOS is ""`}},
		{"no UUID", func(b *bundle) { b.programs[1].uuid = false }, []string{"amd64: LC_UUID is missing"}},
		{"no signature for Apple silicon", func(b *bundle) { b.programs[0].signed = false }, []string{"arm64: the code signature is missing"}},
		{"no library", func(b *bundle) { b.programs[0].libraries = nil }, []string{"arm64: the list of libraries"}},
		{"a library of somebody's machine", library("/opt/homebrew/lib/libffi.8.dylib"), []string{"/opt/homebrew/lib/libffi.8.dylib, which is unexpected", "libffi.8"}},
		{"a framework by a path without version", library("/System/Library/Frameworks/Metal.framework/Metal"), []string{"without version", "without version"}},
		{"a framework more", library("/System/Library/Frameworks/WebKit.framework/Versions/A/WebKit"), []string{"framework WebKit", "framework WebKit"}},
		{"a framework's inner library", library("/System/Library/Frameworks/Metal.framework/Versions/A/Other"), []string{"framework Metal", "framework Metal"}},
		{"no build information", func(b *bundle) { b.programs[0].settings = "" }, []string{"arm64: it has no Go build information"}},
		{"without the safe flag", both(func(m *made) { m.settings = "CGO_ENABLED=1\n" }), []string{"memory-unsafe", "memory-unsafe"}},
		{"the safe flag for one package", func(b *bundle) { b.programs[0].settings = "-gcflags=-d=variablemakehash=qn\nCGO_ENABLED=1\n" }, []string{"arm64: it was built without -gcflags=all="}},
		{"without cgo", func(b *bundle) { b.programs[1].settings = "-gcflags=all=-d=variablemakehash=qn\nCGO_ENABLED=0\n" }, []string{"amd64: it was built without cgo"}},
	}
	for _, name := range []string{
		"CFBundleIdentifier", "CFBundleName", "CFBundleVersion", "LSApplicationCategoryType",
		"NSLocalNetworkUsageDescription", "NSLocationUsageDescription", "NSLocationWhenInUseUsageDescription", "NSLocationAlwaysAndWhenInUseUsageDescription",
	} {
		tests = append(tests, test{"no " + name, key(name, nil), []string{name + " is missing"}},
			test{"an empty " + name, key(name, ""), []string{name + " is missing"}})
	}
	tests = append(tests, test{"no version", key("VPNStatusVersion", nil), []string{"VPNStatusVersion is missing"}})
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := newBundle(t)
			tt.change(b)
			_, err := Bundle(b.write(t))
			if err == nil {
				t.Fatal("no fault was found")
			}
			faults := strings.Split(err.Error(), "\n")
			if len(faults) != len(tt.want) {
				t.Fatalf("got %q, want %d faults", faults, len(tt.want))
			}
			for i, want := range tt.want {
				if !strings.Contains(faults[i], want) {
					t.Errorf("got %q, want %q", faults[i], want)
				}
			}
		})
	}
}
