package appkit

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"vpnstatus/internal/autoconnect"
	"vpnstatus/internal/engine"
	"vpnstatus/internal/menubar"
	"vpnstatus/internal/menubar/preferences"
	"vpnstatus/internal/settings"
	"vpnstatus/internal/vpn"
	"vpnstatus/test/situation"
)

// desk is a settings window with all that is around it.
type desk struct {
	t        testing.TB
	on       *sheet
	form     *form
	keeper   *settings.Store
	snapshot *engine.Snapshot
	login    menubar.LoginItem
	tasks    []func() // of the main queue
	kept     int      // changes of the settings
	acts     []menubar.Action
	actErr   error
	asked    []preferences.Confirm
	yes      bool
}

func newDesk(t testing.TB, change func(*settings.Settings)) *desk {
	s := settings.Default()
	if change != nil {
		change(&s)
	}
	d := &desk{t: t, keeper: settings.NewMemory(s), login: menubar.LoginOff, snapshot: situation.Snapshot(
		situation.Service(1, "Office", situation.Auto), situation.Service(2, "Home"), situation.Service(3, "Lab"))}
	d.on = &sheet{FixedWidth: 13, views: map[int]*drawnView{}}
	f := newForm(d.on)
	d.form, d.on.form = f, f
	f.build = func(env preferences.Env) preferences.Window {
		env.Login, env.Location = d.login, time.UTC
		return preferences.Build(d.snapshot, d.keeper.Current(), env, situation.Now)
	}
	f.change = func(c preferences.Control, value string, done func(error)) {
		d.kept++
		d.tasks = append(d.tasks, func() {
			err := preferences.Apply(d.keeper, c, value)
			f.later(func() { done(err) })
		})
	}
	f.later = func(g func()) { d.tasks = append(d.tasks, g) }
	f.act = func(a menubar.Action, done func(error)) {
		d.acts = append(d.acts, a)
		f.later(func() { done(d.actErr) })
	}
	f.ask = func(c preferences.Confirm, yes func()) {
		d.asked = append(d.asked, c)
		if d.yes {
			f.later(yes)
		}
	}
	f.open()
	return d
}

// turn lets the main queue run until it is empty.
func (d *desk) turn() {
	d.t.Helper()
	for len(d.tasks) > 0 {
		next := d.tasks[0]
		d.tasks = d.tasks[1:]
		next()
	}
	for _, p := range d.on.problems {
		d.t.Error(p)
	}
	d.on.problems = nil
}

func (d *desk) choose(tab preferences.TabID) {
	d.t.Helper()
	i := slices.IndexFunc(d.form.window.Tabs, func(t preferences.Tab) bool { return t.ID == tab })
	if i < 0 {
		d.t.Fatalf("there is no tab %s", tab)
	}
	d.form.chooseTab(i)
	d.turn()
}

func TestEveryTabIsDrawnWhole(t *testing.T) {
	d := newDesk(t, nil)
	seen := map[int]bool{}
	for i, tab := range d.form.window.Tabs {
		id := tab.ID
		d.choose(id)
		if d.on.chosen != i || len(d.on.titles) != len(d.form.window.Tabs) {
			t.Errorf("%s: tab %d of %q is marked", id, d.on.chosen, d.on.titles)
		}
		page := preferences.Layout(d.form.window.Tabs[i], d.on)
		if len(d.on.views) != len(page.Views) || d.on.w != page.Width || d.on.h != page.Height {
			t.Errorf("%s: %d views on %gx%g, want %d on %gx%g", id, len(d.on.views), d.on.w, d.on.h, len(page.Views), page.Width, page.Height)
		}
		var want []string
		for _, v := range page.Views {
			if v.Control.Focusable() {
				want = append(want, v.ID)
			}
		}
		if !slices.Equal(d.on.ids(), want) {
			t.Errorf("%s: the Tab key goes %q, want %q", id, d.on.ids(), want)
		}
		for _, tag := range d.on.tagsInUse() {
			if seen[tag] {
				t.Errorf("%s: tag %d was in use before", id, tag)
			}
			seen[tag] = true
		}
	}
}

