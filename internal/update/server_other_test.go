//go:build !darwin

package update

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"vpnstatus/internal/web"
)

// A true server with TLS, whose certificate is trusted. On macOS only a person
// can have one trusted: there server_darwin_test.go has it refused.

func TestCheck(t *testing.T) {
	const good = `{"tag_name": "v1.4.0", "body": "news", "draft": false}`
	for name, test := range map[string]struct {
		current string
		answer  http.HandlerFunc
		want    Result
		err     string
	}{
		"newer":       {"1.3.9", say(good), Result{"1.3.9", "1.4.0", true, page, true}, ""},
		"the same":    {"1.4.0", say(good), Result{"1.4.0", "1.4.0", false, page, true}, ""},
		"older":       {"1.5.0-rc.1", say(good), Result{"1.5.0-rc.1", "1.4.0", false, page, true}, ""},
		"development": {"development (0123456789ab)", say(good), Result{"development (0123456789ab)", "1.4.0", false, page, false}, ""},
		"asks for the repository": {"1.0.0", func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/repos/owner/name/releases/latest" || r.Method != http.MethodGet || r.URL.RawQuery != "" {
				t.Errorf("asked %s %s", r.Method, r.URL)
			}
			say(good)(w, r)
		}, Result{"1.0.0", "1.4.0", true, page, true}, ""},
		"no release":         {"1.0.0", fail(http.StatusNotFound), Result{}, "no release yet"},
		"too many questions": {"1.0.0", fail(http.StatusForbidden), Result{}, "try again in an hour"},
		"server in trouble":  {"1.0.0", fail(http.StatusBadGateway), Result{}, "502 Bad Gateway"},
		"not JSON":           {"1.0.0", say("<html>log in first</html>"), Result{}, "not what was expected"},
		"other JSON":         {"1.0.0", say("[]"), Result{}, "not what was expected"},
		"no tag":             {"1.0.0", say("{}"), Result{}, "is no version"},
		"tag with a path":    {"1.0.0", say(`{"tag_name": "v1.0.0/../../evil"}`), Result{}, "is no version"},
		"tag of four parts":  {"1.0.0", say(`{"tag_name": "1.2.3.4"}`), Result{}, "is no version"},
		"endless answer":     {"1.0.0", say(`{"tag_name": "v1.4.0", "body": "` + strings.Repeat("x", sizeMost) + `"}`), Result{}, "longer than"},
		"broken answer": {"1.0.0", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000")
			_, _ = w.Write([]byte("{")) // the client notices
		}, Result{}, "reading the answer"},
		"redirect without https": {"1.0.0", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://127.0.0.1:1/", http.StatusMovedPermanently)
		}, Result{}, "only https is"},
		"redirects for ever": {"1.0.0", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, r.URL.String(), http.StatusMovedPermanently)
		}, Result{}, "too many redirects"},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewTLSServer(test.answer)
			defer server.Close()
			got, err := Check(t.Context(), test.current, Options{Repository: "owner/name", API: server.URL, Get: web.Through(server.Client().Transport)})
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

func say(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(text)) // the client may have heard enough
	}
}

func fail(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
}

func TestCheckEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	server := httptest.NewTLSServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	}))
	defer server.Close()
	if _, err := Check(ctx, "1.0.0", Options{Repository: "owner/name", API: server.URL, Get: web.Through(server.Client().Transport)}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
