package cli

import (
	"testing"
	"time"
)

func TestASettingIsSetAtOnceWhileNoAppRuns(t *testing.T) {
	t.Setenv("VPNSTATUS_HOME", t.TempDir())
	e, _, errOut := testEnv()
	begin := time.Now()
	if code := run([]string{"settings", "set", "retryDelayMax", "5m"}, e); code != exitDone {
		t.Fatalf("exit code %d, %s", code, errOut)
	}
	if took := time.Since(begin); took > 2*time.Second { // it waited 15 s for an app
		t.Errorf("it took %v", took)
	}
}
