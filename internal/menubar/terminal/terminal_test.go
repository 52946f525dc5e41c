package terminal

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"vpnstatus/internal/autoconnect"
	"vpnstatus/internal/engine"
	"vpnstatus/internal/golden"
	"vpnstatus/internal/menubar"
	"vpnstatus/internal/settings"
	"vpnstatus/internal/vpn"
	"vpnstatus/test/situation"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// screen is a model with its source, driven by hand.
type screen struct {
	*model
	src   *situation.Source
	clock *clock
}

func open(t *testing.T, snapshot *engine.Snapshot, width, height int) screen {
	t.Helper()
	src, c := situation.NewSource(snapshot), &clock{}
	m := newModel(t.Context(), src, Options{
		Env: menubar.Env{Version: "1.2.3", Location: time.UTC},
		now: func() time.Time { return situation.Now },
	}, c.later)
	s := screen{m, src, c}
	s.Update(tea.WindowSizeMsg{Width: width, Height: height})
	return s
}

// run carries out a command as the program would.
func (s screen) run(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	if msg, ok := cmd().(doneMsg); ok {
		s.Update(msg)
	}
}

// clock counts the timers that are under way; none fires by itself.
type clock struct{ timers int }

func (c *clock) later(time.Duration, tea.Msg) func() {
	c.timers++
	return func() { c.timers-- }
}

var keyCodes = map[string]rune{
	"enter": tea.KeyEnter, "esc": tea.KeyEscape, "up": tea.KeyUp, "down": tea.KeyDown, "left": tea.KeyLeft, "right": tea.KeyRight, "end": tea.KeyEnd,
}

func (s screen) press(keys ...string) {
	for _, k := range keys {
		msg := tea.KeyPressMsg{Code: keyCodes[k]}
		switch {
		case k == "space":
			msg.Code, msg.Text = tea.KeySpace, " "
		case msg.Code == 0:
			msg.Code, msg.Text = rune(k[0]), k
		}
		_, cmd := s.Update(msg)
		s.run(cmd)
	}
}

func (s screen) text() string {
	lines := strings.Split(ansi.Strip(s.View().Content), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n") + "\n"
}

func (s screen) sent(t *testing.T, want ...engine.Command) {
	t.Helper()
	for i := range want {
		want[i].Origin = "menu"
	}
	if diff := cmp.Diff(want, s.src.Commands()); diff != "" {
		t.Errorf("commands sent:\n%s", diff)
	}
}

func (s screen) show(snapshot *engine.Snapshot) { s.Update(snapshotMsg{snapshot}) }

func TestScreens(t *testing.T) {
	byName := map[string]situation.Situation{"everyday": situation.Everyday()}
	for _, s := range situation.All() {
		byName[s.Name] = s
	}
	for _, c := range []struct {
		name, situation string
		width, height   int
		keys            []string
	}{
		{"everyday 80x24", "everyday", 80, 24, nil},
		{"everyday 40x10", "everyday", 40, 10, nil},
		{"everyday 40x10 at the end", "everyday", 40, 10, []string{"end"}},
		{"everyday 19x5", "everyday", 19, 5, nil},
		{"everyday with option", "everyday", 80, 24, []string{"o"}},
		{"help 80x24", "everyday", 80, 24, []string{"?"}},
		{"help 40x10", "everyday", 40, 10, []string{"?"}},
		{"pause", "everyday", 80, 24, []string{"p", "down"}},
		{"seven services", "seven services", 80, 24, []string{"down"}},
		{"seven services, one open", "seven services", 60, 12, []string{"enter"}},
		{"long names 40x10", "long, right-to-left and emoji names", 40, 10, nil},
		{"problem 50x24", "problem shown", 50, 24, nil},
		{"no services", "no services", 40, 10, nil},
		{"not loaded yet", "not loaded yet", 40, 10, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := open(t, byName[c.situation].Snapshot, c.width, c.height)
			s.press(c.keys...)
			golden.Check(t, c.name+".txt", s.text())
		})
	}
}

