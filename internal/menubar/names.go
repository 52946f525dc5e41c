package menubar

import (
	"cmp"
	"strings"

	"vpnstatus/internal/engine"
	"vpnstatus/internal/plaintext"
	"vpnstatus/internal/vpn"
)

// Name is the name of a service as it is shown.
type Name struct {
	Short string // at most nameColumns wide, without what distinguishes it from its equals
	Full  string
}

// Names returns the names of services. Services whose names look alike are
// distinguished by their server, or by their ID where the servers are alike too.
func Names(services []*engine.Service) map[vpn.ID]Name {
	short := func(s *engine.Service) string { return Middle(fullName(s), nameColumns) }
	server := func(s *engine.Service) string { return Middle(plaintext.Line(s.Server), nameColumns) }
	type mark struct{ name, server string }
	names, marks := make(map[string]int), make(map[mark]int)
	for _, s := range services {
		names[short(s)]++
		marks[mark{short(s), server(s)}]++
	}
	all := make(map[vpn.ID]Name, len(services))
	for _, s := range services {
		n := Name{short(s), fullName(s)}
		if names[n.Short] > 1 {
			m := server(s)
			if m == "" || marks[mark{n.Short, m}] > 1 {
				m, _, _ = strings.Cut(strings.ToUpper(s.ID.String()), "-")
			}
			n = Name{n.Short + " (" + m + ")", n.Full + " (" + m + ")"}
		}
		all[s.ID] = Name{isolate(n.Short), isolate(n.Full)}
	}
	return all
}

func fullName(s *engine.Service) string {
	return cmp.Or(plaintext.Line(s.Name), vpn.Configuration{ID: s.ID}.DisplayName())
}
