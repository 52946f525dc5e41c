//go:build e2e

package e2e

import (
	"regexp"
	"strings"
	"sync"
	"testing"
)

// The scripts of this file stand for those that people have: they read vpnutil
// and scutil --nc in the ways that were found in public scripts for tmux,
// sketchybar, SwiftBar, Hammerspoon, Raycast, Alfred and launchd.

const clients = "--demo=testdata/clients.json"

// prints runs a script that must print so.
func (h *home) prints(want, script string) {
	h.t.Helper()
	if r := h.sh(script); r.out != want {
		h.t.Errorf("want %q: %s", want, r)
	}
}

// script is a script and what it prints.
type script struct{ name, script, want string }

// TestScriptsRead runs the scripts that only read, all against one app.
func TestScriptsRead(t *testing.T) {
	a := newHome(t).start(clients)
	for _, c := range append(readVpnutil, readNC...) {
		t.Run(c.name, func(t *testing.T) { a.in(t).prints(c.want, c.script) })
	}
	programsReadTheLists(a.home)
}

// TestScriptsAct runs the scripts that start and stop VPNs, all against one app
// and at the same time, each on VPNs of its own.
func TestScriptsAct(t *testing.T) {
	a := newHome(t).start(clients)
	for name, test := range map[string]func(*home){
		"a loop of launchd does not stop what it has just started": loopsOfLaunchd,
		"after a start the status is never the old one":            statusAfterAStart,
		"toggle":                               toggles,
		"vpnutil ends with zero unless strict": vpnutilExitCodes,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(a.in(t))
		})
	}
}

var readVpnutil = []script{
	{"the last word of the status",
		`vpnutil status "Café – Oslo" | sed -n 1p | awk 'NF>1{print $NF}'`, "Disconnected\n"},
	{"the second word",
		`vpnutil status Office | awk '{print $2}'`, "Connected\n"},
	{"a pattern",
		`case $(vpnutil status Office) in *Connected*) echo up ;; esac; case $(vpnutil status Home) in *Connected*) echo wrong ;; esac`, "up\n"},
	{"a line without the word",
		`vpnutil status Home | sed -n 1p | grep -qv Connected && echo "not yet"; vpnutil status Office | grep -qv Connected || echo yes`, "not yet\nyes\n"},
	{"the first of several words that is contained",
		`for word in Connected Disconnecting Disconnected Connecting Invalid; do
				case $(vpnutil status Home) in *$word*) echo $word; break ;; esac; done`, "Disconnected\n"},
	{"a service that is not there",
		`s=$(vpnutil status nosuch 2>/dev/null) && test -z "$s" && echo nothing`, "nothing\n"},
	{"names of those connected",
		`vpnutil list | jq -r '.VPNs[] | select(.status=="Connected") | .name'`, "Office\n"},
	{"a choice, and the name in it",
		`vpnutil list | jq -r '.VPNs[] | "\(.name) (\(.status))"' | grep Oslo | sed 's/ (.*)//'`, "Café – Oslo\n"},
	{"whether any is up or coming",
		`vpnutil list | jq -r '.VPNs[].status' | grep -qE 'Connected|Connecting' && echo yes`, "yes\n"},
	{"nothing on standard error, which Alfred would show",
		`vpnutil list 2>&1 >/dev/null; vpnutil status Office 2>&1 >/dev/null`, ""},
	{"every object has these two keys",
		`vpnutil list | jq -c '[.VPNs[] | keys] | unique'`, `[["name","status"]]` + "\n"},
	{"lines instead of JSON",
		`vpnutil list | grep -B 1 '"status" : "Connected"' | awk -F'"' '/"name" :/ {print $4}'`, "Office\n"},
	{"the message of a start",
		`vpnutil start Office 2>&1 | sed 's/^[-0-9]* [:.0-9]* vpnutil\[[0-9]*:[0-9]*\] //'`, "Office was not started because it was in the state 'Connected'\n"},
	{"the message of a stop",
		`vpnutil stop Home 2>&1 | cut -d ']' -f 2-`, " Home was not stopped because it was in the state 'Disconnected'\n"},
	{"the message about an unknown name",
		`vpnutil stop nosuch 2>&1 | grep -o 'Could not find nosuch'`, "Could not find nosuch\n"},
}

