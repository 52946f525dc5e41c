// Command vpnstatus is VPNStatus: the menu-bar app and its command line in one
// binary. Without arguments it runs the app; elsewhere than on macOS that is
// the menu in the terminal, on a simulated system.
//
// It promises scripts that data goes to standard output and all else to
// standard error, and that the exit codes keep their meaning.
package main

import (
	"os"
)

func main() {
	os.Exit(run(os.Args[1:], system()))
}
