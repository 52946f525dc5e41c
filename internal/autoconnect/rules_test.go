package autoconnect

import (
	"slices"
	"strings"
	"testing"
	"time"

	"vpnstatus/internal/facts"
	"vpnstatus/internal/vpn"
)

func withRules(rules ...Rule) func(*Config) { return func(c *Config) { c.Rules = rules } }

func TestConditions(t *testing.T) {
	at := func(clock string) time.Time {
		m, err := time.Parse("Mon 2 Jan 2006 15:04", clock)
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	const monday = "Mon 2 Nov 2026 "
	for _, c := range []struct {
		name string
		rule Rule
		at   time.Time
		f    func(*facts.Facts)
		want truth
	}{
		{name: "no condition always matches", want: yes},
		{name: "empty lists are no conditions", rule: Rule{When: When{SSID: []string{}, Days: []string{}}, Services: []string{}}, want: yes},
		{name: "the interface matches", rule: Rule{When: When{Interface: facts.WiFi}}, want: yes},
		{name: "another interface does not", rule: Rule{When: When{Interface: facts.Ethernet}}, want: no},
		{name: "an unknown interface does not", rule: Rule{When: When{Interface: facts.WiFi}}, f: func(f *facts.Facts) { f.Interface.Known = false }, want: unknown},
		{name: "a Wi-Fi name matches exactly", rule: Rule{When: When{SSID: []string{"Cafe", "Home"}}}, want: yes},
		{name: "a Wi-Fi name matches a pattern", rule: Rule{When: When{SSID: []string{"H*"}}}, want: yes},
		{name: "a Wi-Fi name in other case does not match", rule: Rule{When: When{SSID: []string{"home"}}}, want: no},
		{name: "a withheld Wi-Fi name does not match", rule: Rule{When: When{SSID: []string{"*"}}}, f: func(f *facts.Facts) { f.SSID.Known = false }, want: unknown},
		{name: "no Wi-Fi matches no name", rule: Rule{When: When{SSID: []string{"*"}}}, f: func(f *facts.Facts) { f.SSID.Value = "" }, want: no},
		{name: "an access point matches in any spelling", rule: Rule{When: When{BSSID: []string{"0:11:22:33:44:55"}}}, want: yes},
		{name: "a gateway's address matches in any spelling", rule: Rule{When: When{GatewayMAC: []string{"AA-BB-CC-DD-EE-1"}}}, want: yes},
		{name: "another gateway does not", rule: Rule{When: When{GatewayMAC: []string{"aa:bb:cc:dd:ee:ff"}}}, want: no},
		{name: "a network holds the machine's address", rule: Rule{When: When{Subnet: []string{"10.0.0.0/8", "192.168.0.0/16"}}}, want: yes},
		{name: "a network that is one address holds the gateway", rule: Rule{When: When{Subnet: []string{"192.168.1.1"}}}, f: func(f *facts.Facts) { f.Addresses.Known = false }, want: yes},
		{name: "another network does not", rule: Rule{When: When{Subnet: []string{"10.0.0.0/8"}}}, want: no},
		{name: "unknown addresses do not", rule: Rule{When: When{Subnet: []string{"10.0.0.0/8"}}}, f: func(f *facts.Facts) { f.Addresses.Known, f.Gateway.Known = false, false }, want: unknown},
		{name: "a DNS domain matches in any case and with a dot", rule: Rule{When: When{DNSDomain: []string{"*.Box."}}}, want: yes},
		{name: "another DNS domain does not", rule: Rule{When: When{DNSDomain: []string{"example.com"}}}, want: no},
		{name: "a DNS server matches a pattern", rule: Rule{When: When{DNSServer: []string{"192.168.*"}}}, want: yes},
		{name: "another DNS server does not", rule: Rule{When: When{DNSServer: []string{"9.9.9.9"}}}, want: no},
		{name: "the power source matches", rule: Rule{When: When{Power: facts.AC}}, want: yes},
		{name: "the other power source does not", rule: Rule{When: When{Power: facts.Battery}}, want: no},
		{name: "the first minute of a window is in it", rule: Rule{When: When{Time: "08:00-18:00"}}, at: at(monday + "08:00"), want: yes},
		{name: "the last minute of a window is not", rule: Rule{When: When{Time: "08:00-18:00"}}, at: at(monday + "18:00"), want: no},
		{name: "a window may wrap midnight: evening", rule: Rule{When: When{Time: "22:00-06:00"}}, at: at(monday + "23:00"), want: yes},
		{name: "a window may wrap midnight: morning", rule: Rule{When: When{Time: "22:00-06:00"}}, at: at(monday + "05:59"), want: yes},
		{name: "a window may wrap midnight: noon", rule: Rule{When: When{Time: "22:00-06:00"}}, at: at(monday + "12:00"), want: no},
		{name: "a window may end at midnight", rule: Rule{When: When{Time: "18:00-24:00"}}, at: at(monday + "23:59"), want: yes},
		{name: "a day matches", rule: Rule{When: When{Days: []string{"sun", "Mon"}}}, want: yes},
		{name: "another day does not", rule: Rule{When: When{Days: []string{"tue"}}}, want: no},
		{name: "the morning after belongs to the day before", rule: Rule{When: When{Days: []string{"sun"}, Time: "22:00-06:00"}}, at: at(monday + "05:00"), want: yes},
		{name: "the evening belongs to its own day", rule: Rule{When: When{Days: []string{"sun"}, Time: "22:00-06:00"}}, at: at(monday + "23:00"), want: no},
		{name: "a window that wraps begins with its first minute", rule: Rule{When: When{Time: "22:00-06:00"}}, at: at(monday + "22:00"), want: yes},
		{name: "and ends before its last", rule: Rule{When: When{Time: "22:00-06:00"}}, at: at(monday + "06:00"), want: no},
		{name: "an address is enough for a subnet", rule: Rule{When: When{Subnet: []string{"192.168.1.23"}}}, want: yes},
		{name: "an address is enough where the gateway is not known", rule: Rule{When: When{Subnet: []string{"192.168.1.0/24"}}}, f: func(f *facts.Facts) { f.Gateway.Known = false }, want: yes},
		{name: "all conditions must hold", rule: Rule{When: When{SSID: []string{"Home"}, Power: facts.Battery}}, want: no},
		{name: "a false condition beats an unknown one", rule: Rule{When: When{SSID: []string{"Home"}, Power: facts.Battery}}, f: func(f *facts.Facts) { f.SSID.Known = false }, want: no},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.rule.Then = OutcomeIgnore
			r, errs := compileRule(0, c.rule)
			if errs != nil {
				t.Fatal(errs)
			}
			f := home()
			if c.f != nil {
				c.f(&f)
			}
			now := c.at
			if now.IsZero() {
				now = t0
			}
			if got := r.value(&f, now); got != c.want {
				t.Errorf("it is %d, want %d", got, c.want)
			}
		})
	}
}

