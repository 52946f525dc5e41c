// Package control is the control socket of a running VPNStatus: HTTP with JSON
// on a Unix socket. It contains the protocol, the server and the client, so
// that the command line, a terminal menu in another window and curl all use the
// same engine.
//
// Only the same user, or root, can use the socket. No request or watcher can
// block the engine or make it keep more than a bounded amount of memory. The
// client returns the same error that the server was given.
package control
