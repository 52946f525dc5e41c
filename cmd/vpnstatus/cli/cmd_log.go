package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"github.com/spf13/cobra"
)

// followEvery is how often `log -f` looks for more.
const followEvery = 500 * time.Millisecond

func newLog(e *env) *cobra.Command {
	var follow, path bool
	var lines int
	c := &cobra.Command{
		Use:   "log",
		Short: "Print the app's log",
		Long: `Print the end of the app's log: what it saw, decided and did, and why. It holds no
passwords. Levels and names are those of Go's log/slog.`,
		Example: `  vpnstatus log -n 100
  vpnstatus log -f | grep Office`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			name, err := e.app.LogPath()
			if err != nil {
				return err
			}
			if path {
				e.print("%s\n", name)
				return nil
			}
			if lines < 0 {
				return usage("-n %d: the number of lines must not be negative", lines)
			}
			return e.printLog(cmd.Context(), name, lines, follow)
		},
	}
	c.Flags().BoolVarP(&follow, "follow", "f", false, "keep printing what is added, until you press Ctrl-C")
	c.Flags().IntVarP(&lines, "lines", "n", 40, "how many `LINES` to print")
	c.Flags().BoolVar(&path, "path", false, "print where the log is kept")
	return c
}

func (e *env) printLog(ctx context.Context, name string, lines int, follow bool) error {
	data, err := os.ReadFile(name)
	if errors.Is(err, os.ErrNotExist) && !follow {
		return fmt.Errorf("there is no log yet at %s: the app has not been run", name)
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if _, err := e.out.Write(tail(data, lines)); err != nil || !follow {
		return err
	}
	at := int64(len(data))
	tick := time.NewTicker(followEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil // Ctrl-C is how it ends
		case <-tick.C:
			if at, err = copyFrom(e.out, name, at); err != nil {
				return err
			}
		}
	}
}

// tail returns the last n lines.
func tail(data []byte, n int) []byte {
	lines := slices.Collect(bytes.Lines(data))
	return bytes.Join(lines[max(len(lines)-n, 0):], nil)
}

// copyFrom writes what the file has beyond a place and returns the new end. A
// file that became shorter was replaced by a new one and is read from its
// beginning.
func copyFrom(w io.Writer, name string, at int64) (int64, error) {
	f, err := os.Open(name)
	if errors.Is(err, os.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return at, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return at, err
	}
	if info.Size() < at {
		at = 0
	}
	if _, err := f.Seek(at, io.SeekStart); err != nil {
		return at, err
	}
	n, err := io.Copy(w, f)
	return at + n, err
}
