package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/charmbracelet/x/term"
	"github.com/spf13/cobra"

	"vpnstatus/internal/engine"
	"vpnstatus/internal/menubar"
	"vpnstatus/internal/plaintext"
	"vpnstatus/internal/vpn"
)

func newConnect(e *env) *cobra.Command {
	var options vpn.Options
	var password, secret bool
	c := &cobra.Command{
		Use:     "connect NAME…",
		Aliases: []string{"start", "up"},
		Short:   "Connect VPNs",
		Long: `Connect VPNs. This also ends a hold, and tries a VPN again that Auto Connect had
given up. Without --wait it returns when the system has been asked; with it, when
the VPNs are connected, or the reason is known why one is not.

User names and passwords normally come from the keychain, and that is the better
place for them: while a session runs, macOS lets other processes of the same user
read the options that it was started with. A password or shared secret given here
is read from standard input, one line each, the password first, so that it does not
appear in the shell's history or the list of processes. In a terminal you are asked
for it, and it is not shown.`,
		Example: `  vpnstatus connect Office --wait
  pass show office | vpnstatus connect Office --user anna --password-stdin`,
		Args:              cobra.MinimumNArgs(1),
		ValidArgsFunction: e.completeNames(-1),
	}
	wait := waitFlag(c)
	c.Flags().StringVarP(&options.Username, "user", "u", "", "log in as `USER` this time")
	c.Flags().BoolVar(&password, "password-stdin", false, "read the password from standard input")
	c.Flags().BoolVar(&secret, "secret-stdin", false, "read the shared secret (L2TP, Cisco IPSec) from standard input")
	c.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) > 1 && (options.Username != "" || password || secret) {
			return usage("--user, --password-stdin and --secret-stdin are for one VPN at a time")
		}
		if err := e.readSecrets(&options, password, secret); err != nil {
			return err
		}
		return e.act(cmd, anyAccess, args, *wait, func(*session, *engine.Service) (engine.Command, error) {
			return engine.Command{Verb: engine.VerbConnect, Options: options}, nil
		})
	}
	return c
}

func newDisconnect(e *env) *cobra.Command {
	var hold string
	var all bool
	c := &cobra.Command{
		Use:     "disconnect NAME…|--all",
		Aliases: []string{"stop", "down"},
		Short:   "Disconnect VPNs, or cancel connecting",
		Long: `Disconnect VPNs, or cancel connecting. Auto Connect then leaves them down until
you connect or resume them, or as long as --for says.

` + untilHelp,
		Example: `  vpnstatus disconnect Office
  vpnstatus disconnect Office --for 30m
  vpnstatus disconnect --all`,
		ValidArgsFunction: e.completeNames(-1),
		Args: func(_ *cobra.Command, args []string) error {
			if all == (len(args) > 0) {
				return usage("disconnect: name the VPNs, or give --all")
			}
			return nil
		},
	}
	wait := waitFlag(c)
	c.Flags().StringVar(&hold, "for", "", "how long Auto Connect leaves it down: `FOR`, as above")
	cobra.CheckErr(c.RegisterFlagCompletionFunc("for", words(untilChoices...)))
	c.Flags().BoolVar(&all, "all", false, "all VPNs that are not down")
	c.RunE = func(cmd *cobra.Command, args []string) error {
		held := cmd.Flags().Changed("for")
		return e.act(cmd, access(held), args, *wait, func(s *session, v *engine.Service) (engine.Command, error) {
			if all && v.Status == vpn.Disconnected {
				return engine.Command{}, nil
			}
			c := engine.Command{Verb: engine.VerbDisconnect}
			if !held {
				return c, nil
			}
			var err error
			c.Until, err = e.parseUntil(hold, s.all)
			return c, err
		})
	}
	return c
}

