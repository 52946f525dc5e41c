package situation

import (
	"reflect"
	"testing"
)

func TestSituationsAreTheSameInEachRun(t *testing.T) {
	if !reflect.DeepEqual(All(), All()) {
		t.Error("All differs")
	}
	if !reflect.DeepEqual(Everyday(), Everyday()) {
		t.Error("Everyday differs")
	}
}

// The names are those of golden files.
func TestSituationsHaveNamesOfTheirOwn(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range append(All(), Everyday()) {
		if s.Name == "" || seen[s.Name] {
			t.Errorf("%q is not a unique name", s.Name)
		}
		seen[s.Name] = true
		if s.Snapshot == nil {
			t.Errorf("%s: no snapshot", s.Name)
		}
	}
}
