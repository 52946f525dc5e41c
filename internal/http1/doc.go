// Package http1 is HTTP/1.1 with one request on each connection: what curl and
// the command line speak with the app over its Unix socket.
//
// It exists for its size. net/http can't be had without TLS, certificates,
// proxies and cookies, of which a Unix socket uses none, and which were a
// quarter of the program. Framing follows RFC 9112; every answer says
// "Connection: close", so there are no idle connections to look after and a
// stream ends with its connection.
//
// It promises that neither side keeps more of a peer's bytes in memory than its
// limits say, that a message it can't frame for certain is refused, that every
// read and write ends by a deadline, the caller's context or the peer, and that
// no goroutine outlives Serve or the body of an answer.
package http1
