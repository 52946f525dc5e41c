package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"vpnstatus/internal/app"
	"vpnstatus/internal/urlscheme"
)

// errDeclined ends a command that the person said no to.
var errDeclined = errors.New("nothing was done")

func newURL(e *env) *cobra.Command {
	var yes bool
	c := &cobra.Command{
		Use:   "url URL",
		Short: "Do what a vpnstatus:// link asks for",
		Long: `Do what a vpnstatus:// link asks for, in the running app. All but "open" is
asked about first; the answer is read from standard input.

The links are vpnstatus://connect?name=NAME, disconnect?name=NAME&for=FOR,
toggle?name=NAME, pause?for=FOR, resume, resume?name=NAME and open. FOR is a
length of time such as 30m, "tomorrow" or "network", and may be left out.`,
		Example: `  vpnstatus url "vpnstatus://connect?name=Office"
  vpnstatus url --yes "vpnstatus://pause?for=30m"`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			r, err := urlscheme.Parse(args[0])
			if err != nil {
				return &usageError{err}
			}
			return e.with(ctx, true, func(s app.Services) error { return e.follow(ctx, s, r, yes) })
		},
	}
	c.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask")
	return c
}

func (e *env) follow(ctx context.Context, s app.Services, r urlscheme.Request, yes bool) error {
	snapshot, err := s.Snapshot(ctx)
	if err != nil {
		return err
	}
	a, err := r.Resolve(snapshot, e.now().In(e.zone))
	if err != nil {
		return err
	}
	if a.Open {
		screen, ok := s.(interface{ Show(context.Context) error })
		if !ok {
			return fmt.Errorf("%s: this app can't be shown from here", r)
		}
		return screen.Show(ctx)
	}
	if !yes {
		fmt.Fprintf(e.err, "%s [y/N] ", a.Question)
		line, err := bufio.NewReader(io.LimitReader(e.in, 1<<10)).ReadString('\n') // nobody says yes at more length
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("reading the answer: %w", err)
		}
		if answer := strings.ToLower(strings.TrimSpace(line)); answer != "y" && answer != "yes" {
			return errDeclined
		}
	}
	if err := s.Do(ctx, a.Command); err != nil {
		return fmt.Errorf("%s: %w", r, err)
	}
	return nil
}
