package nesession

import (
	"strings"
	"testing"

	"vpnstatus/internal/cocoa"
)

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
		feature, missing, _ := strings.Cut(err.Error(), ": ")
		if !have[feature] || !strings.HasPrefix(missing, "this system lacks the symbol ") {
			t.Errorf("err = %v", err)
		}
	}
}
