package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"vpnstatus/internal/app"
	"vpnstatus/internal/control"
	"vpnstatus/internal/settings"
)

// followLimit is how long a command waits for the app to read a changed setting.
const followLimit = 5 * time.Second

func newSettings(e *env) *cobra.Command {
	c := &cobra.Command{
		Use:   "settings",
		Short: "Show and change the settings",
		Long: `Show and change the settings. They are kept in one file, which you may also edit
by hand; a running app follows at once.`,
		Example: `  vpnstatus settings
  vpnstatus settings get retryDelayMax
  vpnstatus settings set retryDelayMax 5m
  vpnstatus settings set notifications.dropped off`,
		Args: cobra.NoArgs,
	}
	addList(c, "List the settings and what they are for", e.listSettings)
	c.AddCommand(newSettingsGet(e), newSettingsSet(e), newSettingsReset(e), newSettingsImport(e), newSettingsPath(e))
	return c
}

// store runs a command on the settings in the file.
func (e *env) store(do func(*settings.Store) error) error {
	path, err := e.app.SettingsPath()
	if err != nil {
		return err
	}
	s, err := settings.Open(path, slog.New(slog.DiscardHandler))
	if err != nil {
		return fmt.Errorf("opening the settings: %w", err)
	}
	if err := do(s); err != nil {
		return err // for a broken file it is the text of the problem
	}
	for _, p := range s.Problems() {
		e.note("Note: %s", p)
	}
	return nil
}

// change changes the settings and returns once the file and a running app have
// them, so that the next command sees their effect.
func (e *env) change(do func(*settings.Store) error) error {
	return e.store(func(s *settings.Store) error {
		if err := do(s); err != nil {
			return asUsage(err)
		}
		ctx, cancel := context.WithTimeout(context.Background(), followLimit)
		defer cancel()
		// The app looks at the file when it is asked; one that does not answer
		// will see the change by itself.
		if path, err := e.app.SocketPath(); err == nil {
			if c, err := control.Dial(ctx, path); err == nil {
				_, _ = c.Settings(ctx)
				c.Close()
			}
		}
		return nil
	})
}

// asUsage turns an error about a key or value into a usage error.
func asUsage(err error) error {
	var k *settings.KeyError
	if errors.As(err, &k) {
		return &exitError{exitUsage, err}
	}
	return err
}

func (e *env) listSettings(asJSON bool) error {
	return e.store(func(s *settings.Store) error {
		current := s.Current()
		if asJSON {
			return e.printJSON(current)
		}
		var rows [][]string
		for _, k := range settings.Keys() {
			v, err := settings.Get(current, k.Name)
			if err != nil {
				return err
			}
			text := string(v)
			if len(text) > 40 {
				text = "… (settings get " + k.Name + ")"
			}
			help := k.Help + " (" + k.Range() + ")"
			rows = append(rows, []string{k.Name, strings.Trim(text, `"`), help})
		}
		e.printTable([]string{"KEY", "VALUE", "MEANING"}, rows)
		return nil
	})
}

func newSettingsGet(e *env) *cobra.Command {
	return &cobra.Command{
		Use:               "get KEY",
		Short:             "Print one setting",
		Example:           `  vpnstatus settings get retryDelayMax`,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: completeKeys,
		RunE: func(_ *cobra.Command, args []string) error {
			return e.store(func(s *settings.Store) error {
				v, err := settings.Get(s.Current(), args[0])
				if err != nil {
					return asUsage(err)
				}
				var text string
				if json.Unmarshal(v, &text) == nil {
					e.print("%s\n", text)
					return nil
				}
				return e.printJSON(json.RawMessage(v))
			})
		},
	}
}

func newSettingsSet(e *env) *cobra.Command {
	return &cobra.Command{
		Use:   "set KEY VALUE",
		Short: "Change one setting",
		Long: `Change one setting. VALUE is on or off, a number or a time (90s, 2m), a word, a
list with commas, or JSON.`,
		Example: `  vpnstatus settings set iconStyle color
  vpnstatus settings set hidden "Test*,Old office"`,
		Args:              cobra.ExactArgs(2),
		ValidArgsFunction: completeKeys,
		RunE: func(_ *cobra.Command, args []string) error {
			return e.change(func(s *settings.Store) error { return s.Set(args[0], args[1]) })
		},
	}
}

func newSettingsReset(e *env) *cobra.Command {
	return &cobra.Command{
		Use:               "reset KEY",
		Short:             "Set one setting back to its default",
		Example:           `  vpnstatus settings reset retryDelayMax`,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: completeKeys,
		RunE: func(_ *cobra.Command, args []string) error {
			return e.change(func(s *settings.Store) error { return s.Reset(args[0]) })
		},
	}
}

func newSettingsImport(e *env) *cobra.Command {
	var dry bool
	c := &cobra.Command{
		Use:   "import [FILE]",
		Short: "Import the settings of Timac's VPNStatus",
		Long: `Take over the settings of the older VPNStatus app by Timac (` + settings.TimacDomain + `):
as macOS has them, or from FILE; "-" is standard input. What is taken over is listed
before anything changes. What you have set already is kept.`,
		Example: `  vpnstatus settings import --dry-run
  defaults export ` + settings.TimacDomain + ` - | vpnstatus settings import -`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			found, err := e.readImport(argument(args, 0))
			if err != nil {
				return err
			}
			for _, line := range found.Taken {
				e.note("Imported: %s", line)
			}
			for _, line := range found.Left {
				e.note("Left out: %s", line)
			}
			if dry || len(found.Taken) == 0 {
				return nil
			}
			return e.change(func(s *settings.Store) error { return s.Update(found.Apply) })
		},
	}
	c.Flags().BoolVar(&dry, "dry-run", false, "only show what would be imported")
	return c
}

// maxImport is larger than any property list of that app.
const maxImport = 8 << 20

// readImport returns what can be imported from a file or, without one, from this
// machine.
func (e *env) readImport(name string) (settings.Import, error) {
	var data []byte
	var err error
	switch name {
	case "":
		return app.TimacImport()
	case "-":
		data, err = io.ReadAll(io.LimitReader(e.in, maxImport))
		name = "standard input"
	default:
		data, err = os.ReadFile(name)
	}
	if errors.Is(err, os.ErrNotExist) {
		return settings.Import{}, fmt.Errorf("there is nothing to import: %w", err)
	}
	if err != nil {
		return settings.Import{}, err
	}
	i, err := settings.ImportTimac(data)
	if err != nil {
		return settings.Import{}, fmt.Errorf("%s: %w", name, err)
	}
	return i, nil
}

func newSettingsPath(e *env) *cobra.Command {
	return &cobra.Command{
		Use:     "path",
		Short:   "Print where the settings are kept",
		Example: `  $EDITOR "$(vpnstatus settings path)"`,
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			path, err := e.app.SettingsPath()
			if err != nil {
				return err
			}
			e.print("%s\n", path)
			return nil
		},
	}
}

func completeKeys(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var names []string
	for _, k := range settings.Keys() {
		names = append(names, cobra.CompletionWithDesc(k.Name, k.Help))
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}
