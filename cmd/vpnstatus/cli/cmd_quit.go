package cli

import (
	"context"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"vpnstatus/internal/app"
)

// Times of quit.
const (
	quitLimit = 15 * time.Second      // the app ends within seconds, whatever hangs
	quitPoll  = 20 * time.Millisecond // between two looks whether it has
)

func newQuit(e *env) *cobra.Command {
	return &cobra.Command{
		Use:        "quit",
		SuggestFor: []string{"exit", "kill"},
		Short:      "Quit the app",
		Long: `Quit the app and wait until it has ended. No VPN is disconnected, and none is
connected again until the app runs. Holds and the pause are kept.`,
		Example: `  vpnstatus quit`,
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return e.quit(cmd.Context()) },
	}
}

func (e *env) quit(ctx context.Context) error {
	client, err := e.app.Dial(ctx)
	if err != nil {
		return needsApp(err)
	}
	err = client.Quit(ctx, "cli")
	client.Close()
	if err != nil {
		return err
	}
	limit := time.NewTimer(quitLimit)
	defer limit.Stop()
	tick := time.NewTicker(quitPoll)
	defer tick.Stop()
	for {
		select {
		case <-limit.C:
			return exitf(exitTimeout, "VPNStatus was asked to quit, and has not ended within %s", quitLimit)
		case <-tick.C:
		}
		if client, err = e.app.Dial(ctx); errors.Is(err, app.ErrNotRunning) {
			return nil
		} else if err == nil {
			client.Close()
		}
	}
}
