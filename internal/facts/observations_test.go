package facts

import (
	"net/netip"
	"reflect"
	"slices"
	"testing"
	"time"
)

var (
	before = time.Unix(1_000_000, 0)
	now    = before.Add(time.Hour)
)

func TestPathInTheMonitorsNumbers(t *testing.T) {
	wifi := Known(WiFi, before)
	for name, c := range map[string]struct {
		had    Facts
		status int
		uses   []int
		want   Facts
	}{
		"Wi-Fi at start":                        {Facts{}, 1, []int{1}, Facts{Path: Known(Satisfied, now), Interface: Known(WiFi, now)}},
		"cable goes before Wi-Fi":               {Facts{}, 1, []int{1, 3}, Facts{Path: Known(Satisfied, now), Interface: Known(Ethernet, now)}},
		"same Wi-Fi keeps its time":             {Facts{Interface: wifi}, 1, []int{1}, Facts{Path: Known(Satisfied, now), Interface: wifi}},
		"the same path keeps its time":          {Facts{Path: Known(Satisfied, before)}, 1, nil, Facts{Path: Known(Satisfied, before)}},
		"a tunnel hides nothing":                {Facts{Interface: wifi}, 1, []int{0}, Facts{Path: Known(Satisfied, now), Interface: wifi}},
		"phone":                                 {Facts{Interface: wifi}, 1, []int{2}, Facts{Path: Known(Satisfied, now), Interface: Known(Cellular, now)}},
		"on demand link counts as network":      {Facts{}, 3, nil, Facts{Path: Known(Satisfied, now)}},
		"no network":                            {Facts{Interface: wifi}, 2, nil, Facts{Path: Known(Unsatisfied, now)}},
		"a status of a later system is ignored": {Facts{Path: Known(Satisfied, before)}, 9, nil, Facts{}},
	} {
		t.Run(name, func(t *testing.T) {
			f := c.had
			s := observations{path: pathOver(c.status, func(kind int) bool { return slices.Contains(c.uses, kind) })}
			s.apply(&f, now)
			if f.Path != c.want.Path || f.Interface != c.want.Interface {
				t.Errorf("path %+v, interface %+v, want %+v and %+v", f.Path, f.Interface, c.want.Path, c.want.Interface)
			}
		})
	}
}

func TestNothingSeenIsNothingKnown(t *testing.T) {
	var f Facts
	(&observations{}).apply(&f, now)
	if !reflect.DeepEqual(f, Facts{}) {
		t.Errorf("%+v", f)
	}
}

func noMAC(string, netip.Addr) string { return "" }

func TestAVPNComingUpChangesNoFact(t *testing.T) {
	s := observations{right: RightGranted, wifi: &observedWiFi{true, "Home", "aa:bb:cc:0:0:1"}, path: &observedPath{nwSatisfied, WiFi}}
	s.network = readStore(with(wifiService, primary("W")), noMAC, nil)
	var f Facts
	s.apply(&f, before)
	want := f
	if f.Network().String() != "wifi, ssid Home, gateway 02:00:5e:10:00:01" {
		t.Fatalf("network %q", f.Network().String())
	}
	s.network = readStore(with(wifiService, tunnel), noMAC, s.network)
	s.path = &observedPath{nwSatisfied, ""}
	s.apply(&f, now)
	if !reflect.DeepEqual(f, want) {
		t.Errorf("%+v\nbecame\n%+v", want, f)
	}
}

func TestTheWayFromOneNetworkToAnother(t *testing.T) {
	s := observations{right: RightGranted, wifi: &observedWiFi{on: true}}
	var f Facts
	step := func(what string, store dynamicStore, mac, want string) {
		t.Helper()
		s.network = readStore(store, func(string, netip.Addr) string { return mac }, s.network)
		s.apply(&f, now)
		if got := f.Network().String(); got != want {
			t.Errorf("%s: %q, want %q", what, got, want)
		}
	}
	step("on the cable, before its gateway has answered", with(cableService, primary("C")), "", "ethernet, gateway 10.0.0.1")
	if !s.network.unresolved() || f.GatewayMAC.Known {
		t.Error("the gateway's hardware address is taken for known")
	}
	step("it has", with(cableService, primary("C")), "aa:aa:aa:00:00:01", "ethernet, gateway aa:aa:aa:00:00:01")
	step("its entry in the table expires", with(cableService, primary("C")), "", "ethernet, gateway aa:aa:aa:00:00:01")
	step("a VPN comes up", with(cableService, tunnel), "", "ethernet, gateway aa:aa:aa:00:00:01")
	if !f.SSID.Known || f.SSID.Value != "" {
		t.Errorf("on a cable the Wi-Fi is %+v", f.SSID)
	}
	step("unplugged", dynamicStore{}, "", "")
	if !f.GatewayMAC.Known || f.GatewayMAC.Value != "" || !f.Gateway.Known || f.Gateway.Value.IsValid() {
		t.Errorf("no gateway is reported as %+v, %+v", f.Gateway, f.GatewayMAC)
	}
	step("plugged into another network of the same numbers", with(cableService, primary("C")), "", "ethernet, gateway 10.0.0.1")
}

