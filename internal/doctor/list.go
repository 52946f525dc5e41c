package doctor

import "vpnstatus/internal/neconfig"

// listOf leaves out what might be private, such as servers.
func listOf(entries []neconfig.Entry) List {
	l := List{Loaded: true}
	for _, e := range entries {
		l.Entries = append(l.Entries, Configuration{
			ID: e.ID, Name: e.Name, Protocol: e.Protocol, App: e.BundleID,
			Enabled: e.Enabled, OnDemand: e.OnDemand, Managed: e.Managed, Shown: e.Shown, Why: e.Why,
		})
	}
	return l
}
