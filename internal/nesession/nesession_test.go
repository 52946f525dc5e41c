package nesession

import (
	"testing"

	"vpnstatus/internal/cocoa"
)

func TestWhatIsMissingIsReportedByFeature(t *testing.T) {
	cocoa.Require(cocoa.Symbol, featureInfo, "vpnstatus_no_a", "vpnstatus_no_b")
	cocoa.Require(cocoa.Symbol, featureOptions, "vpnstatus_no_c")
	var got []string
	for _, err := range Lacks() {
		got = append(got, err.Error())
	}
	if len(got) != 2 || got[0] != "VPN details: this system lacks the symbol vpnstatus_no_a, the symbol vpnstatus_no_b" ||
		got[1] != "VPN start options: this system lacks the symbol vpnstatus_no_c" {
		t.Errorf("%q", got)
	}
}
