package menubar_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"vpnstatus/internal/autoconnect"
	"vpnstatus/internal/engine"
	"vpnstatus/internal/facts"
	. "vpnstatus/internal/menubar"
	"vpnstatus/internal/settings"
	"vpnstatus/internal/vpn"
	"vpnstatus/test/situation"
)

func buildOf(services ...*engine.Service) Menu {
	return Build(situation.Snapshot(services...), settings.Default(), macEnv, situation.Now)
}

func item(t *testing.T, m Menu, id string) Item {
	t.Helper()
	it, ok := m.Find(id)
	if !ok {
		t.Fatalf("no item %q", id)
	}
	return it
}

func serviceItem(t *testing.T, m Menu, n int, part string) Item {
	t.Helper()
	return item(t, m, "service/"+situation.ID(n).String()+"/"+part)
}

func TestAClickAsksForWhatTheTitleSays(t *testing.T) {
	for _, c := range []struct {
		status   vpn.Status
		title    string
		verb     engine.Verb
		disabled bool
	}{
		{vpn.Disconnected, "Connect Office", engine.VerbConnect, false},
		{vpn.Connecting, "Cancel Office…", engine.VerbDisconnect, false},
		{vpn.Connected, "Disconnect Office", engine.VerbDisconnect, false},
		{vpn.Reasserting, "Disconnect Office", engine.VerbDisconnect, false},
		{vpn.Disconnecting, "Disconnecting Office…", engine.VerbDisconnect, true},
		{vpn.Invalid, "Office", engine.VerbConnect, true},
		{vpn.Status(9), "Office", engine.VerbConnect, true},
	} {
		it := serviceItem(t, buildOf(situation.Service(1, "Office", situation.Status(c.status))), 1, "toggle")
		if it.Title != c.title || it.Action.Command.Verb != c.verb || it.Disabled != c.disabled || it.Action.Command.ID != situation.ID(1) {
			t.Errorf("%v: %q does %+v, disabled %t", c.status, it.Title, it.Action, it.Disabled)
		}
	}
}

func TestAHeldServiceThatIsConnectedSaysSo(t *testing.T) {
	hold := autoconnect.View{State: autoconnect.Held, Reason: autoconnect.Reason{Key: autoconnect.KeyHeldAsked, Until: autoconnect.Until{Time: situation.Now.Add(time.Hour)}}}
	up := situation.Service(1, "Office", situation.Up(time.Minute))
	held := situation.Service(2, "Home", situation.Up(time.Minute), situation.Policy(hold))
	m := buildOf(up, held)
	var said []string
	var walk func([]Item)
	walk = func(items []Item) {
		for _, it := range items {
			if strings.Contains(it.Title, "you put it on hold, until") || strings.HasPrefix(it.Title, "Release") {
				said = append(said, it.ID)
			}
			walk(it.Submenu)
		}
	}
	walk(m.Items)
	id := "service/" + held.ID.String()
	if want := []string{id + "/hold/release", id + "/line1"}; !slices.Equal(said, want) {
		t.Errorf("said by %q, want %q", said, want)
	}
}

func TestWhatAServerAndATunnelAreWaitedForIsSaid(t *testing.T) {
	for want, s := range map[string]*engine.Service{
		"Waiting for the server to answer · attempt 5 in 1:40": situation.Service(1, "Office", situation.Policy(autoconnect.View{
			State: autoconnect.Backoff, Attempt: 5, Next: situation.Now.Add(100 * time.Second), Reason: autoconnect.Reason{Key: autoconnect.KeyBackoffServer}})),
		"Connected, but nothing comes back through the tunnel": situation.Service(1, "Office", situation.Up(time.Minute), situation.Policy(autoconnect.View{
			State: autoconnect.Satisfied, Reason: autoconnect.Reason{Key: autoconnect.KeySatisfiedNoTraffic}})),
		"Restarting: connected, but nothing comes back through the tunnel": situation.Service(1, "Office", situation.Status(vpn.Disconnecting), situation.Policy(autoconnect.View{
			State: autoconnect.Recycling, Reason: autoconnect.Reason{Key: autoconnect.KeyRecyclingNoTraffic}})),
	} {
		var lines []string
		for _, it := range buildOf(s).Items {
			lines = append(lines, it.Title)
		}
		if !slices.Contains(lines, want) {
			t.Errorf("%q is not said: %q", want, lines)
		}
	}
}

