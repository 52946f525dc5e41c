package simulator

import (
	"slices"

	"vpnstatus/internal/vpn"
)

// Cause names why a session ends, for all protocols alike.
type Cause string

// The causes; their codes are the stop reasons of docs/internals.md, section 2.
const (
	CauseUser              Cause = "user"
	CauseOverslept         Cause = "overslept"
	CauseProvider          Cause = "provider"
	CauseNoNetwork         Cause = "no-network"
	CauseNetworkChange     Cause = "network-change"
	CauseProviderMissing   Cause = "provider-missing"
	CauseProviderFailed    Cause = "provider-failed"
	CauseAuthCancelled     Cause = "auth-cancelled"
	CauseSleep             Cause = "sleep"
	CauseConfiguration     Cause = "configuration"
	CauseAuthTimeout       Cause = "auth-timeout"
	CauseTunnelTimeout     Cause = "tunnel-timeout"
	CauseReassertTimeout   Cause = "reassert-timeout"
	CauseNameNotFound      Cause = "name-not-found"
	CauseNegotiation       Cause = "negotiation"
	CauseIdle              Cause = "idle"
	CauseNotResponding     Cause = "not-responding"
	CauseServerTerminated  Cause = "server-terminated"
	CauseServerDead        Cause = "server-dead"
	CauseAuthFailed        Cause = "auth-failed"
	CauseCertificate       Cause = "certificate-invalid"
	CauseCertificateOld    Cause = "certificate-expired"
	CauseServerCertificate Cause = "server-certificate-invalid"
	CauseDisabled          Cause = "disabled"
	CauseRemoved           Cause = "removed"
	CauseSuperseded        Cause = "superseded"
	CauseLogout            Cause = "logout"
	CauseUserSwitch        Cause = "user-switch"
	CauseChanged           Cause = "changed"
	CauseOnDemandRule      Cause = "on-demand-rule"
	CauseAppUpdate         Cause = "app-update"
)

// Causes lists all causes.
func Causes() []Cause {
	all := make([]Cause, 0, len(causeCodes))
	for c := range causeCodes {
		all = append(all, c)
	}
	slices.Sort(all)
	return all
}

// codes are a cause in the numbers of each family.
type codes struct{ vpn, ipsec, ppp, device int }

// causeCodes: the VPN column is Apple's. Cisco IPSec and PPP have fewer codes;
// what has none of its own there shows as none, or as the nearest (inferred).
// PPP calls a stop by hand 5; Cisco IPSec gives no cause for it.
var causeCodes = map[Cause]codes{
	CauseUser:              {vpn: 1, ipsec: 0, ppp: 5},
	CauseOverslept:         {vpn: 2, ipsec: 15, ppp: 21, device: 6},
	CauseProvider:          {vpn: 3, ipsec: 1, ppp: 1},
	CauseNoNetwork:         {vpn: 4, ipsec: 6, ppp: 8, device: 1},
	CauseNetworkChange:     {vpn: 5, ipsec: 15, ppp: 21, device: 6},
	CauseProviderMissing:   {vpn: 6, ipsec: 8, ppp: 4},
	CauseProviderFailed:    {vpn: 7, ipsec: 8, ppp: 1},
	CauseAuthCancelled:     {vpn: 8, ipsec: 14, ppp: 5},
	CauseSleep:             {vpn: 9, ipsec: 0, ppp: 16},
	CauseConfiguration:     {vpn: 10, ipsec: 7, ppp: 2},
	CauseAuthTimeout:       {vpn: 11, ipsec: 14, ppp: 19},
	CauseTunnelTimeout:     {vpn: 12, ipsec: 9, ppp: 8, device: 2},
	CauseReassertTimeout:   {vpn: 13, ipsec: 15, ppp: 21, device: 6},
	CauseNameNotFound:      {vpn: 17, ipsec: 5, ppp: 8, device: 1},
	CauseNegotiation:       {vpn: 18, ipsec: 10, ppp: 10},
	CauseIdle:              {vpn: 19, ipsec: 19, ppp: 12},
	CauseNotResponding:     {vpn: 20, ipsec: 9, ppp: 8, device: 2},
	CauseServerTerminated:  {vpn: 21, ipsec: 16, ppp: 16},
	CauseServerDead:        {vpn: 22, ipsec: 17, ppp: 15},
	CauseAuthFailed:        {vpn: 23, ipsec: 14, ppp: 19},
	CauseCertificate:       {vpn: 25, ipsec: 13, ppp: 8, device: 8},
	CauseCertificateOld:    {vpn: 27, ipsec: 21, ppp: 8, device: 8},
	CauseServerCertificate: {vpn: 28, ipsec: 12, ppp: 11},
	CauseDisabled:          {vpn: 31},
	CauseRemoved:           {vpn: 32},
	CauseSuperseded:        {vpn: 33},
	CauseLogout:            {vpn: 34},
	CauseUserSwitch:        {vpn: 35},
	CauseChanged:           {vpn: 37},
	CauseOnDemandRule:      {vpn: 39},
	CauseAppUpdate:         {vpn: 40},
}

// class is the family of the dictionaries of a protocol.
func class(p vpn.Protocol) vpn.Family {
	switch p {
	case vpn.IPSec:
		return vpn.FamilyIPSec
	case vpn.L2TP, vpn.PPTP:
		return vpn.FamilyPPP
	}
	return vpn.FamilyVPN
}
