package facts

import (
	"net"
	"net/netip"
	"strings"
	"testing"
)

// FuzzParseMAC compares with the standard library and checks that one address has
// one form.
func FuzzParseMAC(f *testing.F) {
	for _, s := range []string{"00:1b:63:84:45:e6", "0:1B:63:84:45:E6", "00-1b-63-84-45-e6", "001b.6384.45e6", "00:1b:63:84:45:e6:00:01", ":::::", "", "é:1:2:3:4:5"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, err := ParseMAC(s)
		if std, stdErr := net.ParseMAC(s); stdErr == nil && len(std) == 6 && (err != nil || got != std.String()) {
			t.Fatalf("%q is %q, %v; the standard library says %v", s, got, err, std)
		}
		if err != nil {
			return
		}
		for _, form := range []string{got, strings.ToUpper(got), strings.ReplaceAll(got, ":", "-"), strings.ReplaceAll(":"+got, ":0", ":")[1:]} {
			if again, err := ParseMAC(form); err != nil || again != got {
				t.Fatalf("%q is %q, but in the form %q it is %q, %v", s, got, form, again, err)
			}
		}
	})
}

// FuzzNetworkText reads any text of the state file: what is read must be written
// so that it can be read again.
func FuzzNetworkText(f *testing.F) {
	for _, s := range []string{
		"", "wifi, ssid Home, gateway 02:00:5e:10:00:01", "ssid a, gateway b, gateway 10.0.0.1", "ethernet", "gateway fe80::1%en0",
		`interface=wifi ssid="Home \"5\" \xff" mac=02:00:5e:10:00:01 gateway=10.0.0.1`, `ssid="a`, "mac=", "interface=", "x=y", "wifi, ssid a=b", " ", "a b, ssid c", "gateway fe80::1%a b",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var n Network
		if n.UnmarshalText([]byte(s)) == nil {
			survives(t, n)
		}
	})
}

// FuzzNetworkNames writes networks of any name.
func FuzzNetworkNames(f *testing.F) {
	f.Add("Home", "02:00:5e:10:00:01", "10.0.0.1", true)
	f.Add(", gateway 10.0.0.1", "", "fe80::1%en0", false)
	f.Add("\xff\" mac=\\", "x", "", true)
	f.Fuzz(func(t *testing.T, ssid, mac, gateway string, wifi bool) {
		n := Network{SSID: ssid}
		if wifi {
			n.Interface = WiFi
		}
		n.GatewayMAC, _ = ParseMAC(mac) // empty if it is none
		if a, err := netip.ParseAddr(gateway); err == nil && !strings.Contains(a.Zone(), " ") {
			n.Gateway = a
		}
		survives(t, n)
	})
}

// survives checks that a network is read back as it was written.
func survives(t *testing.T, n Network) {
	t.Helper()
	text, err := n.MarshalText()
	if err != nil {
		t.Fatal(err)
	}
	var back Network
	if err := back.UnmarshalText(text); err != nil || back != n {
		t.Fatalf("%#v is written as %q and read as %#v, %v", n, text, back, err)
	}
}