func TestOverallStateByPrecedence(t *testing.T) {
	needs := situation.Service(1, "a", situation.Policy(autoconnect.View{State: autoconnect.NeedsUser}))
	connecting := situation.Service(2, "b", situation.Status(vpn.Connecting))
	connected := situation.Service(3, "c", situation.Up(time.Minute))
	waiting := situation.Service(4, "d", situation.Policy(autoconnect.View{State: autoconnect.Backoff}))
	down := situation.Service(5, "e")
	unknown := situation.Service(6, "f", func(s *engine.Service) { s.Known = false })
	held := situation.Service(7, "g", situation.Policy(autoconnect.View{State: autoconnect.Held}))
	hidden := situation.Service(8, "h", situation.Up(time.Minute), func(s *engine.Service) { s.Hidden = true })
	ended := autoconnect.Until{Time: situation.Now}
	for name, c := range map[string]struct {
		want     Overall
		pause    autoconnect.Until
		services []*engine.Service
	}{
		"a service that needs action first": {NeedsUser, autoconnect.Forever, []*engine.Service{down, waiting, connected, connecting, needs}},
		"connecting before connected":       {Connecting, autoconnect.Forever, []*engine.Service{down, connected, connecting}},
		"connected while paused":            {Connected, autoconnect.Forever, []*engine.Service{down, waiting, connected}},
		"paused before waiting":             {Paused, autoconnect.Forever, []*engine.Service{down, waiting}},
		"a pause that has ended is none":    {Waiting, ended, []*engine.Service{down, waiting}},
		"waiting":                           {Waiting, autoconnect.Until{}, []*engine.Service{down, waiting, unknown}},
		"held is off":                       {Off, autoconnect.Until{}, []*engine.Service{held}},
		"off next to unknown is off":        {Off, autoconnect.Until{}, []*engine.Service{down, unknown}},
		"nothing known":                     {Unknown, autoconnect.Until{}, []*engine.Service{unknown}},
		"hidden services do not count":      {Off, autoconnect.Until{}, []*engine.Service{down, hidden}},
		"no services":                       {Off, autoconnect.Until{}, nil},
		"needs action, but came up":         {Connected, autoconnect.Until{}, []*engine.Service{situation.Service(1, "a", situation.Policy(autoconnect.View{State: autoconnect.NeedsUser}), situation.Up(0))}},
	} {
		t.Run(name, func(t *testing.T) {
			s := situation.Snapshot(c.services...)
			s.Pause = c.pause
			if got := StateOf(s, situation.Now); got != c.want {
				t.Errorf("state is %q, want %q", got, c.want)
			}
		})
	}
}

func TestActionsThatTheScreenCannotDoAreLeftOut(t *testing.T) {
	env := macEnv
	env.Updates = true
	env.Without = []AppAction{AppUpdate, AppSettings, AppLogin, AppVPNSettings, AppDiagnostics, AppAbout, AppQuit, AppLocationSettings}
	for _, s := range situation.All() {
		var walk func([]Item)
		walk = func(items []Item) {
			for _, it := range items {
				if slices.Contains(env.Without, it.Action.App) {
					t.Errorf("%s: %q is there", s.Name, it.ID)
				}
				if it.Kind == KindSubmenu && len(it.Submenu) == 0 && !it.Disabled {
					t.Errorf("%s: %q opens nothing", s.Name, it.ID)
				}
				walk(it.Submenu)
			}
		}
		walk(Build(s.Snapshot, s.Settings, env, situation.Now).Items)
	}
}

func TestWhatIsNeededIsSaidWhereNothingCanBeDoneAboutIt(t *testing.T) {
	s := situation.Snapshot(situation.Service(1, "Office"))
	s.Facts = facts.Facts{LocationRight: facts.RightDenied}
	s.Problems = []engine.Problem{{Key: "location.needed", Text: "the location"}, {Key: "settings", Text: "the file"}, {Key: "import.offer", Text: "other settings"}}
	if offer := item(t, build(situation.Situation{Snapshot: s}), "problem/import.offer"); offer.Symbol != "" || offer.Tone != ToneNone || offer.Action.App != AppSettings {
		t.Errorf("an offer is drawn as a warning, or does not open the settings: %+v", offer)
	}
	for can, kind := range map[bool]Kind{true: KindAction, false: KindText} {
		env := macEnv
		if !can {
			env.Without = []AppAction{AppLocationSettings, AppSettingsFile, AppSettings}
		}
		m := Build(s, settings.Default(), env, situation.Now)
		for _, id := range []string{"location", "problem/settings", "problem/import.offer"} {
			if it := item(t, m, id); it.Kind != kind || it.Action.IsZero() == can {
				t.Errorf("%s, something can be done %t: %+v", id, can, it)
			}
		}
		if _, ok := m.Find("problem/location.needed"); ok {
			t.Error("the location is mentioned twice")
		}
	}
}