func TestEnterDoesWhatTheLineSays(t *testing.T) {
	s := open(t, situation.Everyday().Snapshot, 80, 24)
	s.press("enter", "down", "down", "enter", "j", "j", "enter", "k", "k", "k", "enter")
	s.sent(t,
		engine.Command{Verb: engine.VerbDisconnect, ID: situation.ID(1)},
		engine.Command{Verb: engine.VerbConnect, ID: situation.ID(2)},
		engine.Command{Verb: engine.VerbDisconnect, ID: situation.ID(3)},
		engine.Command{Verb: engine.VerbAuto, ID: situation.ID(1)})
}

func TestDigitsActOnServicesFromEverywhere(t *testing.T) {
	s := open(t, situation.Everyday().Snapshot, 80, 24)
	s.press("p", "4", "9")
	s.sent(t, engine.Command{Verb: engine.VerbConnect, ID: situation.ID(4)})
	if !strings.Contains(s.text(), "There is no service 9") {
		t.Errorf("no word about 9:\n%s", s.text())
	}
	s = open(t, situation.All()[13].Snapshot, 80, 24)
	if len(s.snapshot.Services) != 7 {
		t.Fatal("not the seven services")
	}
	s.press("1")
	s.sent(t, engine.Command{Verb: engine.VerbDisconnect, ID: situation.ID(1)})
}

func TestSpaceTicksAutoConnectOfTheServiceUnderTheCursor(t *testing.T) {
	s := open(t, situation.Everyday().Snapshot, 80, 24)
	s.press("space", "end", "up", "up", "up", "up", "up", "up", "up", "space")
	s.sent(t,
		engine.Command{Verb: engine.VerbAuto, ID: situation.ID(1)},
		engine.Command{Verb: engine.VerbAuto, ID: situation.ID(4), On: true})
}

func TestPauseAndResume(t *testing.T) {
	s := open(t, situation.Everyday().Snapshot, 80, 24)
	s.press("p", "down", "enter")
	if len(s.pages) > 1 {
		t.Error("the submenu stays open after the choice")
	}
	paused := situation.Everyday().Snapshot
	paused.Pause = autoconnect.Until{Time: situation.Now.Add(15 * time.Minute)}
	s.show(paused)
	if s.top().selected != "pause" {
		t.Errorf("the cursor went to %q", s.top().selected)
	}
	s.press("p", "enter", "r")
	s.sent(t,
		engine.Command{Verb: engine.VerbPause, Until: autoconnect.Until{Time: situation.Now.Add(15 * time.Minute)}},
		engine.Command{Verb: engine.VerbPause, Until: autoconnect.Until{Time: situation.Now.Add(5 * time.Minute)}},
		engine.Command{Verb: engine.VerbResume})
}

func TestResumeReleasesTheHeldServiceUnderTheCursor(t *testing.T) {
	s := open(t, situation.Everyday().Snapshot, 80, 24)
	s.press("r", "down", "down", "r")
	s.sent(t, engine.Command{Verb: engine.VerbResume, ID: situation.ID(2)})
}

func TestTheResultOfTheUpdateCheckIsShown(t *testing.T) {
	src, c := situation.NewSource(situation.Everyday().Snapshot), &clock{}
	m := newModel(t.Context(), src, Options{Update: func(context.Context) (string, error) { return "1.3.0 is out", nil }}, c.later)
	s := screen{m, src, c}
	s.Update(tea.WindowSizeMsg{Width: 80, Height: 30})
	s.press("end", "up", "enter")
	if !strings.HasSuffix(s.text(), "\n1.3.0 is out\n") {
		t.Errorf("the result is not in the last line:\n%s", s.text())
	}
}

func TestAnErrorIsShownAndGoes(t *testing.T) {
	s := open(t, situation.Everyday().Snapshot, 80, 24)
	s.src.Fail(errors.New("connecting \"Home\":\nno such thing"))
	s.press("2")
	if !strings.HasSuffix(s.text(), "\nconnecting \"Home\": no such thing\n") {
		t.Errorf("the error is not in the last line:\n%s", s.text())
	}
	s.src.Fail(errors.New("connecting Home: " + strings.Repeat("tediously ", 15) + "at last"))
	s.press("2")
	if !strings.HasSuffix(s.text(), "tediously at last\n") || strings.Count(s.text(), "tediously") != 15 || strings.Count(s.text(), "\n") != 24 {
		t.Errorf("an error of several lines:\n%s", s.text())
	}
	s.src.Fail(errors.New(strings.Repeat("no such thing ", 100)))
	s.press("2")
	if !strings.HasSuffix(s.text(), "…\n") || strings.Count(s.text(), "\n") != 24 {
		t.Errorf("an error without end:\n%s", s.text())
	}
	s.Update(expireMsg{s.messageCount - 1})
	if !strings.Contains(s.text(), "no such thing") {
		t.Error("the error went with the time of an older message")
	}
	s.Update(expireMsg{s.messageCount})
	if strings.Contains(s.text(), "no such thing") {
		t.Error("the error stays")
	}
}

