package autoconnect

import (
	"errors"
	"testing"
	"time"

	"vpnstatus/internal/facts"
)

func TestParseUntil(t *testing.T) {
	zone := time.FixedZone("", 2*60*60)
	now := time.Date(2026, 11, 22, 23, 30, 0, 0, zone)
	there, _ := UntilNetworkChanges(home())
	at := func(d time.Duration) Until { return Until{Time: now.Add(d)} }
	for name, test := range map[string]struct {
		words string
		away  bool // on a network that can't be identified
		want  Until
		wrong bool
	}{
		"nothing is until resumed":       {words: "", want: Forever},
		"forever":                        {words: "forever", want: Forever},
		"resume":                         {words: "resume", want: Forever},
		"minutes":                        {words: "30m", want: at(30 * time.Minute)},
		"hours and minutes":              {words: "1h30m", want: at(90 * time.Minute)},
		"days":                           {words: "2 days", want: at(48 * time.Hour)},
		"letter case does not matter":    {words: "2H", want: at(2 * time.Hour)},
		"tomorrow is six in the morning": {words: "tomorrow", want: at(6*time.Hour + 30*time.Minute)},
		"the current network":            {words: "network", want: there},
		"network while on none":          {words: "network", away: true, wrong: true},
		"a number is minutes":            {words: "30", want: at(30 * time.Minute)},
		"minutes in a word":              {words: "30min", want: at(30 * time.Minute)},
		"a time of day":                  {words: "08:00", want: at(8*time.Hour + 30*time.Minute)},
		"until a time of day":            {words: "until 23:45", want: at(15 * time.Minute)},
		"midnight":                       {words: "24:00", want: at(30 * time.Minute)},
		"this very minute is tomorrow":   {words: "23:30", want: at(24 * time.Hour)},
		"until tomorrow":                 {words: "Until  Tomorrow", want: at(6*time.Hour + 30*time.Minute)},
		"no time of day":                 {words: "25:00", wrong: true},
		"until what":                     {words: "until", wrong: true},
		"nothing":                        {words: "0s", wrong: true},
		"the past":                       {words: "-5m", wrong: true},
		"a year":                         {words: "8784h", want: at(maxUntil)},
		"more than a year":               {words: "9000h", wrong: true},
		"beyond any time":                {words: "99999999999h", wrong: true},
		"another word":                   {words: "yesterday", wrong: true},
	} {
		f := home()
		if test.away {
			f = facts.Facts{}
		}
		got, err := ParseUntil(test.words, now, f)
		if (err != nil) != test.wrong || test.away != errors.Is(err, ErrOffNetwork) {
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
		u, err := ParseUntil(s, now, home())
		if err == nil && u.IsZero() {
			t.Errorf("%q holds for no time", s)
		}
		if err == nil && !u.Time.IsZero() && !u.Time.After(now) {
			t.Errorf("%q ends before it begins", s)
		}
	})
}
