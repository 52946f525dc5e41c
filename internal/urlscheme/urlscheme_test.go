package urlscheme

import (
	"errors"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"vpnstatus/internal/autoconnect"
	"vpnstatus/internal/engine"
	"vpnstatus/internal/facts"
	"vpnstatus/internal/vpn"
)

func TestParse(t *testing.T) {
	for text, want := range map[string]Request{
		"vpnstatus://open":                                  {Verb: Open},
		"VPNStatus://open":                                  {Verb: Open},
		"vpnstatus://resume":                                {Verb: Resume},
		"vpnstatus://resume?name=Office":                    {Verb: Resume, Name: "Office"},
		"vpnstatus://connect?name=Office":                   {Verb: Connect, Name: "Office"},
		"vpnstatus://connect?name=Old%20office":             {Verb: Connect, Name: "Old office"},
		"vpnstatus://connect?name=Old+office":               {Verb: Connect, Name: "Old office"},
		"vpnstatus://connect?name=A%2BB%26C%3DD%23E%25":     {Verb: Connect, Name: "A+B&C=D#E%"},
		"vpnstatus://connect?name=a=b":                      {Verb: Connect, Name: "a=b"},
		"vpnstatus://connect?name=B%C3%BCro%20%F0%9F%8F%A2": {Verb: Connect, Name: "Büro 🏢"},
		"vpnstatus://connect?name=Büro":                     {Verb: Connect, Name: "Büro"},
		"vpnstatus://disconnect?name=Office&for=30m":        {Verb: Disconnect, Name: "Office", For: "30m"},
		"vpnstatus://disconnect?for=30m&name=Office":        {Verb: Disconnect, Name: "Office", For: "30m"},
		"vpnstatus://toggle?name=Office":                    {Verb: Toggle, Name: "Office"},
		"vpnstatus://pause":                                 {Verb: Pause},
		"vpnstatus://pause?for=1h30m":                       {Verb: Pause, For: "1h30m"},
		"vpnstatus://pause?for=tomorrow":                    {Verb: Pause, For: "tomorrow"},
		"vpnstatus://pause?for=network":                     {Verb: Pause, For: "network"},
	} {
		if got, err := Parse(text); err != nil || got != want {
			t.Errorf("%s: %+v, %v", text, got, err)
		}
	}
}

