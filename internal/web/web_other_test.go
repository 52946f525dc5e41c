//go:build !darwin

package web

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// Off macOS a test can have a certificate trusted.

func secure(t *testing.T, handler http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewTLSServer(handler)
	t.Cleanup(s.Close)
	return s
}

func TestHTTPS(t *testing.T) {
	var server *httptest.Server
	server = secure(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/moved":
			http.Redirect(w, r, "/", http.StatusMovedPermanently)
		case "/away":
			http.Redirect(w, r, "http://user:secret@127.0.0.1:1/portal?secret", http.StatusFound)
		case "/loop":
			http.Redirect(w, r, server.URL+"/loop", http.StatusFound)
		default:
			write(w, "safe")
		}
	})
	get := Through(server.Client().Transport)
	for path, want := range map[string]string{"": "safe", "/moved": "safe"} {
		got, err := get(patient(t), Request{URL: server.URL + path, Limit: 100, Redirects: 1, SecureOnly: true})
		if err != nil || got.Status != 200 || string(got.Body) != want {
			t.Errorf("%s: %+v, %v", path, got, err)
		}
	}
	if got, err := get(patient(t), Request{URL: server.URL + "/away", Redirects: 1, SecureOnly: true}); err == nil ||
		!strings.HasSuffix(err.Error(), ": http://127.0.0.1:1/portal is not asked: only https is") || got.Status != 0 {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err := get(patient(t), Request{URL: server.URL + "/away", SecureOnly: true}); err != nil || got.Status != 302 {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err := get(patient(t), Request{URL: server.URL + "/loop", Redirects: 3, SecureOnly: true}); err != nil || !got.Redirect() {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestACertificateThatNobodyTrustsIsRefused(t *testing.T) {
	server := secure(t, func(http.ResponseWriter, *http.Request) { t.Error("it was asked") })
	_, err := Get(patient(t), Request{URL: server.URL + "/?secret", Direct: true})
	if err == nil || !strings.Contains(err.Error(), "certificate") || strings.Contains(err.Error(), "secret") {
		t.Error(err)
	}
}

func TestProxiesAreUsedUnlessDirect(t *testing.T) {
	server := serve(t, func(w http.ResponseWriter, _ *http.Request) { write(w, "server") })
	proxy := serve(t, func(w http.ResponseWriter, _ *http.Request) { write(w, "proxy") })
	before := proxied.Proxy
	t.Cleanup(func() { proxied.Proxy = before })
	proxied.Proxy = func(r *http.Request) (*url.URL, error) { return r.URL.Parse(proxy.URL) }
	for direct, want := range map[bool]string{true: "server", false: "proxy"} {
		got, err := Get(patient(t), Request{URL: server.URL, Limit: 100, Direct: direct})
		if err != nil || string(got.Body) != want {
			t.Errorf("direct %t: %s, %v", direct, got.Body, err)
		}
	}
}

func TestGarbageIsNoAnswer(t *testing.T) {
	for name, answer := range garbage {
		t.Run(name, func(t *testing.T) { notAnAnswer(t, answer) })
	}
}
