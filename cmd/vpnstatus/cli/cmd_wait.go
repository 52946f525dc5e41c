package cli

import (
	"time"

	"github.com/spf13/cobra"

	"vpnstatus/internal/engine"
	"vpnstatus/internal/vpn"
)

func newWait(e *env) *cobra.Command {
	var status string
	timeout := defaultWait
	c := &cobra.Command{
		Use:   "wait NAME",
		Short: "Wait until a VPN is connected or disconnected",
		Long: `Wait until a VPN is connected or disconnected. The exit code is 5 if that does not
happen in time, and 6 if the VPN needs you.`,
		Example: `  vpnstatus wait Office
  vpnstatus wait Office --for disconnected --timeout 10s`,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: e.completeNames(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			goal := map[string]vpn.Status{"connected": vpn.Connected, "disconnected": vpn.Disconnected}[status]
			if goal == vpn.Invalid {
				return usage("--for=%s: must be connected or disconnected", status)
			}
			if timeout < 0 {
				return usage("--timeout=%s: the time must not be negative", timeout)
			}
			ctx := cmd.Context()
			return e.open(ctx, anyAccess, args, func(s *session) error {
				snapshot, updates, err := s.Follow(ctx)
				if err != nil {
					return err
				}
				defer updates.Close()
				w := newWaiter(s.named[0], goal, time.Time{})
				if err := w.update(engine.Update{Snapshot: snapshot}, e.now()); err != nil {
					return err
				}
				return await(ctx, s, updates, []*waiter{w}, timeout)
			})
		},
	}
	c.Flags().StringVar(&status, "for", "connected", "`STATUS` to wait for: connected or disconnected")
	c.Flags().Var((*duration)(&timeout), "timeout", "give up after `TIME` (10s, 2m; a bare number is seconds); 0 waits forever")
	cobra.CheckErr(c.RegisterFlagCompletionFunc("for", words("connected", "disconnected")))
	cobra.CheckErr(c.RegisterFlagCompletionFunc("timeout", words(append(waitChoices, "0")...)))
	return c
}
