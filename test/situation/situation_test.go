package situation

import "testing"

// The names are those of golden files.
func TestSituationsHaveNamesOfTheirOwn(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range append(All(), Everyday()) {
		if s.Name == "" || seen[s.Name] {
			t.Errorf("%q is not a unique name", s.Name)
		}
		seen[s.Name] = true
	}
}
