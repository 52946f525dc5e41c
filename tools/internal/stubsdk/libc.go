package stubsdk

import (
	"archive/tar"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// systemStub is the file next to include/ in the folder that Unpack fills.
const systemStub = "libSystem.tbd"

// macosHeaders are the folders of a zig distribution that together are the
// headers of macOS 13's C library. A later one replaces files of an earlier
// one; what the two architectures both have is the same.
var macosHeaders = []string{
	"lib/libc/include/any-macos-any/",
	"lib/libc/include/any-macos.13-any/",
	"lib/libc/include/aarch64-macos.13-none/",
	"lib/libc/include/x86_64-macos.13-none/",
}

const macosSystem = "lib/libc/darwin/libSystem.13.tbd"

// Unpack writes the macOS headers (include/) and libSystem's stub out of a
// gzipped tar archive of a zig distribution into dir.
func Unpack(archive io.Reader, dir string) error {
	zip, err := gzip.NewReader(archive)
	if err != nil {
		return fmt.Errorf("reading the zig distribution: %w", err)
	}
	rank := map[string]int{} // file -> index in macosHeaders + 1 of the version written
	system := false
	for r := tar.NewReader(zip); ; {
		h, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return fmt.Errorf("reading the zig distribution: %w", err)
		}
		_, name, _ := strings.Cut(h.Name, "/") // the first element is the package's folder
		if h.Typeflag != tar.TypeReg {
			continue
		}
		if name == macosSystem {
			system = true
			if err := writeFile(filepath.Join(dir, systemStub), r); err != nil {
				return err
			}
			continue
		}
		for i, prefix := range macosHeaders {
			file, ok := strings.CutPrefix(name, prefix)
			if !ok || rank[file] > i+1 {
				continue
			}
			if !filepath.IsLocal(file) {
				return fmt.Errorf("the zig distribution holds the unusable file name %q", h.Name)
			}
			rank[file] = i + 1
			if err := writeFile(filepath.Join(dir, "include", file), r); err != nil {
				return err
			}
		}
	}
	if len(rank) == 0 || !system {
		return fmt.Errorf("the zig distribution lacks the headers or the stub of macOS 13's C library")
	}
	return nil
}

func writeFile(path string, r io.Reader) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return err
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	if _, err := io.Copy(f, r); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}
