package cli

import (
	"io"
	"net/http"
	"strings"
	"testing"

	releases "vpnstatus/internal/update"
)

func TestVersionCheck(t *testing.T) {
	github := roundTripper(func(r *http.Request) *http.Response {
		if got, want := r.URL.String(), "https://api.github.com/repos/owner/name/releases/latest"; got != want {
			t.Errorf("asked %s", got)
		}
		return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader(`{"tag_name": "v9.0.0"}`))}
	})
	e, out, errOut := testEnv()
	e.app.Version = "1.0.0"
	e.updates = releases.Options{Repository: "owner/name", Transport: github}
	if code := run([]string{"version", "--check"}, e); code != exitDone || !strings.HasPrefix(out.String(), "Version 9.0.0 is available; you have 1.0.0.") {
		t.Errorf("exit code %d, %s%s", code, out, errOut)
	}
	out.Reset()
	if code := run([]string{"version", "--check", "--json"}, e); code != exitDone || !strings.Contains(out.String(), `"newer": true`) {
		t.Errorf("exit code %d, %s%s", code, out, errOut)
	}
	e.updates = releases.Options{}
	errOut.Reset()
	if code := run([]string{"version", "--check"}, e); code != exitFailed || !strings.Contains(errOut.String(), releases.ErrOff.Error()) {
		t.Errorf("exit code %d, %s", code, errOut)
	}
	if releases.Repository != "" {
		t.Error("this test is for a build that names no repository")
	}
}

type roundTripper func(*http.Request) *http.Response

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r), nil }
