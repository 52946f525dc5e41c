package control

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
)

// checkClient returns an error unless this user, or root, is at the other end of
// the connection.
func checkClient(c net.Conn) error {
	uid, err := peerUser(c)
	if err != nil {
		return err
	}
	return allowed(uid, os.Geteuid(), -1)
}

// checkServer is checkClient for the side that connects. Root may also use the
// socket of the user whose directory it is in, since only that user can have
// made it.
func checkServer(c net.Conn, path string) error {
	uid, err := peerUser(c)
	if err != nil {
		return err
	}
	owner := -1
	if info, err := os.Stat(filepath.Dir(path)); err == nil {
		owner = ownerOf(info)
	}
	return allowed(uid, os.Geteuid(), owner)
}

// peerUser returns the user at the other end of a connection.
func peerUser(c net.Conn) (uid int, err error) {
	u, ok := c.(*net.UnixConn)
	if !ok {
		return -1, fmt.Errorf("%T is not a Unix socket", c)
	}
	raw, err := u.SyscallConn()
	if err == nil {
		var peerErr error
		err = raw.Control(func(fd uintptr) { uid, peerErr = peerOf(int(fd)) })
		err = errors.Join(err, peerErr)
	}
	if err != nil {
		return -1, fmt.Errorf("asking who is at the other end: %w", err)
	}
	return uid, nil
}

// allowed reports in words whether a user may be at the other end. owner is the
// user whose socket it is, -1 if that does not matter.
func allowed(uid, own, owner int) error {
	switch {
	case uid == own || uid == 0:
		return nil
	case own == 0 && owner >= 0 && uid == owner:
		return nil
	}
	return fmt.Errorf("user %d is at the other end, and only user %d may be", uid, own)
}
