package doctor

import (
	"context"
	"os"
	"testing"
)

// Safe on any Mac: it only reads.
func TestTheReportOfThisMac(t *testing.T) {
	r := Collect(context.Background(), Input{Version: "test"})
	if err := r.WriteText(os.Stdout); err != nil {
		t.Fatal(err)
	}
	if r.System.Name != "macOS" || r.System.Version == "" {
		t.Errorf("system = %+v", r.System)
	}
	for _, p := range r.Parts {
		if !p.Present && !p.Optional {
			t.Errorf("%s is missing", p.Part)
		}
	}
	if r.List.Problem != "" || !r.List.Loaded {
		t.Errorf("list = %+v", r.List)
	}
}
