package control

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/gofrs/flock"
)

// ErrInUse reports that another instance listens at the path already.
var ErrInUse = errors.New("VPNStatus is already running")

// Listen starts to listen at the path. It makes the directory, for this user
// alone, and takes a lock next to the socket that lasts until Release or the end
// of the process: the lock distinguishes the socket of a crashed instance from
// that of a live one. The error is ErrInUse if an instance is alive.
func Listen(path string) (*Listener, error) {
	fail := func(err error) (*Listener, error) {
		return nil, fmt.Errorf("listening at %s: %w", path, err)
	}
	if err := prepareDir(filepath.Dir(path)); err != nil {
		return fail(err)
	}
	lock, err := takeLock(path)
	if err != nil {
		return fail(err)
	}
	l, err := listen(path)
	if err != nil {
		_ = lock.Close() // the first error matters
		return fail(err)
	}
	return &Listener{path: path, lock: lock, socket: l}, nil
}

func takeLock(socket string) (*flock.Flock, error) {
	// Without O_NONBLOCK opening a named pipe would wait for its writer.
	lock := flock.New(socket+".lock", flock.SetFlag(os.O_CREATE|os.O_RDONLY|syscall.O_NONBLOCK), flock.SetPermissions(0o600))
	locked, err := lock.TryLock()
	if err == nil && !locked {
		err = ErrInUse
	}
	return lock, err
}

// inPlace reports whether others still find the file of a lock that is held.
func inPlace(lock *flock.Flock) bool {
	there, err := os.Lstat(lock.Path())
	held, err2 := lock.Stat()
	return err == nil && err2 == nil && os.SameFile(there, held)
}

func listen(path string) (*net.UnixListener, error) {
	switch info, err := os.Lstat(path); {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return nil, err
	case info.Mode().Type() != fs.ModeSocket:
		return nil, errors.New("a file that is not a socket exists there")
	default:
		// The lock is free, so the socket was left by a crash, unless a
		// program that does not use the lock listens there.
		if c, err := net.DialTimeout("unix", path, time.Second); err == nil {
			_ = c.Close() // it was only opened to see whether anybody answers
			return nil, ErrInUse
		} else if !errors.Is(err, syscall.ECONNREFUSED) && !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("finding out whether the socket there is in use: %w", err)
		}
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		return nil, err
	}
	// Until now the check of the peer's user keeps others out.
	if err := os.Chmod(path, 0o600); err != nil {
		_ = l.Close() // the first error matters
		return nil, err
	}
	return l, nil
}

// prepareDir makes the directory, or checks that in an existing one nobody else
// can replace the socket. It never changes an existing one.
func prepareDir(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	// In a directory shared by all, such as /tmp, another user might have put
	// a symbolic link where ours belongs.
	if link, err := os.Lstat(dir); err != nil {
		return err
	} else if owner := ownerOf(link); owner != os.Geteuid() && owner != 0 {
		return fmt.Errorf("%s belongs to another user (%d)", dir, owner)
	}
	info, err := os.Stat(dir)
	switch {
	case err != nil:
		return err
	case !info.IsDir():
		return fmt.Errorf("%s is not a directory", dir)
	case ownerOf(info) != os.Geteuid():
		return fmt.Errorf("%s belongs to another user (%d)", dir, ownerOf(info))
	case info.Mode().Perm()&0o022 != 0:
		return fmt.Errorf("%s can be written by other users; make it private with chmod 700", dir)
	}
	return nil
}

func ownerOf(info fs.FileInfo) int {
	if s, ok := info.Sys().(*syscall.Stat_t); ok {
		return int(s.Uid)
	}
	return -1
}

// Listener listens at the control socket. Its methods may be called from any
// goroutine.
type Listener struct {
	path string
	lock *flock.Flock

	mu     sync.Mutex
	socket *net.UnixListener
	closed bool
}

// Accept waits for the next connection.
func (l *Listener) Accept() (net.Conn, error) {
	for {
		socket := l.current()
		c, err := socket.Accept()
		if err == nil || socket == l.current() { // not replaced meanwhile
			return c, err
		}
	}
}

func (l *Listener) current() *net.UnixListener {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.socket
}

// Addr returns the address of the socket.
func (l *Listener) Addr() net.Addr { return l.current().Addr() }

// Restore makes the socket, its lock and its directory again if they have been
// removed, as programs that clean up temporary folders do. It takes microseconds
// if there is nothing to do. The error is ErrInUse if another instance has taken
// their place.
func (l *Listener) Restore() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	_, err := os.Lstat(l.path)
	gone, locked := errors.Is(err, fs.ErrNotExist), inPlace(l.lock)
	if l.closed || !gone && locked {
		return nil
	}
	if err := prepareDir(filepath.Dir(l.path)); err != nil {
		return fmt.Errorf("making %s again: %w", l.path, err)
	}
	if !locked {
		lock, err := takeLock(l.path)
		if err != nil {
			return fmt.Errorf("locking %s again: %w", l.path, err)
		}
		_ = l.lock.Close() // of a file that nobody finds
		l.lock = lock
	}
	if !gone {
		return nil
	}
	l.socket.SetUnlinkOnClose(false) // it would remove the new one
	socket, err := listen(l.path)
	if err != nil {
		return fmt.Errorf("making %s again: %w", l.path, err)
	}
	old := l.socket
	l.socket = socket
	return old.Close() // ends its Accept
}

// Close removes the socket. The lock stays, so that no other instance starts
// before this one has ended.
func (l *Listener) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return nil
	}
	l.closed = true
	return l.socket.Close()
}

// Release removes the socket and frees the lock.
func (l *Listener) Release() error { return errors.Join(l.Close(), l.lock.Close()) }

// limitedListener accepts a bounded number of connections at a time.
type limitedListener struct {
	net.Listener
	slots   chan struct{} // has an element for each connection
	closing <-chan struct{}
}

func (l limitedListener) Accept() (net.Conn, error) {
	select {
	case l.slots <- struct{}{}:
	case <-l.closing:
		return nil, net.ErrClosed
	}
	c, err := l.Listener.Accept()
	if err != nil {
		<-l.slots
	}
	return c, err
}

// state is http.Server.ConnState.
func (l limitedListener) state(_ net.Conn, state http.ConnState) {
	if state == http.StateClosed {
		<-l.slots
	}
}
