package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"vpnstatus/cmd/vpnstatus/cli"
)

func TestEachCommandHasAPageWithItsFlags(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "man1")
	if err := write(dir, "v1.2.3"); err != nil {
		t.Fatal(err)
	}
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
