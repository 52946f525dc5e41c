package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vpnstatus/internal/settings"
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

func TestABrokenFileIsReportedOnceAndLeftAlone(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("VPNSTATUS_HOME", dir)
	file := filepath.Join(dir, settings.FileName)
	const broken = `{"retryDelayMax": 5,`
	if err := os.WriteFile(file, []byte(broken), 0o600); err != nil {
		t.Fatal(err)
	}
	e, _, errOut := testEnv()
	if code := run([]string{"settings", "set", "retryDelayMax", "5m"}, e); code != exitFailed || strings.Count(errOut.String(), "not JSON") != 1 {
		t.Errorf("exit code %d, %s", code, errOut)
	}
	if data, err := os.ReadFile(file); err != nil || string(data) != broken {
		t.Errorf("the file is now %q, %v", data, err)
	}
}