func TestWiFiName(t *testing.T) {
	onWiFi := readStore(with(wifiService, primary("W")), noMAC, nil)
	onCable := readStore(with(wifiService, cableService, primary("C")), noMAC, nil)
	idle := readStore(dynamicStore{linkOf("en0", "AirPort"): dict(), linkOf("en0", "Link"): dict("Active", false)}, noMAC, nil)
	none, home := Known("", now), Known("Home", now)
	for name, c := range map[string]struct {
		s           observations
		ssid, bssid Fact[string]
	}{
		"joined":                              {observations{network: onWiFi, right: RightGranted, wifi: &observedWiFi{true, "Home", "A:B:C:D:E:F"}}, home, Known("0a:0b:0c:0d:0e:0f", now)},
		"joined, without its access point":    {observations{network: onWiFi, right: RightGranted, wifi: &observedWiFi{true, "Home", ""}}, home, Fact[string]{}},
		"withheld":                            {observations{network: onWiFi, right: RightNotAsked, wifi: &observedWiFi{true, "", ""}}, Fact[string]{}, Fact[string]{}},
		"refused":                             {observations{network: onWiFi, right: RightDenied, wifi: &observedWiFi{true, "", ""}}, Fact[string]{}, Fact[string]{}},
		"permitted and none":                  {observations{network: onWiFi, right: RightGranted, wifi: &observedWiFi{true, "", ""}}, none, none},
		"macOS 13 needs no right":             {observations{right: RightNotNecessary, wifi: &observedWiFi{true, "", ""}}, none, none},
		"not read yet":                        {observations{network: onWiFi, right: RightGranted}, Fact[string]{}, Fact[string]{}},
		"no Wi-Fi, or switched off":           {observations{right: RightDenied, wifi: &observedWiFi{}}, none, none},
		"not joined, as its link says":        {observations{network: idle, right: RightDenied, wifi: &observedWiFi{true, "", ""}}, none, none},
		"the cable carries the default route": {observations{network: onCable, right: RightGranted, wifi: &observedWiFi{true, "Home", "a:b:c:d:e:f"}}, none, none},
	} {
		t.Run(name, func(t *testing.T) {
			f := Facts{SSID: Known("Before", before), BSSID: Known("00:00:00:00:00:01", before)}
			c.s.apply(&f, now)
			if f.SSID != c.ssid || f.BSSID != c.bssid || f.LocationRight != c.s.right {
				t.Errorf("%+v, %+v, %q", f.SSID, f.BSSID, f.LocationRight)
			}
		})
	}
}

func TestPower(t *testing.T) {
	for provider, want := range map[string]Fact[Power]{
		"AC Power": Known(AC, now), "Battery Power": Known(Battery, now), "UPS Power": Known(Battery, now), "": {}, "Sun": {},
	} {
		f := Facts{Power: Known(Power("other"), before)}
		(&observations{provider: provider}).apply(&f, now)
		if f.Power != want {
			t.Errorf("%q: %+v", provider, f.Power)
		}
	}
}

func TestLocationRight(t *testing.T) {
	for _, c := range []struct {
		status, major int
		want          Right
	}{
		{0, 14, RightNotAsked}, {1, 15, RightDenied}, {2, 26, RightDenied}, {3, 14, RightGranted}, {4, 26, RightGranted},
		{2, 13, RightNotNecessary}, {0, 0, RightNotAsked}, {9, 14, RightUnknown},
	} {
		if got := rightOf(c.status, c.major); got != c.want {
			t.Errorf("status %d on %d: %q, want %q", c.status, c.major, got, c.want)
		}
	}
}

func TestAgesStay(t *testing.T) {
	s := observations{network: readStore(with(wifiService, primary("W")), noMAC, nil), path: &observedPath{nwSatisfied, WiFi}, provider: "AC Power", wifi: &observedWiFi{true, "Home", "a:b:c:d:e:f"}}
	var f Facts
	s.apply(&f, before)
	again := f
	s.network = readStore(with(wifiService, primary("W")), noMAC, s.network)
	s.apply(&again, now)
	if !reflect.DeepEqual(f, again) {
		t.Errorf("%+v\nbecame\n%+v", f, again)
	}
}
