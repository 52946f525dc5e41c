package uniseg

import (
	"slices"
	"strings"
	"testing"
	"testing/quick"

	"github.com/clipperhouse/displaywidth"
)

// characters are texts with what people see as one character each, and how many
// cells of a terminal it takes.
var characters = []struct {
	text  string
	cells int
}{
	{"a", 1}, {"é", 1}, {"e\u0301", 1}, {"日", 2}, {"ﷺ", 1}, {"ש", 1}, {"👩‍👩‍👧", 2}, {"🇳🇴", 2}, {"👍🏽", 2}, {"❤️", 2}, {"한", 2}, {"\u200b", 0},
}

func TestEachCharacterIsOneClusterOfItsWidth(t *testing.T) {
	var whole string
	for _, c := range characters {
		cluster, rest, width, _ := FirstGraphemeCluster([]byte(c.text+"x"), -1)
		if string(cluster) != c.text || string(rest) != "x" || width != c.cells {
			t.Errorf("%q: %q of width %d before %q, want width %d", c.text, cluster, width, rest, c.cells)
		}
		if got := StringWidth(c.text); got != c.cells {
			t.Errorf("%q: width %d, want %d", c.text, got, c.cells)
		}
		whole += c.text + "|"
	}
	var found []string
	for g := NewGraphemes(whole); g.Next(); {
		if g.Str() != string(g.Bytes()) {
			t.Errorf("%q and %q", g.Str(), g.Bytes())
		}
		if g.Str() != "|" {
			found = append(found, g.Str())
		}
	}
	var want []string
	for _, c := range characters {
		want = append(want, c.text)
	}
	if !slices.Equal(found, want) {
		t.Errorf("%q, want %q", found, want)
	}
}

func TestNothingHasNoCluster(t *testing.T) {
	if cluster, rest, width, _ := FirstGraphemeCluster(nil, -1); cluster != nil || rest != nil || width != 0 {
		t.Errorf("%q, %q, %d", cluster, rest, width)
	}
	if NewGraphemes("").Next() {
		t.Error("an empty text has a character")
	}
}

// Callers cut text cluster by cluster: none may be lost or without length, and
// the width of all must be that of the text as the rest of the program has it.
func TestClustersAreTheWholeText(t *testing.T) {
	whole := func(parts []string, raw []byte) bool {
		text := strings.Join(parts, characters[len(raw)%len(characters)].text) + string(raw)
		joined, sum := "", 0
		for rest := []byte(text); len(rest) > 0; {
			cluster, next, width, _ := FirstGraphemeCluster(rest, -1)
			if len(cluster) == 0 {
				return false
			}
			joined += string(cluster)
			sum += width
			rest = next
		}
		return joined == text && sum == displaywidth.String(text) && sum == StringWidth(text)
	}
	if err := quick.Check(whole, &quick.Config{MaxCount: 2000}); err != nil {
		t.Error(err)
	}
}
