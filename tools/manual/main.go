// Command manual writes the manual pages of vpnstatus, one for each command,
// into the folder DIR:
//
//	go run ./tools/manual DIR
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
		fmt.Fprintln(os.Stderr, "usage: manual DIR")
		os.Exit(2)
	}
	if err := write(os.Args[1], appbuild.FindVersion(".").Full); err != nil {
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