func TestVpnutilWithoutServicesPrintsAnEmptyObject(t *testing.T) {
	h := newHome(t).start("--demo=none")
	h.prints("{}\n", "vpnutil list")
	// Alfred shows what is after the bracket.
	h.prints(" Could not find any VPN\n", "vpnutil list 2>&1 >/dev/null | cut -d ']' -f 2-")
	h.prints(" Could not find any VPN\n Could not find Office\n", "vpnutil start Office 2>&1 | cut -d ']' -f 2-")
}

func vpnutilExitCodes(h *home) {
	for _, c := range []struct {
		args          string
		plain, strict int
	}{
		{"list", 0, 0},
		{"status Office", 0, 0},
		{"status 4b1d6a52-6d0c-4b8e-9a54-0d7b6f8d1a01", 0, 0},
		{"status office", 0, 3},
		{"status Offic", 0, 3},
		{"status nosuch", 0, 3},
		{"start nosuch", 0, 3},
		{"status Twin", 0, 4},
		{"start Twin", 0, 4}, // after the plain run the first of the two is connecting
		{"start Office", 0, 1},
		{"start Off", 0, 1},
		{"stop Home", 0, 1},
		{"status -x", 0, 3},
		{"status --", 0, 3},
	} {
		for variable, want := range map[string]int{"0": c.plain, "1": c.strict} {
			if r := h.sh("VPNUTIL_STRICT=" + variable + " vpnutil " + c.args); r.code != want {
				h.t.Errorf("want exit code %d: %s", want, r)
			}
		}
	}
}

var readNC = []script{
	{"what is between the quotes of a connected line",
		`vpnstatus nc list | grep Connected | sed -E 's/.*"(.*)".*/\1/'`, "Office\n"},
	{"columns that two spaces part",
		"vpnstatus nc list | grep '(Connected)' | sed -E 's/[[:space:]]{2,}/\t/g' | cut -f 3 | tr -d '\"'", "Office\n"},
	{"quotes as separators",
		`vpnstatus nc list | awk -F'"' '/^\*/{print $2}' | grep -c .`, "15\n"},
	{"the services of an app",
		`vpnstatus nc list | grep example.fjord | awk -F'"' '{print$2}' | sort`, "Café – Oslo\n"},
	{"the ID",
		`vpnstatus nc list | awk '/"Office"/ {print $3}'`, "4B1D6A52-6D0C-4B8E-9A54-0D7B6F8D1A01\n"},
	{"the status by ID",
		`vpnstatus nc status $(vpnstatus nc list | awk '/"Home"/ {print $3}') | head -n 1`, "Disconnected\n"},
	{"without the header",
		`vpnstatus nc list | tail -n +2 | grep -vc '^[* ] ([A-Z][a-z]*)  *[-0-9A-F]\{36\} .* ".*"  *\[.*\]$'`, "0\n"},
	{"the disabled ones",
		`vpnstatus nc list | grep '^ ' | grep -o '(Invalid)'`, "(Invalid)\n"},
	{"the type in brackets",
		`vpnstatus nc list | grep '"Home"' | sed 's/.*\[\(.*\)\]/\1/'`, "PPP:L2TP\n"},
	{"a pattern of Lua",
		`vpnstatus nc list | lua -e 'for line in io.lines() do
				local state, id, name = line:match("^%* %((%w+)%)%s+(%S+).-\"(.-)\"")
				if state == "Connected" then print(name, #id) end end'`, "Office\t36\n"},
	{"the first line of the status",
		`vpnstatus nc status Office | sed -n 1p`, "Connected\n"},
	{"the word anywhere",
		`vpnstatus nc status Home | grep -q Connected || echo down; vpnstatus nc status Office | grep -q Connected && echo up`, "down\nup\n"},
	{"one line with the word at most",
		`test -z $(vpnstatus nc status Office | grep Connected) || echo up`, "up\n"},
	{"the interface",
		`vpnstatus nc status Office | awk '/InterfaceName/ {print $3; exit}' | tr -d 0-9`, "ipsec\n"},
	{"the address",
		`vpnstatus nc status Office | grep -A 1 Addresses | awk '/0 : [0-9.]*$/ {print NF}'`, "3\n"},
	{"whether traffic goes through it",
		`vpnstatus nc status Office | grep -q 'IsPrimaryInterface : 1' && echo yes`, "yes\n"},
	{"since when",
		`vpnstatus nc status Office | sed -n 's/^  LastStatusChangeTime : \(..\)\/\(..\)\/\(....\) ..:..:..$/ok/p'`, "ok\n"},
	{"the number of the status",
		`for name in Office Home; do vpnstatus nc status $name | awk '/^  Status :/ {print $3}'; done`, "2\n0\n"},
	{"the server",
		`vpnstatus nc show Home | awk '/CommRemoteAddress/ {print $3}'`, "home.example\n"},
	{"the traffic",
		`vpnstatus nc statistics Office | awk '/Bytes(In|Out)/ && $3 ~ /^[0-9]+$/ {n++} END {print n}'`, "2\n"},
	{"no traffic",
		`vpnstatus nc statistics Home`, "No statistics available\n"},
	{"an unknown name",
		`vpnstatus nc status nosuch 2>&1 || echo $?`, "No service\n1\n"},
	{"a part of a name",
		`vpnstatus nc start Offic 2>&1 || echo $?`, "No service\n1\n"},
	{"a name that two have",
		`vpnstatus nc start Twin 2>&1 || echo $?`, "Multiple services match\nNo service\n1\n"},
	{"select",
		`vpnstatus nc select Office && vpnstatus nc select Off 2>&1 || echo $?`, "Unable to enable service: only System Settings or the app it belongs to can do that\n1\n"},
	{"enablevpn",
		`vpnstatus nc enablevpn example.fjord && vpnstatus nc enablevpn Home 2>&1 || echo $?`, "VPN is already enabled\nNo VPN type provided\n1\n"},
	{"disablevpn",
		`vpnstatus nc disablevpn example.fjord 2>&1 || echo $?`, "VPN could not be disabled: only System Settings or the app it belongs to can do that\n1\n"},
	{"start of what is disabled",
		`vpnstatus nc start Off 2>&1 | cut -d : -f 1`, "Could not start connection\n"},
	{"a secret that cannot be passed",
		`vpnstatus nc start Quick --secret x 2>&1 || echo $?`,
		"Could not start connection: a shared secret can only be passed to L2TP and Cisco IPSec, and \"Quick\" is IKEv2\n1\n"},
}

