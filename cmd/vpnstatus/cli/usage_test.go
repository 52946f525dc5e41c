package cli

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"vpnstatus/internal/settings"
)

// leaf calls visit for each command that can be run.
func leaf(c *cobra.Command, visit func(*cobra.Command)) {
	walk(c, func(c *cobra.Command) {
		if c.Runnable() && c.HasParent() && !compatible(c) {
			visit(c)
		}
	})
}

// accepted returns arguments that a command accepts.
func accepted(c *cobra.Command) []string {
	for n := range 4 {
		if args := slices.Repeat([]string{"x"}, n); c.ValidateArgs(args) == nil {
			return args
		}
	}
	return c.ValidArgs[:1]
}

func TestAnEmptyArgumentIsNeverTakenForNone(t *testing.T) {
	t.Setenv("VPNSTATUS_HOME", t.TempDir())
	e, _, _ := testEnv()
	leaf(newRoot(e), func(c *cobra.Command) {
		path := strings.Fields(c.CommandPath())[1:]
		for _, args := range [][]string{{""}, {" "}, {"x", ""}, {"x", "y", "\t"}} {
			e, out, errOut := testEnv()
			if code := run(slices.Concat(path, args), e); code != exitUsage || out.String() != "" {
				t.Errorf("%s %q: exit code %d, %s", path, args, code, errOut)
			}
		}
		c.LocalFlags().VisitAll(func(f *pflag.Flag) {
			if f.Value.Type() == "bool" || f.Name == "help" {
				return
			}
			e, out, errOut := testEnv()
			if code := run(slices.Concat(path, accepted(c), []string{"--" + f.Name + "="}), e); code != exitUsage || out.String() != "" || !strings.Contains(errOut.String(), "--"+f.Name) {
				t.Errorf("%s --%s= : exit code %d, %s", path, f.Name, code, errOut)
			}
		})
	})
}

// internals are texts of Go's packages that say nothing to users.
var internals = regexp.MustCompile(`strconv|netip|invalid UUID|unmarshal|[^-.]\bjson:|\bnet/|parsing "|%!|vpnstatus: vpnstatus`)

