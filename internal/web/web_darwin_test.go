package web

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"vpnstatus/internal/cocoa"
)

func TestEveryPartIsThere(t *testing.T) {
	if err := missing(); err != nil {
		t.Error(err)
	}
	for _, p := range cocoa.Presences() {
		if p.For == feature && !p.Present {
			t.Errorf("%s is missing", p.Part)
		}
	}
}

// The system knows nothing of the certificate, and no test can make it.
func TestACertificateThatNobodyTrustsIsRefused(t *testing.T) {
	server := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("it was asked") }))
	defer server.Close()
	_, err := Get(patient(t), Request{URL: server.URL + "/?secret", Direct: true, SecureOnly: true})
	var cause *cocoa.Error
	if !errors.As(err, &cause) || cause.Domain != loadDomain || strings.Contains(err.Error(), "secret") {
		t.Error(err)
	}
	if errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("it took all the time: %v", err)
	}
}

func TestNothingIsKept(t *testing.T) {
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/redirect" {
			http.Redirect(w, r, "/", http.StatusFound)
			return
		}
		write(w, strings.Repeat("x", 1<<16))
	})
	for range 50 {
		for _, r := range []Request{
			{URL: server.URL, Limit: 1 << 17},
			{URL: server.URL, Limit: 10},
			{URL: server.URL + "/redirect"},
			{URL: server.URL + "/redirect", Redirects: 1},
			{URL: "http://127.0.0.1:1/"},
		} {
			_, _ = Get(patient(t), r) // the answers are tested elsewhere
		}
	}
	exchanges.Range(func(delegate, _ any) bool {
		t.Errorf("the question of delegate %v is kept", delegate)
		return true
	})
}

// Callbacks of an object that no question belongs to do nothing.
func TestLateCallbacksAreTolerated(t *testing.T) {
	cocoa.Pool(func() {
		class, err := delegateClass()
		if err != nil {
			t.Fatal(err)
		}
		received(0, 0, 0, 0, cocoa.Data([]byte("late")))
		completed(0, 0, 0, 0, 0)
		redirected(0, 0, 0, 0, 0, 0, 0)
		if class == 0 {
			t.Error("there is no class")
		}
	})
}

// The system's loader may be lenient, even take bytes without a header for an
// answer of HTTP 0.9 (docs/internals.md, open questions); it must come to an end.
func TestGarbageComesToAnEnd(t *testing.T) {
	for name, answer := range garbage {
		t.Run(name, func(t *testing.T) {
			got, err := Get(patient(t), Request{URL: "http://" + raw(t, answer), Limit: 2000, Direct: true})
			t.Logf("%+v, %v", got, err)
			if errors.Is(err, context.DeadlineExceeded) || len(got.Body) > len(answer) {
				t.Errorf("%+v, %v", got, err)
			}
		})
	}
}
