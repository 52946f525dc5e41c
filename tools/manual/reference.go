package main

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"vpnstatus/cmd/vpnstatus/cli"
)

const referenceFile = "docs/cli.md"

// reference returns the page of all commands, in Markdown. Examples are in
// blocks marked sh, which the end-to-end tests run.
func reference() string {
	root := cli.Command()
	var p page
	p.add("<!-- Written by `make docs` from the commands themselves. Don't edit. -->\n")
	p.add("# Command line")
	intro, _, _ := strings.Cut(root.Long, "\n\nExit codes:") // they have a table
	p.prose(intro)
	p.examples(root)

	p.add("## Commands")
	for _, group := range root.Groups() {
		var rows [][2]string
		for _, c := range members(root, group.ID) {
			rows = append(rows, [2]string{fmt.Sprintf("[`%s`](#%s)", name(c), strings.ReplaceAll(name(c), " ", "-")), prose(c.Short)})
		}
		p.table(strings.TrimSuffix(group.Title, ":"), "", rows)
	}
	p.add("Options of all commands, which may be anywhere on the line:")
	p.flags(root.PersistentFlags())

	p.add("## Exit codes")
	var codes [][2]string
	for _, c := range cli.ExitCodes() {
		codes = append(codes, [2]string{fmt.Sprint(c.Code), c.Meaning})
	}
	p.table("code", "meaning", codes)
	var quiet []string
	for _, c := range cli.QuietExitCodes() {
		quiet = append(quiet, fmt.Sprint(c.Code, " ", c.Meaning))
	}
	p.add("`status --quiet` answers with them: " + strings.Join(quiet, ", ") + ".\nCtrl-C and SIGTERM end a command as that signal, which a shell reports as 130 and 143.")

	p.add("## Environment")
	var variables [][2]string
	for _, v := range cli.Variables() {
		variables = append(variables, [2]string{"`" + strings.ReplaceAll(v.Name, ", ", "`, `") + "`", prose(v.Effect)})
	}
	p.table("variable", "effect", variables)

	p.add("## Without a command")
	p.usage(root.Use + " [flags]")
	p.flags(root.LocalNonPersistentFlags())
	for _, group := range root.Groups() {
		p.add("## " + strings.TrimSuffix(group.Title, ":"))
		for _, c := range members(root, group.ID) {
			p.command(c)
		}
	}
	return p.String()
}

// members returns the commands of a group, each followed by its subcommands.
func members(root *cobra.Command, group string) []*cobra.Command {
	var all []*cobra.Command
	var visit func(*cobra.Command)
	visit = func(c *cobra.Command) {
		if !c.IsAvailableCommand() {
			return
		}
		all = append(all, c)
		for _, sub := range c.Commands() {
			visit(sub)
		}
	}
	for _, c := range root.Commands() {
		if c.GroupID == group {
			visit(c)
		}
	}
	return all
}

// name returns the name of a command without that of the program.
func name(c *cobra.Command) string {
	return strings.TrimPrefix(c.CommandPath(), c.Root().Name()+" ")
}

// page is a Markdown page, block by block.
type page struct{ strings.Builder }

// add appends a block.
func (p *page) add(block string) {
	if p.Len() > 0 {
		p.WriteByte('\n')
	}
	p.WriteString(strings.TrimRight(block, "\n") + "\n")
}

// prose appends a text of the help. Its indented lines are examples of what to
// write, not of commands.
func (p *page) prose(text string) {
	for block := range strings.SplitSeq(strings.TrimSpace(text), "\n\n") {
		if strings.HasPrefix(block, " ") || strings.HasPrefix(block, "\t") {
			p.add("```\n" + dedent(block) + "\n```")
		} else {
			p.add(prose(block))
		}
	}
}

func (p *page) usage(line string) { p.add("```\n" + line + "\n```") }

func (p *page) examples(c *cobra.Command) {
	if c.Example != "" {
		p.add("```sh\n" + dedent(c.Example) + "\n```")
	}
}

// table appends a table with two columns.
func (p *page) table(left, right string, rows [][2]string) {
	var b strings.Builder
	fmt.Fprintf(&b, "| %s | %s |\n|---|---|\n", left, right)
	bar := strings.NewReplacer("|", `\|`)
	for _, row := range rows {
		fmt.Fprintf(&b, "| %s | %s |\n", bar.Replace(row[0]), bar.Replace(row[1]))
	}
	p.add(b.String())
}

// flags appends a table of the visible flags but --help, if there are any.
func (p *page) flags(set *pflag.FlagSet) {
	var rows [][2]string
	set.VisitAll(func(f *pflag.Flag) {
		if !f.Hidden && f.Name != "help" {
			rows = append(rows, flag(f))
		}
	})
	if len(rows) > 0 {
		p.table("option", "", rows)
	}
}

// flag returns how a flag is written, and what it does.
func flag(f *pflag.Flag) [2]string {
	value, text := pflag.UnquoteUsage(f)
	written := "--" + f.Name
	switch {
	case value == "":
	case f.NoOptDefVal != "":
		written += "[=" + value + "]"
		text += fmt.Sprintf("; %s is `%s` if left out", value, f.NoOptDefVal)
	default:
		written += " " + value
	}
	if f.Shorthand != "" {
		written = "-" + f.Shorthand + "`, `" + written
	}
	switch f.DefValue {
	case "", "0", "0s", "false", "[]":
	default:
		text += " (default " + f.DefValue + ")"
	}
	return [2]string{"`" + written + "`", prose(text)}
}

func (p *page) command(c *cobra.Command) {
	p.add("### " + name(c))
	text := c.Long
	if text == "" {
		text = c.Short + "."
	}
	if len(c.Aliases) > 0 {
		text += " Also called `" + strings.Join(c.Aliases, "` or `") + "`."
	}
	p.prose(text)
	if c.Runnable() {
		line := c.UseLine()
		if !c.LocalFlags().HasAvailableFlags() {
			line = strings.TrimSuffix(line, " [flags]")
		}
		p.usage(line)
	}
	p.flags(c.LocalFlags())
	p.examples(c)
}

var (
	special = regexp.MustCompile("[*_<>\\\\`\\[\\]]")
	option  = regexp.MustCompile(`(^|[\s("])(--?[a-z][a-z-]*(?:=[A-Z0-9][A-Za-z0-9]*)?)`)
)

// prose returns a text for Markdown, with its options as code.
func prose(text string) string {
	var b strings.Builder
	for i, part := range strings.Split(text, "`") { // what is code already stays
		if i%2 == 1 {
			b.WriteString("`" + part + "`")
			continue
		}
		part = special.ReplaceAllString(part, `\$0`)
		b.WriteString(option.ReplaceAllString(part, "$1`$2`"))
	}
	return b.String()
}

// dedent removes the indentation of help texts.
func dedent(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString(strings.TrimPrefix(line, "  "))
	}
	return strings.TrimRight(b.String(), "\n")
}
