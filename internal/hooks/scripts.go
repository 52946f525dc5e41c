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

// Kind is the event that a hook is run for; its scripts are in the folder Kind
// + ".d".
type Kind string

// The kinds of hooks.
const (
	Connected      Kind = "connected"       // a tunnel is up
	Disconnected   Kind = "disconnected"    // a tunnel that was up is down
	Failed         Kind = "failed"          // connecting ended without a tunnel and was not cancelled
	NetworkChanged Kind = "network-changed" // the machine is on another network
)

// Kinds are all kinds of hooks.
var Kinds = []Kind{Connected, Disconnected, Failed, NetworkChanged}

// RefusedError reports why a script or a folder of scripts is not used.
type RefusedError struct {
	Path string
	Why  string // such as "others may write to it; fix: chmod go-w"
}

func (e *RefusedError) Error() string {
	return fmt.Sprintf("the hook %s is refused: %s", e.Path, e.Why)
}

// scripts returns the paths of the scripts of a kind in lexical order, and the
// errors of those refused. home is the folder of the settings, uid the user's ID.
// It is not an error if there are none.
func scripts(home string, kind Kind, uid int) (paths []string, refused []error) {
	hooks := filepath.Join(home, "hooks")
	dir := filepath.Join(hooks, string(kind)+".d")
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
			refused = append(refused, err)
			continue
		}
		paths = append(paths, path)
	}
	return paths, refused
}

// Check returns why hooks in the folder of the settings would be refused, as
// *RefusedError or errors of the file system.
func Check(home string) []error { return check(home, os.Getuid()) }

func check(home string, uid int) []error {
	var refused []error
	for _, k := range Kinds {
		_, r := scripts(home, k, uid)
		for _, err := range r {
			if !slices.ContainsFunc(refused, func(e error) bool { return e.Error() == err.Error() }) {
				refused = append(refused, err) // a parent folder is refused for each kind
			}
		}
	}
	return refused
}

const writableByOthers = 0o022

func checkFolder(path string, uid int) error {
	info, err := os.Stat(path) // the settings may be behind a link
	switch {
	case err != nil:
		return fmt.Errorf("looking at the hooks: %w", err)
	case !info.IsDir():
		return &RefusedError{path, "it is not a folder"}
	}
	return checkRights(path, info, uid)
}

func checkScript(path string, uid int) error {
	info, err := os.Lstat(path)
	switch {
	case err != nil:
		return fmt.Errorf("looking at the hook: %w", err)
	case info.Mode()&fs.ModeSymlink != 0:
		return &RefusedError{path, "it is a link; put the file itself there"}
	case !info.Mode().IsRegular():
		return &RefusedError{path, "it is not a regular file"}
	}
	if err := checkRights(path, info, uid); err != nil {
		return err
	}
	if info.Mode()&(fs.ModeSetuid|fs.ModeSetgid) != 0 {
		return &RefusedError{path, "it would run with the rights of its owner or group (setuid, setgid)"}
	}
	if info.Mode().Perm()&0o100 == 0 {
		return &RefusedError{path, "it is not executable; fix: chmod u+x"}
	}
	return nil
}

func checkRights(path string, info fs.FileInfo, uid int) error {
	owner, ok := info.Sys().(*syscall.Stat_t)
	switch {
	case !ok:
		return &RefusedError{path, "its owner is unknown"}
	case int(owner.Uid) != uid && owner.Uid != 0:
		return &RefusedError{path, fmt.Sprintf("it belongs to user %d, not to you or root", owner.Uid)}
	case info.Mode().Perm()&writableByOthers != 0 && info.Mode()&fs.ModeSticky == 0:
		return &RefusedError{path, "others may write to it; fix: chmod go-w"}
	case info.Mode().Perm()&writableByOthers != 0:
		// In a sticky folder others may still add scripts.
		return &RefusedError{path, "others may add files to it; fix: chmod go-w"}
	}
	return nil
}