func TestValidateRules(t *testing.T) {
	for _, c := range []struct {
		rule Rule
		want string // empty: valid
	}{
		{Rule{Then: OutcomeConnect}, ""},
		{Rule{Then: OutcomeIgnore, Disabled: true, When: When{Time: "0:00-24:00", Subnet: []string{"fe80::/10"}}}, ""},
		{Rule{}, `rule 1, then: "" is not one of connect, ignore, disconnect`},
		{Rule{Name: "Work", Then: "off"}, `rule 1 ("Work"), then: "off" is not one of connect, ignore, disconnect`},
		{Rule{Then: OutcomeIgnore, When: When{Interface: "wlan"}}, `rule 1, interface: "wlan" is not one of wifi, ethernet, cellular, other`},
		{Rule{Then: OutcomeIgnore, When: When{SSID: []string{""}}}, "rule 1, ssid: a pattern is empty"},
		{Rule{Then: OutcomeIgnore, Services: []string{""}}, "rule 1, services: a pattern is empty"},
		{Rule{Then: OutcomeIgnore, When: When{BSSID: []string{"00:11"}}}, `rule 1, bssid: "00:11" is not a hardware address such as 00:1b:63:84:45:e6`},
		{Rule{Then: OutcomeIgnore, When: When{GatewayMAC: []string{"00:11:22:33:44:5g"}}}, `rule 1, gatewayMAC: "00:11:22:33:44:5g" is not a hardware address such as 00:1b:63:84:45:e6`},
		{Rule{Then: OutcomeIgnore, When: When{Subnet: []string{"10.0.0.0/33"}}}, `rule 1, subnet: "10.0.0.0/33" is not a network such as 192.168.1.0/24`},
		{Rule{Then: OutcomeIgnore, When: When{DNSDomain: []string{"."}}}, "rule 1, dnsDomain: a pattern is empty"},
		{Rule{Then: OutcomeIgnore, When: When{Time: "8-18"}}, `rule 1, time: "8-18" is not a time window such as 08:00-18:00`},
		{Rule{Then: OutcomeIgnore, When: When{Time: "24:00-25:00"}}, `rule 1, time: "24:00-25:00" is not a time window such as 08:00-18:00`},
		{Rule{Then: OutcomeIgnore, When: When{Time: "08:00-08:00"}}, `rule 1, time: "08:00-08:00" starts and ends at the same time`},
		{Rule{Then: OutcomeIgnore, When: When{Days: []string{"monday"}}}, `rule 1, days: "monday" is not one of mon, tue, wed, thu, fri, sat, sun`},
		{Rule{Then: OutcomeIgnore, When: When{Power: "solar"}}, `rule 1, power: "solar" is not one of ac, battery`},
	} {
		var got string
		if errs := ValidateRules([]Rule{c.rule}); len(errs) > 0 {
			got = errs[0].Error()
		}
		if got != c.want {
			t.Errorf("%+v gives %q, want %q", c.rule, got, c.want)
		}
	}
	errs := ValidateRules([]Rule{{Then: OutcomeConnect}, {Name: "Two", Then: "x", When: When{Power: "y"}}})
	if len(errs) != 2 || !strings.HasPrefix(errs[1].Error(), `rule 2 ("Two"), power`) {
		t.Errorf("two faults of one rule give %q", errs)
	}
	if e, ok := errs[0].(*RuleError); !ok || e.Index != 1 || e.Field != "then" || e.Unwrap() == nil {
		t.Errorf("the error is %#v", errs[0])
	}
}

