// Package control is the way into a running VPNStatus: HTTP with JSON on a Unix
// socket, protocol, server and client side by side, so that the command line, a
// terminal menu in another window and curl all speak to the one engine.
//
// It promises that nobody but the same user gets in, that no request or watcher
// can hold the engine up or make it keep more than a bounded amount of memory,
// and that an error comes out of the client as the same error that went into
// the server.
package control
