package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"vpnstatus/internal/autoconnect"
	"vpnstatus/internal/engine"
	"vpnstatus/internal/facts"
	"vpnstatus/internal/plaintext"
	"vpnstatus/internal/settings"
)

func newRules(e *env) *cobra.Command {
	c := &cobra.Command{
		Use:   "rules",
		Short: "Show and change what Auto Connect does on which network",
		Long: `Show and change the rules. They are tried in order and the first that matches
counts; if none does, what is ticked Auto Connect is kept up. A rule matches if all
its conditions hold.`,
		Example: `  vpnstatus rules
  vpnstatus rules add ignore --ssid "Home*"
  vpnstatus rules add connect --name "public Wi-Fi" --interface wifi --service Office
  vpnstatus rules test Office`,
		Args: cobra.NoArgs,
	}
	addList(c, "List the rules in their order", e.listRules)
	c.AddCommand(newRulesAdd(e), newRulesRemove(e), newRulesMove(e), newRulesSwitch(e, true), newRulesSwitch(e, false), newRulesTest(e))
	return c
}

// addList adds the subcommand list, which the command also runs if no
// subcommand is given.
func addList(c *cobra.Command, short string, list func(ctx context.Context, asJSON bool) error) {
	sub := &cobra.Command{
		Use:     "list",
		Aliases: []string{"show"},
		Short:   short,
		Example: "  vpnstatus " + c.Name() + " list --json",
		Args:    cobra.NoArgs,
	}
	asJSON := sub.Flags().Bool("json", false, "print JSON, in the form of the settings file")
	sub.RunE = func(cmd *cobra.Command, _ []string) error { return list(cmd.Context(), *asJSON) }
	c.RunE = func(cmd *cobra.Command, _ []string) error { return list(cmd.Context(), false) }
	c.AddCommand(sub)
}

func (e *env) listRules(ctx context.Context, asJSON bool) error {
	return e.current(ctx, func(v settings.Settings) error {
		rules := v.Rules
		if asJSON {
			return e.printJSON(append([]autoconnect.Rule{}, rules...))
		}
		if len(rules) == 0 {
			e.note("No rules: what is ticked Auto Connect is kept up on every network.")
			return nil
		}
		var rows [][]string
		for i, r := range rules {
			then := string(r.Then)
			if r.Disabled {
				then += " (off)"
			}
			rows = append(rows, []string{strconv.Itoa(i + 1), r.Name, then, cmp.Or(strings.Join(r.Services, ", "), "all"), conditions(r)})
		}
		e.printTable([]string{"", "NAME", "THEN", "VPNS", "WHEN"}, rows)
		return nil
	})
}

// conditions writes the conditions of a rule on one line, by their keys.
func conditions(r autoconnect.Rule) string {
	one := func(s string) []string { return slices.DeleteFunc([]string{s}, func(s string) bool { return s == "" }) }
	var parts []string
	for _, c := range []struct {
		key    string
		values []string
	}{
		{"interface", one(string(r.Interface))}, {"ssid", r.SSID}, {"bssid", r.BSSID}, {"gatewayMAC", r.GatewayMAC},
		{"subnet", r.Subnet}, {"dnsDomain", r.DNSDomain}, {"dnsServer", r.DNSServer},
		{"time", one(r.Time)}, {"days", r.Days}, {"power", one(string(r.Power))},
	} {
		if len(c.values) > 0 {
			parts = append(parts, c.key+" "+strings.Join(c.values, "|"))
		}
	}
	return cmp.Or(strings.Join(parts, ", "), "always")
}

