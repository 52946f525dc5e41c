package cli

import (
	"context"
	"strings"
	"testing"

	releases "vpnstatus/internal/update"
	"vpnstatus/internal/web"
)

func TestVersionCheck(t *testing.T) {
	get := func(_ context.Context, r web.Request) (web.Response, error) {
		if want := "https://api.github.com/repos/owner/name/releases/latest"; r.URL != want || !r.SecureOnly {
			t.Errorf("asked %+v", r)
		}
		return web.Response{Status: web.StatusOK, Body: []byte(`{"tag_name": "v9.0.0"}`)}, nil
	}
	e, out, errOut := testEnv()
	e.app.Version = "1.0.0"
	e.updates = releases.Options{Repository: "owner/name", Get: get}
	if code := run([]string{"version", "--check"}, e); code != exitDone || !strings.HasPrefix(out.String(), "Version 9.0.0 is out; this is 1.0.0.") {
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