func TestEachFaultOfAListIsReported(t *testing.T) {
	twice := func(s string) []string { return []string{s, s} }
	for _, r := range []Rule{{Services: twice("")}, {When: When{SSID: twice("")}}, {When: When{BSSID: twice("x")}}, {When: When{Subnet: twice("x")}}, {When: When{DNSServer: twice("")}}, {When: When{Days: twice("x")}}} {
		r.Then = OutcomeIgnore
		if errs := ValidateRules([]Rule{r}); len(errs) != 2 {
			t.Errorf("%+v: %q", r, errs)
		}
	}
}

func TestWindowsThatAreNone(t *testing.T) {
	for _, text := range []string{
		"", "08:00", "0800-18:00", "08:00-1800", "x:00-18:00", "08:xx-18:00", "08:0-18:00", "08:000-18:00", "08:60-18:00",
		"08:00-x", "08:00-24:01", "24:00-08:00", "24:00-24:01", "25:00-08:00", "300:00-08:00", "-08:00", "08:00-",
	} {
		if from, to, err := parseWindow(text); err == nil {
			t.Errorf("%q is from %d to %d", text, from, to)
		}
	}
	for text, want := range map[string][2]int{"00:00-24:00": {0, 24 * 60}, "23:59-0:00": {24*60 - 1, 0}, " 8:05 - 18:59 ": {8*60 + 5, 18*60 + 59}} {
		if from, to, err := parseWindow(text); err != nil || from != want[0] || to != want[1] {
			t.Errorf("%q is from %d to %d, %v", text, from, to, err)
		}
	}
}

func TestValidateTarget(t *testing.T) {
	for target, want := range map[string]string{
		"10.0.0.1:22":                     "",
		"[::1]:443":                       "",
		"https://intranet.example/health": "",
		"nowhere":                         `"nowhere" is neither host:port nor an http or https URL`,
		"host:99999":                      `"host:99999" is neither host:port nor an http or https URL`,
		"host:0":                          `"host:0" is neither host:port nor an http or https URL`,
		"host:ssh":                        `"host:ssh" is neither host:port nor an http or https URL`,
		":22":                             `":22" is neither host:port nor an http or https URL`,
		"a:b:1":                           `"a:b:1" is neither host:port nor an http or https URL`,
		"http://":                         `"http://" is not a valid URL`,
	} {
		var got string
		if err := ValidateTarget(target); err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%q gives %q, want %q", target, got, want)
		}
	}
}