func newToggle(e *env) *cobra.Command {
	c := &cobra.Command{
		Use:   "toggle NAME…",
		Short: "Connect VPNs that are down, disconnect the others",
		Long: `Connect the VPNs that are down, and disconnect those that are connected or
connecting, as connect and disconnect do.`,
		Example: `  vpnstatus toggle Office
  vpnstatus toggle Office --wait=10s`,
		Args:              cobra.MinimumNArgs(1),
		ValidArgsFunction: e.completeNames(-1),
	}
	wait := waitFlag(c)
	c.RunE = func(cmd *cobra.Command, args []string) error {
		return e.act(cmd, anyAccess, args, *wait, func(_ *session, v *engine.Service) (engine.Command, error) {
			// Not VerbToggle: the command sent must match the goal that --wait
			// waits for.
			if v.Status.Up() || v.Status == vpn.Connecting {
				return engine.Command{Verb: engine.VerbDisconnect}, nil
			}
			return engine.Command{Verb: engine.VerbConnect}, nil
		})
	}
	return c
}

// act connects and disconnects the services named, as decide says; a command
// without a verb leaves one alone. If wait is set it waits for all of them.
func (e *env) act(cmd *cobra.Command, need access, names []string, wait time.Duration, decide func(*session, *engine.Service) (engine.Command, error)) error {
	ctx := cmd.Context()
	err := e.open(ctx, need, names, func(s *session) error {
		var updates *engine.Subscription
		if wait > 0 { // before the commands, so that nothing is missed
			var err error
			if _, updates, err = s.Follow(ctx); err != nil {
				return err
			}
			defer updates.Close()
		}
		var waits []*waiter
		for _, v := range s.named {
			c, err := decide(s, v)
			if err != nil {
				return err
			}
			if c.Verb == "" {
				continue
			}
			goal := vpn.Connected
			if c.Verb == engine.VerbDisconnect {
				goal = vpn.Disconnected
			}
			c.ID = v.ID
			if err := s.do(ctx, c); err != nil {
				return fmt.Errorf("%s %q: %w", c.Verb, v.DisplayName(), err)
			}
			if v.Status == goal && v.Known {
				e.note("%q is already %s.", v.DisplayName(), strings.ToLower(goal.String()))
			}
			waits = append(waits, newWaiter(v, goal, time.Now()))
		}
		if wait <= 0 {
			return nil
		}
		return await(ctx, s, updates, waits, wait)
	})
	// --wait takes its time after "=", since it need not have one.
	var none *vpn.NotFoundError
	if errors.As(err, &none) && wait == defaultWait {
		if _, wrong := plaintext.DurationIn(none.Query, time.Second); wrong == nil {
			return fmt.Errorf("%w; a time to wait is given as --wait=%s", err, none.Query)
		}
	}
	return err
}

// readSecrets reads each secret that is wanted, the password first.
func (e *env) readSecrets(o *vpn.Options, password, secret bool) error {
	read := e.secretReader()
	for _, s := range []struct {
		wanted bool
		what   string
		into   *string
	}{{password, "password", &o.Password}, {secret, "shared secret", &o.SharedSecret}} {
		if !s.wanted {
			continue
		}
		text, err := read(s.what)
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("reading the %s from standard input: %w", s.what, err)
		}
		if text == "" {
			return usage("standard input has no %s", s.what)
		}
		*s.into = text
	}
	return nil
}

// secretReader returns a function that reads the next line of standard input; on a
// terminal it prompts for it and does not show it.
func (e *env) secretReader() func(what string) (string, error) {
	if f, ok := e.in.(*os.File); ok && term.IsTerminal(f.Fd()) {
		return func(what string) (string, error) { return e.prompt(f.Fd(), what) }
	}
	lines := bufio.NewReader(io.LimitReader(e.in, 64<<10)) // longer than any secret
	return func(string) (string, error) {
		line, err := lines.ReadString('\n')
		return strings.TrimRight(line, "\r\n"), err
	}
}

// prompt reads a line from a terminal that does not show it. A signal ends the
// program as always, after the terminal shows again what is typed.
func (e *env) prompt(fd uintptr, what string) (string, error) {
	state, err := term.GetState(fd)
	if err != nil {
		return "", err
	}
	ctx, caught, stop := untilSignal(context.Background())
	defer stop()
	defer context.AfterFunc(ctx, func() {
		if s := caught(); s != nil {
			_ = term.Restore(fd, state) // there is nothing else to do about it
			fmt.Fprintln(e.err)
			dieOf(s)
		}
	})()
	fmt.Fprintf(e.err, "%s: ", menubar.UpperFirst(what))
	line, err := term.ReadPassword(fd)
	fmt.Fprintln(e.err)
	return string(line), err
}
