package web

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"vpnstatus/internal/cocoa"
)

// exchange is one question while a loader reports about it in callbacks, from
// any thread, maybe after nobody waits any more. Its methods never wait for
// anything but each other.
type exchange struct {
	request Request
	done    chan struct{} // closed when the answer is final

	mu       sync.Mutex
	followed int
	over     bool
	answer   Response
	err      error
}

func newExchange(r Request) *exchange { return &exchange{request: r, done: make(chan struct{})} }

var errNoAnswer = errors.New("the system ended the request without an answer")

// redirect takes a redirect with its status, and tells whether to follow.
// Status 0 is none of the server's: the loader writes the request in its own way.
func (x *exchange) redirect(status int, target string) (follow bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.over {
		return false
	}
	if status == 0 {
		_, err := x.request.accept(target)
		if err != nil {
			x.finish(err)
		}
		return err == nil
	}
	follow, err := x.request.next(x.followed, target)
	switch {
	case err != nil:
		x.finish(err)
	case follow:
		x.followed++
	default:
		// The loader would tell status and body again, but a loader that was told
		// not to follow may stay silent instead (docs/internals.md, section 8).
		x.answer.Status = status
		x.finish(nil)
	}
	return follow
}

// room is how many more bytes of the body are wanted.
func (x *exchange) room() int {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.over {
		return 0
	}
	return x.request.Limit - len(x.answer.Body)
}

// data takes a piece of the body; more tells that it was cut to what there is
// room for.
func (x *exchange) data(status int, piece []byte, more bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.over {
		return
	}
	x.answer.Status = status
	if room := x.request.Limit - len(x.answer.Body); len(piece) > room {
		piece, more = piece[:room], true
	}
	x.answer.Body = append(x.answer.Body, piece...)
	if more {
		x.answer.More = true
		x.finish(nil)
	}
}

// end takes the end of the question; status is 0 where it is not known.
func (x *exchange) end(status int, err error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.over {
		return
	}
	if status != 0 {
		x.answer.Status = status
	}
	x.finish(err)
}

func (x *exchange) finish(err error) {
	if err == nil && x.answer.Status == 0 {
		err = errNoAnswer
	}
	if err != nil {
		x.answer = Response{}
	}
	x.over, x.err = true, err
	close(x.done)
}

// wait returns the answer, at the end of ctx at the latest; nothing that comes
// later counts.
func (x *exchange) wait(ctx context.Context) (Response, error) {
	select {
	case <-x.done:
	case <-ctx.Done():
		x.end(0, ctx.Err())
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.answer, x.err
}

// Errors of the domain NSURLErrorDomain, from Apple's NSURLError.h.
const (
	loadDomain   = "NSURLErrorDomain"
	loadTimedOut = -1001
)

// loadError is an error of macOS as one of Go, so that time can be asked for as
// everywhere. -999, cancelled, needs no such care: a question that is cancelled
// here has its answer before.
func loadError(e *cocoa.Error) error {
	switch {
	case e == nil:
		return nil // not a *cocoa.Error that is nil
	case e.Domain == loadDomain && e.Code == loadTimedOut:
		return fmt.Errorf("%w: %w", context.DeadlineExceeded, e)
	}
	return e
}