func newRulesAdd(e *env) *cobra.Command {
	var r autoconnect.Rule
	var at int
	var kind, power string
	c := &cobra.Command{
		Use:   "add connect|ignore|disconnect",
		Short: "Add a rule",
		Long: `Add a rule. It has one of three outcomes: connect keeps VPNs up, ignore leaves them
as they are, and disconnect stops them, unless you connected them yourself.

Without --service a rule is about all VPNs. It matches if every condition given
holds; an option that is repeated holds if one of its values does. What is not
known, such as the name of the Wi-Fi without the right to read it, does not hold.`,
		Example: `  vpnstatus rules add ignore --ssid Home --ssid "Home 5 GHz"
  vpnstatus rules add disconnect --service Streaming --time 08:00-18:00 --days mon,tue,wed,thu,fri --at 1`,
		Args:      cobra.ExactArgs(1),
		ValidArgs: []string{"connect", "ignore", "disconnect"},
		RunE: func(cmd *cobra.Command, args []string) error {
			r.Then, r.Interface, r.Power = autoconnect.Outcome(args[0]), facts.Interface(kind), facts.Power(power)
			if errs := autoconnect.ValidateRules([]autoconnect.Rule{r}); len(errs) > 0 {
				return usage("%w", newRuleError(errs[0]))
			}
			return e.update(func(v *settings.Settings) error {
				i := len(v.Rules)
				if cmd.Flags().Changed("at") {
					if at < 1 || at > i+1 {
						return usage("--at=%d: must be a place from 1 to %d", at, i+1)
					}
					i = at - 1
				}
				v.Rules = slices.Insert(v.Rules, i, r)
				return nil
			})
		},
	}
	f := c.Flags()
	f.StringVar(&r.Name, "name", "", "`NAME` of the rule")
	f.IntVar(&at, "at", 0, "put it at `PLACE` in the order, from 1, instead of last")
	f.StringArrayVar(&r.Services, "service", nil, "only for this `VPN`, by ID or name, * and ? allowed; may be repeated")
	f.StringVar(&kind, "interface", "", "`KIND` of network: wifi, ethernet, cellular or other")
	f.StringArrayVar(&r.SSID, "ssid", nil, "`NAME` of the Wi-Fi, * and ? allowed; may be repeated")
	f.StringArrayVar(&r.BSSID, "bssid", nil, "`ADDRESS` of the access point; may be repeated")
	f.StringArrayVar(&r.GatewayMAC, "gateway-mac", nil, "hardware `ADDRESS` of the gateway; may be repeated")
	f.StringArrayVar(&r.Subnet, "subnet", nil, "`NETWORK` of this machine, such as 10.0.0.0/8; may be repeated")
	f.StringArrayVar(&r.DNSDomain, "dns-domain", nil, "search `DOMAIN` of the network; may be repeated")
	f.StringArrayVar(&r.DNSServer, "dns-server", nil, "`ADDRESS` of the network's resolver; may be repeated")
	f.StringVar(&r.Time, "time", "", "`SPAN` of the day, such as 08:00-18:00")
	f.StringSliceVar(&r.Days, "days", nil, "`DAYS`, such as mon,tue")
	f.StringVar(&power, "power", "", "power `SOURCE`: ac or battery")
	f.BoolVar(&r.Disabled, "disabled", false, "add it switched off")
	for name, complete := range map[string]cobra.CompletionFunc{
		"service":   e.completeNames(-1),
		"interface": words("wifi", "ethernet", "cellular", "other"),
		"power":     words("ac", "battery"),
		"days":      words("mon", "tue", "wed", "thu", "fri", "sat", "sun"),
		"time":      words("08:00-18:00"),
		"at": func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return e.completeRules(c, nil, "")
		},
	} {
		cobra.CheckErr(c.RegisterFlagCompletionFunc(name, complete))
	}
	return c
}

func newRulesRemove(e *env) *cobra.Command {
	return &cobra.Command{
		Use:   "remove RULE",
		Short: "Remove a rule, by its number or name",
		Example: `  vpnstatus rules remove 2
  vpnstatus rules remove "public Wi-Fi"`,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: e.completeRules,
		RunE: func(_ *cobra.Command, args []string) error {
			return e.changeRule(args[0], func(v *settings.Settings, i int) error {
				v.Rules = slices.Delete(v.Rules, i, i+1)
				return nil
			})
		},
	}
}

