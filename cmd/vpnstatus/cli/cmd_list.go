package cli

import (
	"github.com/spf13/cobra"

	"vpnstatus/internal/app"
	"vpnstatus/internal/control"
	"vpnstatus/internal/engine"
	"vpnstatus/internal/menubar"
	"vpnstatus/internal/plaintext"
)

func newList(e *env) *cobra.Command {
	var asJSON, all, ids bool
	c := &cobra.Command{
		Use:     "list",
		Aliases: []string{"ls"},
		Short:   "List the VPN services",
		Long: `List the VPN services with their status, by name.

The JSON form is an object with a schema number and the list "VPNs", whose
"name" and "status" are those of vpnutil.`,
		Example: `  vpnstatus list
  vpnstatus list --json | jq -r '.VPNs[] | select(.status == "Connected").name'`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return e.withSnapshot(cmd.Context(), false, func(_ app.Services, snapshot *engine.Snapshot) error {
				if asJSON {
					return e.printJSON(control.NewList(snapshot.Services, all, e.now()))
				}
				return e.printList(snapshot, all, ids)
			})
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	c.Flags().BoolVarP(&all, "all", "a", false, "hidden services too")
	c.Flags().BoolVar(&ids, "ids", false, "add a column with the IDs")
	return c
}

func (e *env) printList(snapshot *engine.Snapshot, all, ids bool) error {
	header := []string{"NAME", "STATUS", "PROTOCOL", "SERVER", "AUTO", "DETAIL"}
	if ids {
		header = append([]string{"ID"}, header...)
	}
	var rows [][]string
	hidden := 0
	for _, v := range snapshot.Services {
		if v.Hidden && !all {
			hidden++
			continue
		}
		row := []string{menubar.Middle(plaintext.Line(v.Name), 36), statusWord(v), string(v.Protocol), v.Server, autoWord(v), e.detail(v)}
		if ids {
			row = append([]string{v.ID.String()}, row...)
		}
		rows = append(rows, row)
	}
	if len(rows) > 0 {
		if err := e.printTable(header, rows); err != nil {
			return err
		}
	}
	switch {
	case !snapshot.Loaded:
		e.note("The list of VPNs has not arrived yet.")
	case len(snapshot.Services) == 0:
		e.note("There is no VPN on this machine; add one in System Settings or in a VPN app.")
	case hidden > 0:
		e.note("Hidden: %d; --all lists them too.", hidden)
	}
	for _, p := range snapshot.Problems {
		e.note("Note: %s", p.Text)
	}
	return nil
}
