package menubar

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/clipperhouse/displaywidth"
	"github.com/clipperhouse/uax29/v2/graphemes"
	"golang.org/x/text/unicode/bidi"
)

// nameColumns is the longest name shown, in columns of a terminal. A macOS menu
// that is wider than this covers half of a small screen.
const nameColumns = 36

// lineColumns is the longest line of text shown.
const lineColumns = 64

const (
	firstStrongIsolate = "\u2068"
	popIsolate         = "\u2069"
)

// Width returns the columns that a text takes in a terminal.
func Width(s string) int { return displaywidth.String(s) }

// Middle shortens a text to a number of columns by replacing its middle: the
// beginning and the end distinguish names. It never cuts a grapheme.
func Middle(s string, columns int) string {
	if Width(s) <= columns {
		return s
	}
	switch {
	case columns <= 0:
		return ""
	case columns == 1:
		return "…"
	}
	var parts []string
	for g := graphemes.FromString(s); g.Next(); {
		parts = append(parts, g.Value())
	}
	left := columns / 2
	i, used := 0, 1 // the ellipsis
	for ; i < len(parts) && used-1+Width(parts[i]) <= left; i++ {
		used += Width(parts[i])
	}
	j := len(parts)
	for ; j > i && used+Width(parts[j-1]) <= columns; j-- {
		used += Width(parts[j-1])
	}
	return strings.TrimRight(strings.Join(parts[:i], ""), " ") + "…" + strings.TrimLeft(strings.Join(parts[j:], ""), " ")
}

// isolate keeps a right-to-left name from reordering the words around it.
func isolate(s string) string {
	for _, r := range s {
		p, _ := bidi.LookupRune(r)
		if c := p.Class(); c == bidi.R || c == bidi.AL {
			return firstStrongIsolate + s + popIsolate
		}
	}
	return s
}

// UpperFirst capitalizes the first letter.
func UpperFirst(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	if n == 0 {
		return s
	}
	return string(unicode.ToUpper(r)) + s[n:]
}

// Elapsed writes how long something has lasted: 0:05, 12:45, 1:02:33, 2 d 3:04.
func Elapsed(d time.Duration) string {
	s := max(int64(d/time.Second), 0)
	days, hours, minutes, seconds := s/86400, s/3600%24, s/60%60, s%60
	switch {
	case days > 0:
		return fmt.Sprintf("%d d %d:%02d", days, hours, minutes)
	case hours > 0:
		return fmt.Sprintf("%d:%02d:%02d", hours, minutes, seconds)
	}
	return fmt.Sprintf("%d:%02d", minutes, seconds)
}

// elapsedChanges returns when Elapsed(now-since) gives another text.
func elapsedChanges(since, now time.Time) time.Time {
	d := now.Sub(since)
	step := time.Second
	if d >= 24*time.Hour {
		step = time.Minute
	}
	if d < 0 {
		return since.Add(step)
	}
	return since.Add(d.Truncate(step) + step)
}

// Remaining writes how long something still lasts, as Elapsed; it reaches 0:00
// only when nothing is left.
func Remaining(d time.Duration) string {
	step := time.Second
	if d > 24*time.Hour {
		step = time.Minute
	}
	return Elapsed((max(d, 0) + step - 1).Truncate(step))
}

// remainingChanges returns when Remaining(until-now) gives another text; zero
// when nothing is left.
func remainingChanges(until, now time.Time) time.Time {
	d := until.Sub(now)
	if d <= 0 {
		return time.Time{}
	}
	step := time.Second
	if d > 24*time.Hour {
		step = time.Minute
	}
	left := (d + step - 1).Truncate(step) // the remaining time as written now
	return until.Add(step - left)
}

// Bytes writes a size in decimal units with up to three digits, as macOS does:
// 0 bytes, 812 bytes, 340 kB, 1.2 MB.
func Bytes(n uint64) string {
	if n == 1 {
		return "1 byte"
	}
	if n < 1000 {
		return strconv.FormatUint(n, 10) + " bytes"
	}
	v := float64(n)
	for _, unit := range []string{"kB", "MB", "GB", "TB", "PB", "EB"} {
		v /= 1000
		digits := 0
		if unit != "kB" && v < 99.95 {
			digits = 1
		}
		// 999.6 kB is written 1.0 MB, not 1000 kB.
		if math.Round(v) < 1000 || unit == "EB" {
			return strconv.FormatFloat(v, 'f', digits, 64) + " " + unit
		}
	}
	panic("unreachable")
}
