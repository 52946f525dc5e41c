package vpn

import "fmt"

// Family tells which table a cause's code belongs to.
type Family string

// The families of causes (docs/internals.md, section 2).
const (
	FamilyNone       Family = ""
	FamilyVPN        Family = "VPN"        // stop reasons of IKEv2 and third-party services
	FamilyIPSec      Family = "IPSec"      // Cisco IPSec
	FamilyPPP        Family = "PPP"        // L2TP: exit codes of pppd
	FamilyConnection Family = "Connection" // the public NEVPNConnectionErrorDomain
)

// Cause is why a service last went down, as the system told it. The zero value
// means that no cause is known.
type Cause struct {
	Family  Family `json:"family,omitempty"`
	Code    int    `json:"code,omitempty"`
	Device  int    `json:"device,omitempty"`  // PPP only: cause given by the device below, here L2TP
	Message string `json:"message,omitempty"` // the system's own words, when it has any
}

// Known reports whether the system named a cause other than "none".
func (c Cause) Known() bool { return c.Family != FamilyNone && c.Code != 0 || c.Message != "" }

// String returns the cause in words for people, such as "the server did not
// respond"; empty when no cause is known. The system's own message is appended
// where there is one.
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
	if c.Family == FamilyPPP && c.Device != 0 {
		if w, ok := deviceWords[c.Device]; ok {
			return w
		}
	}
	if w, ok := causeWords[c.Family][c.Code]; ok {
		return w
	}
	return fmt.Sprintf("%s error %d", c.Family, c.Code)
}

// CauseWords returns the words of every known code of a family. The map is a
// shared table and must not be changed.
func CauseWords(f Family) map[int]string { return causeWords[f] }

// Well-known codes of FamilyVPN that other packages speak of.
const (
	StopNone                  = 0
	StopUser                  = 1
	StopOverslept             = 2
	StopProvider              = 3
	StopNoNetwork             = 4
	StopNetworkChange         = 5
	StopPluginDisabled        = 6 // or its app is not installed
	StopPluginFailed          = 7
	StopAuthCancelled         = 8
	StopSleep                 = 9
	StopConfiguration         = 10
	StopTunnelTimeout         = 12
	StopReassertTimeout       = 13
	StopNegotiation           = 18
	StopIdle                  = 19
	StopNotResponding         = 20
	StopServerTerminated      = 21
	StopServerDead            = 22
	StopAuthFailed            = 23
	StopConfigurationDisabled = 31
	StopConfigurationRemoved  = 32
	StopSuperseded            = 33
	StopConfigurationChanged  = 37
)

var causeWords = map[Family]map[int]string{
	FamilyVPN: {
		1:  "it was stopped by a person or an app",
		2:  "the Mac slept too long",
		3:  "the VPN app ended the connection",
		4:  "no network was available",
		5:  "the network changed and the connection could not follow",
		6:  "the VPN app is disabled or not installed",
		7:  "the VPN app's extension failed",
		8:  "the password prompt was cancelled",
		9:  "the Mac went to sleep",
		10: "the configuration is wrong",
		11: "the password prompt was not answered in time",
		12: "the tunnel did not come up in time",
		13: "the tunnel was not re-established in time",
		14: "it must be started from its own app",
		15: "the configuration has no server address",
		16: "the server address is not valid",
		17: "the server's name was not found",
		18: "the negotiation with the server failed",
		19: "it was idle for too long",
		20: "the server did not respond",
		21: "the server ended the connection",
		22: "the server is going down",
		23: "the user name or password was rejected",
		24: "the client certificate is missing",
		25: "the client certificate is not valid",
		26: "the client certificate is not valid yet",
		27: "the client certificate has expired",
		28: "the server's certificate is not valid",
		29: "the server's certificate is not valid yet",
		30: "the server's certificate has expired",
		31: "the configuration is disabled",
		32: "the configuration was removed",
		33: "another configuration took its place",
		34: "the user logged out",
		35: "another user took over the screen",
		36: "it was restarted with other credentials",
		37: "the configuration was changed",
		38: "the configuration was not found",
		39: "an on-demand rule disconnected it",
		40: "the VPN app is being updated",
		41: "preparing the network took too long",
	},
	FamilyIPSec: {
		1:  "an error without further explanation",
		2:  "the configuration has no server address",
		3:  "the configuration has no shared secret",
		4:  "the configuration has no certificate",
		5:  "the server's name was not found",
		6:  "no network was available",
		7:  "the configuration is wrong",
		8:  "the system's IPSec service could not be reached",
		9:  "the connection failed",
		10: "the negotiation with the server failed",
		11: "the shared secret was rejected",
		12: "the server's certificate is not valid",
		13: "the client certificate is not valid",
		14: "the user name or password was rejected",
		15: "the network changed and the connection could not follow",
		16: "the server ended the connection",
		17: "the server did not respond any more",
		18: "the network's own gateway was not ready",
		19: "it was idle for too long",
		20: "the client certificate is not valid yet",
		21: "the client certificate has expired",
		22: "the server's certificate is not valid yet",
		23: "the server's certificate has expired",
		24: "the server's certificate names another server",
	},
	FamilyPPP: {
		1:  "a fatal error",
		2:  "an option in the configuration is wrong",
		3:  "the PPP service lacks the rights it needs",
		4:  "the system lacks PPP support",
		5:  "it was stopped by a person or an app",
		6:  "the device is locked by another connection",
		7:  "the device could not be opened",
		8:  "the connection to the server failed",
		9:  "the helper command failed",
		10: "the negotiation with the server failed",
		11: "the server could not be authenticated",
		12: "it was idle for too long",
		13: "the time limit of the connection was reached",
		14: "the server wants to call back",
		15: "the server did not respond any more",
		16: "the server ended the connection",
		17: "the connection loops back to this Mac",
		18: "the device could not be prepared",
		19: "the user name or password was rejected",
		20: "the terminal script failed",
		21: "the device below reported an error",
		22: "the server is not authorised",
		23: "the Common Name ID authentication failed",
		24: "the server could not be reached",
	},
	FamilyConnection: {
		1:  "the Mac slept too long",
		2:  "no network was available",
		3:  "the network changed and the connection could not follow",
		4:  "the configuration is wrong",
		5:  "the server's name was not found",
		6:  "the server did not respond",
		7:  "the server did not respond any more",
		8:  "the user name or password was rejected",
		9:  "the client certificate is not valid",
		10: "the client certificate is not valid yet",
		11: "the client certificate has expired",
		12: "the VPN app's extension failed",
		13: "the configuration was not found",
		14: "the VPN app is disabled or not installed",
		15: "the negotiation with the server failed",
		16: "the server ended the connection",
		17: "the server's certificate is not valid",
		18: "the server's certificate is not valid yet",
		19: "the server's certificate has expired",
	},
}

// deviceWords are causes that the L2TP layer gives below PPP.
var deviceWords = map[int]string{
	1: "the server could not be reached",
	2: "the server did not respond",
	5: "the server speaks another protocol",
	6: "the network changed and the connection could not follow",
	7: "the IPSec shared secret is missing",
	8: "the configuration has no certificate",
}
