package http1

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/textproto"
	"slices"
	"strconv"
	"strings"
)

// Header is the fields of a message; its keys are canonical ("Content-Type").
type Header = textproto.MIMEHeader

// Limits of both sides.
const (
	// maxTrailer bounds the lines after a chunked body, which are thrown away.
	maxTrailer = 32
	// maxLength is beyond every body, and far from overflowing.
	maxLength = 1 << 50
)

// A statusError is a message that is refused, with the status that says so.
type statusError struct {
	status int
	text   string
}

func (e *statusError) Error() string { return e.text }

func malformed(format string, args ...any) error {
	return &statusError{StatusBadRequest, fmt.Sprintf(format, args...)}
}

// errHeaderTooLarge comes out of a headLimit that is used up.
var errHeaderTooLarge = &statusError{StatusHeaderTooLarge, "the header is too large"}

// headLimit lets n bytes through: as many as a header may have. Whoever has read
// the header raises it, since a body has limits of its own.
//
// It keeps the error that ended it: textproto takes half a line for a whole one
// when there is no more.
type headLimit struct {
	r   io.Reader
	n   int64
	err error
}

func (l *headLimit) Read(p []byte) (int, error) {
	if l.n <= 0 {
		l.err = errHeaderTooLarge
		return 0, l.err
	}
	if int64(len(p)) > l.n {
		p = p[:l.n]
	}
	var n int
	n, l.err = l.r.Read(p)
	l.n -= int64(n)
	return n, l.err
}

// explain returns what ended the reading, where that is not its regular end,
// instead of what became of it.
func (l *headLimit) explain(err error) error {
	if l.err == nil || errors.Is(l.err, io.EOF) {
		return err
	}
	return l.err
}

// readHeader reads the fields up to the empty line.
func readHeader(r *textproto.Reader) (Header, error) {
	h, err := r.ReadMIMEHeader()
	var syntax textproto.ProtocolError
	switch {
	case errors.As(err, &syntax):
		return nil, malformed("the header is malformed: %s", string(syntax))
	case errors.Is(err, io.EOF):
		return nil, io.ErrUnexpectedEOF
	case err != nil:
		return nil, err
	}
	// What textproto lets pass in a name or value, such as a space or a NUL, is
	// read differently by different programs.
	for name, values := range h {
		if !isToken(name) {
			return nil, malformed("the header is malformed: the name %.50q", name)
		}
		for _, v := range values {
			if strings.ContainsFunc(v, func(c rune) bool { return c < ' ' && c != '\t' || c == 0x7f }) {
				return nil, malformed("the header is malformed: the value of %.50s", name)
			}
		}
	}
	return h, nil
}

// appendHeader appends the fields in order, and the empty line. Line ends within a
// value are made spaces: they would begin another field.
func appendHeader(b []byte, h Header) []byte {
	for _, name := range slices.Sorted(maps.Keys(h)) {
		for _, v := range h[name] {
			b = append(b, name+": "+oneLine.Replace(v)+"\r\n"...)
		}
	}
	return append(b, "\r\n"...)
}

var oneLine = strings.NewReplacer("\r", " ", "\n", " ")

// isToken reports whether s is a method or field name (RFC 9110, section 5.6.2).
func isToken(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(c rune) bool {
		return c <= ' ' || c >= 0x7f || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, c)
	})
}

// isVersion reports whether s is a version whose messages are framed as here.
func isVersion(s string) bool { return s == "HTTP/1.1" || s == "HTTP/1.0" }

// A bodyKind is how the end of a body is found.
type bodyKind int

const (
	noBody bodyKind = iota
	sizedBody
	chunkedBody
	openBody // ends with the connection
)