func TestAutoConnectOfAnOnDemandServiceCanOnlyBeSwitchedOff(t *testing.T) {
	onDemand := func(s *engine.Service) { s.OnDemand = true }
	off := serviceItem(t, buildOf(situation.Service(1, "Campus", onDemand)), 1, "auto")
	if !off.Disabled || off.ToolTip == "" {
		t.Errorf("not ticked: %+v", off)
	}
	on := serviceItem(t, buildOf(situation.Service(1, "Campus", onDemand, situation.Auto)), 1, "auto")
	if on.Disabled || on.State != StateOn || on.Action.Command.On {
		t.Errorf("ticked: %+v", on)
	}
}

func TestOnlyTheFirstNineServicesHaveAKey(t *testing.T) {
	var services []*engine.Service
	for n := range 12 {
		services = append(services, situation.Service(n, "Service"))
	}
	m := buildOf(services...)
	for n := range 12 {
		want := Key{}
		if n < 9 {
			want = Key{Equivalent: string(rune('1' + n)), Modifiers: Command}
		}
		if got := serviceItem(t, m, n, "toggle").Key; got != want {
			t.Errorf("service %d has key %v, want %v", n, got, want)
		}
	}
}

func TestLoginItem(t *testing.T) {
	for login, want := range map[LoginItem]Item{
		LoginOff:      {State: StateOff, Action: Action{App: AppLogin, On: true}},
		LoginOn:       {State: StateOn, Action: Action{App: AppLogin}},
		LoginApproval: {State: StateMixed, Action: Action{App: AppLoginSettings}},
	} {
		env := macEnv
		env.Login = login
		got := item(t, Build(situation.Snapshot(), settings.Default(), env, situation.Now), "login")
		if got.State != want.State || got.Action != want.Action {
			t.Errorf("%s: %+v", login, got)
		}
	}
	env := macEnv
	env.Login = LoginUnavailable
	if _, ok := Build(situation.Snapshot(), settings.Default(), env, situation.Now).Find("login"); ok {
		t.Error("there is a login item where there can be none")
	}
}

func TestTonesAreForColouredIcons(t *testing.T) {
	for style, want := range map[settings.IconStyle]Tone{settings.IconTemplate: ToneNone, settings.IconColor: ToneGood} {
		s := settings.Default()
		s.IconStyle = style
		m := Build(situation.Snapshot(situation.Service(1, "Office", situation.Up(0))), s, macEnv, situation.Now)
		if got := serviceItem(t, m, 1, "toggle").Tone; got != want || m.Status.Tone != want {
			t.Errorf("%s: the service has tone %q and the icon %q, want %q", style, got, m.Status.Tone, want)
		}
	}
}

func TestStatusTextFollowsTheSettings(t *testing.T) {
	connected := situation.Snapshot(situation.Service(1, "a", situation.Up(time.Hour)), situation.Service(2, "b", situation.Up(time.Minute), func(s *engine.Service) { s.Info.Primary = false }))
	connecting := situation.Snapshot(situation.Service(1, "a", situation.Status(vpn.Connecting)))
	stopping := situation.Snapshot(situation.Service(1, "a", situation.Status(vpn.Disconnecting)))
	for _, c := range []struct {
		snapshot         *engine.Snapshot
		time, connecting bool
		want             string
		refresh          time.Duration
	}{
		{connected, false, true, "", 0},
		{connected, true, true, "1:00:00", time.Second},
		{connecting, true, true, "Connecting…", 0},
		{connecting, true, false, "", 0},
		{stopping, true, true, "Disconnecting…", 0},
	} {
		s := settings.Default()
		s.ShowTimeConnected, s.ShowStatusWhileConnecting = c.time, c.connecting
		st := Build(c.snapshot, s, macEnv, situation.Now).Status
		if st.Text != c.want {
			t.Errorf("text is %q, want %q", st.Text, c.want)
		}
		if st.Refresh.IsZero() != (c.refresh == 0) || c.refresh > 0 && st.Refresh.Sub(situation.Now) != c.refresh {
			t.Errorf("%q is refreshed at %v", st.Text, st.Refresh)
		}
	}
}
