package appbuild

import (
	"os"
	"strings"
	"testing"
)

// The Makefile repeats what Environ sets, since make can't ask Go code before
// Go runs. Where they differ, tests on a Mac run without the safe flag, or all
// is compiled twice.
func TestTheMakefileBuildsAsEnvironDoes(t *testing.T) {
	text, err := os.ReadFile("../../../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("GOFLAGS", "")
	t.Setenv("GOENV", "off") // no flags of the user
	native, err := Environ("arm64", "")
	if err != nil {
		t.Fatal(err)
	}
	set := map[string]string{}
	for _, v := range native {
		name, value, _ := strings.Cut(v, "=")
		set[name] = value
	}
	lines := map[string]string{}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "export "); ok {
			name, value, _ := strings.Cut(rest, ":=")
			lines[strings.TrimSpace(name)] = strings.TrimSpace(value)
		}
	}
	for _, name := range []string{"GOFLAGS", "CGO_CFLAGS", "CGO_LDFLAGS"} {
		got, ok := lines[name]
		if !ok {
			t.Errorf("the Makefile exports no %s", name)
			continue
		}
		got = strings.TrimPrefix(got, "$(shell $(GO) env GOFLAGS) ")
		if want := set[name]; got != want {
			t.Errorf("the Makefile sets %s to %q, Environ to %q", name, got, want)
		}
	}
}
