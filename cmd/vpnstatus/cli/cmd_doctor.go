package cli

import (
	"strings"

	"github.com/spf13/cobra"

	"vpnstatus/internal/app"
	"vpnstatus/internal/plaintext"
)

func newDoctor(e *env) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "doctor",
		Short: "Check that everything works, for a bug report",
		Long: `Check what VPNStatus needs and print a report. The exit code is 1 if something
is wrong. A running app is asked for its own report. The report holds names of VPNs,
but no passwords, servers or networks.`,
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
				var text strings.Builder
				if err := report.WriteText(&text); err != nil {
					return err
				}
				e.print("%s", plaintext.Lines(text.String()))
			}
			if report.Failed() {
				return &exitError{code: exitFailed}
			}
			return nil
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}
