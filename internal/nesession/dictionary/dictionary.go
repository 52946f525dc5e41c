// Package dictionary handles the dictionaries of Apple's session manager: it
// decodes the extended status and the statistics of a VPN session
// (docs/internals.md, section 4), and makes the options of a start (section 7).
//
// Decoding accepts any input. Everything in those dictionaries is optional and
// numbers arrive in several types, so a value that is missing or of the wrong
// type counts as unknown; nothing panics and nothing is an error. In the
// result texts are valid UTF-8 without control characters, lists are bounded, and
// there are no secrets.
//
// The input is a neutral tree, so that it can be made from XPC objects on a Mac,
// which bounds it, and by hand elsewhere. Its values are map[string]any, []any, string, int64,
// uint64, float64, bool, []byte, time.Time, uuid.UUID and nil; values of other
// types are ignored.
package dictionary

import (
	"cmp"
	"math"
	"net/netip"
	"time"

	"vpnstatus/internal/vpn"
)

// Keys that are not Apple's. The archive in LastDisconnectError can only be
// read on a Mac, where its content is added under these keys.
const (
	ErrorMessage = "LastDisconnectErrorMessage" // string: the localized description
	ErrorDomain  = "LastDisconnectErrorDomain"  // string: such as DomainPlugin
	ErrorCode    = "LastDisconnectErrorCode"    // number
)

// Domains of the error in LastDisconnectError (docs/internals.md, section 2).
const (
	DomainConnection = "NEVPNConnectionErrorDomain"
	DomainPlugin     = "NEVPNConnectionErrorDomainPlugin"
	DomainIPSec      = "NEVPNConnectionErrorDomainIPSec"
)

// The sections that describe a session, in the order in which
// Apple's own readers look.
var sections = [...]struct {
	key    string
	family vpn.Family
	remote string // key of the server's address
}{
	{"VPN", vpn.FamilyVPN, "RemoteAddress"},
	{"IPSec", vpn.FamilyIPSec, "RemoteAddress"},
	{"PPP", vpn.FamilyPPP, "CommRemoteAddress"},
}

const (
	// maxList bounds every list: no tunnel has that many addresses or servers.
	maxList = 64
	// maxCode bounds causes: larger numbers are garbage, not codes.
	maxCode = 1 << 20
	// futureSlack is how far ahead of now a date may be. The clocks of two
	// processes differ far less.
	futureSlack = time.Minute
)

// Decode reads an extended status dictionary. Status is that of the same moment.
// Uptime is the time since boot without sleep, the clock that ConnectTime is
// on; zero when unknown. Now is the wall clock. A nil tree gives the zero Info.
func Decode(tree map[string]any, status vpn.Status, uptime time.Duration, now time.Time) vpn.Info {
	if tree == nil {
		return vpn.Info{}
	}
	ip4, ip6 := dict(tree, "IPv4"), dict(tree, "IPv6")
	return vpn.Info{
		Since:      since(tree, status, uptime, now),
		Remote:     remote(tree, ip4, ip6),
		Addresses:  addresses(ip4, ip6),
		Interface:  cmp.Or(text(ip4, "InterfaceName"), text(ip6, "InterfaceName")),
		Primary:    primary(tree, ip4, ip6),
		DNSServers: texts(tree, "DNSServers"),
		DNSDomain:  domain(tree),
		Cause:      cause(tree, status),
		Details:    redact(tree, false),
	}
}

// DecodeStatistics reads a statistics dictionary. It reports false when the
// dictionary has no counters, which means that there is no tunnel.
func DecodeStatistics(tree map[string]any) (vpn.Statistics, bool) {
	for _, s := range sections {
		d := dict(tree, s.key)
		var out vpn.Statistics
		found := false
		for key, to := range map[string]*uint64{
			"BytesIn": &out.BytesIn, "BytesOut": &out.BytesOut,
			"PacketsIn": &out.PacketsIn, "PacketsOut": &out.PacketsOut,
			"ErrorsIn": &out.ErrorsIn, "ErrorsOut": &out.ErrorsOut,
		} {
			if n, ok := counter(d[key]); ok {
				*to, found = n, true
			}
		}
		if found {
			return out, true
		}
	}
	return vpn.Statistics{}, false
}

// since prefers the wall-clock time of the last state change, which includes
// sleep, to ConnectTime, which counts seconds of uptime (docs/internals.md,
// section 4).
func since(tree map[string]any, status vpn.Status, uptime time.Duration, now time.Time) time.Time {
	if status != vpn.Connected {
		return time.Time{}
	}
	if t, ok := tree["LastStatusChangeTime"].(time.Time); ok && t.Unix() > 0 && !t.After(now.Add(futureSlack)) {
		if t.After(now) {
			return now
		}
		return t
	}
	for _, s := range sections {
		n, ok := number(dict(tree, s.key)["ConnectTime"])
		if !ok || n < 1 || uptime <= 0 || n > int64(uptime/time.Second) {
			continue
		}
		return now.Add(time.Duration(n)*time.Second - uptime)
	}
	return time.Time{}
}

func remote(tree, ip4, ip6 map[string]any) string {
	for _, s := range sections {
		if v := text(dict(tree, s.key), s.remote); v != "" {
			return v
		}
	}
	return cmp.Or(text(ip4, "ServerAddress"), text(ip6, "ServerAddress"))
}