func TestTheCursorStaysOnItsServiceWhenTheListChanges(t *testing.T) {
	a, b, c := situation.Service(1, "a"), situation.Service(2, "b"), situation.Service(3, "c")
	s := open(t, situation.Snapshot(b, c), 80, 24)
	s.press("down", "down") // c
	s.show(situation.Snapshot(a, b, c))
	if !strings.Contains(s.text(), "▸   ○ Connect c") {
		t.Errorf("cursor lost:\n%s", s.text())
	}
	s.show(situation.Snapshot(a, b))
	if !strings.Contains(s.text(), "▸") {
		t.Errorf("no cursor after its service went:\n%s", s.text())
	}
}

func TestTheCursorStaysWhileAServiceDisconnects(t *testing.T) {
	in := func(status vpn.Status) *engine.Snapshot {
		return situation.Snapshot(situation.Service(1, "a"), situation.Service(2, "b", situation.Status(status)), situation.Service(3, "c"))
	}
	s := open(t, in(vpn.Connected), 80, 24)
	s.press("down", "down", "enter")
	s.show(in(vpn.Disconnecting))
	if !strings.Contains(s.text(), "▸   ◌ Disconnecting b…") {
		t.Errorf("the cursor left:\n%s", s.text())
	}
	s.press("enter")
	s.show(in(vpn.Disconnected))
	if !strings.Contains(s.text(), "▸   ○ Connect b") {
		t.Errorf("the cursor left:\n%s", s.text())
	}
	for key, want := range map[string]string{"down": "service/" + situation.ID(2).String() + "/auto", "up": "service/" + situation.ID(1).String() + "/auto"} {
		s := open(t, in(vpn.Connected), 80, 24)
		s.press("down", "down")
		s.show(in(vpn.Disconnecting))
		s.press(key)
		if s.top().selected != want {
			t.Errorf("%s goes to %q, want %q", key, s.top().selected, want)
		}
	}
	s.sent(t, engine.Command{Verb: engine.VerbDisconnect, ID: situation.ID(2)})
}

func TestTheCursorWaitsForTheFirstService(t *testing.T) {
	loading := situation.Snapshot()
	loading.Loaded = false
	s := open(t, loading, 80, 24)
	s.show(situation.Snapshot(situation.Service(2, "b")))
	s.show(situation.Snapshot(situation.Service(1, "a"), situation.Service(2, "b")))
	if !strings.Contains(s.text(), "▸   ○ Connect a") {
		t.Errorf("the cursor is elsewhere:\n%s", s.text())
	}
}

func TestASubmenuClosesWhenItsServiceGoes(t *testing.T) {
	var services []*engine.Service
	for n := range 8 {
		services = append(services, situation.Service(n, "s"))
	}
	s := open(t, situation.Snapshot(services...), 80, 24)
	s.press("down", "right")
	if len(s.pages) != 2 {
		t.Fatal("not open")
	}
	s.show(situation.Snapshot(append(services[:1:1], services[2:]...)...))
	if len(s.pages) != 1 || s.top().selected == "" {
		t.Errorf("pages %+v, cursor %q", s.pages, s.top().selected)
	}
}

func TestNothingTicksUnlessAVisibleTextChanges(t *testing.T) {
	if still := open(t, situation.Snapshot(situation.Service(1, "a")), 80, 24); still.clock.timers != 0 {
		t.Error("a menu without times has a timer")
	}
	s := open(t, situation.Snapshot(situation.Service(1, "a", situation.Up(time.Minute))), 80, 24)
	if want := situation.Now.Add(time.Second); !s.refreshAt.Equal(want) {
		t.Errorf("refreshed at %v, want %v", s.refreshAt, want)
	}
	for range 3 {
		s.show(s.snapshot)
	}
	if s.clock.timers != 1 {
		t.Errorf("%d timers for one time", s.clock.timers)
	}
	s.press("?")
	if s.clock.timers != 0 {
		t.Error("the help page ticks")
	}
	s.press("?")
	s.Update(refreshMsg{})
	if s.refreshAt.IsZero() {
		t.Error("it does not tick after the first time")
	}
	s.Update(tea.WindowSizeMsg{Width: 10, Height: 3})
	if !s.refreshAt.IsZero() {
		t.Error("a terminal that is too small ticks")
	}
}