func TestACheckboxChangesItsSetting(t *testing.T) {
	d := newDesk(t, nil)
	was := d.keeper.Current().ShowTimeConnected
	added := d.on.added
	d.form.pressed(d.on.control("showTimeConnected"))
	d.turn()
	if d.keeper.Current().ShowTimeConnected == was {
		t.Error("the setting is as it was")
	}
	if d.on.added != added || d.on.removed != 0 {
		t.Errorf("%d views were made and %d removed for a tick", d.on.added-added, d.on.removed)
	}
	if v := d.on.view(d.on.control("showTimeConnected")).view.Control.Value; v != preferences.Toggled(onOff(was)) {
		t.Errorf("the checkbox shows %q", v)
	}
}

func onOff(on bool) string {
	if on {
		return preferences.On
	}
	return preferences.Off
}

func TestAPopupChangesItsSetting(t *testing.T) {
	d := newDesk(t, nil)
	d.form.chose(d.on.control("iconStyle"), 1)
	d.form.chose(d.on.control("iconStyle"), 7) // no such option
	d.turn()
	if got := d.keeper.Current().IconStyle; got != settings.IconColor || d.kept != 1 {
		t.Errorf("icon style %q after %d changes", got, d.kept)
	}
}

func TestARefusedCheckboxGoesBackAndSaysWhy(t *testing.T) {
	d := newDesk(t, nil)
	d.actErr = errors.New("the app must be in the Applications folder")
	d.form.pressed(d.on.control("login"))
	d.turn()
	if len(d.acts) != 1 || d.acts[0].App != menubar.AppLogin || !d.acts[0].On {
		t.Fatalf("actions %+v", d.acts)
	}
	if v := d.on.view(d.on.control("login")).view.Control.Value; v != preferences.Off {
		t.Errorf("the checkbox shows %q", v)
	}
	if got := d.on.errors(); len(got) != 1 || got[0] != "The app must be in the Applications folder" {
		t.Errorf("errors %q", got)
	}
	d.actErr = nil
	d.login = menubar.LoginOn
	d.form.pressed(d.on.control("login"))
	d.turn()
	if got := d.on.errors(); len(got) != 0 {
		t.Errorf("errors %q after it worked", got)
	}
}

func TestTextIsTakenAtReturnOnce(t *testing.T) {
	d := newDesk(t, nil)
	d.choose(preferences.AutoConnect)
	d.on.types("probe", "intranet.example.com:443")
	d.on.enter()
	d.on.endEditing() // before the main queue gets to it
	d.turn()
	if d.kept != 1 || d.keeper.Current().Probes[situation.ID(1)].Target != "intranet.example.com:443" {
		t.Errorf("%d changes; probes %v", d.kept, d.keeper.Current().Probes)
	}
	d.on.types("probe", "intranet.example.com:443")
	d.on.endEditing()
	d.turn()
	if d.kept != 1 {
		t.Error("a text that is in force was taken again")
	}
}

func (d *desk) update(change func(*settings.Settings)) {
	d.t.Helper()
	if err := d.keeper.Update(func(s *settings.Settings) error { change(s); return nil }); err != nil {
		d.t.Fatal(err)
	}
}

func TestWhatSomebodyWritesStays(t *testing.T) {
	with := func(target string) func(*settings.Settings) {
		return func(s *settings.Settings) {
			s.Probes = map[vpn.ID]autoconnect.Probe{situation.ID(1): {Target: target}}
		}
	}
	for name, meanwhile := range map[string]func(*desk){
		"when a status changes": func(d *desk) {
			d.snapshot = situation.Snapshot(situation.Service(1, "Office", situation.Status(vpn.Connected)), situation.Service(2, "Home"))
		},
		"when rows come": func(d *desk) {
			d.update(func(s *settings.Settings) {
				s.Groups = []autoconnect.Group{{Name: "Work", Members: []vpn.ID{situation.ID(1)}}}
			})
		},
		"when the setting is changed elsewhere": func(d *desk) { d.update(with("elsewhere.example.com:1")) },
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, with("a.example.com:1"))
			d.choose(preferences.AutoConnect)
			d.on.types("probe", "b.example.com:2")
			meanwhile(d)
			d.form.refresh()
			d.turn()
			if got := d.on.shows("probe"); got != "b.example.com:2" || d.on.focus == 0 {
				t.Fatalf("the field shows %q, focus %d", got, d.on.focus)
			}
			d.on.enter()
			d.turn()
			if got := d.keeper.Current().Probes[situation.ID(1)].Target; got != "b.example.com:2" {
				t.Errorf("the setting is %q", got)
			}
			d.on.types("probe", "a.example.com:1")
			d.on.enter()
			d.turn()
			if got := d.keeper.Current().Probes[situation.ID(1)].Target; got != "a.example.com:1" {
				t.Errorf("the setting is %q, and can't be set back", got)
			}
		})
	}
}

