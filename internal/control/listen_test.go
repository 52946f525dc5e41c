package control

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// orphan leaves a socket that nobody listens at, as a crash does.
func orphan(t *testing.T, path string) {
	t.Helper()
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	l.SetUnlinkOnClose(false)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestListen(t *testing.T) {
	t.Run("makes a private directory and a private socket", func(t *testing.T) {
		path := filepath.Join(filepath.Dir(socketPath(t)), "d", "s")
		l, err := Listen(path)
		if err != nil {
			t.Fatal(err)
		}
		for name, want := range map[string]os.FileMode{filepath.Dir(path): 0o700 | os.ModeDir, path: 0o600 | os.ModeSocket} {
			if info, err := os.Stat(name); err != nil || info.Mode() != want {
				t.Errorf("%s: %v, %v, want %v", name, info.Mode(), err, want)
			}
		}
		if err := l.Release(); err != nil {
			t.Error(err)
		}
		if _, err := os.Lstat(path); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("the socket is still there: %v", err)
		}
	})
	t.Run("a removed socket is made again, and the server goes on", func(t *testing.T) {
		b := start(t, newFake())
		if err := b.listener.Restore(); err != nil {
			t.Errorf("with the socket in place: %v", err)
		}
		if err := os.Remove(b.path); err != nil {
			t.Fatal(err)
		}
		if err := b.listener.Restore(); err != nil {
			t.Fatal(err)
		}
		if info, err := os.Stat(b.path); err != nil || info.Mode() != 0o600|os.ModeSocket {
			t.Errorf("%v, %v", info, err)
		}
		b.dial(t)
		if _, err := Listen(b.path); !errors.Is(err, ErrInUse) {
			t.Errorf("a second instance: %v", err)
		}
		b.stop()
		if _, err := os.Lstat(b.path); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("after the end: %v", err)
		}
		if err := b.listener.Restore(); err != nil {
			t.Error(err)
		}
		if _, err := os.Lstat(b.path); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("it came back after the end: %v", err)
		}
	})
	t.Run("a removed directory is made again with its lock", func(t *testing.T) {
		path := filepath.Join(filepath.Dir(socketPath(t)), "d", "s")
		l, err := Listen(path)
		if err != nil {
			t.Fatal(err)
		}
		defer l.Release()
		if err := os.RemoveAll(filepath.Dir(path)); err != nil {
			t.Fatal(err)
		}
		if err := l.Restore(); err != nil {
			t.Fatal(err)
		}
		if info, err := os.Stat(path); err != nil || info.Mode() != 0o600|os.ModeSocket {
			t.Errorf("%v, %v", info, err)
		}
		if _, err := Listen(path); !errors.Is(err, ErrInUse) {
			t.Errorf("a second instance: %v", err)
		}
	})
	t.Run("a removed socket in a folder that has lost its mode", func(t *testing.T) {
		b := start(t, newFake())
		if err := errors.Join(os.Remove(b.path), os.Chmod(filepath.Dir(b.path), 0o777)); err != nil {
			t.Fatal(err)
		}
		if err := b.listener.Restore(); err == nil || !strings.Contains(err.Error(), "can be written by other users") {
			t.Errorf("%v", err)
		}
		if _, err := os.Lstat(b.path); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("it was made: %v", err)
		}
		if err := errors.Join(os.Chmod(filepath.Dir(b.path), 0o700), b.listener.Restore()); err != nil {
			t.Fatal(err)
		}
		b.dial(t)
	})
	t.Run("a removed lock is taken again", func(t *testing.T) {
		b := start(t, newFake())
		if err := os.Remove(b.path + ".lock"); err != nil {
			t.Fatal(err)
		}
		if err := b.listener.Restore(); err != nil {
			t.Fatal(err)
		}
		if _, err := Listen(b.path); !errors.Is(err, ErrInUse) {
			t.Errorf("a second instance: %v", err)
		}
		b.dial(t)
	})
	t.Run("an instance that has taken the place of a removed directory is left alone", func(t *testing.T) {
		path := filepath.Join(filepath.Dir(socketPath(t)), "d", "s")
		first, err := Listen(path)
		if err != nil {
			t.Fatal(err)
		}
		defer first.Release()
		if err := os.RemoveAll(filepath.Dir(path)); err != nil {
			t.Fatal(err)
		}
		second, err := Listen(path)
		if err != nil {
			t.Fatal(err)
		}
		defer second.Release()
		if err := first.Restore(); !errors.Is(err, ErrInUse) {
			t.Errorf("%v", err)
		}
		if err := second.Restore(); err != nil {
			t.Errorf("the second: %v", err)
		}
		if c, err := net.Dial("unix", path); err != nil {
			t.Error(err)
		} else {
			c.Close()
		}
	})
	t.Run("a second instance finds the first", func(t *testing.T) {
		path := socketPath(t)
		l, err := Listen(path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Listen(path); !errors.Is(err, ErrInUse) {
			t.Errorf("%v", err)
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := Listen(path); !errors.Is(err, ErrInUse) {
			t.Errorf("while the first one is ending: %v", err)
		}
		if err := l.Release(); err != nil {
			t.Fatal(err)
		}
		l, err = Listen(path)
		if err != nil {
			t.Fatalf("after the first has ended: %v", err)
		}
		l.Release()
	})
	t.Run("takes the place of an instance that crashed", func(t *testing.T) {
		path := socketPath(t)
		orphan(t, path)
		l, err := Listen(path)
		if err != nil {
			t.Fatal(err)
		}
		l.Release()
	})
	t.Run("leaves a program alone that knows no lock", func(t *testing.T) {
		path := socketPath(t)
		other, err := net.Listen("unix", path)
		if err != nil {
			t.Fatal(err)
		}
		defer other.Close()
		if _, err := Listen(path); !errors.Is(err, ErrInUse) {
			t.Errorf("%v", err)
		}
		if _, err := os.Lstat(path); err != nil {
			t.Errorf("its socket was removed: %v", err)
		}
	})
	refused := map[string]struct {
		prepare func(t *testing.T, dir string) (path string)
		want    string
	}{
		"a file in the way is not removed": {func(t *testing.T, dir string) string {
			place(t, filepath.Join(dir, "s"), "precious")
			return filepath.Join(dir, "s")
		}, "not a socket"},
		"a symbolic link in the way is not followed": {func(t *testing.T, dir string) string {
			orphan(t, filepath.Join(dir, "target"))
			if err := os.Symlink(filepath.Join(dir, "target"), filepath.Join(dir, "s")); err != nil {
				t.Fatal(err)
			}
			return filepath.Join(dir, "s")
		}, "not a socket"},
		"a named pipe in the way is not opened": {func(t *testing.T, dir string) string {
			if err := syscall.Mkfifo(filepath.Join(dir, "s"), 0o600); err != nil {
				t.Fatal(err)
			}
			return filepath.Join(dir, "s")
		}, "not a socket"},
		"a folder in the way": {func(t *testing.T, dir string) string {
			if err := os.Mkdir(filepath.Join(dir, "s"), 0o700); err != nil {
				t.Fatal(err)
			}
			return filepath.Join(dir, "s")
		}, "not a socket"},
		"a directory that others may write to": {func(t *testing.T, dir string) string {
			if err := os.Chmod(dir, 0o777); err != nil {
				t.Fatal(err)
			}
			return filepath.Join(dir, "s")
		}, "can be written by other users"},
		"a file where the directory belongs": {func(t *testing.T, dir string) string {
			place(t, filepath.Join(dir, "f"), "")
			return filepath.Join(dir, "f", "s")
		}, "not a directory"},
	}
	for name, c := range refused {
		t.Run(name, func(t *testing.T) {
			path := c.prepare(t, filepath.Dir(socketPath(t)))
			before := look(path)
			if _, err := Listen(path); err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), path) {
				t.Fatalf("error %v, want %q and the path", err, c.want)
			}
			if after := look(path); after != before {
				t.Errorf("what is there changed from %q to %q", before, after)
			}
		})
	}
	t.Run("a named pipe where the lock belongs is locked too", func(t *testing.T) {
		path := socketPath(t)
		if err := syscall.Mkfifo(path+".lock", 0o600); err != nil {
			t.Fatal(err)
		}
		l, err := Listen(path) // opening a pipe for reading waits for a writer
		if errors.Is(err, syscall.ENOTSUP) {
			return // of this system
		}
		if err != nil {
			t.Fatal(err)
		}
		defer l.Release()
		if _, err := Listen(path); !errors.Is(err, ErrInUse) {
			t.Errorf("a second instance: %v", err)
		}
	})
	t.Run("a link of another user to a directory", func(t *testing.T) {
		if os.Geteuid() != 0 {
			t.Skip("not shown here: only root can make a link that belongs to another user")
		}
		dir := filepath.Dir(socketPath(t))
		link := filepath.Join(dir, "link")
		if err := errors.Join(os.Mkdir(filepath.Join(dir, "d"), 0o700), os.Symlink("d", link), os.Lchown(link, 65534, 65534)); err != nil {
			t.Fatal(err)
		}
		if _, err := Listen(filepath.Join(link, "s")); err == nil || !strings.Contains(err.Error(), "another user") {
			t.Errorf("%v", err)
		}
	})
	t.Run("a directory of another user", func(t *testing.T) {
		if os.Geteuid() == 0 {
			dir := filepath.Dir(socketPath(t))
			if err := os.Chown(dir, 65534, 65534); err != nil {
				t.Fatal(err)
			}
			if _, err := Listen(filepath.Join(dir, "s")); err == nil || !strings.Contains(err.Error(), "another user") {
				t.Errorf("%v", err)
			}
			return
		}
		if err := prepareDir("/usr"); err == nil || !strings.Contains(err.Error(), "another user") {
			t.Errorf("%v", err)
		}
	})
}

