package facts_test

import (
	"encoding/json"
	"net/netip"
	"testing"

	"pgregory.net/rapid"

	"vpnstatus/internal/facts"
)

func TestIdentitiesSurviveTheirTextForm(t *testing.T) {
	for name, n := range map[string]facts.Network{
		"nothing known":                      {},
		"a cable":                            {Interface: facts.Ethernet, GatewayMAC: "02:00:5e:10:00:01", Gateway: netip.MustParseAddr("10.0.0.1")},
		"a Wi-Fi":                            {Interface: facts.WiFi, SSID: "Home", Gateway: netip.MustParseAddr("fe80::1%en0")},
		"a Wi-Fi named like two facts":       {Interface: facts.WiFi, SSID: "x, gateway y"},
		"a Wi-Fi named like a whole gateway": {SSID: "x, gateway 10.0.0.1", Gateway: netip.MustParseAddr("192.168.1.1")},
		"a Wi-Fi named like this form":       {SSID: `a" mac=02:00:5e:10:00:01 ssid="b`},
		"a Wi-Fi whose name is not UTF-8":    {SSID: "Caf\xe9"},
	} {
		text, err := json.Marshal(n)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		var got facts.Network
		if err := json.Unmarshal(text, &got); err != nil || got != n {
			t.Errorf("%s: %s is read as %+v, %v", name, text, got, err)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		n := facts.Network{Interface: facts.WiFi, SSID: string(rapid.SliceOf(rapid.Byte()).Draw(t, "ssid"))}
		text, err := n.MarshalText()
		if err != nil {
			t.Fatal(err)
		}
		var got facts.Network
		if err := got.UnmarshalText(text); err != nil || got != n {
			t.Fatalf("%q is read as %+v, %v", text, got, err)
		}
	})
}

func TestIdentitiesOfEarlierVersionsAreRead(t *testing.T) {
	for text, want := range map[string]facts.Network{
		"wifi, ssid Home, gateway 02:00:5e:10:00:01": {Interface: facts.WiFi, SSID: "Home", GatewayMAC: "02:00:5e:10:00:01"},
		"ssid a, b":                  {SSID: "a, b"},
		"ethernet, gateway 10.0.0.1": {Interface: facts.Ethernet, Gateway: netip.MustParseAddr("10.0.0.1")},
		"gateway fe80::1":            {Gateway: netip.MustParseAddr("fe80::1")},
		"wifi, ssid x, gateway y":    {Interface: facts.WiFi, SSID: "x, gateway y"},
		"wifi, ssid key=value":       {Interface: facts.WiFi, SSID: "key=value"},
		"":                           {},
		"wifi, ssid x, gateway y, gateway 10.0.0.1": {Interface: facts.WiFi, SSID: "x, gateway y", Gateway: netip.MustParseAddr("10.0.0.1")},
	} {
		var got facts.Network
		if err := got.UnmarshalText([]byte(text)); err != nil || got != want {
			t.Errorf("%q is read as %+v, %v; want %+v", text, got, err, want)
		}
	}
}

func TestBrokenIdentitiesAreErrors(t *testing.T) {
	for _, text := range []string{"ssid=Home", `ssid="Home`, "gateway=nowhere", "planet=mars", `ssid="a"mac=b c`} {
		var n facts.Network
		if err := n.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q is read as %+v", text, n)
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
