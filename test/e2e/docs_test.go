//go:build e2e

package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// example is a command line of a document.
type example struct {
	line string
	want []string // the output that the document shows, if it does
}

var shellBlock = regexp.MustCompile("(?ms)^```(sh|console)\n(.*?)^```$")

// documented returns the examples of a document: the lines of its sh blocks, and
// those after a "$" of its console blocks.
func documented(t *testing.T, file string) []example {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", file))
	if err != nil {
		t.Fatal(err)
	}
	var all []example
	for _, block := range shellBlock.FindAllStringSubmatch(string(text), -1) {
		for line := range strings.Lines(strings.ReplaceAll(block[2], "\\\n", "")) {
			line = strings.TrimSuffix(line, "\n")
			command, prompt := strings.CutPrefix(line, "$ ")
			switch {
			case line == "" || strings.HasPrefix(line, "#"):
			case block[1] == "console" && !prompt:
				last := &all[len(all)-1]
				last.want = append(last.want, line)
			default:
				all = append(all, example{line: command})
			}
		}
	}
	return all
}

// elsewhere are examples that can't be run here, by their beginning, with the
// reason.
var elsewhere = map[string]string{
	"make ":                               "it builds or tests the whole project",
	"brew ":                               "it installs on a Mac",
	"vpn -X POST http://x/v1/show":        "there is no screen",
	"vpn -X POST http://x/v1/quit":        "the next examples need the app",
	"vpnstatus login":                     "launching at login is for macOS",
	"vpnstatus settings import --dry-run": "it reads what macOS has",
	"vpnstatus quit":                      "the next examples need the app",
	"vpnstatus version --check":           "only a release looks for a newer one",
}

// stubs are programs that examples use and that are not here.
var stubs = map[string]string{
	"pass":     `echo secret`,
	"ssh":      `[ "$1" = -t ] && shift 2 && exec "$@"`,
	"defaults": `echo '<plist version="1.0"><dict><key>IgnoredSSIDs</key><string>Cafe</string></dict></plist>'`,
	"vpn":      `exec curl -sS --fail-with-body --unix-socket "$VPNSTATUS_HOME/control.sock" "$@"`,
	"editor":   `test -n "$1"`,
}

// before are commands that make an example possible, by its beginning.
var before = map[string][]string{
	"vpnstatus statistics Office":                {"connect Office --wait"},
	"vpnstatus wait Office":                      {"connect Office --wait"},
	"vpnstatus wait Office --for disconnected":   {"disconnect Office --wait"},
	"vpn http://x/v1/services/Office/statistics": {"connect Office --wait"},
	"vpnstatus nc":                               {"connect Office --wait"},
	"vpnstatus groups remove":                    {"groups set work Office Home"},
	"vpnstatus networks untrust Cafe":            {`settings set trustedNetworks [{"ssid":"Cafe"}]`},
	"vpnstatus rules disable 2":                  {"rules add ignore --ssid x", "rules add ignore --ssid y", "rules add ignore --ssid z"},
	"vpnstatus status --quiet Office":            {"connect Office --wait"},
}

var (
	menuExample   = regexp.MustCompile(`^vpnstatus( --demo\S*)?$|vpnstatus menu`)
	followExample = regexp.MustCompile(`vpnstatus watch|vpnstatus log (-f|--follow)|vpn -N `)
)

// documents runs examples one after the other against one app.
type documents struct {
	*launcher
	terminals int
}

func TestExamplesOfTheReference(t *testing.T) { runDocument(t, "docs/cli.md", "--demo=quiet", 40) }
func TestExamplesOfTheReadme(t *testing.T)    { runDocument(t, "README.md", "--demo", 10) }
func TestExamplesOfTheSocket(t *testing.T)    { runDocument(t, "docs/control.md", "--demo=quiet", 20) }

func runDocument(t *testing.T, file, demo string, atLeast int) {
	a := newHome(t).start(demo, "--speed=10")
	d := &documents{launcher: a.launcher()}
	for name, script := range stubs {
		d.stub(name, "#!/bin/sh\n"+script+"\n")
	}
	all := documented(t, file)
	if len(all) < atLeast {
		t.Fatalf("only %d examples", len(all))
	}
	for _, e := range all {
		if _, ok := match(elsewhere, e.line); ok {
			continue
		}
		setup, _ := match(before, e.line)
		for _, line := range setup {
			d.ok(strings.Fields(line)...)
		}
		switch {
		case menuExample.MatchString(e.line):
			x := d.terminal(e.line)
			x.shows(`(Connect|Disconnect|Cancel) Office|Office.*Connect`)
			x.keys("q")
			x.shows(`ended with 0`)
		case followExample.MatchString(e.line):
			x := d.terminal(e.line)
			d.eventually(e.line+" prints something about Office", func() error {
				d.ok("toggle", "Office", "--wait")
				if screen := x.screen(); !strings.Contains(screen, "Office") {
					return fmt.Errorf("it shows\n%s", screen)
				}
				return nil
			})
			x.keys("C-c")
			x.shows(`ended with 130`)
		default:
			d.example(e)
		}
	}
}

// match returns the value of the longest key that a line begins with.
func match[V any](table map[string]V, line string) (value V, ok bool) {
	longest := ""
	for key, v := range table {
		if strings.HasPrefix(line, key) && len(key) > len(longest) {
			longest, value, ok = key, v, true
		}
	}
	return value, ok
}

// example runs a line that ends by itself, which must succeed.
func (d *documents) example(e example) {
	d.t.Helper()
	out, code := d.exec([]string{"EDITOR=editor"}, "bash", "-o", "pipefail", "-c", e.line)
	if code != 0 || strings.Contains(out, "vpnstatus: ") {
		d.t.Errorf("%s\nexit code %d\n%s", e.line, code, out)
	}
	if len(e.want) == 0 {
		return
	}
	// Columns have their width, status and details change, and the document may
	// show fewer VPNs.
	printed := map[string]bool{}
	for line := range strings.Lines(out) {
		printed[strings.Join(strings.Fields(line), " ")] = true
		printed[strings.Fields(line + " .")[0]] = true
	}
	for i, line := range e.want {
		want := strings.Fields(line)[0]
		if i == 0 {
			want = strings.Join(strings.Fields(line), " ")
		}
		if !printed[want] {
			d.t.Errorf("%s\nthe document shows %q, and it prints\n%s", e.line, line, out)
		}
	}
}

// terminal runs a line in a terminal, which shows its exit code.
func (d *documents) terminal(line string) *terminal {
	d.t.Helper()
	d.terminals++
	script := fmt.Sprintf("line%d.sh", d.terminals)
	d.stub(script, line+"\n")
	// The shell must outlive Ctrl-C to show the code.
	return d.openLine(100, 30+d.terminals, fmt.Sprintf("trap : INT; %s bash -o pipefail %s", d.searchPath(), filepath.Join(d.stubs, script)))
}
