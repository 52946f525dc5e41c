package cli

import (
	"context"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"vpnstatus/internal/settings"
)

// FuzzNC runs any command line of nc; the arguments are the lines of a text.
func FuzzNC(f *testing.F) {
	for _, line := range []string{
		"list", "status Office", "show --", "start Office --user anna --password p --secret s", "start Office --password", "start --user= Office",
		"trigger host background 443", "trigger host 0", "trigger host 65536", "stop", "list extra", "nosuch", "help", "enablevpn -h", "statistics \x1b[2J", "status --demo=nosuch x", "select \xff",
	} {
		f.Add(strings.ReplaceAll(line, " ", "\n"))
	}
	fuzzCompatible(f, []string{"nc"}, exitDone, exitFailed, exitUsage, exitNotRunning)
}

// FuzzVpnutil runs any command line of vpnutil.
func FuzzVpnutil(f *testing.F) {
	for _, line := range []string{"", "list", "list x", "status Office", "start", "stop --", "--help", "start \x1b[2J", "status \xff", "a b c"} {
		f.Add(strings.ReplaceAll(line, " ", "\n"))
	}
	fuzzCompatible(f, Arguments([]string{"vpnutil"}), exitDone, exitFailed)
}

// fuzzCompatible runs command lines that end before anything is done, since they
// are canceled and the app does not run. What is printed must not steer a
// terminal, and the exit code be one that scripts know.
func fuzzCompatible(f *testing.F, command []string, codes ...int) {
	f.Setenv(settings.HomeVariable, f.TempDir())
	canceled, cancel := context.WithCancel(f.Context())
	cancel()
	f.Fuzz(func(t *testing.T, lines string) {
		e, out, errOut := testEnv()
		code := runContext(canceled, append(slices.Clone(command), strings.Split(lines, "\n")...), e)
		if !slices.Contains(codes, code) {
			t.Errorf("%q ends with %d: %s", lines, code, errOut)
		}
		if text := out.String() + errOut.String(); !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return r != '\n' && unicode.IsControl(r) }) {
			t.Errorf("%q prints %q", lines, text)
		}
		if code != exitDone && errOut.Len() == 0 {
			t.Errorf("%q ends with %d and prints no reason", lines, code)
		}
	})
}
