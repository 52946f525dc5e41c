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
	"vpnstatus/internal/plaintext"
	"vpnstatus/internal/settings"
)

// followLimit is how long a command waits for the app to read a changed setting.
const followLimit = 5 * time.Second

func newSettings(e *env) *cobra.Command {
	c := &cobra.Command{
		Use:        "settings",
		SuggestFor: []string{"config", "preferences"},
		Short:      "Show and change the settings",
		Long: `Show and change the settings. They are kept in one file, which you may also edit
by hand; a running app follows at once. If the file can't be used, what the app
keeps is shown.`,
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

// openSettings opens the settings file to read or change it.
func (e *env) openSettings() (*settings.Store, error) {
	path, err := e.app.SettingsPath()
	if err != nil {
		return nil, err
	}
	s, err := settings.Open(path, slog.New(slog.DiscardHandler))
	if err != nil {
		return nil, fmt.Errorf("opening the settings: %w", err)
	}
	return s, nil
}

func (e *env) noteFaults(problems []settings.Problem) {
	for _, p := range problems {
		e.note("Note: %s", p)
	}
}

// current runs do with the settings in force: those of a running app if the file
// can't be used, since the app keeps what it had before.
func (e *env) current(ctx context.Context, do func(settings.Settings) error) error {
	s, err := e.openSettings()
	if err != nil {
		return err
	}
	inForce, problems := s.Current(), s.Problems()
	if err := s.Reload(); err != nil { // the error that openSettings left to Problems
		if kept, ok := e.kept(ctx); ok {
			inForce, problems = kept, []settings.Problem{{Text: err.Error() + "; these are the settings that the running app keeps"}}
		}
	}
	if err := do(inForce); err != nil {
		return err
	}
	e.noteFaults(problems)
	return nil
}

// kept returns the settings in force in a running app, after it has read the file.
func (e *env) kept(ctx context.Context) (settings.Settings, bool) {
	ctx, cancel := context.WithTimeout(ctx, followLimit)
	defer cancel()
	c, err := e.app.Dial(ctx)
	if err != nil {
		return settings.Settings{}, false
	}
	defer c.Close()
	v, err := c.Settings(ctx)
	return v, err == nil
}

// stored returns the settings of the file, for completion.
func (e *env) stored() settings.Settings {
	s, err := e.openSettings()
	if err != nil {
		return settings.Default()
	}
	return s.Current()
}

// update changes the settings as change does, all or nothing.
func (e *env) update(do func(*settings.Settings) error) error {
	return e.change(func(s *settings.Store) error { return s.Update(do) })
}

// change changes the settings and returns once the file and a running app have
// them, so that the next command sees their effect.
func (e *env) change(do func(*settings.Store) error) error {
	s, err := e.openSettings()
	if err != nil {
		return err
	}
	if err := do(s); err != nil {
		return err // for a broken file it is the text of the problem
	}
	// The app looks at the file when it is asked; one that does not answer will
	// see the change by itself.
	_, _ = e.kept(context.Background())
	e.noteFaults(s.Problems())
	return nil
}

func (e *env) listSettings(ctx context.Context, asJSON bool) error {
	return e.current(ctx, func(current settings.Settings) error {
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
		Use:   "get KEY",
		Short: "Print one setting",
		Long: `Print one setting, or one part of it (notifications.dropped): a word or a number as
it is, lists and objects as JSON.`,
		Example:           `  vpnstatus settings get retryDelayMax`,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: completeKeys,
		RunE: func(cmd *cobra.Command, args []string) error {
			return e.current(cmd.Context(), func(current settings.Settings) error {
				v, err := settings.Get(current, args[0])
				if err != nil {
					return err
				}
				var text string
				if json.Unmarshal(v, &text) == nil {
					e.print("%s\n", plaintext.Line(text))
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
		Long: `Change one setting. VALUE is on or off, a number or a time (90s, 2m; a bare number
is seconds), a word, a list with commas, or JSON. A part of a setting is named with
a dot: notifications.dropped, or probes. and the ID of a VPN.

Rules, groups and trusted networks have commands of their own.`,
		Example: `  vpnstatus settings set iconStyle color
  vpnstatus settings set notifications.dropped off
  vpnstatus settings set hidden "Test*,Old office"`,
		Args:              cobra.ExactArgs(2),
		ValidArgsFunction: completeSetting,
		RunE: func(_ *cobra.Command, args []string) error {
			return e.change(func(s *settings.Store) error { return s.Set(args[0], args[1]) })
		},
	}
}

func newSettingsReset(e *env) *cobra.Command {
	return &cobra.Command{
		Use:   "reset KEY",
		Short: "Set one setting back to its default",
		Long: `Set one setting, or one part of it, back to its default. This also replaces a value
in the file that can't be used.`,
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
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: files,
		RunE: func(_ *cobra.Command, args []string) error {
			name := ""
			if len(args) > 0 {
				name = args[0]
			}
			found, err := e.readImport(name)
			if err != nil {
				return err
			}
			for _, line := range found.Taken {
				e.note("To import: %s", line)
			}
			for _, line := range found.Left {
				e.note("Left out: %s", line)
			}
			if dry || len(found.Taken) == 0 {
				return nil
			}
			return e.update(found.Apply)
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
