package http1

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/textproto"
	"net/url"
	"strings"
)

// Request is one request as a server sees it. It belongs to its handler and ends
// with it.
type Request struct {
	Method string
	URL    *url.URL  // of path and query
	Header Header    // without Host
	Body   io.Reader // never nil; not limited in length

	ctx    context.Context
	values map[string]string
}

// Context ends when the client is gone, which is noticed once the body has been
// read, or when the server gives the request up.
func (r *Request) Context() context.Context { return r.ctx }

// PathValue returns what stands in the path where the route has {name}, decoded;
// "" when it has none.
func (r *Request) PathValue(name string) string { return r.values[name] }

// head is a request as it came, without its body.
type head struct {
	method string
	url    *url.URL
	header Header
	kind   bodyKind
	length int64
	expect bool // the client waits for a "100 Continue" before it sends the body
}

// readHead reads a request up to its body. The error is a *statusError for what
// is no request, io.EOF when nothing came at all.
func readHead(in *bufio.Reader) (h head, err error) {
	r := textproto.NewReader(in)
	line, err := r.ReadLine()
	if err != nil {
		return h, err
	}
	method, rest, _ := strings.Cut(line, " ")
	target, version, ok := strings.Cut(rest, " ")
	switch {
	case !ok || !isToken(method):
		return h, malformed("%.50q is not the first line of a request", line)
	case !isVersion(version):
		return h, &statusError{StatusVersion, "only HTTP/1.1 is spoken here"}
	}
	h.method = method
	if h.url, err = url.ParseRequestURI(target); err != nil {
		return h, malformed("%.50q is not a path", target)
	}
	if h.header, err = readHeader(r); err != nil {
		return h, err
	}
	if hosts := h.header["Host"]; len(hosts) > 1 || len(hosts) == 0 && version == "HTTP/1.1" {
		return h, malformed("a request has one Host, not %d", len(hosts))
	}
	delete(h.header, "Host")
	h.expect = version == "HTTP/1.1" && strings.EqualFold(h.header.Get("Expect"), "100-continue")
	h.kind, h.length, err = framing(version, h.header, noBody)
	return h, err
}

// requestBody is the body of a request. It asks the client for it when that is
// what the client waits for, and calls ended once, with its last byte.
type requestBody struct {
	io.Reader
	conn   net.Conn
	expect bool
	ended  func()
}

func (b *requestBody) Read(p []byte) (int, error) {
	if b.expect {
		b.expect = false
		if _, err := io.WriteString(b.conn, "HTTP/1.1 100 Continue\r\n\r\n"); err != nil {
			return 0, err
		}
	}
	n, err := b.Reader.Read(p)
	if errors.Is(err, io.EOF) && b.ended != nil {
		b.ended()
		b.ended = nil
	}
	return n, err
}

// unread reports whether the client may still be sending it.
func (b *requestBody) unread() bool { return b.ended != nil }
