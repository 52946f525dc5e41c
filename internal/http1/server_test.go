package http1

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// echo answers with what it was asked.
func echo(w *Answer, r *Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		_ = w.Send(StatusBadRequest, []byte("body: "+err.Error()))
		return
	}
	w.Header().Set("X-Twice", r.Header.Get("X-Once")+r.Header.Get("X-Once"))
	_ = w.Send(StatusOK, fmt.Appendf(nil, "%s %s %s", r.Method, r.URL.RequestURI(), body))
}

func server(h Handler) *Server {
	return &Server{Handler: h, HeaderTime: 5 * time.Second, BodyTime: 10 * time.Second, WriteTime: 5 * time.Second, EndTime: 2 * time.Second, MaxHeader: 8 << 10}
}

// socketPath is short enough for a socket: on macOS t.TempDir is not.
func socketPath(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "vpn")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) }) // the system clears it otherwise
	return filepath.Join(dir, "s")
}

// listen starts a server on a Unix socket.
func listen(t *testing.T, s *Server) (path string) {
	t.Helper()
	path = socketPath(t)
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx, l) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Serve: %v", err)
		}
	})
	return path
}

// standard is net/http's client for a Unix socket.
func standard(t *testing.T, path string) *http.Client {
	transport := &http.Transport{
		DialContext:           func(context.Context, string, string) (net.Conn, error) { return net.Dial("unix", path) },
		ExpectContinueTimeout: time.Minute, // so that only the server's word has the body sent
	}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

func TestTheStandardClientIsUnderstood(t *testing.T) {
	c := standard(t, listen(t, server(echo)))
	for name, k := range map[string]struct {
		method, target string
		body           io.Reader
		expect         bool
		want           string
	}{
		"without a body":         {"GET", "/a?b=c%20d", nil, false, "GET /a?b=c%20d "},
		"with a body":            {"POST", "/a", strings.NewReader("text"), false, "POST /a text"},
		"with an empty body":     {"PUT", "/a", strings.NewReader(""), false, "PUT /a "},
		"in chunks":              {"PATCH", "/a", io.MultiReader(strings.NewReader("one "), strings.NewReader("two")), false, "PATCH /a one two"},
		"asked for":              {"POST", "/a", strings.NewReader("text"), true, "POST /a text"},
		"a megabyte":             {"POST", "/a", strings.NewReader(strings.Repeat("x", 1<<20)), false, "POST /a " + strings.Repeat("x", 1<<20)},
		"a megabyte in chunks":   {"POST", "/a", io.MultiReader(strings.NewReader(strings.Repeat("x", 1<<20))), false, "POST /a " + strings.Repeat("x", 1<<20)},
		"only the header":        {"HEAD", "/a", nil, false, ""},
		"an encoded path":        {"GET", "/%2Fetc%2Fpasswd/%C3%A9", nil, false, "GET /%2Fetc%2Fpasswd/%C3%A9 "},
		"a method of nobody":     {"BREW", "/pot", nil, false, "BREW /pot "},
		"all that a path may be": {"GET", "/a;b/@:!$&'()*+,=~-._", nil, false, "GET /a;b/@:!$&'()*+,=~-._ "},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := http.NewRequestWithContext(t.Context(), k.method, "http://localhost"+k.target, k.body)
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("X-Once", "ab")
			if k.expect {
				r.Header.Set("Expect", "100-continue")
			}
			answer, err := c.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer answer.Body.Close()
			body, err := io.ReadAll(answer.Body)
			if err != nil || string(body) != k.want {
				t.Errorf("%.100q, %v, want %.100q", body, err, k.want)
			}
			if answer.StatusCode != 200 || answer.Status != "200 OK" || answer.Header.Get("X-Twice") != "abab" || !answer.Close {
				t.Errorf("%s, %v, close %t", answer.Status, answer.Header, answer.Close)
			}
		})
	}
}

// say sends bytes to a server and returns all that it says until it closes.
func say(t *testing.T, path, data string) string {
	t.Helper()
	c, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_, _ = io.WriteString(c, data) // it may be refused before its end
	all, err := io.ReadAll(c)
	if err != nil {
		t.Errorf("after %.100q: %v", data, err)
	}
	return string(all)
}

