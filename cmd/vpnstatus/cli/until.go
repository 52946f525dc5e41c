package cli

import (
	"strings"
	"time"

	"vpnstatus/internal/autoconnect"
	"vpnstatus/internal/menubar"
)

// maxFor keeps a mistyped "30000h" from pausing for years; whoever wants that
// leaves the argument out.
const maxFor = 366 * 24 * time.Hour

const untilHelp = `FOR is a length of time (30m, 2h, 1h30m), "tomorrow" (until tomorrow
morning), "network" (until the network changes), or "resume" (until you resume,
which is also what it means to leave it out).`

// parseUntil reads the FOR argument of pause, hold and disconnect. network is
// the key of the present network, empty when none is known.
func parseUntil(words string, now time.Time, loc *time.Location, network string) (autoconnect.Until, error) {
	switch word := strings.ToLower(strings.TrimSpace(words)); word {
	case "", "resume", "forever":
		return autoconnect.Forever, nil
	case "tomorrow":
		return autoconnect.Until{Time: menubar.Tomorrow(now, loc)}, nil
	case "network":
		if network == "" {
			return autoconnect.Until{}, usage(`"network" needs a network, and this machine is not on a known one now`)
		}
		return autoconnect.Until{Network: network}, nil
	default:
		d, err := time.ParseDuration(word)
		switch {
		case err != nil:
			return autoconnect.Until{}, usage("%q is no length of time: write for example 30m, 2h, tomorrow, network or resume", words)
		case d <= 0:
			return autoconnect.Until{}, usage("%q is not in the future", words)
		case d > maxFor:
			return autoconnect.Until{}, usage("%q is longer than a year: leave it out to wait until you resume", words)
		}
		return autoconnect.Until{Time: now.Add(d).Round(0)}, nil
	}
}
