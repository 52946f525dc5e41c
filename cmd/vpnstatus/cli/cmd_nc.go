package cli

import (
	"context"
	"fmt"
	"net"
	"strconv"

	"github.com/spf13/cobra"

	"vpnstatus/internal/engine"
	"vpnstatus/internal/plaintext"
	"vpnstatus/internal/vpn"
)

func newNC(e *env) *cobra.Command {
	c := &cobra.Command{
		Use:   "nc",
		Short: "Do what scutil --nc does, for IKEv2 too",
		Long: `Do what scutil --nc does and print what it prints, for scripts that use it. Unlike
scutil it knows IKEv2 services, and it prints what is known of a VPN, not its whole
configuration.

SERVICE is the ID or the whole name of a VPN. Exit codes are scutil's: 0 done, 1
failed or no such service; 2, 5 and 7 are those of the other commands.`,
		Example: `  vpnstatus nc list
  vpnstatus nc status Office | head -n 1
  vpnstatus nc start Office`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return usage("which command?") },
	}
	c.AddCommand(
		newNCList(e), newNCStatus(e), newNCShow(e), newNCStatistics(e), newNCStart(e), newNCStop(e),
		newNCSelect(e), newNCEnable(e), newNCDisable(e), newNCTrigger(e),
		&cobra.Command{
			Use:   "help",
			Short: "List the commands of nc",
			Args:  cobra.NoArgs,
			RunE:  func(*cobra.Command, []string) error { return c.Help() },
		})
	return c
}

// ncFail prints a message as scutil does, without the name of the program, and
// returns the error that ends the program with 1.
func (e *env) ncFail(format string, args ...any) error {
	e.note(format, args...)
	return &exitError{code: exitFailed}
}

// nc completes a command whose argument is a service, on which it runs do.
func (e *env) nc(c *cobra.Command, do func(context.Context, *session, *engine.Service) error) *cobra.Command {
	c.Args = cobra.ExactArgs(1)
	c.ValidArgsFunction = e.completeNames(1)
	c.RunE = func(cmd *cobra.Command, args []string) error {
		return e.open(cmd.Context(), anyAccess, nil, func(s *session) error {
			found := called(s.all.Services, args[0])
			if len(found) > 1 {
				e.note("Multiple services match")
			}
			if len(found) != 1 {
				return e.ncFail("No service")
			}
			return do(cmd.Context(), s, found[0])
		})
	}
	return c
}

func newNCList(e *env) *cobra.Command {
	return &cobra.Command{
		Use:     "list",
		Short:   "List the services, as scutil --nc list",
		Example: `  vpnstatus nc list | grep '(Connected)' | sed -E 's/.*"(.*)".*/\1/'`,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return e.open(cmd.Context(), anyAccess, nil, func(s *session) error {
				e.print("%s", ncList(s.all.Services))
				return statusesKnown(s.all.Services)
			})
		},
	}
}

func newNCStatus(e *env) *cobra.Command {
	return e.nc(&cobra.Command{
		Use:   "status SERVICE",
		Short: "Print the status and its details, as scutil --nc status",
		Long: `Print the status and, as "Extended Status", its details, as scutil --nc status does.
The counts of past connections are left out: the name of one is ConnectedCount, and
scripts look for the word Connected in all that is printed.`,
		Example: `  vpnstatus nc status Office
  vpnstatus nc status Office | sed -n 1p
  vpnstatus nc status Office | awk '/InterfaceName/ { print $3; exit }'`,
	}, func(ctx context.Context, s *session, v *engine.Service) error {
		info, err := s.Info(ctx, v.ID)
		if err != nil { // the system does not answer: what was known before
			info = v.Info
		}
		_, word := connectionStatus(v)
		e.print("%s\nExtended Status %s\n", word, describe(ncStatus(v, info), e.zone))
		return statusesKnown([]*engine.Service{v})
	})
}