func TestWhatIsNoRequestIsRefused(t *testing.T) {
	path := listen(t, server(echo))
	const host = "Host: x\r\n"
	for name, k := range map[string]struct {
		data, status string
	}{
		"no line":                          {"\r\n\r\n", "400"},
		"one word":                         {"GET\r\n\r\n", "400"},
		"two words":                        {"GET /\r\n\r\n", "400"},
		"another protocol":                 {"\x16\x03\x01\x02\x00\r\n\r\n", "400"},
		"a version from the future":        {"GET / HTTP/2.0\r\n" + host + "\r\n", "505"},
		"a version in small letters":       {"GET / http/1.1\r\n" + host + "\r\n", "505"},
		"a method that is none":            {"G(T / HTTP/1.1\r\n" + host + "\r\n", "400"},
		"a target that is no path":         {"GET x HTTP/1.1\r\n" + host + "\r\n", "400"},
		"a broken escape":                  {"GET /%zz HTTP/1.1\r\n" + host + "\r\n", "400"},
		"a control character in the path":  {"GET /\x01 HTTP/1.1\r\n" + host + "\r\n", "400"},
		"no host":                          {"GET / HTTP/1.1\r\n\r\n", "400"},
		"two hosts":                        {"GET / HTTP/1.1\r\n" + host + host + "\r\n", "400"},
		"a field without a colon":          {"GET / HTTP/1.1\r\n" + host + "x\r\n\r\n", "400"},
		"a space before the colon":         {"GET / HTTP/1.1\r\n" + host + "X : y\r\n\r\n", "400"},
		"a control character in a value":   {"GET / HTTP/1.1\r\n" + host + "X: \x00\r\n\r\n", "400"},
		"a length that is no number":       {"POST / HTTP/1.1\r\n" + host + "Content-Length: x\r\n\r\n", "400"},
		"a length with a sign":             {"POST / HTTP/1.1\r\n" + host + "Content-Length: +1\r\n\r\nx", "400"},
		"a negative length":                {"POST / HTTP/1.1\r\n" + host + "Content-Length: -1\r\n\r\nx", "400"},
		"a length beyond all":              {"POST / HTTP/1.1\r\n" + host + "Content-Length: 9223372036854775807\r\n\r\nx", "400"},
		"two lengths":                      {"POST / HTTP/1.1\r\n" + host + "Content-Length: 1\r\nContent-Length: 1\r\n\r\nx", "400"},
		"length and chunks":                {"POST / HTTP/1.1\r\n" + host + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400"},
		"an unknown coding":                {"POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", "501"},
		"two codings":                      {"POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "501"},
		"a long path":                      {"GET /" + strings.Repeat("x", 9<<10) + " HTTP/1.1\r\n" + host + "\r\n", "431"},
		"a long field":                     {"GET / HTTP/1.1\r\n" + host + "X: " + strings.Repeat("x", 9<<10) + "\r\n\r\n", "431"},
		"many fields":                      {"GET / HTTP/1.1\r\n" + host + strings.Repeat("X: y\r\n", 2<<10) + "\r\n", "431"},
		"a line without an end":            {strings.Repeat("x", 1<<20), "431"},
		"a chunk without a size":           {"POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\nzz\r\n", "400"},
		"a chunk with a negative size":     {"POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n-1\r\n", "400"},
		"a chunk beyond all":               {"POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n", "400"},
		"a chunk that is longer":           {"POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n1\r\nxyz\r\n0\r\n\r\n", "400"},
		"a chunk with a line feed only":    {"POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n1\nx\r\n0\r\n\r\n", "400"},
		"a chunk with an endless size":     {"POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n1;" + strings.Repeat("x", 8<<10), "400"},
		"a chunk with too many trailers":   {"POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n0\r\n" + strings.Repeat("X: y\r\n", 40) + "\r\n", "400"},
		"a trailer that is none":           {"POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n0\r\nX\r\n\r\n", "400"},
		"a good one for comparison":        {"GET / HTTP/1.1\r\n" + host + "\r\n", "200"},
		"a good one without carriages":     {"GET / HTTP/1.1\nHost: x\n\n", "200"},
		"chunks in an old one":             {"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400"},
		"an old one":                       {"GET / HTTP/1.0\r\n\r\n", "200"},
		"one by a proxy":                   {"GET http://x/ HTTP/1.1\r\n" + host + "\r\n", "200"},
		"chunks with all that they may be": {"POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: Chunked\r\n\r\n1;a=b\r\nx\r\n0\r\nX: y\r\n\r\n", "200"},
	} {
		t.Run(name, func(t *testing.T) {
			got := say(t, path, k.data)
			if !strings.HasPrefix(got, "HTTP/1.1 "+k.status+" ") {
				t.Errorf("%.200q, want status %s", got, k.status)
			}
			if head, body, _ := strings.Cut(got, "\r\n\r\n"); body == "" || !strings.Contains(head, "\r\nConnection: close") {
				t.Errorf("%.200q", got)
			}
		})
	}
	t.Run("nothing at all", func(t *testing.T) {
		c, err := net.Dial("unix", path)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if err := c.(*net.UnixConn).CloseWrite(); err != nil {
			t.Fatal(err)
		}
		if all, err := io.ReadAll(c); len(all) > 0 || err != nil {
			t.Errorf("%q, %v", all, err)
		}
	})
}

func TestTheAnswerComesThroughToWhoIsStillSending(t *testing.T) {
	path := listen(t, server(func(w *Answer, r *Request) {
		_, _ = io.CopyN(io.Discard, r.Body, 10)
		_ = w.Send(StatusContentTooLarge, []byte("too much"))
	}))
	got := say(t, path, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3000000\r\n\r\n"+strings.Repeat("x", 3000000))
	if !strings.HasPrefix(got, "HTTP/1.1 413 ") || !strings.HasSuffix(got, "\r\n\r\ntoo much") {
		t.Errorf("%q", got)
	}
}

// piped starts a server on pipes, which know virtual time.
func piped(t *testing.T, s *Server) (dial func() net.Conn, end func() error) {
	t.Helper()
	l := &pipes{conns: make(chan net.Conn), closed: make(chan struct{})}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx, l) }()
	dial = func() net.Conn {
		here, there := net.Pipe()
		l.conns <- there
		return here
	}
	return dial, func() error { cancel(); return <-ended }
}

// pipes is a listener. Errors in errs come first.
type pipes struct {
	errs   []error
	conns  chan net.Conn
	closed chan struct{}
}

func (p *pipes) Accept() (net.Conn, error) {
	if len(p.errs) > 0 {
		err := p.errs[0]
		p.errs = p.errs[1:]
		return nil, err
	}
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}
func (p *pipes) Close() error { close(p.closed); return nil }
func (*pipes) Addr() net.Addr { return nil }

func TestWhoIsSlowIsRefused(t *testing.T) {
	for name, k := range map[string]struct {
		data, status string
		after        time.Duration
	}{
		"a client that says nothing is closed":         {"", "", 5 * time.Second},
		"half a header is refused":                     {"GET / HTTP/1.1\r\nHo", "HTTP/1.1 408 Request Timeout", 5 * time.Second},
		"half a body is told to the handler":           {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc", "HTTP/1.1 400 Bad Request", 10 * time.Second},
		"half a chunk is told to the handler":          {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nabc", "HTTP/1.1 400 Bad Request", 10 * time.Second},
		"a client that waits for nothing is not asked": {"GET / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n\r\n", "HTTP/1.1 200 OK", 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				dial, end := piped(t, server(echo))
				start := time.Now()
				c := dial()
				_, _ = io.WriteString(c, k.data) // all of it is read
				line, err := bufio.NewReader(c).ReadString('\n')
				if strings.TrimSpace(line) != k.status || (err != nil) != (k.status == "") {
					t.Errorf("%q, %v", line, err)
				}
				if d := time.Since(start); d != k.after {
					t.Errorf("after %v, want %v", d, k.after)
				}
				c.Close()
				if err := end(); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

func TestAClientThatDoesNotReadIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		got := make(chan error, 2)
		dial, end := piped(t, server(func(w *Answer, _ *Request) {
			got <- w.Begin(StatusOK)
			for {
				if _, err := w.Write([]byte("line\n")); err != nil {
					got <- err
					return
				}
			}
		}))
		c := dial()
		defer c.Close()
		_, _ = io.WriteString(c, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
		in := bufio.NewReader(c)
		for range 3 { // the header
			if _, err := in.ReadString('\n'); err != nil {
				t.Fatal(err)
			}
		}
		if err := <-got; err != nil {
			t.Error(err)
		}
		start := time.Now()
		if err := <-got; !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(start) != 5*time.Second {
			t.Errorf("%v after %v", err, time.Since(start))
		}
		if err := end(); err != nil {
			t.Error(err)
		}
	})
}

func TestAHandlerLearnsThatItsClientIsGone(t *testing.T) {
	for name, request := range map[string]string{
		"without a body":   "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
		"with a body":      "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc",
		"with chunks":      "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
		"with more behind": "GET / HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				waits := make(chan bool, 1)
				dial, end := piped(t, server(func(_ *Answer, r *Request) {
					_, _ = io.ReadAll(r.Body)
					waits <- true
					<-r.Context().Done()
					waits <- false
				}))
				c := dial()
				_, _ = io.WriteString(c, request)
				<-waits
				time.Sleep(time.Hour) // the limits for reading are over
				select {
				case <-waits:
					t.Error("it was told too early")
				default:
				}
				c.Close()
				<-waits
				if err := end(); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

func TestTheEndOfTheServer(t *testing.T) {
	const request = "GET / HTTP/1.1\r\nHost: x\r\n\r\n"
	t.Run("closes a connection without a request at once", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			dial, end := piped(t, server(echo))
			c := dial()
			synctest.Wait()
			start := time.Now()
			if err := end(); err != nil || time.Since(start) != 0 {
				t.Errorf("%v after %v", err, time.Since(start))
			}
			if _, err := c.Read(make([]byte, 1)); err != io.EOF {
				t.Error(err)
			}
		})
	})
	t.Run("lets a request end", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			dial, end := piped(t, server(func(w *Answer, _ *Request) {
				time.Sleep(time.Second)
				_ = w.Send(StatusOK, []byte("late"))
			}))
			c := dial()
			_, _ = io.WriteString(c, request)
			synctest.Wait()
			var got []byte
			read := make(chan bool)
			go func() { got, _ = io.ReadAll(c); close(read) }()
			start := time.Now()
			if err := end(); err != nil || time.Since(start) != time.Second {
				t.Errorf("%v after %v", err, time.Since(start))
			}
			<-read
			if !bytes.HasSuffix(got, []byte("late")) {
				t.Errorf("%q", got)
			}
		})
	})
	t.Run("cuts off what takes longer", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			dial, end := piped(t, server(func(_ *Answer, r *Request) { <-r.Context().Done() }))
			c := dial()
			defer c.Close()
			_, _ = io.WriteString(c, request)
			synctest.Wait()
			start := time.Now()
			if err := end(); err != nil || time.Since(start) != 2*time.Second {
				t.Errorf("%v after %v", err, time.Since(start))
			}
		})
	})
}

