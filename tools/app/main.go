// App builds build/VPNStatus.app on a Mac with Go and the Xcode command line
// tools alone, and signs it: ad hoc, or as a Developer ID if it is given one.
package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"

	"vpnstatus/tools/internal/appbuild"
)

func main() {
	host := flag.Bool("host", false, "build for this Mac's architecture alone")
	goCommand := flag.String("go", "go", "`command` that builds: the Makefile's GO")
	identity := flag.String("identity", "-", "`name` of the certificate that signs; - signs ad hoc")
	flag.Parse()
	if err := run(*host, *goCommand, *identity); err != nil {
		fmt.Fprintln(os.Stderr, "app:", err)
		os.Exit(1)
	}
}

func run(host bool, goCommand, identity string) error {
	version := appbuild.FindVersion(".")
	architectures := appbuild.Architectures
	if host {
		architectures = []string{runtime.GOARCH}
	}
	var programs []string
	for _, goarch := range architectures {
		fmt.Printf("building for %s (the first time this takes minutes)\n", goarch)
		env, err := appbuild.Environ(goarch, "")
		if err != nil {
			return err
		}
		out := filepath.Join("build", "darwin", goarch, appbuild.Executable)
		if err := execute(env, goCommand, appbuild.Link(version, os.Getenv(appbuild.RepositoryVariable), out)...); err != nil {
			return fmt.Errorf("building for %s: %w", goarch, err)
		}
		programs = append(programs, out)
	}
	bundle, err := appbuild.Finish(goCommand, version, programs...)
	if err != nil {
		return err
	}
	// The finished bundle is signed, so that Info.plist is bound to the program:
	// without it macOS grants no Location right. No other entitlement: one that
	// Apple restricts has an ad-hoc signed app killed at launch.
	sign := []string{"--sign", identity, "--force", "--options", "runtime",
		"--entitlements", filepath.Join("packaging", "VPNStatus.entitlements")}
	if identity != "-" {
		sign = append(sign, "--timestamp") // notarisation asks for Apple's
	}
	return execute(nil, "codesign", append(sign, bundle)...)
}

func execute(env []string, name string, args ...string) error {
	cmd := exec.Command(name, args...)
	cmd.Env, cmd.Stdout, cmd.Stderr = env, os.Stdout, os.Stderr
	return cmd.Run()
}
