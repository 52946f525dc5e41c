package nesession

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vpnstatus/internal/cocoa"
	"vpnstatus/internal/vpn"
)

func TestNumbersHaveNames(t *testing.T) {
	for _, c := range []struct {
		got  interface{ String() string }
		want string
	}{
		{StatusChanged, "status changed"},
		{Cancelled, "cancelled"},
		{ConfigurationProcessed, "configuration processed"},
		{Event(0), "unknown event 0"},
		{Event(99), "unknown event 99"},
		{Event(-1), "unknown event -1"},
		{Statistics, "statistics"},
		{ExtendedStatus, "extended status"},
		{InfoType(3), "unknown information type 3"},
		{TypeVPN, "VPN"},
		{TypeDNSSettings, "DNS settings"},
		{TypeHotspotAuthentication, "hotspot authentication"},
		{SessionType(0), "unknown session type 0"},
		{SessionType(13), "unknown session type 13"},
	} {
		if c.got.String() != c.want {
			t.Errorf("%q, want %q", c.got, c.want)
		}
	}
	if TypeVPN != 1 || TypeRelay != 9 || TypeHotspotAuthentication != 12 {
		t.Error("session types are not Apple's numbers")
	}
}

func TestStartOptions(t *testing.T) {
	type dict = map[string]any
	all := vpn.Options{Username: "u", Password: "p", SharedSecret: "s"}
	for _, c := range []struct {
		name     string
		protocol vpn.Protocol
		options  vpn.Options
		want     dict
	}{
		{"nothing given is no dictionary at all", vpn.IKEv2, vpn.Options{}, nil},
		{"nothing given to L2TP is no dictionary, and no empty IPSec one", vpn.L2TP, vpn.Options{}, nil},
		{"IKEv2 takes name and password", vpn.IKEv2, all, dict{"NEVPNConnectionStartOptionUsername": "u", "NEVPNConnectionStartOptionPassword": "p"}},
		{"a shared secret alone is nothing to IKEv2", vpn.IKEv2, vpn.Options{SharedSecret: "s"}, nil},
		{"L2TP takes them in its own dictionaries", vpn.L2TP, all, dict{"PPP": dict{"AuthName": "u", "AuthPassword": "p"}, "IPSec": dict{"SharedSecret": "s"}}},
		{"L2TP with a password only has no IPSec dictionary", vpn.L2TP, vpn.Options{Password: "p"}, dict{"PPP": dict{"AuthPassword": "p"}}},
		{"L2TP with a secret only has no PPP dictionary", vpn.L2TP, vpn.Options{SharedSecret: "s"}, dict{"IPSec": dict{"SharedSecret": "s"}}},
		{"Cisco IPSec", vpn.IPSec, all, dict{"NEVPNConnectionStartOptionUsername": "u", "NEVPNConnectionStartOptionPassword": "p", "IPSec": dict{"SharedSecret": "s"}}},
		{"a third party's", "Tunnel App", vpn.Options{Username: "u"}, dict{"NEVPNConnectionStartOptionUsername": "u"}},
		{"an unknown protocol gets the names of all", "", vpn.Options{Username: "u"}, dict{"NEVPNConnectionStartOptionUsername": "u", "PPP": dict{"AuthName": "u"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := StartOptions(c.protocol, c.options)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(c.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestOptionsThatCWouldCutAreRefusedWithoutShowingThem(t *testing.T) {
	_, err := StartOptions(vpn.IKEv2, vpn.Options{Password: "hush\x00hush"})
	if err == nil || !strings.Contains(err.Error(), "password") || strings.Contains(err.Error(), "hush") {
		t.Errorf("err = %v", err)
	}
}

func TestAMissingSymbolIsNamed(t *testing.T) {
	err := unavailable("VPN sessions", &cocoa.MissingError{Kind: cocoa.Symbol, Name: "ne_session_create"})
	var u *vpn.UnavailableError
	if !errors.As(err, &u) || err.Error() != "VPN sessions: this system lacks the symbol ne_session_create" {
		t.Errorf("err = %v", err)
	}
	if err := unavailable("VPN details", cocoa.ErrTooManyCalls); !errors.Is(err, cocoa.ErrTooManyCalls) {
		t.Errorf("err = %v", err)
	}
}

func TestWhatIsMissingIsToldByFeature(t *testing.T) {
	have := map[string]bool{}
	for _, p := range cocoa.Missing(featureSessions, featureInfo, featureOptions) {
		have[p.For] = true
	}
	errs := Lacks()
	if len(errs) != len(have) {
		t.Errorf("%d errors for %d features: %v", len(errs), len(have), errs)
	}
	for _, err := range errs {
		var u *vpn.UnavailableError
		if !errors.As(err, &u) || !have[u.What] || !strings.HasPrefix(u.Missing, "the symbol ") {
			t.Errorf("err = %v", err)
		}
	}
}

// Every function that the darwin file binds must be on doctor's list.
func TestPartsAreListed(t *testing.T) {
	listed := map[string]bool{}
	for _, p := range cocoa.Parts() {
		listed[p.Name] = true
	}
	for _, name := range []string{"ne_session_create", "ne_session_get_info2", "_xpc_type_dictionary", "ne_session_start_with_options"} {
		if !listed[name] {
			t.Errorf("%s is not listed", name)
		}
	}
}