func TestTheListenersErrors(t *testing.T) {
	t.Run("one that passes is waited out", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			l := &pipes{errs: []error{syscall.EMFILE, syscall.ENFILE, syscall.ECONNABORTED}, conns: make(chan net.Conn), closed: make(chan struct{})}
			ctx, cancel := context.WithCancel(t.Context())
			ended := make(chan error, 1)
			var log bytes.Buffer
			s := server(echo)
			s.Log = slog.New(slog.NewTextHandler(&log, nil))
			go func() { ended <- s.Serve(ctx, l) }()
			here, there := net.Pipe()
			start := time.Now()
			l.conns <- there
			if d := time.Since(start); d != 3*acceptRest {
				t.Errorf("accepted after %v", d)
			}
			here.Close()
			cancel()
			if err := <-ended; err != nil || strings.Count(log.String(), "\n") != 3 {
				t.Errorf("%v, %s", err, &log)
			}
		})
	})
	t.Run("another one ends the server", func(t *testing.T) {
		broken := errors.New("broken")
		l := &pipes{errs: []error{broken}, closed: make(chan struct{})}
		if err := server(echo).Serve(t.Context(), l); !errors.Is(err, broken) {
			t.Error(err)
		}
	})
}

func TestAMistakeInAHandlerIsAnsweredAndLogged(t *testing.T) {
	log := make(logLines, 8)
	s := server(func(w *Answer, r *Request) {
		if r.URL.Path == "/begun" {
			_ = w.Begin(StatusOK)
		}
		if r.URL.Path != "/silent" {
			panic("a mistake")
		}
	})
	s.Log = slog.New(slog.NewTextHandler(log, nil))
	path := listen(t, s)
	for target, status := range map[string]string{"/": "500", "/silent": "500", "/begun": "200"} {
		if got := say(t, path, "GET "+target+" HTTP/1.1\r\nHost: x\r\n\r\n"); !strings.HasPrefix(got, "HTTP/1.1 "+status+" ") || strings.Count(got, "HTTP/1.1") != 1 {
			t.Errorf("%s: %q", target, got)
		}
	}
	for range 2 {
		if line := <-log; !strings.Contains(line, "a mistake") {
			t.Error(line)
		}
	}
}

