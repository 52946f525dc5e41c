// Dist makes the files of a release in dist/ out of build/VPNStatus.app: the
// archive, the bill of materials, the Homebrew cask and the checksums. Built
// twice from one commit on one system they are the same, byte by byte, unless
// the bundle was signed with a time stamp.
//
//	dist                    make the files
//	dist notes v1.2.3       print the changelog's section on that version
package main

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"vpnstatus/tools/internal/appbuild"
	"vpnstatus/tools/internal/release"
)

const (
	folder  = "dist"
	tools   = "tools/release.mod" // pins the tools that only a release needs
	sumFile = "SHA256SUMS"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "dist:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	switch {
	case len(args) == 0:
		return pack()
	case len(args) == 2 && args[0] == "notes":
		text, err := os.ReadFile("CHANGELOG.md")
		if err != nil {
			return err
		}
		notes, err := release.Notes(string(text), strings.TrimPrefix(args[1], "v"))
		if err != nil {
			return err
		}
		_, err = os.Stdout.WriteString(notes)
		return err
	}
	return errors.New("usage: dist [notes VERSION]")
}

// pack makes the files.
func pack() error {
	version := appbuild.FindVersion(".")
	bundle := filepath.Join("build", appbuild.Bundle)
	var archive bytes.Buffer
	if err := release.Pack(&archive, bundle, version.Time); err != nil {
		return err
	}
	source, err := os.ReadFile(filepath.Join("packaging", "homebrew", "vpnstatus.rb"))
	if err != nil {
		return err
	}
	cask, err := release.Cask(string(source), release.CaskValues{
		Version:    version.Number(),
		SHA256:     fmt.Sprintf("%x", sha256.Sum256(archive.Bytes())),
		Repository: os.Getenv(appbuild.RepositoryVariable),
	}, bundle)
	if err != nil {
		return err
	}
	materials, err := billOfMaterials()
	if err != nil {
		return fmt.Errorf("making the bill of materials: %w", err)
	}

	// What is left of an earlier version must not get into the checksums.
	if err := os.RemoveAll(folder); err != nil {
		return err
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	name := strings.TrimSuffix(appbuild.Bundle, ".app") + "-" + version.Number()
	var sums bytes.Buffer
	for _, file := range []struct {
		name string
		text []byte
	}{
		{name + ".cdx.json", materials},
		{name + ".zip", archive.Bytes()},
		{"vpnstatus.rb", []byte(cask)},
	} {
		if err := os.WriteFile(filepath.Join(folder, file.name), file.text, 0o644); err != nil {
			return err
		}
		// The form of shasum.
		fmt.Fprintf(&sums, "%x  %s\n", sha256.Sum256(file.text), file.name)
	}
	if err := os.WriteFile(filepath.Join(folder, sumFile), sums.Bytes(), 0o644); err != nil {
		return err
	}
	fmt.Print(sums.String())
	return nil
}

// billOfMaterials lists, in the JSON of CycloneDX, the modules whose packages are
// in the program, and Go itself. Both architectures have the same modules.
func billOfMaterials() ([]byte, error) {
	// The tool is built for this machine, and lists for macOS.
	out, err := exec.Command("go", "tool", "-modfile="+tools, "-n", "cyclonedx-gomod").CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("building cyclonedx-gomod: %w\n%s", err, out)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	environ, err := appbuild.Environ("arm64", "")
	if err != nil {
		return nil, err
	}
	var failed bytes.Buffer
	list := exec.Command(lines[len(lines)-1], "app", "-json", "-std", "-noserial", "-notimestamp", "-main", filepath.Clean(appbuild.Command), ".")
	list.Env, list.Stderr = environ, &failed
	text, err := list.Output()
	if err != nil {
		return nil, fmt.Errorf("cyclonedx-gomod: %w\n%s", err, failed.Bytes())
	}
	return text, nil
}
