package cli

import (
	"cmp"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"time"

	"vpnstatus/internal/engine"
	"vpnstatus/internal/plaintext"
	"vpnstatus/internal/vpn"
)

// The layouts of scutil --nc (docs/internals.md, section 8).

// ncKind is the type of a service for scutil: what it shows, the type and the
// subtype, which may be empty. The name is also the key of the service's own part
// in Apple's dictionaries.
type ncKind struct{ shown, name, subtype string }

func ncKindOf(c vpn.Configuration) ncKind {
	switch c.Protocol {
	case vpn.L2TP, vpn.PPTP:
		return ncKind{"PPP --> " + string(c.Protocol), "PPP", string(c.Protocol)}
	case vpn.IPSec:
		return ncKind{"IPSec", "IPSec", ""}
	}
	// For IKEv2, which scutil does not show, the name of the protocol stands where
	// that of the app stands for others.
	subtype := plaintext.Line(cmp.Or(c.BundleID, string(c.Protocol)))
	return ncKind{"VPN (" + subtype + ")", "VPN", subtype}
}

// ncList is the output of list.
func ncList(services []*engine.Service) string {
	var b strings.Builder
	b.WriteString("Available network connection services in the current set (*=enabled):\n")
	for _, v := range services {
		b.WriteString(ncLine(v))
	}
	return b.String()
}

// ncLine is a line of the list. The columns are as wide as scutil's, except that it
// cuts long names off, together with the closing quote that scripts look for. A
// disabled service is Invalid there.
func ncLine(v *engine.Service) string {
	_, status := connectionStatus(v)
	mark := "*"
	if !v.Enabled {
		mark, status = " ", "Invalid"
	}
	kind := ncKindOf(v.Configuration)
	brackets := kind.name
	if kind.subtype != "" {
		brackets += ":" + kind.subtype
	}
	name := `"` + plaintext.Line(v.DisplayName()) + `"`
	return fmt.Sprintf("%s %-16s %s %-18s %-32s [%s]\n",
		mark, "("+status+")", strings.ToUpper(v.ID.String()), kind.shown, name, brackets)
}

// ncStatus is the dictionary of an extended status: the system's own if there is
// one, else what is known in its shape.
func ncStatus(v *engine.Service, info vpn.Info) map[string]any {
	d := maps.Clone(info.Details)
	if d == nil {
		d = ncDetails(v, info)
	}
	// scutil prints these counts. Scripts search all that is printed for the word
	// Connected, and one of their names is ConnectedCount.
	delete(d, "ConnectionStatistics")
	d["Status"], _ = connectionStatus(v)
	return d
}

func ncDetails(v *engine.Service, info vpn.Info) map[string]any {
	d := map[string]any{}
	kind := ncKindOf(v.Configuration)
	own := map[string]any{}
	if info.Cause.Known() && string(info.Cause.Family) == kind.name {
		own["LastCause"] = info.Cause.Code
	}
	if v.Status.Up() {
		for key, is := range map[string]func(netip.Addr) bool{"IPv4": netip.Addr.Is4, "IPv6": netip.Addr.Is6} {
			if addresses := texts(slices.DeleteFunc(slices.Clone(info.Addresses), func(a netip.Addr) bool { return !is(a) })); len(addresses) > 0 {
				d[key] = given(map[string]any{"Addresses": addresses, "InterfaceName": info.Interface, "ServerAddress": info.Remote})
			}
		}
		own[remoteKey(kind)] = info.Remote
		d["DNSDomain"] = info.DNSDomain
		if len(info.DNSServers) > 0 {
			d["DNSServers"] = texts(info.DNSServers)
		}
		if info.Primary {
			d["IsPrimaryInterface"] = 1
		}
	}
	if kind.name == "PPP" {
		own["Status"] = map[bool]int{false: 0, true: 8}[v.Status.Up()] // of PPP: disconnected, connected
	}
	if len(given(own)) > 0 {
		d[kind.name] = own
	}
	if t := cmp.Or(info.Since, v.Changed); !t.IsZero() && kind.name == "VPN" {
		d["LastStatusChangeTime"] = t
	}
	return given(d)
}

// remoteKey is the key of the server's address in the part of a service.
func remoteKey(kind ncKind) string {
	if kind.name == "PPP" {
		return "CommRemoteAddress"
	}
	return "RemoteAddress"
}

// ncConfiguration is what is known of a configuration, in the shape in which
// scutil shows all of it.
func ncConfiguration(c vpn.Configuration) map[string]any {
	d := map[string]any{remoteKey(ncKindOf(c)): c.Server}
	if c.OnDemand {
		d["OnDemandEnabled"] = 1
	}
	return given(d)
}

func ncStatistics(c vpn.Configuration, t vpn.Statistics) map[string]any {
	return map[string]any{ncKindOf(c).name: map[string]any{
		"BytesIn": t.BytesIn, "BytesOut": t.BytesOut, "ErrorsIn": t.ErrorsIn, "ErrorsOut": t.ErrorsOut, "PacketsIn": t.PacketsIn, "PacketsOut": t.PacketsOut,
	}}
}

// given removes empty texts.
func given(d map[string]any) map[string]any {
	maps.DeleteFunc(d, func(_ string, v any) bool { return v == "" })
	return d
}

func texts[T any](values []T) []any {
	out := make([]any, len(values))
	for i, v := range values {
		out[i] = fmt.Sprint(v)
	}
	return out
}

// describe prints a value as Apple's SCPrint does.
func describe(v any, zone *time.Location) string {
	var b strings.Builder
	var write func(v any, indent string)
	entry := func(key, indent string, v any) {
		b.WriteString("\n" + indent + "  " + key + " : ")
		write(v, indent+"  ")
	}
	write = func(v any, indent string) {
		switch v := v.(type) {
		case map[string]any:
			b.WriteString("<dictionary> {")
			for _, key := range slices.Sorted(maps.Keys(v)) {
				entry(plaintext.Line(key), indent, v[key])
			}
			b.WriteString("\n" + indent + "}")
		case []any:
			b.WriteString("<array> {")
			for i, x := range v {
				entry(fmt.Sprint(i), indent, x)
			}
			b.WriteString("\n" + indent + "}")
		case bool:
			b.WriteString(strings.ToUpper(fmt.Sprint(v)))
		case time.Time:
			b.WriteString(v.In(zone).Format("01/02/2006 15:04:05"))
		default:
			b.WriteString(plaintext.Line(fmt.Sprint(v)))
		}
	}
	write(v, "")
	return b.String()
}