func newRulesMove(e *env) *cobra.Command {
	return &cobra.Command{
		Use:   "move RULE PLACE",
		Short: "Move a rule to another place in the order",
		Long:  "Move a rule, named by its number or name, to another place in the order, from 1.",
		Example: `  vpnstatus rules move 3 1
  vpnstatus rules move "public Wi-Fi" 1`,
		Args:              cobra.ExactArgs(2),
		ValidArgsFunction: e.completeRules,
		RunE: func(_ *cobra.Command, args []string) error {
			return e.changeRule(args[0], func(v *settings.Settings, i int) error {
				place, err := strconv.Atoi(args[1])
				if err != nil || place < 1 || place > len(v.Rules) {
					return usage("%q: must be a place from 1 to %d", args[1], len(v.Rules))
				}
				r := v.Rules[i]
				v.Rules = slices.Insert(slices.Delete(v.Rules, i, i+1), place-1, r)
				return nil
			})
		},
	}
}

// newRulesSwitch returns the command enable or disable.
func newRulesSwitch(e *env, on bool) *cobra.Command {
	use, short := "disable", "Switch a rule off without removing it"
	if on {
		use, short = "enable", "Switch a rule on again"
	}
	return &cobra.Command{
		Use:               use + " RULE",
		Short:             short,
		Long:              short + ". RULE is its number or name.",
		Example:           "  vpnstatus rules " + use + " 2\n  vpnstatus rules " + use + ` "public Wi-Fi"`,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: e.completeRules,
		RunE: func(_ *cobra.Command, args []string) error {
			return e.changeRule(args[0], func(v *settings.Settings, i int) error {
				v.Rules[i].Disabled = !on
				return nil
			})
		},
	}
}

// changeRule changes the settings with the index of a rule, named by its number
// or name.
func (e *env) changeRule(which string, do func(v *settings.Settings, i int) error) error {
	return e.update(func(v *settings.Settings) error {
		i, err := findRule(v.Rules, which)
		if err != nil {
			return err
		}
		return do(v, i)
	})
}

// newRuleError says what is wrong with a rule to be added, by the option that is
// at fault rather than the number that the rule does not have.
func newRuleError(err error) error {
	var r *autoconnect.RuleError
	if !errors.As(err, &r) {
		return err
	}
	option := map[string]string{"services": "service", "gatewayMAC": "gateway-mac", "dnsDomain": "dns-domain", "dnsServer": "dns-server"}
	if r.Field == "then" {
		return r.Err
	}
	return fmt.Errorf("--%s: %w", cmp.Or(option[r.Field], r.Field), r.Err)
}

// findRule returns the index of a rule by its number, from 1, or its name.
func findRule(rules []autoconnect.Rule, which string) (int, error) {
	if n, err := strconv.Atoi(which); err == nil {
		if n < 1 || n > len(rules) {
			return -1, usage("there is no rule %d; there are %d", n, len(rules))
		}
		return n - 1, nil
	}
	found := -1
	for i, r := range rules {
		if r.Name == which || plaintext.Line(r.Name) == which {
			if found >= 0 {
				return -1, usage("several rules are called %q; name one by its number", which)
			}
			found = i
		}
	}
	if found < 0 {
		return -1, usage("no rule is called %q", which)
	}
	return found, nil
}

func newRulesTest(e *env) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "test [NAME…]",
		Short: "Show which rule applies now",
		Long:  `Show which rule decides about each VPN, or those named, on the current network.`,
		Example: `  vpnstatus rules test
  vpnstatus rules test Office --json`,
		ValidArgsFunction: e.completeNames(-1),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			return e.open(ctx, appOnly, args, func(s *session) error {
				type result struct {
					Name string `json:"name"`
					ID   string `json:"id"`
					autoconnect.Explanation
				}
				var results []result
				var rows [][]string
				for _, v := range s.named {
					x, err := s.Explain(ctx, v.ID)
					if err != nil {
						return fmt.Errorf("testing the rules for %q: %w", v.Name, err)
					}
					results = append(results, result{v.Name, v.ID.String(), x})
					rows = append(rows, []string{tableName(v), decision(v, x)})
				}
				if asJSON {
					return e.printJSON(append([]result{}, results...))
				}
				e.printTable([]string{"NAME", "DECISION"}, rows)
				return nil
			})
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON, with every condition")
	return c
}

