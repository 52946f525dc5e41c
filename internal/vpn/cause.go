package vpn

import (
	"fmt"
	"slices"
)

// Family is the table that a cause's code belongs to.
type Family string

// The families of causes (docs/internals.md, section 2).
const (
	FamilyNone  Family = ""
	FamilyVPN   Family = "VPN"   // stop reasons of IKEv2 and third-party services
	FamilyIPSec Family = "IPSec" // Cisco IPSec
	FamilyPPP   Family = "PPP"   // L2TP: exit codes of pppd
)

// Cause is why a service last went down, as the system reported it. The zero
// value means that no cause is known.
type Cause struct {
	Family  Family `json:"family,omitempty"`
	Code    int    `json:"code,omitempty"`
	Device  int    `json:"device,omitempty"`  // PPP only: cause given by the device below, here L2TP
	Message string `json:"message,omitempty"` // the system's own words, when it has any
}

// Disposition is how to react to a cause.
type Disposition int

// The dispositions. The attempts that are not ruled out follow the back-off.
const (
	Retry             Disposition = iota // start again; also for an unknown cause and a code of a later system
	RetryExpected                        // start again; the end was to be expected
	RetrySlower                          // start again; less often if it happens several times in a row
	RetryOnce                            // start again once; a second time in a row the user is needed
	NeedsUser                            // another attempt fails until the user does something
	Stopped                              // the user or an app stopped it
	AwaitNetwork                         // wait for a network
	AwaitWake                            // wait until the machine wakes
	AwaitSession                         // wait until the user has the screen again
	AwaitOthers                          // wait until no other service is up
	AwaitOtherNetwork                    // wait for another network
)

// Topic is what the user, or the server, must do something about.
type Topic string

// The topics of NeedsUser, RetryOnce and RetrySlower.
const (
	TopicCredentials       Topic = "auth"
	TopicPrompt            Topic = "prompt"
	TopicCertificate       Topic = "certificate"
	TopicServerCertificate Topic = "server-certificate"
	TopicConfiguration     Topic = "configuration"
	TopicSecret            Topic = "secret"
	TopicPlugin            Topic = "plugin" // its app's extension
	TopicApp               Topic = "app"
	TopicDisabled          Topic = "disabled"
	TopicRemoved           Topic = "removed"
	TopicSystem            Topic = "system"
	TopicNegotiation       Topic = "negotiation"
)

// Known reports whether the system named a cause other than "none".
func (c Cause) Known() bool { return c.Family != FamilyNone && c.Code != 0 || c.Message != "" }

// String returns the cause as text, such as "the server did not respond";
// empty when no cause is known. The system's own message is appended where
// there is one.
func (c Cause) String() string {
	words := c.words()
	switch {
	case words == "":
		return c.Message
	case c.Message != "":
		return words + " (" + c.Message + ")"
	}
	return words
}

func (c Cause) words() string {
	if c.Family == FamilyNone || c.Code == 0 {
		return ""
	}
	if r, ok := c.row(); ok {
		return r.words
	}
	return fmt.Sprintf("%s error %d", c.Family, c.Code)
}

// row returns the row of the table, if the code is known.
func (c Cause) row() (causeRow, bool) {
	if c.Family == FamilyPPP && (c.Code == pppConnectFailed || c.Code == PPPDevice) {
		if r, ok := deviceCauses[c.Device]; ok {
			return r, true
		}
	}
	r, ok := causes[c.Family][c.Code]
	return r, ok
}

// Disposition returns what the cause calls for.
func (c Cause) Disposition() Disposition {
	r, _ := c.row()
	return r.disposition
}

// Topic returns what must be fixed; empty if the disposition needs none.
func (c Cause) Topic() Topic {
	r, _ := c.row()
	return r.topic
}

// NeedsUser reports whether a start that failed with this cause fails again
// until the user does something about it.
func (c Cause) NeedsUser() bool {
	d := c.Disposition()
	return d == NeedsUser || d == RetryOnce
}

// Silent reports whether the server did not respond, or its name was not found:
// an attempt may succeed as soon as it is back.
func (c Cause) Silent() bool {
	r, _ := c.row()
	return r.silent
}

// Expected reports whether the end was to be expected: nothing failed.
func (c Cause) Expected() bool {
	switch c.Disposition() {
	case RetryExpected, Stopped, AwaitWake, AwaitSession, AwaitOtherNetwork:
		return true
	}
	return false
}

// Public returns the code of NEVPNConnectionErrorDomain that Apple maps a stop reason to;
// 0 if there is none.
func (c Cause) Public() int {
	r, _ := c.row()
	return r.public
}

// Codes returns the known codes of a family in ascending order.
func Codes(f Family) []int {
	codes := make([]int, 0, len(causes[f]))
	for code := range causes[f] {
		codes = append(codes, code)
	}
	slices.Sort(codes)
	return codes
}

// CauseNames returns the names that NamedCause knows, sorted.
func CauseNames() []string {
	var names []string
	for _, r := range causes[FamilyVPN] {
		if r.name != "" {
			names = append(names, r.name)
		}
	}
	slices.Sort(names)
	return names
}

// NamedCause returns what services of a family report for a cause, such as
// "not-responding". The code is 0 if the family has none for it.
func NamedCause(name string, f Family) (c Cause, ok bool) {
	for code, r := range causes[FamilyVPN] {
		if name == "" || r.name != name {
			continue
		}
		switch f {
		case FamilyIPSec:
			return Cause{Family: f, Code: r.ipsec}, true
		case FamilyPPP:
			return Cause{Family: f, Code: r.ppp, Device: r.device}, true
		}
		return Cause{Family: FamilyVPN, Code: code}, true
	}
	return Cause{}, false
}

// Well-known codes of FamilyVPN.
const (
	StopUser                  = 1
	StopOverslept             = 2
	StopProvider              = 3
	StopNoNetwork             = 4
	StopNetworkChange         = 5
	StopPluginFailed          = 7
	StopAuthCancelled         = 8
	StopSleep                 = 9
	StopConfiguration         = 10
	StopNegotiation           = 18
	StopNotResponding         = 20
	StopServerTerminated      = 21
	StopServerDead            = 22
	StopAuthFailed            = 23
	StopConfigurationDisabled = 31
	StopConfigurationRemoved  = 32
	StopSuperseded            = 33
)

// Codes of FamilyPPP.
const (
	pppConnectFailed = 8
	PPPDevice        = 21 // the device below knows more
)
