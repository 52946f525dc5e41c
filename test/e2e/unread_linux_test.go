//go:build e2e

package e2e

// fionread is the request of ioctl(2) for the number of bytes that can be read.
const fionread = 0x541b
