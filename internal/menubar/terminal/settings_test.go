package terminal

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"vpnstatus/internal/autoconnect"
	"vpnstatus/internal/engine"
	"vpnstatus/internal/golden"
	"vpnstatus/internal/menubar"
	"vpnstatus/internal/menubar/preferences"
	"vpnstatus/internal/settings"
	"vpnstatus/internal/vpn"
	"vpnstatus/test/situation"
)

// desk is a settings screen on settings of its own, driven by hand.
type desk struct {
	screen
	kept *settings.Memory
	acts []menubar.AppAction
	asks int // explanations asked for
}

func openDesk(t *testing.T, width, height int, change ...func(*settings.Settings)) *desk {
	t.Helper()
	s := settings.Default()
	s.Trusted = []settings.TrustedNetwork{{SSID: "Home-WiFi"}}
	s.Rules = []autoconnect.Rule{{Name: "Public Wi-Fi", Then: autoconnect.OutcomeConnect, Interface: "wifi"}}
	s.Groups = []autoconnect.Group{{Name: "Work", Members: []vpn.ID{situation.ID(1), situation.ID(3)}}}
	s.Probes = map[vpn.ID]autoconnect.Probe{situation.ID(1): {Target: "intranet.example.com:443"}}
	s.Hidden = []string{"Mesh*"}
	for _, c := range change {
		c(&s)
	}
	d := &desk{kept: settings.NewMemory(s)}
	src, c := &source{snapshot: situation.Everyday().Snapshot}, &clock{}
	d.screen = screen{newModel(t.Context(), src, Options{
		Settings: d.kept.Current,
		Env:      menubar.Env{Version: "1.2.3", Location: time.UTC},
		Environ:  []string{"LANG=en_GB.UTF-8"},
		Now:      func() time.Time { return situation.Now },
		App: func(_ context.Context, a menubar.Action) (string, error) {
			d.acts = append(d.acts, a.App)
			return "done", nil
		},
		Preferences: &Preferences{
			Apply: func(_ context.Context, c preferences.Change) (settings.Settings, error) {
				err := preferences.Keep(d.kept, c)
				return d.kept.Current(), err
			},
			Explain: func(_ context.Context, id vpn.ID) (autoconnect.Explanation, error) {
				d.asks++
				if id != situation.ID(1) {
					return autoconnect.Explanation{}, errors.New("no such service")
				}
				return autoconnect.Explanation{Rules: []autoconnect.RuleResult{{Then: "ignore"}, {Then: "connect", Matched: true, Why: []string{"the interface is wifi"}}}}, nil
			},
			Env: func() preferences.Env {
				return preferences.Env{SettingsFile: "~/settings.json", Links: []preferences.Link{{Title: "Website", URL: "https://example.com"}}, Import: &settings.Import{Taken: []string{"the delay"}}}
			},
		},
	}, c.later), src, c}
	d.send(tea.WindowSizeMsg{Width: width, Height: height})
	d.keys(",")
	if d.prefs == nil {
		t.Fatal("the settings did not open")
	}
	return d
}

// send hands a message over and carries out what comes of it.
func (d *desk) send(msg tea.Msg) {
	for msg != nil {
		_, cmd := d.Update(msg)
		if msg = nil; cmd != nil {
			msg = cmd()
		}
		switch msg.(type) {
		case doneMsg, appliedMsg, explainedMsg:
		default:
			return // the library's own
		}
	}
}

func keyMsg(k string) tea.KeyPressMsg {
	codes := map[string]rune{
		"enter": tea.KeyEnter, "esc": tea.KeyEscape, "up": tea.KeyUp, "down": tea.KeyDown, "left": tea.KeyLeft, "right": tea.KeyRight,
		"home": tea.KeyHome, "end": tea.KeyEnd, "tab": tea.KeyTab, "backspace": tea.KeyBackspace, "pgdown": tea.KeyPgDown, "pgup": tea.KeyPgUp,
	}
	switch {
	case k == "space":
		return tea.KeyPressMsg{Code: tea.KeySpace, Text: " "}
	case k == "ctrl+u":
		return tea.KeyPressMsg{Code: 'u', Mod: tea.ModCtrl}
	case k == "ctrl+c":
		return tea.KeyPressMsg{Code: 'c', Mod: tea.ModCtrl}
	case k == "shift+tab":
		return tea.KeyPressMsg{Code: tea.KeyTab, Mod: tea.ModShift}
	case codes[k] != 0:
		return tea.KeyPressMsg{Code: codes[k]}
	}
	return tea.KeyPressMsg{Code: []rune(k)[0], Text: k}
}

