package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"vpnstatus/internal/app"
)

func newDoctor(e *env) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "doctor",
		Short: "Check that everything works, for a report of a problem",
		Long: `Check what VPNStatus needs and print a report. The exit code is 1 when something
is not as it should be. The report holds no passwords and no server names.`,
		Example: `  vpnstatus doctor
  vpnstatus doctor --json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			report := app.Doctor(cmd.Context(), e.app)
			if asJSON {
				if err := e.printJSON(report); err != nil {
					return err
				}
			} else {
				for _, c := range report.Checks {
					if _, err := fmt.Fprintf(e.out, "%-4s  %-22s  %s\n", c.Result, c.Name, c.Text); err != nil {
						return err
					}
				}
			}
			if report.Failed() {
				return codeError(exitFailed)
			}
			return nil
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}
