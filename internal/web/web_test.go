package web

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// The tests of this file ask servers of this machine, by the loader of the
// system they run on: NSURLSession on macOS, net/http elsewhere. Servers with
// TLS are in web_darwin_test.go, where the system refuses their certificate, and
// in web_other_test.go, where it is trusted.

// patience is for a machine that is busy with other things.
const patience = 20 * time.Second

func serve(t *testing.T, handler http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(handler)
	t.Cleanup(s.Close)
	return s
}

// loaderAnswers asks one simple question: on a system whose loader never
// answers, each test would wait in vain.
var loaderAnswers = sync.OnceValue(func() error {
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer server.Close()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	_, err := Get(ctx, Request{URL: server.URL, Direct: true})
	return err
})

func TestTheLoaderAnswers(t *testing.T) {
	if err := loaderAnswers(); err != nil {
		t.Error(err)
	}
}

func patient(t *testing.T) context.Context {
	t.Helper()
	if err := loaderAnswers(); err != nil {
		t.Skip("TestTheLoaderAnswers fails, so this is not tried: ", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

func write(w http.ResponseWriter, text string) {
	_, _ = w.Write([]byte(text)) // who asked may have heard enough
}

func TestAnswers(t *testing.T) {
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/short":
			write(w, "Success")
		case "/limit":
			write(w, strings.Repeat("x", 100))
		case "/long":
			write(w, strings.Repeat("x", 101))
		case "/huge":
			write(w, strings.Repeat("x", 1<<20))
		case "/empty":
			w.WriteHeader(http.StatusNoContent)
		case "/gone":
			w.WriteHeader(http.StatusGone)
			write(w, "no more")
		case "/endless":
			for {
				if _, err := w.Write(make([]byte, 1<<12)); err != nil {
					return
				}
			}
		case "/nowhere":
			w.WriteHeader(http.StatusFound)
		}
	})
	for path, test := range map[string]struct {
		limit  int
		status int
		length int
		more   bool
	}{
		"/short":   {100, 200, 7, false},
		"/limit":   {100, 200, 100, false},
		"/long":    {100, 200, 100, true},
		"/huge":    {100, 200, 100, true},
		"/huge?2":  {1 << 20, 200, 1 << 20, false},
		"/endless": {100_000, 200, 100_000, true},
		"/empty":   {100, 204, 0, false},
		"/gone":    {100, 410, 7, false},
		"/short?0": {0, 200, 0, true},
		"/short?-": {-1, 200, 0, true},
		"/nowhere": {100, 302, 0, false},
	} {
		t.Run(path, func(t *testing.T) {
			got, err := Get(patient(t), Request{URL: server.URL + path, Limit: test.limit, Direct: true})
			if err != nil {
				t.Fatal(err)
			}
			if got.Status != test.status || len(got.Body) != test.length || got.More != test.more {
				t.Errorf("status %d, %d bytes, more %t; want %+v", got.Status, len(got.Body), got.More, test)
			}
		})
	}
}

func TestRedirectsAreCounted(t *testing.T) {
	// "/3" goes on to "/2", and so on; "/0" is the end.
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		var n int
		if _, err := fmt.Sscanf(r.URL.Path, "/%d", &n); err != nil {
			t.Errorf("asked for %s", r.URL)
		}
		if n == 0 {
			write(w, "end")
			return
		}
		http.Redirect(w, r, fmt.Sprintf("/%d", n-1), http.StatusTemporaryRedirect)
	})
	for _, test := range []struct {
		start, follow, status int
		body                  string
	}{
		{0, 0, 200, "end"},
		{1, 0, 307, ""},
		{1, 1, 200, "end"},
		{3, 3, 200, "end"},
		{4, 3, 307, ""},
		{30, 2, 307, ""},
	} {
		got, err := Get(patient(t), Request{URL: fmt.Sprintf("%s/%d", server.URL, test.start), Redirects: test.follow, Limit: 1000, Direct: true})
		if err != nil || got.Status != test.status || string(got.Body) != test.body || got.More || got.Redirect() != (test.status == 307) {
			t.Errorf("%d redirects of which %d are followed: %+v, %v", test.start, test.follow, got, err)
		}
	}
}

func TestRedirectElsewhereIsRefused(t *testing.T) {
	server := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", "ftp://user:secret@127.0.0.1:1/file?key=secret")
		w.WriteHeader(http.StatusFound)
	})
	_, err := Get(patient(t), Request{URL: server.URL, Redirects: 1, Direct: true})
	if err == nil || !strings.Contains(err.Error(), "ftp://127.0.0.1:1/file is not asked") || strings.Contains(err.Error(), "secret") {
		t.Error(err)
	}
	if got, err := Get(patient(t), Request{URL: server.URL, Direct: true}); err != nil || got.Status != 302 {
		t.Errorf("it is not the answer where none is followed: %+v, %v", got, err)
	}
}

