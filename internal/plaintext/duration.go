package plaintext

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// part is a number and its unit.
var part = regexp.MustCompile(`^(\d+(?:\.\d+)?|\.\d+)([a-zµμ]+)`)

var units = map[string]time.Duration{
	"ns": time.Nanosecond, "us": time.Microsecond, "µs": time.Microsecond, "μs": time.Microsecond, "ms": time.Millisecond,
	"s": time.Second, "sec": time.Second, "secs": time.Second, "second": time.Second, "seconds": time.Second,
	"m": time.Minute, "min": time.Minute, "mins": time.Minute, "minute": time.Minute, "minutes": time.Minute,
	"h": time.Hour, "hour": time.Hour, "hours": time.Hour,
	"d": 24 * time.Hour, "day": 24 * time.Hour, "days": 24 * time.Hour,
}

// Duration reads a length of time as users write it: what time.ParseDuration
// reads, days, and units in words: "90s", "1h30m", "1.5 h", "3d", "2 minutes".
// Letter case and spaces don't matter. A number without a unit is an error,
// except 0. A sign is accepted, so that callers can refuse it with their own
// error.
func Duration(s string) (time.Duration, error) { return DurationIn(s, 0) }

// DurationIn is Duration that counts a number without a unit in the given one; in
// none if that is 0.
func DurationIn(s string, unit time.Duration) (time.Duration, error) {
	wrong := fmt.Errorf("%.60q is not a length of time such as 90s, 30m, 1h30m, 2d", s)
	rest := strings.ToLower(strings.Join(strings.Fields(s), ""))
	sign := 1.0
	if after, ok := strings.CutPrefix(rest, "-"); ok {
		sign, rest = -1, after
	}
	if rest == "0" {
		return 0, nil
	}
	if rest == "" {
		return 0, wrong
	}
	if n, err := strconv.ParseUint(rest, 10, 32); err == nil && unit > 0 && n <= uint64(math.MaxInt64/unit) {
		return time.Duration(sign) * time.Duration(n) * unit, nil
	}
	total := 0.0
	for rest != "" {
		m := part.FindStringSubmatch(rest)
		if m == nil {
			return 0, wrong
		}
		n, err := strconv.ParseFloat(m[1], 64)
		unit, known := units[m[2]]
		if err != nil || !known {
			return 0, wrong
		}
		total += n * float64(unit)
		rest = rest[len(m[0]):]
	}
	if total >= math.MaxInt64 {
		return 0, wrong
	}
	return time.Duration(math.Round(sign * total)), nil
}
