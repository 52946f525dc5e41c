package control

import (
	"fmt"
	"net"
	"os"
)

// checkPeer returns an error unless the same user, or root, is at the other end
// of the connection.
func checkPeer(c net.Conn) error {
	u, ok := c.(*net.UnixConn)
	if !ok {
		return fmt.Errorf("%T is not a Unix socket", c)
	}
	raw, err := u.SyscallConn()
	if err != nil {
		return fmt.Errorf("asking who is at the other end: %w", err)
	}
	uid := -1
	var peerErr error
	if err := raw.Control(func(fd uintptr) { uid, peerErr = peerOf(int(fd)) }); err != nil {
		return fmt.Errorf("asking who is at the other end: %w", err)
	}
	if peerErr != nil {
		return fmt.Errorf("asking who is at the other end: %w", peerErr)
	}
	return allowed(uid, os.Geteuid())
}

func allowed(uid, own int) error {
	if uid != own && uid != 0 {
		return fmt.Errorf("user %d is at the other end, and only user %d may be", uid, own)
	}
	return nil
}