func TestRules(t *testing.T) {
	ignoreHome := Rule{Name: "At home", Then: OutcomeIgnore, When: When{SSID: []string{"Home"}}}
	play(t, []scene{
		{"an ignore rule keeps it down but does not take it down", func(t *testing.T) {
			b := newBed(t, withRules(ignoreHome))
			b.is(1, Waiting, KeyWaitingRule)
			if got := b.p.View(idOf(1)).Reason.Rule; got != "At home" {
				t.Errorf("the reason names the rule %q", got)
			}
			b.pass(time.Hour)
			b.did()
			b.facts(cafe())
			b.pass(settleQuiet)
			b.did("start 1 (1)")
			b.up(1)
			b.facts(home())
			b.pass(time.Hour)
			b.did()
			b.is(1, Satisfied, KeySatisfied)
			b.drop(1, vpn.StopServerDead)
			b.pass(time.Hour)
			b.did("notify dropped waiting.rule")
		}},
		{"the first match wins, and connect may come before ignore", func(t *testing.T) {
			b := newBed(t, withRules(Rule{Then: OutcomeConnect, Services: []string{"Off*"}}, Rule{Then: OutcomeIgnore}))
			b.load(conf(1, "Office"), conf(2, "Lab"))
			b.handle(ConfigChanged{Config{Auto: map[vpn.ID]bool{idOf(1): true, idOf(2): true}, Rules: b.p.world.config.Rules}})
			b.status(2, vpn.Disconnected)
			b.did("start 1 (1)")
			b.is(2, Waiting, KeyWaitingRule)
		}},
		{"a rule may name its services by ID", func(t *testing.T) {
			b := newBed(t, withRules(Rule{Then: OutcomeIgnore, Services: []string{idOf(1).String()}}))
			b.is(1, Waiting, KeyWaitingRule)
		}},
		{"a disconnect rule takes it down once the network has settled, and once only", func(t *testing.T) {
			b := newBed(t, withRules(Rule{Name: "Not here", Then: OutcomeDisconnect, When: When{SSID: []string{"Cafe"}}}))
			b.up(1)
			b.pass(time.Hour)
			b.take()
			b.facts(cafe())
			b.did()
			b.pass(settleQuiet)
			b.did("stop 1 stop.rule", "notify rule stop.rule")
			b.is(1, Waiting, KeyWaitingRule)
			b.status(1, vpn.Disconnecting)
			b.is(1, Waiting, KeyWaitingRule)
			b.status(1, vpn.Disconnected)
			b.cause(1, vpn.StopUser)
			b.is(1, Waiting, KeyWaitingRule)
			b.facts(home())
			b.pass(settleQuiet)
			b.did("start 1 (1)")
		}},
		{"a connect by hand beats the rules until the network changes", func(t *testing.T) {
			rules := withRules(Rule{Then: OutcomeDisconnect, When: When{SSID: []string{"Home", "Cafe"}}})
			b := newBed(t, rules)
			b.is(1, Waiting, KeyWaitingRule)
			b.handle(UserConnect{ID: idOf(1)})
			b.up(1)
			b.pass(time.Hour)
			b.drop(1, vpn.StopServerDead)
			b.pass(time.Second)
			b.did("start 1 (1)", "notify dropped backoff.dropped", "start 1 (1)")
			b.up(1)
			b.take()
			b.facts(cafe())
			b.pass(settleQuiet)
			b.did("stop 1 stop.rule", "notify rule stop.rule")
		}},
		{"a connect elsewhere beats the rules too", func(t *testing.T) {
			b := newBed(t, withRules(Rule{Then: OutcomeDisconnect}))
			b.status(1, vpn.Connecting, vpn.Connected)
			b.pass(time.Hour)
			b.did()
			b.is(1, Satisfied, KeySatisfied)
		}},
		{"rules do nothing while paused or held", func(t *testing.T) {
			for _, e := range []Event{UserPause{Forever}, UserHold{ID: idOf(1), Until: Forever}} {
				b := newBed(t, withRules(Rule{Then: OutcomeDisconnect, When: When{SSID: []string{"Cafe"}}}))
				b.up(1)
				b.handle(e)
				b.take()
				b.facts(cafe())
				b.pass(time.Hour)
				b.did()
			}
		}},
		{"a connect rule that ends an ignore says so", func(t *testing.T) {
			b := newBed(t, withRules(ignoreHome, Rule{Name: "Elsewhere", Then: OutcomeConnect}))
			b.take()
			b.facts(cafe())
			b.pass(settleQuiet)
			b.did("notify rule connecting.rule", "start 1 (1)")
			b.is(1, Connecting, KeyConnectingRule)
		}},
		{"a time window opens and closes by itself", func(t *testing.T) {
			b := newBed(t, withRules(Rule{Then: OutcomeConnect, When: When{Time: "12:30-13:00"}}, Rule{Then: OutcomeDisconnect}))
			b.is(1, Waiting, KeyWaitingRule)
			b.pass(30*time.Minute - time.Second)
			b.did()
			b.pass(time.Second)
			b.did("notify rule connecting.rule", "start 1 (1)")
			b.up(1)
			b.pass(30 * time.Minute)
			b.did("stop 1 stop.rule", "notify rule stop.rule")
		}},
		{"a day begins and ends at midnight", func(t *testing.T) {
			b := newBed(t, withRules(Rule{Then: OutcomeIgnore, When: When{Days: []string{"mon"}}}))
			b.pass(12*time.Hour - time.Second)
			b.did()
			b.pass(time.Second)
			b.did("start 1 (1)")
		}},
		{"a broken rule is skipped and the others keep working", func(t *testing.T) {
			b := newBed(t, withRules(Rule{Name: "Broken", Then: OutcomeDisconnect, When: When{Subnet: []string{"x"}}}, ignoreHome))
			b.is(1, Waiting, KeyWaitingRule)
			want := []string{`rule 1 ("Broken"), subnet: "x" is not a network such as 192.168.1.0/24; the rule is skipped`}
			if got := b.p.Warnings(); !slices.Equal(got, want) {
				t.Errorf("the warnings are %q, want %q", got, want)
			}
		}},
		{"a rule that is switched off does not count", func(t *testing.T) {
			off := ignoreHome
			off.Disabled = true
			b := newBed(t, withRules(off))
			b.did("start 1 (1)")
		}},
		{"without the Wi-Fi name the rule is skipped with a warning", func(t *testing.T) {
			b := bareBed(t, Stored{}, withRules(ignoreHome))
			b.load(conf(1, "Office"))
			f := home()
			f.SSID, f.LocationRight = facts.Fact[string]{}, facts.RightDenied
			b.facts(f)
			b.status(1, vpn.Disconnected)
			b.did("start 1 (1)")
			want := []string{`rule 1 ("At home") is skipped: it needs the Wi-Fi name, and for that Location access`}
			if got := b.p.Warnings(); !slices.Equal(got, want) {
				t.Errorf("the warnings are %q, want %q", got, want)
			}
		}},
	})
}

