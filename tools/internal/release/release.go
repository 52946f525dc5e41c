// Package release makes the files of a release out of the finished bundle: the
// archive, the Homebrew cask and the notes. All of it is the same for the same
// bundle, on any system and at any time.
package release

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// earliest is the oldest time that an archive can name.
var earliest = time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)

// Pack writes the bundle in dir as a zip archive with the bundle's folder at its
// top, as Finder makes it. Each entry gets the time t, and the mode 0755 or 0644
// whatever the umask of the build was. Links and extended attributes are not
// archived: a bundle with a link is an error, and the signature of this bundle
// needs no attributes.
func Pack(w io.Writer, dir string, t time.Time) error {
	if t.Before(earliest) {
		t = earliest
	}
	archive := zip.NewWriter(w)
	top := filepath.Base(dir)
	// WalkDir goes in the order of the names.
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		header := &zip.FileHeader{Name: path.Join(top, name), Method: zip.Deflate, Modified: t.UTC()}
		switch {
		case d.IsDir():
			header.Name += "/"
			header.Method = zip.Store
			header.SetMode(fs.ModeDir | 0o755)
		case !info.Mode().IsRegular():
			return fmt.Errorf("%s is neither a file nor a folder", filepath.Join(dir, name))
		case info.Mode()&0o111 != 0:
			header.SetMode(0o755)
		default:
			header.SetMode(0o644)
		}
		entry, err := archive.CreateHeader(header)
		if err != nil || d.IsDir() {
			return err
		}
		file, err := os.Open(filepath.Join(dir, filepath.FromSlash(name)))
		if err != nil {
			return err
		}
		defer file.Close()
		_, err = io.Copy(entry, file)
		return err
	})
	if err != nil {
		return fmt.Errorf("packing %s: %w", dir, err)
	}
	return archive.Close()
}

// CaskValues are what differs from release to release in the cask.
type CaskValues struct {
	Version    string // without the v
	SHA256     string // of the archive, in hexadecimal digits
	Repository string // "owner/name" on GitHub
}

var (
	caskPath   = regexp.MustCompile(`"#\{appdir\}/VPNStatus\.app/([^"]+)"`)
	manpage    = regexp.MustCompile(`(?m)^( *manpage ".*/)vpnstatus\.1"\n`)
	repository = regexp.MustCompile(`^[A-Za-z0-9-]+/[A-Za-z0-9._-]+$`)
)

// Cask fills the source of the cask: the values, and a line for each manual page
// of the bundle in dir. A path of the cask that the bundle has not is an error.
func Cask(source string, v CaskValues, dir string) (string, error) {
	if v.Repository != "" && !repository.MatchString(v.Repository) {
		return "", fmt.Errorf("the repository is %q, not OWNER/NAME", v.Repository)
	}
	for from, to := range map[string]string{
		`version "0.0.0"`:                          fmt.Sprintf("version %q", v.Version),
		`sha256 "` + strings.Repeat("0", 64) + `"`: fmt.Sprintf("sha256 %q", v.SHA256),
	} {
		if strings.Count(source, from) != 1 {
			return "", fmt.Errorf("the cask does not have %s once", from)
		}
		source = strings.Replace(source, from, to, 1)
	}
	if v.Repository != "" {
		source = strings.ReplaceAll(source, "OWNER/NAME", v.Repository)
	}
	_, body, found := strings.Cut(source, "\ncask ")
	if !found {
		return "", errors.New("the cask does not begin with \"cask\"")
	}
	source = "cask " + body // without the comment on its source

	pages, err := filepath.Glob(filepath.Join(dir, "Contents", "Resources", "man", "man1", "*.1"))
	if err != nil {
		return "", err
	}
	line := manpage.FindStringSubmatch(source)
	if line == nil {
		return "", errors.New("the cask has no line for the manual page vpnstatus.1")
	}
	var lines strings.Builder
	for _, page := range pages {
		fmt.Fprintf(&lines, "%s%s\"\n", line[1], filepath.Base(page))
	}
	source = strings.Replace(source, line[0], lines.String(), 1)

	for _, m := range caskPath.FindAllStringSubmatch(source, -1) {
		if _, err := os.Stat(filepath.Join(dir, filepath.FromSlash(m[1]))); err != nil {
			return "", fmt.Errorf("the cask names what the bundle has not: %w", err)
		}
	}
	return source, nil
}

// Notes returns the section of the changelog for a version, such as "1.2.3",
// without its heading. A version without a section is an error.
func Notes(changelog, version string) (string, error) {
	var notes strings.Builder
	inside := false
	for line := range strings.Lines(changelog) {
		if heading, ok := strings.CutPrefix(line, "## "); ok {
			if inside {
				break
			}
			name, _, _ := strings.Cut(strings.TrimSpace(heading), " ")
			inside = strings.Trim(name, "[]") == version
			continue
		}
		if inside {
			notes.WriteString(line)
		}
	}
	text := strings.TrimSpace(notes.String())
	if text == "" {
		return "", fmt.Errorf("the changelog has no section %q", "## "+version)
	}
	return text + "\n", nil
}