// programsReadTheLists does what programs in other languages do.
func programsReadTheLists(h *home) {
	list := h.ok("nc", "list")
	for name, c := range map[string]struct {
		pattern string
		want    []string // the submatches of the line of Office
	}{
		"Python, by type":   {`(?m)^\*\s+\((?P<state>\w+)\).+"(?P<name>.+)"\s+\[VPN:IKEv2\]$`, []string{"Connected", "Office"}},
		"Python, by column": {`(?m)^\*\s+\((\w+)\)\s+([\w-]+)\s+(?:\w+)\s+\((?:[\w.]+)\)\s+"(\S+)"\s+\[.*\]$`, []string{"Connected", "4B1D6A52-6D0C-4B8E-9A54-0D7B6F8D1A01", "Office"}},
		"JavaScript":        {`\(([^)]+)\)\s+([0-9A-Fa-f-]{36})\s.*?"(Office)"`, []string{"Connected", "4B1D6A52-6D0C-4B8E-9A54-0D7B6F8D1A01", "Office"}},
		"Ruby":              {`\* \((Connected)\)\s+\S+ (.*?)\s+"([^"]+)"\s+\[(.*)\]`, []string{"Connected", "VPN (IKEv2)", "Office", "VPN:IKEv2"}},
	} {
		found := false
		for _, groups := range regexp.MustCompile(c.pattern).FindAllStringSubmatch(list, -1) {
			found = found || strings.Join(groups[1:], "|") == strings.Join(c.want, "|")
		}
		if !found {
			h.t.Errorf("%s: %s does not find %q in\n%s", name, c.pattern, c.want, list)
		}
	}
	var vpnutil struct {
		VPNs []struct{ Name, Status string }
	}
	if decode(h.t, h.sh("vpnutil list").out, &vpnutil); len(vpnutil.VPNs) != 16 || vpnutil.VPNs[0].Name != "Café – Oslo" || vpnutil.VPNs[0].Status != "Disconnected" {
		h.t.Errorf("%+v", vpnutil)
	}
}