// addresses returns the addresses of the tunnel's own end. ExcludedRoutes,
// which lists addresses too, is ignored.
func addresses(families ...map[string]any) []netip.Addr {
	var out []netip.Addr
	seen := map[netip.Addr]bool{}
	for _, f := range families {
		list, _ := f["Addresses"].([]any)
		for _, v := range list[:min(len(list), maxList)] {
			s, _ := v.(string)
			a, err := netip.ParseAddr(s)
			if err != nil {
				p, err := netip.ParsePrefix(s)
				if err != nil {
					continue
				}
				a = p.Addr()
			}
			a = a.Unmap()
			if a.IsUnspecified() || seen[a] || len(a.Zone()) > 32 {
				continue
			}
			if a.Zone() != "" {
				a = a.WithZone(clean(a.Zone()))
			}
			seen[a] = true
			out = append(out, a)
		}
	}
	return out
}

// primary falls back to OverridePrimary, because the dictionaries of L2TP and
// Cisco IPSec have no IsPrimaryInterface.
func primary(tree, ip4, ip6 map[string]any) bool {
	if n, ok := number(tree["IsPrimaryInterface"]); ok {
		return n != 0
	}
	for _, f := range []map[string]any{ip4, ip6} {
		if n, ok := number(f["OverridePrimary"]); ok && n != 0 {
			return true
		}
	}
	return false
}

func domain(tree map[string]any) string {
	if d := text(tree, "DNSDomain"); d != "" {
		return d
	}
	for _, key := range []string{"DNSSearchDomains", "DNSSupplementalMatchDomains"} {
		for _, d := range texts(tree, key) {
			return d
		}
	}
	return ""
}

// cause returns the cause of the first section that names one. An L2TP
// dictionary may hold an IPSec section next to PPP; a "none" in it must not
// hide the cause in PPP.
func cause(tree map[string]any, status vpn.Status) vpn.Cause {
	var c vpn.Cause
	for _, s := range sections {
		d := dict(tree, s.key)
		code, ok := causeCode(d["LastCause"])
		if !ok || code == 0 {
			continue
		}
		c.Family, c.Code = s.family, code
		if s.family == vpn.FamilyPPP {
			// Older systems packed the cause of the device below into bits 8
			// to 15 (docs/internals.md, section 2).
			if code > 0xff {
				c.Code, c.Device = code&0xff, code>>8&0xff
			}
			if device, ok := causeCode(d["DeviceLastCause"]); ok && device != 0 {
				c.Device = device
			}
			if c.Code == 0 {
				c.Code = vpn.PPPDevice
			}
		}
		break
	}
	if status != vpn.Connecting && status != vpn.Connected {
		c.Message = message(tree, c)
	}
	return c
}

// message returns the system's words for the cause. LastDisconnectError keeps
// the last failure, even over restarts of the daemon, so it may be about an
// older one: it is used only when it fits the cause.
func message(tree map[string]any, c vpn.Cause) string {
	words := text(tree, ErrorMessage)
	if words == "" || c.Family == vpn.FamilyNone {
		return words
	}
	code, ok := causeCode(tree[ErrorCode])
	if !ok {
		code = -1
	}
	switch text(tree, ErrorDomain) {
	case DomainPlugin:
		if c.Family != vpn.FamilyVPN || code != c.Code {
			return ""
		}
	case DomainIPSec:
		if c.Family != vpn.FamilyIPSec || code != c.Code {
			return ""
		}
	case DomainConnection:
		if c.Family == vpn.FamilyVPN && c.Public() != code {
			return ""
		}
	}
	// A planned end sets no error, and neither does one that the VPN's app
	// asked for.
	if c.Expected() || c.Family == vpn.FamilyVPN && c.Code == vpn.StopProvider {
		return ""
	}
	return words
}

func causeCode(v any) (int, bool) {
	n, ok := number(v)
	if !ok || n < 0 || n > maxCode {
		return 0, false
	}
	return int(n), true
}

// number accepts every type that converters use for an integer.
func number(v any) (int64, bool) {
	switch v := v.(type) {
	case int64:
		return v, true
	case uint64:
		return int64(v), v <= math.MaxInt64
	case float64:
		if math.IsNaN(v) || v < -1<<63 || v >= 1<<63 {
			return 0, false
		}
		return int64(v), true
	case bool:
		if v {
			return 1, true
		}
		return 0, true
	}
	return 0, false
}

func counter(v any) (uint64, bool) {
	if u, ok := v.(uint64); ok {
		return u, true
	}
	n, ok := number(v)
	if !ok || n < 0 {
		return 0, false
	}
	return uint64(n), true
}

func dict(tree map[string]any, key string) map[string]any {
	d, _ := tree[key].(map[string]any)
	return d
}

func text(tree map[string]any, key string) string {
	s, _ := tree[key].(string)
	return clean(s)
}

func texts(tree map[string]any, key string) []string {
	list, _ := tree[key].([]any)
	var out []string
	for _, v := range list[:min(len(list), maxList)] {
		if s, _ := v.(string); s != "" {
			out = append(out, clean(s))
		}
	}
	return out
}
