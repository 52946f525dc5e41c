package autoconnect

import (
	"strings"
	"time"
)

// words are the texts of the reasons. %C stands for the cause with a colon in
// front, %R for the rule, %O for the other service, %U for the end of the hold
// or pause; each disappears if it is empty.
var words = map[Key]string{
	KeyManual: "Auto Connect is off",

	KeySatisfied:            "Connected",
	KeySatisfiedReasserting: "Connected; the network changed and the connection is being re-established",
	KeySatisfiedNoAnswer:    "Connected, but its test address does not answer",
	KeySatisfiedNoTraffic:   "Connected, but nothing comes back through the tunnel",

	KeySettlingNetwork: "Waiting for the network to settle",
	KeySettlingWake:    "Waiting for the network after waking",
	KeySettlingLogin:   "Waiting for the network after login",

	KeyConnecting:       "Connecting",
	KeyConnectingRetry:  "Connecting again%C",
	KeyConnectingServer: "Connecting again: the server answers",
	KeyConnectingUser:   "Connecting at your request",
	KeyConnectingRule:   "Connecting because of the rule%R",
	KeyConnectingOther:  "Connecting; started outside VPNStatus",

	KeyBackoffDropped: "The connection dropped%C",
	KeyBackoffFailed:  "It did not connect%C",
	KeyBackoffServer:  "Waiting for the server to answer",

	KeyRecyclingStuck:       "Stopping: connecting took too long",
	KeyRecyclingReasserting: "Restarting: the connection was not re-established in time",
	KeyRecyclingDead:        "Restarting: connected, but its test address does not answer",
	KeyRecyclingNoTraffic:   "Restarting: connected, but nothing comes back through the tunnel",

	KeyWaitingStatus:       "Its status is not known yet",
	KeyWaitingOffline:      "No network",
	KeyWaitingAsleep:       "The Mac is asleep",
	KeyWaitingSession:      "Another user is using the screen",
	KeyWaitingRule:         "Left off by the rule%R",
	KeyWaitingGroup:        "Only one VPN of its group at a time%O",
	KeyWaitingGroupHeld:    "You disconnected another VPN of its group%O",
	KeyWaitingOnDemand:     "On Demand is enabled: the system keeps it connected",
	KeyWaitingOnDemandRule: "Disconnected by an On Demand rule; waiting for another network",
	KeyWaitingSuperseded:   "Another VPN took its place",
	KeyWaitingStopping:     "Disconnecting",

	KeyHeldUser:        "Held: you disconnected it%U",
	KeyHeldForeign:     "Held: it was disconnected outside VPNStatus%U",
	KeyHeldUnexplained: "Held: it went down as if disconnected outside VPNStatus%U, you connect or resume",
	KeyHeldAsked:       "Held: you put it on hold%U",

	KeyPaused: "Auto Connect is paused%U",

	KeyNeedsAuth:              "Action needed: the user name or password was rejected",
	KeyNeedsPrompt:            "Action needed: it asks for a password",
	KeyNeedsCertificate:       "Action needed%C",
	KeyNeedsServerCertificate: "Action needed%C",
	KeyNeedsConfiguration:     "Action needed%C",
	KeyNeedsSecret:            "Action needed: the shared secret is missing",
	KeyNeedsPlugin:            "Action needed: its app is disabled or not installed",
	KeyNeedsApp:               "Action needed: it must be started from its own app",
	KeyNeedsDisabled:          "Action needed: it is disabled in the VPN settings",
	KeyNeedsRemoved:           "Action needed: its configuration was not found",
	KeyNeedsSystem:            "Action needed%C",

	KeySlowFailures:    "Retrying less often after repeated failures%C",
	KeySlowNegotiation: "Retrying less often%C",
	KeySlowPlugin:      "Retrying less often%C",

	KeyStopUser:     "You disconnected it",
	KeyStopOnDemand: "You disconnected it; On Demand is enabled, so the system may bring it back",
	KeyStopRule:     "Disconnected by the rule%R",
	KeyStopGroup:    "Only one VPN of its group at a time%O",
}

// bare are the texts used if there is no cause for %C.
var bare = map[Key]string{
	KeyNeedsCertificate:       "Action needed: its certificate is not valid",
	KeyNeedsServerCertificate: "Action needed: the server's certificate is not valid",
	KeyNeedsConfiguration:     "Action needed: its configuration is wrong",
	KeyNeedsSystem:            "Action needed: the system can't start it",
	KeySlowNegotiation:        "Retrying less often: the negotiation with the server failed",
	KeySlowPlugin:             "Retrying less often: the VPN app's extension failed",
}

// Keys returns every key that has words, in no particular order.
func Keys() []Key {
	keys := make([]Key, 0, len(words))
	for k := range words {
		keys = append(keys, k)
	}
	return keys
}

// Words returns the reason as text, such as "Held: you disconnected it, until
// you connect or resume". Times are in loc.
func (r Reason) Words(now time.Time, loc *time.Location) string {
	text, ok := words[r.Key]
	cause := r.Cause.String()
	switch {
	case !ok:
		text = string(r.Key) // of a later version
	case r.Key == KeyManual && cause != "":
		text = "It went down%C"
	case cause == "" && bare[r.Key] != "":
		text = bare[r.Key]
	}
	put := func(verb, before, value, after string) {
		if value != "" {
			value = before + value + after
		}
		text = strings.Replace(text, verb, value, 1)
	}
	put("%U", ", ", r.Until.Words(now, loc), "")
	put("%C", ": ", cause, "")
	put("%R", " “", r.Rule, "”")
	put("%O", ": “", r.Other, "”")
	return text
}

// Words returns the end as text, such as "until 15:04"; empty for the zero
// Until. Times are in loc.
func (u Until) Words(now time.Time, loc *time.Location) string {
	var ends []string
	if u.Forever || !u.Time.IsZero() && u.Time.Year() > now.Year()+100 {
		ends = append(ends, "until you connect or resume")
	} else if !u.Time.IsZero() {
		ends = append(ends, "until "+momentWords(u.Time.In(loc), now.In(loc)))
	}
	if !u.Network.IsZero() {
		ends = append(ends, "until the network changes")
	}
	return strings.Join(ends, " or ")
}

func momentWords(t, now time.Time) string {
	day := func(t time.Time) int {
		return int(time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC).Unix() / 86400)
	}
	switch ahead := day(t) - day(now); {
	case ahead == 0:
		return t.Format("15:04")
	case ahead == 1:
		return "tomorrow " + t.Format("15:04")
	case ahead > 1 && ahead < 7:
		return t.Format("Monday 15:04")
	}
	return t.Format("2 January 2006 15:04")
}