func (d *desk) keys(keys ...string) {
	for _, k := range keys {
		d.send(keyMsg(k))
	}
}

func (d *desk) write(text string) {
	for _, r := range text {
		d.keys(map[bool]string{true: "space", false: string(r)}[r == ' '])
	}
}

// at moves the cursor to a control, by the keyboard.
func (d *desk) at(t *testing.T, tab preferences.TabID, control string, entry ...string) {
	t.Helper()
	for range 6 {
		if d.prefs.tab != tab {
			d.keys("tab")
		}
	}
	d.keys("home")
	for range 60 {
		if c := d.prefs.cursor; c.control == control && (len(entry) == 0 || c.entry == entry[0]) {
			return
		}
		d.keys("down")
	}
	t.Fatalf("the cursor never came to %q on %q:\n%s", control, tab, d.text())
}

// sent checks the commands so far.
func (d *desk) sent(t *testing.T, want ...engine.Command) {
	t.Helper()
	for i := range want {
		want[i].Origin = "settings"
	}
	if diff := cmp.Diff(want, d.src.commands); diff != "" {
		t.Errorf("commands sent:\n%s", diff)
	}
}

func (d *desk) shows(t *testing.T, text string) {
	t.Helper()
	if !strings.Contains(d.text(), text) {
		t.Errorf("%q is not shown:\n%s", text, d.text())
	}
}

func TestSettingsAreDrawn(t *testing.T) {
	for _, c := range []struct {
		name          string
		width, height int
		keys          []string
	}{
		{"general 80x24", 80, 24, nil},
		{"general 40x10", 40, 10, nil},
		{"auto connect 80x24", 80, 24, []string{"tab"}},
		{"auto connect 40x10", 40, 10, []string{"tab", "down", "down"}},
		{"networks 80x24", 80, 24, []string{"tab", "tab"}},
		{"networks 80x24 at the end", 80, 24, []string{"tab", "tab", "end"}},
		{"services 80x24", 80, 24, []string{"tab", "tab", "tab"}},
		{"services 40x10", 40, 10, []string{"tab", "tab", "tab", "down"}},
		{"advanced 80x24", 80, 24, []string{"left", "left"}},
		{"about 80x24", 80, 24, []string{"left"}},
		{"popup 40x10", 40, 10, []string{"enter"}},
		{"reset 40x10", 40, 10, []string{"left", "left", "end", "enter"}},
		{"editing 40x10", 40, 10, []string{"tab", "end", "up", "up", "5", "x"}},
		{"keys 80x24", 80, 24, []string{"?"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := openDesk(t, c.width, c.height)
			d.keys(c.keys...)
			golden.Check(t, "settings-"+c.name+".txt", d.text())
		})
	}
}

func TestEachKindOfControlChangesItsSetting(t *testing.T) {
	d := openDesk(t, 80, 24)
	now := d.kept.Current
	d.at(t, preferences.General, "showTimeConnected")
	d.keys("space")
	if !now().ShowTimeConnected {
		t.Error("space does not tick")
	}
	d.keys("enter")
	if now().ShowTimeConnected {
		t.Error("enter does not untick")
	}
	d.at(t, preferences.General, "iconStyle")
	d.keys("space")
	if now().IconStyle != settings.IconColor {
		t.Error("space does not take the next choice")
	}
	d.keys("enter", "up", "enter")
	if now().IconStyle != settings.IconTemplate {
		t.Error("the list of choices changes nothing")
	}
	d.at(t, preferences.AutoConnect, "retryDelayMax")
	d.keys("+", "+", "-")
	if now().RetryDelayMax != 125 {
		t.Errorf("the delay is %d", now().RetryDelayMax)
	}
	d.keys("5", "m", "enter")
	if now().RetryDelayMax != 300 || d.prefs.input != nil {
		t.Errorf("the delay is %d", now().RetryDelayMax)
	}
	d.at(t, preferences.Services, "hide")
	d.keys("enter")
	d.write("Te st*")
	d.keys("enter")
	if !slices.Contains(now().Hidden, "Te st*") {
		t.Errorf("hidden %q", now().Hidden)
	}
	d.at(t, preferences.Services, "services", situation.ID(2).String())
	d.keys("enter", "down", "enter")
	if !slices.Contains(now().MutedServices, situation.ID(2)) {
		t.Error("the second tick was not reached")
	}
	d.at(t, preferences.Networks, "rule-condition")
	d.keys("space", "enter") // nothing is chosen yet, so space opens the list too
	if got := now().Rules[0].SSID; !slices.Equal(got, []string{"Home-WiFi"}) {
		t.Errorf("the condition is %q", got)
	}
	d.at(t, preferences.Networks, "rule-add")
	d.keys("enter")
	if len(now().Rules) != 2 || d.prefs.selected["rules"] != "rule/1" {
		t.Errorf("%d rules, %q is selected", len(now().Rules), d.prefs.selected["rules"])
	}
}

