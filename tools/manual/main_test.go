package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"vpnstatus/cmd/vpnstatus/cli"
	"vpnstatus/tools/internal/appbuild"
)

var version = appbuild.Version{Full: "v1.2.3", Time: time.Date(2026, 11, 27, 3, 4, 7, 0, time.UTC)}

func TestEachCommandHasAPageWithItsFlags(t *testing.T) {
	root := t.TempDir()
	if err := write(root, version); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(root, "man", "man1")
	pages := 0
	var check func(*cobra.Command)
	check = func(c *cobra.Command) {
		pages++
		data, err := os.ReadFile(filepath.Join(dir, strings.ReplaceAll(c.CommandPath(), " ", "-")+".1"))
		if err != nil {
			t.Error(err)
		}
		c.NonInheritedFlags().VisitAll(func(f *pflag.Flag) {
			if !f.Hidden && !strings.Contains(strings.ReplaceAll(string(data), `\`, ""), "--"+f.Name) {
				t.Errorf("%s: --%s is not on its page", c.CommandPath(), f.Name)
			}
		})
		for _, sub := range c.Commands() {
			if sub.IsAvailableCommand() {
				check(sub)
			}
		}
	}
	check(cli.Command())
	if pages < 30 {
		t.Errorf("only %d pages", pages)
	}
}

func TestTheReferenceIsUpToDate(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("..", "..", referenceFile))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(data), reference()); diff != "" {
		t.Errorf("%s is not what the commands say now; run make docs:\n%s", referenceFile, diff)
	}
}

func TestTheReferenceHasEachCommandOnceWithALinkToIt(t *testing.T) {
	text := reference()
	sections := 0
	root := cli.Command()
	var check func(*cobra.Command)
	check = func(c *cobra.Command) {
		for _, sub := range c.Commands() {
			if !sub.IsAvailableCommand() {
				continue
			}
			sections++
			anchor := "(#" + strings.ReplaceAll(name(sub), " ", "-") + ")"
			for _, want := range []string{"\n### " + name(sub) + "\n", anchor, prose(sub.Short)} {
				if n := strings.Count(text, want); n == 0 || n > 1 && want != prose(sub.Short) {
					t.Errorf("%s: %q is there %d times", sub.CommandPath(), want, n)
				}
			}
			check(sub)
		}
	}
	check(root)
	if sections < 30 {
		t.Errorf("only %d commands", sections)
	}
	if got := strings.Count(text, "\n### "); got != sections {
		t.Errorf("%d sections for %d commands", got, sections)
	}
}

func TestProseIsMarkdownWithOptionsAsCode(t *testing.T) {
	for text, want := range map[string]string{
		"with --json, -q or --wait=5s (--demo=FILE)": "with `--json`, `-q` or `--wait=5s` (`--demo=FILE`)",
		"* and ? allowed, <b> [x] a_b":               `\* and ? allowed, \<b\> \[x\] a\_b`,
		"well-kept, 08:00-18:00, a - b":              "well-kept, 08:00-18:00, a - b",
		"say `a_b --json`":                           "say `a_b --json`",
	} {
		if got := prose(text); got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
}

func TestAnOptionIsWrittenAsItIsGiven(t *testing.T) {
	set := pflag.NewFlagSet("", pflag.ContinueOnError)
	set.StringP("user", "u", "", "log in as `USER`")
	set.Duration("timeout", 30*time.Second, "give up after `TIME`")
	set.String("wait", "", "up to `TIME`")
	set.Lookup("wait").NoOptDefVal = "30s"
	set.Bool("json", false, "print JSON | text")
	set.Bool("login", false, "internal")
	if err := set.MarkHidden("login"); err != nil {
		t.Fatal(err)
	}
	var p page
	p.flags(set)
	want := `| option |  |
|---|---|
| ` + "`--json`" + ` | print JSON \| text |
| ` + "`--timeout TIME`" + ` | give up after TIME (default 30s) |
| ` + "`-u`, `--user USER`" + ` | log in as USER |
| ` + "`--wait[=TIME]`" + ` | up to TIME; TIME is ` + "`30s`" + ` if left out |
`
	if diff := cmp.Diff(want, p.String()); diff != "" {
		t.Error(diff)
	}
}

func TestAPageNamesVersionAndDateOfTheCommitAlone(t *testing.T) {
	dir := t.TempDir()
	old := filepath.Join(dir, "man", "man1", "vpnstatus-gone.1")
	if err := os.MkdirAll(filepath.Dir(old), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(old, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := write(dir, version); err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(filepath.Join(dir, "man", "man1", "vpnstatus-list.1"))
	if err != nil {
		t.Fatal(err)
	}
	if want := `.TH "VPNSTATUS-LIST" "1" "Nov 2026" "VPNStatus v1.2.3"`; !strings.Contains(string(page), want) || strings.Contains(string(page), "Auto generated") {
		t.Errorf("the page lacks %s or says who made it:\n%s", want, page)
	}
	if _, err := os.Stat(old); !os.IsNotExist(err) {
		t.Errorf("the page of a command that is gone: %v", err)
	}
}

// The shells evaluate the completions without an error, and find the command in them.
func TestCompletionsAreValidInTheirShells(t *testing.T) {
	dir := t.TempDir()
	if err := write(dir, version); err != nil {
		t.Fatal(err)
	}
	for shell, name := range map[string]string{"bash": "vpnstatus.bash", "zsh": "_vpnstatus", "fish": "vpnstatus.fish"} {
		file := filepath.Join(dir, "completions", name)
		text, err := os.ReadFile(file)
		if err != nil {
			t.Error(err)
			continue
		}
		if !strings.Contains(string(text), "vpnstatus") {
			t.Errorf("%s does not name the command", name)
		}
		if _, err := exec.LookPath(shell); err != nil {
			t.Logf("%s was not tried: %v", shell, err)
			continue
		}
		if out, err := exec.Command(shell, "-n", file).CombinedOutput(); err != nil {
			t.Errorf("%s -n %s: %v\n%s", shell, name, err, out)
		}
	}
}