// Whatever is pressed, clicked, resized or published: lines fit, and the cursor
// stands on something that is shown.
func TestLinesAlwaysFitTheTerminal(t *testing.T) {
	all := situation.All()
	keys := []string{"up", "down", "left", "right", "enter", "space", "esc", "end", "o", "p", "r", "?", "1", "3", "g"}
	rapid.Check(t, func(rt *rapid.T) {
		pick := func() *engine.Snapshot { return rapid.SampledFrom(all).Draw(rt, "situation").Snapshot }
		src := situation.NewSource(pick())
		m := newModel(t.Context(), src, Options{now: func() time.Time { return situation.Now }}, new(clock).later)
		s := screen{model: m, src: src}
		s.Update(tea.WindowSizeMsg{Width: 80, Height: 24})
		for range rapid.IntRange(1, 12).Draw(rt, "steps") {
			switch rapid.IntRange(0, 3).Draw(rt, "step") {
			case 0:
				s.show(pick())
			case 1:
				s.Update(tea.WindowSizeMsg{Width: rapid.IntRange(1, 90).Draw(rt, "width"), Height: rapid.IntRange(1, 30).Draw(rt, "height")})
			default:
				s.press(rapid.SampledFrom(keys).Draw(rt, "key"))
			}
			lines := strings.Split(s.View().Content, "\n")
			if len(lines) > s.height {
				rt.Fatalf("%d lines on a terminal of %dx%d", len(lines), s.width, s.height)
			}
			for _, l := range lines {
				if w := ansi.StringWidth(l); w > s.width {
					rt.Fatalf("a line of %d columns on a terminal of %dx%d: %q", w, s.width, s.height, l)
				}
			}
			if s.top().selected != "" && !slices.ContainsFunc(s.items(), func(it menubar.Item) bool { return it.ID == s.top().selected }) {
				rt.Fatalf("the cursor is on %q, which is not shown", s.top().selected)
			}
			if stops, _, _ := s.stops(); len(stops) > 0 && s.top().selected == "" {
				rt.Fatal("no cursor")
			}
		}
	})
}

// output is a terminal's screen that can be read while it is written.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}

func (o *output) wait(t *testing.T, what string) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !strings.Contains(o.String(), what); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%q never came:\n%q", what, o.String())
		}
	}
}

// program runs the whole screen; type into in, read from out.
func program(t *testing.T, ctx context.Context, src *situation.Source, o Options) (in *io.PipeWriter, out *output, ended chan error) {
	t.Helper()
	r, in := io.Pipe()
	out = &output{}
	ended = make(chan error, 1)
	o.now = func() time.Time { return situation.Now }
	o.program = []tea.ProgramOption{tea.WithInput(r), tea.WithOutput(out), tea.WithWindowSize(80, 24)}
	t.Setenv("TERM", "xterm-256color")
	t.Setenv("CLICOLOR_FORCE", "1")
	go func() {
		ended <- Run(ctx, src, o)
		r.Close()
	}()
	out.wait(t, "Connect Home")
	return in, out, ended
}

const leaveAltScreen = "\x1b[?1049l"

func TestQuittingRestoresTheTerminal(t *testing.T) {
	for name, leave := range map[string]func(in io.Writer, src *situation.Source, cancel func()){
		"by key":                    func(in io.Writer, _ *situation.Source, _ func()) { io.WriteString(in, "q") },
		"by the end of the context": func(_ io.Writer, _ *situation.Source, cancel func()) { cancel() },
		"by the end of the engine":  func(_ io.Writer, src *situation.Source, _ func()) { src.End(engine.ErrClosed) },
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			src := situation.NewSource(situation.Everyday().Snapshot)
			in, out, ended := program(t, ctx, src, Options{})
			leave(in, src, cancel)
			if err := <-ended; err != nil {
				t.Errorf("error %v", err)
			}
			if !strings.Contains(out.String(), leaveAltScreen) {
				t.Errorf("the terminal was not restored: %q", out.String())
			}
			if src.Attending() != 0 {
				t.Error("the engine still reads traffic")
			}
		})
	}
}

