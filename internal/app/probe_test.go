package app

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"vpnstatus/internal/autoconnect"
	"vpnstatus/internal/engine"
	"vpnstatus/internal/vpn"
)

func TestProbe(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/gone":
			w.WriteHeader(http.StatusGone)
		case "/login":
			http.Redirect(w, r, "/portal", http.StatusFound)
		case "/endless":
			for line := bytes.Repeat([]byte{'x'}, 1<<16); ; {
				if _, err := w.Write(line); err != nil {
					return
				}
			}
		}
	}))
	defer server.Close()
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := closed.Close(); err != nil {
		t.Fatal(err)
	}
	host := strings.TrimPrefix(server.URL, "http://")
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for name, test := range map[string]struct {
		probe autoconnect.Probe
		good  bool
	}{
		"port that answers":           {autoconnect.Probe{Target: host}, true},
		"port that is closed":         {autoconnect.Probe{Target: closed.Addr().String()}, false},
		"page":                        {autoconnect.Probe{Target: server.URL}, true},
		"page with the wanted status": {autoconnect.Probe{Target: server.URL + "/gone", Status: 410}, true},
		"page with another status":    {autoconnect.Probe{Target: server.URL, Status: 204}, false},
		"page with an error":          {autoconnect.Probe{Target: server.URL + "/gone"}, false},
		"redirect is an answer":       {autoconnect.Probe{Target: server.URL + "/login", Status: 302}, true},
		"page without end":            {autoconnect.Probe{Target: server.URL + "/endless"}, true},
		"no target":                   {autoconnect.Probe{Target: "nonsense"}, false},
	} {
		if err := probe(ctx, vpn.ID{}, test.probe); (err == nil) != test.good {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAFailedProbeDoesNotTellThePassword(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	secret := strings.Replace(server.URL, "http://", "http://me:secret@", 1)
	for _, p := range []autoconnect.Probe{{Target: secret}, {Target: secret, Status: 204}, {Target: "http://me:secret@"}, {Target: "http://me:secret@[::1"}, {Target: "http://me:secret@127.0.0.1:1/"}} {
		if err := probe(t.Context(), vpn.ID{}, p); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%v", err)
		}
	}
}

func TestAProbeThatCannotBeSentSaysNothingOfTheTunnel(t *testing.T) {
	for _, target := range []string{"http://", "http://[::1", "nonsense", "host:http", "host:0", "host:70000", "ftp://host/"} {
		if err := probe(t.Context(), vpn.ID{}, autoconnect.Probe{Target: target}); !errors.Is(err, engine.ErrCannotProbe) {
			t.Errorf("%s: %v", target, err)
		}
	}
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if err := probe(over, vpn.ID{}, autoconnect.Probe{Target: "http://127.0.0.1:1/"}); err == nil || errors.Is(err, engine.ErrCannotProbe) {
		t.Errorf("%v", err)
	}
}

// FuzzTarget reads the target of a probe: what the settings accept can be asked.
func FuzzTarget(f *testing.F) {
	for _, s := range []string{"10.0.0.1:443", "[fd00::1]:80", "intranet.example:0", "https://intranet.example/health?x", "http://", "http://a:b@c:99999", "a b:1", "[x:1", "fd00::1:80", "http:1", "HTTP://a:1"} {
		f.Add(s)
	}
	over, cancel := context.WithCancel(f.Context())
	cancel() // nothing is sent
	f.Fuzz(func(t *testing.T, s string) {
		err := probe(over, vpn.ID{}, autoconnect.Probe{Target: s})
		if accepted := autoconnect.ValidateTarget(s) == nil; err == nil || errors.Is(err, engine.ErrCannotProbe) == accepted {
			t.Fatalf("%q is accepted: %t, but asking it gives %v", s, accepted, err)
		}
	})
}

func TestProbeEndsWithItsContext(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	defer server.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if err := probe(ctx, vpn.ID{}, autoconnect.Probe{Target: server.URL}); !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), server.URL) {
		t.Error(err)
	}
}
