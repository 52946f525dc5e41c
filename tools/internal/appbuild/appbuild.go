// Package appbuild holds what every build of the Mac app has in common,
// natively on a Mac or from Linux: flags, version, universal binary, bundle.
package appbuild

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"vpnstatus/tools/internal/icon"
)

const (
	// Executable is the program's name within the bundle (CFBundleExecutable).
	Executable = "vpnstatus"

	// Bundle is the app's folder name.
	Bundle = "VPNStatus.app"

	// InfoFile is the bundle's property list, in the bundle and in the sources.
	InfoFile = "Info.plist"

	// Documents is the folder, in the root of the sources, where tools/manual
	// writes the manual pages and shell completions that go into the bundle.
	Documents = "build/documents"

	// Command is the package that is built.
	Command = "./cmd/vpnstatus"

	// SafeFlag keeps the results of variable-length make off the goroutine
	// stack. darwinkit v0.5.0 hands their address to libffi as an integer, and
	// is memory-unsafe on Go 1.25 and later without it (darwinkit issue 286).
	// It must reach all packages, since objc.Call is generic and compiled into
	// its callers. The q keeps the compiler from logging each use.
	SafeFlag = "-gcflags=all=-d=variablemakehash=qn"

	// LinkFlags strip the binary. Left in, the symbols make Go's linker run
	// tools of the host that don't know Mach-O; and ld64.lld knows no
	// compressed DWARF.
	LinkFlags = "-s -w -compressdwarf=false"
)

// Architectures lists the GOARCH values a universal binary holds.
var Architectures = []string{"arm64", "amd64"}

// MergeFlags returns goflags (a value of GOFLAGS) with what a darwin build
// needs. The Makefile has the same for what it runs on a Mac, so that all share
// one build cache; -trimpath lets all clones on a machine share it. The safe flag
// comes last, since of several -gcflags Go takes the last that matches.
func MergeFlags(goflags string) string {
	needed := []string{"-trimpath", SafeFlag}
	fields := slices.DeleteFunc(strings.Fields(goflags), func(f string) bool { return slices.Contains(needed, f) })
	return strings.Join(append(fields, needed...), " ")
}

// Environ is the environment of go commands for darwin/goarch. cc is the C
// compiler, "" for the system's own on a Mac.
func Environ(goarch, cc string) ([]string, error) {
	out, err := exec.Command("go", "env", "GOFLAGS").Output()
	if err != nil {
		return nil, fmt.Errorf("go env GOFLAGS: %w", err)
	}
	env := append(os.Environ(),
		"GOOS=darwin", "GOARCH="+goarch, "CGO_ENABLED=1",
		"GOFLAGS="+MergeFlags(strings.TrimSpace(string(out))))
	if cc != "" {
		return append(env, "CC="+cc), nil
	}
	// Apple's clang takes the Mac it runs on for the oldest one to support.
	minimum := "-mmacosx-version-min=" + MinimumOS
	return append(env, "CGO_CFLAGS=-O2 -g "+minimum, "CGO_LDFLAGS="+minimum), nil
}

// RepositoryVariable names the environment variable with the "owner/name" on
// GitHub that a release is published in, and where it looks for newer ones.
const RepositoryVariable = "REPOSITORY"

// Link returns the arguments of go build for the stripped program. A program
// with an empty repository never looks for updates.
func Link(v Version, repository, out string) []string {
	flags := LinkFlags + " -X main.release=" + v.Full
	if repository != "" {
		flags += " -X vpnstatus/internal/update.Repository=" + repository
	}
	return []string{"build", "-ldflags", flags, "-o", out, Command}
}

// MinimumOS is the oldest macOS that the app starts on. SMAppService (launch at
// login) begins with it.
const MinimumOS = "13.0"

// A Version is what a build is called.
type Version struct {
	Full  string // as git describes the commit, "v1.2.3-4-gabc1234"; "dev" outside git
	Short string // CFBundleShortVersionString: the tag's three numbers, "0.0.0" before the first tag
	Build string // CFBundleVersion: the number of commits, so that later is larger

	// Time is when the commit was made, in UTC. It stands for the time of the build
	// wherever one is asked for, so that two builds of a commit are the same. It is
	// the zero time outside git.
	Time time.Time
}

// Number is the version in the names of files: "1.2.3" for the tag v1.2.3.
func (v Version) Number() string { return strings.TrimPrefix(v.Full, "v") }

var tag = regexp.MustCompile(`^v(\d+\.\d+\.\d+)`)

// FindVersion asks git about the work tree in dir. A tree without git, as out of
// an archive, is version "dev".
func FindVersion(dir string) Version {
	git := func(args ...string) string {
		cmd := exec.Command("git", args...)
		cmd.Dir = dir
		out, err := cmd.Output()
		if err != nil {
			return ""
		}
		return strings.TrimSpace(string(out))
	}
	return newVersion(git("describe", "--tags", "--always", "--dirty"), git("rev-list", "--count", "HEAD"), git("log", "-1", "--format=%ct"))
}

