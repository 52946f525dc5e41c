package cli

import (
	"github.com/spf13/cobra"

	"vpnstatus/internal/app"
	"vpnstatus/internal/engine"
	"vpnstatus/internal/menubar"
	"vpnstatus/internal/settings"
)

func newMenu(e *env) *cobra.Command {
	var asJSON, asHTML bool
	c := &cobra.Command{
		Use:   "menu",
		Short: "Show the menu in this terminal, also over SSH",
		Long: `Show the menu in this terminal, also over SSH: that of the running app, else an app
of its own that ends with it. --json and --html print the menu as it is now.`,
		Example: `  vpnstatus menu
  ssh -t mac.example vpnstatus menu
  vpnstatus menu --html > menu.html`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx := cmd.Context()
			if !asJSON && !asHTML {
				e.app.Terminal = true
				return runApp(ctx, e)
			}
			return e.withSnapshot(ctx, false, func(_ app.Services, snapshot *engine.Snapshot) error {
				return e.store(func(store *settings.Store) error {
					menu := menubar.Build(snapshot, store.Current(), menubar.Env{Version: e.app.Version, Location: e.zone}, e.now())
					if asJSON {
						return menubar.WriteJSON(e.out, menu)
					}
					return menubar.WriteHTML(e.out, menu, menubar.HTMLOptions{Clock: e.now().In(e.zone).Format("Mon 2 Jan 15:04")})
				})
			})
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print the menu as JSON")
	c.Flags().BoolVar(&asHTML, "html", false, "print a page that draws the menu as macOS would")
	c.MarkFlagsMutuallyExclusive("json", "html")
	return c
}
