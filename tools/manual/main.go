// Command manual writes what describes the commands of vpnstatus elsewhere: the
// manual pages, one for each command, into DIR/man/man1 and the completions of
// bash, zsh and fish into DIR/completions; or the reference of all commands into
// docs/cli.md:
//
//	go run ./tools/manual DIR
//	go run ./tools/manual -reference
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra/doc"

	"vpnstatus/cmd/vpnstatus/cli"
	"vpnstatus/tools/internal/appbuild"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: manual DIR | -reference")
		os.Exit(2)
	}
	var err error
	if os.Args[1] == "-reference" {
		err = os.WriteFile(referenceFile, []byte(reference()), 0o644)
	} else {
		err = write(os.Args[1], appbuild.FindVersion("."))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "manual:", err)
		os.Exit(1)
	}
}

// write replaces the folder dir, so that it holds no page of a command that is gone.
func write(dir string, v appbuild.Version) error {
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	pages, completions := filepath.Join(dir, "man", "man1"), filepath.Join(dir, "completions")
	for _, folder := range []string{pages, completions} {
		if err := os.MkdirAll(folder, 0o755); err != nil {
			return err
		}
	}
	command := cli.Command()
	// With a date of its own a page is the same whenever it is made.
	header := &doc.GenManHeader{Section: "1", Source: "VPNStatus " + v.Full, Date: &v.Time}
	if err := doc.GenManTree(command, header, pages); err != nil {
		return err
	}
	// The shells look for these names.
	for name, generate := range map[string]func(string) error{
		"vpnstatus.bash": func(file string) error { return command.GenBashCompletionFileV2(file, true) },
		"_vpnstatus":     command.GenZshCompletionFile,
		"vpnstatus.fish": func(file string) error { return command.GenFishCompletionFile(file, true) },
	} {
		if err := generate(filepath.Join(completions, name)); err != nil {
			return err
		}
	}
	return nil
}
