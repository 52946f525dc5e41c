package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"vpnstatus/internal/app"
	"vpnstatus/internal/engine"
	"vpnstatus/internal/vpn"
)

// waitFlag adds --wait[=TIME].
func waitFlag(c *cobra.Command, wait *time.Duration) {
	c.Flags().DurationVarP(wait, "wait", "w", 0, "wait until it is done, at most `TIME`")
	c.Flags().Lookup("wait").NoOptDefVal = defaultWait.String()
}

func checkWait(c *cobra.Command, wait time.Duration) error {
	if c.Flags().Changed("wait") && wait <= 0 {
		return usage("--wait=%s: the time must be longer than nothing", wait)
	}
	return nil
}

func newConnect(e *env) *cobra.Command {
	var wait time.Duration
	var user string
	var password, secret bool
	c := &cobra.Command{
		Use:     "connect NAME…",
		Aliases: []string{"start"},
		Short:   "Connect VPNs",
		Long: `Connect VPNs. This also ends a hold, as a click in the menu does.

Names and passwords normally come from the keychain. A password or shared secret
given here is read from standard input, a line each and the password first, so
that it shows neither in the shell's history nor in the list of processes.`,
		Example: `  vpnstatus connect Office --wait
  pass show office | vpnstatus connect Office --user anna --password-stdin`,
		Args:              cobra.MinimumNArgs(1),
		ValidArgsFunction: e.completeNames(-1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := checkWait(cmd, wait); err != nil {
				return err
			}
			options := vpn.Options{Username: user}
			if err := readSecrets(e.in, &options, password, secret); err != nil {
				return err
			}
			if !options.IsZero() && len(args) > 1 {
				return usage("--user, --password-stdin and --secret-stdin are for one VPN at a time")
			}
			return e.act(cmd.Context(), args, wait, func(v *engine.Service) (engine.Command, goal) {
				if v.Status == vpn.Connected {
					e.note("%q is already connected.", v.Name)
				}
				return engine.Command{Verb: engine.VerbConnect, ID: v.ID, Options: options}, goalUp
			})
		},
	}
	waitFlag(c, &wait)
	c.Flags().StringVarP(&user, "user", "u", "", "log in as `USER` this time")
	c.Flags().BoolVar(&password, "password-stdin", false, "read the password from standard input")
	c.Flags().BoolVar(&secret, "secret-stdin", false, "read the shared secret (L2TP, Cisco IPSec) from standard input")
	return c
}

// readSecrets reads a line for each secret that is wanted.
func readSecrets(in io.Reader, o *vpn.Options, password, secret bool) error {
	lines := bufio.NewReader(io.LimitReader(in, 64<<10)) // no secret is longer
	read := func(what string) (string, error) {
		line, err := lines.ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return "", fmt.Errorf("reading the %s from standard input: %w", what, err)
		}
		line = strings.TrimRight(line, "\r\n")
		if line == "" {
			return "", usage("no %s was given on standard input", what)
		}
		return line, nil
	}
	var err error
	if password {
		if o.Password, err = read("password"); err != nil {
			return err
		}
	}
	if secret {
		o.SharedSecret, err = read("shared secret")
	}
	return err
}

func newDisconnect(e *env) *cobra.Command {
	var wait time.Duration
	var hold string
	c := &cobra.Command{
		Use:     "disconnect NAME…",
		Aliases: []string{"stop"},
		Short:   "Disconnect VPNs, or cancel connecting",
		Long: `Disconnect VPNs, or cancel connecting. Auto Connect then leaves them down until
you connect or resume them, or for the time given with --for.

` + untilHelp,
		Example: `  vpnstatus disconnect Office
  vpnstatus disconnect Office --for 30m`,
		Args:              cobra.MinimumNArgs(1),
		ValidArgsFunction: e.completeNames(-1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := checkWait(cmd, wait); err != nil {
				return err
			}
			return e.actUntil(cmd.Context(), args, wait, hold, cmd.Flags().Changed("for"), func(v *engine.Service) (engine.Command, goal) {
				if v.Status == vpn.Disconnected && v.Known {
					e.note("%q is already disconnected.", v.Name)
				}
				return engine.Command{Verb: engine.VerbDisconnect, ID: v.ID}, goalDown
			})
		},
	}
	waitFlag(c, &wait)
	c.Flags().StringVar(&hold, "for", "", "leave it down `FOR` this long")
	return c
}

func newToggle(e *env) *cobra.Command {
	var wait time.Duration
	c := &cobra.Command{
		Use:   "toggle NAME…",
		Short: "Connect VPNs that are down, disconnect the others",
		Example: `  vpnstatus toggle Office
  vpnstatus toggle Office --wait=10s`,
		Args:              cobra.MinimumNArgs(1),
		ValidArgsFunction: e.completeNames(-1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := checkWait(cmd, wait); err != nil {
				return err
			}
			return e.act(cmd.Context(), args, wait, func(v *engine.Service) (engine.Command, goal) {
				// The verb is chosen here, so that what is waited for is what is done.
				if v.Status.Up() || v.Status == vpn.Connecting {
					return engine.Command{Verb: engine.VerbDisconnect, ID: v.ID}, goalDown
				}
				return engine.Command{Verb: engine.VerbConnect, ID: v.ID}, goalUp
			})
		},
	}
	waitFlag(c, &wait)
	return c
}

// act sends a command to each of the services, none when a name is wrong, and
// waits for all if wait is set.
func (e *env) act(ctx context.Context, names []string, wait time.Duration, decide func(*engine.Service) (engine.Command, goal)) error {
	return e.actUntil(ctx, names, wait, "", false, decide)
}

// actUntil is act for commands that may carry the end of a hold.
func (e *env) actUntil(ctx context.Context, names []string, wait time.Duration, hold string, held bool, decide func(*engine.Service) (engine.Command, goal)) error {
	return e.with(ctx, held, func(s app.Services) error {
		snapshot, sub, err := s.Follow(ctx)
		if err != nil {
			return err
		}
		defer sub.Close()
		services, err := find(snapshot, names)
		if err != nil {
			return err
		}
		command := engine.Command{}
		if held {
			if command.Until, err = e.parseUntil(hold, snapshot); err != nil {
				return err
			}
		}
		var waits []*waiter
		for _, v := range services {
			c, g := decide(v)
			c.Until, c.Origin = command.Until, "cli"
			w := newWaiter(v, g, true)
			if err := s.Do(ctx, c); err != nil {
				return fmt.Errorf("%s %q: %w", c.Verb, v.Name, err)
			}
			waits = append(waits, w)
		}
		if wait <= 0 {
			return nil
		}
		return await(ctx, s, sub, waits, wait)
	})
}
