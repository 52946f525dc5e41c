package app

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"vpnstatus/internal/autoconnect"
	"vpnstatus/internal/engine"
	"vpnstatus/internal/facts"
	"vpnstatus/internal/settings"
)

// eventually waits until a condition holds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !holds(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("never: " + what)
		}
	}
}

// attended returns an application without a screen that attends to w.
func attended(t *testing.T, w wants) *application {
	t.Helper()
	return attendedWith(t, quiet(t), w)
}

func attendedWith(t *testing.T, c Config, w wants) *application {
	t.Helper()
	a, err := newApplication(c, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	endEngine := start(func(ctx context.Context) { _ = a.engine.Run(ctx) })
	end := start(func(ctx context.Context) { a.attendTo(ctx, w) })
	t.Cleanup(func() {
		end()
		endEngine()
		if err := a.close(); err != nil {
			t.Error(err)
		}
	})
	return a
}

func (a *application) hasProblem(key string) bool {
	return slices.ContainsFunc(a.allProblems(), func(p engine.Problem) bool { return p.Key == key })
}

func nothingLacks() []error { return nil }

func TestWhatTheSystemLacksIsToldInTheMenu(t *testing.T) {
	missing := errors.New("VPN sessions: this system lacks the symbol ne_session_set_event_handler")
	a := attended(t, wants{lacks: func() []error { return []error{missing} }, found: func() bool { return false }})
	eventually(t, "the symbol is named", func() bool {
		return slices.ContainsFunc(a.engine.Latest().Problems, func(p engine.Problem) bool { return p.Key == "system" && p.Text == missing.Error() })
	})
}

func TestUnansweredRequestsAreAProblemUntilTheyAreAnswered(t *testing.T) {
	var exhausted atomic.Bool
	changed := make(chan struct{})
	a := attended(t, wants{lacks: nothingLacks, found: func() bool { return false }, exhausted: exhausted.Load, exhaustedChanged: changed})
	reported := func() bool {
		return slices.ContainsFunc(a.engine.Latest().Problems, func(p engine.Problem) bool { return strings.Contains(p.Text, "restart VPNStatus") })
	}
	exhausted.Store(true)
	changed <- struct{}{}
	eventually(t, "the menu says what to do", reported)
	exhausted.Store(false)
	changed <- struct{}{}
	eventually(t, "the problem is gone", func() bool { return !reported() })
}

func TestImportIsOfferedOnceAtTheFirstStart(t *testing.T) {
	w := wants{lacks: nothingLacks, found: func() bool { return true }}
	a := attended(t, w)
	eventually(t, "the import is offered", func() bool { return a.hasProblem(offerKey) })
	if err := a.settings.Set("notificationSound", "on"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the offer ends", func() bool { return !a.hasProblem(offerKey) })
	if firstStart(a.settings.Path()) {
		t.Error("it would be offered again")
	}
	if err := os.Remove(filepath.Join(filepath.Dir(a.settings.Path()), offerFile)); err != nil {
		t.Error("no mark is left:", err)
	}
}

func TestNoOfferToThoseWhoHaveSettings(t *testing.T) {
	path := filepath.Join(t.TempDir(), settings.FileName)
	if err := os.WriteFile(path, []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	if firstStart(path) {
		t.Error("it is taken for the first start")
	}
	if firstStart(filepath.Join(path, "x", settings.FileName)) {
		t.Error("where no mark can be left it would be offered at each start")
	}
}

func TestImportFromAFileWhereTheSystemCannotBeAsked(t *testing.T) {
	file := filepath.Join(t.TempDir(), settings.TimacDomain+".plist")
	read := func() (settings.Import, error) {
		return timacImport(func() (map[string]any, error) { return nil, errors.New("no preferences") }, file)
	}
	if _, err := read(); !errors.Is(err, ErrNothingToImport) {
		t.Errorf("without a file: %v", err)
	}
	if err := os.WriteFile(file, []byte("<plist><dict><key>IgnoredSSIDs</key><string>Home</string></dict></plist>"), 0o600); err != nil {
		t.Fatal(err)
	}
	i, err := read()
	if err != nil || len(i.Taken) != 1 || !strings.Contains(i.Taken[0], `"Home"`) {
		t.Errorf("%q, %v", i.Taken, err)
	}
	if err := os.WriteFile(file, []byte("nonsense"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := read(); err == nil || !strings.Contains(err.Error(), file) {
		t.Errorf("a broken one: %v", err)
	}
}

func TestWhenTheLocationRightIsAskedFor(t *testing.T) {
	rule := settings.Settings{Rules: []autoconnect.Rule{{When: autoconnect.When{SSID: []string{"Office*"}}}}}
	off := settings.Settings{Rules: []autoconnect.Rule{{When: autoconnect.When{SSID: []string{"Office*"}}, Disabled: true}, {When: autoconnect.When{Interface: facts.WiFi}}}}
	point := settings.Settings{Rules: []autoconnect.Rule{{When: autoconnect.When{BSSID: []string{"aa:bb:cc:00:00:01"}}}}}
	trusted := settings.Settings{Trusted: []settings.TrustedNetwork{{SSID: "Home"}}}
	desk := settings.Settings{Trusted: []settings.TrustedNetwork{{GatewayMAC: "aa:bb:cc:00:00:01"}}}
	now := time.Unix(1, 0)
	wifi := facts.Facts{LocationRight: facts.RightNotAsked, Interface: facts.Known(facts.WiFi, now)}
	with := func(change func(*facts.Facts)) facts.Facts {
		f := wifi
		change(&f)
		return f
	}
	for name, c := range map[string]struct {
		s    settings.Settings
		f    facts.Facts
		want bool
	}{
		"a rule by name":                 {rule, wifi, true},
		"a rule by access point":         {point, wifi, true},
		"a trusted network by name":      {trusted, wifi, true},
		"the interface is not known yet": {rule, facts.Facts{LocationRight: facts.RightNotAsked}, true},
		"no rule needs it":               {settings.Settings{}, wifi, false},
		"a rule that is switched off":    {off, wifi, false},
		"a network known by its gateway": {desk, wifi, false},
		"on a cable":                     {rule, with(func(f *facts.Facts) { f.Interface = facts.Known(facts.Ethernet, now) }), false},
		"the name is known":              {rule, with(func(f *facts.Facts) { f.SSID = facts.Known("Home", now) }), false},
		"refused":                        {rule, with(func(f *facts.Facts) { f.LocationRight = facts.RightDenied }), false},
		"granted":                        {rule, with(func(f *facts.Facts) { f.LocationRight = facts.RightGranted }), false},
		"not told":                       {rule, with(func(f *facts.Facts) { f.LocationRight = facts.RightUnknown }), false},
	} {
		if got := lacksWiFiName(c.s, c.f); got != c.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}

func TestTheLocationRightIsAskedForOnceARuleNeedsIt(t *testing.T) {
	c := quiet(t)
	c.Demo = filepath.Join(t.TempDir(), "scenario.json")
	if err := os.WriteFile(c.Demo, []byte(`{"location": "not-asked", "networks": [{"name": "Home"}], "services": [{"name": "Office", "protocol": "IKEv2"}]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	var asked atomic.Int32
	a := attendedWith(t, c, wants{lacks: nothingLacks, found: func() bool { return false }, askLocation: func() bool { asked.Add(1); return true }})
	eventually(t, "the facts arrive", func() bool { return a.engine.Latest().Facts.LocationRight == facts.RightNotAsked })
	if asked.Load() != 0 {
		t.Error("it was asked for while no rule needs it")
	}
	for _, name := range []string{"Office*", "Home*"} {
		if err := a.settings.Update(func(v *settings.Settings) error {
			v.Rules = append(v.Rules, autoconnect.Rule{Then: autoconnect.OutcomeIgnore, When: autoconnect.When{SSID: []string{name}}})
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		eventually(t, "it is asked for", func() bool { return asked.Load() > 0 })
	}
	if n := asked.Load(); n != 1 {
		t.Errorf("it was asked for %d times", n)
	}
}

// asking is a Source that can ask.
type asking struct {
	noFacts
	asked atomic.Int32
}

func (a *asking) RequestLocation() bool { return a.asked.Add(1) == 1 }

func TestASourceThatCannotAskIsNotAsked(t *testing.T) {
	a := &application{world: &world{facts: noFacts{}}}
	if a.askLocation() {
		t.Error("somebody was asked")
	}
	s := &asking{}
	a.world.facts = s
	if !a.askLocation() || a.askLocation() || s.asked.Load() != 2 {
		t.Error("the source's answer is not passed on")
	}
}

// noFacts is a facts.Source that knows nothing.
type noFacts struct{ changed chan struct{} }

func (n noFacts) Current() facts.Facts     { return facts.Facts{} }
func (n noFacts) Changed() <-chan struct{} { return n.changed }
func (n noFacts) Close() error             { return nil }
