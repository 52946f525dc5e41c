package cli

import (
	"time"

	"github.com/spf13/cobra"

	"vpnstatus/internal/app"
)

func newWait(e *env) *cobra.Command {
	var what string
	var timeout time.Duration
	c := &cobra.Command{
		Use:   "wait NAME",
		Short: "Wait until a VPN is connected or disconnected",
		Long: `Wait until a VPN is connected or disconnected. The exit code is 5 when that does
not happen in time, and 6 when it waits for you.`,
		Example: `  vpnstatus wait Office
  vpnstatus wait Office --for disconnected --timeout 10s`,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: e.completeNames(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var g goal
			switch what {
			case "connected":
				g = goalUp
			case "disconnected":
				g = goalDown
			default:
				return usage("--for=%s: it is connected or disconnected", what)
			}
			if timeout < 0 {
				return usage("--timeout=%s: the time must not be negative", timeout)
			}
			ctx := cmd.Context()
			return e.with(ctx, false, func(s app.Services) error {
				snapshot, sub, err := s.Follow(ctx)
				if err != nil {
					return err
				}
				defer sub.Close()
				v, err := snapshot.Find(args[0])
				if err != nil {
					return err
				}
				w := newWaiter(v, g, false)
				if !w.done {
					if err := w.look(v, e.now()); err != nil {
						return err
					}
				}
				return await(ctx, s, sub, []*waiter{w}, timeout)
			})
		},
	}
	c.Flags().StringVar(&what, "for", "connected", "`STATUS` to wait for: connected or disconnected")
	c.Flags().DurationVar(&timeout, "timeout", defaultWait, "give up after `TIME`; 0 waits for ever")
	_ = c.RegisterFlagCompletionFunc("for", cobra.FixedCompletions([]string{"connected", "disconnected"}, cobra.ShellCompDirectiveNoFileComp))
	return c
}
