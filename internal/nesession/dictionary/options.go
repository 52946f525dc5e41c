package dictionary

import (
	"errors"
	"fmt"
	"maps"
	"strings"

	"vpnstatus/internal/vpn"
)

// StartOptions makes the dictionary that a start carries (docs/internals.md,
// section 7); nil if the options are empty. Keys without a value are left out, and
// no empty dictionary is put in: an IPSec dictionary without a shared secret makes
// an L2TP connection fail, because it hides the secret of the configuration. Cisco
// IPSec has keys of its own, because the daemon uses the password of the common
// ones as the user name. Options for an unknown protocol are therefore refused.
func StartOptions(p vpn.Protocol, o vpn.Options) (map[string]any, error) {
	if o.IsZero() {
		return nil, nil
	}
	for what, s := range map[string]string{"user name": o.Username, "password": o.Password, "shared secret": o.SharedSecret} {
		if strings.ContainsRune(s, 0) { // C would truncate it there
			return nil, fmt.Errorf("the %s contains a NUL character", what)
		}
	}
	out := map[string]any{}
	section := func(name string, entries map[string]any) {
		maps.DeleteFunc(entries, func(_ string, v any) bool { return v == "" })
		switch {
		case len(entries) == 0:
		case name == "":
			maps.Copy(out, entries)
		default:
			out[name] = entries
		}
	}
	switch p {
	case "":
		return nil, errors.New("the VPN's protocol is not known yet, so user name and password can't be passed to it")
	case vpn.L2TP, vpn.PPTP:
		section("PPP", map[string]any{"AuthName": o.Username, "AuthPassword": o.Password})
		section("IPSec", map[string]any{"SharedSecret": o.SharedSecret})
	case vpn.IPSec:
		section("IPSec", map[string]any{"XAuthName": o.Username, "XAuthPassword": o.Password, "SharedSecret": o.SharedSecret})
	default:
		section("", map[string]any{"NEVPNConnectionStartOptionUsername": o.Username, "NEVPNConnectionStartOptionPassword": o.Password})
	}
	if len(out) == 0 {
		return nil, nil
	}
	return out, nil
}
