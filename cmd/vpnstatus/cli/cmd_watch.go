package cli

import (
	"cmp"
	"fmt"
	"strings"
	"time"

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
		Long: `Print the status of all VPNs, or of those named, then events as they happen, until
you press Ctrl-C. If the app ends, the last line says so, and the exit code is 7.

With --json each line is an object, as sent by GET /v1/events of the control socket:
{"type":"service", …} for each VPN, then {"type":"event", …}.`,
		Example: `  vpnstatus watch
  vpnstatus watch --json | jq -r '.event | select(.kind == "status") | .name + " " + .to'`,
		ValidArgsFunction: e.completeNames(-1),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			services, err := e.services(ctx, anyAccess)
			if err != nil {
				return err
			}
			defer services.Close()
			show := e.printLine
			if asJSON {
				show = func(l control.Line) error { return e.printJSONLine(l) }
			}
			return services.Watch(ctx, args, show)
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON lines")
	return c
}

// printLine prints a line of the stream in words.
func (e *env) printLine(l control.Line) error {
	switch {
	case l.Service != nil:
		e.printWatched(e.now(), vpn.Configuration{ID: l.Service.ID, Name: l.Service.Name}.DisplayName(), entryWords(l.Service))
	case l.Event != nil:
		e.printEvent(*l.Event)
	case l.Error != nil:
		e.printWatched(e.now(), "–", l.Error.Message)
	}
	return e.out.err
}

func (e *env) printWatched(at time.Time, name, text string) {
	e.print("%s  %-20s  %s\n", e.clockTime(at), plaintext.Line(name), plaintext.Line(text))
}

// entryWords returns the status of a service, and what Auto Connect does about it.
func entryWords(v *control.Entry) string {
	text := "…"
	if v.Status != nil {
		text = v.Status.String()
	}
	switch v.State {
	case "", autoconnect.Manual, autoconnect.Satisfied:
		return text
	}
	return text + " · " + v.ReasonText
}

func (e *env) printEvent(ev engine.Event) {
	name := "–"
	if ev.ID != (vpn.ID{}) {
		name = ev.Name
	}
	e.printWatched(ev.At, name, e.eventWords(ev))
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
