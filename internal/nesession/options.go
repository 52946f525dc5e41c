package nesession

import (
	"fmt"
	"strings"

	"vpnstatus/internal/vpn"
)

// StartOptions makes the dictionary that a start carries (docs/internals.md,
// section 7), nil when the options are empty. Keys without a value are left out,
// and above all no empty dictionary is put in: an IPSec dictionary without a
// shared secret makes an L2TP connection fail, because it hides the one of the
// configuration. When the protocol is not known the names that fit all are used.
func StartOptions(p vpn.Protocol, o vpn.Options) (map[string]any, error) {
	for what, s := range map[string]string{"user name": o.Username, "password": o.Password, "shared secret": o.SharedSecret} {
		if strings.ContainsRune(s, 0) { // C would cut it there
			return nil, fmt.Errorf("the %s contains a NUL character", what)
		}
	}
	out := map[string]any{}
	put := func(section, key, value string) {
		if value == "" {
			return
		}
		d := out
		if section != "" {
			if out[section] == nil {
				out[section] = map[string]any{}
			}
			d = out[section].(map[string]any)
		}
		d[key] = value
	}
	if p != vpn.L2TP && p != vpn.PPTP {
		put("", "NEVPNConnectionStartOptionUsername", o.Username)
		put("", "NEVPNConnectionStartOptionPassword", o.Password)
	}
	if p == vpn.L2TP || p == vpn.PPTP || p == "" {
		put("PPP", "AuthName", o.Username)
		put("PPP", "AuthPassword", o.Password)
	}
	if p == vpn.L2TP || p == vpn.IPSec || p == "" {
		put("IPSec", "SharedSecret", o.SharedSecret)
	}
	if len(out) == 0 {
		return nil, nil
	}
	return out, nil
}