func TestARefusedTextGoesWithWhatItWasFor(t *testing.T) {
	d := newDesk(t, func(s *settings.Settings) {
		s.Probes = map[vpn.ID]autoconnect.Probe{situation.ID(2): {Target: "home.example.com:1"}}
	})
	d.choose(preferences.AutoConnect)
	d.on.types("probe", "wrong")
	d.on.endEditing()
	d.turn()
	d.snapshot = situation.Snapshot(situation.Service(2, "Home"))
	d.form.refresh()
	d.turn()
	if got := d.on.shows("probe"); got != "home.example.com:1" || len(d.on.errors()) != 0 {
		t.Errorf("the field shows %q with errors %q", got, d.on.errors())
	}
}

func TestAServiceIsRevealed(t *testing.T) {
	d := newDesk(t, nil)
	d.form.reveal(situation.ID(3).String())
	d.turn()
	if got := d.on.view(d.on.control("autoConnect")).view.Control.Selected; got != situation.ID(3).String() {
		t.Errorf("%s is selected", got)
	}
}

func TestAFieldThatNobodyWritesInFollows(t *testing.T) {
	d := newDesk(t, nil)
	d.choose(preferences.AutoConnect)
	d.on.focus = d.on.control("retryDelayMax") // the focus alone
	d.update(func(s *settings.Settings) { s.RetryDelayMax = 45 })
	d.form.refresh()
	d.turn()
	if got := d.on.shows("retryDelayMax"); got != "45" {
		t.Errorf("the field shows %q", got)
	}
}

// The text was begun for Office; it must not become Home's.
func TestATextIsForTheServiceItWasBegunFor(t *testing.T) {
	d := newDesk(t, nil)
	d.choose(preferences.AutoConnect)
	d.on.types("probe", "office.example.com:1")
	d.snapshot = situation.Snapshot(situation.Service(2, "Home"), situation.Service(3, "Lab"))
	d.form.refresh()
	if d.on.focus != 0 {
		t.Error("the text of a service that has gone is still edited")
	}
	d.turn()
	if d.on.shows("probe") != "" || d.kept != 0 {
		t.Error("Home has got what was written for Office")
	}
}

func TestARefusedTextStaysToBeMended(t *testing.T) {
	d := newDesk(t, nil)
	d.choose(preferences.AutoConnect)
	d.on.types("retryDelayMax", "soon")
	d.on.enter()
	d.turn()
	if got := d.on.errors(); len(got) != 1 {
		t.Fatalf("errors %q", got)
	}
	if got := d.on.shows("retryDelayMax"); got != "soon" {
		t.Errorf("the field shows %q", got)
	}
	d.on.types("retryDelayMax", "60")
	d.on.endEditing()
	d.turn()
	if got := d.on.errors(); len(got) != 0 || d.keeper.Current().RetryDelayMax != 60 {
		t.Errorf("errors %q, the setting is %v", got, d.keeper.Current().RetryDelayMax)
	}
}

