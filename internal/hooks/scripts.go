package hooks

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// Kind is the event that a hook is run for.
type Kind string

// Dir returns the name of the folder of its scripts.
func (k Kind) Dir() string { return string(k) + ".d" }

// The kinds of hooks.
const (
	Connected      Kind = "connected"       // a tunnel is up
	Disconnected   Kind = "disconnected"    // a tunnel that was up is down
	Failed         Kind = "failed"          // connecting ended without a tunnel and was not cancelled
	NetworkChanged Kind = "network-changed" // the machine is on another network
)

// Kinds are all kinds of hooks.
var Kinds = []Kind{Connected, Disconnected, Failed, NetworkChanged}

// refused returns why a script or a folder of scripts is not used, such as "others
// may write to it; fix: chmod go-w".
func refused(path, why string) error {
	return fmt.Errorf("the hook %s is refused: %s", path, why)
}

// scripts returns the paths of the scripts of a kind in lexical order, and the
// errors of those refused. home is the folder of the settings, uid the user's ID.
// It is not an error if there are none.
func scripts(home string, kind Kind, uid int) (paths []string, errs []error) {
	hooks := filepath.Join(home, "hooks")
	dir := filepath.Join(hooks, kind.Dir())
	if _, err := os.Lstat(dir); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	// Anyone who may write to a folder may replace the script, or folder, that
	// is checked.
	for _, d := range []string{home, hooks, dir} {
		if err := checkFolder(d, uid); err != nil {
			return nil, []error{err}
		}
	}
	entries, err := os.ReadDir(dir) // sorted by name
	if err != nil {
		return nil, []error{fmt.Errorf("reading the hooks: %w", err)}
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") || strings.HasSuffix(e.Name(), "~") {
			continue // left there by the Finder or an editor
		}
		path := filepath.Join(dir, e.Name())
		if err := checkScript(path, uid); err != nil {
			errs = append(errs, err)
			continue
		}
		paths = append(paths, path)
	}
	return paths, errs
}

// check returns the errors of all kinds of scripts.
func check(home string, uid int) []error {
	var list []error
	for _, k := range Kinds {
		_, r := scripts(home, k, uid)
		for _, err := range r {
			if !slices.ContainsFunc(list, func(e error) bool { return e.Error() == err.Error() }) {
				list = append(list, err) // a parent folder is refused for each kind
			}
		}
	}
	return list
}

const writableByOthers = 0o022

func checkFolder(path string, uid int) error {
	info, err := os.Stat(path) // the settings may be behind a link
	switch {
	case err != nil:
		return fmt.Errorf("looking at the hooks: %w", err)
	case !info.IsDir():
		return refused(path, "it is not a folder")
	}
	return checkRights(path, info, uid)
}

func checkScript(path string, uid int) error {
	info, err := os.Lstat(path)
	switch {
	case err != nil:
		return fmt.Errorf("looking at the hook: %w", err)
	case info.Mode()&fs.ModeSymlink != 0:
		return refused(path, "it is a link; put the file itself there")
	case !info.Mode().IsRegular():
		return refused(path, "it is not a regular file")
	}
	if err := checkRights(path, info, uid); err != nil {
		return err
	}
	if info.Mode()&(fs.ModeSetuid|fs.ModeSetgid) != 0 {
		return refused(path, "it would run with the rights of its owner or group (setuid, setgid)")
	}
	if info.Mode().Perm()&0o100 == 0 {
		return refused(path, "it is not executable; fix: chmod u+x")
	}
	return nil
}

func checkRights(path string, info fs.FileInfo, uid int) error {
	owner, ok := info.Sys().(*syscall.Stat_t)
	switch {
	case !ok:
		return refused(path, "its owner is unknown")
	case int(owner.Uid) != uid && owner.Uid != 0:
		return refused(path, fmt.Sprintf("it belongs to user %d, not to you or root", owner.Uid))
	case info.Mode().Perm()&writableByOthers != 0 && info.Mode()&fs.ModeSticky == 0:
		return refused(path, "others may write to it; fix: chmod go-w")
	case info.Mode().Perm()&writableByOthers != 0:
		// In a sticky folder others may still add scripts.
		return refused(path, "others may add files to it; fix: chmod go-w")
	}
	return nil
}
