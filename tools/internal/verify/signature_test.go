package verify

import (
	"strings"
	"testing"
)

func TestSignature(t *testing.T) {
	entitled := func(body string) string {
		return `<?xml version="1.0" encoding="UTF-8"?><plist version="1.0"><dict>` + body + `</dict></plist>`
	}
	const (
		place   = `<key>com.apple.security.personal-information.location</key><true/>`
		runtime = "Format=app bundle\nCodeDirectory v=20500 size=1 flags=0x10002(adhoc,runtime) hashes=1\n"
		plain   = "Format=app bundle\nCodeDirectory v=20500 size=1 flags=0x2(adhoc) hashes=1\n"
	)
	for _, c := range []struct {
		name, entitlements, description string
		want                            string // part of the error; empty: none
	}{
		{"location alone and hardened", entitled(place), runtime, ""},
		{"no entitlement", entitled(""), runtime, "not com.apple.security.personal-information.location alone"},
		{"location switched off", entitled(strings.Replace(place, "true", "false", 1)), runtime, "alone"},
		{"one entitlement too many", entitled(place + `<key>com.apple.security.app-sandbox</key><true/>`), runtime, "app-sandbox"},
		{"no property list", "garbage {", runtime, "can't be read"},
		{"not hardened", entitled(place), plain, "hardened"},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := Signature([]byte(c.entitlements), c.description)
			switch {
			case c.want == "" && err != nil:
				t.Error(err)
			case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
				t.Errorf("got %v, want something about %q", err, c.want)
			}
		})
	}
}