func TestWhatIsRefused(t *testing.T) {
	for text, want := range map[string]string{
		"":                                           "does not begin with vpnstatus://",
		"open":                                       "does not begin with vpnstatus://",
		"vpnstatus":                                  "does not begin with vpnstatus://",
		"vpnstatus:open":                             "does not begin with vpnstatus://",
		"vpnstatus:/open":                            "does not begin with vpnstatus://",
		"https://open":                               "does not begin with vpnstatus://",
		"vpnstatus://":                               `no verb ""; the verbs are connect, disconnect`,
		"vpnstatus://?name=Office":                   `no verb ""`,
		"vpnstatus://delete":                         `no verb "delete"`,
		"vpnstatus://Open":                           `no verb "Open"`,
		"vpnstatus://%6Fpen":                         `invalid URL escape "%6F"`,
		"vpnstatus:///open":                          "has a user name or a path",
		"vpnstatus://open/":                          "has a user name or a path",
		"vpnstatus://connect/Office":                 "has a user name or a path",
		"vpnstatus://open:80":                        `no verb "open:80"`,
		"vpnstatus://open:":                          `no verb "open:"`,
		"vpnstatus://me@open":                        "has a user name or a path",
		"vpnstatus://me:secret@open":                 "has a user name or a path",
		"vpnstatus://open#top":                       "has a fragment",
		"vpnstatus://open#":                          "has a fragment",
		"vpnstatus://connect?name=a#":                "has a fragment",
		"vpnstatus://connect":                        `needs the parameter "name"`,
		"vpnstatus://connect?":                       `needs the parameter "name"`,
		"vpnstatus://connect?name":                   `"name" is empty`,
		"vpnstatus://connect?name=":                  `"name" is empty`,
		"vpnstatus://connect?name=%20":               `"name" is empty`,
		"vpnstatus://connect?name=a&name=b":          `"name" is given twice`,
		"vpnstatus://connect?name=a&n%61me=b":        `"name" is given twice`,
		"vpnstatus://connect?name=a&password=secret": `takes no parameter "password"`,
		"vpnstatus://connect?Name=a":                 `takes no parameter "Name"`,
		"vpnstatus://connect?name=a&for=30m":         `takes no parameter "for"`,
		"vpnstatus://open?name=a":                    `takes no parameter "name"`,
		"vpnstatus://connect?name=%":                 "write a % in a name as %25",
		"vpnstatus://connect?name=%zz":               "write a % in a name as %25",
		"vpnstatus://connect?name=%ff":               "not valid text",
		"vpnstatus://connect?name=\xff":              "not valid UTF-8",
		"vpnstatus://connect?name=a%00b":             "not valid text",
		"vpnstatus://connect?name=a%0Ab":             "not valid text",
		"vpnstatus://connect?name=a%7Fb":             "not valid text",
		"vpnstatus://connect?name=a b":               "spaces or control characters",
		" vpnstatus://open":                          "spaces or control characters",
		"vpnstatus://open\n":                         "spaces or control characters",
		"vpnstatus://pause?for=soon":                 "not a length of time",
		"vpnstatus://pause?for=0s":                   "not in the future",
		"vpnstatus://pause?for=-5m":                  "not in the future",
		"vpnstatus://pause?for=9000h":                "longer than a year",
		"vpnstatus://pause?for=99999999999h":         "not a length of time",
		"vpnstatus://connect?name=" + strings.Repeat("a", maxLength): "longer than",
	} {
		r, err := Parse(text)
		var own *Error
		if !errors.As(err, &own) || !strings.Contains(own.Why, want) {
			t.Errorf("%q: %+v, %v; want an error with %q", text, r, err, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, text := range []string{
		"vpnstatus://open", "vpnstatus://connect?name=B%C3%BCro", "vpnstatus://pause?for=30m", "vpnstatus://disconnect?name=a&for=tomorrow",
		"vpnstatus://u:p@open:80/path?x=%zz#f", "vpnstatus://connect?name=a+b%2B", "VPNSTATUS://resume?name=%E2%80%AE",
	} {
		f.Add(text)
	}
	s := &engine.Snapshot{Services: []*engine.Service{{Configuration: vpn.Configuration{Name: "Büro"}}}}
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, text string) {
		r, err := Parse(text)
		if err != nil {
			if msg := err.Error(); !utf8.ValidString(msg) || strings.ContainsFunc(msg, unicode.IsControl) {
				t.Errorf("%q: the error can't be shown: %q", text, msg)
			}
			return
		}
		// Percent signs may make the plain form longer than the limit.
		if plain := r.String(); len(plain) <= maxLength {
			if again, err := Parse(plain); err != nil || again != r {
				t.Errorf("%q: %+v became %+v, %v", text, r, again, err)
			}
		}
		if r.Verb == Open {
			return // it is answered without a question
		}
		if a, err := r.Resolve(s, now); err == nil && (a.Question == "" || a.Detail == "" || a.Button == "" || a.Command.Verb == "") {
			t.Errorf("%q: nothing is done without a question: %+v", text, a)
		}
	})
}

func TestResolve(t *testing.T) {
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	office := &engine.Service{Configuration: vpn.Configuration{ID: vpn.ID{1}, Name: "Office"}, Status: vpn.Connected, Known: true}
	lab := &engine.Service{Configuration: vpn.Configuration{ID: vpn.ID{2}, Name: "Lab"}, Status: vpn.Disconnected, Known: true}
	s := &engine.Snapshot{Services: []*engine.Service{office, lab, {Configuration: vpn.Configuration{ID: vpn.ID{3}, Name: "Lab 2"}}}}
	s.Facts.SSID = facts.Known("Café", now)
	for text, want := range map[string]Action{
		"vpnstatus://connect?name=lab":                  {Command: engine.Command{Verb: engine.VerbConnect, ID: lab.ID}, Question: "Connect “Lab”?", Button: "Connect"},
		"vpnstatus://disconnect?name=Off":               {Command: engine.Command{Verb: engine.VerbDisconnect, ID: office.ID}, Question: "Disconnect “Office”?", Button: "Disconnect"},
		"vpnstatus://disconnect?name=Off&for=30m":       {Command: engine.Command{Verb: engine.VerbDisconnect, ID: office.ID, Until: autoconnect.Until{Time: now.Add(30 * time.Minute)}}, Question: "Disconnect “Office” until 09:30?", Button: "Disconnect"},
		"vpnstatus://toggle?name=Office":                {Command: engine.Command{Verb: engine.VerbDisconnect, ID: office.ID}, Question: "Disconnect “Office”?", Button: "Disconnect"},
		"vpnstatus://toggle?name=Lab":                   {Command: engine.Command{Verb: engine.VerbConnect, ID: lab.ID}, Question: "Connect “Lab”?", Button: "Connect"},
		"vpnstatus://toggle?name=" + office.ID.String(): {Command: engine.Command{Verb: engine.VerbDisconnect, ID: office.ID}, Question: "Disconnect “Office”?", Button: "Disconnect"},
		"vpnstatus://pause":                             {Command: engine.Command{Verb: engine.VerbPause, Until: autoconnect.Forever}, Question: "Pause Auto Connect until you connect or resume?", Button: "Pause"},
		"vpnstatus://pause?for=2h":                      {Command: engine.Command{Verb: engine.VerbPause, Until: autoconnect.Until{Time: now.Add(2 * time.Hour)}}, Question: "Pause Auto Connect until 11:00?", Button: "Pause"},
		"vpnstatus://pause?for=tomorrow":                {Command: engine.Command{Verb: engine.VerbPause, Until: autoconnect.Until{Time: time.Date(now.Year(), now.Month(), now.Day()+1, 6, 0, 0, 0, now.Location())}}, Question: "Pause Auto Connect until tomorrow 06:00?", Button: "Pause"},
		"vpnstatus://pause?for=network":                 {Command: engine.Command{Verb: engine.VerbPause, Until: autoconnect.Until{Network: s.Facts.Network()}}, Question: "Pause Auto Connect until the network changes?", Button: "Pause"},
		"vpnstatus://resume":                            {Command: engine.Command{Verb: engine.VerbResume}, Question: "Resume Auto Connect?", Button: "Resume"},
		"vpnstatus://resume?name=Office":                {Command: engine.Command{Verb: engine.VerbResume, ID: office.ID}, Question: "Resume “Office”?", Button: "Resume"},
	} {
		r, err := Parse(text)
		if err != nil {
			t.Error(err)
			continue
		}
		got, err := r.Resolve(s, now)
		want.Command.Origin = "url"
		want.Detail = "A link or another program asks for it: " + r.String()
		if err != nil || got != want {
			t.Errorf("%s:\n got %+v, %v\nwant %+v", text, got, err, want)
		}
	}
}

func TestResolveSaysWhatCannotBeFound(t *testing.T) {
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	s := &engine.Snapshot{Services: []*engine.Service{{Configuration: vpn.Configuration{ID: vpn.ID{1}, Name: "Lab 1"}}, {Configuration: vpn.Configuration{ID: vpn.ID{2}, Name: "Lab 2"}}}}
	var notFound *vpn.NotFoundError
	if _, err := (Request{Verb: Connect, Name: "Office"}).Resolve(s, now); !errors.As(err, &notFound) {
		t.Error(err)
	}
	var ambiguous *vpn.AmbiguousError
	if _, err := (Request{Verb: Connect, Name: "Lab"}).Resolve(s, now); !errors.As(err, &ambiguous) {
		t.Error(err)
	}
	if _, err := (Request{Verb: Pause, For: "network"}).Resolve(s, now); err == nil || !strings.Contains(err.Error(), "network is unknown") {
		t.Error(err)
	}
}
