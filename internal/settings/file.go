package settings

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/gofrs/flock"
	"github.com/google/renameio/v2"
)

// maxFileSize keeps a file that grew by mistake from filling the memory; 10,000
// trusted networks need about 1 MB.
const maxFileSize = 8 << 20

// lockTimeout is how long a change waits for another program that is writing. A
// write takes milliseconds, on a slow disk a second or two.
const lockTimeout = 5 * time.Second

var (
	errTooLarge = fmt.Errorf("it is larger than %d MB", maxFileSize>>20)
	// errReplaced reports that a file is not the one that was read.
	errReplaced = errors.New("another program has just changed it; try again")
)

// readFile returns the content of a file and what identifies that content. Both
// are nil if there is no file.
func readFile(path string) ([]byte, fs.FileInfo, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	// Opening a named pipe would wait for its writer.
	if !info.Mode().IsRegular() {
		return nil, nil, errors.New("it is not a regular file")
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	if info, err = f.Stat(); err != nil { // before reading, so that a later write shows
		return nil, nil, err
	}
	data, err := io.ReadAll(io.LimitReader(f, maxFileSize+1))
	if err == nil && len(data) > maxFileSize {
		err = errTooLarge
	}
	return data, info, err
}

// resolve returns the file that path stands for: some users keep their settings
// in a repository and put a symbolic link here, which a write must not replace.
func resolve(path string) string {
	if target, err := filepath.EvalSymlinks(path); err == nil {
		return target
	}
	target, err := os.Readlink(path) // a link whose target does not exist yet
	if err != nil {
		return path
	}
	if !filepath.IsAbs(target) {
		target = filepath.Join(filepath.Dir(path), target)
	}
	return target
}

// lockFile takes the lock that all writers of a file share, and makes the folder
// if there is none. The lock is a separate file, because each write replaces the
// settings file, and is never removed: a lock on a removed file would have no
// effect.
func lockFile(target string) (unlock func(), err error) {
	if err := makeDir(filepath.Dir(target)); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), lockTimeout)
	defer cancel()
	name := target + ".lock"
	_, statErr := os.Stat(name)
	// Without O_NONBLOCK opening a named pipe would wait for its writer.
	lock := flock.New(name, flock.SetFlag(os.O_CREATE|os.O_RDONLY|syscall.O_NONBLOCK), flock.SetPermissions(0o600))
	switch ok, err := lock.TryLockContext(ctx, 10*time.Millisecond); {
	case errors.Is(err, context.DeadlineExceeded):
		return nil, fmt.Errorf("another program has kept %s locked for %s", name, lockTimeout)
	case err != nil:
		return nil, err
	case !ok:
		return nil, fmt.Errorf("locking %s failed", name)
	}
	unlock = func() { _ = lock.Close() } // closing can't fail in a way that keeps the lock
	if statErr != nil {
		if err := adopt(name); err != nil {
			unlock()
			return nil, err
		}
	}
	return unlock, nil
}

// makeDir makes a folder and those above it.
func makeDir(dir string) error {
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := makeDir(filepath.Dir(dir)); err != nil {
		return err
	}
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return adopt(dir)
}

// adopt gives a file made by root to the owner of its folder, so that "sudo
// vpnstatus settings set" leaves no file that its user can't use.
func adopt(name string) error {
	if os.Geteuid() != 0 {
		return nil
	}
	info, err := os.Stat(filepath.Dir(name))
	if err != nil {
		return err
	}
	if owner, ok := info.Sys().(*syscall.Stat_t); ok {
		return os.Lchown(name, int(owner.Uid), int(owner.Gid))
	}
	return nil
}

// replaceFile replaces the content of target atomically: readers find either the
// old content or the new, even after a crash. ready is called once the data is
// on the disk; if it returns an error the old content stays. The lock must be
// held.
func replaceFile(target string, data []byte, ready func() error) error {
	dir, base := filepath.Split(target)
	removeLeftovers(dir, base)
	f, err := renameio.NewPendingFile(target, renameio.WithTempDir(filepath.Clean(dir)), renameio.WithStaticPermissions(0o600))
	if err != nil {
		return err
	}
	defer func() { _ = f.Cleanup() }() // does nothing after success; the next write removes a leftover
	if err := adopt(f.Name()); err != nil {
		return err
	}
	if _, err := f.Write(data); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := ready(); err != nil {
		return err
	}
	if err := f.CloseAtomicallyReplace(); err != nil {
		return err
	}
	return syncDir(dir)
}

// unchanged returns errReplaced if a file is not the one that was read, nil for
// none, or has been written since.
func unchanged(name string, was fs.FileInfo) error {
	is, err := os.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist) && was == nil:
		return nil
	case err == nil && was != nil && os.SameFile(was, is) && was.Size() == is.Size() && was.ModTime().Equal(is.ModTime()):
		return nil
	}
	return errReplaced
}

// syncDir makes a rename durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	// Some file systems can't sync a directory; there is nothing to be done.
	if err := d.Sync(); err != nil && !errors.Is(err, syscall.EINVAL) && !errors.Is(err, errors.ErrUnsupported) {
		return err
	}
	return nil
}

// removeLeftovers removes temporary files of writers that were killed. Nobody
// else can be using one while the lock is held.
func removeLeftovers(dir, base string) {
	entries, err := os.ReadDir(filepath.Clean(dir))
	if err != nil {
		return
	}
	for _, e := range entries {
		digits, ok := strings.CutPrefix(e.Name(), "."+base)
		if ok && digits != "" && strings.Trim(digits, "0123456789") == "" {
			_ = os.Remove(filepath.Join(dir, e.Name())) // tried again with the next write
		}
	}
}