func TestErrorsDoNotShowTheInternalsOfGo(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("VPNSTATUS_HOME", dir)
	broken := filepath.Join(dir, "broken.json")
	if err := os.WriteFile(broken, []byte(`{"services":[{"id":"zz"}]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	const id = "a0000000-0000-4000-8000-00000000000a"
	lines := [][]string{
		{"--demo=" + broken, "list"}, {"--demo=" + filepath.Join(dir, "none"), "list"}, {"show"}, {"list", "x"}, {"show", "x", "y"}, {"-z"}, {"wait", "x", "--for"},
		{"rules", "add", "connect", "--subnet", "10.0.0.0/99"}, {"rules", "add", "connect", "--subnet", "x"}, {"rules", "add", "connect", "--days", `a"b`},
		{"rules", "add", "connect", "--gateway-mac", "zz"}, {"rules", "add", "connect", "--bssid", "1:2"}, {"rules", "add", "connect", "--time", "9-5"},
		{"rules", "add", "connect", "--interface", "tun"}, {"rules", "add", "connect", "--power", "sun"}, {"rules", "add", "often"},
		{"rules", "move", "1", "x"}, {"rules", "remove", "99999999999999999999"}, {"settings", "import", broken}, {"settings", "import", dir},
		{"settings", "set", "mutedServices", "abc"}, {"settings", "set", "autoConnect.abc", "on"}, {"settings", "set", "nosuch", "1"},
		{"settings", "set", "probes." + id, `{"target":"x:99999999"}`}, {"settings", "set", "probes." + id, `{"target":"x:9","interval":true}`},
		{"settings", "set", "rules", `[{"then":"connect","subnet":["10.0.0.0/99"]}]`}, {"settings", "set", "rules", `[{"then":"connect","days":[1]}]`},
	}
	e, _, _ := testEnv()
	leaf(newRoot(e), func(c *cobra.Command) {
		path := strings.Fields(c.CommandPath())[1:]
		c.LocalFlags().VisitAll(func(f *pflag.Flag) {
			if t := f.Value.Type(); t != "string" && t != "stringArray" && t != "stringSlice" {
				lines = append(lines, append(slices.Clone(path), "--"+f.Name+"=nosuch"))
			}
		})
	})
	for _, k := range settings.Keys() {
		for _, value := range []string{"nosuch", "-1", "99999999999999999999", "1.5", "{", `"x"`, `{"x":1}`, `[{"x":1}]`, `[1]`, `{"x":{}}`, "\xff"} {
			lines = append(lines, []string{"settings", "set", k.Name, value})
		}
	}
	for _, line := range lines {
		e, _, errOut := testEnv()
		run(line, e)
		if found := internals.FindString(errOut.String()); found != "" {
			t.Errorf("%q shows %q: %s", line, found, errOut)
		}
	}
}

func TestRulesAreMovedAndSwitched(t *testing.T) {
	t.Setenv("VPNSTATUS_HOME", t.TempDir())
	list := func() string {
		e, out, _ := testEnv()
		run([]string{"rules"}, e)
		var names []string
		for line := range strings.Lines(out.String()) {
			f := strings.Fields(line)
			names = append(names, f[1])
			if strings.Contains(line, "(off)") {
				names = append(names, "off")
			}
		}
		return strings.Join(names[1:], " ")
	}
	for _, c := range []struct {
		line string
		code int
		want string
	}{
		{"add connect --name a --ssid x", 0, "a"},
		{"add connect --name b --ssid x", 0, "a b"},
		{"add connect --name c --ssid x --at 1", 0, "c a b"},
		{"add connect --name d --ssid x --at 9", 2, "c a b"},
		{"move 1 3", 0, "a b c"},
		{"move c 2", 0, "a c b"},
		{"move c 2", 0, "a c b"},
		{"move c 4", 2, "a c b"},
		{"move c 0", 2, "a c b"},
		{"move nosuch 1", 2, "a c b"},
		{"disable c", 0, "a c off b"},
		{"disable 1", 0, "a off c off b"},
		{"enable c", 0, "a off c b"},
		{"enable 4", 2, "a off c b"},
		{"remove nosuch", 2, "a off c b"},
		{"remove 4", 2, "a off c b"},
		{"remove 1", 0, "c b"},
		{"remove c", 0, "b"},
		{"remove c", 2, "b"},
	} {
		e, _, errOut := testEnv()
		if code := run(append([]string{"rules"}, strings.Fields(c.line)...), e); code != c.code {
			t.Errorf("rules %s: exit code %d, want %d: %s", c.line, code, c.code, errOut)
		}
		if got := list(); got != c.want {
			t.Errorf("after rules %s they are %s, want %s", c.line, got, c.want)
		}
	}
}

func TestTrustedNetworksAreRemovedByWhatTheListShows(t *testing.T) {
	for name, want := range map[string]int{
		"Home": 2, "Office wire": 2, "00:1b:63:84:45:e6": 2, "0:1B:63:84:45:E6": 2, "Cafe": 1, "nosuch": 3,
	} {
		v := settings.Settings{Trusted: []settings.TrustedNetwork{
			{SSID: "Home"}, {SSID: "Cafe", GatewayMAC: "00:1b:63:84:45:e6"}, {SSID: "Cafe", Name: "Office wire"},
		}}
		if err := untrust(&v, name); len(v.Trusted) != want || (err == nil) == (want == 3) {
			t.Errorf("%s: %d are left, %v", name, len(v.Trusted), err)
		}
	}
}

func TestCompletionOffersValues(t *testing.T) {
	t.Setenv("VPNSTATUS_HOME", t.TempDir())
	if e, _, errOut := testEnv(); run(strings.Fields("rules add ignore --ssid Home --name home"), e) != exitDone {
		t.Fatal(errOut)
	}
	for line, want := range map[string]string{
		"settings set icon":           "iconStyle",
		"settings set iconStyle ":     "template",
		"settings set hooks ":         "off",
		"settings set notifications.": "notifications.dropped",
		"settings get ret":            "retryDelayMax",
		"rules remove ":               "1\tignore home",
		"rules move 1 ":               "1\t",
		"rules add ":                  "disconnect",
		"rules add x --interface ":    "ethernet",
		"rules add x --days ":         "mon",
		"disconnect x --for ":         "tomorrow",
		"pause ":                      "08:00",
		"hold x ":                     "network",
		"wait x --for ":               "connected",
		"wait x --timeout ":           "30s",
		"connect x --wait=":           "30s",
		"auto x ":                     "on",
		"login ":                      "off",
		"completion ":                 "fish",
		"vpnutil ":                    "status",
		"nc ":                         "statistics",
		"help rules ":                 "move",
		"":                            "groups",
	} {
		e, out, errOut := testEnv()
		if code := run(append([]string{"__complete"}, strings.Split(line, " ")...), e); code != 0 || !strings.Contains("\n"+out.String(), "\n"+want) {
			t.Errorf("%q: exit code %d, it offers\n%s%s, want %q", line, code, out, errOut, want)
		}
	}
	// Nothing offers files where it takes none.
	for _, line := range []string{"list ", "pause 1m ", "connect x --user ", "rules add x --name ", "version ", "settings path ", "vpnutil list ", "vpnutil start "} {
		e, out, _ := testEnv()
		run(append([]string{"__complete"}, strings.Split(line, " ")...), e)
		if !strings.Contains(out.String(), ":4\n") {
			t.Errorf("%q offers files: %s", line, out)
		}
	}
}
