package release

import (
	"archive/zip"
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var commit = time.Date(2026, 11, 27, 3, 4, 6, 0, time.UTC)

// bundle writes a bundle in a new folder, its files in the order of names.
func bundle(t *testing.T, names ...string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "VPNStatus.app")
	for _, name := range names {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		mode := os.FileMode(0o644)
		if strings.Contains(name, "/bin/") {
			mode = 0o755
		}
		if err := os.WriteFile(path, []byte("text of "+name), mode); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func pack(t *testing.T, dir string, at time.Time) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Pack(&b, dir, at); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestOneBundleGivesOneArchive(t *testing.T) {
	first := bundle(t, "Contents/Info.plist", "Contents/Resources/bin/vpnutil")
	want := pack(t, first, commit)

	// In another folder, written in another order, later, with another umask, in
	// another time zone.
	second := bundle(t, "Contents/Resources/bin/vpnutil", "Contents/Info.plist")
	for name, mode := range map[string]os.FileMode{"Contents/Info.plist": 0o600, "Contents/Resources/bin/vpnutil": 0o700, "Contents": 0o700} {
		if err := os.Chmod(filepath.Join(second, name), mode); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chtimes(filepath.Join(second, "Contents/Info.plist"), commit, commit.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if got := pack(t, second, commit.In(time.FixedZone("", 9*3600))); !bytes.Equal(got, want) {
		t.Error("the archives differ")
	}
	if bytes.Equal(pack(t, first, commit.Add(time.Hour)), want) {
		t.Error("the time of the commit is not in the archive")
	}
}

func TestTheArchiveHoldsTheBundle(t *testing.T) {
	text := pack(t, bundle(t, "Contents/Info.plist", "Contents/Resources/bin/vpnutil"), commit)
	r, err := zip.NewReader(bytes.NewReader(text), int64(len(text)))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]fs.FileMode{
		"VPNStatus.app/":                               fs.ModeDir | 0o755,
		"VPNStatus.app/Contents/":                      fs.ModeDir | 0o755,
		"VPNStatus.app/Contents/Info.plist":            0o644,
		"VPNStatus.app/Contents/Resources/":            fs.ModeDir | 0o755,
		"VPNStatus.app/Contents/Resources/bin/":        fs.ModeDir | 0o755,
		"VPNStatus.app/Contents/Resources/bin/vpnutil": 0o755,
	}
	for _, f := range r.File {
		if mode, ok := want[f.Name]; !ok || f.Mode() != mode {
			t.Errorf("%s has the mode %v, want %v", f.Name, f.Mode(), mode)
		}
		if !f.Modified.Equal(commit) {
			t.Errorf("%s has the time %v", f.Name, f.Modified)
		}
		delete(want, f.Name)
	}
	for name := range want {
		t.Errorf("%s is missing", name)
	}
	info, err := fs.ReadFile(r, "VPNStatus.app/Contents/Info.plist")
	if err != nil || string(info) != "text of Contents/Info.plist" {
		t.Errorf("Info.plist reads %q, %v", info, err)
	}
}

func TestABundleWithoutACommitHasTheEarliestTime(t *testing.T) {
	dir := bundle(t, "Contents/Info.plist")
	if !bytes.Equal(pack(t, dir, time.Time{}), pack(t, dir, earliest)) {
		t.Error("the zero time is not the earliest that an archive can name")
	}
}

func TestABundleWithALinkIsRefused(t *testing.T) {
	dir := bundle(t, "Contents/Info.plist")
	if err := os.Symlink("Info.plist", filepath.Join(dir, "Contents", "link")); err != nil {
		t.Fatal(err)
	}
	if err := Pack(&bytes.Buffer{}, dir, commit); err == nil {
		t.Error("no error")
	}
}

var values = CaskValues{Version: "1.2.3", SHA256: strings.Repeat("ab", 32), Repository: "someone/vpnstatus"}

func caskSource(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../../packaging/homebrew/vpnstatus.rb")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// caskFiles are what the cask in packaging names.
var caskFiles = []string{
	"Contents/Resources/bin/vpnstatus", "Contents/Resources/bin/vpnutil",
	"Contents/Resources/completions/vpnstatus.bash", "Contents/Resources/completions/vpnstatus.fish", "Contents/Resources/completions/_vpnstatus",
	"Contents/Resources/man/man1/vpnstatus-list.1", "Contents/Resources/man/man1/vpnstatus.1",
}

func TestCaskNamesTheReleaseAndAllItsPages(t *testing.T) {
	got, err := Cask(caskSource(t), values, bundle(t, caskFiles...))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`version "1.2.3"`, `sha256 "` + values.SHA256 + `"`, `homepage "https://github.com/someone/vpnstatus"`,
		`url "https://github.com/someone/vpnstatus/releases/download/v#{version}/VPNStatus-#{version}.zip"`,
		`manpage "#{appdir}/VPNStatus.app/Contents/Resources/man/man1/vpnstatus-list.1"`,
		`manpage "#{appdir}/VPNStatus.app/Contents/Resources/man/man1/vpnstatus.1"`,
	} {
		if strings.Count(got, "  "+want+"\n") != 1 {
			t.Errorf("the cask does not have %s once:\n%s", want, got)
		}
	}
	if !strings.HasPrefix(got, "cask \"vpnstatus\" do\n") || strings.Contains(got, "OWNER") {
		t.Errorf("the cask is\n%s", got)
	}
}

func TestCaskRefuses(t *testing.T) {
	source := caskSource(t)
	other := values
	other.Repository = "not a repository"
	for name, cask := range map[string]struct {
		source string
		values CaskValues
		files  []string
	}{
		"a path that the bundle has not": {source, values, caskFiles[1:]},
		"a repository of another form":   {source, other, caskFiles},
		"a source without a version":     {strings.Replace(source, "0.0.0", "1.0.0", 1), values, caskFiles},
		"a source without manual page":   {strings.Replace(source, "manpage", "# manpage", 1), values, caskFiles},
	} {
		if _, err := Cask(cask.source, cask.values, bundle(t, cask.files...)); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestNotes(t *testing.T) {
	const changelog = "# Changelog\n\n## Unreleased\n\n- later\n\n## [1.3.0] - 2026-12-01\n\n### Added\n\n- a thing\n\n## 1.2.0\n- older\n\n## 1.1.0\n"
	for version, want := range map[string]string{"1.3.0": "### Added\n\n- a thing\n", "1.2.0": "- older\n"} {
		if got, err := Notes(changelog, version); err != nil || got != want {
			t.Errorf("%s: got %q, %v, want %q", version, got, err, want)
		}
	}
	for _, version := range []string{"1.3", "2.0.0", "1.1.0", ""} {
		if got, err := Notes(changelog, version); err == nil {
			t.Errorf("%s: got %q and no error", version, got)
		}
	}
}
