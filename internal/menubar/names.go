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
// distinguished by their server, or by their ID where that is not enough.
func Names(services []*engine.Service) map[vpn.ID]Name {
	names, marks := make([]Name, len(services)), make([]mark, len(services))
	for alike := true; alike; {
		alike = false
		seen := make(map[string]int, len(services))
		for i, s := range services {
			names[i] = nameOf(s, marks[i])
			seen[names[i].Short]++
		}
		for i, n := range names {
			if seen[n.Short] > 1 && marks[i] < markID {
				marks[i]++ // this may make it look like another, so look again
				alike = true
			}
		}
	}
	all := make(map[vpn.ID]Name, len(services))
	for i, s := range services {
		all[s.ID] = Name{isolate(names[i].Short), isolate(names[i].Full)}
	}
	return all
}

// mark is what stands in parentheses after a name.
type mark int

const (
	markNone mark = iota
	markServer
	markID
)

func nameOf(s *engine.Service, m mark) Name {
	text := ""
	switch m {
	case markServer:
		text = Middle(plaintext.Line(s.Server), nameColumns)
	case markID:
		text, _, _ = strings.Cut(strings.ToUpper(s.ID.String()), "-")
	}
	if text != "" {
		text = " (" + text + ")"
	}
	full := fullName(s)
	return Name{Middle(full, nameColumns) + text, full + text}
}

func fullName(s *engine.Service) string {
	return cmp.Or(plaintext.Line(s.Name), vpn.Configuration{ID: s.ID}.DisplayName())
}
