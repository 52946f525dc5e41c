package cli

import (
	"time"

	"github.com/spf13/cobra"

	"vpnstatus/internal/autoconnect"
	"vpnstatus/internal/control"
	"vpnstatus/internal/engine"
	"vpnstatus/internal/menubar"
	"vpnstatus/internal/vpn"
)

func newStatus(e *env) *cobra.Command {
	var asJSON, quiet bool
	c := &cobra.Command{
		Use:   "status [NAME…]",
		Short: "Show the status of VPNs, or an overall status",
		Long: `With one NAME print the status of that VPN as one word; with several print a line
for each. Without, print what is up or in transition, whether Auto Connect is
paused, and what is wrong.

With --quiet print nothing: the exit code is 0 if connected, 10 if disconnected, 11
in transition; of several VPNs, or of all without NAME, one that is connected is
enough.`,
		Example: `  vpnstatus status
  vpnstatus status Office
  vpnstatus status Office Home
  vpnstatus status --json
  vpnstatus status --quiet Office || echo "Office is not up"`,
		ValidArgsFunction: e.completeNames(-1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return e.open(cmd.Context(), anyAccess, args, func(s *session) error {
				switch {
				case quiet:
					return quietCode(s.named)
				case asJSON && len(args) == 1:
					return e.printJSON(control.NewEntry(s.named[0], e.now()))
				case asJSON && len(args) > 1:
					return e.printJSON(control.NewList(s.named, true, e.now()))
				case asJSON:
					if err := e.printJSON(newOverall(s.all, s.App(), e.now())); err != nil {
						return err
					}
				case len(args) == 1:
					e.print("%s\n", s.named[0].Status)
				case len(args) > 1:
					e.printStatuses(s.named)
				default:
					e.printStatus(s.all)
				}
				return statusesKnown(s.named)
			})
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	c.Flags().BoolVarP(&quiet, "quiet", "q", false, "print nothing, answer by the exit code")
	c.MarkFlagsMutuallyExclusive("json", "quiet")
	return c
}

// quietCode is the answer of `status --quiet`: any connected VPN beats any in
// transition.
func quietCode(services []*engine.Service) error {
	code := exitDisconnected
	for _, s := range services {
		switch {
		case s.Status == vpn.Connected:
			return nil
		case s.Status.InTransition():
			code = exitTransition
		}
	}
	if err := statusesKnown(services); err != nil {
		return err
	}
	return &exitError{code: code}
}

// overall is `status --json` without a name.
type overall struct {
	Schema    int              `json:"schema"`
	App       bool             `json:"app"`   // the app answered, not the system itself
	State     menubar.Overall  `json:"state"` // of all services together, as the icon shows it
	Simulated bool             `json:"simulated,omitempty"`
	Paused    bool             `json:"paused"`
	PauseEnd  time.Time        `json:"pausedUntil,omitzero"` // absent: until resumed or the network changes
	Network   string           `json:"network,omitempty"`
	Trusted   bool             `json:"trusted"`
	Problems  []engine.Problem `json:"problems"`
	VPNs      []control.Entry  `json:"VPNs"`
}

func newOverall(s *engine.Snapshot, isApp bool, now time.Time) overall {
	return overall{
		Schema:    schema,
		App:       isApp,
		State:     menubar.StateOf(s, now),
		Simulated: s.Simulated,
		Paused:    !s.Pause.IsZero(),
		PauseEnd:  s.Pause.Time,
		Network:   s.Facts.Network().String(),
		Trusted:   s.Trusted,
		Problems:  append([]engine.Problem{}, s.Problems...),
		VPNs:      control.NewList(s.Services, true, now).VPNs,
	}
}

// printStatuses writes a table with a line for each service.
func (e *env) printStatuses(services []*engine.Service) {
	rows := make([][]string, 0, len(services))
	for _, v := range services {
		rows = append(rows, []string{tableName(v), statusWord(v), e.detail(v)})
	}
	e.printTable([]string{"NAME", "STATUS", "DETAIL"}, rows)
}

func (e *env) printStatus(s *engine.Snapshot) {
	var notable []*engine.Service
	for _, v := range s.Services {
		if v.Status == vpn.Connected || v.Status.InTransition() || v.AutoConnect && v.Policy.State != autoconnect.Satisfied {
			notable = append(notable, v)
		}
	}
	if len(notable) == 0 {
		e.print("No VPN is connected.\n")
	} else {
		e.printStatuses(notable)
	}
	if !s.Pause.IsZero() {
		e.print("Auto Connect is paused %s.\n", s.Pause.Words(e.now(), e.zone))
	}
	e.noteProblems(s)
}
