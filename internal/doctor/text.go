package doctor

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// WriteText writes the report for people.
func (r Report) WriteText(w io.Writer) error {
	out := bufio.NewWriter(w)
	line := func(name, format string, args ...any) {
		fmt.Fprintf(out, "%-15s %s\n", name, fmt.Sprintf(format, args...))
	}
	line("VPNStatus", "%s, %s, %s", or(r.Version, "unknown version"), r.Go, r.Platform)
	if r.System.Name == "" {
		line("System", "not macOS")
	} else {
		line("System", "%s %s (%s)%s%s", r.System.Name, or(r.System.Version, "of unknown version"), or(r.System.Build, "unknown build"),
			when(r.System.Model != "", " on "+r.System.Model), when(r.System.Translated, ", translated by Rosetta"))
		if r.Bundle.ID == "" {
			line("Bundle", "none: run as a command")
		} else {
			line("Bundle", "%s %s in %s%s", r.Bundle.ID, r.Bundle.Version, r.Bundle.Path, when(r.Bundle.Translocated, " (moved there by macOS)"))
		}
		line("Signature", "%s", r.Signature)
		line("Daemon", "%s", r.Daemon)
		line("Location", "%s", or(r.Location.State, "not known"))
		line("Login item", "%s", or(r.Login.State, "not known"))
	}
	line("Settings", "%s", or(r.Settings, "not known"))
	line("Socket", "%s", or(r.Socket, "not known"))
	r.writeList(out)
	r.writeParts(out)

	if len(r.Problems) == 0 {
		fmt.Fprint(out, "\nNothing is wrong.\n")
	} else {
		fmt.Fprint(out, "\nProblems\n")
		for _, p := range r.Problems {
			fmt.Fprintf(out, "  %s\n", p)
		}
	}
	return out.Flush()
}

func (r Report) writeList(out io.Writer) {
	if r.System.Name == "" {
		return
	}
	switch {
	case r.List.Problem != "":
		fmt.Fprintf(out, "\nConfigurations: %s\n", r.List.Problem)
		return
	case len(r.List.Entries) == 0:
		fmt.Fprint(out, "\nConfigurations: none\n")
		return
	}
	fmt.Fprintf(out, "\nConfigurations\n")
	for _, c := range r.List.Entries {
		shown := "shown "
		if !c.Shown {
			shown = "hidden"
		}
		fmt.Fprintf(out, "  %s  %s  %-8s %q%s%s%s%s%s\n", shown, c.ID, c.Protocol, short(c.Name), when(c.App != "", ", of "+short(c.App)),
			when(!c.Enabled, ", disabled"), when(c.OnDemand, ", on demand"), when(c.Managed, ", from a profile"), when(c.Why != "", ": "+c.Why))
	}
}

func (r Report) writeParts(out io.Writer) {
	feature := ""
	for _, p := range r.Parts {
		if p.For != feature {
			feature = p.For
			fmt.Fprintf(out, "\n%s\n", feature)
		}
		mark := "present"
		switch {
		case p.Present:
		case p.Optional:
			mark = "absent "
		default:
			mark = "MISSING"
		}
		fmt.Fprintf(out, "  %s  %-9s  %s\n", mark, p.Kind, p.Name)
	}
}

func (s Signature) String() string {
	if s.Problem != "" {
		return "not known: " + s.Problem
	}
	text := or(s.Identifier, "without identifier")
	switch {
	case s.AdHoc:
		text += ", ad hoc"
	case s.Team != "":
		text += ", team " + s.Team
	}
	text += when(s.Hardened, ", hardened")
	if len(s.Entitlements) == 0 {
		return text + ", no entitlements"
	}
	return text + ", entitlements " + strings.Join(s.Entitlements, " ")
}

func (d Daemon) String() string {
	var text string
	switch {
	case d.Problem != "":
		return "not known: " + d.Problem
	case d.Running && d.PID > 0:
		text = fmt.Sprintf("running, process %d", d.PID)
	case d.Running:
		text = "running"
	default:
		text = "not running, as is normal while no VPN is used"
	}
	if len(d.Statuses) > 0 {
		text += fmt.Sprintf("; its statuses %s; its reasons %s", strings.Join(d.Statuses, ", "), strings.Join(d.Reasons, ", "))
	}
	return text
}

// maxName bounds one name in the text form; the JSON form has all of it.
const maxName = 80

func short(s string) string {
	if r := []rune(s); len(r) > maxName {
		return string(r[:maxName]) + "…"
	}
	return s
}

func or(s, instead string) string {
	if s == "" {
		return instead
	}
	return s
}

func when(yes bool, s string) string {
	if yes {
		return s
	}
	return ""
}
