package main

import (
	"context"
	"strings"
	"testing"

	"vpnstatus/internal/app"
	"vpnstatus/internal/engine"
	releases "vpnstatus/internal/update"
	"vpnstatus/internal/urlscheme"
	"vpnstatus/internal/vpn"
	"vpnstatus/internal/web"
)

// recorder stands in for a running app.
type recorder struct {
	app.Services
	did []string
}

func (r *recorder) Snapshot(context.Context) (*engine.Snapshot, error) {
	return &engine.Snapshot{Loaded: true, Services: []*engine.Service{{Configuration: vpn.Configuration{ID: vpn.ID{1}, Name: "Office"}, Status: vpn.Disconnected, Known: true}}}, nil
}

func (r *recorder) Do(_ context.Context, c engine.Command) error {
	r.did = append(r.did, string(c.Verb)+" "+c.Origin)
	return nil
}

func (r *recorder) Show(context.Context) error {
	r.did = append(r.did, "show")
	return nil
}

func TestLinksAskOnTheTerminal(t *testing.T) {
	const connect = "vpnstatus://connect?name=Office"
	for name, test := range map[string]struct {
		url, answer string
		yes         bool
		did         string
		err         error
		asked       bool
	}{
		"yes":                        {connect, "y\n", false, "connect url", nil, true},
		"yes in full":                {connect, " YES \n", false, "connect url", nil, true},
		"no":                         {connect, "n\n", false, "", errDeclined, true},
		"nothing":                    {connect, "\n", false, "", errDeclined, true},
		"end of input":               {connect, "", false, "", errDeclined, true},
		"endless input":              {connect, strings.Repeat("y", 1<<20), false, "", errDeclined, true},
		"not to be asked":            {connect, "", true, "connect url", nil, false},
		"open is done without":       {"vpnstatus://open", "", false, "show", nil, false},
		"toggle does what it shows":  {"vpnstatus://toggle?name=Off", "y", false, "connect url", nil, true},
		"pause":                      {"vpnstatus://pause?for=30m", "y", false, "pause url", nil, true},
		"a service that isn't there": {"vpnstatus://connect?name=Lab", "y", false, "", &vpn.NotFoundError{Query: "Lab"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			e, out, errOut := testEnv()
			e.in = strings.NewReader(test.answer)
			r, err := urlscheme.Parse(test.url)
			if err != nil {
				t.Fatal(err)
			}
			var s recorder
			err = e.follow(t.Context(), &s, r, test.yes)
			if got := strings.Join(s.did, ", "); got != test.did {
				t.Errorf("did %q, want %q", got, test.did)
			}
			if (err == nil) != (test.err == nil) || err != nil && err.Error() != test.err.Error() {
				t.Errorf("error %v, want %v", err, test.err)
			}
			if asked := strings.Contains(errOut.String(), "[y/N]"); asked != test.asked || out.String() != "" {
				t.Errorf("stdout %q, stderr %q", out, errOut)
			}
		})
	}
}

func TestLinkThatMakesNoSenseIsWrongUsage(t *testing.T) {
	t.Setenv("VPNSTATUS_HOME", t.TempDir())
	e, _, errOut := testEnv()
	if code := run([]string{"url", "vpnstatus://connect?password=x"}, e); code != exitUsage || !strings.Contains(errOut.String(), "password") {
		t.Errorf("exit code %d, %s", code, errOut)
	}
}

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
