package plaintext

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"
)

func TestALineHasNothingThatSteersOrReorders(t *testing.T) {
	for in, want := range map[string]string{
		"Office":                          "Office",
		" Office":                         "Office",
		"Old  Office ":                    "Old Office",
		"  two \t lines\nin\r\none  ":     "two lines in one",
		"no\u00a0break":                   "no break",
		"\u202eevil\u202c":                "evil",
		"\u2067x\u2069":                   "x",
		"bad\xff\xfeutf8":                 "badutf8",
		"\x1b[31mred":                     "[31mred",
		"\u009b31mred":                    "31mred",
		"👩🏽\u200d🔬":                       "👩🏽\u200d🔬",
		"soft\u00adhyphen\ufeff":          "softhyphen",
		"line\u2028separator":             "line separator",
		"می\u200cخواهم":                   "می\u200cخواهم",
		"":                                "",
		"🏴\U000e0067\U000e0062\U000e007f": "🏴\U000e0067\U000e0062\U000e007f",
		"hi\U000e0068\U000e0069dden":      "hidden",
	} {
		if got := Line(in); got != want {
			t.Errorf("Line(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestLinesKeepTheirBreaksAndIndentation(t *testing.T) {
	if got, want := Lines("two:\n  a\x1b[2J  b\u202e\n  c"), "two:\n  a [2J  b\n  c"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestCutLeavesCharactersWhole(t *testing.T) {
	for _, c := range []struct {
		in    string
		limit int
		want  string
	}{{"abc", 3, "abc"}, {"abcd", 3, "abc"}, {"aéb", 2, "a"}, {"é", 1, ""}, {"日本", 3, "日"}} {
		if got := Cut(c.in, c.limit); got != c.want {
			t.Errorf("Cut(%q, %d) = %q, want %q", c.in, c.limit, got, c.want)
		}
	}
}

func TestJSONEscapesWhatATerminalWouldObey(t *testing.T) {
	in := "a\x1b\u009b\u202e\U000e0001<é👩🏽\u200d🔬"
	got, err := JSON(map[string]string{"name": in}, "")
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"name":"a\u001b\u009b\u202e\udb40\udc01<é👩🏽\u200d🔬"}` + "\n"; string(got) != want {
		t.Errorf("got %s, want %s", got, want)
	}
	var back map[string]string
	if err := json.Unmarshal(got, &back); err != nil || back["name"] != in {
		t.Errorf("read back %q, %v", back["name"], err)
	}
}

func FuzzLine(f *testing.F) {
	for _, s := range []string{"Office", "a\u202eb", "\xff", "  x\n", "👩🏽\u200d🔬"} {
		f.Add(s)
	}
	harmful := func(r rune) bool {
		return unicode.IsControl(r) || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r == 0x200e || r == 0x200f
	}
	f.Fuzz(func(t *testing.T, s string) {
		line := Line(s)
		if !utf8.ValidString(line) || line != strings.TrimSpace(line) || strings.Contains(line, "  ") || strings.ContainsFunc(line, harmful) {
			t.Fatalf("%q became %q", s, line)
		}
		if again := Line(line); again != line {
			t.Fatalf("%q became %q and then %q", s, line, again)
		}
		data, err := JSON(s, "")
		var back string
		if err != nil || strings.ContainsFunc(strings.TrimSuffix(string(data), "\n"), func(r rune) bool { return harmful(r) || unicode.Is(unicode.Cf, r) }) || json.Unmarshal(data, &back) != nil || back != strings.ToValidUTF8(s, "\ufffd") && utf8.ValidString(s) {
			t.Fatalf("%q in JSON is %q, %v", s, data, err)
		}
	})
}

func TestDuration(t *testing.T) {
	for in, want := range map[string]time.Duration{
		"250ms":     250 * time.Millisecond,
		"1.5s":      1500 * time.Millisecond,
		"90s":       90 * time.Second,
		"1h30m":     90 * time.Minute,
		"2H":        2 * time.Hour,
		" 2 min ":   2 * time.Minute,
		"2 Minutes": 2 * time.Minute,
		"1 h 30 m":  90 * time.Minute,
		"1d12h":     36 * time.Hour,
		"3 days":    72 * time.Hour,
		"0":         0,
		"0s":        0,
		"-5m":       -5 * time.Minute,
	} {
		if got, err := Duration(in); err != nil || got != want {
			t.Errorf("%q is %v, %v; want %v", in, got, err, want)
		}
	}
	for _, in := range []string{"", "30", "soon", "5 parsecs", "1h30", "h", "1,5h", "--5m", "1e3s", "９m", "99999999999h", "5m later"} {
		if got, err := Duration(in); err == nil {
			t.Errorf("%q is %v, want an error", in, got)
		}
	}
}

func TestANumberWithoutAUnitCountsInTheUnitOfItsPlace(t *testing.T) {
	for _, c := range []struct {
		in   string
		unit time.Duration
		want time.Duration
	}{
		{"30", time.Minute, 30 * time.Minute}, {"30", time.Second, 30 * time.Second}, {"30s", time.Minute, 30 * time.Second},
		{"0", time.Minute, 0}, {"-5", time.Minute, -5 * time.Minute}, {" 1 0 ", time.Second, 10 * time.Second},
	} {
		if got, err := DurationIn(c.in, c.unit); err != nil || got != c.want {
			t.Errorf("%q in %v is %v, %v; want %v", c.in, c.unit, got, err, c.want)
		}
	}
	for _, in := range []string{"", "1.5", "99999999999", "--5", "+5", "0x10", "1e3"} {
		if got, err := DurationIn(in, time.Hour); err == nil {
			t.Errorf("%q is %v, want an error", in, got)
		}
	}
}

func FuzzDuration(f *testing.F) {
	for _, s := range []string{"1h2m3.5s", "2 min", "-3d", "9223372036.854775807s", "1ns", "30", "-0", "4294967296"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := Duration(s)
		if in, inErr := DurationIn(s, time.Minute); err == nil && (inErr != nil || in != d) || inErr == nil && err != nil && in%time.Minute != 0 {
			t.Errorf("%q is %v, %v, but %v, %v where a number is minutes", s, d, err, in, inErr)
		}
		if err == nil {
			if again, err := Duration(d.String()); err != nil || (again-d).Abs() > d.Abs()/1e9+time.Nanosecond {
				t.Errorf("%q is %v, which is %v, %v", s, d, again, err)
			}
		}
		if std, errStd := time.ParseDuration(s); errStd == nil && (err != nil || (std-d).Abs() > d.Abs()/1e9+time.Nanosecond) {
			if !strings.HasPrefix(s, "+") && !strings.Contains(s, ".s") && !strings.Contains(s, ".") {
				t.Errorf("%q is %v, %v; time.ParseDuration says %v", s, d, err, std)
			}
		}
	})
}
