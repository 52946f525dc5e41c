package menubar_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	. "vpnstatus/internal/menubar"
	"vpnstatus/internal/menubar/situation"
)

// texts returns the character data of elements of a class in a page that must
// be well formed.
func texts(t *testing.T, page []byte, class string) []string {
	t.Helper()
	d := xml.NewDecoder(bytes.NewReader(page))
	var found []string
	collecting := false
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return found
		}
		if err != nil {
			t.Fatalf("the page is not well formed: %v", err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			collecting = slices.ContainsFunc(token.Attr, func(a xml.Attr) bool { return a.Name.Local == "class" && a.Value == class })
			if collecting {
				found = append(found, "")
			}
		case xml.EndElement:
			collecting = false
		case xml.CharData:
			if collecting {
				found[len(found)-1] += string(token)
			}
		}
	}
}

func titles(items []Item) []string {
	var all []string
	for _, it := range items {
		if it.Kind != KindSeparator {
			all = append(all, it.Title)
		}
		if !it.Disabled {
			all = append(all, titles(it.Submenu)...)
		}
	}
	return all
}

func TestHTMLIsWellFormedAndShowsEachTitleInBothLooks(t *testing.T) {
	for _, s := range situation.All() {
		t.Run(s.Name, func(t *testing.T) {
			m := build(s)
			var b bytes.Buffer
			if err := WriteHTML(&b, m, HTMLOptions{}); err != nil {
				t.Fatal(err)
			}
			want := titles(m.Items)
			want = append(want, want...)
			if got := texts(t, b.Bytes(), "title"); !slices.Equal(got, want) {
				t.Errorf("titles are\n%q, want\n%q", got, want)
			}
		})
	}
}

func TestHTMLEscapesWhatComesFromOutside(t *testing.T) {
	evil := `</style><script>alert("1")</script>&'`
	m := Menu{
		Status: StatusItem{Symbol: Symbol(evil), Text: evil, Accessibility: evil, ToolTip: evil, Tone: Tone(evil)},
		Items:  []Item{{ID: evil, Kind: KindAction, Title: evil, Symbol: Symbol(evil), ToolTip: evil, Accessibility: evil, Key: Key{Equivalent: "<"}}},
		Color:  true,
	}
	var b bytes.Buffer
	if err := WriteHTML(&b, m, HTMLOptions{Title: evil, Clock: evil}); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(b.String(), "<script") {
		t.Error("a script came through")
	}
	if got := texts(t, b.Bytes(), "title"); !slices.Equal(got, []string{evil, evil}) {
		t.Errorf("titles are %q", got)
	}
}

func TestHTMLLoadsNothing(t *testing.T) {
	var b bytes.Buffer
	if err := WriteHTML(&b, build(situation.Everyday()), HTMLOptions{Clock: "14:00", Open: "pause"}); err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{"http:", "https:", "url(", "@import", "src="} {
		if strings.Contains(b.String(), word) {
			t.Errorf("the page contains %q", word)
		}
	}
}

func TestHTMLReportsAFailedWrite(t *testing.T) {
	full := errors.New("disk full")
	if err := WriteHTML(failing{full}, build(situation.Everyday()), HTMLOptions{}); !errors.Is(err, full) {
		t.Errorf("error is %v", err)
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

func TestJSONHasASchemaAndReadsBack(t *testing.T) {
	for _, s := range situation.All() {
		m := build(s)
		var b bytes.Buffer
		if err := WriteJSON(&b, m); err != nil {
			t.Fatal(err)
		}
		var got struct {
			Schema int
			Menu
		}
		if err := json.Unmarshal(b.Bytes(), &got); err != nil {
			t.Fatal(err)
		}
		if got.Schema != JSONSchema {
			t.Errorf("%s: schema %d", s.Name, got.Schema)
		}
		if c := Diff(m, got.Menu); len(c) > 0 {
			t.Errorf("%s: read back it differs: %+v", s.Name, c)
		}
	}
}
