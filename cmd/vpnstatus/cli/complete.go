package cli

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"vpnstatus/internal/app"
)

// completionLimit keeps the Tab key from hanging.
const completionLimit = 2 * time.Second

// completeNames completes names of services for the first n arguments, any
// number if n is negative; then gives come for the one after them. Only a running
// app is asked: starting a backend for a key press would be too slow.
func (e *env) completeNames(n int, then ...string) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		if n >= 0 && len(args) >= n {
			if len(args) == n {
				return then, cobra.ShellCompDirectiveNoFileComp
			}
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		ctx := cmd.Context()
		if ctx == nil {
			ctx = context.Background()
		}
		ctx, cancel := context.WithTimeout(ctx, completionLimit)
		defer cancel()
		s, err := app.Connect(ctx, e.app)
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		defer s.Close()
		snapshot, err := s.Snapshot(ctx)
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		given := make(map[string]bool)
		for _, a := range args {
			given[a] = true
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
			if !given[name] && !v.Hidden {
				names = append(names, cobra.CompletionWithDesc(name, v.Status.String()+", "+string(v.Protocol)))
			}
		}
		return names, cobra.ShellCompDirectiveNoFileComp
	}
}
