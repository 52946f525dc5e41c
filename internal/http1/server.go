package http1

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net"
	"os"
	"runtime/debug"
	"sync"
	"syscall"
	"time"
)

// Handler answers a request by w, on a goroutine of its own.
type Handler func(w *Answer, r *Request)

// Server answers requests. All fields but Log, Context and Refuse must be set.
type Server struct {
	Handler    Handler
	HeaderTime time.Duration // for the header to come
	BodyTime   time.Duration // for header and body to come
	WriteTime  time.Duration // for the client to take one Write
	EndTime    time.Duration // for requests under way once the server ends
	MaxHeader  int           // bytes
	Log        *slog.Logger  // nil: no log

	// Refuse answers, with the status, what is no request; nil: in plain text.
	Refuse func(w *Answer, status int, text string)
	// Context adds to a request's context what is known of its connection.
	Context func(context.Context, net.Conn) context.Context
}

const (
	// acceptRest is for a process that has no file left for a connection.
	acceptRest = 100 * time.Millisecond
	// unreadMost and unreadTime bound what is read of a body that nobody wanted,
	// so that its sender comes to reading the answer.
	unreadMost = 4 << 20
	unreadTime = time.Second
)

// Serve answers until ctx ends, closes the listener, gives the requests under
// way EndTime, and returns nil. Another error is the listener's.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	log := s.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	// Requests go on when ctx has ended: they have EndTime.
	under, giveUp := context.WithCancel(context.WithoutCancel(ctx))
	defer giveUp()
	all := connections{open: map[net.Conn]bool{}}
	closeAll := sync.OnceFunc(func() {
		_ = l.Close() // Accept tells
		all.closeIdle()
	})
	defer context.AfterFunc(ctx, closeAll)()

	var err error
	for {
		var c net.Conn
		if c, err = l.Accept(); err != nil {
			if ctx.Err() == nil && isPassing(err) {
				log.Warn("accepting a connection", "error", err)
				select {
				case <-ctx.Done():
				case <-time.After(acceptRest):
				}
				continue
			}
			break
		}
		if !all.add(c) {
			_ = c.Close() // it came too late
			continue
		}
		all.running.Go(func() {
			defer all.remove(c)
			s.serve(under, c, &all, log)
		})
	}
	closeAll()
	all.wait(s.EndTime, giveUp)
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// isPassing reports whether the next connection may well be accepted.
func isPassing(err error) bool {
	return errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE) || errors.Is(err, syscall.ECONNABORTED)
}

// connections are the open ones.
type connections struct {
	running sync.WaitGroup

	mu    sync.Mutex
	ended bool
	open  map[net.Conn]bool // true: its request is under way
}

func (a *connections) add(c net.Conn) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.ended {
		a.open[c] = false
	}
	return !a.ended
}

func (a *connections) began(c net.Conn) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.open[c] = true
}

func (a *connections) remove(c net.Conn) {
	_ = c.Close() // nobody is left to tell
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.open, c)
}

// closeIdle lets no more connections in and closes those without a request.
func (a *connections) closeIdle() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.ended = true
	for c, began := range a.open {
		if !began {
			_ = c.Close() // its reader learns of it
		}
	}
}

// wait waits for all of them, and cuts off those that take longer than limit.
func (a *connections) wait(limit time.Duration, giveUp func()) {
	cut := time.AfterFunc(limit, func() {
		giveUp()
		a.mu.Lock()
		defer a.mu.Unlock()
		for c := range a.open {
			_ = c.Close() // its reader or writer learns of it
		}
	})
	defer cut.Stop()
	a.running.Wait()
}