func TestCommandsAndActionsLeaveTheSettings(t *testing.T) {
	d := openDesk(t, 80, 24)
	d.at(t, preferences.AutoConnect, "autoConnect", situation.ID(4).String())
	d.keys("space")
	d.at(t, preferences.Networks, "trust")
	d.keys("enter")
	d.sent(t, engine.Command{Verb: engine.VerbAuto, ID: situation.ID(4), On: true}, engine.Command{Verb: engine.VerbTrust, On: true})
	d.at(t, preferences.Advanced, "settings-file-show")
	d.keys("enter")
	d.at(t, preferences.Advanced, "import")
	d.keys("enter")
	d.shows(t, "The delay")
	d.keys("enter") // Cancel comes first
	d.keys("enter", "down", "enter")
	if want := []menubar.AppAction{menubar.AppSettingsFile, preferences.AppImport}; !slices.Equal(d.acts, want) {
		t.Errorf("done %q", d.acts)
	}
	d.at(t, preferences.About, "link/0")
	d.keys("enter")
	d.shows(t, "Copied https://example.com")
}

func TestResetAsksFirst(t *testing.T) {
	d := openDesk(t, 80, 24)
	d.at(t, preferences.Advanced, "reset")
	d.keys("enter", "enter", "enter", "esc")
	if len(d.kept.Current().Rules) != 1 {
		t.Fatal("reset without a yes")
	}
	d.keys("enter", "down", "enter")
	if len(d.kept.Current().Rules) != 0 {
		t.Error("not reset")
	}
}

func TestARefusedValueStaysWithItsReason(t *testing.T) {
	d := openDesk(t, 80, 24)
	d.at(t, preferences.AutoConnect, "retryDelayMax")
	d.keys("3", "enter")
	d.shows(t, "! 3 is out of range 5–3600 (seconds)")
	if d.prefs.input == nil || d.prefs.input.Value() != "3" {
		t.Fatal("what was typed is lost")
	}
	d.keys("0", "enter")
	if d.kept.Current().RetryDelayMax != 30 || strings.Contains(d.text(), "out of range") {
		t.Errorf("after the correction:\n%s", d.text())
	}
	d.keys("enter", "ctrl+u")
	d.write("x")
	d.keys("enter", "esc")
	if d.kept.Current().RetryDelayMax != 30 || strings.Contains(d.text(), "!") || d.prefs == nil {
		t.Errorf("after esc:\n%s", d.text())
	}
	d.src.fails = errors.New("it is kept up by the system")
	d.at(t, preferences.AutoConnect, "autoConnect")
	d.keys("space")
	d.shows(t, "! It is kept up by the system")
}

func TestALineOfATableShowsItsDetails(t *testing.T) {
	d := openDesk(t, 80, 30)
	d.at(t, preferences.AutoConnect, "autoConnect", situation.ID(1).String())
	d.shows(t, "intranet.example.com:443")
	d.keys("down")
	if strings.Contains(d.text(), "1 of 2 ") && strings.Contains(d.text(), "Group’s name") {
		t.Errorf("details of the line before:\n%s", d.text())
	}
	d.keys("down")
	d.shows(t, "Group’s name")
}

