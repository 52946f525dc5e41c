package cocoa

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
)

func TestParseMethod(t *testing.T) {
	for _, c := range []struct {
		in, class, selector string
		classMethod, ok     bool
	}{
		{"-[NEConfiguration VPN]", "NEConfiguration", "VPN", false, true},
		{"+[NSString stringWithUTF8String:]", "NSString", "stringWithUTF8String:", true, true},
		{"-[A b:c:]", "A", "b:c:", false, true},
		{"NEConfiguration VPN", "", "", false, false},
		{"-[NEConfiguration]", "", "", false, false},
		{"-[NEConfiguration VPN", "", "", false, false},
		{"-[ VPN]", "", "", false, false},
		{"", "", "", false, false},
	} {
		class, selector, classMethod, ok := parseMethod(c.in)
		if class != c.class && ok || selector != c.selector && ok || classMethod != c.classMethod || ok != c.ok {
			t.Errorf("parseMethod(%q) = %q, %q, %t, %t", c.in, class, selector, classMethod, ok)
		}
	}
}

func TestPartsAreListedOnceInOrder(t *testing.T) {
	Require(Symbol, "Test", "b", "a", "b")
	Prefer(Method, "Test", "-[A b]")
	var got []string
	for _, p := range Parts() {
		if p.For == "Test" {
			got = append(got, p.String())
		}
	}
	if want := "method -[A b], symbol a, symbol b"; strings.Join(got, ", ") != want {
		t.Errorf("parts = %v, want %s", got, want)
	}
	if n := len(Presences()); n < 3 {
		t.Errorf("%d presences", n)
	}
}

func TestMissingPartsOfAFeatureAreToldInWords(t *testing.T) {
	const feature = "Test of what is missing"
	Require(Symbol, feature, "vpnstatus_no_d", "vpnstatus_no_b", "vpnstatus_no_a", "vpnstatus_no_c")
	Require(Class, feature, "VPNStatusNo")
	Prefer(Symbol, feature, "vpnstatus_no_e")
	Require(Symbol, feature+" of others", "vpnstatus_no_f")
	for _, c := range []struct {
		list []Part
		want string
	}{
		{Missing(feature), "the class VPNStatusNo, the symbol vpnstatus_no_a, the symbol vpnstatus_no_b and 2 more"},
		{Missing(feature)[:1], "the class VPNStatusNo"},
		{Missing("nothing needs this"), ""},
	} {
		if got := Words(c.list); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

func TestErrorsNameWhatTheyAreAbout(t *testing.T) {
	for _, c := range []struct {
		err  error
		want string
	}{
		{&MissingError{Class, "NEConfigurationManager"}, "this system lacks the class NEConfigurationManager"},
		{&Error{Domain: "D", Code: 7}, "D error 7"},
		{&Error{Domain: "D", Code: 7, Message: "No way"}, "No way (D error 7)"},
	} {
		if c.err.Error() != c.want {
			t.Errorf("%q, want %q", c.err, c.want)
		}
	}
}

func TestGuardEndsAPanicAndLogsIt(t *testing.T) {
	var log bytes.Buffer
	old := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&log, nil)))
	defer slog.SetDefault(old)
	func() {
		defer Guard("status callback")
		panic("boom")
	}()
	if s := log.String(); !strings.Contains(s, "boom") || !strings.Contains(s, "status callback") {
		t.Errorf("log = %q", s)
	}
}
