package autoconnect

import "testing"

func TestGlob(t *testing.T) {
	for _, c := range []struct {
		name, pattern, s string
		want             bool
	}{
		{"a literal fits itself", "Home", "Home", true},
		{"a literal fits nothing longer", "Home", "Home-5G", false},
		{"case matters", "home", "Home", false},
		{"a star fits any end", "Home*", "Home-5G", true},
		{"a star fits nothing at all", "Home*", "Home", true},
		{"two stars fit around a word", "*Corp*", "the Corp net", true},
		{"a star goes back when what follows fails", "*ab", "aab", true},
		{"a question mark is one character, not one byte", "caf?", "café", true},
		{"a question mark needs a character", "Home?", "Home", false},
		{"an escaped star is a star", `5\*`, "5*", true},
		{"an escaped star is not a wildcard", `5\*`, "55", false},
		{"a backslash at the end is a backslash", `a\`, `a\`, true},
		{"an empty pattern fits only nothing", "", "x", false},
		{"an empty pattern fits nothing", "", "", true},
		{"invalid text fits itself", "\xff*", "\xffa", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := MatchGlob(c.pattern, c.s); got != c.want {
				t.Errorf("MatchGlob(%q, %q) = %t, want %t", c.pattern, c.s, got, c.want)
			}
		})
	}
}
