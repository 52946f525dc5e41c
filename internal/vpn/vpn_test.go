package vpn_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"vpnstatus/internal/vpn"
)

func TestStatusWords(t *testing.T) {
	for number, word := range []string{"Invalid", "Disconnected", "Connecting", "Connected", "Reasserting", "Disconnecting"} {
		s := vpn.Status(number)
		if s.String() != word {
			t.Errorf("status %d is %q, want %q", number, s, word)
		}
		back, err := vpn.ParseStatus(strings.ToLower(word))
		if err != nil || back != s {
			t.Errorf("ParseStatus(%q) = %v, %v", word, back, err)
		}
	}
}

func TestStatusOfALaterSystemIsPrintedAndReadAsInvalid(t *testing.T) {
	text, err := json.Marshal(vpn.Status(9))
	if err != nil || string(text) != `"Unknown (9)"` {
		t.Fatalf("status 9 is written as %s, %v", text, err)
	}
	s := vpn.Connected
	if err := json.Unmarshal(text, &s); err != nil || s != vpn.Invalid {
		t.Errorf("it is read back as %v, %v", s, err)
	}
	if err := json.Unmarshal([]byte(`"conected"`), &s); err == nil {
		t.Error("a misspelt status is read without an error")
	}
}

func TestStatusFamilies(t *testing.T) {
	for _, c := range []struct {
		status         vpn.Status
		transition, up bool
	}{
		{vpn.Invalid, false, false},
		{vpn.Disconnected, false, false},
		{vpn.Connecting, true, false},
		{vpn.Connected, false, true},
		{vpn.Reasserting, true, true},
		{vpn.Disconnecting, true, false},
		{vpn.Status(-1), false, false},
	} {
		if c.status.InTransition() != c.transition || c.status.Up() != c.up {
			t.Errorf("%v: in transition %t, up %t", c.status, c.status.InTransition(), c.status.Up())
		}
	}
}

