package doctor

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"vpnstatus/internal/cocoa"
	"vpnstatus/internal/macos"
	"vpnstatus/internal/neconfig"
	"vpnstatus/internal/nesession"
)

// This file turns macOS's answers into checks. It is portable so that it can
// be tested on any system.

// parts reports which symbols, classes and methods of the system are missing: a
// failed check for each feature that can't do without one.
func parts(all []cocoa.Presence) []Check {
	var out []Check
	missing := map[string][]string{}
	for _, p := range all {
		switch {
		case p.Present:
		case p.Optional:
			out = append(out, OK("absent", "%s, for: %s", p.Part, p.For))
		default:
			missing[p.For] = append(missing[p.For], p.Name)
		}
	}
	for _, feature := range slices.Sorted(maps.Keys(missing)) {
		out = append(out, Bad("missing", "%s: this system lacks %s", feature, listed(missing[feature])))
	}
	if len(missing) == 0 {
		out = append(out, OK("parts", "%d of macOS are looked up; no required one is missing", len(all)))
	}
	return out
}

// bundle is the app that this program runs from.
type bundle struct {
	path   string // empty if there is none
	linked string // the app, if the program was started through a link to its file
}

func (b bundle) check() Check {
	switch {
	case b.linked != "":
		return Bad("bundle", "this command is a symbolic link into %s, through which macOS sees no app: run \"make install\" again, which puts a script in its place", b.linked)
	case b.path == "":
		return OK("bundle", "none: run as a command")
	case strings.Contains(b.path, "/AppTranslocation/"):
		return Bad("bundle", "macOS runs a copy of the app from another place, because it was downloaded: move it to the Applications folder with the Finder, and open it again")
	}
	return OK("bundle", "%s", b.path)
}

// forbidden are entitlements with which a build does not work
// (docs/internals.md, sections 3 and 5).
var forbidden = map[string]string{
	"com.apple.security.app-sandbox":                  "in the App Sandbox macOS silently ignores connecting and disconnecting",
	"com.apple.developer.networking.vpn.api":          "macOS then lists only the app's own VPNs",
	"com.apple.developer.networking.networkextension": "macOS then lists only the app's own VPNs",
	"com.apple.private.neconfiguration-write-access":  "macOS ends programs that claim it",
}

// signature is the program's code signature.
type signature struct {
	identifier, team string
	flags            int64
	entitlements     []string // those set to something other than false
}

// Flags of a code signature, from the public header CSCommon.h.
const (
	signedAdHoc    = 0x2
	signedHardened = 0x10000
)

func (s signature) checks() []Check {
	text := cmp.Or(s.identifier, "without identifier")
	switch {
	case s.flags&signedAdHoc != 0:
		text += ", ad hoc"
	case s.team != "":
		text += ", team " + s.team
	}
	if s.flags&signedHardened != 0 {
		text += ", hardened"
	}
	out := []Check{OK("signature", "%s, entitlements: %s", text, cmp.Or(listed(s.entitlements), "none"))}
	for _, e := range s.entitlements {
		if why := forbidden[e]; why != "" {
			out = append(out, Bad("entitlement", "%s: %s", e, why))
		}
	}
	return out
}

// configurations returns a check with the number of configurations and one for
// each that is not shown, without private values such as servers.
func configurations(entries []neconfig.Entry) []Check {
	shown := 0
	var hidden []Check
	for _, e := range entries {
		if e.Shown {
			shown++
		} else {
			hidden = append(hidden, OK("not shown", "%q: %s", e.Name, e.Why))
		}
	}
	return append([]Check{OK("configurations", "%d, of which %d are VPNs", len(entries), shown)}, hidden...)
}

// loginCheck reports launch at login; agent is the file of the launch agent, empty
// if there is none. A program that can't launch at login says why.
func loginCheck(status macos.LoginStatus, err error, agent string) Check {
	if err != nil {
		return OK("login", "%v", err)
	}
	text := status.String()
	if agent != "" {
		text += ", by the launch agent " + agent
	}
	return Check{Name: "login", OK: status != macos.LoginRequiresApproval, Detail: text}
}

// daemonCheck reports Apple's session manager.
func daemonCheck(d nesession.Daemon) Check {
	text := "not running, as is normal while no VPN is used"
	if d.Running {
		text = fmt.Sprintf("running, process %d", d.PID)
	}
	return OK("daemon", "%s; its statuses %s; its reasons %s", text, listed(d.Statuses), listed(d.Reasons))
}