// serve answers the request on one connection.
func (s *Server) serve(ctx context.Context, c net.Conn, all *connections, log *slog.Logger) {
	w := &Answer{conn: c, limit: s.WriteTime, header: Header{}}
	limit := &headLimit{r: c, n: int64(s.MaxHeader)}
	in := bufio.NewReader(limit)
	start := time.Now()
	_ = c.SetReadDeadline(start.Add(s.HeaderTime)) // fails when closed, as reading then does
	h, err := readHead(in)
	if err != nil {
		if limit.n < int64(s.MaxHeader) { // who said nothing is told nothing
			s.refuse(w, limit.explain(err))
		}
		return
	}
	all.began(c)
	limit.n = math.MaxInt64 // the body has a limit of its own
	_ = c.SetReadDeadline(start.Add(s.BodyTime))

	ctx, cancel := context.WithCancel(ctx)
	var gone sync.WaitGroup
	defer gone.Wait()
	defer c.Close()
	defer cancel()
	if s.Context != nil {
		ctx = s.Context(ctx, c)
	}
	body := &requestBody{Reader: newBody(in, h.kind, h.length), conn: c, expect: h.expect, ended: func() {
		// What may come now is the end of the connection.
		_ = c.SetReadDeadline(time.Time{})
		gone.Go(func() {
			_, _ = io.Copy(io.Discard, in) // any end is the end
			cancel()
		})
	}}
	if h.kind == noBody {
		body.expect = false
		_, _ = body.Read(nil) // is at its end
	}
	w.noBody = h.method == "HEAD"
	s.handle(w, &Request{Method: h.method, URL: h.url, Header: h.header, Body: body, ctx: ctx}, log)
	if body.unread() {
		linger(c)
	}
}

func (s *Server) handle(w *Answer, r *Request, log *slog.Logger) {
	defer func() {
		if p := recover(); p != nil {
			log.Error("answering a request", "path", r.URL.Path, "panic", p, "stack", string(debug.Stack()))
		}
		if !w.begun {
			_ = w.Send(StatusInternalError, []byte("no answer\n")) // the client may be gone
		}
	}()
	s.Handler(w, r)
}

// refuse answers what is no request.
func (s *Server) refuse(w *Answer, err error) {
	var wrong *statusError
	switch {
	case errors.As(err, &wrong):
	case errors.Is(err, os.ErrDeadlineExceeded):
		wrong = &statusError{StatusRequestTimeout, "the request did not come in time"}
	default:
		return // the client is gone
	}
	if s.Refuse != nil {
		s.Refuse(w, wrong.status, wrong.text)
	} else {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_ = w.Send(wrong.status, []byte(wrong.text+"\n")) // the client may be gone
	}
	linger(w.conn)
}

// linger lets a client that still sends come to reading the answer: closed with
// bytes unread, the connection would take the answer with it.
func linger(c net.Conn) {
	if half, ok := c.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite() // fails when the client is gone
	}
	_ = c.SetReadDeadline(time.Now().Add(unreadTime))
	_, _ = io.CopyN(io.Discard, c, unreadMost) // as much as comes
}

// Answer writes the answer to a request. It is used by one goroutine.
type Answer struct {
	conn   net.Conn
	limit  time.Duration
	header Header
	begun  bool
	noBody bool // to HEAD
}

// Header is what goes out with Send or Begin.
func (w *Answer) Header() Header { return w.header }

// Send sends the whole answer. Only the first of Send and Begin counts.
func (w *Answer) Send(status int, body []byte) error {
	w.header.Set("Content-Length", fmt.Sprint(len(body)))
	if w.noBody {
		body = nil
	}
	return w.start(status, body)
}

// Begin sends the header of an answer that Write continues, and that ends with
// its handler.
func (w *Answer) Begin(status int) error { return w.start(status, nil) }

func (w *Answer) start(status int, body []byte) error {
	if w.begun {
		return errors.New("there is an answer already")
	}
	w.begun = true
	w.header.Set("Connection", "close")
	_, err := w.write(append(appendHeader([]byte(statusLine(status)), w.header), body...))
	return err
}

// Write sends a part of the body at once, within the server's WriteTime: after
// that the error is os.ErrDeadlineExceeded, and the answer is broken off.
func (w *Answer) Write(p []byte) (int, error) {
	if !w.begun {
		if err := w.Begin(StatusOK); err != nil {
			return 0, err
		}
	}
	if w.noBody {
		return len(p), nil
	}
	return w.write(p)
}

func (w *Answer) write(p []byte) (int, error) {
	if err := w.conn.SetWriteDeadline(time.Now().Add(w.limit)); err != nil {
		return 0, err
	}
	return w.conn.Write(p)
}