func TestALostSourceIsAnError(t *testing.T) {
	gone := errors.New("the app has ended")
	src := situation.NewSource(situation.Everyday().Snapshot)
	_, _, ended := program(t, t.Context(), src, Options{})
	src.End(gone)
	if err := <-ended; !errors.Is(err, gone) {
		t.Errorf("error %v", err)
	}
}

func TestTheMenuOfAnotherProcessIsClosedOrItsAppQuit(t *testing.T) {
	for name, c := range map[string]struct {
		keys string // from the end of the menu: Close, then Quit VPNStatus
		end  bool   // the app ends by itself
		quit int    // how often the app is asked to end
		want error
	}{
		"Close":            {keys: "Gk\r"},
		"q":                {keys: "q"},
		"Quit VPNStatus":   {keys: "G\r", quit: 1},
		"the app has gone": {end: true, want: engine.ErrClosed},
	} {
		t.Run(name, func(t *testing.T) {
			src := situation.NewSource(situation.Everyday().Snapshot)
			quit := make(chan struct{}, 10)
			in, _, ended := program(t, t.Context(), src, Options{Quit: func(context.Context) error {
				quit <- struct{}{}
				src.End(engine.ErrClosed)
				return nil
			}})
			io.WriteString(in, c.keys)
			if c.end {
				src.End(engine.ErrClosed)
			}
			if err := <-ended; !errors.Is(err, c.want) {
				t.Errorf("error %v, want %v", err, c.want)
			}
			if len(quit) != c.quit {
				t.Errorf("the app was asked %d times to end, want %d", len(quit), c.quit)
			}
		})
	}
}

func TestUpdatesAreDrawn(t *testing.T) {
	src := situation.NewSource(situation.Everyday().Snapshot)
	in, out, ended := program(t, t.Context(), src, Options{})
	src.Publish(situation.Snapshot(situation.Service(1, "First")))
	src.Publish(situation.Snapshot(situation.Service(1, "Second", situation.Status(vpn.Connected))))
	out.wait(t, "Second")
	io.WriteString(in, "q")
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestChangedSettingsAreDrawn(t *testing.T) {
	set, changed := settings.Default(), make(chan struct{})
	set.ShowStatusWhileConnecting = false
	var mu sync.Mutex
	src := situation.NewSource(situation.Everyday().Snapshot)
	in, out, ended := program(t, t.Context(), src, Options{SettingsChanged: changed, Settings: func() settings.Settings {
		mu.Lock()
		defer mu.Unlock()
		return set
	}})
	if strings.Contains(out.String(), "Connecting…") {
		t.Error("the status is shown although it is switched off")
	}
	mu.Lock()
	set.ShowStatusWhileConnecting = true
	mu.Unlock()
	changed <- struct{}{}
	out.wait(t, "Connecting…")
	io.WriteString(in, "q")
	<-ended
}

func TestNoColorSendsNoColor(t *testing.T) {
	colored := func(noColor string) bool {
		t.Setenv("NO_COLOR", noColor)
		src := situation.NewSource(situation.Everyday().Snapshot)
		in, out, ended := program(t, t.Context(), src, Options{})
		io.WriteString(in, "q")
		<-ended
		for _, code := range []string{"\x1b[31m", "\x1b[32m", "\x1b[33m", "\x1b[36m", "\x1b[0;32m", "\x1b[0;33m"} {
			if strings.Contains(out.String(), code) {
				return true
			}
		}
		return false
	}
	for value, want := range map[string]bool{"": true, "1": false, "yes": false} {
		if colored(value) != want {
			t.Errorf("NO_COLOR=%s: coloured is not %t", value, want)
		}
	}
}

func TestWithoutATerminalItSaysSo(t *testing.T) {
	if err := Run(t.Context(), situation.NewSource(&engine.Snapshot{}), Options{}); !errors.Is(err, ErrNoTerminal) {
		t.Errorf("error %v", err)
	}
}
