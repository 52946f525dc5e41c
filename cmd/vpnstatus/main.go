// Command vpnstatus is VPNStatus: the menu-bar app and its command line in one
// binary. Without arguments it runs the app; elsewhere than on macOS that is
// the menu in the terminal, on a simulated system.
package main

import (
	"os"

	"vpnstatus/cmd/vpnstatus/cli"
)

// release is set by the build: -ldflags "-X main.release=1.2.3".
var release string

func main() {
	os.Exit(cli.Run(cli.Arguments(os.Args), release))
}
