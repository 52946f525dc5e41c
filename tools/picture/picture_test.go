package main

import (
	"html"
	"regexp"
	"strings"
	"testing"

	"vpnstatus/internal/menubar/preferences"
	"vpnstatus/internal/settings"
	"vpnstatus/test/situation"
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

func TestANameIsNoMarkup(t *testing.T) {
	const name = `<script>alert(1)</script>"'&`
	p, err := menuPageOf(situation.Situation{Snapshot: situation.Snapshot(situation.Service(1, name)), Settings: settings.Default()})
	if err != nil {
		t.Fatal(err)
	}
	if text := string(p.html); strings.Contains(text, "<script>alert") || !strings.Contains(html.UnescapeString(text), name) {
		t.Errorf("the name is not there as text:\n%s", text)
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