func TestChangesByOthersAreShown(t *testing.T) {
	d := openDesk(t, 80, 24)
	d.at(t, preferences.General, "showTimeConnected")
	if err := d.kept.Set("showTimeConnected", "on"); err != nil {
		t.Fatal(err)
	}
	d.send(settingsMsg{})
	d.shows(t, "[x] Time connected")
	d.keys("space") // kept here
	if err := d.kept.Set("showTimeConnected", "on"); err != nil {
		t.Fatal(err)
	}
	d.show(d.snapshot)
	d.shows(t, "[x] Time connected")
	d.at(t, preferences.AutoConnect, "autoConnect", situation.ID(4).String())
	d.show(situation.Snapshot(situation.Service(9, "Newcomer")))
	d.shows(t, "▸ [ ] Newcomer")
	d.show(situation.Snapshot())
	d.shows(t, "No VPN is set up on this Mac.")
}

func TestResultsOfRulesAreAskedForWhenTheyMatter(t *testing.T) {
	d := openDesk(t, 80, 30)
	if d.asks != 0 {
		t.Error("asked before they are shown")
	}
	d.keys("tab", "tab")
	d.shows(t, "Counts")
	before := d.asks
	d.show(d.snapshot)
	if d.asks != before {
		t.Error("asked again though nothing changed")
	}
	moved := *d.snapshot
	moved.Facts = situation.WiFi("Café")
	d.send(snapshotMsg{&moved})
	if d.asks == before {
		t.Error("not asked again on another network")
	}
}

func TestLeavingTheSettings(t *testing.T) {
	for _, k := range []string{"esc", ",", "backspace"} {
		d := openDesk(t, 80, 24)
		d.keys(k)
		if d.prefs != nil {
			t.Errorf("%s does not close", k)
		}
		d.shows(t, "Connect Home")
	}
	d := openDesk(t, 80, 24)
	d.keys("enter", "esc")
	if d.prefs == nil || d.prefs.choice != nil {
		t.Error("esc in a list leaves more than the list")
	}
	d.at(t, preferences.Services, "hide")
	d.keys("enter", "q", "?", ",")
	if d.prefs == nil || d.prefs.input.Value() != "q?," {
		t.Error("letters do not go into the field")
	}
	d.keys("ctrl+c")
	if !d.quitting {
		t.Error("ctrl+c does not leave")
	}
}

func TestPastingIntoAField(t *testing.T) {
	d := openDesk(t, 80, 24)
	d.send(tea.PasteMsg{Content: "nowhere"})
	d.at(t, preferences.Services, "hide")
	d.keys("enter")
	d.send(tea.PasteMsg{Content: "Old*"})
	d.keys("enter")
	if !slices.Contains(d.kept.Current().Hidden, "Old*") {
		t.Errorf("hidden %q", d.kept.Current().Hidden)
	}
}

func TestTheMouseInTheSettings(t *testing.T) {
	d := openDesk(t, 80, 24)
	click := func(text string, x int, button tea.MouseButton) {
		t.Helper()
		for y, l := range strings.Split(d.text(), "\n") {
			if strings.Contains(l, text) {
				if x < 0 {
					x = menubar.Width(l[:strings.Index(l, text)]) + 1
				}
				d.send(tea.MouseClickMsg{X: x, Y: y, Button: button})
				return
			}
		}
		t.Fatalf("no %q in\n%s", text, d.text())
	}
	click("Time connected", 30, tea.MouseLeft)
	if !d.kept.Current().ShowTimeConnected {
		t.Error("a click does not tick")
	}
	click("Auto Connect", -1, tea.MouseLeft)
	if d.prefs.tab != preferences.AutoConnect {
		t.Error("a click on a tab does not show it")
	}
	click("University", 20, tea.MouseLeft)
	if len(d.src.commands) != 0 || d.prefs.cursor.entry != situation.ID(4).String() {
		t.Error("a click on a name does more than select")
	}
	click("University", 3, tea.MouseLeft)
	d.sent(t, engine.Command{Verb: engine.VerbAuto, ID: situation.ID(4), On: true})
	click("< None >", 26, tea.MouseLeft)
	d.shows(t, "New Group")
	click("Work", 4, tea.MouseLeft)
	if len(d.kept.Current().Groups[0].Members) != 3 {
		t.Error("a click on a choice does not take it")
	}
	d.send(tea.MouseWheelMsg{Button: tea.MouseWheelDown})
	d.send(tea.MouseWheelMsg{Button: tea.MouseWheelUp})
	d.send(tea.MouseClickMsg{X: 1, Y: 3, Button: tea.MouseRight})
	if d.prefs != nil {
		t.Error("the right button does not go back")
	}
}

