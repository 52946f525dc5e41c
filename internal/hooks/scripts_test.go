package hooks

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestWhatIsRefused(t *testing.T) {
	home := func(t *testing.T) string {
		t.Helper()
		dir := t.TempDir()
		if err := os.Chmod(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	const folder = "hooks/connected.d"
	for name, test := range map[string]struct {
		make func(t *testing.T, home string)
		want string // empty: it runs
	}{
		"own script":         {func(t *testing.T, h string) { write(t, filepath.Join(h, folder, "a"), "", 0o700) }, ""},
		"script for reading": {func(t *testing.T, h string) { write(t, filepath.Join(h, folder, "a"), "", 0o755) }, ""},
		"not executable":     {func(t *testing.T, h string) { write(t, filepath.Join(h, folder, "a"), "", 0o600) }, "chmod u+x"},
		"executable by others alone": {func(t *testing.T, h string) {
			write(t, filepath.Join(h, folder, "a"), "", 0o655)
		}, "chmod u+x"},
		"world-writable": {func(t *testing.T, h string) { write(t, filepath.Join(h, folder, "a"), "", 0o702) }, "others may write to it"},
		"group-writable": {func(t *testing.T, h string) { write(t, filepath.Join(h, folder, "a"), "", 0o720) }, "others may write to it"},
		"setuid": {func(t *testing.T, h string) {
			write(t, filepath.Join(h, folder, "a"), "", os.ModeSetuid|0o700)
		}, "setuid"},
		"link": {func(t *testing.T, h string) {
			write(t, filepath.Join(h, "real"), "", 0o700)
			write(t, filepath.Join(h, folder, "hidden", "x"), "", 0o600)
			must(t, os.RemoveAll(filepath.Join(h, folder, "hidden")))
			must(t, os.Symlink(filepath.Join(h, "real"), filepath.Join(h, folder, "a")))
		}, "it is a link"},
		"folder in the folder": {func(t *testing.T, h string) { must(t, os.MkdirAll(filepath.Join(h, folder, "a"), 0o700)) }, "not a regular file"},
		"fifo": {func(t *testing.T, h string) {
			must(t, os.MkdirAll(filepath.Join(h, folder), 0o700))
			must(t, syscall.Mkfifo(filepath.Join(h, folder, "a"), 0o700))
		}, "not a regular file"},
		"file in place of the folder": {func(t *testing.T, h string) { write(t, filepath.Join(h, folder), "", 0o700) }, "not a folder"},
		"world-writable folder": {func(t *testing.T, h string) {
			write(t, filepath.Join(h, folder, "a"), "", 0o700)
			must(t, os.Chmod(filepath.Join(h, folder), 0o777))
		}, "connected.d is refused: others may write to it"},
		"sticky folder": {func(t *testing.T, h string) {
			write(t, filepath.Join(h, folder, "a"), "", 0o700)
			must(t, os.Chmod(filepath.Join(h, folder), os.ModeSticky|0o777))
		}, "others may add files"},
		"world-writable folder above": {func(t *testing.T, h string) {
			write(t, filepath.Join(h, folder, "a"), "", 0o700)
			must(t, os.Chmod(filepath.Join(h, "hooks"), 0o777))
		}, "hooks is refused: others may write to it"},
		"world-writable settings": {func(t *testing.T, h string) {
			write(t, filepath.Join(h, folder, "a"), "", 0o700)
			must(t, os.Chmod(h, 0o777))
		}, "others may write to it"},
	} {
		t.Run(name, func(t *testing.T) {
			h := home(t)
			test.make(t, h)
			paths, refused := scripts(h, Connected, os.Getuid())
			if test.want == "" {
				if len(paths) != 1 || len(refused) != 0 {
					t.Errorf("paths %q, refused %v", paths, refused)
				}
				return
			}
			if len(paths) != 0 || len(refused) != 1 || !strings.Contains(refused[0].Error(), test.want) {
				t.Errorf("paths %q, refused %v, want %q", paths, refused, test.want)
			}
			if got := check(h, os.Getuid()); len(got) != 1 {
				t.Errorf("the check says %v", got)
			}
		})
	}
}

func TestScriptOfAnotherUserIsRefused(t *testing.T) {
	h := t.TempDir()
	write(t, filepath.Join(h, "hooks/connected.d/a"), "", 0o700)
	info, err := os.Stat(h)
	must(t, err)
	owner := int(info.Sys().(*syscall.Stat_t).Uid)
	if owner == 0 {
		// Root's files are anybody's to run, so this one is given away.
		must(t, os.Chown(filepath.Join(h, "hooks/connected.d/a"), 12345, -1))
		owner = 12344
	}
	paths, refused := scripts(h, Connected, owner+2)
	if len(paths) != 0 || len(refused) == 0 || !strings.Contains(refused[0].Error(), "belongs to user") {
		t.Errorf("paths %q, refused %v", paths, refused)
	}
}

func TestScriptsInLexicalOrder(t *testing.T) {
	h := t.TempDir()
	must(t, os.Chmod(h, 0o700))
	for _, name := range []string{"20-b", "10-a", "9-z", ".DS_Store", "10-a~", "30 ü"} {
		write(t, filepath.Join(h, "hooks/failed.d", name), "", 0o700)
	}
	paths, refused := scripts(h, Failed, os.Getuid())
	var names []string
	for _, p := range paths {
		names = append(names, filepath.Base(p))
	}
	if got := strings.Join(names, " "); got != "10-a 20-b 30 ü 9-z" || len(refused) != 0 {
		t.Errorf("%q, refused %v", got, refused)
	}
}

func TestNoHooksAreNoError(t *testing.T) {
	if refused := check(filepath.Join(t.TempDir(), "nowhere"), os.Getuid()); len(refused) != 0 {
		t.Error(refused)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
