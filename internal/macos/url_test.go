package macos

import (
	"strings"
	"testing"
)

func TestURLs(t *testing.T) {
	for text, ok := range map[string]bool{
		"vpnstatus://open":                true,
		"vpnstatus://open/":               true,
		"VPNSTATUS://open":                true, // schemes have no case
		"vpnstatus://OPEN":                false,
		"vpnstatus:open":                  false,
		"vpnstatus://open/x":              false,
		"vpnstatus://open?x=1":            false,
		"vpnstatus://open?":               false,
		"vpnstatus://open#x":              false,
		"vpnstatus://user@open":           false,
		"vpnstatus://open:80":             false,
		"vpnstatus://connect?name=Office": false,
		"vpnstatus://":                    false,
		"https://open":                    false,
		"":                                false,
		"%zz":                             false,
		"vpnstatus://open/" + strings.Repeat("/", 9999): false,
	} {
		verb, err := ParseURL(text)
		if (err == nil) != ok || ok && verb != URLOpen {
			t.Errorf("%.40q: %q, %v", text, verb, err)
		}
	}
}

func FuzzParseURL(f *testing.F) {
	for _, s := range []string{"vpnstatus://open", "vpnstatus://connect?name=x", "vpnstatus:open", "::", "vpnstatus://\x00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		verb, err := ParseURL(s)
		if (verb == URLOpen) == (err != nil) {
			t.Errorf("%q: %q, %v", s, verb, err)
		}
	})
}
