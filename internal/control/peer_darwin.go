package control

import "golang.org/x/sys/unix"

// peerOf returns the user at the other end of a socket (LOCAL_PEERCRED in
// <sys/un.h>, which getpeereid(3) uses too).
func peerOf(fd int) (uid int, err error) {
	c, err := unix.GetsockoptXucred(fd, unix.SOL_LOCAL, unix.LOCAL_PEERCRED)
	if err != nil {
		return -1, err
	}
	return int(c.Uid), nil
}
