package autoconnect

import "vpnstatus/internal/vpn"

// course is what a cause calls for.
type course int

const (
	courseAgain        course = iota // start again after the back-off
	courseNone                       // no cause told: somebody's stop, or a crash
	courseUser                       // somebody stopped it
	courseOffline                    // no network: wait, don't count
	courseAsleep                     // sleep: wait, don't count
	courseSession                    // another user has the screen: wait, don't count
	courseAuth                       // again once, then the person is needed
	courseNeeds                      // retrying will not help
	courseSuperseded                 // wait until no other service is up
	courseOnDemandRule               // wait for another network
)

// verdict is what the policy does about a cause.
type verdict struct {
	course course
	key    Key  // courseNeeds and courseAuth: the reason; courseAgain: the reason of the slow lane, if class
	class  bool // classFailures of this kind in a row lead to the slow lane
	quiet  bool // expected: no notification
}

var (
	again       = verdict{course: courseAgain}
	quietly     = verdict{course: courseAgain, quiet: true}
	negotiation = verdict{course: courseAgain, class: true, key: KeySlowNegotiation}
	plugin      = verdict{course: courseAgain, class: true, key: KeySlowPlugin}
	offline     = verdict{course: courseOffline}
	stopped     = verdict{course: courseUser, quiet: true}
	rejected    = verdict{course: courseAuth, key: KeyNeedsAuth}
)

func needs(k Key) verdict { return verdict{course: courseNeeds, key: k} }

// verdicts holds a verdict for every code that the system is known to give
// (docs/internals.md, section 2). Code 0, "none", is not in it.
var verdicts = map[vpn.Family]map[int]verdict{
	vpn.FamilyVPN: {
		1:  stopped,
		2:  quietly, // overslept: the wake has come
		3:  again,   // providers also end sessions that they want restarted
		4:  offline,
		5:  again,
		6:  needs(KeyNeedsPlugin),
		7:  plugin,
		8:  needs(KeyNeedsPrompt), // each retry would open the dialog again
		9:  {course: courseAsleep, quiet: true},
		10: needs(KeyNeedsConfiguration),
		11: {course: courseAuth, key: KeyNeedsPrompt},
		12: again,
		13: again,
		14: needs(KeyNeedsApp),
		15: needs(KeyNeedsConfiguration),
		16: needs(KeyNeedsConfiguration),
		17: again,
		18: negotiation,
		19: quietly,
		20: again,
		21: again,
		22: again,
		23: rejected,
		24: needs(KeyNeedsCertificate),
		25: needs(KeyNeedsCertificate),
		26: needs(KeyNeedsCertificate),
		27: needs(KeyNeedsCertificate),
		28: needs(KeyNeedsServerCertificate),
		29: needs(KeyNeedsServerCertificate),
		30: needs(KeyNeedsServerCertificate),
		31: needs(KeyNeedsDisabled),
		32: needs(KeyNeedsRemoved),
		33: {course: courseSuperseded},
		34: {course: courseSession, quiet: true},
		35: {course: courseSession, quiet: true},
		36: quietly,
		37: quietly,
		38: needs(KeyNeedsRemoved),
		39: {course: courseOnDemandRule, quiet: true},
		40: quietly,
		41: again,
	},
	vpn.FamilyIPSec: {
		1:  again,
		2:  needs(KeyNeedsConfiguration),
		3:  needs(KeyNeedsSecret),
		4:  needs(KeyNeedsCertificate),
		5:  again,
		6:  offline,
		7:  needs(KeyNeedsConfiguration),
		8:  plugin,
		9:  again,
		10: negotiation,
		11: rejected,
		12: needs(KeyNeedsServerCertificate),
		13: needs(KeyNeedsCertificate),
		14: rejected,
		15: again,
		16: again,
		17: again,
		18: again,
		19: quietly,
		20: needs(KeyNeedsCertificate),
		21: needs(KeyNeedsCertificate),
		22: needs(KeyNeedsServerCertificate),
		23: needs(KeyNeedsServerCertificate),
		24: needs(KeyNeedsServerCertificate),
	},
	vpn.FamilyPPP: {
		1:  again,
		2:  needs(KeyNeedsConfiguration),
		3:  needs(KeyNeedsSystem),
		4:  needs(KeyNeedsSystem),
		5:  stopped,
		6:  again, // another connection will let go of the device
		7:  plugin,
		8:  again, // unless the device below knows better
		9:  plugin,
		10: negotiation,
		11: negotiation,
		12: quietly,
		13: quietly,
		14: needs(KeyNeedsConfiguration),
		15: again,
		16: again,
		17: negotiation,
		18: plugin,
		19: rejected,
		20: negotiation,
		21: again, // unless the device below knows better
		22: rejected,
		23: rejected,
		24: again,
	},
	vpn.FamilyConnection: {
		1:  again,
		2:  offline,
		3:  again,
		4:  needs(KeyNeedsConfiguration),
		5:  again,
		6:  again,
		7:  again,
		8:  rejected,
		9:  needs(KeyNeedsCertificate),
		10: needs(KeyNeedsCertificate),
		11: needs(KeyNeedsCertificate),
		12: plugin,
		13: needs(KeyNeedsRemoved),
		14: needs(KeyNeedsPlugin),
		15: negotiation,
		16: again,
		17: needs(KeyNeedsServerCertificate),
		18: needs(KeyNeedsServerCertificate),
		19: needs(KeyNeedsServerCertificate),
	},
}

// deviceVerdicts are for causes given by the L2TP layer below PPP. They matter
// where PPP only says that the layer below failed.
var deviceVerdicts = map[int]verdict{
	1: again,
	2: again,
	5: negotiation,
	6: again,
	7: needs(KeyNeedsSecret),
	8: needs(KeyNeedsCertificate),
}

const (
	pppConnectFailed = 8
	pppDevice        = 21
)

// verdictOf returns what to do about a cause. A code of a later system is
// tried again: the back-off and the slow lane keep it from doing harm.
func verdictOf(c vpn.Cause) verdict {
	if !c.Known() {
		return verdict{course: courseNone}
	}
	if c.Family == vpn.FamilyPPP && (c.Code == pppConnectFailed || c.Code == pppDevice) {
		if v, ok := deviceVerdicts[c.Device]; ok {
			return v
		}
	}
	if v, ok := verdicts[c.Family][c.Code]; ok {
		return v
	}
	return again
}
