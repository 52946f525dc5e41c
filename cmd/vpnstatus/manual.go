package main

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// manualPage writes the page of one command in the macros of man(7). cobra's own
// generator goes by way of Markdown, whose libraries are 0.3 MB of the program.
func manualPage(out io.Writer, c *cobra.Command, version string, now time.Time) error {
	p := page{}
	name := pageName(c)
	p.WriteString(fmt.Sprintf(".TH %q 1 %s %q VPNStatus\n", strings.ToUpper(name), now.Format(time.DateOnly), "VPNStatus "+version))
	p.macro("SH", "NAME")
	p.text(name + " - " + c.Short)
	p.macro("SH", "SYNOPSIS")
	p.macro("B", c.UseLine())
	p.macro("SH", "DESCRIPTION")
	for i, paragraph := range strings.Split(cmp.Or(c.Long, c.Short), "\n\n") {
		if i > 0 {
			p.macro("PP")
		}
		p.text(paragraph)
	}
	if c.HasAvailableSubCommands() {
		p.macro("SH", "COMMANDS")
		for _, sub := range c.Commands() {
			if sub.IsAvailableCommand() {
				p.item(sub.Name(), sub.Short)
			}
		}
	}
	p.flags("OPTIONS", c.NonInheritedFlags())
	p.flags("OPTIONS OF ALL COMMANDS", c.InheritedFlags())
	if c.Example != "" {
		p.macro("SH", "EXAMPLES")
		p.macro("nf")
		p.text(c.Example)
		p.macro("fi")
	}
	var related []string
	if c.HasParent() {
		related = append(related, pageName(c.Parent())+"(1)")
	}
	for _, sub := range c.Commands() {
		if sub.IsAvailableCommand() {
			related = append(related, pageName(sub)+"(1)")
		}
	}
	if len(related) > 0 {
		p.macro("SH", "SEE ALSO")
		p.text(strings.Join(related, ", "))
	}
	_, err := io.WriteString(out, p.String())
	return err
}

// pageName is the name of a command's page, such as vpnstatus-rules-add.
func pageName(c *cobra.Command) string { return strings.ReplaceAll(c.CommandPath(), " ", "-") }

// manualPages calls f for a command and all below it that have a page.
func manualPages(c *cobra.Command, f func(*cobra.Command) error) error {
	if err := f(c); err != nil {
		return err
	}
	for _, sub := range c.Commands() {
		if sub.IsAvailableCommand() {
			if err := manualPages(sub, f); err != nil {
				return err
			}
		}
	}
	return nil
}

// page is a page in the making.
type page struct{ strings.Builder }

// inRoff escapes what would not be printed as it is.
var inRoff = strings.NewReplacer(`\`, `\e`, "-", `\-`, `"`, `\(dq`)

func (p *page) macro(name string, arguments ...string) {
	p.WriteString("." + name)
	for _, a := range arguments {
		p.WriteString(` "` + inRoff.Replace(a) + `"`)
	}
	p.WriteString("\n")
}

func (p *page) text(s string) {
	for line := range strings.Lines(strings.TrimRight(s, "\n") + "\n") {
		if strings.HasPrefix(line, ".") || strings.HasPrefix(line, "'") {
			p.WriteString(`\&`) // it would be a macro
		}
		p.WriteString(inRoff.Replace(line))
	}
}

func (p *page) item(name, text string) {
	p.macro("TP")
	p.macro("B", name)
	p.text(text)
}

func (p *page) flags(title string, set *pflag.FlagSet) {
	if !set.HasAvailableFlags() {
		return
	}
	p.macro("SH", title)
	set.VisitAll(func(f *pflag.Flag) {
		if f.Hidden {
			return
		}
		value, text := pflag.UnquoteUsage(f)
		name := "--" + f.Name
		if f.Shorthand != "" {
			name = "-" + f.Shorthand + ", " + name
		}
		if value != "" {
			name += " " + value
		}
		switch f.DefValue {
		case "", "false", "0", "0s", "[]":
		default:
			text += fmt.Sprintf(" (default %s)", f.DefValue)
		}
		p.item(name, text)
	})
}
