package cli

import (
	"strings"
	"time"

	"vpnstatus/internal/autoconnect"
	"vpnstatus/internal/engine"
	"vpnstatus/internal/menubar"
	"vpnstatus/internal/vpn"
)

// statusWord is the status for people; a first status that has not arrived is
// "…", as in the menu.
func statusWord(s *engine.Service) string {
	if !s.Known {
		return "…"
	}
	return s.Status.String()
}

// detail says in a few words what else there is to know: how long and where it
// is connected, or what Auto Connect is doing about it, or why it went down.
func (e *env) detail(s *engine.Service) string {
	now := e.now()
	var parts []string
	if s.Status.Up() {
		if !s.Info.Since.IsZero() {
			parts = append(parts, menubar.Elapsed(now.Sub(s.Info.Since)))
		}
		if len(s.Info.Addresses) > 0 {
			parts = append(parts, s.Info.Addresses[0].String())
		}
	}
	switch {
	case s.Policy.State == autoconnect.Manual || s.Policy.State == "":
		if !s.Status.Up() && s.Info.Cause.Known() && s.Info.Cause.Disposition() != vpn.Stopped {
			parts = append(parts, s.Info.Cause.String())
		}
	case s.Policy.State != autoconnect.Satisfied:
		parts = append(parts, s.Policy.Reason.Words(now, e.zone))
	}
	return strings.Join(parts, " · ")
}

// yesNo is the word for a tick.
func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// autoWord is the column AUTO: "on demand" when the system itself keeps it up.
func autoWord(s *engine.Service) string {
	switch {
	case s.OnDemand:
		return "on demand"
	case s.AutoConnect:
		return "yes"
	}
	return ""
}

// clockTime writes a time for people.
func (e *env) clockTime(t time.Time) string {
	t = t.In(e.zone)
	if y, m, d := e.now().In(e.zone).Date(); t.Year() == y && t.Month() == m && t.Day() == d {
		return t.Format("15:04:05")
	}
	return t.Format("2006-01-02 15:04:05")
}
