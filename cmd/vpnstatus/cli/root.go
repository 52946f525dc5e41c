// Package cli is the command line of VPNStatus: one cmd_*.go for each command.
//
// Scripts can rely on this: data goes to standard output and everything else
// to standard error, and the exit codes keep their meaning.
package cli

import (
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"time"

	"github.com/charmbracelet/x/term"
	"github.com/spf13/cobra"

	"vpnstatus/internal/app"
	"vpnstatus/internal/settings"
	releases "vpnstatus/internal/update"
)

// env is the environment of a command: its streams, clock and configuration.
// Tests make their own.
type env struct {
	in      io.Reader
	out     *output
	err     io.Writer
	color   bool // out understands escape sequences
	now     func() time.Time
	zone    *time.Location
	app     app.Config
	updates releases.Options

	// openApp opens the app bundle that has this program and returns its path; ok
	// is false if there is none or it could not be opened. If openApp is nil, the
	// app runs in this process.
	openApp func() (path string, ok bool)
}

// Run carries out one command line and returns the exit code. release is the
// version of a release, or empty.
func Run(args []string, release string) int { return run(args, system(release)) }

// Command returns the tree of commands for documentation; the commands must
// not be executed.
func Command() *cobra.Command { return newRoot(&env{}) }

// system returns the env of the real program.
func system(release string) *env {
	e := &env{
		in:    os.Stdin,
		out:   &output{w: os.Stdout},
		err:   os.Stderr,
		color: usesColor(os.Stdout, os.Getenv),
		now:   time.Now,
		zone:  time.Local,
		app:   app.Config{Version: version(release), Err: os.Stderr},
	}
	if byHand(term.IsTerminal(os.Stdin.Fd()), os.Getppid(), os.Getenv(settings.HomeVariable)) {
		e.openApp = app.OpenBundle
	}
	return e
}

// byHand reports whether the program was started in a terminal. What launchd
// starts, which is process 1, is the app already. An app that is opened gets no
// environment, so a home in it keeps the app in this process.
func byHand(terminal bool, parent int, home string) bool {
	return terminal && parent != 1 && home == ""
}

// run carries out one command line and returns the exit code. Signals are left to
// the system, which ends a command at once wherever it waits; what must clean up
// first uses untilSignal.
func run(args []string, e *env) int { return runContext(context.Background(), args, e) }

func runContext(ctx context.Context, args []string, e *env) int {
	root := newRoot(e)
	root.SetArgs(args)
	accepted := false
	root.PersistentPreRunE = func(cmd *cobra.Command, args []string) error {
		accepted = true
		return e.checkUsage(cmd, args)
	}
	cmd, err := root.ExecuteContextC(ctx)
	switch {
	case err == nil:
		err = e.out.err
	case !accepted: // by cobra, whose errors have no type
		err = usage("%w", err)
	}
	code := exitCode(err)
	var own *exitError
	if silent := errors.As(err, &own) && own.err == nil; err != nil && !silent && !isBrokenPipe(err) {
		e.note("vpnstatus: %s", strings.TrimSpace(err.Error()))
		if code == exitUsage {
			e.note("Usage: %s\nRun %q for more.", cmd.UseLine(), cmd.CommandPath()+" --help")
		}
	}
	return code
}

// Groups of commands in the help.
const (
	groupVPN    = "vpn"
	groupPolicy = "policy"
	groupApp    = "app"
	groupCompat = "compat"
)

func newRoot(e *env) *cobra.Command {
	var showVersion bool
	root := &cobra.Command{
		Use:   "vpnstatus",
		Short: "VPNs in the menu bar and on the command line",
		Long: `VPNStatus lists the VPN services of this machine, connects and disconnects
them, and keeps those up that are ticked Auto Connect.

Without a command it opens the app: in the menu bar on macOS, elsewhere as a menu
in the terminal on simulated VPNs. If the app is running already, it is shown
instead. With an option, the app runs in this process.

NAME is a service's ID, its name, or the beginning of its name if that fits no
other.

` + exitCodesHelp(),
		Example: `  vpnstatus
  vpnstatus --demo
  vpnstatus list
  vpnstatus connect Office --wait`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if showVersion {
				e.printVersion()
				return nil
			}
			// As a child of a shell the app would end with its terminal, and macOS
			// would take the terminal's rights for the app's.
			if e.openApp != nil && cmd.Flags().NFlag() == 0 {
				if path, ok := e.openApp(); ok {
					e.print("Opened %s.\n", path)
					return nil
				}
			}
			return runApp(cmd.Context(), e)
		},

		SuggestionsMinimumDistance: 1, // cobra's two letters make "git" a "list"

		SilenceErrors:     true,
		SilenceUsage:      true,
		DisableAutoGenTag: true,
	}
	root.SetOut(e.out)
	root.SetErr(e.err)
	root.SetIn(e.in)
	root.SetFlagErrorFunc(flagError)
	root.CompletionOptions.SetDefaultShellCompDirective(cobra.ShellCompDirectiveNoFileComp)

	flags := root.PersistentFlags()
	flags.StringVar(&e.app.Demo, "demo", "", "use the simulator, with the scenario in `FILE` (--demo=FILE) or the built-in one")
	flags.Lookup("demo").NoOptDefVal = app.DefaultScenario
	cobra.CheckErr(root.RegisterFlagCompletionFunc("demo", files))
	flags.Float64Var(&e.app.Speed, "speed", 1, "run the simulator's clock `N` times as fast")
	root.Flags().BoolVar(&e.app.Headless, "headless", false, "run without a menu, controlled by the command line and the socket")
	root.Flags().BoolVar(&e.app.AtLogin, "login", false, "show no window, since the system starts it at log-in")
	cobra.CheckErr(root.Flags().MarkHidden("login"))
	root.Flags().BoolVarP(&e.app.Verbose, "verbose", "v", false, "log in detail")
	root.Flags().BoolVar(&showVersion, "version", false, "print the version")

	root.AddGroup(
		&cobra.Group{ID: groupVPN, Title: "VPNs:"},
		&cobra.Group{ID: groupPolicy, Title: "Auto Connect:"},
		&cobra.Group{ID: groupApp, Title: "The app:"},
		&cobra.Group{ID: groupCompat, Title: "For scripts of other tools:"},
	)
	for _, g := range []struct {
		id       string
		commands []*cobra.Command
	}{
		{groupVPN, []*cobra.Command{
			newList(e), newStatus(e), newShow(e), newStatistics(e),
			newConnect(e), newDisconnect(e), newToggle(e), newWait(e), newWatch(e),
		}},
		{groupPolicy, []*cobra.Command{
			newAuto(e), newHold(e), newPause(e), newResume(e), newExplain(e),
			newRules(e), newNetworks(e), newGroups(e),
		}},
		{groupApp, []*cobra.Command{
			newMenu(e), newQuit(e), newSettings(e), newLog(e), newDoctor(e), newLogin(e), newVersion(e), newCompletion(e),
		}},
		{groupCompat, []*cobra.Command{newNC(e), newVpnutil(e)}},
	} {
		for _, c := range g.commands {
			c.GroupID = g.id
			root.AddCommand(c)
		}
	}
	addHelp(root)
	return root
}
