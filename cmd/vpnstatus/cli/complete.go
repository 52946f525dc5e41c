package cli

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"vpnstatus/internal/app"
	"vpnstatus/internal/plaintext"
	"vpnstatus/internal/settings"
)

// completionLimit keeps the Tab key from hanging.
const completionLimit = 2 * time.Second

// words completes one argument, or the value of a flag, with fixed words.
func words(choices ...string) cobra.CompletionFunc {
	return cobra.FixedCompletions(choices, cobra.ShellCompDirectiveNoFileComp)
}

// completeFirst completes the first argument alone, with names that are looked up
// when they are needed.
func completeFirst(names func() []string) cobra.CompletionFunc {
	return func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return names(), cobra.ShellCompDirectiveNoFileComp
	}
}

// untilChoices are ends of a hold or pause; the parser takes many more.
var untilChoices = []string{"30m", "2h", "08:00", "tomorrow", "network", "resume"}

// waitChoices are times for --wait and --timeout.
var waitChoices = []string{"10s", "30s", "2m"}

// files completes with the names of files, which is not the default.
func files(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return nil, cobra.ShellCompDirectiveDefault
}

// completeRules completes the number of a rule, and for move its new place.
func (e *env) completeRules(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	var numbers []string
	if len(args) == 0 || len(args) == 1 && cmd.Name() == "move" {
		for i, r := range e.stored().Rules {
			numbers = append(numbers, cobra.CompletionWithDesc(strconv.Itoa(i+1), string(r.Then)+" "+plaintext.Line(cmp.Or(r.Name, conditions(r)))))
		}
	}
	return numbers, cobra.ShellCompDirectiveNoFileComp
}

// completeKeys completes the name of a setting.
func completeKeys(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	var names []string
	if len(args) == 0 {
		for _, k := range settings.Keys() {
			names = append(names, cobra.CompletionWithDesc(k.Name, k.Help))
			if k.Type == settings.TypeSwitches {
				for _, element := range k.Choices {
					names = append(names, k.Name+"."+element)
				}
			}
		}
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

// completeSetting completes the name of a setting and then its value.
func completeSetting(cmd *cobra.Command, args []string, to string) ([]string, cobra.ShellCompDirective) {
	if len(args) != 1 {
		return completeKeys(cmd, args, to)
	}
	key, _, element := strings.Cut(args[0], ".")
	for _, k := range settings.Keys() {
		if k.Name != key {
			continue
		}
		switch {
		case k.Type == settings.TypeBool, k.Type == settings.TypeSwitches && element:
			return []string{"on", "off"}, cobra.ShellCompDirectiveNoFileComp
		case k.Type == settings.TypeChoice:
			return k.Choices, cobra.ShellCompDirectiveNoFileComp
		}
	}
	return nil, cobra.ShellCompDirectiveNoFileComp
}

// completeNames completes the first n arguments, or all if n is negative, with
// names of services, and the one after them with the words in then. Only a running
// app is asked: opening a backend for a key press would be too slow.
func (e *env) completeNames(n int, then ...string) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		switch {
		case n >= 0 && len(args) == n:
			return then, cobra.ShellCompDirectiveNoFileComp
		case n >= 0 && len(args) > n:
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		ctx := cmd.Context()
		if ctx == nil {
			ctx = context.Background()
		}
		ctx, cancel := context.WithTimeout(ctx, completionLimit)
		defer cancel()
		return e.names(ctx, args), cobra.ShellCompDirectiveNoFileComp
	}
}

// names returns the names of the services that are not among the arguments; IDs
// where names are not unique or can't be typed.
func (e *env) names(ctx context.Context, args []string) []string {
	s, err := app.Connect(ctx, e.app)
	if err != nil {
		return nil
	}
	defer s.Close()
	snapshot, err := s.Snapshot(ctx)
	if err != nil {
		return nil
	}
	count := make(map[string]int)
	for _, v := range snapshot.Services {
		count[v.Name]++
	}
	var names []string
	for _, v := range snapshot.Services {
		name, about := v.Name, v.Status.String()+", "+string(v.Protocol)
		if count[name] > 1 || name == "" || name != plaintext.Line(name) {
			name, about = v.ID.String(), plaintext.Line(v.DisplayName())+", "+about
		}
		if !v.Hidden && !slices.Contains(args, name) {
			names = append(names, cobra.CompletionWithDesc(name, about))
		}
	}
	return names
}
