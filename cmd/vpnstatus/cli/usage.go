package cli

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"vpnstatus/internal/plaintext"
	"vpnstatus/internal/vpn"
)

// wrapArgs makes every command report wrong arguments, flags that exclude each
// other, and empty values as usage errors.
func wrapArgs(c *cobra.Command) {
	check := c.Args
	c.Args = func(cmd *cobra.Command, args []string) error {
		err := cmd.ValidateFlagGroups()
		if err == nil && !compatible(cmd) {
			err = notEmpty(cmd, args)
		}
		if err == nil && check != nil {
			if err = check(cmd, args); err != nil && exitCode(err) != exitUsage {
				err = misfit(cmd, check, args)
			}
		}
		if err == nil || exitCode(err) == exitUsage {
			return err
		}
		return usage("%s; usage: %s", err, cmd.UseLine())
	}
	for _, sub := range c.Commands() {
		wrapArgs(sub)
	}
}

// compatible reports whether a command is one that other tools have, which decide
// about their arguments.
func compatible(cmd *cobra.Command) bool {
	for ; cmd != nil; cmd = cmd.Parent() {
		if cmd.GroupID == groupCompat {
			return true
		}
	}
	return false
}

// notEmpty returns an error if an argument or the value of a flag is empty, as
// that of an unset variable of the shell is: it must not mean "all" or "forever".
func notEmpty(cmd *cobra.Command, args []string) error {
	blank := func(s string) bool { return strings.TrimSpace(s) == "" }
	if slices.ContainsFunc(args, blank) {
		return errors.New("an argument is empty")
	}
	var err error
	cmd.Flags().Visit(func(f *pflag.Flag) {
		values := []string{f.Value.String()}
		if list, ok := f.Value.(pflag.SliceValue); ok {
			values = list.GetSlice()
		}
		if len(values) == 0 || slices.ContainsFunc(values, blank) {
			err = errors.New("the value of --" + f.Name + " is empty")
		}
	})
	return err
}

// misfit says what is wrong with arguments that check refuses because of their
// number.
func misfit(cmd *cobra.Command, check cobra.PositionalArgs, args []string) error {
	if len(args) == 0 || check(cmd, append(slices.Clone(args), "x")) == nil {
		return errors.New("an argument is missing")
	}
	for n := range args {
		if check(cmd, args[:n]) != nil || n+1 < len(args) && check(cmd, args[:n+1]) == nil {
			continue
		}
		if n == 0 && cmd.HasAvailableSubCommands() {
			return noCommand(cmd, args[0])
		}
		text := "unexpected argument " + strconv.Quote(args[n])
		if _, err := plaintext.Duration(args[n]); err == nil && cmd.Flags().Lookup("timeout") != nil {
			text += "; a time is given as --timeout " + args[n]
		}
		return errors.New(text)
	}
	return errors.New("these arguments do not go together")
}

// noCommand reports a command or subcommand that does not exist.
func noCommand(parent *cobra.Command, text string) error {
	var names []string
	for _, c := range parent.Commands() {
		if c.IsAvailableCommand() {
			names = append(append(append(names, c.Name()), c.Aliases...), c.SuggestFor...)
		}
	}
	near := nearest(text, names)
	for _, c := range parent.Commands() {
		if slices.Contains(c.SuggestFor, near) {
			near = c.Name()
		}
	}
	if parent.HasParent() {
		text = name(parent) + " " + text
	}
	return usage("there is no command %q%s", text, didYouMean(near))
}

// didYouMean returns the question that a message ends with; "" if there is
// nothing to ask.
func didYouMean(near string) string {
	if near == "" {
		return ""
	}
	if strings.ContainsFunc(near, unicode.IsSpace) {
		near = strconv.Quote(near)
	}
	return "; did you mean " + near + "?"
}

// noneCalled is the error that nothing of a kind has the name that was given.
func noneCalled(kind, name string, names []string) error {
	return usage("no %s is called %q%s", kind, name, didYouMean(nearest(name, names)))
}

// nearest returns the name that was probably meant: one that the text begins or
// is the beginning of, else the one with the fewest mistyped letters. "" if none
// is similar.
func nearest(text string, names []string) string {
	text = vpn.Fold(strings.TrimSpace(text))
	best, fewest := "", max(len([]rune(text))/3, 1)+1
	for _, name := range names {
		folded := vpn.Fold(name)
		mistakes := distance([]rune(text), []rune(folded))
		if shorter := min(len(text), len(folded)); shorter >= 3 && (strings.HasPrefix(folded, text) || strings.HasPrefix(text, folded)) {
			mistakes = min(mistakes, 1)
		}
		if mistakes < fewest && mistakes < len([]rune(folded)) {
			best, fewest = name, mistakes
		}
	}
	return best
}

// distance is the number of letters to insert, remove or replace, and of
// neighbours to swap, that turn one text into the other.
func distance(a, b []rune) int {
	before, row := []int(nil), make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range a {
		next := make([]int, len(b)+1)
		next[0] = i + 1
		for j := range b {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			next[j+1] = min(row[j]+cost, row[j+1]+1, next[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				next[j+1] = min(next[j+1], before[j-1]+1)
			}
		}
		before, row = row, next
	}
	return row[len(b)]
}

// name returns a command without the name of the program, or that of the program.
func name(c *cobra.Command) string {
	return strings.TrimPrefix(c.CommandPath(), c.Root().Name()+" ")
}

// flagError turns an error of pflag into one for users.
func flagError(cmd *cobra.Command, err error) error {
	var value *pflag.InvalidValueError
	var unknown *pflag.NotExistError
	var missing *pflag.ValueRequiredError
	switch {
	case errors.As(err, &missing):
		return usage("--%s needs a value; usage: %s", missing.GetFlag().Name, cmd.UseLine())
	case errors.As(err, &value):
		f := value.GetFlag()
		must := map[string]string{
			"int": "a whole number", "float64": "a number", "bool": "true or false", "stringSlice": "a list with commas",
		}[f.Value.Type()]
		if must == "" {
			return usage("--%s: %w", f.Name, value.Unwrap())
		}
		return usage("--%s: %.60q must be %s", f.Name, value.GetValue(), must)
	case errors.As(err, &unknown) && unknown.GetSpecifiedShortnames() != "":
		return usage("there is no option -%s", unknown.GetSpecifiedName())
	case errors.As(err, &unknown):
		var names []string
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			if !f.Hidden {
				names = append(names, "--"+f.Name)
			}
		})
		option := "--" + unknown.GetSpecifiedName()
		return usage("there is no option %s%s", option, didYouMean(nearest(option, names)))
	}
	return &exitError{exitUsage, err}
}
