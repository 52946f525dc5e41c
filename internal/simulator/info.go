package simulator

import (
	"vpnstatus/internal/nesession/dictionary"
	"vpnstatus/internal/vpn"
)

// extendedStatus builds what this program reads of the daemon's answer to info
// type 2, in the shape of the service's class (docs/internals.md, section 4).
func (v *service) extendedStatus() map[string]any {
	tree := map[string]any{}
	family := class(v.spec.Protocol)
	cause := v.cause.code(family)
	switch family {
	case vpn.FamilyPPP:
		ppp := map[string]any{"LastCause": int64(cause.Code), "DeviceLastCause": int64(cause.Device)}
		if v.status.Up() {
			ppp["CommRemoteAddress"] = v.remote()
			ppp["ConnectTime"] = v.upTime
		}
		tree["PPP"] = ppp
	case vpn.FamilyIPSec:
		ipsec := map[string]any{"LastCause": int64(cause.Code)}
		if v.status.Up() {
			ipsec["RemoteAddress"], ipsec["ConnectTime"] = v.remote(), v.upTime
		}
		tree["IPSec"] = ipsec
	default:
		v.modern(tree, cause.Code)
	}
	if v.status.Up() {
		v.addresses(tree)
	}
	if v.started {
		tree["StartMessage"] = v.startMessage()
	}
	return tree
}

// modern adds the values that IKEv2 and third-party services have.
func (v *service) modern(tree map[string]any, code int) {
	d := map[string]any{}
	if v.status.Up() {
		d["RemoteAddress"] = v.remote()
	}
	switch v.status {
	case vpn.Connected:
		d["ConnectTime"] = v.upTime
	case vpn.Connecting:
	default:
		d["LastCause"] = int64(code)
	}
	if v.spec.OnDemand && !v.spec.Disabled && v.pauseEnd == nil && v.s.online() {
		d["OnDemandAction"] = int64(1) // connect
	}
	tree["VPN"] = d
	tree["LastStatusChangeTime"] = v.since.Round(0)
	if v.status == vpn.Reasserting || v.status == vpn.Connected {
		tree["IsPrimaryInterface"] = int64(1)
		tree["DNSServers"] = []any{v.own().Prev().String()}
		tree["DNSDomain"] = "internal.example"
		tree["DNSSearchDomains"] = []any{"internal.example"}
	}
	if v.message != "" && v.status != vpn.Connected && v.status != vpn.Connecting {
		tree["LastDisconnectError"] = []byte("bplist00")
		tree[dictionary.ErrorMessage], tree[dictionary.ErrorDomain], tree[dictionary.ErrorCode] = v.message, dictionary.DomainPlugin, int64(code)
	}
}

func (v *service) addresses(tree map[string]any) {
	own, name := v.own().String(), v.device()
	tree["IPv4"] = map[string]any{
		"Addresses": []any{own}, "InterfaceName": name, "Router": own, "ServerAddress": v.remote(), "SubnetMasks": []any{"255.255.255.255"},
		"OverridePrimary": int64(1),
	}
	if class(v.spec.Protocol) == vpn.FamilyVPN {
		tree["IPv6"] = map[string]any{"Addresses": []any{v.own6().String()}, "InterfaceName": name, "PrefixLength": []any{int64(64)}}
	}
}

// startMessage is the dictionary that the session was started with, which
// every process can read, including secrets.
func (v *service) startMessage() map[string]any {
	m, err := dictionary.StartOptions(v.spec.Protocol, v.options)
	if m == nil || err != nil { // none were given; Start refuses those that can't be passed
		return map[string]any{}
	}
	return m
}

// statistics builds the daemon's answer to info type 1; nil without a tunnel or
// counters.
func (v *service) statistics() map[string]any {
	if !v.status.Up() || v.spec.Counters == CountersMissing {
		return nil
	}
	v.settle()
	const perPacket = 900 // bytes: between acknowledgements and full packets
	in, out := uint64(v.countedIn), uint64(v.countedOut)
	switch v.spec.Counters {
	case CountersZero:
		in, out = 0, 0
	case CountersReset:
		in, out = in%(1<<20), out%(1<<20)
	}
	d := map[string]any{
		"BytesIn": int64(in), "BytesOut": int64(out), "PacketsIn": int64(in / perPacket), "PacketsOut": int64(out / perPacket), "ErrorsIn": int64(0), "ErrorsOut": int64(0),
	}
	f := class(v.spec.Protocol)
	if f == vpn.FamilyPPP { // 32-bit in origin
		d["BytesIn"], d["BytesOut"] = int64(uint32(in)), int64(uint32(out))
	}
	return map[string]any{string(f): d}
}
