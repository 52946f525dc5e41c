package dictionary_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vpnstatus/internal/nesession/dictionary"
	"vpnstatus/internal/vpn"
)

func TestStartOptions(t *testing.T) {
	type dict = map[string]any
	all := vpn.Options{Username: "u", Password: "p", SharedSecret: "s"}
	for _, c := range []struct {
		name     string
		protocol vpn.Protocol
		options  vpn.Options
		want     dict
	}{
		{"without options there is no dictionary", vpn.IKEv2, vpn.Options{}, nil},
		{"L2TP without options has no dictionary, and no empty IPSec one", vpn.L2TP, vpn.Options{}, nil},
		{"IKEv2 takes name and password", vpn.IKEv2, all, dict{"NEVPNConnectionStartOptionUsername": "u", "NEVPNConnectionStartOptionPassword": "p"}},
		{"a shared secret alone is nothing to IKEv2", vpn.IKEv2, vpn.Options{SharedSecret: "s"}, nil},
		{"L2TP takes them in its own dictionaries", vpn.L2TP, all, dict{"PPP": dict{"AuthName": "u", "AuthPassword": "p"}, "IPSec": dict{"SharedSecret": "s"}}},
		{"L2TP with a password only has no IPSec dictionary", vpn.L2TP, vpn.Options{Password: "p"}, dict{"PPP": dict{"AuthPassword": "p"}}},
		{"L2TP with a secret only has no PPP dictionary", vpn.L2TP, vpn.Options{SharedSecret: "s"}, dict{"IPSec": dict{"SharedSecret": "s"}}},
		{"Cisco IPSec has its own keys", vpn.IPSec, all, dict{"IPSec": dict{"XAuthName": "u", "XAuthPassword": "p", "SharedSecret": "s"}}},
		{"Cisco IPSec with a password only", vpn.IPSec, vpn.Options{Password: "p"}, dict{"IPSec": dict{"XAuthPassword": "p"}}},
		{"Cisco IPSec without options has no dictionary", vpn.IPSec, vpn.Options{}, nil},
		{"a third party's", "Tunnel App", vpn.Options{Username: "u"}, dict{"NEVPNConnectionStartOptionUsername": "u"}},
		{"nothing given to an unknown protocol", "", vpn.Options{}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := dictionary.StartOptions(c.protocol, c.options)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(c.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestOptionsForAnUnknownProtocolAreRefused(t *testing.T) {
	if _, err := dictionary.StartOptions("", vpn.Options{Username: "u"}); err == nil {
		t.Error("they might go to Cisco IPSec under keys that swap name and password")
	}
}

func TestOptionsThatCWouldCutAreRefusedWithoutShowingThem(t *testing.T) {
	_, err := dictionary.StartOptions(vpn.IKEv2, vpn.Options{Password: "hush\x00hush"})
	if err == nil || !strings.Contains(err.Error(), "password") || strings.Contains(err.Error(), "hush") {
		t.Errorf("err = %v", err)
	}
}
