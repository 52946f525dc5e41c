package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

func TestAManualPageHasAllOfACommand(t *testing.T) {
	root := &cobra.Command{Use: "tool", Short: "Do things"}
	root.PersistentFlags().Int("speed", 1, "run `N` times as fast")
	c := &cobra.Command{
		Use: "cut NAME", Short: "Cut a thing", Run: func(*cobra.Command, []string) {},
		Long:    "Cut a thing in two.\n.not a macro\n'nor this\n\nA path is C:\\x, an option -x, a \"word\".",
		Example: "  tool cut x --at 3",
	}
	c.Flags().StringP("at", "a", "", "cut at `PLACE`")
	c.Flags().Bool("old", false, "not told")
	_ = c.Flags().MarkHidden("old")
	c.AddCommand(&cobra.Command{Use: "again", Short: "Cut once more", Run: c.Run}, &cobra.Command{Use: "secret", Hidden: true, Run: c.Run})
	root.AddCommand(c)
	var out strings.Builder
	if err := manualPage(&out, c, "1.2.3", time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)); err != nil {
		t.Fatal(err)
	}
	const want = `.TH "TOOL-CUT" 1 2026-11-22 "VPNStatus 1.2.3" VPNStatus
.SH "NAME"
tool\-cut \- Cut a thing
.SH "SYNOPSIS"
.B "tool cut NAME [flags]"
.SH "DESCRIPTION"
Cut a thing in two.
\&.not a macro
\&'nor this
.PP
A path is C:\ex, an option \-x, a \(dqword\(dq.
.SH "COMMANDS"
.TP
.B "again"
Cut once more
.SH "OPTIONS"
.TP
.B "\-a, \-\-at PLACE"
cut at PLACE
.SH "OPTIONS OF ALL COMMANDS"
.TP
.B "\-\-speed N"
run N times as fast (default 1)
.SH "EXAMPLES"
.nf
  tool cut x \-\-at 3
.fi
.SH "SEE ALSO"
tool(1), tool\-cut\-again(1)
`
	if out.String() != want {
		t.Errorf("%s", out.String())
	}
}

func TestEachCommandHasAPage(t *testing.T) {
	e, _, errOut := testEnv()
	dir := filepath.Join(t.TempDir(), "man1")
	if code := run([]string{"man", "--dir", dir}, e); code != exitDone {
		t.Fatalf("exit code %d, %s", code, errOut)
	}
	macro := regexp.MustCompile(`^\.(TH|SH|TP|PP|B|nf|fi)( |$)`)
	pages := 0
	err := manualPages(newRoot(e), func(c *cobra.Command) error {
		pages++
		data, err := os.ReadFile(filepath.Join(dir, pageName(c)+".1"))
		if err != nil {
			return err
		}
		for line := range strings.Lines(string(data)) {
			if (line[0] == '.' || line[0] == '\'') && !macro.MatchString(strings.TrimSpace(line)) {
				t.Errorf("%s: %q is an unknown macro", c.CommandPath(), line)
			}
		}
		c.NonInheritedFlags().VisitAll(func(f *pflag.Flag) {
			if !f.Hidden && !strings.Contains(string(data), inRoff.Replace("--"+f.Name)) {
				t.Errorf("%s: --%s is not on its page", c.CommandPath(), f.Name)
			}
		})
		return nil
	})
	if err != nil || pages < 40 {
		t.Errorf("%d pages, %v", pages, err)
	}
	if code := run([]string{"man", "--dir", filepath.Join(dir, "vpnstatus.1", "x")}, e); code == exitDone {
		t.Error("pages were written below a file")
	}
}
