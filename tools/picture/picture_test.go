package main

import (
	"html"
	"regexp"
	"strings"
	"testing"

	"vpnstatus/internal/menubar/preferences"
)

func TestMenuPageHasEveryLineAndSymbol(t *testing.T) {
	p, err := menuPage()
	if err != nil {
		t.Fatal(err)
	}
	text := string(p.html)
	for _, line := range []string{"Disconnect Office", "Connected 12:45", "Don’t Auto Connect on “Home-WiFi”", "⌘Q", `class="desktop dark"`} {
		if !strings.Contains(text, line) {
			t.Errorf("the page lacks %q", line)
		}
	}
	for _, use := range regexp.MustCompile(`href="#([^"]+)"`).FindAllStringSubmatch(text, -1) {
		if !strings.Contains(text, `id="`+use[1]+`"`) {
			t.Errorf("the symbol %q is not drawn", use[1])
		}
	}
}

func TestWindowPageHasEveryText(t *testing.T) {
	p, err := windowPage()
	if err != nil {
		t.Fatal(err)
	}
	text := html.UnescapeString(string(p.html))
	for _, tab := range settingsWindow().Tabs {
		for _, f := range preferences.Layout(tab, inter{}).Views {
			for _, line := range f.Lines {
				if !strings.Contains(text, line) {
					t.Errorf("%s: the page lacks %q", tab.ID, line)
				}
			}
		}
	}
}
