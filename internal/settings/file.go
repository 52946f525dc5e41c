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

// lockTimeout is how long to wait for another program that is writing. A write
// takes milliseconds, on a slow disk a second or two.
var lockTimeout = 5 * time.Second

// errTooLarge tells that a file is beyond maxFileSize.
var errTooLarge = fmt.Errorf("it is larger than %d MB", maxFileSize>>20)

// failpoint lets a test fail, or end the process, at each step of a write.
var failpoint = func(step string) error { return nil }

// readFile returns the content of the file; nil when there is none.
func readFile(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	// Opening a named pipe would wait for its writer.
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a regular file", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFileSize+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxFileSize {
		return nil, errTooLarge
	}
	return data, nil
}

// resolve returns the file that path stands for: people keep their settings in
// a repository and put a symbolic link here, which a write must not replace.
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

// lockFile takes the lock that all writers share. It lies beside the file, as
// the file itself is replaced by each write, and is never removed: a lock on a
// removed file would keep nobody out.
func lockFile(target string) (unlock func(), err error) {
	ctx, cancel := context.WithTimeout(context.Background(), lockTimeout)
	defer cancel()
	lock := flock.New(target+".lock", flock.SetPermissions(0o600))
	switch ok, err := lock.TryLockContext(ctx, 10*time.Millisecond); {
	case errors.Is(err, context.DeadlineExceeded):
		return nil, fmt.Errorf("another program has kept %s.lock locked for %s", target, lockTimeout)
	case err != nil:
		return nil, err
	case !ok:
		return nil, fmt.Errorf("locking %s.lock failed", target)
	}
	return func() { _ = lock.Close() }, nil // closing can't fail in a way that keeps the lock
}

// replaceFile puts data in the place of target as a whole: whoever reads it,
// also after a crash, finds the old content or the new. The lock must be held.
func replaceFile(target string, data []byte) error {
	dir, base := filepath.Split(target)
	removeLeftovers(dir, base)
	if err := failpoint("before"); err != nil {
		return err
	}
	f, err := renameio.NewPendingFile(target, renameio.WithTempDir(filepath.Clean(dir)), renameio.WithStaticPermissions(0o600))
	if err != nil {
		return err
	}
	defer func() { _ = f.Cleanup() }() // does nothing after success; a leftover goes with the next write
	if err := failpoint("created"); err != nil {
		return err
	}
	half := len(data) / 2
	if _, err := f.Write(data[:half]); err != nil {
		return err
	}
	if err := failpoint("half"); err != nil {
		return err
	}
	if _, err := f.Write(data[half:]); err != nil {
		return err
	}
	if err := failpoint("written"); err != nil {
		return err
	}
	if err := f.CloseAtomicallyReplace(); err != nil {
		return err
	}
	if err := failpoint("replaced"); err != nil {
		return err
	}
	return syncDir(dir)
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

// moveAside renames a file that can't be read and returns its new name.
func moveAside(target string, now time.Time) (string, error) {
	name, err := aside(target, now, func(name string) error { return os.Link(target, name) })
	switch {
	case err == nil:
		return name, os.Remove(target)
	case errors.Is(err, fs.ErrNotExist):
		return "", err
	}
	// A file system without hard links: rename would replace, so make sure
	// that there is nothing.
	name, err = aside(target, now, func(name string) error {
		if _, err := os.Lstat(name); err == nil {
			return fs.ErrExist
		}
		return os.Rename(target, name)
	})
	return name, err
}

// keepCopy puts the content of a file that is about to be changed beside it.
func keepCopy(target string, data []byte, now time.Time) (string, error) {
	return aside(target, now, func(name string) error {
		f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return err
		}
		_, err = f.Write(data)
		return errors.Join(err, f.Sync(), f.Close())
	})
}

// aside calls make with names for a broken file until one is free.
func aside(target string, now time.Time, make func(name string) error) (string, error) {
	base := target + ".broken-" + now.UTC().Format("20060102-150405")
	name := base
	for i := 2; ; i++ {
		err := make(name)
		if !errors.Is(err, fs.ErrExist) || i > 1000 {
			return name, err
		}
		name = fmt.Sprintf("%s-%d", base, i)
	}
}
