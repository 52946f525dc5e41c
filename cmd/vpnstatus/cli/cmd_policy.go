package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"vpnstatus/internal/app"
	"vpnstatus/internal/autoconnect"
	"vpnstatus/internal/control"
	"vpnstatus/internal/engine"
	"vpnstatus/internal/menubar"
	"vpnstatus/internal/plaintext"
	"vpnstatus/internal/vpn"
)

func newAuto(e *env) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "auto [NAME [on|off]]",
		Short: "Show or set which VPNs are kept up",
		Example: `  vpnstatus auto
  vpnstatus auto Office on`,
		Args: cobra.MaximumNArgs(2),
		ValidArgsFunction: func(cmd *cobra.Command, args []string, to string) ([]string, cobra.ShellCompDirective) {
			if len(args) == 1 {
				return []string{"on", "off"}, cobra.ShellCompDirectiveNoFileComp
			}
			return e.completeNames(1)(cmd, args, to)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			if len(args) == 2 {
				on, err := onOff(args[1])
				if err != nil {
					return err
				}
				return e.command(ctx, args[:1], engine.Command{Verb: engine.VerbAuto, On: on})
			}
			return e.withSnapshot(ctx, true, func(_ app.Services, snapshot *engine.Snapshot) error {
				services, err := find(snapshot, args)
				if err != nil {
					return err
				}
				if asJSON {
					return e.printJSON(control.NewList(services, true, e.now()))
				}
				var rows [][]string
				for _, v := range services {
					if v.Hidden && len(args) == 0 {
						continue
					}
					rows = append(rows, []string{menubar.Middle(plaintext.Line(v.Name), 36), orElse(autoWord(v), "no"), statusWord(v), v.Policy.Reason.Words(e.now(), e.zone)})
				}
				if !snapshot.Pause.IsZero() {
					e.note("Auto Connect is paused %s.", e.untilWords(snapshot.Pause))
				}
				return e.printTable([]string{"NAME", "AUTO", "STATUS", "STATE"}, rows)
			})
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON, as list does")
	return c
}

func onOff(word string) (bool, error) {
	switch strings.ToLower(word) {
	case "on", "yes", "true":
		return true, nil
	case "off", "no", "false":
		return false, nil
	}
	return false, usage("%q: it is on or off", word)
}

func newHold(e *env) *cobra.Command {
	var release bool
	c := &cobra.Command{
		Use:   "hold NAME [FOR]",
		Short: "Have Auto Connect leave a VPN as it is",
		Long: `Have Auto Connect leave a VPN as it is, without disconnecting it.

` + untilHelp,
		Example: `  vpnstatus hold Office 2h
  vpnstatus hold Office --release`,
		Args:              cobra.RangeArgs(1, 2),
		ValidArgsFunction: e.completeNames(1, "30m", "2h", "tomorrow", "network", "resume"),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			if release && len(args) == 2 {
				return usage("--release ends a hold; it takes no time")
			}
			return e.withService(ctx, true, args[0], func(s app.Services, snapshot *engine.Snapshot, v *engine.Service) error {
				c := engine.Command{Verb: engine.VerbHold, ID: v.ID, Origin: "cli"}
				if release {
					c.Verb = engine.VerbResume
				} else {
					var err error
					if c.Until, err = e.parseUntil(argument(args, 1), snapshot); err != nil {
						return err
					}
				}
				if err := s.Do(ctx, c); err != nil {
					return fmt.Errorf("hold %q: %w", v.Name, err)
				}
				switch {
				case release:
				case !v.AutoConnect:
					e.note("Auto Connect is off for %q: there is nothing to hold.", v.Name)
				default:
					e.note("%q is held %s.", v.Name, e.untilWords(c.Until))
				}
				return nil
			})
		},
	}
	c.Flags().BoolVar(&release, "release", false, "end the hold")
	return c
}

func newPause(e *env) *cobra.Command {
	return &cobra.Command{
		Use:   "pause [FOR]",
		Short: "Pause Auto Connect for all VPNs",
		Long: `Pause Auto Connect for all VPNs. Nothing is disconnected; what drops stays down.

` + untilHelp,
		Example: `  vpnstatus pause 30m
  vpnstatus pause tomorrow`,
		Args:      cobra.MaximumNArgs(1),
		ValidArgs: []string{"30m", "2h", "tomorrow", "network", "resume"},
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			return e.withSnapshot(ctx, true, func(s app.Services, snapshot *engine.Snapshot) error {
				until, err := e.parseUntil(argument(args, 0), snapshot)
				if err != nil {
					return err
				}
				if err := s.Do(ctx, engine.Command{Verb: engine.VerbPause, Until: until, Origin: "cli"}); err != nil {
					return fmt.Errorf("pause: %w", err)
				}
				e.note("Auto Connect is paused %s.", e.untilWords(until))
				return nil
			})
		},
	}
}