func TestEscapeGivesTheValueBack(t *testing.T) {
	d := newDesk(t, nil)
	d.choose(preferences.AutoConnect)
	before := d.on.shows("retryDelayMax")
	d.on.types("retryDelayMax", "soon")
	d.on.enter()
	d.turn()
	if !d.form.escape(d.on.control("retryDelayMax")) {
		t.Error("there was something to give back")
	}
	d.turn()
	if got := d.on.shows("retryDelayMax"); got != before || len(d.on.errors()) != 0 {
		t.Errorf("the field shows %q with errors %q", got, d.on.errors())
	}
	if d.form.escape(d.on.control("retryDelayMax")) {
		t.Error("there was nothing to give back")
	}
}

func TestATextThatAddsSomethingIsTakenAway(t *testing.T) {
	d := newDesk(t, nil)
	d.choose(preferences.Services)
	d.on.types("hide", "Test*")
	d.on.enter()
	d.turn()
	if got := d.on.shows("hide"); got != "" || !slices.Equal(d.keeper.Current().Hidden, []string{"Test*"}) {
		t.Errorf("the field shows %q, hidden are %q", got, d.keeper.Current().Hidden)
	}
}

func TestATextIsTakenWhenTheTabIsLeft(t *testing.T) {
	d := newDesk(t, nil)
	d.choose(preferences.Services)
	d.on.types("hide", "Test*")
	d.choose(preferences.General)
	if !slices.Equal(d.keeper.Current().Hidden, []string{"Test*"}) {
		t.Errorf("hidden are %q", d.keeper.Current().Hidden)
	}
}

func TestATextThatIsRefusedKeepsTheTabOnce(t *testing.T) {
	d := newDesk(t, nil)
	d.choose(preferences.AutoConnect)
	for _, text := range []string{"soon", "later"} {
		d.on.types("retryDelayMax", text)
		d.choose(preferences.General)
		if d.form.tab != 1 || d.on.chosen != 1 || len(d.on.errors()) != 1 || d.on.shows("retryDelayMax") != text {
			t.Errorf("%s: tab %d, %d is marked, errors %q", text, d.form.tab, d.on.chosen, d.on.errors())
		}
	}
	d.choose(preferences.General)
	if d.form.tab != 0 || d.on.chosen != 0 {
		t.Errorf("tab %d, %d is marked", d.form.tab, d.on.chosen)
	}
}

func TestClosingTakesWhatIsBeingWritten(t *testing.T) {
	d := newDesk(t, nil)
	d.choose(preferences.AutoConnect)
	closed := 0
	leave := func() {
		t.Helper()
		if d.form.leave(func() { closed++ }) {
			closed++
		}
		d.turn()
	}
	d.on.types("retryDelayMax", "soon")
	leave()
	if closed != 0 || len(d.on.errors()) != 1 {
		t.Errorf("closed %d times with errors %q", closed, d.on.errors())
	}
	d.on.types("retryDelayMax", "60")
	leave()
	if closed != 1 || d.keeper.Current().RetryDelayMax != 60 {
		t.Errorf("closed %d times, the setting is %d", closed, d.keeper.Current().RetryDelayMax)
	}
	leave() // nothing is written
	if closed != 2 {
		t.Errorf("closed %d times", closed)
	}
}

func TestAWindowOpensWithoutOldErrors(t *testing.T) {
	d := newDesk(t, nil)
	d.choose(preferences.AutoConnect)
	before := d.on.shows("retryDelayMax")
	d.on.types("retryDelayMax", "soon")
	d.on.endEditing() // it is closed
	d.turn()
	d.form.open()
	d.turn()
	if got := d.on.shows("retryDelayMax"); got != before || len(d.on.errors()) != 0 {
		t.Errorf("the field shows %q with errors %q", got, d.on.errors())
	}
}

