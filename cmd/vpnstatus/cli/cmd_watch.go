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
	"vpnstatus/internal/plaintext"
	"vpnstatus/internal/vpn"
)

func newWatch(e *env) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "watch [NAME…]",
		Short: "Print what happens, a line each",
		Long: `Print what happens to all VPNs, or to those named, until you press Ctrl-C.

With --json each line is an object, as GET /v1/events of the control socket sends
them: first {"type":"snapshot", …} with everything as it is, then events.`,
		Example: `  vpnstatus watch
  vpnstatus watch --json | jq -r '.event | select(.kind == "status") | .name + " " + .to'`,
		ValidArgsFunction: e.completeNames(-1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return e.with(cmd.Context(), false, func(s app.Services) error {
				return e.watch(cmd.Context(), s, args, asJSON)
			})
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON lines")
	return c
}

func (e *env) watch(ctx context.Context, s app.Services, names []string, asJSON bool) error {
	snapshot, sub, err := s.Follow(ctx)
	if err != nil {
		return err
	}
	defer sub.Close()
	services, err := find(snapshot, names)
	if err != nil {
		return err
	}
	only := make(map[vpn.ID]bool)
	for _, v := range services {
		only[v.ID] = true
	}
	if asJSON {
		if err := e.printJSONLine(control.Line{Type: control.LineSnapshot, Snapshot: snapshot}); err != nil {
			return err
		}
	}
	for {
		select {
		case <-ctx.Done():
			return nil // Ctrl-C is how a watch ends
		case u, ok := <-sub.C():
			if !ok {
				if ctx.Err() != nil {
					return nil
				}
				return fmt.Errorf("watching: %w", cmpErr(sub.Err(), errEnded))
			}
			for _, ev := range u.Events {
				if len(only) > 0 && !only[ev.ID] {
					continue
				}
				if asJSON {
					err = e.printJSONLine(control.Line{Type: control.LineEvent, Event: &ev})
				} else {
					err = e.printEvent(ev)
				}
				if err != nil {
					return err
				}
			}
		}
	}
}

// printEvent writes an event for people.
func (e *env) printEvent(ev engine.Event) error {
	name := plaintext.Line(ev.Name)
	if name == "" {
		name = "–"
	}
	_, err := fmt.Fprintf(e.out, "%s  %-20s  %s\n", e.clockTime(ev.At), name, plaintext.Line(e.eventWords(ev)))
	return err
}

func (e *env) eventWords(ev engine.Event) string {
	reason := ev.Reason.Words(e.now(), e.zone)
	switch ev.Kind {
	case engine.EventStatus:
		text := ev.To
		if ev.ByUser {
			text += " (asked for)"
		}
		return text
	case engine.EventPolicy:
		text := "Auto Connect: " + orElse(reason, ev.To)
		if ev.Attempt > 0 && ev.To != string(autoconnect.Satisfied) {
			text += fmt.Sprintf(" · attempt %d", ev.Attempt)
		}
		if !ev.Next.IsZero() {
			text += " at " + e.clockTime(ev.Next)
		}
		return text
	case engine.EventNotice:
		return "notice: " + strings.TrimSuffix(string(ev.Notice)+": "+reason, ": ")
	case engine.EventList:
		return ev.To
	case engine.EventPause:
		return strings.TrimSpace("Auto Connect " + ev.To + " " + reason)
	case engine.EventNetwork:
		return "network: " + orElse(ev.To, "none")
	}
	return string(ev.Kind) + " " + ev.To
}

func orElse(s, instead string) string {
	if s == "" {
		return instead
	}
	return s
}
