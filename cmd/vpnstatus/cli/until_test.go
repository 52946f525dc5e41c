package cli

import (
	"errors"
	"testing"
	"time"

	"vpnstatus/internal/autoconnect"
)

func TestParseUntil(t *testing.T) {
	zone := time.FixedZone("", 2*60*60)
	now := time.Date(2026, 11, 22, 23, 30, 0, 0, zone)
	at := func(d time.Duration) autoconnect.Until { return autoconnect.Until{Time: now.Add(d)} }
	for name, test := range map[string]struct {
		words, network string
		want           autoconnect.Until
		wrong          bool
	}{
		"nothing is until resumed":       {words: "", want: autoconnect.Forever},
		"resume":                         {words: "resume", want: autoconnect.Forever},
		"minutes":                        {words: "30m", want: at(30 * time.Minute)},
		"hours and minutes":              {words: "1h30m", want: at(90 * time.Minute)},
		"letter case does not matter":    {words: "2H", want: at(2 * time.Hour)},
		"tomorrow is six in the morning": {words: "tomorrow", want: at(6*time.Hour + 30*time.Minute)},
		"the present network":            {words: "network", network: "wifi, ssid a", want: autoconnect.Until{Network: "wifi, ssid a"}},
		"network while on none":          {words: "network", wrong: true},
		"no unit":                        {words: "30", wrong: true},
		"nothing":                        {words: "0s", wrong: true},
		"the past":                       {words: "-5m", wrong: true},
		"more than a year":               {words: "9000h", wrong: true},
		"beyond any time":                {words: "99999999999h", wrong: true},
		"another word":                   {words: "yesterday", wrong: true},
	} {
		got, err := parseUntil(test.words, now, zone, test.network)
		var usage *usageError
		if errors.As(err, &usage) != test.wrong || err != nil && !test.wrong {
			t.Errorf("%s: error %v", name, err)
		}
		if !got.Equal(test.want) {
			t.Errorf("%s: %+v, want %+v", name, got, test.want)
		}
	}
}

func FuzzParseUntil(f *testing.F) {
	for _, s := range []string{"", "30m", "tomorrow", "network", "1h2m3.5s", "９m"} {
		f.Add(s)
	}
	now := time.Date(2026, 11, 22, 23, 30, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, s string) {
		u, err := parseUntil(s, now, time.UTC, "net")
		if err == nil && u.IsZero() {
			t.Errorf("%q holds for no time", s)
		}
		if err == nil && !u.Time.IsZero() && !u.Time.After(now) {
			t.Errorf("%q ends before it begins", s)
		}
	})
}
