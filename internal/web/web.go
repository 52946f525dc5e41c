// Package web asks for one page by HTTP or HTTPS.
//
// It promises to ask once and anew: no kept connection, cookie, password or
// stored answer is used, and nothing is kept. It holds no more of an answer than
// was asked for, follows no redirect that it was not told to follow, and ends
// with its context. On macOS the system's own loader asks (NSURLSession), with
// the trust settings of the keychain and the proxies of the system; elsewhere
// Go's net/http does.
package web

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"strings"
)

// Request is what is asked for.
type Request struct {
	URL    string            // http or https
	Header map[string]string // beside those that the loader sets

	Limit      int  // bytes of the answer's body that are kept
	Redirects  int  // how many are followed; the next one is itself the answer, without its body
	SecureOnly bool // nothing but https is asked, at redirects too
	Direct     bool // proxies are not used
}

// Response is the answer.
type Response struct {
	Status int    // such as 200
	Body   []byte // its beginning, Request.Limit bytes at most
	More   bool   // the body is longer than Request.Limit
}

// Statuses that somebody asks about.
const (
	StatusOK              = 200
	StatusBadRequest      = 400 // and above: the answer is an error
	StatusForbidden       = 403
	StatusNotFound        = 404
	StatusTooManyRequests = 429
)

// Redirect reports whether the answer sends elsewhere.
func (r Response) Redirect() bool {
	switch r.Status {
	case 301, 302, 303, 307, 308:
		return true
	}
	return false
}

// statusWords names the statuses that a person may get to see.
var statusWords = map[int]string{
	301: "Moved Permanently", 302: "Found", 303: "See Other", 307: "Temporary Redirect", 308: "Permanent Redirect",
	400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 407: "Proxy Authentication Required",
	408: "Request Timeout", 410: "Gone", 429: "Too Many Requests", 451: "Unavailable For Legal Reasons",
	500: "Internal Server Error", 501: "Not Implemented", 502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Timeout",
	511: "Network Authentication Required",
}

// StatusLine is the status in figures and, where it has a usual name, in words:
// "502 Bad Gateway".
func (r Response) StatusLine() string {
	return strings.TrimSpace(fmt.Sprintf("%d %s", r.Status, statusWords[r.Status]))
}

// NotAskedError tells that nothing was sent, so nothing is known of who was to
// be asked: the URL can't be used, or this system has no loader.
type NotAskedError struct{ Err error }

func (e *NotAskedError) Error() string { return e.Err.Error() }

// Unwrap returns why.
func (e *NotAskedError) Unwrap() error { return e.Err }

// Get asks, and returns when the answer is there, is longer than the limit, or
// ctx ends. An answer of any status is no error. Errors name the host; one that
// is due to time is a context.DeadlineExceeded too. It may be called from any
// goroutine, by several at once.
func Get(ctx context.Context, r Request) (Response, error) { return ask(ctx, r, load) }

// loader is what differs between systems. u is the URL of r; ctx has not ended.
type loader func(ctx context.Context, r Request, u *url.URL) (Response, error)

func ask(ctx context.Context, r Request, load loader) (Response, error) {
	u, err := r.accept(r.URL)
	if err != nil {
		return Response{}, &NotAskedError{err}
	}
	for name, value := range r.Header {
		if name == "" || strings.ContainsFunc(name+value, func(c rune) bool { return c < ' ' || c == 0x7f }) {
			return Response{}, &NotAskedError{fmt.Errorf("asking %s: the header %q can't be sent", u.Host, name)}
		}
	}
	r.Limit = max(r.Limit, 0)
	r.Header, u = withUser(r.Header, u)
	var answer Response
	if err = ctx.Err(); err == nil {
		answer, err = load(ctx, r, u)
	}
	if err != nil {
		return Response{}, fmt.Errorf("asking %s: %w", u.Host, err)
	}
	return answer, nil
}

// withUser moves user and password out of the URL into the header that sends
// them, so that all loaders do the same with them.
func withUser(header map[string]string, u *url.URL) (map[string]string, *url.URL) {
	if u.User == nil {
		return header, u
	}
	header = maps.Clone(header)
	if header == nil {
		header = make(map[string]string, 1)
	}
	password, _ := u.User.Password()
	header["Authorization"] = "Basic " + base64.StdEncoding.EncodeToString([]byte(u.User.Username()+":"+password))
	bare := *u
	bare.User = nil
	return header, &bare
}

// accept returns the URL if it may be asked.
func (r Request) accept(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	if err != nil {
		// Without the text: it may hold a password.
		var inner *url.Error
		if errors.As(err, &inner) {
			err = inner.Err
		}
		return nil, fmt.Errorf("the URL can't be read: %w", err)
	}
	switch {
	case r.SecureOnly && u.Scheme != "https":
		return nil, fmt.Errorf("%s is not asked: only https is", named(u))
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, fmt.Errorf("%s is not asked: only http and https are", named(u))
	case u.Hostname() == "":
		return nil, fmt.Errorf("the URL %s names no host", named(u))
	}
	return u, nil
}

// next decides about a redirect to target after so many that were followed. Not
// to follow is no error: then the redirect is the answer.
func (r Request) next(followed int, target string) (follow bool, err error) {
	if followed >= r.Redirects {
		return false, nil
	}
	if _, err := r.accept(target); err != nil {
		return false, err
	}
	return true, nil
}

// namedMost is more than sensible addresses have; a redirect may name any.
const namedMost = 200

// named is a URL for an error: what follows "?" and the user may be secrets.
func named(u *url.URL) string {
	short := *u
	short.User, short.RawQuery, short.ForceQuery, short.Fragment, short.RawFragment = nil, "", false, "", ""
	text := short.String()
	if len(text) > namedMost {
		text = strings.ToValidUTF8(text[:namedMost], "") + "…"
	}
	return text
}
