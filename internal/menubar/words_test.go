package menubar

import (
	"testing"
	"time"
	"unicode/utf8"

	"vpnstatus/internal/plaintext"

	"pgregory.net/rapid"
)

func TestElapsed(t *testing.T) {
	for d, want := range map[time.Duration]string{
		-time.Second:                    "0:00",
		0:                               "0:00",
		5*time.Second + 999*1e6:         "0:05",
		12*time.Minute + 45*time.Second: "12:45",
		time.Hour + 2*time.Minute + 33*time.Second: "1:02:33",
		51*time.Hour + 4*time.Minute:               "2 d 3:04",
	} {
		if got := Elapsed(d); got != want {
			t.Errorf("Elapsed(%v) = %q, want %q", d, got, want)
		}
	}
}

func TestRemainingIsZeroOnlyWhenNothingIsLeft(t *testing.T) {
	for d, want := range map[time.Duration]string{
		-time.Second:               "0:00",
		0:                          "0:00",
		time.Millisecond:           "0:01",
		23*time.Minute + 10*1e9:    "23:10",
		24 * time.Hour:             "1 d 0:00",
		24*time.Hour - 1:           "1 d 0:00",
		24*time.Hour + time.Second: "1 d 0:01",
	} {
		if got := Remaining(d); got != want {
			t.Errorf("Remaining(%v) = %q, want %q", d, got, want)
		}
	}
}

func TestTextsChangeExactlyWhenTheyAreSaidTo(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		now := time.Unix(1_800_000_000, 0).UTC()
		d := time.Duration(rapid.Int64Range(-int64(time.Hour), int64(80*time.Hour)).Draw(t, "d"))
		up := func(n time.Time) string { return Elapsed(n.Sub(now.Add(-d))) }
		down := func(n time.Time) string { return Remaining(now.Add(d).Sub(n)) }
		for name, c := range map[string]struct {
			text    func(time.Time) string
			changes time.Time
		}{
			"elapsed":   {up, elapsedChanges(now.Add(-d), now)},
			"remaining": {down, remainingChanges(now.Add(d), now)},
		} {
			if c.changes.IsZero() {
				if c.text(now) != "0:00" {
					t.Fatalf("%s: %q never changes", name, c.text(now))
				}
				continue
			}
			if !c.changes.After(now) || c.changes.Sub(now) > time.Hour+time.Second {
				t.Fatalf("%s: changes %v from now", name, c.changes.Sub(now))
			}
			if a, b := c.text(now), c.text(c.changes.Add(-1)); a != b {
				t.Fatalf("%s: %q became %q before %v", name, a, b, c.changes.Sub(now))
			}
			if a, b := c.text(now), c.text(c.changes); a == b {
				t.Fatalf("%s: still %q after %v", name, a, c.changes.Sub(now))
			}
		}
	})
}

func TestBytesAreDecimal(t *testing.T) {
	for n, want := range map[uint64]string{
		0: "0 bytes", 1: "1 byte", 999: "999 bytes", 1000: "1 kB", 340_210: "340 kB", 999_400: "999 kB", 999_600: "1.0 MB",
		1_234_567: "1.2 MB", 99_960_000: "100 MB", 123_456_789: "123 MB", 1_000_000_000: "1.0 GB", 1<<64 - 1: "18.4 EB",
	} {
		if got := Bytes(n); got != want {
			t.Errorf("Bytes(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestMiddleNeverExceedsItsColumns(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := plaintext.Line(rapid.String().Draw(t, "s"))
		columns := rapid.IntRange(-3, 40).Draw(t, "columns")
		got := Middle(s, columns)
		if Width(got) > max(columns, 0) {
			t.Fatalf("Middle(%q, %d) = %q has %d columns", s, columns, got, Width(got))
		}
		if !utf8.ValidString(got) {
			t.Fatalf("Middle(%q, %d) = %q", s, columns, got)
		}
	})
}

func TestMiddleKeepsBeginningAndEnd(t *testing.T) {
	for _, c := range []struct {
		in      string
		columns int
		want    string
	}{
		{"Office", 6, "Office"},
		{"Amsterdam Production", 11, "Amste…ction"},
		{"Amsterdam Production", 1, "…"},
		{"Amsterdam Production", 0, ""},
		{"日本語の名前です", 7, "日…です"},
		{"👩🏽‍🔬👩🏽‍🔬👩🏽‍🔬", 5, "👩🏽‍🔬…👩🏽‍🔬"},
	} {
		if got := Middle(c.in, c.columns); got != c.want {
			t.Errorf("Middle(%q, %d) = %q, want %q", c.in, c.columns, got, c.want)
		}
	}
}

func TestResolveCountsFromTheClick(t *testing.T) {
	click := time.Date(2026, 3, 28, 23, 30, 0, 0, time.UTC)
	berlin := time.FixedZone("", 3600)
	for _, s := range spans {
		if got := (Action{For: s.id}).Resolve(click, berlin).Until.Time; !got.Equal(click.Add(s.d)) {
			t.Errorf("%s ends at %v", s.title, got)
		}
	}
	// It is half past midnight in Berlin: tomorrow is the day after.
	if got := (Action{For: "tomorrow"}).Resolve(click, berlin).Until.Time; !got.Equal(time.Date(2026, 3, 30, 6, 0, 0, 0, berlin)) {
		t.Errorf("tomorrow is %v", got)
	}
	if got := (Action{App: AppQuit}).Resolve(click, berlin); got.Verb != "" {
		t.Errorf("quitting sends %+v", got)
	}
}
