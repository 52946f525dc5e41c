package http1

import (
	"bufio"
	"bytes"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// What is understood here, net/http must understand in the same way: a message
// that two programs frame differently is how requests are smuggled.
func FuzzRequestsMeanTheSameAsToNetHTTP(f *testing.F) {
	for _, s := range []string{
		"GET /a?b=c HTTP/1.1\r\nHost: x\r\n\r\n", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabcd",
		"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3;x\r\nabc\r\n0\r\nA: b\r\n\r\nmore",
		"GET / HTTP/1.0\r\n\r\n", "GET http://u@h/%2f HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nA: b\r\n c\r\n\r\n",
		"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", "GET / HTTP/1.1\nHost:x\n\n",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		in := bufio.NewReader(&headLimit{r: bytes.NewReader(data), n: 64 << 10})
		h, err := readHead(in)
		if err != nil {
			return
		}
		body, err := io.ReadAll(newBody(in, h.kind, h.length))
		if err != nil {
			return
		}
		other, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(data)))
		if err != nil {
			t.Fatalf("net/http refuses it: %v", err)
		}
		otherBody, err := io.ReadAll(other.Body)
		if err != nil {
			t.Fatalf("net/http refuses the body: %v", err)
		}
		if h.method != other.Method || h.url.String() != other.URL.String() || !bytes.Equal(body, otherBody) {
			t.Fatalf("%s %s %q here, %s %s %q there", h.method, h.url, body, other.Method, other.URL, otherBody)
		}
		sameHeader(t, h.header, other.Header)
	})
}

func FuzzAnswersMeanTheSameAsToNetHTTP(f *testing.F) {
	for _, s := range []string{
		"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcd", "HTTP/1.1 200 OK\r\n\r\nabc", "HTTP/1.0 404 \r\nA: b\r\n\r\n",
		"HTTP/1.1 204 No\r\n\r\nabc", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		in := bufio.NewReader(&headLimit{r: bytes.NewReader(data), n: 64 << 10})
		a, err := readAnswer(in)
		if err != nil || bytes.HasPrefix(data, []byte("HTTP/1.1 1")) || bytes.HasPrefix(data, []byte("HTTP/1.0 1")) {
			return // ReadResponse takes an interim answer for the answer
		}
		kind, length, err := a.framing()
		if err != nil {
			return
		}
		body, err := io.ReadAll(newBody(in, kind, length))
		if err != nil {
			return
		}
		other, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(data)), nil)
		if err != nil {
			t.Fatalf("net/http refuses it: %v", err)
		}
		otherBody, err := io.ReadAll(other.Body)
		if err != nil {
			t.Fatalf("net/http refuses the body: %v", err)
		}
		if a.status != other.StatusCode || !bytes.Equal(body, otherBody) {
			t.Fatalf("%d %q here, %d %q there", a.status, body, other.StatusCode, otherBody)
		}
		sameHeader(t, a.header, other.Header)
	})
}

// sameHeader compares what both keep: net/http takes some fields out.
func sameHeader(t *testing.T, here Header, there http.Header) {
	t.Helper()
	for name, values := range there {
		if !slices.Equal(here[name], values) {
			t.Fatalf("%s: %q here, %q there", name, here[name], values)
		}
	}
	for name := range maps.Keys(here) {
		if _, ok := there[name]; !ok && !strings.Contains(" Transfer-Encoding Trailer Connection ", " "+name+" ") {
			t.Fatalf("%s is only here", name)
		}
	}
}
