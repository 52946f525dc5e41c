package app

import (
	"errors"
	"strings"
	"testing"

	"vpnstatus/internal/engine"
	"vpnstatus/internal/reach"
	"vpnstatus/internal/vpn"
)

func TestServersAreAskedInTheirProtocolAndOthersHostsArePinged(t *testing.T) {
	for p, want := range map[vpn.Protocol]string{
		vpn.IKEv2: "asking", vpn.L2TP: "asking", vpn.IPSec: "asking", "com.example.vpn": "pinging", "": "pinging",
	} {
		// The error says which question it would have been; nothing is sent.
		if err := ask(t.Context(), "https://vpn.example", p); !errors.Is(err, engine.ErrCannotProbe) || !errors.Is(err, reach.ErrServer) || !strings.Contains(err.Error(), want+" the server") {
			t.Errorf("%v: the error is %v", p, err)
		}
	}
	if err := ask(t.Context(), "127.0.0.1", vpn.PPTP); !errors.Is(err, engine.ErrCannotProbe) {
		t.Errorf("PPTP: the error is %v", err)
	}
}
