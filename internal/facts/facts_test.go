package facts_test

import (
	"encoding/json"
	"net/netip"
	"testing"
	"time"

	"vpnstatus/internal/facts"
)

var at = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func onWiFi(ssid, mac string) facts.Facts {
	return facts.Facts{
		Path:       facts.Known(facts.Satisfied, at),
		Interface:  facts.Known(facts.WiFi, at),
		SSID:       facts.Known(ssid, at),
		GatewayMAC: facts.Known(mac, at),
		Gateway:    facts.Known(netip.MustParseAddr("192.168.1.1"), at),
	}
}

func TestNetworkKey(t *testing.T) {
	home := onWiFi("Home", "aa:bb:cc:00:00:01")
	t.Run("it stays the same when only the time differs", func(t *testing.T) {
		later := home
		later.SSID.At = at.Add(time.Hour)
		if home.Network() != later.Network() {
			t.Errorf("%q became %q", home.Network(), later.Network())
		}
	})
	t.Run("it stays the same between access points of one network", func(t *testing.T) {
		roamed := home
		roamed.BSSID = facts.Known("12:34:56:78:9a:bc", at)
		if home.Network() != roamed.Network() {
			t.Errorf("%q became %q", home.Network(), roamed.Network())
		}
	})
	t.Run("another network of the same name is another network", func(t *testing.T) {
		if home.Network() == onWiFi("Home", "aa:bb:cc:00:00:02").Network() {
			t.Error("the gateway's address makes no difference")
		}
	})
	t.Run("without the right to read the name the gateway still tells networks apart", func(t *testing.T) {
		a, b := home, onWiFi("Cafe", "aa:bb:cc:00:00:03")
		a.SSID, b.SSID = facts.Fact[string]{}, facts.Fact[string]{}
		if a.Network() == b.Network() {
			t.Errorf("both are %q", a.Network())
		}
	})
	t.Run("the gateway's IP address serves when its MAC is unknown", func(t *testing.T) {
		a := home
		a.SSID, a.GatewayMAC = facts.Fact[string]{}, facts.Fact[string]{}
		if got, want := a.Network().String(), "wifi, gateway 192.168.1.1"; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	})
	t.Run("offline has no network identity", func(t *testing.T) {
		off := home
		off.Path = facts.Known(facts.Unsatisfied, at)
		if got := off.Network().String(); got != "" {
			t.Errorf("got %q", got)
		}
	})
	t.Run("without any known fact there is no network identity", func(t *testing.T) {
		if got := (facts.Facts{}).Network().String(); got != "" {
			t.Errorf("got %q", got)
		}
	})
}

func TestFactsSurviveJSON(t *testing.T) {
	before := onWiFi("Café \"5\"", "aa:bb:cc:00:00:01")
	text, err := json.Marshal(before)
	if err != nil {
		t.Fatal(err)
	}
	var after facts.Facts
	if err := json.Unmarshal(text, &after); err != nil {
		t.Fatal(err)
	}
	if after.Network() != before.Network() || after.Path.Value != facts.Satisfied || !after.SSID.At.Equal(at) {
		t.Errorf("%s became %+v", text, after)
	}
}
