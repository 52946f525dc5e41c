package http1

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/textproto"
	"strconv"
	"strings"
	"time"
)

// maxInterim is how many answers of the kind "100 Continue" may come before the
// real one.
const maxInterim = 4

// Client makes requests, each on a connection of its own. Both fields must be
// set. Its methods may be called from any goroutine.
type Client struct {
	Dial      func(context.Context) (net.Conn, error)
	MaxHeader int // bytes of an answer's header
}

// Response is the answer to a request.
type Response struct {
	Status int
	Header Header
	Body   io.ReadCloser // never nil, to be closed; not limited in length
}

// Do sends a request and returns once the header of the answer is there. target
// is a path with its query, encoded. ctx governs the body of the answer too. The
// error is ctx's when it has ended, io.ErrUnexpectedEOF when the connection ended
// before the header did.
func (c *Client) Do(ctx context.Context, method, target string, header Header, body []byte) (*Response, error) {
	if strings.ContainsAny(target, " \r\n") {
		return nil, fmt.Errorf("%.50q is not encoded", target)
	}
	conn, err := c.Dial(ctx)
	if err != nil {
		return nil, err
	}
	b := &responseBody{ctx: ctx, conn: conn}
	// Whatever the connection waits for then returns at once.
	b.stop = context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	r, err := c.exchange(b, method, target, header, body)
	if err != nil {
		err = b.explain(err)
		_ = b.Close() // the error that matters is the other
		return nil, err
	}
	return r, nil
}

func (c *Client) exchange(b *responseBody, method, target string, header Header, body []byte) (*Response, error) {
	h := Header{"Host": {"localhost"}, "Connection": {"close"}}
	for name, values := range header {
		h[name] = values
	}
	if body != nil {
		h.Set("Content-Length", strconv.Itoa(len(body)))
	}
	message := append(appendHeader([]byte(method+" "+target+" HTTP/1.1\r\n"), h), body...)
	// A server that refuses a body does so before it has all of it: the answer
	// says more than the error.
	_, sendErr := b.conn.Write(message)

	limit := &headLimit{r: b.conn, n: int64(c.MaxHeader)}
	in := bufio.NewReader(limit)
	a, err := readAnswer(in)
	if err != nil {
		if sendErr != nil {
			return nil, sendErr
		}
		return nil, limit.explain(err)
	}
	limit.n = math.MaxInt64 // the body has its reader's limit
	kind, length := noBody, int64(0)
	if method != "HEAD" {
		if kind, length, err = a.framing(); err != nil {
			return nil, err
		}
	}
	b.Reader = newBody(in, kind, length)
	return &Response{Status: a.status, Header: a.header, Body: b}, nil
}

// answerHead is an answer as it came, without its body.
type answerHead struct {
	version string
	status  int
	header  Header
}

// framing tells what body follows, to every method but HEAD.
func (a answerHead) framing() (kind bodyKind, length int64, err error) {
	if a.status == 204 || a.status == 304 {
		return noBody, 0, nil
	}
	return framing(a.version, a.header, openBody)
}

// readAnswer reads an answer up to its body, and passes interim ones over.
func readAnswer(in *bufio.Reader) (a answerHead, err error) {
	r := textproto.NewReader(in)
	for range maxInterim + 1 {
		line, err := r.ReadLine()
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return a, err
		}
		version, rest, _ := strings.Cut(line, " ")
		code, _, _ := strings.Cut(rest, " ")
		status, err := strconv.ParseUint(code, 10, 16)
		if err != nil || len(code) != 3 || status < 100 || !isVersion(version) {
			return a, fmt.Errorf("%.50q is not the first line of an answer", line)
		}
		h, err := readHeader(r)
		if err != nil {
			return a, err
		}
		if status >= 200 {
			return answerHead{version, int(status), h}, nil
		}
	}
	return a, errors.New("there are only interim answers")
}

// responseBody is the body of an answer, and its connection.
type responseBody struct {
	io.Reader
	ctx  context.Context
	conn net.Conn
	stop func() bool
}

func (b *responseBody) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	return n, b.explain(err)
}

// Close ends the exchange, at whatever point it is.
func (b *responseBody) Close() error {
	b.stop()
	return b.conn.Close()
}

// explain tells the context's end from the connection's.
func (b *responseBody) explain(err error) error {
	if err != nil && !errors.Is(err, io.EOF) && b.ctx.Err() != nil {
		return b.ctx.Err()
	}
	return err
}
