package cli

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"vpnstatus/internal/app"
	"vpnstatus/internal/autoconnect"
	"vpnstatus/internal/control"
	"vpnstatus/internal/engine"
	"vpnstatus/internal/menubar"
	"vpnstatus/internal/plaintext"
	"vpnstatus/internal/settings"
	"vpnstatus/internal/vpn"
)

func newStatus(e *env) *cobra.Command {
	var asJSON, quiet bool
	c := &cobra.Command{
		Use:   "status [NAME]",
		Short: "Tell the status of one VPN, or of all together",
		Long: `With NAME print the status of that VPN as one word. Without, print what is up or
in transition, whether Auto Connect is paused, and what is not as it should be.

With --quiet print nothing: the exit code is 0 when connected, 10 when
disconnected, 11 in transition; without NAME this is about any VPN.`,
		Example: `  vpnstatus status Office
  vpnstatus status --json
  vpnstatus status --quiet Office || echo "Office is not up"`,
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: e.completeNames(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return e.withSnapshot(cmd.Context(), false, func(s app.Services, snapshot *engine.Snapshot) error {
				services, err := find(snapshot, args)
				if err != nil {
					return err
				}
				if len(args) == 1 && !services[0].Known {
					return fmt.Errorf("the status of %q is not known: the system has not answered", services[0].Name)
				}
				switch {
				case quiet:
					return quietCode(services)
				case asJSON && len(args) == 1:
					return e.printJSON(control.NewEntry(services[0], e.now()))
				case asJSON:
					return e.printJSON(newOverall(snapshot, s.App(), e.now()))
				case len(args) == 1:
					_, err := fmt.Fprintln(e.out, services[0].Status)
					return err
				}
				return e.printStatus(snapshot)
			})
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	c.Flags().BoolVarP(&quiet, "quiet", "q", false, "print nothing, answer by the exit code")
	c.MarkFlagsMutuallyExclusive("json", "quiet")
	return c
}

// quietCode answers `status --quiet`: any connected beats any in transition.
func quietCode(services []*engine.Service) error {
	code := codeError(exitDisconnected)
	for _, s := range services {
		switch {
		case s.Status == vpn.Connected:
			return nil
		case s.Status.InTransition():
			code = exitTransition
		}
	}
	return code
}

// overall is `status --json` without a name.
type overall struct {
	Schema    int              `json:"schema"`
	App       bool             `json:"app"`   // the app answered, not the system itself
	State     menubar.Overall  `json:"state"` // of all services together, as the icon shows it
	Simulated bool             `json:"simulated,omitempty"`
	Paused    bool             `json:"paused"`
	PauseEnd  *time.Time       `json:"pausedUntil,omitempty"` // absent: until resumed or the network changes
	Network   string           `json:"network,omitempty"`
	Trusted   bool             `json:"trusted"`
	Problems  []engine.Problem `json:"problems"`
	VPNs      []control.Entry  `json:"VPNs"`
}

func newOverall(s *engine.Snapshot, isApp bool, now time.Time) overall {
	o := overall{
		Schema:    schema,
		App:       isApp,
		State:     menubar.Build(s, settings.Default(), menubar.Env{}, now).Status.State,
		Simulated: s.Simulated,
		Paused:    !s.Pause.IsZero(),
		Network:   s.Facts.Network(),
		Trusted:   s.Trusted,
		Problems:  append([]engine.Problem{}, s.Problems...),
		VPNs:      control.NewList(s.Services, true, now).VPNs,
	}
	if t := s.Pause.Time; !t.IsZero() {
		o.PauseEnd = &t
	}
	return o
}

func (e *env) printStatus(s *engine.Snapshot) error {
	var rows [][]string
	for _, v := range s.Services {
		if v.Status == vpn.Connected || v.Status.InTransition() || v.AutoConnect && v.Policy.State != autoconnect.Satisfied {
			rows = append(rows, []string{menubar.Middle(plaintext.Line(v.Name), 36), statusWord(v), e.detail(v)})
		}
	}
	if len(rows) == 0 {
		if _, err := fmt.Fprintln(e.out, "No VPN is connected."); err != nil {
			return err
		}
	} else if err := e.printTable([]string{"NAME", "STATUS", "DETAIL"}, rows); err != nil {
		return err
	}
	if !s.Pause.IsZero() {
		if _, err := fmt.Fprintf(e.out, "Auto Connect is paused %s.\n", e.untilWords(s.Pause)); err != nil {
			return err
		}
	}
	for _, p := range s.Problems {
		e.note("Note: %s", p.Text)
	}
	return nil
}

// untilWords says when a hold or a pause ends.
func (e *env) untilWords(u autoconnect.Until) string {
	switch {
	case !u.Time.IsZero():
		return "until " + e.clockTime(u.Time) + ", " + menubar.Remaining(u.Time.Sub(e.now())) + " left"
	case u.Network != "":
		return "until the network changes"
	}
	return "until you resume it"
}
