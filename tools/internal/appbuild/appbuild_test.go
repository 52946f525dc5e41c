package appbuild

import (
	"bytes"
	"debug/macho"
	"encoding/binary"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestMergeFlags(t *testing.T) {
	const needed = "-trimpath " + SafeFlag
	for _, tt := range []struct{ name, flags, want string }{
		{"none before", "", needed},
		{"others stay", "-buildvcs=false -mod=mod", "-buildvcs=false -mod=mod " + needed},
		{"none twice", needed + " " + needed, needed},
		{"a weaker one does not win by coming later", SafeFlag + " -gcflags=all=-N", "-gcflags=all=-N " + needed},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := MergeFlags(tt.flags)
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			if again := MergeFlags(got); again != got {
				t.Errorf("merged again: %q", again)
			}
		})
	}
}

func TestEnviron(t *testing.T) {
	t.Setenv("GOFLAGS", "-buildvcs=false")
	last := func(env []string, name string) string {
		for _, v := range slices.Backward(env) {
			if value, ok := strings.CutPrefix(v, name+"="); ok {
				return value
			}
		}
		return ""
	}
	cross, err := Environ("arm64", "clang --config=x")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"GOOS": "darwin", "GOARCH": "arm64", "CGO_ENABLED": "1", "CC": "clang --config=x", "GOFLAGS": MergeFlags("-buildvcs=false"),
	} {
		if got := last(cross, name); got != want {
			t.Errorf("cross build: %s is %q, want %q", name, got, want)
		}
	}
	native, err := Environ("amd64", "")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"CGO_CFLAGS", "CGO_LDFLAGS"} {
		if got := last(native, name); !strings.Contains(got, "-mmacosx-version-min="+MinimumOS) {
			t.Errorf("on a Mac: %s is %q, without the oldest macOS", name, got)
		}
	}
}

