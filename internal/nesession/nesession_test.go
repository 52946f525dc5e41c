package nesession

import (
	"errors"
	"strings"
	"testing"

	"vpnstatus/internal/cocoa"
	"vpnstatus/internal/vpn"
)

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

func TestWhatIsMissingIsReportedByFeature(t *testing.T) {
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
