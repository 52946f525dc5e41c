package simulator

import "vpnstatus/internal/vpn"

// Cause names why a session ends, for all protocols alike. The names and their
// codes are those of vpn.NamedCause.
type Cause string

// The causes that the code names; Causes lists all.
const (
	CauseUser             Cause = "user"
	CauseOverslept        Cause = "overslept"
	CauseProvider         Cause = "provider"
	CauseNoNetwork        Cause = "no-network"
	CauseNetworkChange    Cause = "network-change"
	CauseProviderMissing  Cause = "provider-missing"
	CauseAuthCancelled    Cause = "auth-cancelled"
	CauseSleep            Cause = "sleep"
	CauseAuthTimeout      Cause = "auth-timeout"
	CauseTunnelTimeout    Cause = "tunnel-timeout"
	CauseReassertTimeout  Cause = "reassert-timeout"
	CauseNegotiation      Cause = "negotiation"
	CauseIdle             Cause = "idle"
	CauseNotResponding    Cause = "not-responding"
	CauseServerTerminated Cause = "server-terminated"
	CauseServerDead       Cause = "server-dead"
	CauseAuthFailed       Cause = "auth-failed"
	CauseDisabled         Cause = "disabled"
	CauseRemoved          Cause = "removed"
	CauseSuperseded       Cause = "superseded"
	CauseChanged          Cause = "changed"
)

// Causes lists all causes.
func Causes() []Cause {
	names := vpn.CauseNames()
	all := make([]Cause, len(names))
	for i, n := range names {
		all[i] = Cause(n)
	}
	return all
}

// code returns the code of the cause in a family's dictionary.
func (c Cause) code(f vpn.Family) vpn.Cause {
	code, _ := vpn.NamedCause(string(c), f)
	return code
}

// class returns the family of a protocol's dictionaries.
func class(p vpn.Protocol) vpn.Family {
	switch p {
	case vpn.IPSec:
		return vpn.FamilyIPSec
	case vpn.L2TP, vpn.PPTP:
		return vpn.FamilyPPP
	}
	return vpn.FamilyVPN
}
