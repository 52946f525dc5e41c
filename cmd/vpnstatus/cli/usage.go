package cli

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"vpnstatus/internal/app"
)

// checkUsage returns what is wrong with a command line that cobra has accepted.
func (e *env) checkUsage(cmd *cobra.Command, args []string) error {
	if s := e.app.Speed; !(s > 0 && s <= app.MaxSpeed) {
		return usage("--speed=%g: must be above 0, up to %d", s, app.MaxSpeed)
	}
	if err := cmd.ValidateFlagGroups(); err != nil {
		return usage("%w", err)
	}
	if !compatible(cmd) && !cmd.Hidden { // cobra's command for completion, whose last argument may be empty
		return notEmpty(cmd, args)
	}
	return nil
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
		return usage("an argument is empty")
	}
	var err error
	cmd.Flags().Visit(func(f *pflag.Flag) {
		values := []string{f.Value.String()}
		if list, ok := f.Value.(pflag.SliceValue); ok {
			values = list.GetSlice()
		}
		if len(values) == 0 || slices.ContainsFunc(values, blank) {
			err = usage("the value of --%s is empty", f.Name)
		}
	})
	return err
}

// flagError replaces what pflag passes on from strconv about a number.
func flagError(_ *cobra.Command, err error) error {
	var value *pflag.InvalidValueError
	var number *strconv.NumError
	if errors.As(err, &value) && errors.As(err, &number) {
		return fmt.Errorf("invalid argument %.60q for --%s: %w", value.GetValue(), value.GetFlag().Name, number.Err)
	}
	return err
}
