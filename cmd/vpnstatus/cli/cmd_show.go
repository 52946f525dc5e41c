package cli

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"vpnstatus/internal/engine"
	"vpnstatus/internal/menubar"
	"vpnstatus/internal/vpn"
)

func newShow(e *env) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "show NAME",
		Short: "Show all that is known about a VPN",
		Long: `Show all that is known about a VPN: how it is set up, its state and addresses, why
it went down last, what Auto Connect does about it, and below that the details that
the system gives while it is connected.`,
		Example: `  vpnstatus show Office
  vpnstatus show Office --json`,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: e.completeNames(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return e.open(cmd.Context(), anyAccess, args, func(s *session) (err error) {
				full := *s.named[0]
				if full.Info, err = s.Info(cmd.Context(), full.ID); err != nil {
					return fmt.Errorf("asking for the details of %q: %w", full.DisplayName(), err)
				}
				if asJSON {
					return e.printJSON(struct {
						Schema int `json:"schema"`
						engine.Service
					}{schema, full})
				}
				e.printService(&full)
				return nil
			})
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON, with the details from the system")
	return c
}

func (e *env) printService(v *engine.Service) {
	addresses := make([]string, 0, len(v.Info.Addresses))
	for _, a := range v.Info.Addresses {
		addresses = append(addresses, a.String())
	}
	since, cause, route, next := "", "", "", ""
	if v.Status.Up() {
		route = yesNo(v.Info.Primary)
		if !v.Info.Since.IsZero() {
			since = fmt.Sprintf("%s, for %s", e.clockTime(v.Info.Since), menubar.Elapsed(e.now().Sub(v.Info.Since)))
		}
	} else if v.Info.Cause.Known() {
		cause = v.Info.Cause.String()
	}
	if t := v.Policy.Next; !t.IsZero() {
		next = fmt.Sprintf("%s, attempt %d", e.clockTime(t), v.Policy.Attempt)
	}
	owner := v.App
	if v.BundleID != "" {
		owner = strings.TrimSpace(owner + " (" + v.BundleID + ")")
	}
	e.printFields([][2]string{
		{"Name", v.DisplayName()},
		{"ID", v.ID.String()},
		{"Status", statusWord(v)},
		{"Connected since", since},
		{"Went down because", cause},
		{"Protocol", string(v.Protocol)},
		{"Server", v.Server},
		{"Server address", v.Info.Remote},
		{"Own address", strings.Join(addresses, ", ")},
		{"Interface", v.Info.Interface},
		{"Default route", route},
		{"DNS servers", strings.Join(v.Info.DNSServers, ", ")},
		{"DNS domain", v.Info.DNSDomain},
		{"App", owner},
		{"Enabled", yesNo(v.Enabled)},
		{"On Demand", yesNo(v.OnDemand)},
		{"All traffic forced", yesNo(v.IncludeAllNetworks)},
		{"Installed by profile", yesNo(v.Managed)},
		{"Hidden", yesNo(v.Hidden)},
		{"Auto Connect", yesNo(v.AutoConnect)},
		{"Auto Connect state", v.Policy.Reason.Words(e.now(), e.zone)},
		{"Next attempt", next},
	})
	if len(v.Info.Details) > 0 {
		e.print("\nFrom the system: %s\n", describe(v.Info.Details, e.zone))
	}
}

func newStatistics(e *env) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:     "statistics NAME",
		Aliases: []string{"stats"},
		Short:   "Show the traffic of a connected VPN",
		Long: `Show the traffic of a VPN since it connected. The exit code is 1 if it is not
connected.`,
		Example: `  vpnstatus statistics Office
  vpnstatus statistics Office --json | jq .bytesIn`,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: e.completeNames(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return e.open(cmd.Context(), anyAccess, args, func(s *session) error {
				v := s.named[0]
				t, err := s.Statistics(cmd.Context(), v.ID)
				if errors.Is(err, vpn.ErrNoStatistics) {
					return fmt.Errorf("%q has no traffic: it is %s", v.DisplayName(), strings.ToLower(v.Status.String()))
				}
				if err != nil {
					return fmt.Errorf("asking for the traffic of %q: %w", v.DisplayName(), err)
				}
				if asJSON {
					return e.printJSON(struct {
						Schema int `json:"schema"`
						vpn.Statistics
					}{schema, t})
				}
				number := func(n uint64) string { return strconv.FormatUint(n, 10) }
				e.printTable([]string{"", "RECEIVED", "SENT"}, [][]string{
					{"Traffic", menubar.Bytes(t.BytesIn), menubar.Bytes(t.BytesOut)},
					{"Bytes", number(t.BytesIn), number(t.BytesOut)},
					{"Packets", number(t.PacketsIn), number(t.PacketsOut)},
					{"Errors", number(t.ErrorsIn), number(t.ErrorsOut)},
				})
				return nil
			})
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}
