package cli

import (
	"context"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"vpnstatus/internal/autoconnect"
	"vpnstatus/internal/plaintext"
	"vpnstatus/internal/settings"
	"vpnstatus/internal/vpn"
)

func newGroups(e *env) *cobra.Command {
	c := &cobra.Command{
		Use:   "groups",
		Short: "Show and change groups, of which one VPN is up at a time",
		Long: `Show and change groups of VPNs that lead to the same place. Auto Connect keeps one
of a group up, the first that works, and connecting one disconnects the others.`,
		Example: `  vpnstatus groups
  vpnstatus groups set work Office Home
  vpnstatus groups remove work`,
		Args: cobra.NoArgs,
	}
	addList(c, "List the groups and their VPNs, in order of preference", e.listGroups)
	c.AddCommand(newGroupsSet(e), newGroupsRemove(e))
	return c
}

func (e *env) listGroups(ctx context.Context, asJSON bool) error {
	return e.current(ctx, func(v settings.Settings) error {
		if asJSON {
			return e.printJSON(append([]autoconnect.Group{}, v.Groups...))
		}
		if len(v.Groups) == 0 {
			e.note("There are no groups: each VPN is kept up on its own.")
			return nil
		}
		name := e.namesByID(ctx)
		var rows [][]string
		for _, g := range v.Groups {
			var members []string
			for _, id := range g.Members {
				members = append(members, name(id))
			}
			rows = append(rows, []string{g.Name, strings.Join(members, ", ")})
		}
		e.printTable([]string{"NAME", "VPNS"}, rows)
		return nil
	})
}

// namesByID returns a function that names the services known now, and others by
// their ID.
func (e *env) namesByID(ctx context.Context) func(vpn.ID) string {
	known := make(map[vpn.ID]string)
	_ = e.open(ctx, anyAccess, nil, func(s *session) error { // without an app and a system IDs are shown
		for _, v := range s.all.Services {
			known[v.ID] = v.DisplayName()
		}
		return nil
	})
	return func(id vpn.ID) string {
		if name, ok := known[id]; ok {
			return name
		}
		return id.String()
	}
}

func newGroupsSet(e *env) *cobra.Command {
	return &cobra.Command{
		Use:   "set GROUP NAME NAME…",
		Short: "Make a group, or change its VPNs",
		Long: `Make a group of the VPNs named, the preferred one first. A group that exists gets
these in place of those it has. A VPN is in one group at most.`,
		Example: `  vpnstatus groups set work Office Home`,
		Args:    cobra.MinimumNArgs(3),
		ValidArgsFunction: func(cmd *cobra.Command, args []string, to string) ([]string, cobra.ShellCompDirective) {
			if len(args) == 0 {
				return groupNames(e.stored().Groups), cobra.ShellCompDirectiveNoFileComp
			}
			return e.completeNames(-1)(cmd, args[1:], to)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			group := autoconnect.Group{Name: args[0]}
			return e.open(cmd.Context(), anyAccess, args[1:], func(s *session) error {
				if len(s.named) < 2 {
					return usage("a group needs two VPNs")
				}
				names := make(map[vpn.ID]string)
				for _, v := range s.named {
					group.Members = append(group.Members, v.ID)
					names[v.ID] = v.DisplayName()
				}
				return e.update(func(v *settings.Settings) error {
					at := slices.IndexFunc(v.Groups, func(g autoconnect.Group) bool { return g.Name == group.Name })
					for i, g := range v.Groups {
						for _, id := range g.Members {
							if name, wanted := names[id]; wanted && i != at {
								return usage("%q is in the group %q already", name, g.Name)
							}
						}
					}
					if at < 0 {
						v.Groups = append(v.Groups, group)
					} else {
						v.Groups[at] = group
					}
					return nil
				})
			})
		},
	}
}

func newGroupsRemove(e *env) *cobra.Command {
	return &cobra.Command{
		Use:               "remove GROUP",
		Short:             "Remove a group",
		Long:              "Remove a group. Its VPNs stay as they are, and no longer exclude each other.",
		Example:           `  vpnstatus groups remove work`,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: completeFirst(func() []string { return groupNames(e.stored().Groups) }),
		RunE: func(_ *cobra.Command, args []string) error {
			return e.update(func(v *settings.Settings) error {
				at := slices.IndexFunc(v.Groups, func(g autoconnect.Group) bool { return g.Name == args[0] || plaintext.Line(g.Name) == args[0] })
				if at < 0 {
					return usage("no group is called %q", args[0])
				}
				v.Groups = slices.Delete(v.Groups, at, at+1)
				return nil
			})
		},
	}
}

// groupNames returns the names of groups.
func groupNames(groups []autoconnect.Group) []string {
	var names []string
	for _, g := range groups {
		names = append(names, plaintext.Line(g.Name))
	}
	return names
}
