package app

import (
	"fmt"
	"strings"
	"time"

	"vpnstatus/internal/facts"
)

// checkFacts tells which facts are known and since when. A report is shown to
// others, so it doesn't tell where the machine is: no names and addresses.
func (r *Report) checkFacts(f facts.Facts, now time.Time) {
	note := func(name string, known bool, at time.Time, text string) {
		if !known {
			text = "not known"
		} else if !at.IsZero() {
			text += fmt.Sprintf(", for %s", max(0, now.Sub(at)).Round(time.Second))
		}
		r.note("fact", name+": "+text)
	}
	some := func(is bool) string {
		if is {
			return "known"
		}
		return "none"
	}
	count := func(n int) string {
		if n == 0 {
			return "none"
		}
		return fmt.Sprint(n)
	}
	note("path", f.Path.Known, f.Path.At, f.Path.Value.String())
	note("interface", f.Interface.Known, f.Interface.At, orNone(string(f.Interface.Value)))
	note("Wi-Fi name", f.SSID.Known, f.SSID.At, some(f.SSID.Value != ""))
	note("access point", f.BSSID.Known, f.BSSID.At, some(f.BSSID.Value != ""))
	note("gateway", f.Gateway.Known, f.Gateway.At, some(f.Gateway.Value.IsValid()))
	note("gateway's hardware address", f.GatewayMAC.Known, f.GatewayMAC.At, some(f.GatewayMAC.Value != ""))
	note("addresses", f.Addresses.Known, f.Addresses.At, count(len(f.Addresses.Value)))
	note("DNS domains", f.DNSDomains.Known, f.DNSDomains.At, count(len(f.DNSDomains.Value)))
	note("DNS servers", f.DNSServers.Known, f.DNSServers.At, count(len(f.DNSServers.Value)))
	note("power", f.Power.Known, f.Power.At, string(f.Power.Value))
	session := "in front"
	if !f.SessionActive.Value {
		session = "another user has the screen"
	}
	note("session", f.SessionActive.Known, f.SessionActive.At, session)
	note("Location right", f.LocationRight != facts.RightUnknown, time.Time{}, strings.ReplaceAll(string(f.LocationRight), "-", " "))
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}
