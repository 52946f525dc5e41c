//go:build !linux && !darwin

package control

import "errors"

// peerOf fails: without a way to find the peer's user, everybody is refused.
func peerOf(int) (uid int, err error) {
	return -1, errors.New("this system can't report the user at the other end of a socket")
}
