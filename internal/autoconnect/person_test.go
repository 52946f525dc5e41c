package autoconnect

import (
	"testing"

	"vpnstatus/internal/vpn"
)

func TestCausesThatNeedAPerson(t *testing.T) {
	for name, test := range map[string]struct {
		cause vpn.Cause
		want  bool
	}{
		"rejected credentials":      {vpn.Cause{Family: vpn.FamilyVPN, Code: vpn.StopAuthFailed}, true},
		"rejected shared secret":    {vpn.Cause{Family: vpn.FamilyIPSec, Code: 11}, true},
		"removed configuration":     {vpn.Cause{Family: vpn.FamilyVPN, Code: vpn.StopConfigurationRemoved}, true},
		"cancelled password prompt": {vpn.Cause{Family: vpn.FamilyVPN, Code: vpn.StopAuthCancelled}, true},
		"server did not respond":    {vpn.Cause{Family: vpn.FamilyVPN, Code: vpn.StopNotResponding}, false},
		"no network":                {vpn.Cause{Family: vpn.FamilyVPN, Code: vpn.StopNoNetwork}, false},
		"no cause":                  {vpn.Cause{}, false},
		"code of a later system":    {vpn.Cause{Family: vpn.FamilyVPN, Code: 4711}, false},
	} {
		if got := NeedsPerson(test.cause); got != test.want {
			t.Errorf("%s: NeedsPerson(%+v) = %t", name, test.cause, got)
		}
	}
}