type logLines chan string

func (l logLines) Write(p []byte) (int, error) { l <- string(p); return len(p), nil }

func TestAnAnswerIsGivenOnce(t *testing.T) {
	got := make(chan error, 2)
	path := listen(t, server(func(w *Answer, _ *Request) {
		w.Header().Set("X", "a\r\nY: b")
		_, err := w.Write([]byte("first"))
		got <- err
		got <- w.Send(StatusNotFound, nil)
	}))
	if answer := say(t, path, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"); answer != "HTTP/1.1 200 OK\r\nConnection: close\r\nX: a  Y: b\r\n\r\nfirst" {
		t.Errorf("%q", answer)
	}
	if err := <-got; err != nil {
		t.Error(err)
	}
	if err := <-got; err == nil {
		t.Error("a second answer was taken")
	}
}

func TestTheConnectionAddsToTheContext(t *testing.T) {
	type key struct{}
	s := server(func(w *Answer, r *Request) { _ = w.Send(StatusOK, []byte(r.Context().Value(key{}).(string))) })
	s.Context = func(ctx context.Context, c net.Conn) context.Context {
		return context.WithValue(ctx, key{}, c.LocalAddr().Network())
	}
	if got := say(t, listen(t, s), "GET / HTTP/1.1\r\nHost: x\r\n\r\n"); !strings.HasSuffix(got, "\r\n\r\nunix") {
		t.Errorf("%q", got)
	}
}

