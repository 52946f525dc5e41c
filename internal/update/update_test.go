package update

import (
	"context"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestCompare(t *testing.T) {
	const none = 9
	for _, test := range []struct {
		a, b string
		want int
	}{
		{"1.2.3", "1.2.3", 0},
		{"v1.2.3", "1.2.3", 0},
		{"1.10.0", "1.9.9", 1},
		{"2.0.0", "10.0.0", -1},
		{"1.2", "1.2.0", 0},
		{"1", "1.0.1", -1},
		{"1.2.3-rc.1", "1.2.3", -1},
		{"1.2.3-rc.2", "1.2.3-rc.10", -1},
		{"1.2.3-alpha", "1.2.3-beta", -1},
		{"1.2.3-1", "1.2.3-alpha", -1},
		{"1.2.3+build.5", "1.2.3+build.6", 0},
		{"99999999999999999999.0.0", "99999999999999999998.0.0", 1},
		{"1.2.3.4", "1.2.3", none},
		{"1.2.3", "1.2.3.4", none},
		{"1.2.3.4", "1.2.3.4", none},
		{"01.2.3", "1.2.3", none},
		{"1.2.x", "1.2.3", none},
		{"vv1.2.3", "1.2.3", none},
		{"-1.2.3", "1.2.3", none},
		{"1..3", "1.2.3", none},
		{" 1.2.3", "1.2.3", none},
		{"1.2.3-", "1.2.3", none},
		{"development (0123456789ab, changed)", "1.2.3", none},
		{"", "", none},
		{"v", "1", none},
		{"1." + strings.Repeat("9", 100), "1.2.3", none},
	} {
		got, ok := Compare(test.a, test.b)
		if ok != (test.want != none) || ok && got != test.want {
			t.Errorf("%q and %q: %d, %t; want %d", test.a, test.b, got, ok, test.want)
		}
		back, ok2 := Compare(test.b, test.a)
		if ok2 != ok || back != -got {
			t.Errorf("%q and %q: %d, but the other way round %d", test.a, test.b, got, back)
		}
	}
}

const page = "https://github.com/owner/name/releases/tag/v1.4.0"

func FuzzCompare(f *testing.F) {
	for _, s := range []string{"1.2.3", "v1.2.3-rc.1+b", "1.2.3.4", "development", "1.0.0-0", ""} {
		f.Add(s, "1.2.3", "2.0.0-a")
	}
	f.Fuzz(func(t *testing.T, a, b, c string) {
		ab, ok := Compare(a, b)
		if ba, ok2 := Compare(b, a); ok != ok2 || ab != -ba {
			t.Errorf("%q, %q: %d and %d", a, b, ab, ba)
		}
		bc, ok2 := Compare(b, c)
		if ac, _ := Compare(a, c); ok && ok2 && ab < 0 && bc < 0 && ac >= 0 {
			t.Errorf("%q < %q < %q, but %d", a, b, c, ac)
		}
	})
}

// A real server with TLS is asked.
func TestCheck(t *testing.T) {
	const good = `{"tag_name": "v1.4.0", "body": "news", "draft": false}`
	for name, test := range map[string]struct {
		current string
		answer  http.HandlerFunc
		want    Result
		err     string
	}{
		"newer":       {"1.3.9", body(good), Result{"1.3.9", "1.4.0", true, page, true}, ""},
		"the same":    {"1.4.0", body(good), Result{"1.4.0", "1.4.0", false, page, true}, ""},
		"older":       {"1.5.0-rc.1", body(good), Result{"1.5.0-rc.1", "1.4.0", false, page, true}, ""},
		"development": {"development (0123456789ab)", body(good), Result{"development (0123456789ab)", "1.4.0", false, page, false}, ""},
		"asks for the repository": {"1.0.0", func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/repos/owner/name/releases/latest" || r.Method != http.MethodGet || r.URL.RawQuery != "" || r.UserAgent() != "VPNStatus" {
				t.Errorf("asked %s %s as %s", r.Method, r.URL, r.UserAgent())
			}
			body(good)(w, r)
		}, Result{"1.0.0", "1.4.0", true, page, true}, ""},
		"no release":         {"1.0.0", status(http.StatusNotFound), Result{}, "no release yet"},
		"forbidden":          {"1.0.0", status(http.StatusForbidden), Result{}, "(403 Forbidden); try again in an hour"},
		"too many questions": {"1.0.0", status(http.StatusTooManyRequests), Result{}, "(429 Too Many Requests); try again in an hour"},
		"server in trouble":  {"1.0.0", status(http.StatusBadGateway), Result{}, "502 Bad Gateway"},
		"another success":    {"1.0.0", status(http.StatusNoContent), Result{}, "the server answered 204"},
		"not JSON":           {"1.0.0", body("<html>log in first</html>"), Result{}, "can't be parsed"},
		"other JSON":         {"1.0.0", body("[]"), Result{}, "can't be parsed"},
		"no tag":             {"1.0.0", body("{}"), Result{}, "is not a version"},
		"tag with a path":    {"1.0.0", body(`{"tag_name": "v1.0.0/../../evil"}`), Result{}, "is not a version"},
		"tag of four parts":  {"1.0.0", body(`{"tag_name": "1.2.3.4"}`), Result{}, "is not a version"},
		"endless answer":     {"1.0.0", body(`{"tag_name": "v1.4.0", "body": "` + strings.Repeat("x", maxSize) + `"}`), Result{}, "too large"},
		"broken answer": {"1.0.0", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000")
			_, _ = w.Write([]byte("{")) // the client notices
		}, Result{}, "reading the answer"},
		"redirect without https": {"1.0.0", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://127.0.0.1:1/", http.StatusMovedPermanently)
		}, Result{}, "only https is"},
		"redirect to a renamed repository": {"1.0.0", func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/renamed" {
				http.Redirect(w, r, "/renamed", http.StatusMovedPermanently)
				return
			}
			body(good)(w, r)
		}, Result{"1.0.0", "1.4.0", true, page, true}, ""},
		"endless redirects": {"1.0.0", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, r.URL.String(), http.StatusMovedPermanently)
		}, Result{}, "too many redirects"},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewTLSServer(test.answer)
			defer server.Close()
			got, err := Check(t.Context(), test.current, Options{Repository: "owner/name", API: server.URL, Transport: server.Client().Transport})
			if got != test.want {
				t.Errorf("%+v, want %+v", got, test.want)
			}
			if (err == nil) != (test.err == "") || err != nil && !strings.Contains(err.Error(), test.err) {
				t.Errorf("error %v, want %q", err, test.err)
			}
			if err != nil && !strings.Contains(err.Error(), "owner/name") {
				t.Errorf("the error does not say what was tried: %v", err)
			}
		})
	}
}

