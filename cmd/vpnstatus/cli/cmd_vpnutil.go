package cli

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"vpnstatus/internal/engine"
	"vpnstatus/internal/plaintext"
	"vpnstatus/internal/vpn"
)

// Arguments returns the command line that a program was called with. Called by
// the name vpnutil, through a link, it is the command vpnutil, which has no options.
func Arguments(argv []string) []string {
	if filepath.Base(argv[0]) == "vpnutil" {
		return append([]string{"vpnutil", "--"}, argv[1:]...)
	}
	return argv[1:]
}

// strictVariable makes vpnutil end with the exit codes of this program.
const strictVariable = "VPNUTIL_STRICT"

func newVpnutil(e *env) *cobra.Command {
	return &cobra.Command{
		Use:   "vpnutil list | status NAME | start NAME | stop NAME",
		Short: "Do what Timac's vpnutil does",
		Long: `Do what Timac's vpnutil 3.1 does, for scripts that use it: list prints JSON, status
prints the name and the status, start acts only on a VPN that is Disconnected and
stop only on one that is Connected. Messages go to standard error. NAME is the whole
name of a VPN, or its ID.

Called by the name vpnutil, the program does the same. As there, the exit code is 0
even if nothing could be done, and 1 after wrong usage. With VPNUTIL_STRICT=1 in the
environment it is that of the other commands: 3 if there is no such VPN, 1 if it was
in the wrong state.

Unlike vpnutil, it does not take a second: only status waits, for up to a second,
while the VPN is connecting or disconnecting.`,
		Example: `  vpnstatus vpnutil list
  vpnstatus vpnutil status Office
  vpnstatus vpnutil list | jq -r '.VPNs[] | select(.status == "Connected").name'
  VPNUTIL_STRICT=1 vpnstatus vpnutil start Office || echo "not started"`,
		ValidArgsFunction: e.completeVpnutil,
		RunE: func(cmd *cobra.Command, args []string) error {
			return e.vpnutil(cmd.Context(), args, os.Getenv(strictVariable) == "1")
		},
	}
}