func TestWarnings(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*Config)
		f      func(*facts.Facts)
		want   []string
	}{
		{"all is well", withRules(Rule{Then: OutcomeIgnore, When: When{SSID: []string{"Home"}}}, Rule{Then: OutcomeConnect}), nil, nil},
		{"a rule behind one without conditions never counts", withRules(Rule{Name: "All", Then: OutcomeIgnore}, Rule{Name: "Home", Then: OutcomeConnect, When: When{SSID: []string{"Home"}}}), nil,
			[]string{`rule 2 ("Home") never counts: rule 1 ("All") always matches first`}},
		{"a rule behind one for other services does", withRules(Rule{Then: OutcomeIgnore, Services: []string{"A"}}, Rule{Then: OutcomeConnect, Services: []string{"B"}}), nil, nil},
		{"two rules with the same conditions contradict each other", withRules(Rule{Then: OutcomeIgnore, When: When{SSID: []string{"Home"}, Time: "08:00-09:00"}}, Rule{Then: OutcomeConnect, When: When{SSID: []string{"Home"}, Time: "08:00-09:00"}}), nil,
			[]string{"rule 2 never counts: rule 1 always matches first"}},
		{"each fact that is not known is named", withRules(
			Rule{Then: OutcomeIgnore, When: When{SSID: []string{"x"}}}, Rule{Then: OutcomeIgnore, When: When{BSSID: []string{"0:0:0:0:0:0"}}}, Rule{Then: OutcomeIgnore, When: When{Interface: facts.WiFi}},
			Rule{Then: OutcomeIgnore, When: When{GatewayMAC: []string{"0:0:0:0:0:0"}}}, Rule{Then: OutcomeIgnore, When: When{Subnet: []string{"::/0"}}}, Rule{Then: OutcomeIgnore, When: When{DNSDomain: []string{"x"}}},
			Rule{Then: OutcomeIgnore, When: When{DNSServer: []string{"x"}}}, Rule{Then: OutcomeIgnore, When: When{Power: facts.AC}}),
			func(f *facts.Facts) {
				*f = facts.Facts{SSID: facts.Fact[string]{}, Gateway: f.Gateway}
				f.Gateway.Known = true
			},
			[]string{
				"rule 1 is skipped: the Wi-Fi name is not known", "rule 2 is skipped: the access point is not known", "rule 3 is skipped: the interface is not known",
				"rule 4 is skipped: the gateway's hardware address is not known", "rule 5 is skipped: the machine's addresses are not known", "rule 6 is skipped: the DNS domain is not known",
				"rule 7 is skipped: the DNS server is not known", "rule 8 is skipped: the power source is not known",
			}},
		{"unknown addresses are named", withRules(Rule{Then: OutcomeIgnore, When: When{Subnet: []string{"::/0"}}}),
			func(f *facts.Facts) { f.Addresses.Known, f.Gateway.Known = false, false },
			[]string{"rule 1 is skipped: the machine's addresses are not known"}},
		{"offline nothing is missing", withRules(Rule{Then: OutcomeIgnore, When: When{SSID: []string{"x"}}}),
			func(f *facts.Facts) { *f = facts.Facts{Path: facts.Known(facts.Unsatisfied, t0)} }, nil},
		{"groups are checked", func(c *Config) {
			c.Groups = []Group{{"Work", []vpn.ID{idOf(1), idOf(1), idOf(9)}}, {"Play", []vpn.ID{idOf(1), idOf(9)}}}
		}, nil, []string{
			`the group "Work" names "Office" twice`,
			`the group "Work" names a VPN that does not exist: 00000000-0000-0000-0000-000000000009`,
			`"Office" is in the groups "Work" and "Play": only the first counts`,
			`00000000-0000-0000-0000-000000000009 is in the groups "Work" and "Play": only the first counts`,
			`the group "Play" names a VPN that does not exist: 00000000-0000-0000-0000-000000000009`,
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBed(t, c.change)
			f := home()
			if c.f != nil {
				c.f(&f)
			}
			b.facts(f)
			if got := b.p.Warnings(); !slices.Equal(got, c.want) {
				t.Errorf("the warnings are %q, want %q", got, c.want)
			}
		})
	}
}