// framing tells what body follows a header (RFC 9112, section 6.3). otherwise is
// what there is without a word about it. A header that says two things at once
// is refused: some other program would have believed the other one.
func framing(version string, h Header, otherwise bodyKind) (kind bodyKind, length int64, err error) {
	coding, lengths := h["Transfer-Encoding"], h["Content-Length"]
	switch {
	case len(coding) > 0 && len(lengths) > 0:
		return 0, 0, malformed("the header has both a Content-Length and a Transfer-Encoding")
	case len(coding) > 0 && version == "HTTP/1.0":
		return 0, 0, malformed("there is no Transfer-Encoding in HTTP/1.0")
	case len(coding) == 1 && strings.EqualFold(coding[0], "chunked"):
		return chunkedBody, 0, nil
	case len(coding) > 0:
		return 0, 0, &statusError{StatusNotImplemented, fmt.Sprintf("the transfer coding %.50q is not known here", strings.Join(coding, ", "))}
	case len(lengths) == 0:
		return otherwise, 0, nil
	}
	n, err := strconv.ParseUint(lengths[0], 10, 63)
	if err != nil || n > maxLength || len(lengths) > 1 {
		return 0, 0, malformed("the header has a Content-Length of %.50q", strings.Join(lengths, ", "))
	}
	if n == 0 {
		return noBody, 0, nil
	}
	return sizedBody, int64(n), nil
}

// newBody returns the body that framing has found.
func newBody(r *bufio.Reader, kind bodyKind, length int64) io.Reader {
	switch kind {
	case sizedBody:
		return &sized{r, length}
	case chunkedBody:
		return &chunked{r: r}
	case openBody:
		return r
	}
	return eof{}
}

// eof is an empty body.
type eof struct{}

func (eof) Read([]byte) (int, error) { return 0, io.EOF }

// sized is a body of a known length.
type sized struct {
	r    io.Reader
	left int64
}

func (s *sized) Read(p []byte) (int, error) {
	if s.left == 0 {
		return 0, io.EOF
	}
	if int64(len(p)) > s.left {
		p = p[:s.left]
	}
	n, err := s.r.Read(p)
	s.left -= int64(n)
	if errors.Is(err, io.EOF) && s.left > 0 {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

// chunked is a body in chunks (RFC 9112, section 7.1). Extensions and trailers
// are passed over.
type chunked struct {
	r     *bufio.Reader
	left  int64 // of this chunk
	begun bool  // a chunk has been read, its line end has not
	err   error
}

func (c *chunked) Read(p []byte) (int, error) {
	if c.err == nil && c.left == 0 {
		c.err = c.next()
	}
	if c.err != nil {
		return 0, c.err
	}
	if int64(len(p)) > c.left {
		p = p[:c.left]
	}
	n, err := c.r.Read(p)
	c.left -= int64(n)
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	c.err = err
	return n, err
}

// next reads what stands before a chunk; io.EOF is the end of the last one.
func (c *chunked) next() error {
	if c.begun {
		if line, err := c.line(); err != nil {
			return err
		} else if line != "" {
			return malformed("a chunk is longer than it says")
		}
	}
	c.begun = true
	line, err := c.line()
	if err != nil {
		return err
	}
	size, _, _ := strings.Cut(line, ";")
	n, err := strconv.ParseUint(strings.TrimRight(size, " \t"), 16, 63)
	if err != nil || n > maxLength {
		return malformed("a chunk has the size %.50q", size)
	}
	if c.left = int64(n); n > 0 {
		return nil
	}
	for range maxTrailer {
		line, err := c.line()
		switch name, _, ok := strings.Cut(line, ":"); {
		case err != nil:
			return err
		case line == "":
			return io.EOF
		case !ok || !isToken(name):
			return malformed("the trailer is malformed: %.50q", line)
		}
	}
	return malformed("the chunked body has more than %d trailers", maxTrailer)
}

// line returns a line without its end. One that is longer than the reader's
// buffer is refused.
func (c *chunked) line() (string, error) {
	line, err := c.r.ReadSlice('\n')
	switch {
	case errors.Is(err, bufio.ErrBufferFull):
		return "", malformed("a line between chunks is too long")
	case errors.Is(err, io.EOF):
		return "", io.ErrUnexpectedEOF
	case err != nil:
		return "", err
	case len(line) < 2 || line[len(line)-2] != '\r':
		return "", malformed("a line between chunks has no carriage return")
	}
	return string(line[:len(line)-2]), nil
}
