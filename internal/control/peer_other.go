//go:build !linux && !darwin

package control

import "errors"

// maxSocketPath is the size of sun_path in <sys/un.h>, less its closing zero.
const maxSocketPath = 103

// peerOf fails: on a system where the peer's user is not known, nobody gets in.
func peerOf(int) (uid int, err error) {
	return -1, errors.New("this system does not tell who is at the other end of a socket")
}