func TestTrustedNetworksAreNotCountedAsRules(t *testing.T) {
	b := newBed(t, withRules(
		Rule{Name: "Cafe", Then: OutcomeIgnore, When: When{SSID: []string{"Cafe"}}},
		Rule{Then: OutcomeIgnore, When: When{GatewayMAC: []string{"1:1:1:1:1:1"}}},
		Rule{Then: OutcomeIgnore},
		Rule{Then: OutcomeConnect},
		Rule{Then: "x"},
	), func(c *Config) { c.Trusted = 2 })
	e, _ := b.p.Explain(idOf(1), b.now)
	var titles []string
	for _, r := range e.Rules {
		titles = append(titles, r.Title())
		if r.Trusted != (r.Index < 0) {
			t.Errorf("%s: index %d, trusted %t", r.Title(), r.Index, r.Trusted)
		}
	}
	if want := []string{`the trusted network "Cafe"`, "a trusted network", "rule 1", "rule 2", "rule 3"}; !slices.Equal(titles, want) {
		t.Errorf("the rules are %q, want %q", titles, want)
	}
	if got := b.p.View(idOf(1)).Reason.Rule; got != "rule 1" {
		t.Errorf("it is left off by %q", got)
	}
	for _, want := range []string{"rule 3, then: ", "rule 2 never counts: rule 1 always matches first"} {
		if !slices.ContainsFunc(e.Warnings, func(w string) bool { return strings.HasPrefix(w, want) }) {
			t.Errorf("the warnings are %q, without %q", e.Warnings, want)
		}
	}
}

func TestAConnectByHandIsExplained(t *testing.T) {
	b := newBed(t, withRules(Rule{Then: OutcomeIgnore}))
	if e, _ := b.p.Explain(idOf(1), b.now); e.ByHand {
		t.Error("by hand from the start")
	}
	b.handle(UserConnect{ID: idOf(1)})
	if e, _ := b.p.Explain(idOf(1), b.now); !e.ByHand {
		t.Error("not by hand after a connect")
	}
	b.handle(UserDisconnect{ID: idOf(1)})
	if e, _ := b.p.Explain(idOf(1), b.now); e.ByHand {
		t.Error("still by hand after a disconnect")
	}
	b.handle(UserConnect{ID: idOf(1)})
	b.facts(cafe())
	if e, _ := b.p.Explain(idOf(1), b.now); e.ByHand {
		t.Error("still by hand on another network")
	}
}

