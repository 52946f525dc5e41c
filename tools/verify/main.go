// Verify checks a finished VPNStatus.app: property list, versions,
// architectures, libraries, build flags and, on a Mac, the signature.
package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"

	"vpnstatus/tools/internal/verify"
)

func main() {
	signed := flag.Bool("signed", false, "also ask codesign (macOS only)")
	flag.Parse()
	if flag.NArg() != 1 {
		fmt.Fprintln(os.Stderr, "usage: verify [-signed] VPNStatus.app")
		os.Exit(2)
	}
	if err := run(flag.Arg(0), *signed); err != nil {
		fmt.Fprintln(os.Stderr, "verify:", err)
		os.Exit(1)
	}
}

func run(bundle string, signed bool) error {
	r, err := verify.Bundle(bundle)
	if err != nil {
		return err
	}
	for _, s := range r.Slices {
		fmt.Printf("%s: %.1f MB, macOS %s and later\n", s.Arch, float64(s.Size)/1e6, s.MinimumOS)
	}
	if signed {
		if out, err := exec.Command("codesign", "--verify", "--strict", "--verbose=2", bundle).CombinedOutput(); err != nil {
			return fmt.Errorf("the signature is not valid: %w\n%s", err, out)
		}
		entitlements, err := exec.Command("codesign", "--display", "--entitlements", "-", "--xml", bundle).Output()
		if err != nil {
			return fmt.Errorf("asking for the entitlements: %w", err)
		}
		described, err := exec.Command("codesign", "--display", "--verbose=2", bundle).CombinedOutput() // on standard error
		if err != nil {
			return fmt.Errorf("asking for the signature: %w\n%s", err, described)
		}
		if err := verify.Signature(entitlements, string(described)); err != nil {
			return err
		}
		fmt.Println("signature: valid, hardened, no entitlement but location")
	}
	fmt.Printf("%s %s: ok\n", bundle, r.Version)
	return nil
}
