package cli

import (
	"context"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"vpnstatus/internal/app"
)

// completionLimit keeps the Tab key from hanging.
const completionLimit = 2 * time.Second

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
// where names are not unique.
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
		name := v.Name
		if count[name] > 1 || name == "" {
			name = v.ID.String()
		}
		if !v.Hidden && !slices.Contains(args, name) {
			names = append(names, cobra.CompletionWithDesc(name, v.Status.String()+", "+string(v.Protocol)))
		}
	}
	return names
}
