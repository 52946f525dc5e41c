package autoconnect

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"vpnstatus/internal/facts"
	"vpnstatus/internal/plaintext"
)

// ErrOffNetwork means that a request about the current network is refused
// because the network can't be identified.
var ErrOffNetwork = errors.New("the current network is unknown: neither a Wi-Fi name nor a gateway")

// maxUntil keeps a mistyped "30000h" from pausing for years. A pause without
// an end lasts until resumed.
const maxUntil = 366 * 24 * time.Hour

// ParseUntil reads the end of a hold or pause as users write it: a length of
// time (see plaintext.Duration; a bare number is minutes), a time of day such as
// 08:00, "tomorrow", "network", or "resume", "forever" or nothing for an end that
// only the user sets. "until" may come first. now's location is that of times of
// day and in which tomorrow begins, f the facts that tell the current network.
// The error is ErrOffNetwork or says what is wrong with the text.
func ParseUntil(text string, now time.Time, f facts.Facts) (Until, error) {
	word := strings.ToLower(strings.TrimSpace(text))
	if end, ok := strings.CutPrefix(word, "until "); ok {
		word = strings.TrimSpace(end)
	}
	switch word {
	case "", "resume", "forever":
		return Forever, nil
	case "tomorrow": // the next calendar day, after midnight too
		return Until{Time: time.Date(now.Year(), now.Month(), now.Day()+1, 6, 0, 0, 0, now.Location())}, nil
	case "network":
		u, ok := UntilNetworkChanges(f)
		if !ok {
			return Until{}, ErrOffNetwork
		}
		return u, nil
	}
	if minute, ok := parseClock(word); ok {
		return Until{Time: nextClock(minute, now)}, nil
	}
	d, err := plaintext.DurationIn(word, time.Minute)
	switch {
	case err != nil:
		return Until{}, fmt.Errorf("%w, a time of day such as 08:00, tomorrow, network or resume", err)
	case d <= 0:
		return Until{}, fmt.Errorf("%q is not in the future", text)
	case d > maxUntil:
		return Until{}, fmt.Errorf("%q is longer than a year; leave it out to wait until you resume", text)
	}
	return Until{Time: now.Add(d).Round(0)}, nil
}

// nextClock returns the next time that the clock in now's location shows a minute
// of the day.
func nextClock(minute int, now time.Time) time.Time {
	at := func(days int) time.Time {
		return time.Date(now.Year(), now.Month(), now.Day()+days, 0, minute, 0, 0, now.Location())
	}
	for days := range 2 {
		if t := at(days); t.After(now) {
			return t
		}
	}
	return at(2) // now is in an hour that the clock shows twice
}

// UntilNetworkChanges ends when the machine has joined another network. ok is
// false while offline or on a network that can't be identified.
func UntilNetworkChanges(f facts.Facts) (u Until, ok bool) {
	n := f.Network()
	return Until{Network: n}, !n.IsZero()
}

// Over reports whether the end has come. Being offline does not count as
// another network, and losing a fact about the network does not either. The
// zero Until is over.
func (u Until) Over(f facts.Facts, now time.Time) bool {
	switch {
	case u.IsZero():
		return true
	case !u.Time.IsZero() && !now.Before(u.Time):
		return true
	case !u.Network.IsZero():
		here := f.Network()
		return !here.IsZero() && !here.Same(u.Network)
	}
	return false
}

// endOfTime is the last moment that JSON can carry.
var endOfTime = time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)

// sane limits a deadline to the range that can be stored.
func (u Until) sane() Until {
	if u.Time.After(endOfTime) {
		u.Time = endOfTime
	}
	u.Time = u.Time.Round(0) // a deadline is of the wall clock: sleep counts
	return u
}
