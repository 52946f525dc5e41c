// Command manual writes the manual pages of vpnstatus, one for each command,
// into the folder DIR, or the reference of all commands into docs/cli.md:
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
		err = write(os.Args[1], appbuild.FindVersion(".").Full)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "manual:", err)
		os.Exit(1)
	}
}

func write(dir, version string) error {
	if err := os.MkdirAll(filepath.Clean(dir), 0o755); err != nil {
		return err
	}
	return doc.GenManTree(cli.Command(), &doc.GenManHeader{Section: "1", Source: "VPNStatus " + version}, dir)
}
