package menubar

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// reconciled returns the list that the steps make of old, and the steps.
func reconciled(old, new string) (list, steps string) {
	now := []rune(old)
	step := func(sign string, r rune) { steps += fmt.Sprintf("%s%c ", sign, r) }
	Reconcile([]rune(old), []rune(new), func(a, b rune) bool { return a == b },
		func(at int, was, _ rune) {
			if now[at] != was {
				step("misplaced", was)
			}
		},
		func(at int, r rune) { now = slices.Insert(now, at, r); step("+", r) },
		func(at int, was rune) {
			if now[at] != was {
				step("misplaced", was)
			}
			now = slices.Delete(now, at, at+1)
			step("-", was)
		})
	return string(now), strings.TrimSpace(steps)
}

func TestReconcileTouchesOnlyWhatDiffers(t *testing.T) {
	for name, c := range map[string]struct{ old, new, steps string }{
		"nothing changes":       {"abc", "abc", ""},
		"first list":            {"", "ab", "+a +b"},
		"everything goes":       {"ab", "", "-a -b"},
		"one more in between":   {"abc", "axbc", "+x"},
		"one less":              {"abc", "ac", "-b"},
		"replaced":              {"abc", "axc", "+x -b"},
		"neighbours leave":      {"abcde", "bd", "-a -c -e"},
		"first moves to end":    {"abcd", "bcda", "-a +a"},
		"two swap places":       {"abcd", "acbd", "-b +b"},
		"last moves to front":   {"abc", "cab", "-a -b +a +b"},
		"new list with nothing": {"abc", "xyz", "+x +y +z -a -b -c"},
	} {
		t.Run(name, func(t *testing.T) {
			if list, steps := reconciled(c.old, c.new); list != c.new || steps != c.steps {
				t.Errorf("%q by %q, want %q by %q", list, steps, c.new, c.steps)
			}
		})
	}
}

func TestReconcileGivesTheNewList(t *testing.T) {
	letters := rapid.Permutation([]rune("abcdefg"))
	rapid.Check(t, func(t *rapid.T) {
		some := func(name string) string {
			return string(letters.Draw(t, name)[:rapid.IntRange(0, 7).Draw(t, name+" length")])
		}
		old, new := some("old"), some("new")
		if list, steps := reconciled(old, new); list != new || strings.Contains(steps, "misplaced") {
			t.Fatalf("%q becomes %q by %q, want %q", old, list, steps, new)
		}
	})
}
