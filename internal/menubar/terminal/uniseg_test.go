package terminal

import (
	"slices"
	"testing"

	"github.com/rivo/uniseg"

	"vpnstatus/internal/menubar"
)

// The library of the text field, of borders and of keys is our own one in
// third_party; these are the calls they make.
func TestCharactersAreTakenApartAndMeasuredLikeAllOtherText(t *testing.T) {
	characters := []string{"V", "é", "e\u0301", "世", "👩‍👩‍👧", "🇩🇪", "\u200d", "ﷺ"}
	text := ""
	for _, c := range characters[:6] {
		text += c
	}
	var got []string
	for g := uniseg.NewGraphemes(text); g.Next(); {
		if string(g.Bytes()) != g.Str() {
			t.Errorf("%q as bytes is %q", g.Str(), g.Bytes())
		}
		got = append(got, g.Str())
	}
	if !slices.Equal(got, characters[:6]) {
		t.Errorf("%q has the characters %q", text, got)
	}
	for _, c := range characters {
		first, rest, width, _ := uniseg.FirstGraphemeCluster([]byte(c+"x"), -1)
		if string(first) != c || string(rest) != "x" || width != menubar.Width(c) {
			t.Errorf("%q begins with %q of width %d, and %q follows; its width is %d", c+"x", first, width, rest, menubar.Width(c))
		}
		if w := uniseg.StringWidth(c + "x"); w != menubar.Width(c)+1 {
			t.Errorf("%q is %d wide, %d with an x", c, menubar.Width(c), w)
		}
	}
	if first, rest, width, _ := uniseg.FirstGraphemeCluster(nil, -1); len(first)+len(rest)+width != 0 {
		t.Errorf("nothing begins with %q", first)
	}
}