func TestCauseWords(t *testing.T) {
	for _, c := range []struct {
		name  string
		cause vpn.Cause
		want  string
	}{
		{"no cause says nothing", vpn.Cause{}, ""},
		{"code 0 says nothing", vpn.Cause{Family: vpn.FamilyVPN}, ""},
		{"a stop reason has words", vpn.Cause{Family: vpn.FamilyVPN, Code: 20}, "the server did not respond"},
		{"the same code means something else in another family", vpn.Cause{Family: vpn.FamilyIPSec, Code: 20}, "the client certificate is not valid yet"},
		{"the device's cause is more exact than that of PPP", vpn.Cause{Family: vpn.FamilyPPP, Code: 8, Device: 7}, "the IPSec shared secret is missing"},
		{"the device's cause of an earlier end says nothing", vpn.Cause{Family: vpn.FamilyPPP, Code: 19, Device: 7}, "the user name or password was rejected"},
		{"an unknown device cause falls back to that of PPP", vpn.Cause{Family: vpn.FamilyPPP, Code: 8, Device: 99}, "the connection to the server failed"},
		{"an unknown code is named by its number", vpn.Cause{Family: vpn.FamilyVPN, Code: 77}, "VPN error 77"},
		{"the system's own words are appended", vpn.Cause{Family: vpn.FamilyVPN, Code: 18, Message: "no proposal chosen"}, "the negotiation with the server failed (no proposal chosen)"},
		{"the system's own words stand alone without a code", vpn.Cause{Message: "plug-in says no"}, "plug-in says no"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := c.cause.String(); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestEveryDocumentedCodeHasWords(t *testing.T) {
	for family, last := range map[vpn.Family]int{vpn.FamilyVPN: 41, vpn.FamilyIPSec: 24, vpn.FamilyPPP: 24} {
		codes := vpn.Codes(family)
		if len(codes) != last || codes[0] != 1 || codes[last-1] != last {
			t.Errorf("the codes of %s are %d, want 1 to %d", family, codes, last)
		}
		for _, code := range codes {
			c := vpn.Cause{Family: family, Code: code}
			if c.String() == "" {
				t.Errorf("%s %d has no words", family, code)
			}
			d := c.Disposition()
			if needs := d == vpn.NeedsUser || d == vpn.RetryOnce || d == vpn.RetrySlower; needs != (c.Topic() != "") {
				t.Errorf("%s %d: disposition %d with topic %q", family, code, d, c.Topic())
			}
		}
	}
}

func TestDispositions(t *testing.T) {
	for name, c := range map[string]struct {
		cause          vpn.Cause
		want           vpn.Disposition
		needs, planned bool
	}{
		"no cause":                              {vpn.Cause{}, vpn.Retry, false, false},
		"a message alone":                       {vpn.Cause{Message: "plug-in says no"}, vpn.Retry, false, false},
		"a code of a later system":              {vpn.Cause{Family: vpn.FamilyVPN, Code: 4711}, vpn.Retry, false, false},
		"a family of a later system":            {vpn.Cause{Family: "Martian", Code: 1}, vpn.Retry, false, false},
		"no answer":                             {vpn.Cause{Family: vpn.FamilyVPN, Code: vpn.StopNotResponding}, vpn.Retry, false, false},
		"a stop by the user":                    {vpn.Cause{Family: vpn.FamilyVPN, Code: vpn.StopUser}, vpn.Stopped, false, true},
		"a stop by the user, L2TP":              {vpn.Cause{Family: vpn.FamilyPPP, Code: 5}, vpn.Stopped, false, true},
		"rejected credentials":                  {vpn.Cause{Family: vpn.FamilyVPN, Code: vpn.StopAuthFailed}, vpn.RetryOnce, true, false},
		"rejected shared secret":                {vpn.Cause{Family: vpn.FamilyIPSec, Code: 11}, vpn.RetryOnce, true, false},
		"removed configuration":                 {vpn.Cause{Family: vpn.FamilyVPN, Code: vpn.StopConfigurationRemoved}, vpn.NeedsUser, true, false},
		"cancelled password prompt":             {vpn.Cause{Family: vpn.FamilyVPN, Code: vpn.StopAuthCancelled}, vpn.NeedsUser, true, false},
		"PPP's device knows more":               {vpn.Cause{Family: vpn.FamilyPPP, Code: 8, Device: 7}, vpn.NeedsUser, true, false},
		"an old cause of the device is ignored": {vpn.Cause{Family: vpn.FamilyPPP, Code: 19, Device: 5}, vpn.RetryOnce, true, false},
	} {
		if got := c.cause.Disposition(); got != c.want || c.cause.NeedsUser() != c.needs || c.cause.Expected() != c.planned {
			t.Errorf("%s: disposition %d, needs the user %t, expected %t; want %+v", name, got, c.cause.NeedsUser(), c.cause.Expected(), c)
		}
	}
}

func TestNamedCauses(t *testing.T) {
	for _, name := range vpn.CauseNames() {
		c, ok := vpn.NamedCause(name, vpn.FamilyVPN)
		if !ok || !c.Known() || c.String() == "" {
			t.Errorf("%s is %+v, %t", name, c, ok)
		}
		for _, family := range []vpn.Family{vpn.FamilyIPSec, vpn.FamilyPPP} {
			if c, ok := vpn.NamedCause(name, family); !ok || c.Code != 0 && !slices.Contains(vpn.Codes(family), c.Code) {
				t.Errorf("%s of %s is %+v, %t", name, family, c, ok)
			}
		}
	}
	if c, ok := vpn.NamedCause("", vpn.FamilyVPN); ok || c.Known() {
		t.Errorf("no name is %+v", c)
	}
}

func TestNamesToShow(t *testing.T) {
	id := uuid.MustParse("4b1d6a52-6d0c-4b8e-9a54-0d7b6f8d1e01")
	for name, want := range map[string]string{"Office": "Office", "": "Unnamed VPN (4b1d6a52)", " \t": "Unnamed VPN (4b1d6a52)"} {
		if got := (vpn.Configuration{ID: id, Name: name}).DisplayName(); got != want {
			t.Errorf("%q shows as %q, want %q", name, got, want)
		}
	}
}

func TestOptionsNeverShowASecret(t *testing.T) {
	o := vpn.Options{Username: "ann", Password: "hunter2", SharedSecret: "sesame"}
	in := struct{ Options vpn.Options }{o}
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "o", o, "in", in)
	for _, text := range []string{o.String(), fmt.Sprint(o, &o, in), fmt.Sprintf("%+v %+v %q", o, in, o), fmt.Sprintf("%#v", o), fmt.Sprintf("%#v", in), log.String()} {
		if strings.Contains(text, "hunter2") || strings.Contains(text, "sesame") {
			t.Errorf("a secret is shown: %s", text)
		}
	}
}

func TestFind(t *testing.T) {
	id := func(n byte) vpn.ID { return uuid.UUID{15: n} }
	names := []string{"Office", "office", "Home", "Home 2", "Lab", "Lab", "ÉCOLE", "", "Gießerei Süd"}
	find := func(q string) (int, error) {
		return vpn.Find(q, len(names), func(i int) (vpn.ID, string) { return id(byte(i)), names[i] })
	}
	for _, c := range []struct {
		name, query string
		want        int
		fits        int // of an ambiguous one
	}{
		{"by ID", id(5).String(), 5, 0},
		{"by ID in upper case", strings.ToUpper(id(4).String()), 4, 0},
		{"an exact name beats other letter case", "office", 1, 0},
		{"an exact name beats a longer one", "Home", 2, 0},
		{"other letter case will do when unique", "HOME 2", 3, 0},
		{"letter case of any language", "école", 6, 0},
		{"a unique beginning will do", "éc", 6, 0},
		{"a sharp s in capitals", "GIESSEREI SÜD", 8, 0},
		{"a beginning that cuts a sharp s", "gies", 8, 0},
		{"a beginning of two names is ambiguous", "Ho", -1, 2},
		{"equal names are ambiguous", "Lab", -1, 2},
		{"two names that differ in case only are ambiguous in a third case", "OFFICE", -1, 2},
		{"an unknown name is not found", "Paris", -1, 0},
		{"an unknown ID is not found", id(99).String(), -1, 0},
		{"an empty query fits only an empty name", "", 7, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := find(c.query)
			if got != c.want {
				t.Fatalf("found %d, %v; want %d", got, err, c.want)
			}
			var ambiguous *vpn.AmbiguousError
			var missing *vpn.NotFoundError
			switch {
			case c.fits > 0:
				if !errors.As(err, &ambiguous) || len(ambiguous.IDs) != c.fits {
					t.Errorf("error %v, want %d fitting", err, c.fits)
				}
			case c.want < 0:
				if !errors.As(err, &missing) {
					t.Errorf("error %v, want not found", err)
				}
			case err != nil:
				t.Error(err)
			}
		})
	}
}