// newVersion makes a Version of what git says; seconds is the commit's Unix time.
func newVersion(describe, commits, seconds string) Version {
	v := Version{Full: describe, Short: "0.0.0", Build: commits}
	if v.Full == "" {
		v.Full = "dev"
	}
	if v.Build == "" {
		v.Build = "0"
	}
	if m := tag.FindStringSubmatch(describe); m != nil {
		v.Short = m[1]
	}
	if t, err := strconv.ParseInt(seconds, 10, 64); err == nil {
		v.Time = time.Unix(t, 0).UTC()
	}
	return v
}

// Finish makes build/VPNStatus.app from the built programs, one for each
// architecture, with the icon, the manual pages and the completions, and returns its
// path. It runs goCommand in the root of the sources. The bundle is not signed.
func Finish(goCommand string, v Version, programs ...string) (bundle string, err error) {
	program := filepath.Join("build", "darwin", Executable)
	if err := Universal(program, programs...); err != nil {
		return "", fmt.Errorf("making the universal program: %w", err)
	}
	manual := exec.Command(goCommand, "run", "./tools/manual", Documents)
	manual.Stdout, manual.Stderr = os.Stderr, os.Stderr
	if err := manual.Run(); err != nil {
		return "", fmt.Errorf("writing the manual pages: %w", err)
	}
	picture, err := icon.ICNS()
	if err != nil {
		return "", fmt.Errorf("drawing the icon: %w", err)
	}
	bundle = filepath.Join("build", Bundle)
	if err := Assemble(".", bundle, program, v, picture); err != nil {
		return "", fmt.Errorf("assembling the bundle: %w", err)
	}
	return bundle, nil
}

// Assemble writes the bundle dir from the built program, the icon, the sources in
// root, and the files of Documents there, which become resources. An older bundle
// in dir is replaced. The bundle is not signed.
func Assemble(root, dir, program string, v Version, icon []byte) error {
	if filepath.Base(dir) != Bundle {
		return fmt.Errorf("the bundle %s is not called %s", dir, Bundle)
	}
	template, err := os.ReadFile(filepath.Join(root, InfoFile))
	if err != nil {
		return err
	}
	info, err := InfoPlist(template, v)
	if err != nil {
		return err
	}
	files := map[string]part{
		InfoFile:                 {info, 0o644},
		"PkgInfo":                {[]byte("APPL????"), 0o644},
		"Resources/AppIcon.icns": {icon, 0o644},
	}
	for name, from := range map[string]string{
		"MacOS/" + Executable:   program,
		"Resources/LICENSE.txt": filepath.Join(root, "LICENSE"),
		"Resources/NOTICE.txt":  filepath.Join(root, "NOTICE"),
	} {
		if err := add(files, name, from); err != nil {
			return err
		}
	}
	// The commands are resources: a script next to the program would be code that
	// must have a signature of its own.
	for from, to := range map[string]string{
		filepath.Join(root, Documents):          "Resources",
		filepath.Join(root, "packaging", "bin"): "Resources/bin",
	} {
		if err := addAll(files, to, from); err != nil {
			return err
		}
	}
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	for name, p := range files {
		if err := write(filepath.Join(dir, "Contents", filepath.FromSlash(name)), p.text, p.mode); err != nil {
			return err
		}
	}
	return nil
}

// A part is a file of the bundle.
type part struct {
	text []byte
	mode os.FileMode
}

// add reads the file from as the part called name.
func add(files map[string]part, name, from string) error {
	text, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	info, err := os.Stat(from)
	if err != nil {
		return err
	}
	mode := os.FileMode(0o644)
	if info.Mode()&0o111 != 0 {
		mode = 0o755
	}
	files[name] = part{text, mode}
	return nil
}

// addAll reads the files below the folder from as parts below the folder to.
func addAll(files map[string]part, to, from string) error {
	return filepath.WalkDir(from, func(name string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		relative, err := filepath.Rel(from, name)
		if err != nil {
			return err
		}
		return add(files, to+"/"+filepath.ToSlash(relative), name)
	})
}

func write(path string, text []byte, mode os.FileMode) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, text, mode)
}

// InfoPlist fills the versions into the Info.plist of the sources.
func InfoPlist(template []byte, v Version) ([]byte, error) {
	for key, value := range map[string]string{
		"CFBundleShortVersionString": v.Short,
		"CFBundleVersion":            v.Build,
		"VPNStatusVersion":           v.Full,
	} {
		// By text, so that the file keeps its order and comments.
		re := regexp.MustCompile(`(<key>` + key + `</key>\s*<string>)[^<]*(</string>)`)
		if len(re.FindAllIndex(template, -1)) != 1 {
			return nil, fmt.Errorf("%s holds %s not once", InfoFile, key)
		}
		var safe bytes.Buffer
		if err := xml.EscapeText(&safe, []byte(value)); err != nil {
			return nil, err
		}
		template = re.ReplaceAll(template, []byte("${1}"+strings.ReplaceAll(safe.String(), "$", "$$")+"${2}"))
	}
	return template, nil
}
