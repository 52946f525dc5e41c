package main

import (
	"strings"
	"testing"
)

func TestPackagesWithGoroutinesLookForLeaks(t *testing.T) {
	const test = "import \"go.uber.org/goleak\"\nfunc TestMain(m *testing.M) { goleak.VerifyTestMain(m) }"
	for _, tt := range []struct {
		name, dir, body, test string
		want                  bool
	}{
		{"go without a check", "internal/x", `func f() { go g() }`, "", true},
		{"go with a check", "internal/x", `func f() { go g() }`, test, false},
		{"a check that is not called", "cmd/x", `func f() { go g() }`, "import \"go.uber.org/goleak\"\nvar _ = goleak.IgnoreCurrent", true},
		{"a wait group", "internal/x", `func f() { wg.Go(func() {}) }`, "", true},
		{"a timer", "internal/x", `func f() { time.AfterFunc(d, f) }`, "", true},
		{"no goroutine", "internal/x", `func f() { g() }`, "", false},
		{"a goroutine of a test", "internal/x", `func f() {}`, "func f() { go g() }", false},
		{"a tool", "tools/x", `func f() { go g() }`, "", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := &pkg{dir: tt.dir}
			for name, body := range map[string]string{"x.go": tt.body, "x_test.go": tt.test} {
				f, err := parse(tt.dir+"/"+name, "package x\n"+body)
				if err != nil {
					t.Fatal(err)
				}
				p.files = append(p.files, f)
			}
			if faults := checkGoroutines([]*pkg{p}); (len(faults) > 0) != tt.want || len(faults) > 0 && !strings.HasSuffix(faults[0].file, "/x.go") {
				t.Errorf("%v", faults)
			}
		})
	}
}