func TestVersions(t *testing.T) {
	const seconds = "1795748647"
	made := time.Date(2026, 11, 27, 3, 4, 7, 0, time.UTC)
	for _, tt := range []struct {
		name, describe, commits, seconds string
		want                             Version
	}{
		{"a tagged commit", "v1.2.3", "57", seconds, Version{"v1.2.3", "1.2.3", "57", made}},
		{"commits after the tag", "v1.2.3-4-gabc1234-dirty", "61", seconds, Version{"v1.2.3-4-gabc1234-dirty", "1.2.3", "61", made}},
		{"a tag for testing", "v2.0.0-rc.1", "70", seconds, Version{"v2.0.0-rc.1", "2.0.0", "70", made}},
		{"before the first tag", "abc1234", "12", seconds, Version{"abc1234", "0.0.0", "12", made}},
		{"a tag that is not a version", "latest-3-gabc1234", "12", seconds, Version{"latest-3-gabc1234", "0.0.0", "12", made}},
		{"no git", "", "", "", Version{"dev", "0.0.0", "0", time.Time{}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := newVersion(tt.describe, tt.commits, tt.seconds); got != tt.want {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
		})
	}
}

func TestVersionOfATreeWithoutGit(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("GIT_CEILING_DIRECTORIES", filepath.Dir(dir))
	if got := FindVersion(dir); got.Full != "dev" {
		t.Errorf("got %+v", got)
	}
}

func TestLinkNamesTheVersionAndStrips(t *testing.T) {
	for repository, flags := range map[string]string{
		"":           LinkFlags + " -X main.release=v1.2.3",
		"owner/name": LinkFlags + " -X main.release=v1.2.3 -X vpnstatus/internal/update.Repository=owner/name",
	} {
		args := Link(Version{Full: "v1.2.3"}, repository, "build/x")
		if args[0] != "build" || args[len(args)-1] != Command {
			t.Errorf("go %q", args)
		}
		for flag, want := range map[string]string{"-ldflags": flags, "-o": "build/x"} {
			if i := slices.Index(args, flag); i < 0 || args[i+1] != want {
				t.Errorf("go %q: %s is not %q", args, flag, want)
			}
		}
	}
}

const template = `<plist><dict>
	<!-- kept -->
	<key>CFBundleShortVersionString</key>
	<string>0.0.0</string>
	<key>CFBundleVersion</key> <string>0</string>
	<key>VPNStatusVersion</key>
	<string></string>
</dict></plist>`

func TestInfoPlist(t *testing.T) {
	got, err := InfoPlist([]byte(template), Version{Full: "v1.2.3-<&$1>", Short: "1.2.3", Build: "57"})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"<!-- kept -->", "<string>1.2.3</string>", "<string>57</string>", "<string>v1.2.3-&lt;&amp;$1&gt;</string>"} {
		if !strings.Contains(string(got), want) {
			t.Errorf("%s is not in\n%s", want, got)
		}
	}
	for name, bad := range map[string]string{
		"a key missing": strings.Replace(template, "VPNStatusVersion", "Other", 1),
		"a key twice":   template + template,
	} {
		if _, err := InfoPlist([]byte(bad), Version{}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// program is the shortest Mach-O program: a header, and some bytes after it.
func program(t *testing.T, cpu macho.Cpu, rest string) string {
	t.Helper()
	var b bytes.Buffer
	header := macho.FileHeader{Magic: macho.Magic64, Cpu: cpu, SubCpu: 3, Type: macho.TypeExec}
	for _, v := range []any{header, uint32(0)} {
		if err := binary.Write(&b, binary.LittleEndian, v); err != nil {
			t.Fatal(err)
		}
	}
	b.WriteString(rest)
	path := filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(path, b.Bytes(), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestUniversalKeepsTheProgramsAsTheyAre(t *testing.T) {
	slices := []string{program(t, macho.CpuArm64, "first"), program(t, macho.CpuAmd64, "the second")}
	out := filepath.Join(t.TempDir(), "new", "folder", "universal")
	if err := Universal(out, slices...); err != nil {
		t.Fatal(err)
	}
	all, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	fat, err := macho.NewFatFile(bytes.NewReader(all))
	if err != nil {
		t.Fatal(err)
	}
	if len(fat.Arches) != 2 {
		t.Fatalf("%d architectures", len(fat.Arches))
	}
	for i, a := range fat.Arches {
		want, err := os.ReadFile(slices[i])
		if err != nil {
			t.Fatal(err)
		}
		if got := all[a.Offset : a.Offset+a.Size]; !bytes.Equal(got, want) {
			t.Errorf("program %d differs", i)
		}
		if a.Offset%(1<<14) != 0 || a.Align != 14 {
			t.Errorf("program %d lies at %d, aligned to 2^%d; Apple silicon has pages of 2^14", i, a.Offset, a.Align)
		}
		if a.SubCpu != 3 {
			t.Errorf("program %d is for the model %d", i, a.SubCpu)
		}
	}
	if info, err := os.Stat(out); err != nil || info.Mode()&0o111 == 0 {
		t.Errorf("it can't be run: %v, %v", info.Mode(), err)
	}
}

func TestUniversalRefuses(t *testing.T) {
	text := filepath.Join(t.TempDir(), "text")
	if err := os.WriteFile(text, []byte("#!/bin/sh\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, programs := range map[string][]string{
		"one architecture twice":   {program(t, macho.CpuArm64, ""), program(t, macho.CpuArm64, "")},
		"not a program":            {text},
		"a program that is absent": {filepath.Join(t.TempDir(), "none")},
	} {
		if err := Universal(filepath.Join(t.TempDir(), "out"), programs...); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// sources writes a tree with what Assemble reads.
func sources(t *testing.T) (root string) {
	t.Helper()
	root = t.TempDir()
	for _, f := range []struct {
		name, text string
		mode       os.FileMode
	}{
		{"Info.plist", template, 0o644},
		{"LICENSE", "free", 0o644},
		{"NOTICE", "of others", 0o640},
		{"packaging/bin/vpnutil", "#!/bin/sh", 0o700},
		{Documents + "/man/man1/vpnstatus.1", ".TH", 0o644},
	} {
		if err := write(filepath.Join(root, f.name), []byte(f.text), f.mode); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func TestAssemble(t *testing.T) {
	root := sources(t)
	binary := program(t, macho.CpuArm64, "")
	bundle := filepath.Join(t.TempDir(), Bundle)
	old := filepath.Join(bundle, "Contents", "old")
	if err := write(old, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := Assemble(root, bundle, binary, Version{Full: "v1.2.3", Short: "1.2.3", Build: "9"}, []byte("icns")); err != nil {
		t.Fatal(err)
	}
	for name, mode := range map[string]os.FileMode{
		"Info.plist": 0o644, "PkgInfo": 0o644, "MacOS/vpnstatus": 0o755, "Resources/AppIcon.icns": 0o644, "Resources/LICENSE.txt": 0o644,
		"Resources/NOTICE.txt": 0o644, "Resources/bin/vpnutil": 0o755, "Resources/man/man1/vpnstatus.1": 0o644,
	} {
		info, err := os.Stat(filepath.Join(bundle, "Contents", name))
		if err != nil {
			t.Error(err)
		} else if info.Mode()&0o111 != mode&0o111 {
			t.Errorf("%s has the mode %v", name, info.Mode())
		}
	}
	if _, err := os.Stat(old); !os.IsNotExist(err) {
		t.Errorf("a file of the bundle before is still there: %v", err)
	}

	// Whatever is in the way must not be removed by a slip.
	other := t.TempDir()
	if err := Assemble(root, other, binary, Version{}, nil); err == nil {
		t.Error("a folder of another name was replaced")
	}
	if _, err := os.Stat(other); err != nil {
		t.Error(err)
	}
}

func TestFinishJoinsTheProgramsAndDrawsTheIcon(t *testing.T) {
	programs := []string{program(t, macho.CpuArm64, "first"), program(t, macho.CpuAmd64, "second")}
	t.Chdir(sources(t))
	// In place of go run ./tools/manual.
	for name, text := range map[string]string{"go": "#!/bin/sh\ntest \"$*\" = 'run ./tools/manual build/documents'", "bad": "#!/bin/sh\nfalse"} {
		if err := write(name, []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := Finish("./bad", Version{}, programs...); err == nil {
		t.Error("without manual pages there is no error")
	}
	if _, err := Finish("./go", Version{}, programs[0], programs[0]); err == nil {
		t.Error("with one architecture twice there is no error")
	}
	bundle, err := Finish("./go", Version{Full: "v1.2.3", Short: "1.2.3", Build: "9"}, programs...)
	if err != nil {
		t.Fatal(err)
	}
	fat, err := macho.OpenFat(filepath.Join(bundle, "Contents", "MacOS", "vpnstatus"))
	if err != nil {
		t.Fatal(err)
	}
	defer fat.Close()
	icon, err := os.ReadFile(filepath.Join(bundle, "Contents", "Resources", "AppIcon.icns"))
	if bundle != "build/VPNStatus.app" || len(fat.Arches) != 2 || !bytes.HasPrefix(icon, []byte("icns")) {
		t.Errorf("%s has %d architectures and the icon %.4q, %v", bundle, len(fat.Arches), icon, err)
	}
}

// A bundle that lacks a part is not begun, so the one before is still whole.
func TestAssembleNeedsAllItsParts(t *testing.T) {
	for name, change := range map[string]func(root string, binary *string) error{
		"no Info.plist":        func(root string, _ *string) error { return os.Remove(filepath.Join(root, InfoFile)) },
		"no key in Info.plist": func(root string, _ *string) error { return os.WriteFile(filepath.Join(root, InfoFile), nil, 0o644) },
		"no licence":           func(root string, _ *string) error { return os.Remove(filepath.Join(root, "LICENSE")) },
		"no notice":            func(root string, _ *string) error { return os.Remove(filepath.Join(root, "NOTICE")) },
		"no commands":          func(root string, _ *string) error { return os.RemoveAll(filepath.Join(root, "packaging")) },
		"no documents":         func(root string, _ *string) error { return os.RemoveAll(filepath.Join(root, "build")) },
		"no program":           func(root string, binary *string) error { *binary = filepath.Join(root, "none"); return nil },
	} {
		t.Run(name, func(t *testing.T) {
			root := sources(t)
			bundle, binary := filepath.Join(t.TempDir(), Bundle), program(t, macho.CpuArm64, "")
			old := filepath.Join(bundle, "Contents", "old")
			if err := errors.Join(write(old, nil, 0o644), change(root, &binary)); err != nil {
				t.Fatal(err)
			}
			if err := Assemble(root, bundle, binary, Version{}, nil); err == nil {
				t.Error("no error")
			}
			if _, err := os.Stat(old); err != nil {
				t.Errorf("the bundle before is gone: %v", err)
			}
		})
	}
}

// The commands of the bundle run its program wherever it lies and however they
// are reached.
func TestTheCommandsOfTheBundleRunItsProgram(t *testing.T) {
	bundle := filepath.Join(t.TempDir(), "two words", Bundle)
	if err := write(filepath.Join(bundle, "Contents", "MacOS", Executable), []byte("#!/bin/sh\nprintf '%s|' \"$0\" \"$@\"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"vpnstatus": "|list|a b|", "vpnutil": "|vpnutil|--|list|a b|"} {
		text, err := os.ReadFile("../../../packaging/bin/" + name)
		if err != nil {
			t.Fatal(err)
		}
		script := filepath.Join(bundle, "Contents", "Resources", "bin", name)
		if err := write(script, text, 0o755); err != nil {
			t.Fatal(err)
		}
		link := filepath.Join(t.TempDir(), "link")
		second := filepath.Join(filepath.Dir(link), "link to the link")
		if err := errors.Join(os.Symlink(script, link), os.Symlink("link", second)); err != nil {
			t.Fatal(err)
		}
		// macOS names its temporary folder through a link.
		real, err := filepath.EvalSymlinks(bundle)
		if err != nil {
			t.Fatal(err)
		}
		want = filepath.Join(real, "Contents", "MacOS", Executable) + want
		for _, path := range []string{script, link, second} {
			got, err := exec.Command(path, "list", "a b").CombinedOutput()
			if err != nil || string(got) != want {
				t.Errorf("%s: %v, ran %q, want %q", path, err, got, want)
			}
		}
	}
}
