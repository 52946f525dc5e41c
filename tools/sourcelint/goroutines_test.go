package main

import (
	"strings"
	"testing"
)

func TestPackagesWithGoroutinesLookForLeaks(t *testing.T) {
	const test = "import \"go.uber.org/goleak\"\nfunc TestMain(m *testing.M) { goleak.VerifyTestMain(m) }"
	for _, tt := range []struct {
		name, body, test string
		want             bool
	}{
		{"go without a check", `func f() { go g() }`, "", true},
		{"go with a check", `func f() { go g() }`, test, false},
		{"a wait group", `func f() { wg.Go(func() {}) }`, "", true},
		{"a timer", `func f() { time.AfterFunc(d, f) }`, "", true},
		{"no goroutine", `func f() { g() }`, "", false},
		{"a goroutine of a test", `func f() {}`, "func f() { go g() }", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := &pkg{dir: "internal/x"}
			for name, body := range map[string]string{"x.go": tt.body, "x_test.go": tt.test} {
				f, err := parse(p.dir+"/"+name, "package x\n"+body)
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
