package web

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"vpnstatus/internal/cocoa"
)

// What NSURLSession tells, as far as that needs no Mac.
func TestExchange(t *testing.T) {
	failure := errors.New("no route")
	for name, test := range map[string]struct {
		request Request
		play    func(t *testing.T, x *exchange)
		want    Response
		err     string
	}{
		"an answer in pieces": {Request{Limit: 10}, func(t *testing.T, x *exchange) {
			x.data(200, []byte("ab"), false)
			x.data(200, []byte("cd"), false)
			x.end(200, nil)
		}, Response{200, []byte("abcd"), false}, ""},
		"an answer without a body": {Request{Limit: 10}, func(t *testing.T, x *exchange) {
			x.end(204, nil)
		}, Response{204, nil, false}, ""},
		"a body as long as the limit": {Request{Limit: 4}, func(t *testing.T, x *exchange) {
			x.data(200, []byte("abcd"), false)
			if x.room() != 0 {
				t.Error("there is room behind the limit")
			}
			x.end(200, nil)
		}, Response{200, []byte("abcd"), false}, ""},
		"a piece that was cut": {Request{Limit: 4}, func(t *testing.T, x *exchange) {
			x.data(200, []byte("ab"), false)
			if x.room() != 2 {
				t.Errorf("room for %d", x.room())
			}
			x.data(200, []byte("cd"), true)
		}, Response{200, []byte("abcd"), true}, ""},
		"a piece that was not cut": {Request{Limit: 4}, func(t *testing.T, x *exchange) {
			x.data(200, []byte("abcdef"), false)
		}, Response{200, []byte("abcd"), true}, ""},
		"no room at all": {Request{}, func(t *testing.T, x *exchange) {
			x.data(200, nil, true)
		}, Response{200, nil, true}, ""},
		"nothing counts after the answer": {Request{Limit: 1, Redirects: 9}, func(t *testing.T, x *exchange) {
			x.data(200, []byte("ab"), false)
			x.data(500, []byte("cd"), false)
			if x.redirect(302, "https://a") || x.room() != 0 {
				t.Error("the question goes on")
			}
			x.end(500, failure)
		}, Response{200, []byte("a"), true}, ""},
		"a failure": {Request{Limit: 1}, func(t *testing.T, x *exchange) { x.end(0, failure) }, Response{}, "no route"},
		"a failure within the body": {Request{Limit: 9}, func(t *testing.T, x *exchange) {
			x.data(200, []byte("ab"), false)
			x.end(200, failure)
		}, Response{}, "no route"},
		"an end without anything": {Request{Limit: 9}, func(t *testing.T, x *exchange) { x.end(0, nil) }, Response{}, "without an answer"},
		"a redirect is the answer": {Request{Limit: 9}, func(t *testing.T, x *exchange) {
			if x.redirect(302, "https://a/b") {
				t.Error("it is followed")
			}
		}, Response{302, nil, false}, ""},
		"the redirect after the last is the answer": {Request{Redirects: 2}, func(t *testing.T, x *exchange) {
			if !x.redirect(301, "https://a/1") || !x.redirect(301, "https://a/2") || x.redirect(308, "https://a/3") {
				t.Error("another number is followed")
			}
		}, Response{308, nil, false}, ""},
		"a redirect that is followed": {Request{Redirects: 1, Limit: 1}, func(t *testing.T, x *exchange) {
			if !x.redirect(301, "http://a/1") {
				t.Error("it is not followed")
			}
			x.end(404, nil)
		}, Response{404, nil, false}, ""},
		"a redirect that leaves https": {Request{Redirects: 2, SecureOnly: true}, func(t *testing.T, x *exchange) {
			if !x.redirect(301, "https://a/1") || x.redirect(301, "http://user:secret@a/2?key=secret") {
				t.Error("it is followed")
			}
		}, Response{}, "http://a/2 is not asked: only https is"},
		"a redirect to a file": {Request{Redirects: 2}, func(t *testing.T, x *exchange) {
			if x.redirect(301, "file:///etc/passwd") {
				t.Error("it is followed")
			}
		}, Response{}, "file:///etc/passwd is not asked"},
		"a redirect to nowhere": {Request{Redirects: 2}, func(t *testing.T, x *exchange) {
			if x.redirect(301, "") {
				t.Error("it is followed")
			}
		}, Response{}, "is not asked"},
		"the loader's own form of the URL is no redirect": {Request{SecureOnly: true}, func(t *testing.T, x *exchange) {
			if !x.redirect(0, "https://a/") {
				t.Error("it is not followed")
			}
			x.end(200, nil)
		}, Response{200, nil, false}, ""},
		"the loader's own form is looked at too": {Request{SecureOnly: true}, func(t *testing.T, x *exchange) {
			if x.redirect(0, "http://a/") {
				t.Error("it is followed")
			}
		}, Response{}, "only https is"},
	} {
		t.Run(name, func(t *testing.T) {
			x := newExchange(test.request)
			test.play(t, x)
			select {
			case <-x.done:
			default:
				t.Fatal("there is no answer")
			}
			got, err := x.wait(t.Context())
			if got.Status != test.want.Status || string(got.Body) != string(test.want.Body) || got.More != test.want.More {
				t.Errorf("%+v, want %+v", got, test.want)
			}
			if (err == nil) != (test.err == "") || err != nil && (!strings.Contains(err.Error(), test.err) || strings.Contains(err.Error(), "secret")) {
				t.Errorf("error %v, want %q", err, test.err)
			}
		})
	}
}

func TestExchangeEndsWithItsContext(t *testing.T) {
	x := newExchange(Request{Limit: 9})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if got, err := x.wait(ctx); !errors.Is(err, context.Canceled) || got.Status != 0 {
		t.Errorf("%+v, %v", got, err)
	}
	x.data(200, []byte("late"), false)
	x.end(200, nil)
	if got, err := x.wait(t.Context()); !errors.Is(err, context.Canceled) || got.Status != 0 || got.Body != nil {
		t.Errorf("what came later counts: %+v, %v", got, err)
	}
}

// The callbacks come on other threads than the one that waits.
func TestExchangeFromManySides(t *testing.T) {
	for range 100 {
		x := newExchange(Request{Limit: 3, Redirects: 1})
		ctx, cancel := context.WithCancel(t.Context())
		var all sync.WaitGroup
		for _, do := range []func(){
			cancel,
			func() { x.data(200, make([]byte, x.room()), false) },
			func() { x.redirect(302, "http://a") },
			func() { x.end(200, nil) },
			func() { x.data(200, []byte("abcd"), false) },
		} {
			all.Go(do)
		}
		got, err := x.wait(ctx)
		all.Wait()
		if again, err2 := x.wait(t.Context()); again.Status != got.Status || len(again.Body) != len(got.Body) || len(got.Body) > 3 || (err == nil) != (err2 == nil) || (err == nil) != (got.Status != 0) {
			t.Fatalf("%+v, %v; then %+v, %v", got, err, again, err2)
		}
	}
}

func TestLoadError(t *testing.T) {
	if err := loadError(nil); err != nil {
		t.Errorf("no error is %v", err)
	}
	late := &cocoa.Error{Domain: "NSURLErrorDomain", Code: -1001, Message: "The request timed out."}
	if err := loadError(late); !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "timed out") {
		t.Error(err)
	}
	for _, e := range []*cocoa.Error{{Domain: "NSURLErrorDomain", Code: -1004}, {Domain: "other", Code: -1001}, {Domain: "NSURLErrorDomain", Code: -999}} {
		if err := loadError(e); errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, e) {
			t.Errorf("%v became %v", e, err)
		}
	}
}
