package cli

import (
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"go.uber.org/goleak"

	"vpnstatus/internal/vpn"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func walk(c *cobra.Command, visit func(*cobra.Command)) {
	visit(c)
	for _, sub := range c.Commands() {
		walk(sub, visit)
	}
}

func TestEveryCommandExplainsItself(t *testing.T) {
	e, _, _ := testEnv()
	root := newRoot(e)
	walk(root, func(c *cobra.Command) {
		if c.Name() == "help" || c.Name() == "completion" || c.HasParent() && c.Parent().Name() == "completion" {
			return // cobra's own
		}
		path := c.CommandPath()
		if c.Short == "" || strings.HasSuffix(c.Short, ".") || c.Example == "" {
			t.Errorf("%s: short help %q, example %q", path, c.Short, c.Example)
		}
		for line := range strings.Lines(c.Example) {
			if !strings.HasPrefix(line, "  ") || !strings.Contains(line, "vpnstatus") {
				t.Errorf("%s: the example %q does not show a command line", path, line)
			}
		}
		for line := range strings.Lines(c.Long) {
			if len([]rune(line)) > 85 {
				t.Errorf("%s: the help is too wide for a terminal: %q", path, line)
			}
		}
		if !c.HasSubCommands() && c.HasParent() && c.Parent() == root && c.GroupID == "" {
			t.Errorf("%s is in no group", path)
		}
	})
}

func TestAllCommandsOfTheDesignAreThere(t *testing.T) {
	e, _, _ := testEnv()
	root := newRoot(e)
	for _, name := range strings.Fields(`list status show statistics connect start up disconnect stop down toggle wait watch
		auto hold pause resume explain rules networks groups settings login menu log doctor quit version completion help
		nc vpnutil`) {
		if c, rest, err := root.Find([]string{name}); err != nil || len(rest) > 0 || c == root {
			t.Errorf("there is no command %s: %v", name, err)
		}
	}
	for _, name := range strings.Fields("hide unhide retry url man") {
		if c, _, _ := root.Find([]string{name}); c != root {
			t.Errorf("there is a command %s", name)
		}
	}
}

func TestWrongUsageIsToldAsSuch(t *testing.T) {
	for _, line := range []string{
		"nosuch", "lst", "list extra", "list --nosuch", "status --json --quiet a", "show", "statistics", "connect", "disconnect",
		"connect a --wait=0s", "connect a --wait=soon", "wait", "wait a --for lunch", "wait a --timeout -1s", "auto a b", "auto a b c", "pause 1m 2m",
		"hold", "rules add", "rules add sometimes", "rules remove", "settings get", "settings set x",
		"settings nosuch", "log -n -1", "login maybe", "--speed=fast", "--speed=0", "--speed=NaN", "--speed=-1 list", "menu extra",
		"help nosuch", "help rules nosuch", "completion tcsh", "completion", "groups set a b", "groups remove", "rules move 1", "rules enable", "wait a 5s",
		"pause 1m 2m", "hold a 1m 2m", "quit now", "networks untrust a b",
	} {
		t.Run(line, func(t *testing.T) {
			t.Setenv("VPNSTATUS_HOME", t.TempDir())
			e, out, errOut := testEnv()
			if code := run(strings.Fields(line), e); code != exitUsage {
				t.Errorf("exit code %d, %s", code, errOut)
			}
			if out.String() != "" || !strings.HasPrefix(errOut.String(), "vpnstatus: ") {
				t.Errorf("stdout %q, stderr %q", out, errOut)
			}
		})
	}
}

func TestWithoutArgumentsInATerminalTheAppIsOpened(t *testing.T) {
	e, out, errOut := testEnv()
	e.openApp = func() (string, bool) { return "/Applications/VPNStatus.app", true }
	if code := run([]string{}, e); code != 0 || out.String() != "Opened /Applications/VPNStatus.app.\n" {
		t.Errorf("exit code %d, %q, %q", code, out, errOut)
	}
	for _, line := range []string{"version", "--verbose nosuch", "--speed=0"} {
		e, _, _ := testEnv()
		e.openApp = func() (string, bool) { t.Errorf("%q opens the app", line); return "", false }
		run(strings.Fields(line), e)
	}
}

func TestTheAppIsOpenedOnlyByHand(t *testing.T) {
	for name, c := range map[string]struct {
		terminal bool
		parent   int
		home     string
		want     bool
	}{
		"in a terminal":                  {true, 500, "", true},
		"by the Finder":                  {false, 1, "", false},
		"by launchd with a terminal":     {true, 1, "", false},
		"by a script without a terminal": {false, 500, "", false},
		"with a home that would be lost": {true, 500, "/tmp/home", false},
	} {
		if got := byHand(c.terminal, c.parent, c.home); got != c.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}

func TestAMistypedCommandIsCorrected(t *testing.T) {
	for line, want := range map[string]string{
		"conect": "connect", "lst": "list", "satus": "status", "watcch": "watch", "unpause": "resume", "config": "settings", "enable": "auto",
		"setting": "settings", "LIST": "list",
		"foo": "", "nosuch": "", "x": "", "git": "", "hello": "",
	} {
		e, _, errOut := testEnv()
		run([]string{line}, e)
		_, got, _ := strings.Cut(errOut.String(), "Did you mean this?\n")
		got, _, _ = strings.Cut(strings.TrimSpace(got), "\n")
		if got != want {
			t.Errorf("%q: %q, want %q", line, errOut, want)
		}
	}
}

func TestSecretsAreReadALineEach(t *testing.T) {
	for name, test := range map[string]struct {
		in               string
		password, secret bool
		want             vpn.Options
		wrong            bool
	}{
		"none":                   {in: "x\n"},
		"password":               {in: "pass word\n", password: true, want: vpn.Options{Password: "pass word"}},
		"without a closing line": {in: "pw", password: true, want: vpn.Options{Password: "pw"}},
		"line of Windows":        {in: "pw\r\n", password: true, want: vpn.Options{Password: "pw"}},
		"both":                   {in: "pw\nshared\n", password: true, secret: true, want: vpn.Options{Password: "pw", SharedSecret: "shared"}},
		"secret alone":           {in: "shared\n", secret: true, want: vpn.Options{SharedSecret: "shared"}},
		"nothing given":          {in: "", password: true, wrong: true},
		"empty line":             {in: "\n", password: true, wrong: true},
		"second line missing":    {in: "pw\n", password: true, secret: true, want: vpn.Options{Password: "pw"}, wrong: true},
	} {
		var got vpn.Options
		e, _, _ := testEnv()
		e.in = strings.NewReader(test.in)
		err := e.readSecrets(&got, test.password, test.secret)
		if got != test.want || (exitCode(err) == exitUsage) != test.wrong {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

func TestNoFlagTakesASecret(t *testing.T) {
	e, _, _ := testEnv()
	c := newConnect(e)
	for _, name := range []string{"password-stdin", "secret-stdin"} {
		if f := c.Flags().Lookup(name); f == nil || f.Value.Type() != "bool" {
			t.Errorf("--%s takes a value, which shows in the list of processes", name)
		}
	}
	if slices.ContainsFunc([]string{"password", "secret", "shared-secret"}, func(n string) bool { return c.Flags().Lookup(n) != nil }) {
		t.Error("there is a flag for a secret")
	}
}