func (e *env) completeVpnutil(cmd *cobra.Command, args []string, toComplete string) ([]string, cobra.ShellCompDirective) {
	switch {
	case len(args) == 0:
		return []string{"list", "status", "start", "stop"}, cobra.ShellCompDirectiveNoFileComp
	case args[0] == "list":
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return e.completeNames(1)(cmd, args[1:], toComplete)
}

// vpnutil carries out one command line of vpnutil. Unless strict, only wrong usage
// is an error.
func (e *env) vpnutil(ctx context.Context, args []string, strict bool) error {
	verb, name := "", ""
	switch {
	case len(args) == 1 && args[0] == "list":
		verb = args[0]
	case len(args) == 2 && args[1] != "" && slices.Contains([]string{"status", "start", "stop"}, args[0]):
		verb, name = args[0], args[1]
	default:
		e.note(`Usage: vpnutil [start|stop|list|status] [VPN name]
Examples:
  vpnutil list            all VPNs and their status, as JSON
  vpnutil status MyVPN    the status of MyVPN
  vpnutil start MyVPN     connect MyVPN
  vpnutil stop MyVPN      disconnect MyVPN
`)
		return &exitError{code: exitFailed}
	}
	var outcome error // its message has been printed
	err := e.open(ctx, anyAccess, nil, func(s *session) error {
		outcome = e.vpnutilDo(ctx, s, verb, name, strict)
		return nil
	})
	if err != nil {
		e.vpnutilLog("Failed to load the configurations - %v", err)
		if verb == "list" {
			e.print("{}\n")
		}
		outcome = err
	}
	if strict && outcome != nil {
		return &exitError{code: exitCode(outcome)}
	}
	return nil
}

func (e *env) vpnutilDo(ctx context.Context, s *session, verb, name string, strict bool) error {
	if len(s.all.Services) == 0 {
		e.vpnutilLog("Could not find any VPN")
	}
	if verb == "list" {
		return e.vpnutilList(s.all.Services)
	}
	found := called(s.all.Services, name)
	switch {
	case len(found) == 0:
		e.vpnutilLog("Could not find %s", name)
		return &vpn.NotFoundError{Query: name}
	case len(found) > 1 && strict:
		e.vpnutilLog("%d VPNs are called %s", len(found), name)
		return &vpn.AmbiguousError{Query: name}
	case verb == "status":
		return e.vpnutilStatus(ctx, s, found[0])
	}
	return e.vpnutilChange(ctx, s, found[0], name, verb)
}

func (e *env) vpnutilStatus(ctx context.Context, s *session, v *engine.Service) error {
	v, err := settled(ctx, s, v)
	if err != nil {
		e.vpnutilLog("Could not get the status - %v", err)
		return err
	}
	_, word := connectionStatus(v)
	e.print("%s %s\n", plaintext.Line(v.DisplayName()), word)
	return statusesKnown([]*engine.Service{v})
}

// vpnutilChange starts or stops a service and prints what came of it; the error
// is for the exit code alone.
func (e *env) vpnutilChange(ctx context.Context, s *session, v *engine.Service, name, verb string) error {
	c, from, done := engine.Command{Verb: engine.VerbConnect}, vpn.Disconnected, "started"
	if verb == "stop" {
		c, from, done = engine.Command{Verb: engine.VerbDisconnect}, vpn.Connected, "stopped"
	}
	if !v.Known || v.Status != from {
		_, word := connectionStatus(v)
		e.vpnutilLog("%s was not %s because it was in the state '%s'", name, done, word)
		return &exitError{code: exitFailed}
	}
	if err := s.doVisibly(ctx, v, c); err != nil {
		e.vpnutilLog("%s was not %s: %v", name, done, err)
		return err
	}
	e.vpnutilLog("%s has been %s", name, done)
	return nil
}

// settled waits for the end of a transition, up to settleLimit: scripts count how
// often they ask before they give a VPN up, and with vpnutil each time is a second.
func settled(ctx context.Context, s *session, v *engine.Service) (*engine.Service, error) {
	if !v.Status.InTransition() {
		return v, nil
	}
	all, updates, err := s.Follow(ctx)
	if err != nil {
		return nil, err
	}
	defer updates.Close()
	if now := all.Service(v.ID); now != nil {
		v = now
	}
	return settle(ctx, updates, v, func(now *engine.Service) bool { return !now.Status.InTransition() }), nil
}

// vpnutilList prints the list in the layout of Apple's JSON writer, which scripts
// without a JSON parser rely on. As there, it is sorted by name, and without what
// the user hides.
func (e *env) vpnutilList(services []*engine.Service) error {
	services = slices.DeleteFunc(slices.Clone(services), func(v *engine.Service) bool { return v.Hidden })
	if len(services) == 0 {
		e.print("{}\n")
		return nil
	}
	slices.SortStableFunc(services, func(a, b *engine.Service) int { return cmp.Compare(a.DisplayName(), b.DisplayName()) })
	entries := make([]string, len(services))
	for i, v := range services {
		name, err := plaintext.JSON(v.DisplayName(), "")
		if err != nil {
			return err
		}
		_, word := connectionStatus(v)
		entries[i] = fmt.Sprintf("    {\n      \"name\" : %s,\n      \"status\" : \"%s\"\n    }", bytes.TrimSpace(name), word)
	}
	e.print("{\n  \"VPNs\" : [\n%s\n  ]\n}\n", strings.Join(entries, ",\n"))
	return statusesKnown(services)
}

// vpnutilLog writes a message as Apple's NSLog does: with the time, the name of
// the program, and the numbers of process and thread.
func (e *env) vpnutilLog(format string, args ...any) {
	e.note("%s vpnutil[%d:1] %s", e.now().In(e.zone).Format("2006-01-02 15:04:05.000"), os.Getpid(), fmt.Sprintf(format, args...))
}
