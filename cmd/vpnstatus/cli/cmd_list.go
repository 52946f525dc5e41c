package cli

import (
	"github.com/spf13/cobra"

	"vpnstatus/internal/control"
	"vpnstatus/internal/engine"
)

func newList(e *env) *cobra.Command {
	var asJSON, all, ids bool
	c := &cobra.Command{
		Use:     "list",
		Aliases: []string{"ls"},
		Short:   "List the VPN services",
		Long: `List the VPN services with their status, by name. AUTO is yes for those that are
ticked Auto Connect. DETAIL says how long a VPN has been connected and with which
address, or what Auto Connect does about it, or why it went down.

The JSON form is an object with a schema number and the list "VPNs", whose
"name" and "status" are those of vpnutil.`,
		Example: `  vpnstatus list
  vpnstatus list --json | jq -r '.VPNs[] | select(.status == "Connected").name'`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return e.open(cmd.Context(), anyAccess, nil, func(s *session) error {
				if asJSON {
					if err := e.printJSON(control.NewList(s.all.Services, all, e.now())); err != nil {
						return err
					}
				} else {
					e.printList(s.all, all, ids)
				}
				return statusesKnown(s.all.Services)
			})
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	c.Flags().BoolVarP(&all, "all", "a", false, "hidden services too")
	c.Flags().BoolVar(&ids, "ids", false, "add a column with the IDs")
	return c
}

func (e *env) printList(snapshot *engine.Snapshot, all, ids bool) {
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
		row := []string{tableName(v), statusWord(v), string(v.Protocol), v.Server, autoWord(v), e.detail(v)}
		if ids {
			row = append([]string{v.ID.String()}, row...)
		}
		rows = append(rows, row)
	}
	if len(rows) > 0 {
		e.printTable(header, rows)
	}
	switch {
	case !snapshot.Loaded:
		e.note("The list of VPNs has not arrived yet.")
	case len(snapshot.Services) == 0:
		e.note("There is no VPN on this machine; add one in System Settings or in a VPN app.")
	case hidden > 0:
		e.note("Hidden: %d; --all lists them too.", hidden)
	}
	e.noteProblems(snapshot)
}

func (e *env) noteProblems(s *engine.Snapshot) {
	for _, p := range s.Problems {
		e.note("Note: %s", p.Text)
	}
}