// A launchd job runs such a script every minute or so. It was written for tools
// that are slower: vpnutil takes a second for each command.
func loopsOfLaunchd(h *home) {
	const (
		vpnutilLoop = `state() { vpnutil status "$1" | awk '{print $2}'; }
			if [ "$(state NAME)" != Connected ]; then
				vpnutil start NAME
				if [ "$(state NAME)" = Connected ]; then echo up; else vpnutil stop NAME; fi
			fi`
		ncLoop = `state() { vpnstatus nc status "$1" | head -n 1; }
			if [ "$(state NAME)" != Connected ]; then vpnstatus nc start NAME; fi
			case $(state NAME) in Connect*) ;; *) echo stopped; vpnstatus nc stop NAME ;; esac`
		wait = `
			vpnstatus wait NAME --timeout 20s`
	)
	var loops sync.WaitGroup // they mostly wait
	defer loops.Wait()
	for _, c := range []struct{ name, service, script, status string }{
		{"vpnutil, connected within a second", "QuickA", vpnutilLoop, "Connected"},
		{"vpnutil, connecting for long", "SlowA", vpnutilLoop, "Connecting"},
		{"vpnutil, still connecting the next time", "SlowC", "vpnstatus nc start NAME\n" + vpnutilLoop, "Connecting"},
		{"scutil, connected within a second", "QuickB", ncLoop + wait, "Connected"},
		{"scutil, connecting for long", "SlowB", ncLoop + "\n" + ncLoop, "Connecting"},
		{"scutil, L2TP with options", "HomeA", strings.Replace(ncLoop, "start NAME", "start NAME --user anna --password pw --secret psk", 1) + wait, "Connected"},
	} {
		loops.Go(func() {
			r := h.sh(strings.ReplaceAll(c.script, "NAME", c.service))
			if strings.Contains(r.out+r.errOut, "stopped\n") || strings.Contains(r.errOut, "has been stopped") {
				h.t.Errorf("%s: it was stopped: %s", c.name, r)
			}
			h.prints(c.status+"\n", "vpnstatus status "+c.service)
		})
	}
}

func statusAfterAStart(h *home) {
	h.prints("Connecting\n", "vpnstatus nc start Slow; vpnstatus status Slow")
	h.prints("Disconnected\n", "vpnstatus nc stop Slow; vpnstatus wait Slow --for disconnected; vpnstatus status Slow")
	h.prints("Connecting\n", "vpnutil start Slow 2>/dev/null; vpnstatus status Slow")
	h.prints("Slow Connecting\n", "vpnutil start Slow 2>/dev/null; vpnutil stop Slow 2>/dev/null; vpnutil status Slow")
}

func toggles(h *home) {
	const toggle = `case $(vpnutil status Quick) in *Connected*) vpnutil stop Quick ;; *) vpnutil start Quick ;; esac 2>/dev/null`
	h.prints("Connected\n", toggle+"; vpnstatus wait Quick; vpnstatus status Quick")
	h.prints("Disconnected\n", toggle+"; vpnstatus wait Quick --for disconnected; vpnstatus status Quick")
	const nc = `if vpnstatus nc status Quick | grep -q Connected; then vpnstatus nc stop Quick; else vpnstatus nc start Quick; fi`
	h.prints("Connected\n", nc+"; vpnstatus wait Quick; vpnstatus status Quick")
	h.prints("Disconnected\n", nc+"; vpnstatus wait Quick --for disconnected; vpnstatus status Quick")
	const restart = `vpnstatus nc stop HomeB
		while test "$(vpnstatus nc status HomeB | head -n 1)" != Disconnected; do :; done
		vpnstatus nc start HomeB --user anna --password pw --secret psk
		vpnstatus wait HomeB; vpnstatus nc status HomeB | sed -n 1p`
	h.prints("Connected\n", restart)
	h.prints("Connected\n", restart)
	// It waits for ten seconds at most, counted in questions, and gives up then.
	h.prints("Connected\n", `vpnutil start Quick 2>/dev/null; n=0
		while vpnutil status Quick | sed -n 1p | grep -qv Connected; do n=$((n+1)); test $n -gt 10 && break; done
		test $n -le 10 || vpnutil stop Quick
		vpnstatus status Quick`)
}
