package vpn_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"
	"golang.org/x/text/cases"

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
	for family, last := range map[vpn.Family]int{vpn.FamilyVPN: 41, vpn.FamilyIPSec: 24, vpn.FamilyPPP: 24, vpn.FamilyConnection: 19} {
		for code := 1; code <= last; code++ {
			if vpn.CauseWords(family)[code] == "" {
				t.Errorf("%s %d has no words", family, code)
			}
		}
	}
}

func TestOptionsNeverShowASecret(t *testing.T) {
	o := vpn.Options{Username: "ann", Password: "hunter2", SharedSecret: "sesame"}
	for _, text := range []string{o.String(), fmt.Sprint(o), fmt.Sprintf("%v", &o)} {
		if strings.Contains(text, "hunter2") || strings.Contains(text, "sesame") {
			t.Errorf("a secret is shown: %s", text)
		}
	}
}

func TestFoldTreatsLettersAsUnicodesFullFoldingDoes(t *testing.T) {
	full := cases.Fold()
	folded := make(map[string]rune)   // by what cases.Fold makes of the letter
	original := make(map[string]rune) // by what Fold makes of it
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if unicode.Is(unicode.Cherokee, r) {
			continue // package cases does not fold its small letters, Unicode does
		}
		want, got := full.String(string(r)), vpn.Fold(string(r))
		if utf8.RuneCountInString(want) > 1 && want != "ss" {
			continue // ligatures and the like, which are left out
		}
		if first, ok := folded[want]; ok && vpn.Fold(string(first)) != got {
			t.Errorf("%q and %q are one letter, but become %q and %q", first, r, vpn.Fold(string(first)), got)
		}
		if first, ok := original[got]; ok && full.String(string(first)) != want {
			t.Errorf("%q and %q are two letters, but both become %q", first, r, got)
		}
		folded[want], original[got] = r, r
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
