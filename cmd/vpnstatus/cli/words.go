package cli

import (
	"strings"
	"time"

	"vpnstatus/internal/autoconnect"
	"vpnstatus/internal/engine"
	"vpnstatus/internal/menubar"
	"vpnstatus/internal/plaintext"
	"vpnstatus/internal/vpn"
)

// nameColumns is the width of names in tables.
const nameColumns = 36

func tableName(v *engine.Service) string {
	return menubar.Middle(plaintext.Line(v.DisplayName()), nameColumns)
}

// statusWord is the status to show, "…" while the first one has not arrived.
func statusWord(s *engine.Service) string {
	if !s.Known {
		return "…"
	}
	return s.Status.String()
}

// detail returns how long a service has been connected and its address, or
// what Auto Connect does about it, or why it went down.
func (e *env) detail(s *engine.Service) string {
	var parts []string
	if s.Status.Up() {
		if !s.Info.Since.IsZero() {
			parts = append(parts, menubar.Elapsed(e.now().Sub(s.Info.Since)))
		}
		if len(s.Info.Addresses) > 0 {
			parts = append(parts, s.Info.Addresses[0].String())
		}
	}
	switch {
	case s.Policy.State == autoconnect.Manual || s.Policy.State == "":
		if !s.Status.Up() && s.Info.Cause.Known() && s.Info.Cause.Code != vpn.StopUser {
			parts = append(parts, s.Info.Cause.String())
		}
	case s.Policy.State != autoconnect.Satisfied:
		parts = append(parts, s.Policy.Reason.Words(e.now(), e.zone))
	}
	return strings.Join(parts, " · ")
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// autoWord is the column AUTO: "on demand" if the system itself keeps it up.
func autoWord(s *engine.Service) string {
	switch {
	case s.OnDemand:
		return "on demand"
	case s.AutoConnect:
		return "yes"
	}
	return ""
}

// clockTime returns a time of day, with the date if it is not today.
func (e *env) clockTime(t time.Time) string {
	t = t.In(e.zone)
	if y, m, d := e.now().In(e.zone).Date(); t.Year() == y && t.Month() == m && t.Day() == d {
		return t.Format("15:04:05")
	}
	return t.Format("2006-01-02 15:04:05")
}