func TestEachQuestionIsAskedAnew(t *testing.T) {
	var mu sync.Mutex
	from := map[string]bool{}
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if from[r.RemoteAddr] {
			t.Error("a connection was used again")
		}
		from[r.RemoteAddr] = true
		if r.Method != http.MethodGet || r.Header.Get("Cookie") != "" || r.Header.Get("If-None-Match") != "" {
			t.Errorf("%s with %v", r.Method, r.Header)
		}
		w.Header().Set("Set-Cookie", "seen=yes; Path=/; Max-Age=3600")
		w.Header().Set("Cache-Control", "max-age=3600")
		w.Header().Set("ETag", `"1"`)
		write(w, "Success")
	})
	for range 3 {
		if got, err := Get(patient(t), Request{URL: server.URL, Limit: 100, Direct: true}); err != nil || string(got.Body) != "Success" {
			t.Errorf("%+v, %v", got, err)
		}
	}
	if len(from) != 3 {
		t.Errorf("asked %d times", len(from))
	}
}

func TestHeadersAndUser(t *testing.T) {
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		write(w, strings.Join([]string{r.Header.Get("Accept"), r.Header.Get("User-Agent"), user, password}, "|"))
	})
	header := map[string]string{"Accept": "application/json", "User-Agent": "VPNStatus"}
	got, err := Get(patient(t), Request{URL: strings.Replace(server.URL, "http://", "http://me:p%40ss@", 1), Header: header, Limit: 100, Direct: true})
	if err != nil || string(got.Body) != "application/json|VPNStatus|me|p@ss" {
		t.Errorf("%s, %v", got.Body, err)
	}
	if len(header) != 2 {
		t.Errorf("the caller's header became %v", header)
	}
	got, err = Get(patient(t), Request{URL: strings.Replace(server.URL, "http://", "http://me@", 1), Limit: 100, Direct: true})
	if err != nil || !strings.HasSuffix(string(got.Body), "|me|") {
		t.Errorf("%s, %v", got.Body, err)
	}
	for name, value := range map[string]string{"X": "a\r\nY: b", "X\n": "a", "": "a"} {
		if _, err := Get(patient(t), Request{URL: server.URL, Header: map[string]string{name: value}}); err == nil || !strings.Contains(err.Error(), "can't be sent") {
			t.Errorf("%q: %q: %v", name, value, err)
		}
	}
}

func notAsked(err error) bool {
	var e *NotAskedError
	return errors.As(err, &e)
}

func TestURLsThatAreNotAsked(t *testing.T) {
	for url, want := range map[string]string{
		"":                                "only http and https",
		"example.org":                     "only http and https",
		"//example.org":                   "only http and https",
		"file:///etc/passwd":              "only http and https",
		"ftp://example.org":               "only http and https",
		"data:text/plain,secret":          "only http and https",
		"http://":                         "names no host",
		"http:///path":                    "names no host",
		"http:opaque":                     "names no host",
		"http://user:secret@/path?secret": "names no host",
		"http://user:secret@host:x/":      "can't be read",
		"http://host/%zz?secret":          "can't be read",
		"http://ho st/":                   "can't be read",
		"http://host/\x00":                "can't be read",
		"://":                             "can't be read",
		"x://" + strings.Repeat("y", 1e5): "…",
	} {
		_, err := Get(patient(t), Request{URL: url})
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "user") || len(err.Error()) > 500 {
			t.Errorf("%.60q: %v", url, err)
		}
		if !notAsked(err) {
			t.Errorf("%.60q: %v says that somebody was asked", url, err)
		}
	}
}

func TestOnlyHTTPS(t *testing.T) {
	server := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("it was asked") })
	_, err := Get(patient(t), Request{URL: server.URL + "/path?secret", SecureOnly: true})
	if err == nil || err.Error() != server.URL+"/path is not asked: only https is" {
		t.Error(err)
	}
}

