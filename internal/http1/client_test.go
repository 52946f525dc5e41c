package http1

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func client(path string) *Client {
	return &Client{MaxHeader: 8 << 10, Dial: func(ctx context.Context) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "unix", path)
	}}
}

func TestTheStandardServerIsUnderstood(t *testing.T) {
	l, err := net.Listen("unix", socketPath(t))
	if err != nil {
		t.Fatal(err)
	}
	s := &httptest.Server{Listener: l, Config: &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("X-Length", r.Header.Get("Content-Length"))
		switch r.URL.Path {
		case "/sized":
			_, _ = io.WriteString(w, r.Method+" "+r.URL.RawQuery+" "+string(body))
		case "/chunks":
			for range 3 {
				_, _ = io.WriteString(w, strings.Repeat("x", 10000))
				w.(http.Flusher).Flush()
			}
		case "/nothing":
			w.WriteHeader(http.StatusNoContent)
		case "/early":
			w.WriteHeader(http.StatusEarlyHints)
			_, _ = io.WriteString(w, "late")
		case "/open":
			c, _, _ := w.(http.Hijacker).Hijack()
			_, _ = io.WriteString(c, "HTTP/1.0 200 Fine\r\n\r\nuntil the end")
			c.Close()
		default:
			w.WriteHeader(http.StatusTeapot)
		}
	})}}
	s.Start()
	defer s.Close()
	c := client(l.Addr().String())
	for target, k := range map[string]struct {
		method string
		body   []byte
		status int
		want   string
	}{
		"/sized?a=b": {"GET", nil, 200, "GET a=b "},
		"/sized":     {"POST", []byte("text"), 200, "POST  text"},
		"/sized?c":   {"PUT", []byte{}, 200, "PUT c "},
		"/sized?d":   {"HEAD", nil, 200, ""},
		"/chunks":    {"GET", nil, 200, strings.Repeat("x", 30000)},
		"/nothing":   {"DELETE", nil, 204, ""},
		"/early":     {"GET", nil, 200, "late"},
		"/open":      {"GET", nil, 200, "until the end"},
		"/unknown":   {"GET", nil, 418, ""},
	} {
		t.Run(k.method+target, func(t *testing.T) {
			r, err := c.Do(t.Context(), k.method, target, Header{"X-Y": {"z"}}, k.body)
			if err != nil {
				t.Fatal(err)
			}
			defer r.Body.Close()
			body, err := io.ReadAll(r.Body)
			if r.Status != k.status || string(body) != k.want || err != nil {
				t.Errorf("%d, %.100q, %v", r.Status, body, err)
			}
		})
	}
}

// answering is a client whose server says the same to all, and closes.
func answering(text string) *Client {
	return &Client{MaxHeader: 8 << 10, Dial: func(context.Context) (net.Conn, error) {
		here, there := net.Pipe()
		go func() {
			_, _ = there.Read(make([]byte, 4096))
			_, _ = io.WriteString(there, text)
			_ = there.Close()
		}()
		return here, nil
	}}
}

func TestBrokenAnswersAreErrors(t *testing.T) {
	for name, answer := range map[string]string{
		"none":                         "",
		"half a line":                  "HTTP/1.1 2",
		"another protocol":             "SSH-2.0-x\r\n\r\n",
		"another version":              "HTTP/2 200 OK\r\n\r\n",
		"a status that is no number":   "HTTP/1.1 abc\r\n\r\n",
		"a status of four digits":      "HTTP/1.1 2000 OK\r\n\r\n",
		"a status of one digit":        "HTTP/1.1 2 OK\r\n\r\n",
		"a status below all":           "HTTP/1.1 099 OK\r\n\r\n",
		"half a header":                "HTTP/1.1 200 OK\r\nA: b\r\n",
		"a header without an end":      "HTTP/1.1 200 OK\r\nA: " + strings.Repeat("x", 10000),
		"a field that is none":         "HTTP/1.1 200 OK\r\nA b\r\n\r\n",
		"two ways of framing":          "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"half a body":                  "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab",
		"half a chunk":                 "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
		"chunks without an end":        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n",
		"chunks without the last line": "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n",
		"half a size":                  "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2",
		"only interim answers":         strings.Repeat("HTTP/1.1 100 Continue\r\n\r\n", 6),
	} {
		t.Run(name, func(t *testing.T) {
			r, err := answering(answer).Do(t.Context(), "GET", "/", nil, nil)
			if err == nil {
				defer r.Body.Close()
				_, err = io.ReadAll(r.Body)
			}
			if err == nil {
				t.Error("no error")
			}
		})
	}
	t.Run("a target that is not encoded", func(t *testing.T) {
		if _, err := answering("").Do(t.Context(), "GET", "/ HTTP/1.1\r\nHost: y", nil, nil); err == nil {
			t.Error("no error")
		}
	})
}

func TestTheContextEndsARequestAtEachStage(t *testing.T) {
	for name, said := range map[string]string{
		"before the answer": "",
		"in the header":     "HTTP/1.1 200 OK\r\nA: ",
		"in a body":         "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab",
		"in a chunk":        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
		"in an open body":   "HTTP/1.1 200 OK\r\n\r\nab",
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				here, there := net.Pipe()
				defer there.Close()
				go func() {
					_, _ = there.Read(make([]byte, 4096))
					_, _ = io.WriteString(there, said)
				}()
				c := &Client{MaxHeader: 8 << 10, Dial: func(context.Context) (net.Conn, error) { return here, nil }}
				ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
				defer cancel()
				start := time.Now()
				r, err := c.Do(ctx, "POST", "/", nil, []byte("x"))
				if err == nil {
					_, err = io.ReadAll(r.Body)
					r.Body.Close()
				}
				if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != 3*time.Second {
					t.Errorf("%v after %v", err, time.Since(start))
				}
			})
		})
	}
	t.Run("while the server does not read", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			here, there := net.Pipe()
			defer there.Close()
			c := &Client{MaxHeader: 8 << 10, Dial: func(context.Context) (net.Conn, error) { return here, nil }}
			ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
			defer cancel()
			if _, err := c.Do(ctx, "GET", "/", nil, nil); !errors.Is(err, context.DeadlineExceeded) {
				t.Error(err)
			}
		})
	})
	t.Run("before it connects", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := client("/nowhere").Do(ctx, "GET", "/", nil, nil); err == nil {
			t.Error("no error")
		}
	})
}

// A client may close a body in the middle, and speaks with its own server.
func TestAStreamIsReadUntilItIsEnough(t *testing.T) {
	gone := make(chan bool)
	path := listen(t, server(func(w *Answer, r *Request) {
		for r.Context().Err() == nil {
			if _, err := io.WriteString(w, "line\n"); err != nil {
				break
			}
		}
		close(gone)
	}))
	r, err := client(path).Do(t.Context(), "GET", "/", nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	got := make([]byte, 10)
	if _, err := io.ReadFull(r.Body, got); err != nil || string(got) != "line\nline\n" {
		t.Errorf("%q, %v", got, err)
	}
	r.Body.Close()
	<-gone
}