// look returns what is at a path, and its content if it is a file.
func look(path string) string {
	info, err := os.Lstat(path)
	if err != nil {
		return err.Error()
	}
	text := info.Mode().String()
	if info.Mode().IsRegular() {
		data, err := os.ReadFile(path)
		text += fmt.Sprint(" ", string(data), err)
	}
	return text
}

func place(t *testing.T, name, content string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestOnlyTheSameUserAndRootMayComeIn(t *testing.T) {
	for _, c := range []struct {
		uid, own, owner int
		ok              bool
	}{
		{501, 501, -1, true}, {0, 501, -1, true}, {502, 501, -1, false}, {-1, 501, -1, false}, {501, 0, -1, false},
		{501, 501, 501, true}, {0, 501, 501, true}, {0, 0, 501, true}, {501, 0, 501, true}, // root uses the socket of user 501
		{502, 0, 501, false}, {502, 501, 502, false}, {-1, 0, -1, false},
	} {
		if err := allowed(c.uid, c.own, c.owner); (err == nil) != c.ok {
			t.Errorf("user %d at the other end of user %d, socket of %d: %v", c.uid, c.own, c.owner, err)
		}
	}
	a, b := net.Pipe()
	defer a.Close()
	defer b.Close()
	if err := checkClient(a); err == nil {
		t.Error("a connection that is no Unix socket was let in")
	}
}
