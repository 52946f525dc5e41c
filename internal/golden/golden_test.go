package golden

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// inner is the test that is tested.
type inner struct {
	testing.TB
	errors []string
}

func (i *inner) Helper()                   {}
func (i *inner) Errorf(f string, a ...any) { i.errors = append(i.errors, fmt.Sprintf(f, a...)) }
func (i *inner) Fatal(a ...any)            { i.errors = append(i.errors, fmt.Sprint(a...)) }

func TestCheck(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.Mkdir("testdata", 0o700); err != nil {
		t.Fatal(err)
	}
	check := func(got string) string {
		i := &inner{TB: t}
		Check(i, "one, two.txt", got)
		return strings.Join(i.errors, "\n")
	}
	if got := check("a\n"); !strings.Contains(got, "go test -update") {
		t.Errorf("without a file it says %q", got)
	}
	before := *update
	defer func() { *update = before }()
	*update = true
	if got := check("a\n"); got != "" {
		t.Errorf("writing says %q", got)
	}
	*update = false
	if _, err := os.Stat("testdata/one-two.txt"); err != nil {
		t.Error(err)
	}
	if got := check("a\n"); got != "" {
		t.Errorf("the same says %q", got)
	}
	if got := check("b\n"); !strings.Contains(got, "testdata/one-two.txt (-golden +now") {
		t.Errorf("another says %q", got)
	}
}
