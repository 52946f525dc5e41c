package facts

import "testing"

func TestParseMAC(t *testing.T) {
	const want = "00:1b:63:84:45:e6"
	for _, text := range []string{"00:1b:63:84:45:e6", "0:1B:63:84:45:E6", "00-1b-63-84-45-e6", "0-1b:63-84:45-e6", "001b.6384.45e6"} {
		if got, err := ParseMAC(text); err != nil || got != want {
			t.Errorf("%q is %q, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "x", "00:1b:63:84:45", "00:1b:63:84:45:e6:00", "00:1b:63:84:45:e6:00:11", "000:1b:63:84:45:e6", "00:1b:63:84:45:g6", "00::63:84:45:e6", "+0:1b:63:84:45:e6"} {
		if got, err := ParseMAC(text); err == nil {
			t.Errorf("%q is %q", text, got)
		}
	}
}