func TestNobodyThere(t *testing.T) {
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	host := closed.Addr().String()
	if err := closed.Close(); err != nil {
		t.Fatal(err)
	}
	ctx := patient(t)
	_, err = Get(ctx, Request{URL: "http://user:secret@" + host + "/path?secret", Direct: true})
	if err == nil || !strings.HasPrefix(err.Error(), "asking "+host+": ") || strings.Contains(err.Error(), "secret") {
		t.Error(err)
	}
	if errors.Is(err, context.DeadlineExceeded) || ctx.Err() != nil {
		t.Errorf("it took all the time: %v", err)
	}
	if notAsked(err) {
		t.Errorf("%v says that nobody was asked", err)
	}
}

// raw answers every question with this text.
func raw(t *testing.T, answer string) (host string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var served sync.WaitGroup
	served.Go(func() {
		for {
			// A loader may ask again when a connection breaks.
			conn, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = conn.Read(make([]byte, 4096)) // the question
			_, _ = conn.Write([]byte(answer))
			_ = conn.Close()
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		served.Wait()
	})
	return l.Addr().String()
}

// What the loader of macOS makes of worse ones is in web_darwin_test.go.
func TestAnswersThatAreNone(t *testing.T) {
	for name, answer := range map[string]string{
		"nothing":   "",
		"too short": "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nx",
	} {
		t.Run(name, func(t *testing.T) { notAnAnswer(t, answer) })
	}
}

var garbage = map[string]string{
	"bytes":          "\x16\x03\x01\x00\x02\x02\x28",
	"half a header":  "HTTP/1.1 200 OK\r\nContent-Le",
	"broken chunks":  "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
	"an odd version": "HTTP/a.b 200 OK\r\n\r\n",
}

func notAnAnswer(t *testing.T, answer string) {
	t.Helper()
	host := raw(t, answer)
	got, err := Get(patient(t), Request{URL: "http://" + host + "/?secret", Limit: 2000, Direct: true})
	if err == nil || !strings.HasPrefix(err.Error(), "asking "+host+": ") || strings.Contains(err.Error(), "secret") || got.Status != 0 || got.Body != nil {
		t.Errorf("%+v, %v", got, err)
	}
	if errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("it took all the time: %v", err)
	}
}

// A question ends with its context: before there is an answer, and within it.
func TestTheContextEndsAQuestion(t *testing.T) {
	asked := make(chan struct{}, 1)
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/begun" {
			write(w, "begun")
			if err := http.NewResponseController(w).Flush(); err != nil {
				t.Error(err)
			}
		}
		if r.URL.RawQuery == "tell" {
			asked <- struct{}{}
		}
		<-r.Context().Done()
	})
	for _, path := range []string{"/silent", "/begun"} {
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		got, err := Get(ctx, Request{URL: server.URL + path, Limit: 1000, Direct: true})
		cancel()
		if !errors.Is(err, context.DeadlineExceeded) || got.Status != 0 || !strings.Contains(err.Error(), strings.TrimPrefix(server.URL, "http://")) {
			t.Errorf("%s, deadline: %+v, %v", path, got, err)
		}

		ctx, cancel = context.WithCancel(t.Context())
		go func() {
			<-asked
			cancel()
		}()
		if got, err := Get(ctx, Request{URL: server.URL + path + "?tell", Limit: 1000, Direct: true}); !errors.Is(err, context.Canceled) || got.Status != 0 {
			t.Errorf("%s, cancelled: %+v, %v", path, got, err)
		}
	}
}

func TestAContextThatHasEndedAsksNobody(t *testing.T) {
	server := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("it was asked") })
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Get(ctx, Request{URL: server.URL}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	ctx, cancel = context.WithDeadline(t.Context(), time.Unix(0, 0))
	defer cancel()
	if _, err := Get(ctx, Request{URL: server.URL}); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
}

func TestManyAtOnce(t *testing.T) {
	server := serve(t, func(w http.ResponseWriter, r *http.Request) { write(w, r.URL.Path) })
	ctx := patient(t)
	var all sync.WaitGroup
	for i := range 40 {
		all.Go(func() {
			path := fmt.Sprintf("/%d", i)
			if got, err := Get(ctx, Request{URL: server.URL + path, Limit: 100, Direct: true}); err != nil || string(got.Body) != path {
				t.Errorf("%s: %s, %v", path, got.Body, err)
			}
		})
	}
	all.Wait()
}

func TestStatusLine(t *testing.T) {
	for status, words := range statusWords {
		if words != http.StatusText(status) {
			t.Errorf("%d is %q, not %q", status, http.StatusText(status), words)
		}
	}
	if got := (Response{Status: 502}).StatusLine(); got != "502 Bad Gateway" {
		t.Error(got)
	}
	if got := (Response{Status: 299}).StatusLine(); got != "299" {
		t.Errorf("%q", got)
	}
}