func newNCShow(e *env) *cobra.Command {
	return e.nc(&cobra.Command{
		Use:     "show SERVICE",
		Short:   "Print what a service is, as scutil --nc show",
		Example: `  vpnstatus nc show Office`,
	}, func(_ context.Context, _ *session, v *engine.Service) error {
		e.print("%s", ncLine(v))
		kind := ncKindOf(v.Configuration)
		if configuration := ncConfiguration(v.Configuration); len(configuration) > 0 {
			e.print("%s %s\n", kind.name, describe(configuration, e.zone))
		} else {
			e.note("No %q configuration available", kind.name)
		}
		return nil
	})
}

func newNCStatistics(e *env) *cobra.Command {
	return e.nc(&cobra.Command{
		Use:   "statistics SERVICE",
		Short: "Print the traffic, as scutil --nc statistics",
		Example: `  vpnstatus nc statistics Office
  vpnstatus nc statistics Office | awk '$1 == "BytesIn" { print $3 }'`,
	}, func(ctx context.Context, s *session, v *engine.Service) error {
		t, err := s.Statistics(ctx, v.ID)
		if err != nil { // scutil does not tell a failure from a service without a tunnel either
			e.print("No statistics available\n")
			return nil
		}
		e.print("%s\n", describe(ncStatistics(v.Configuration, t), e.zone))
		return nil
	})
}

func newNCStart(e *env) *cobra.Command {
	var options vpn.Options
	c := e.nc(&cobra.Command{
		Use:   "start SERVICE",
		Short: "Connect a service, as scutil --nc start",
		Long: `Connect a service, as scutil --nc start does: it returns when the system is
connecting, not when it has connected. For that there is: vpnstatus connect --wait.

What --password and --secret are given can be read by every process of this machine
while the command runs, and may stay in the history of the shell. vpnstatus connect
has --password-stdin and --secret-stdin instead.`,
		Example: `  vpnstatus nc start Office
  vpnstatus nc start Home --user anna --password "$password" --secret "$secret"`,
	}, func(ctx context.Context, s *session, v *engine.Service) error {
		if options.SharedSecret != "" && v.Protocol != vpn.L2TP && v.Protocol != vpn.IPSec {
			return e.ncFail("Could not start connection: a shared secret can only be passed to L2TP and Cisco IPSec, and %q is %s", v.DisplayName(), v.Protocol)
		}
		if err := s.doVisibly(ctx, v, engine.Command{Verb: engine.VerbConnect, Options: options}); err != nil {
			return e.ncFail("Could not start connection: %v", err)
		}
		return nil
	})
	c.Flags().StringVar(&options.Username, "user", "", "log in as `USER` this time")
	c.Flags().StringVar(&options.Password, "password", "", "use the `PASSWORD` this time")
	c.Flags().StringVar(&options.SharedSecret, "secret", "", "use the shared `SECRET` this time (L2TP, Cisco IPSec)")
	return c
}

func newNCStop(e *env) *cobra.Command {
	return e.nc(&cobra.Command{
		Use:   "stop SERVICE",
		Short: "Disconnect a service, as scutil --nc stop",
		Long: `Disconnect a service, or cancel connecting, as scutil --nc stop does; it does not
wait. Auto Connect then leaves the service down until it is connected or resumed.`,
		Example: `  vpnstatus nc stop Office`,
	}, func(ctx context.Context, s *session, v *engine.Service) error {
		if err := s.doVisibly(ctx, v, engine.Command{Verb: engine.VerbDisconnect}); err != nil {
			return e.ncFail("Could not stop connection: %v", err)
		}
		return nil
	})
}

func newNCSelect(e *env) *cobra.Command {
	return e.nc(&cobra.Command{
		Use:   "select SERVICE",
		Short: "Enable a service, as scutil --nc select",
		Long: `Do what scutil --nc select does: enable a service. Only System Settings and the app
that a service belongs to can do that, so this succeeds for one that is enabled and
says so for another.`,
		Example: `  vpnstatus nc select Office`,
	}, func(_ context.Context, _ *session, v *engine.Service) error {
		if !v.Enabled {
			return e.ncFail("Unable to enable service: %s", cannotEnable)
		}
		return nil
	})
}