func TestALineOfATableShowsItsOwnRows(t *testing.T) {
	d := newDesk(t, func(s *settings.Settings) {
		s.Probes = map[vpn.ID]autoconnect.Probe{situation.ID(2): {Target: "home.example.com:1"}}
	})
	d.choose(preferences.AutoConnect)
	d.on.types("probe", "wrong")
	d.on.enter()
	d.turn()
	d.on.endEditing() // the table gets the focus
	d.form.selectRow(d.on.control("autoConnect"), 1)
	d.turn()
	if got := d.on.view(d.on.control("autoConnect")).view.Control.Selected; got != situation.ID(1).String() || len(d.on.errors()) != 1 || d.on.shows("probe") != "wrong" {
		t.Fatalf("the refused text: %s is selected, errors %q", got, d.on.errors())
	}
	d.form.selectRow(d.on.control("autoConnect"), 1)
	d.form.selectRow(d.on.control("autoConnect"), 99)
	d.turn()
	if got := d.on.shows("probe"); got != "home.example.com:1" {
		t.Errorf("the field shows %q", got)
	}
	if got := d.on.view(d.on.control("autoConnect")).view.Control.Selected; got != situation.ID(2).String() {
		t.Errorf("%s is selected", got)
	}
	if got := d.on.errors(); len(got) != 0 {
		t.Errorf("errors %q of the other line", got)
	}
	d.on.types("probe", "b.example.com:1")
	d.on.endEditing()
	d.form.selectRow(d.on.control("autoConnect"), 0)
	d.turn()
	if got := d.on.view(d.on.control("autoConnect")).view.Control.Selected; got != situation.ID(1).String() {
		t.Errorf("%s is selected", got)
	}
	if got := d.keeper.Current().Probes; len(got) != 1 || got[situation.ID(2)].Target != "b.example.com:1" {
		t.Errorf("the test addresses are %v", got)
	}
}

func TestACheckboxInATableChangesTheSettings(t *testing.T) {
	d := newDesk(t, nil)
	d.choose(preferences.AutoConnect)
	d.form.ticked(d.on.control("autoConnect"), 1, 0)
	d.form.ticked(d.on.control("autoConnect"), 1, 1) // a text
	d.form.ticked(d.on.control("autoConnect"), 9, 0) // no such line
	d.turn()
	if auto := d.keeper.Current().AutoConnect; d.kept != 1 || !auto[situation.ID(2)] {
		t.Errorf("after %d changes Auto Connect is %v", d.kept, auto)
	}
	d.choose(preferences.Services)
	table := d.on.view(d.on.control("services")).view.Control
	d.form.ticked(d.on.control("services"), 0, len(table.Columns)-1)
	d.turn()
	if !slices.Equal(d.keeper.Current().MutedServices, []vpn.ID{situation.ID(1)}) {
		t.Errorf("muted are %v", d.keeper.Current().MutedServices)
	}
}

func TestAButtonMayBeACommand(t *testing.T) {
	d := newDesk(t, nil)
	d.choose(preferences.Networks)
	d.form.pressed(d.on.control("trust"))
	d.turn()
	if want := (engine.Command{Verb: engine.VerbTrust, On: true, Origin: "settings"}); len(d.acts) != 1 || d.acts[0].Command != want {
		t.Errorf("actions %+v", d.acts)
	}
}

func TestWhatCannotBeTakenBackIsAskedFirst(t *testing.T) {
	d := newDesk(t, func(s *settings.Settings) { s.Hooks = !s.Hooks })
	d.choose(preferences.Advanced)
	d.form.pressed(d.on.control("reset"))
	d.turn()
	if len(d.asked) != 1 || d.kept != 0 {
		t.Fatalf("%d questions, %d changes", len(d.asked), d.kept)
	}
	d.yes = true
	d.form.pressed(d.on.control("reset"))
	d.turn()
	if d.keeper.Current().Hooks != settings.Default().Hooks {
		t.Error("nothing was reset")
	}
}

func TestANewRuleIsSelected(t *testing.T) {
	d := newDesk(t, func(s *settings.Settings) {
		s.Rules = []autoconnect.Rule{{Name: "Public", Then: autoconnect.OutcomeConnect}}
	})
	d.choose(preferences.Networks)
	d.form.pressed(d.on.control("rule-add"))
	d.turn()
	if n := len(d.keeper.Current().Rules); n != 2 {
		t.Fatalf("%d rules", n)
	}
	if got := d.on.view(d.on.control("rules")).view.Control.Selected; got != "rules/1" {
		t.Errorf("%s is selected", got)
	}
}

