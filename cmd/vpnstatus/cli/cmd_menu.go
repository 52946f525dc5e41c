package cli

import "github.com/spf13/cobra"

func newMenu(e *env) *cobra.Command {
	return &cobra.Command{
		Use:   "menu",
		Short: "Show the menu in this terminal, also over SSH",
		Long: `Show the menu in this terminal, also over SSH: that of the running app, else an app
of its own that ends with it. In the menu of a running app, q, Ctrl-C and Close
leave it with exit code 0, and Quit VPNStatus quits the app; if the app ends, the
exit code is 7. Press ? for the keys.`,
		Example: `  vpnstatus menu
  ssh -t mac.example vpnstatus menu`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			e.app.Terminal = true
			return runApp(cmd.Context(), e)
		},
	}
}
