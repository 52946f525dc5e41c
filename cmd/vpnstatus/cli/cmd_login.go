package cli

import (
	"github.com/spf13/cobra"

	"vpnstatus/internal/app"
)

func newLogin(e *env) *cobra.Command {
	return &cobra.Command{
		Use:   "login [on|off]",
		Short: "Show or set whether the app launches at login (macOS)",
		Long: `Show whether the app launches when you log in, or set it. macOS may ask you to allow
it in System Settings, under Login Items.`,
		Example: `  vpnstatus login
  vpnstatus login on`,
		Args:      cobra.MaximumNArgs(1),
		ValidArgs: []string{"on", "off"},
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 1 {
				on, err := onOff(args[0])
				if err != nil {
					return err
				}
				return app.SetLogin(on)
			}
			state, err := app.Login()
			if err != nil {
				return err
			}
			e.print("%s\n", state)
			return nil
		},
	}
}