func body(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(text)) // the client may have read enough
	}
}

func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
}

func TestCheckEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	server := httptest.NewTLSServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	}))
	defer server.Close()
	if _, err := Check(ctx, "1.0.0", Options{Repository: "owner/name", API: server.URL, Transport: server.Client().Transport}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// The certificate of httptest is in no system's trust store.
func TestAnUntrustedServerIsRefused(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("it was asked") }))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	defer server.Close()
	got, err := Check(t.Context(), "1.0.0", Options{Repository: "owner/name", API: server.URL, Transport: &http.Transport{DisableKeepAlives: true}})
	if err == nil || got != (Result{}) || !strings.Contains(err.Error(), "owner/name") || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestABuildWithoutRepositoryAsksNobody(t *testing.T) {
	if _, err := Check(t.Context(), "1.0.0", Options{Transport: nobody{t}}); !errors.Is(err, ErrOff) {
		t.Error(err)
	}
}

func TestAWrongRepositoryAsksNobody(t *testing.T) {
	for _, repository := range []string{"name", "owner/name/more", "../x", "owner/na me", "https://example.org/owner/name", "owner/name?x"} {
		_, err := Check(t.Context(), "1.0.0", Options{Repository: repository, Transport: nobody{t}})
		if err == nil || !strings.Contains(err.Error(), "not owner/name") {
			t.Errorf("%s: %v", repository, err)
		}
	}
}

func TestOnlyHTTPSIsAsked(t *testing.T) {
	_, err := Check(t.Context(), "1.0.0", Options{Repository: "owner/name", API: "http://127.0.0.1", Transport: nobody{t}})
	if err == nil || !strings.Contains(err.Error(), "only https is") {
		t.Error(err)
	}
}

// nobody is a transport that must not be used.
type nobody struct{ t *testing.T }

func (n nobody) RoundTrip(r *http.Request) (*http.Response, error) {
	n.t.Errorf("%s was asked", r.URL)
	return nil, errors.New("asked")
}

func TestWords(t *testing.T) {
	for want, r := range map[string]Result{
		"Version 1.4.0 is available; you have 1.3.0. Get it at page":                        {"1.3.0", "1.4.0", true, "page", true},
		"You have the newest version, 1.4.0.":                                               {"1.4.0", "1.4.0", false, "page", true},
		"This build (development) has no release number. The newest release is 1.4.0: page": {"development", "1.4.0", false, "page", false},
	} {
		if got := r.Words(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
