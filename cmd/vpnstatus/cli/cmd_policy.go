package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

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
		Use:        "auto [NAME [on|off]]",
		SuggestFor: []string{"enable", "disable"},
		Short:      "Show or set which VPNs are kept up",
		Long: `Show which VPNs are ticked Auto Connect and what it does about each, or tick one
(on) or untick it (off). What is ticked is connected when the network allows it,
and again when it drops. Unticking leaves a VPN as it is.`,
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
				return e.send(ctx, args[:1], engine.Command{Verb: engine.VerbAuto, On: on})
			}
			return e.open(ctx, appOnly, args, func(s *session) error {
				if asJSON {
					return e.printJSON(control.NewList(s.named, true, e.now()))
				}
				var rows [][]string
				for _, v := range s.named {
					if !v.Hidden || len(args) > 0 {
						rows = append(rows, []string{tableName(v), cmp.Or(autoWord(v), "no"), statusWord(v), v.Policy.Reason.Words(e.now(), e.zone)})
					}
				}
				if !s.all.Pause.IsZero() {
					e.note("Auto Connect is paused %s.", s.all.Pause.Words(e.now(), e.zone))
				}
				e.printTable([]string{"NAME", "AUTO", "STATUS", "STATE"}, rows)
				return nil
			})
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON, as list does")
	return c
}

func onOff(word string) (bool, error) {
	if word != "on" && word != "off" {
		return false, usage("%q: must be on or off", word)
	}
	return word == "on", nil
}

func newHold(e *env) *cobra.Command {
	return &cobra.Command{
		Use:   "hold NAME [FOR]",
		Short: "Make Auto Connect leave a VPN as it is",
		Long: `Make Auto Connect leave a VPN as it is, without disconnecting it. To end that,
resume it.

` + untilHelp,
		Example:           `  vpnstatus hold Office 2h`,
		Args:              untilArgs(1),
		ValidArgsFunction: e.completeNames(1, untilChoices...),
		RunE: func(cmd *cobra.Command, args []string) error {
			return e.until(cmd.Context(), engine.VerbHold, args[:1], strings.Join(args[1:], " "))
		},
	}
}

func newPause(e *env) *cobra.Command {
	return &cobra.Command{
		Use:   "pause [FOR]",
		Short: "Pause Auto Connect for all VPNs",
		Long: `Pause Auto Connect for all VPNs. Nothing is disconnected; what drops stays down.

` + untilHelp,
		Example: `  vpnstatus pause 30m
  vpnstatus pause until 08:00`,
		Args:              untilArgs(0),
		ValidArgsFunction: e.completeNames(0, untilChoices...),
		RunE: func(cmd *cobra.Command, args []string) error {
			return e.until(cmd.Context(), engine.VerbPause, nil, strings.Join(args, " "))
		},
	}
}

// until sends a hold of the service named, or a pause, and says when it ends.
func (e *env) until(ctx context.Context, verb engine.Verb, names []string, text string) error {
	return e.open(ctx, appOnly, names, func(s *session) error {
		until, err := e.parseUntil(text, s.all)
		if err != nil {
			return err
		}
		c := engine.Command{Verb: verb, Until: until}
		end := until.Words(e.now(), e.zone)
		done := fmt.Sprintf("Auto Connect is paused %s.", end)
		if len(names) > 0 {
			v := s.named[0]
			c.ID, done = v.ID, fmt.Sprintf("%q is held %s.", v.DisplayName(), end)
			if !v.AutoConnect {
				done = fmt.Sprintf("Auto Connect is off for %q: there is nothing to hold.", v.DisplayName())
			}
		}
		if err := s.do(ctx, c); err != nil {
			return err
		}
		e.note("%s", done)
		return nil
	})
}

func newResume(e *env) *cobra.Command {
	return &cobra.Command{
		Use:        "resume [NAME…]",
		SuggestFor: []string{"unpause", "release"},
		Short:      "Resume Auto Connect, or end the hold of a VPN",
		Long: `Without NAME end the pause, or all holds if nothing is paused. With NAME end the
hold of that VPN.`,
		Example: `  vpnstatus resume
  vpnstatus resume Office`,
		ValidArgsFunction: e.completeNames(-1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return e.send(cmd.Context(), args, engine.Command{Verb: engine.VerbResume})
		},
	}
}

const untilHelp = `FOR is a length of time (30m, 2h, 1h30m, 2d; a bare number is minutes), a time of
day (08:00), "tomorrow" (until six tomorrow morning), "network" (until the network
changes), or "resume" (until you resume, the default).`

// untilArgs accepts FOR after n arguments: one word, or two as in "until 08:00" and
// "2 hours".
func untilArgs(n int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == n+2 {
			if _, err := strconv.Atoi(args[n]); err == nil || args[n] == "until" {
				return nil
			}
		}
		return cobra.RangeArgs(n, n+1)(cmd, args)
	}
}

// parseUntil reads the FOR argument of pause, hold and disconnect.
func (e *env) parseUntil(text string, s *engine.Snapshot) (autoconnect.Until, error) {
	u, err := autoconnect.ParseUntil(text, e.now().In(e.zone), s.Facts)
	if err != nil && !errors.Is(err, autoconnect.ErrOffNetwork) {
		err = &exitError{exitUsage, err}
	}
	return u, err
}

func newExplain(e *env) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "explain NAME",
		Short: "Show what Auto Connect does about a VPN, and why",
		Long: `Show what Auto Connect does about a VPN, and why: its state, and everything that
can keep it from being started, each with its answer. The first that holds is
the state.`,
		Example: `  vpnstatus explain Office
  vpnstatus explain Office --json | jq .blockers`,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: e.completeNames(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			return e.open(ctx, appOnly, args, func(s *session) error {
				v := s.named[0]
				x, err := s.Explain(ctx, v.ID)
				if err != nil {
					return fmt.Errorf("explain %q: %w", v.DisplayName(), err)
				}
				if asJSON {
					return e.printJSON(struct {
						Schema int    `json:"schema"`
						ID     vpn.ID `json:"id"`
						Name   string `json:"name"`
						autoconnect.Explanation
					}{schema, v.ID, v.Name, x})
				}
				e.printExplanation(v, x)
				return nil
			})
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

func (e *env) printExplanation(v *engine.Service, x autoconnect.Explanation) {
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
		{"Name", v.DisplayName()},
		{"Status", x.Status.String()},
		{"Auto Connect", yesNo(v.AutoConnect)},
		{"State", string(x.View.State)},
		{"Reason", x.View.Reason.Words(now, e.zone)},
		{"Since", since},
		{"Next attempt", next},
		{"Failures in a row", failures},
		{"Last went down because", x.Last.String()},
		{"Group", x.Group},
		{"Network", cmp.Or(x.Facts.Network().String(), "unknown or none")},
	}
	e.printFields(fields)
	e.print("\nWhat can keep it from being started; the “YES” is its state:\n")
	var rows [][]string
	for _, b := range x.Blockers {
		holds := "no"
		switch {
		case b.Decides:
			holds = "YES"
		case b.Holds:
			holds = "yes"
		}
		rows = append(rows, []string{b.Name, holds, plaintext.Line(b.Why)})
	}
	e.printTable([]string{"BLOCKER", "HOLDS", "WHY"}, rows)
	if len(x.Rules) > 0 {
		e.print("\n")
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
		e.print("%s, %s: %s\n", menubar.UpperFirst(plaintext.Line(r.Title())), r.Then, verdict)
		for _, why := range r.Why {
			e.print("    %s\n", plaintext.Line(why))
		}
	}
	for _, w := range x.Warnings {
		e.note("Note: %s", w)
	}
}