func TestLateAndForeignClicksDoNothing(t *testing.T) {
	d := newDesk(t, nil)
	d.choose(preferences.AutoConnect)
	old := d.on.tagsInUse()
	d.choose(preferences.Advanced)
	for _, tag := range append(old, 0, -1, 1<<40) {
		d.form.pressed(tag)
		d.form.chose(tag, 0)
		d.form.wrote(tag, "x")
		d.form.ticked(tag, 0, 0)
		d.form.selectRow(tag, 0)
		if d.form.escape(tag) {
			t.Errorf("Escape found view %d", tag)
		}
	}
	d.form.chooseTab(-1)
	d.form.chooseTab(99)
	d.turn()
	if d.kept+len(d.acts) != 0 {
		t.Errorf("%d changes, actions %v", d.kept, d.acts)
	}
}

func TestWhatTheWindowSaysIsGatheredOneAtATime(t *testing.T) {
	d := newDesk(t, nil)
	var under []func(preferences.Env)
	d.form.gather = func(done func(preferences.Env)) { under = append(under, done) }
	d.choose(preferences.Advanced)
	d.form.look()
	d.form.look()
	d.form.look()
	if len(under) != 1 {
		t.Fatalf("%d are under way", len(under))
	}
	under[0](preferences.Env{SettingsFile: "~/settings.json"})
	d.turn()
	if !strings.Contains(d.form.slots["settings-file"].view.Text(), "settings.json") {
		t.Error("the path is not shown")
	}
	if len(under) != 2 {
		t.Fatal("what changed meanwhile is not gathered")
	}
	under[1](preferences.Env{})
	d.turn()
	if len(under) != 2 {
		t.Error("gathering never ends")
	}
}

// Whatever is done in whatever order, the window shows what a window shows that
// is opened now, but for texts under way.
func TestWindowIsRightAfterAnything(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		d := newDesk(t, nil)
		d.yes = true
		for range rapid.IntRange(1, 30).Draw(rt, "steps") {
			tags := d.on.tagsInUse()
			tag := rapid.SampledFrom(tags).Draw(rt, "tag")
			n := rapid.IntRange(0, 6).Draw(rt, "n")
			switch v := d.on.views[tag]; rapid.IntRange(0, 7).Draw(rt, "what") {
			case 0:
				d.form.chooseTab(n)
			case 1:
				if v.view.Kind == preferences.Field {
					d.on.types(v.view.Control.ID, rapid.SampledFrom([]string{"", "5", "x", "Office*", "a.example.com:1", "90s"}).Draw(rt, "text"))
				}
			case 2:
				if d.on.focus != 0 {
					d.on.enter()
				}
			case 3:
				d.on.endEditing()
			case 4:
				if k := v.view.Kind; k == preferences.Checkbox || k == preferences.Button {
					d.form.pressed(tag)
				}
				d.form.chose(tag, n)
			case 5:
				d.form.selectRow(tag, n)
				d.form.ticked(tag, n, n%3)
			case 6:
				if v.view.Kind == preferences.Field {
					d.form.escape(tag)
				}
			case 7:
				var services []*engine.Service
				for i := range n {
					services = append(services, situation.Service(i, "Service"))
				}
				d.snapshot = situation.Snapshot(services...)
				d.form.refresh()
			}
			if rapid.Bool().Draw(rt, "turn") {
				d.turn()
			}
		}
		d.turn()
		d.form.refresh()
		d.turn()
		fresh := &sheet{FixedWidth: 13, views: map[int]*drawnView{}}
		f := newForm(fresh)
		f.build, f.tab, f.selected, f.errors = d.form.build, d.form.tab, maps.Clone(d.form.selected), maps.Clone(d.form.errors)
		f.refresh()
		for id, s := range f.slots {
			if got := d.form.slots[id]; got == nil || !d.on.views[got.tag].view.Equal(s.view) {
				rt.Errorf("%s: %+v\nwant %+v", id, got, s.view)
			}
		}
		if len(d.on.views) != len(fresh.views) {
			rt.Errorf("%d views, want %d", len(d.on.views), len(fresh.views))
		}
	})
}
