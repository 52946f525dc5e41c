package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"
	"testing"

	"vpnstatus/internal/app"
	"vpnstatus/internal/control"
	"vpnstatus/internal/engine"
	"vpnstatus/internal/settings"
	"vpnstatus/internal/vpn"
)

func TestExitCodeOfEachError(t *testing.T) {
	for name, test := range map[string]struct {
		err  error
		want int
	}{
		"success":                 {nil, 0},
		"any failure":             {errors.New("x"), 1},
		"interrupted":             {context.Canceled, 1},
		"wrong usage":             {usage("x"), 2},
		"wrong setting":           {&settings.KeyError{Key: "x", Text: "x"}, 2},
		"no such VPN":             {&vpn.NotFoundError{Query: "x"}, 3},
		"several VPNs fit":        {&vpn.AmbiguousError{Query: "x"}, 4},
		"timed out":               {exitf(exitTimeout, "x"), 5},
		"needs the user":          {exitf(exitNeedsUser, "x"), 6},
		"policy without the app":  {exitf(exitNotRunning, "x"), 7},
		"no app at the socket":    {app.ErrNotRunning, 7},
		"app ended meanwhile":     {engine.ErrClosed, 7},
		"app does not answer":     {control.ErrNoAnswer, 5},
		"other protocol version":  {&control.VersionError{Message: "x"}, 1},
		"no services of a system": {app.ErrNoSystem, 1},
		"status --quiet":          {&exitError{code: exitTransition}, 11},
		"reader of output gone":   {&os.PathError{Op: "write", Path: "/dev/stdout", Err: syscall.EPIPE}, 0},
	} {
		if got := exitCode(test.err); got != test.want {
			t.Errorf("%s: exit code %d, want %d", name, got, test.want)
		}
		if test.err == nil {
			continue
		}
		if got := exitCode(fmt.Errorf("wrapped: %w", test.err)); got != test.want {
			t.Errorf("%s, wrapped: exit code %d, want %d", name, got, test.want)
		}
	}
}
