package doctor

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"vpnstatus/internal/engine"
	"vpnstatus/internal/facts"
)

// State returns checks of what the app knows: its problems, services and facts.
func State(s *engine.Snapshot, now time.Time) []Check {
	var out []Check
	for _, p := range s.Problems {
		out = append(out, Bad(p.Key, "%s", p.Text))
	}
	if !s.Loaded {
		out = append(out, OK("services", "the list has not arrived yet"))
	}
	for _, v := range s.Services {
		status := "status not known"
		if v.Known {
			status = v.Status.String()
		}
		text := fmt.Sprintf("%s %q, %s, %s, Auto Connect %t", v.ID, v.Name, v.Protocol, status, v.AutoConnect)
		if p := v.Policy; p.State != "" { // only the key of the reason: its text may name a network
			text += ", " + cmp.Or(string(p.Reason.Key), string(p.State)) // a key begins with its state
			if p.Attempt > 0 {
				text += fmt.Sprintf(", attempt %d", p.Attempt)
			}
		}
		if v.Counters != "" {
			text += ", traffic counters " + string(v.Counters)
		}
		if e := v.Echo; !e.Asked.IsZero() { // without the error, which names the server
			text += fmt.Sprintf(", server asked %s ago", now.Sub(e.Asked).Round(time.Second))
			switch {
			case e.Error != "":
				text += ", no answer"
			case !e.Answered.IsZero():
				text += ", answered"
			}
		}
		out = append(out, OK("service", "%s", text))
	}
	return append(out, factChecks(s.Facts, now)...)
}

// factChecks reports which facts are known and for how long. A report is shown
// to others, so it has no names and addresses that tell where the machine is.
func factChecks(f facts.Facts, now time.Time) []Check {
	var out []Check
	add := func(name string, known bool, at time.Time, text string) {
		if !known {
			text = "not known"
		} else if !at.IsZero() {
			text += fmt.Sprintf(", for %s", max(0, now.Sub(at)).Round(time.Second))
		}
		out = append(out, OK("fact", "%s: %s", name, text))
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
	session := "in front"
	if !f.SessionActive.Value {
		session = "another user has the screen"
	}
	add("path", f.Path.Known, f.Path.At, string(f.Path.Value))
	add("interface", f.Interface.Known, f.Interface.At, cmp.Or(string(f.Interface.Value), "none"))
	add("Wi-Fi name", f.SSID.Known, f.SSID.At, some(f.SSID.Value != ""))
	add("access point", f.BSSID.Known, f.BSSID.At, some(f.BSSID.Value != ""))
	add("gateway", f.Gateway.Known, f.Gateway.At, some(f.Gateway.Value.IsValid()))
	add("gateway's hardware address", f.GatewayMAC.Known, f.GatewayMAC.At, some(f.GatewayMAC.Value != ""))
	add("addresses", f.Addresses.Known, f.Addresses.At, count(len(f.Addresses.Value)))
	add("DNS domains", f.DNSDomains.Known, f.DNSDomains.At, count(len(f.DNSDomains.Value)))
	add("DNS servers", f.DNSServers.Known, f.DNSServers.At, count(len(f.DNSServers.Value)))
	add("power", f.Power.Known, f.Power.At, string(f.Power.Value))
	add("session", f.SessionActive.Known, f.SessionActive.At, session)
	add("Location right", f.LocationRight != facts.RightUnknown, time.Time{}, strings.ReplaceAll(string(f.LocationRight), "-", " "))
	return out
}