// decision returns which rule decides for a service, as text.
func decision(v *engine.Service, x autoconnect.Explanation) string {
	says := "connect: no rule matches"
	switch i := slices.IndexFunc(x.Rules, func(r autoconnect.RuleResult) bool { return r.Matched }); {
	case x.ByHand:
		says = "connect: you connected it, which overrides the rules"
	case i >= 0:
		says = fmt.Sprintf("%s, by %s", x.Rules[i].Then, plaintext.Line(x.Rules[i].Title()))
	}
	if !v.AutoConnect {
		return "none: Auto Connect is off (otherwise " + says + ")"
	}
	return says
}

func newNetworks(e *env) *cobra.Command {
	c := &cobra.Command{
		Use:   "networks",
		Short: "Show and change the trusted networks",
		Long: `Show and change the trusted networks, on which nothing is connected
automatically. A network is recognised by the name of its Wi-Fi and the hardware
address of its gateway.`,
		Example: `  vpnstatus networks
  vpnstatus networks trust
  vpnstatus networks untrust Cafe`,
		Args: cobra.NoArgs,
	}
	addList(c, "List the trusted networks", e.listNetworks)
	c.AddCommand(newTrust(e), newUntrust(e))
	return c
}

func (e *env) listNetworks(ctx context.Context, asJSON bool) error {
	return e.current(ctx, func(v settings.Settings) error {
		trusted := v.Trusted
		if asJSON {
			return e.printJSON(append([]settings.TrustedNetwork{}, trusted...))
		}
		if len(trusted) == 0 {
			e.note("No network is trusted.")
			return nil
		}
		var rows [][]string
		for _, t := range trusted {
			rows = append(rows, []string{t.Name, t.SSID, t.GatewayMAC})
		}
		e.printTable([]string{"NAME", "WI-FI", "GATEWAY"}, rows)
		return nil
	})
}

func newTrust(e *env) *cobra.Command {
	return &cobra.Command{
		Use:   "trust",
		Short: "Trust the current network",
		Long: `Trust the current network: nothing is connected automatically on it. What is
connected stays so.`,
		Example: `  vpnstatus networks trust`,
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return e.trust(cmd.Context(), true) },
	}
}

// trust has the app trust the current network, or no longer.
func (e *env) trust(ctx context.Context, on bool) error {
	return e.open(ctx, appOnly, nil, func(s *session) error {
		if s.all.Trusted == on {
			e.note("The current network is %s trusted.", map[bool]string{true: "already", false: "not"}[on])
		}
		return s.do(ctx, engine.Command{Verb: engine.VerbTrust, On: on})
	})
}

func newUntrust(e *env) *cobra.Command {
	return &cobra.Command{
		Use:   "untrust [NETWORK]",
		Short: "Stop trusting a network",
		Long: `Stop trusting the current network, or those with a name, a Wi-Fi name or a
gateway's hardware address as in the list.`,
		Example: `  vpnstatus networks untrust
  vpnstatus networks untrust Cafe`,
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: completeFirst(func() []string { return networkNames(e.stored().Trusted) }),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return e.trust(cmd.Context(), false)
			}
			return e.update(func(v *settings.Settings) error { return untrust(v, args[0]) })
		},
	}
}

// untrust removes the trusted networks that a name fits.
func untrust(v *settings.Settings, name string) error {
	mac, _ := facts.ParseMAC(name) // most names are not addresses
	before := len(v.Trusted)
	v.Trusted = slices.DeleteFunc(v.Trusted, func(t settings.TrustedNetwork) bool {
		called := func(s string) bool { return s == name || s != "" && plaintext.Line(s) == name }
		return called(t.Name) || called(t.SSID) || mac != "" && mac == t.GatewayMAC
	})
	if len(v.Trusted) == before {
		return usage("no trusted network is called %q", name)
	}
	return nil
}

// networkNames returns what each trusted network can be called.
func networkNames(trusted []settings.TrustedNetwork) []string {
	var names []string
	for _, t := range trusted {
		names = append(names, plaintext.Line(cmp.Or(t.Name, t.SSID, t.GatewayMAC)))
	}
	return names
}
