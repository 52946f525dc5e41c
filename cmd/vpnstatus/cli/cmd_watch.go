package cli

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

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
		Short: "Print events as they happen",
		Long: `Print events of all VPNs, or of those named, until you press Ctrl-C.

With --json each line is an object, as sent by GET /v1/events of the control socket:
first {"type":"snapshot", …} with the current state, then the events.`,
		Example: `  vpnstatus watch
  vpnstatus watch --json | jq -r '.event | select(.kind == "status") | .name + " " + .to'`,
		ValidArgsFunction: e.completeNames(-1),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			return e.open(ctx, anyAccess, args, func(s *session) error {
				snapshot, updates, err := s.Follow(ctx)
				if err != nil {
					return err
				}
				defer updates.Close()
				if asJSON {
					if err := e.printJSONLine(control.Line{Type: control.LineSnapshot, Snapshot: snapshot}); err != nil {
						return err
					}
				}
				return e.watch(ctx, updates, only(s.named, args), asJSON)
			})
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON lines")
	return c
}

// only returns the IDs of the services named, or nil for all services,
// including those added later.
func only(named []*engine.Service, names []string) map[vpn.ID]bool {
	if len(names) == 0 {
		return nil
	}
	ids := make(map[vpn.ID]bool)
	for _, v := range named {
		ids[v.ID] = true
	}
	return ids
}

func (e *env) watch(ctx context.Context, updates *engine.Subscription, ids map[vpn.ID]bool, asJSON bool) error {
	for {
		select {
		case <-ctx.Done():
			return nil // Ctrl-C is how a watch ends
		case u, ok := <-updates.C():
			if !ok {
				if ctx.Err() != nil {
					return nil
				}
				return fmt.Errorf("watching: %w", cmp.Or(updates.Err(), errEnded))
			}
			for _, ev := range u.Events {
				if ids != nil && !ids[ev.ID] {
					continue
				}
				if !asJSON {
					e.printEvent(ev)
				} else if err := e.printJSONLine(control.Line{Type: control.LineEvent, Event: &ev}); err != nil {
					return err
				}
			}
			if e.out.err != nil {
				return e.out.err
			}
		}
	}
}

func (e *env) printEvent(ev engine.Event) {
	name := "–"
	if ev.ID != (vpn.ID{}) {
		name = ev.Name
	}
	e.print("%s  %-20s  %s\n", e.clockTime(ev.At), plaintext.Line(name), plaintext.Line(e.eventWords(ev)))
}

func (e *env) eventWords(ev engine.Event) string {
	reason := ev.Reason.Words(e.now(), e.zone)
	switch ev.Kind {
	case engine.EventStatus:
		text := ev.To
		if ev.ByUser {
			text += " (by the user)"
		}
		return text
	case engine.EventPolicy:
		text := "Auto Connect: " + cmp.Or(reason, ev.To)
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
		return "network: " + cmp.Or(ev.To, "none")
	}
	return string(ev.Kind) + " " + ev.To
}
