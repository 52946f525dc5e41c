// Package appbuild holds what every build of the Mac app has in common,
// natively on a Mac or from Linux: flags, version, universal binary, bundle.
package appbuild

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

const (
	// Executable is the program's name within the bundle (CFBundleExecutable).
	Executable = "vpnstatus"

	// Bundle is the app's folder name.
	Bundle = "VPNStatus.app"

	// InfoFile is the bundle's property list, in the bundle and in the sources.
	InfoFile = "Info.plist"

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

// Link returns the arguments of go build for the stripped program.
func Link(v Version, out string) []string {
	return []string{"build", "-ldflags", LinkFlags + " -X main.release=" + v.Full, "-o", out, Command}
}

// MinimumOS is the oldest macOS that the app starts on. SMAppService (launch at
// login) begins with it.
const MinimumOS = "13.0"

// A Version is what a build is called.
type Version struct {
	Full  string // as git describes the commit, "v1.2.3-4-gabc1234"; "dev" outside git
	Short string // CFBundleShortVersionString: the tag's three numbers, "0.0.0" before the first tag
	Build string // CFBundleVersion: the number of commits, so that later is larger
}

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
	return newVersion(git("describe", "--tags", "--always", "--dirty"), git("rev-list", "--count", "HEAD"))
}

func newVersion(describe, commits string) Version {
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
	return v
}

// Assemble writes the bundle dir from the built program and the sources in root.
// An older bundle there is replaced. The bundle is not signed.
func Assemble(root, dir, program string, v Version, icon []byte) error {
	template, err := os.ReadFile(filepath.Join(root, InfoFile))
	if err != nil {
		return err
	}
	info, err := InfoPlist(template, v)
	if err != nil {
		return err
	}
	licence, err := os.ReadFile(filepath.Join(root, "LICENSE"))
	if err != nil {
		return err
	}
	binary, err := os.ReadFile(program)
	if err != nil {
		return err
	}
	if filepath.Base(dir) != Bundle {
		return fmt.Errorf("the bundle %s is not called %s", dir, Bundle)
	}
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	contents := filepath.Join(dir, "Contents")
	return errors.Join(
		write(filepath.Join(contents, InfoFile), info, 0o644),
		write(filepath.Join(contents, "PkgInfo"), []byte("APPL????"), 0o644),
		write(filepath.Join(contents, "MacOS", Executable), binary, 0o755),
		write(filepath.Join(contents, "Resources", "AppIcon.icns"), icon, 0o644),
		write(filepath.Join(contents, "Resources", "LICENSE.txt"), licence, 0o644),
	)
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
		if err := xmlEscape(&safe, value); err != nil {
			return nil, err
		}
		template = re.ReplaceAll(template, []byte("${1}"+strings.ReplaceAll(safe.String(), "$", "$$")+"${2}"))
	}
	return template, nil
}