func newResume(e *env) *cobra.Command {
	return &cobra.Command{
		Use:   "resume [NAME…]",
		Short: "Resume Auto Connect, or end the hold of a VPN",
		Long: `Without NAME end the pause; when nothing is paused, end all holds. With NAME end
the hold of that VPN.`,
		Example: `  vpnstatus resume
  vpnstatus resume Office`,
		ValidArgsFunction: e.completeNames(-1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c := engine.Command{Verb: engine.VerbResume}
			if len(args) > 0 {
				return e.command(cmd.Context(), args, c)
			}
			c.Origin = "cli"
			return e.with(cmd.Context(), true, func(s app.Services) error { return s.Do(cmd.Context(), c) })
		},
	}
}

// command sends one command to the app for each service named.
func (e *env) command(ctx context.Context, names []string, c engine.Command) error {
	c.Origin = "cli"
	return e.withSnapshot(ctx, true, func(s app.Services, snapshot *engine.Snapshot) error {
		services, err := find(snapshot, names)
		if err != nil {
			return err
		}
		for _, v := range services {
			c.ID = v.ID
			if err := s.Do(ctx, c); err != nil {
				return err // says what was tried on which service
			}
		}
		return nil
	})
}

const untilHelp = `FOR is a length of time (30m, 2h, 1h30m, 2d), "tomorrow" (until tomorrow
morning), "network" (until the network changes), or "resume" (until you resume,
the default).`

// parseUntil reads the FOR argument of pause, hold and disconnect.
func (e *env) parseUntil(text string, s *engine.Snapshot) (autoconnect.Until, error) {
	u, err := autoconnect.ParseUntil(text, e.now().In(e.zone), s.Facts)
	if err != nil {
		return u, &usageError{err}
	}
	return u, nil
}

// argument returns argument i, or nothing.
func argument(args []string, i int) string {
	if i < len(args) {
		return args[i]
	}
	return ""
}

func newExplain(e *env) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "explain NAME",
		Short: "Explain what Auto Connect does about a VPN, and why",
		Example: `  vpnstatus explain Office
  vpnstatus explain Office --json | jq .rules`,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: e.completeNames(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			return e.withService(ctx, true, args[0], func(s app.Services, _ *engine.Snapshot, v *engine.Service) error {
				x, err := s.Explain(ctx, v.ID)
				if err != nil {
					return fmt.Errorf("explain %q: %w", v.Name, err)
				}
				if asJSON {
					return e.printJSON(struct {
						Schema int    `json:"schema"`
						ID     vpn.ID `json:"id"`
						Name   string `json:"name"`
						autoconnect.Explanation
					}{schema, v.ID, v.Name, x})
				}
				return e.printExplanation(v, x)
			})
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

func (e *env) printExplanation(v *engine.Service, x autoconnect.Explanation) error {
	now := e.now()
	next, failures := "", ""
	if !x.View.Next.IsZero() {
		next = fmt.Sprintf("%s, in %s, attempt %d", e.clockTime(x.View.Next), menubar.Remaining(x.View.Next.Sub(now)), x.View.Attempt)
	}
	if x.Failures > 0 {
		failures = fmt.Sprint(x.Failures)
	}
	since := ""
	if !x.View.Since.IsZero() {
		since = e.clockTime(x.View.Since)
	}
	fields := [][2]string{
		{"Name", v.Name},
		{"Status", x.Status.String()},
		{"Auto Connect", yesNo(x.View.Auto)},
		{"State", string(x.View.State)},
		{"Reason", x.View.Reason.Words(now, e.zone)},
		{"Since", since},
		{"Next attempt", next},
		{"Failures in a row", failures},
		{"Last went down because", x.Last.String()},
		{"Group", x.Group},
		{"Network", orElse(x.Facts.Network(), "unknown or none")},
	}
	if err := e.printFields(fields); err != nil {
		return err
	}
	if x.ByHand {
		if _, err := fmt.Fprintln(e.out, "You connected it, which beats the rules until the network changes."); err != nil {
			return err
		}
	}
	decided := x.ByHand
	for _, r := range x.Rules {
		verdict := "does not match"
		switch {
		case r.Matched && !decided:
			decided = true
			verdict = "matches, and decides"
		case r.Matched:
			verdict = "matches too"
		case r.Unknown:
			verdict = "cannot be decided"
		}
		if _, err := fmt.Fprintf(e.out, "%s, %s: %s\n", menubar.UpperFirst(plaintext.Line(r.Title())), r.Then, verdict); err != nil {
			return err
		}
		for _, why := range r.Why {
			if _, err := fmt.Fprintf(e.out, "    %s\n", plaintext.Line(why)); err != nil {
				return err
			}
		}
	}
	if x.Default && !x.ByHand && x.View.Auto {
		if _, err := fmt.Fprintln(e.out, "No rule matches, so it is kept up."); err != nil {
			return err
		}
	}
	for _, w := range x.Warnings {
		e.note("Note: %s", w)
	}
	return nil
}
