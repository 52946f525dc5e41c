package cli

import (
	"cmp"
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
	c.AddCommand(newRulesAdd(e), newRulesRemove(e), newRulesTest(e))
	return c
}

// addList adds the subcommand list, which the command also runs if no
// subcommand is given.
func addList(c *cobra.Command, short string, list func(asJSON bool) error) {
	sub := &cobra.Command{
		Use:     "list",
		Short:   short,
		Example: "  vpnstatus " + c.Name() + " list --json",
		Args:    cobra.NoArgs,
	}
	asJSON := sub.Flags().Bool("json", false, "print JSON, in the form of the settings file")
	sub.RunE = func(*cobra.Command, []string) error { return list(*asJSON) }
	c.RunE = func(*cobra.Command, []string) error { return list(false) }
	c.AddCommand(sub)
}

func (e *env) listRules(asJSON bool) error {
	return e.store(func(s *settings.Store) error {
		rules := s.Current().Rules
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
		Example: `  vpnstatus rules add ignore --ssid Home --ssid "Home 5 GHz"
  vpnstatus rules add disconnect --service Streaming --time 08:00-18:00 --days mon,tue,wed,thu,fri --at 1`,
		Args:      cobra.ExactArgs(1),
		ValidArgs: []string{"connect", "ignore", "disconnect"},
		RunE: func(cmd *cobra.Command, args []string) error {
			r.Then, r.Interface, r.Power = autoconnect.Outcome(args[0]), facts.Interface(kind), facts.Power(power)
			if errs := autoconnect.ValidateRules([]autoconnect.Rule{r}); len(errs) > 0 {
				return &exitError{exitUsage, errors.Join(errs...)}
			}
			return e.change(func(s *settings.Store) error {
				return s.Update(func(v *settings.Settings) error {
					count := len(v.Rules)
					if at < 0 || at > count+1 {
						return usage("--at=%d: there are %d rules", at, count)
					}
					i := at - 1
					if at == 0 {
						i = count
					}
					v.Rules = slices.Insert(v.Rules, i, r)
					return nil
				})
			})
		},
	}
	f := c.Flags()
	f.StringVar(&r.Name, "name", "", "`NAME` of the rule")
	f.IntVar(&at, "at", 0, "put it at `PLACE` in the order, from 1; 0 puts it last")
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
	return c
}

func newRulesRemove(e *env) *cobra.Command {
	return &cobra.Command{
		Use:   "remove RULE",
		Short: "Remove a rule, by its number or name",
		Example: `  vpnstatus rules remove 2
  vpnstatus rules remove "public Wi-Fi"`,
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			return e.change(func(s *settings.Store) error {
				return s.Update(func(v *settings.Settings) error {
					i, err := findRule(v.Rules, args[0])
					if err != nil {
						return err
					}
					v.Rules = slices.Delete(v.Rules, i, i+1)
					return nil
				})
			})
		},
	}
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
		if r.Name == which {
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
  vpnstatus networks untrust`,
		Args: cobra.NoArgs,
	}
	addList(c, "List the trusted networks", e.listNetworks)
	c.AddCommand(newTrust(e, true), newTrust(e, false))
	return c
}

func (e *env) listNetworks(asJSON bool) error {
	return e.store(func(s *settings.Store) error {
		trusted := s.Current().Trusted
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

func newTrust(e *env, on bool) *cobra.Command {
	c := &cobra.Command{
		Use:     "trust",
		Short:   "Trust the current network",
		Example: `  vpnstatus networks trust`,
		Args:    cobra.NoArgs,
	}
	if !on {
		c.Use, c.Short, c.Example = "untrust", "Stop trusting the current network", `  vpnstatus networks untrust`
	}
	c.RunE = func(cmd *cobra.Command, _ []string) error {
		return e.open(cmd.Context(), appOnly, nil, func(s *session) error {
			if s.all.Trusted == on {
				e.note("The current network is %s trusted.", map[bool]string{true: "already", false: "not"}[on])
			}
			return s.do(cmd.Context(), engine.Command{Verb: engine.VerbTrust, On: on})
		})
	}
	return c
}