const cannotEnable = "only System Settings or the app it belongs to can do that"

func newNCEnable(e *env) *cobra.Command {
	return e.ncApp(&cobra.Command{
		Use:   "enablevpn SERVICE",
		Short: "Enable an app's VPN, as scutil --nc enablevpn",
		Long: `Do what scutil --nc enablevpn does: enable the VPNs of an app. SERVICE may also be
the app's identifier. Only System Settings and the app itself can enable it, so this
succeeds for one that is enabled and says so for another.`,
		Example: `  vpnstatus nc enablevpn Fjord`,
	}, true)
}

func newNCDisable(e *env) *cobra.Command {
	return e.ncApp(&cobra.Command{
		Use:   "disablevpn SERVICE",
		Short: "Disable an app's VPN, which scutil --nc disablevpn can't either",
		Long: `Disable the VPNs of an app. scutil has disablevpn in its help only.
Only System Settings and the app itself can disable it, so this succeeds for one
that is disabled and says so for another.`,
		Example: `  vpnstatus nc disablevpn Fjord || echo "disable it in its app"`,
	}, false)
}

// ncApp completes a command that wants the VPNs of an app enabled or disabled. Its
// argument is the name of one of them, or the app's identifier.
func (e *env) ncApp(c *cobra.Command, enable bool) *cobra.Command {
	want := "disabled"
	if enable {
		want = "enabled"
	}
	c.Args = cobra.ExactArgs(1)
	c.ValidArgsFunction = e.completeNames(1)
	c.RunE = func(cmd *cobra.Command, args []string) error {
		return e.open(cmd.Context(), anyAccess, nil, func(s *session) error {
			identifier := args[0]
			if found := called(s.all.Services, identifier); len(found) == 1 {
				identifier = ncKindOf(found[0].Configuration).subtype
			}
			known, enabled := false, false
			for _, v := range s.all.Services {
				if kind := ncKindOf(v.Configuration); kind.name == "VPN" && kind.subtype == identifier {
					known, enabled = true, enabled || v.Enabled
				}
			}
			switch {
			case !known:
				return e.ncFail("No VPN type provided")
			case enabled != enable:
				return e.ncFail("VPN could not be %s: %s", want, cannotEnable)
			}
			e.print("VPN is already %s\n", want)
			return nil
		})
	}
	return c
}

func newNCTrigger(e *env) *cobra.Command {
	return &cobra.Command{
		Use:   "trigger HOST [background] [PORT]",
		Short: "Open a connection so that On Demand acts, as scutil --nc trigger",
		Long: `Open a connection to HOST, at PORT or else 80, so that the system starts the VPN
that is on demand for it, as scutil --nc trigger does. As there, it is no error if
the connection fails. The word background is accepted and changes nothing.`,
		Example: `  vpnstatus nc trigger localhost
  vpnstatus nc trigger localhost 443`,
		Args: cobra.RangeArgs(1, 3),
		RunE: func(cmd *cobra.Command, args []string) error {
			port := uint64(80)
			for _, arg := range args[1:] {
				if arg == "background" {
					continue
				}
				var err error
				if port, err = strconv.ParseUint(arg, 10, 16); err != nil || port == 0 {
					return usage("trigger: %q is not a port: give a number from 1 to 65535", arg)
				}
			}
			e.print("Opened stream to %s, port %d\n", plaintext.Line(args[0]), port)
			trigger(cmd.Context(), args[0], port)
			return nil
		},
	}
}

// trigger opens a connection and closes it. Asking for the name is what makes the
// system act, so the outcome does not matter.
func trigger(ctx context.Context, host string, port uint64) {
	ctx, cancel := context.WithTimeout(ctx, settleLimit)
	defer cancel()
	if conn, err := new(net.Dialer).DialContext(ctx, "tcp", net.JoinHostPort(host, fmt.Sprint(port))); err == nil {
		_ = conn.Close()
	}
}
