package facts_test

import (
	"encoding/json"
	"net/netip"
	"testing"

	"vpnstatus/internal/facts"
)

func TestIdentitiesSurviveJSON(t *testing.T) {
	for _, n := range []facts.Network{
		{},
		{Interface: facts.Ethernet, GatewayMAC: "02:00:5e:10:00:01", Gateway: netip.MustParseAddr("10.0.0.1")},
		{Interface: facts.WiFi, SSID: `Café "5"`, Gateway: netip.MustParseAddr("fe80::1%en0")},
	} {
		text, err := json.Marshal(n)
		if err != nil {
			t.Error(err)
		}
		var got facts.Network
		if err := json.Unmarshal(text, &got); err != nil || got != n {
			t.Errorf("%s is read as %+v, %v", text, got, err)
		}
	}
}

func TestSameNetwork(t *testing.T) {
	addr := netip.MustParseAddr
	home := facts.Network{Interface: facts.WiFi, SSID: "Home", GatewayMAC: "02:00:5e:10:00:01", Gateway: addr("192.168.1.1")}
	for name, c := range map[string]struct {
		other facts.Network
		want  bool
	}{
		"itself":                                  {home, true},
		"nothing known":                           {facts.Network{}, true},
		"the name withheld":                       {facts.Network{Interface: facts.WiFi, GatewayMAC: "02:00:5e:10:00:01"}, true},
		"another name":                            {facts.Network{Interface: facts.WiFi, SSID: "Cafe"}, false},
		"another interface":                       {facts.Network{Interface: facts.Ethernet}, false},
		"another gateway with the same address":   {facts.Network{GatewayMAC: "02:00:5e:10:00:02", Gateway: addr("192.168.1.1")}, false},
		"another address of the gateway":          {facts.Network{Gateway: addr("10.0.0.1")}, false},
		"the same gateway with another address":   {facts.Network{GatewayMAC: "02:00:5e:10:00:01", Gateway: addr("10.0.0.1")}, true},
		"the gateway known by its address so far": {facts.Network{Interface: facts.WiFi, SSID: "Home", Gateway: addr("192.168.1.1")}, true},
	} {
		if got := home.Same(c.other); got != c.want || c.other.Same(home) != c.want {
			t.Errorf("%s: same %t, want %t", name, got, c.want)
		}
	}
	if got := (facts.Network{SSID: "Home"}).Merge(home); got != home {
		t.Errorf("merged: %+v", got)
	}
}
