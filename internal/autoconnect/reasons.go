package autoconnect

// The keys of all reasons. Their words are in words.go.
const (
	KeyManual Key = "manual"

	KeySatisfied            Key = "satisfied"
	KeySatisfiedReasserting Key = "satisfied.reasserting"
	KeySatisfiedNoAnswer    Key = "satisfied.no-answer"  // the liveness probe fails, and a recycle did not help
	KeySatisfiedNoTraffic   Key = "satisfied.no-traffic" // nothing comes back through the tunnel, likewise

	KeySettlingNetwork Key = "settling.network"
	KeySettlingWake    Key = "settling.wake"
	KeySettlingLogin   Key = "settling.login"

	KeyConnecting       Key = "connecting"
	KeyConnectingRetry  Key = "connecting.retry"
	KeyConnectingServer Key = "connecting.server" // its server has answered
	KeyConnectingUser   Key = "connecting.user"
	KeyConnectingRule   Key = "connecting.rule"
	KeyConnectingOther  Key = "connecting.other" // started elsewhere

	KeyBackoffDropped Key = "backoff.dropped"
	KeyBackoffFailed  Key = "backoff.failed"
	KeyBackoffServer  Key = "backoff.server" // its server does not respond, and is asked whether it is back

	KeyRecyclingStuck       Key = "recycling.stuck"       // connecting for too long
	KeyRecyclingReasserting Key = "recycling.reasserting" // reasserting for too long
	KeyRecyclingDead        Key = "recycling.dead"        // the liveness probe fails
	KeyRecyclingNoTraffic   Key = "recycling.no-traffic"  // nothing comes back through the tunnel

	KeyWaitingStatus       Key = "waiting.status" // the status is not known for certain
	KeyWaitingOffline      Key = "waiting.offline"
	KeyWaitingAsleep       Key = "waiting.asleep"
	KeyWaitingSession      Key = "waiting.session"
	KeyWaitingRule         Key = "waiting.rule"
	KeyWaitingGroup        Key = "waiting.group"
	KeyWaitingGroupHeld    Key = "waiting.group-held" // the user stopped another member
	KeyWaitingOnDemand     Key = "waiting.on-demand"
	KeyWaitingOnDemandRule Key = "waiting.on-demand-rule" // an on-demand rule of the system took it down
	KeyWaitingSuperseded   Key = "waiting.superseded"
	KeyWaitingStopping     Key = "waiting.stopping"

	KeyHeldUser        Key = "held.user"        // the user stopped it here
	KeyHeldForeign     Key = "held.foreign"     // the system says that somebody stopped it elsewhere
	KeyHeldUnexplained Key = "held.unexplained" // it went down like that, and the system has no cause
	KeyHeldAsked       Key = "held.asked"       // the user put it on hold without stopping it

	KeyPaused Key = "paused"

	KeyNeedsAuth              Key = "needs-user.auth"
	KeyNeedsPrompt            Key = "needs-user.prompt"
	KeyNeedsCertificate       Key = "needs-user.certificate"
	KeyNeedsServerCertificate Key = "needs-user.server-certificate"
	KeyNeedsConfiguration     Key = "needs-user.configuration"
	KeyNeedsSecret            Key = "needs-user.secret"
	KeyNeedsPlugin            Key = "needs-user.plugin"
	KeyNeedsApp               Key = "needs-user.app"
	KeyNeedsDisabled          Key = "needs-user.disabled"
	KeyNeedsRemoved           Key = "needs-user.removed"
	KeyNeedsSystem            Key = "needs-user.system"

	KeySlowFailures    Key = "slow.failures"
	KeySlowNegotiation Key = "slow.negotiation"
	KeySlowPlugin      Key = "slow.plugin"

	KeyStopUser     Key = "stop.user"
	KeyStopOnDemand Key = "stop.on-demand" // stopped by the user, but the system may bring it back
	KeyStopRule     Key = "stop.rule"
	KeyStopGroup    Key = "stop.group"
)

// stopped reports whether a hold with this reason followed a stop, which keeps
// the other members of a group down too.
func (k Key) stopped() bool {
	return k == KeyHeldUser || k == KeyHeldForeign || k == KeyHeldUnexplained
}
