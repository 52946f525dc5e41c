package app

import (
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"vpnstatus/internal/autoconnect"
	"vpnstatus/internal/vpn"
)

func TestProbe(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/gone":
			w.WriteHeader(http.StatusGone)
		case "/login":
			http.Redirect(w, r, "/portal", http.StatusFound)
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
		"no target":                   {autoconnect.Probe{Target: "nonsense"}, false},
	} {
		if err := probe(t.Context(), vpn.ID{}, test.probe); (err == nil) != test.good {
			t.Errorf("%s: %v", name, err)
		}
	}
}
