package preferences

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
)

func TestPageIsWellFormedAndShowsEveryText(t *testing.T) {
	for name, w := range windows() {
		var page bytes.Buffer
		if err := WriteHTML(&page, w, HTMLOptions{}); err != nil {
			t.Fatal(err)
		}
		d := xml.NewDecoder(bytes.NewReader(page.Bytes()))
		var text strings.Builder
		for {
			token, err := d.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%s: the page is not well formed: %v", name, err)
			}
			if data, ok := token.(xml.CharData); ok {
				text.Write(data)
			}
		}
		for _, tab := range w.Tabs {
			for _, f := range Layout(tab, Width, Approximate{}).Frames {
				for _, l := range f.Lines {
					if !strings.Contains(text.String(), l) {
						t.Errorf("%s: %s: %q is not on the page", name, tab.ID, l)
					}
				}
			}
			if _, ok := drawings[tab.Symbol]; !ok {
				t.Errorf("no drawing of %s", tab.Symbol)
			}
		}
	}
}

func TestPageShowsChosenTabsOnly(t *testing.T) {
	var page bytes.Buffer
	if err := WriteHTML(&page, sampleWindow(), HTMLOptions{Tabs: []TabID{About}, Size: 20}); err != nil {
		t.Fatal(err)
	}
	if s := page.String(); !strings.Contains(s, "MIT License") || strings.Contains(s, "Launch at login") || !strings.Contains(s, "font-size:20px") {
		t.Error("other tabs are drawn, or the text has another size")
	}
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestPageTellsThatItCannotBeWritten(t *testing.T) {
	if err := WriteHTML(broken{}, sampleWindow(), HTMLOptions{}); err == nil {
		t.Error("no error")
	}
}
