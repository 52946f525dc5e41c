// Package golden compares what a test got with a file in its folder testdata.
//
// "go test -update" (make golden) writes the files again. A difference is
// shown line by line. Only tests import the package.
package golden

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files")

// Check compares got with the file testdata/name, in whose name spaces become
// hyphens and commas are left out.
func Check(t testing.TB, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", strings.NewReplacer(" ", "-", ",", "").Replace(name))
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err, "(go test -update writes it)")
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-golden +now; go test -update accepts it):\n%s", path, diff)
	}
}
