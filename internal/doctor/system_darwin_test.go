package doctor

import (
	"context"
	"os"
	"testing"
)

// Safe on any Mac: it only reads.
func TestTheReportOfThisMac(t *testing.T) {
	r := New("test", System(context.Background())...)
	if err := r.WriteText(os.Stdout); err != nil {
		t.Fatal(err)
	}
	for _, c := range r.Checks {
		if !c.OK && c.Name != "login" { // which the user has set
			t.Errorf("%s: %s", c.Name, c.Detail)
		}
	}
}