func TestAConnectByOnDemandIsNotExplainedAsByHand(t *testing.T) {
	b := newBed(t)
	c := conf(1, "Office")
	c.OnDemand = true
	b.fail(1, vpn.StopNotResponding)
	b.load(c)
	b.up(1)
	if e, _ := b.p.Explain(idOf(1), b.now); e.ByHand {
		t.Error("by hand after a connect by the system")
	}
}

func TestExplain(t *testing.T) {
	b := newBed(t, withRules(
		Rule{Name: "Cafe", Then: OutcomeIgnore, When: When{SSID: []string{"Cafe"}}},
		Rule{Name: "Off", Then: OutcomeIgnore, Disabled: true},
		Rule{Name: "Broken", Then: "x"},
		Rule{Name: "Lab", Then: OutcomeIgnore, Services: []string{"Lab"}},
		Rule{Name: "Power", Then: OutcomeIgnore, When: When{Power: facts.Battery, SSID: []string{"Home"}}},
		Rule{Name: "Desk", Then: OutcomeConnect, Services: []string{"Off*"}, When: When{SSID: []string{"H*"}, Subnet: []string{"192.168.0.0/16"}, Days: []string{"mon"}, Time: "08:00-18:00"}},
		Rule{Name: "Rest", Then: OutcomeIgnore},
	), func(c *Config) { c.Groups = []Group{{"Work", []vpn.ID{idOf(1)}}} })
	b.f.Power.Known = false
	b.facts(b.f)
	b.fail(1, vpn.StopNotResponding)
	e, ok := b.p.Explain(idOf(1), b.now)
	if !ok {
		t.Fatal("not explained")
	}
	if e.Failures != 1 || e.Group != "Work" || e.Last.Code != vpn.StopNotResponding || e.Status != vpn.Disconnected || e.View.State != Backoff || len(e.Warnings) == 0 {
		t.Errorf("the explanation is %+v", e)
	}
	if i := slices.IndexFunc(e.Blockers, func(b BlockerResult) bool { return b.Name == "backoff" }); i < 0 || strings.Contains(e.Blockers[i].Why, "asked") {
		t.Errorf("no server is asked: %+v", e.Blockers)
	}
	want := []struct {
		matched, unknown bool
		why              string
	}{
		{false, false, "the Wi-Fi name is Home: does not match Cafe"},
		{false, false, "the rule is switched off"},
		{false, false, `rule 3 ("Broken"), then: "x" is not one of connect, ignore, disconnect`},
		{false, false, "it is not about Office; it has no conditions"},
		{false, true, "the Wi-Fi name is Home: matches Home; the power source is not known: does not match battery"},
		{true, false, "the Wi-Fi name is Home: matches H*; the machine's address is 192.168.1.23/24: matches 192.168.0.0/16; the time is mon 12:00: matches mon 08:00-18:00"},
		{true, false, "it has no conditions"},
	}
	for i, r := range e.Rules {
		if got := strings.Join(r.Why, "; "); got != want[i].why || r.Matched != want[i].matched || r.Unknown != want[i].unknown || r.Index != i {
			t.Errorf("rule %d: matched %t, unknown %t, %q, want %+v", i, r.Matched, r.Unknown, got, want[i])
		}
	}
	b.handle(ConfigChanged{Config{Rules: []Rule{{Then: OutcomeIgnore, When: When{DNSDomain: []string{"x"}, DNSServer: []string{"y"}, BSSID: []string{"1:1:1:1:1:1"}}}}}})
	e, _ = b.p.Explain(idOf(1), b.now)
	if got := strings.Join(e.Rules[0].Why, "; "); got != "the access point is 00:11:22:33:44:55: does not match 01:01:01:01:01:01; the DNS domain is fritz.box: does not match x; the DNS server is 192.168.1.1: does not match y" {
		t.Errorf("it says %q", got)
	}
	b.f.DNSDomains.Value = nil
	b.facts(b.f)
	e, _ = b.p.Explain(idOf(1), b.now)
	if got := e.Rules[0].Why[1]; got != "the DNS domain is empty: does not match x" {
		t.Errorf("it says %q", got)
	}
}
