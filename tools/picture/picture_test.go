package main

import (
	"regexp"
	"strings"
	"testing"
)

func TestMenuPageHasEveryLineAndSymbol(t *testing.T) {
	p, err := menuPage()
	if err != nil {
		t.Fatal(err)
	}
	html := string(p.html)
	for _, line := range []string{"Disconnect Office", "Connected 12:45", "Don’t Auto Connect on “Home-WiFi”", "⌘Q", `class="desktop dark"`} {
		if !strings.Contains(html, line) {
			t.Errorf("the page lacks %q", line)
		}
	}
	for _, use := range regexp.MustCompile(`href="#([^"]+)"`).FindAllStringSubmatch(html, -1) {
		if !strings.Contains(html, `id="`+use[1]+`"`) {
			t.Errorf("the symbol %q is not drawn", use[1])
		}
	}
}
