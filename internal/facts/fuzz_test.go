package facts

import (
	"net"
	"strings"
	"testing"
)

// FuzzParseMAC compares with the standard library and checks that one address has
// one form.
func FuzzParseMAC(f *testing.F) {
	for _, s := range []string{"00:1b:63:84:45:e6", "0:1B:63:84:45:E6", "00-1b-63-84-45-e6", "001b.6384.45e6", "00:1b:63:84:45:e6:00:01", ":::::", "", "é:1:2:3:4:5"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, err := ParseMAC(s)
		if std, stdErr := net.ParseMAC(s); stdErr == nil && len(std) == 6 && (err != nil || got != std.String()) {
			t.Fatalf("%q is %q, %v; the standard library says %v", s, got, err, std)
		}
		if err != nil {
			return
		}
		for _, form := range []string{got, strings.ToUpper(got), strings.ReplaceAll(got, ":", "-"), strings.ReplaceAll(":"+got, ":0", ":")[1:]} {
			if again, err := ParseMAC(form); err != nil || again != got {
				t.Fatalf("%q is %q, but in the form %q it is %q, %v", s, got, form, again, err)
			}
		}
	})
}