// Whatever is pressed, clicked, resized or published: lines fit, and the cursor
// stands somewhere.
func TestSettingsAlwaysFitTheTerminal(t *testing.T) {
	all := situation.All()
	keys := []string{
		"up", "down", "down", "down", "left", "right", "tab", "shift+tab", "enter", "enter", "space", "esc", "home", "end", "pgdown", "pgup",
		"?", ",", "+", "-", "5", "a", "*", "ctrl+u", "backspace",
	}
	rapid.Check(t, func(rt *rapid.T) {
		d := openDesk(t, 80, 24)
		d.ascii = rapid.Bool().Draw(rt, "ascii")
		d.model.keys = newKeys(d.ascii)
		for range rapid.IntRange(1, 40).Draw(rt, "steps") {
			switch rapid.IntRange(0, 9).Draw(rt, "step") {
			case 0:
				d.send(snapshotMsg{rapid.SampledFrom(all).Draw(rt, "situation").Snapshot})
			case 1:
				d.send(tea.WindowSizeMsg{Width: rapid.IntRange(1, 90).Draw(rt, "width"), Height: rapid.IntRange(1, 30).Draw(rt, "height")})
			case 2:
				d.send(tea.MouseClickMsg{X: rapid.IntRange(0, 90).Draw(rt, "x"), Y: rapid.IntRange(-1, 30).Draw(rt, "y"), Button: rapid.SampledFrom([]tea.MouseButton{tea.MouseLeft, tea.MouseLeft, tea.MouseRight, tea.MouseMiddle}).Draw(rt, "button")})
			case 3:
				d.send(settingsMsg{})
			case 4:
				d.send(tea.PasteMsg{Content: "网络\x1b[31m\nÉ"})
			case 5:
				d.send(tea.MouseWheelMsg{Button: tea.MouseWheelDown})
			default:
				d.keys(rapid.SampledFrom(keys).Draw(rt, "key"))
			}
			if d.prefs == nil {
				d.keys(",")
			}
			lines := strings.Split(d.View().Content, "\n")
			if len(lines) > d.height {
				rt.Fatalf("%d lines on a terminal of %dx%d", len(lines), d.width, d.height)
			}
			for _, l := range lines {
				if w := ansi.StringWidth(l); w > d.width {
					rt.Fatalf("a line of %d columns on a terminal of %dx%d: %q", w, d.width, d.height, l)
				}
				for _, r := range ansi.Strip(l) {
					if d.ascii && (r < ' ' || r > '~') {
						rt.Fatalf("%q on an ASCII terminal: %q", r, l)
					}
				}
			}
			if p := d.prefs; p != nil {
				if stops := p.stops(); len(stops) > 0 && !slices.Contains(stops, p.cursor) {
					rt.Fatalf("the cursor is on %+v of %+v", p.cursor, stops)
				}
				if p.input != nil && p.editing != p.cursor.control {
					rt.Fatalf("%q is edited, the cursor is on %q", p.editing, p.cursor.control)
				}
			}
		}
	})
}

func TestTheWholeScreenFollowsTheSettings(t *testing.T) {
	kept := settings.NewMemory(settings.Default())
	src := &source{snapshot: situation.Everyday().Snapshot}
	r, in := io.Pipe()
	out := &output{}
	ended := make(chan error, 1)
	go func() {
		ended <- Run(t.Context(), src, Options{
			Settings: kept.Current, Input: r, Output: out, Environ: []string{"LANG=C.UTF-8", "TERM=xterm-256color"},
			Now: func() time.Time { return situation.Now }, program: []tea.ProgramOption{tea.WithWindowSize(80, 24)},
			Preferences: &Preferences{
				Apply: func(_ context.Context, c preferences.Change) (settings.Settings, error) {
					err := preferences.Keep(kept, c)
					return kept.Current(), err
				},
				Changed: func() (<-chan struct{}, func()) { return kept.Changed(), func() {} },
			},
		})
		r.Close()
	}()
	out.wait(t, "Connect Home")
	io.WriteString(in, ",")
	out.wait(t, "Monochrome")
	if err := kept.Set("iconStyle", "color"); err != nil {
		t.Fatal(err)
	}
	out.wait(t, "Coloured by State")
	io.WriteString(in, "q")
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