func TestRoutes(t *testing.T) {
	var routes Routes
	var found string
	for _, pattern := range []string{"/v1/services", "/v1/services/{service}", "/v1/services/{service}/connect", "/v1/services/{other}/{verb}"} {
		routes.Handle(pattern, func(_ *Answer, r *Request) {
			found = pattern + " " + r.PathValue("service") + r.PathValue("other") + " " + r.PathValue("verb")
		})
	}
	path := listen(t, server(func(w *Answer, r *Request) {
		found = "nothing"
		if h := routes.Find(r); h != nil {
			h(w, r)
		}
		_ = w.Send(StatusOK, []byte(found))
	}))
	for target, want := range map[string]string{
		"/v1/services":                 "/v1/services  ",
		"/v1/services?all=1":           "/v1/services  ",
		"/v1/services/":                "nothing",
		"/v1//services":                "nothing",
		"/v1/services/a":               "/v1/services/{service} a ",
		"/v1/services/a%2Fb":           "/v1/services/{service} a/b ",
		"/v1/services/caf%C3%A9%20%25": "/v1/services/{service} café % ",
		"/v1/services/a/connect":       "/v1/services/{service}/connect a ",
		"/v1/services/a/conn%65ct":     "/v1/services/{service}/connect a ",
		"/v1/services/a/b":             "/v1/services/{other}/{verb} a b",
		"/v1/services/a/b/c":           "nothing",
		"/":                            "nothing",
	} {
		if got := say(t, path, "GET "+target+" HTTP/1.1\r\nHost: x\r\n\r\n"); !strings.HasSuffix(got, "\r\n\r\n"+want) {
			t.Errorf("%s: %q, want %q", target, got, want)
		}
	}
}
