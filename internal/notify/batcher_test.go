package notify

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"vpnstatus/internal/autoconnect"
	"vpnstatus/internal/engine"
	"vpnstatus/internal/settings"
	"vpnstatus/internal/vpn"
)

var start = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

var silence = vpn.Cause{Family: vpn.FamilyVPN, Code: vpn.StopNotResponding}

func id(n byte) vpn.ID { return vpn.ID{n} }

// happened is an event with the moment at which it is read.
type happened struct {
	after time.Duration
	event engine.Event
}

func notice(after time.Duration, n byte, kind autoconnect.Notice, r autoconnect.Reason) happened {
	return happened{after, engine.Event{Kind: engine.EventNotice, ID: id(n), Name: fmt.Sprintf("VPN %d", n), Notice: kind, Reason: r, At: start.Add(after)}}
}

func status(after time.Duration, n byte, to vpn.Status, byUser bool) happened {
	return happened{after, engine.Event{Kind: engine.EventStatus, ID: id(n), Name: fmt.Sprintf("VPN %d", n), To: to.String(), ByUser: byUser, At: start.Add(after)}}
}

func dropped(after time.Duration, n byte) happened {
	return notice(after, n, autoconnect.NoticeDropped, autoconnect.Reason{Key: autoconnect.KeyBackoffDropped, Cause: silence})
}

func reconnected(after time.Duration, n byte) happened {
	return notice(after, n, autoconnect.NoticeReconnected, autoconnect.Reason{Key: autoconnect.KeySatisfied})
}

// play lets time run through the events and returns a line for each
// notification and each one withdrawn.
func play(s settings.Settings, events ...happened) []string {
	var f batcher
	var lines []string
	look := func(now time.Time) {
		for d := f.Deadline(); !d.IsZero() && !d.After(now); d = f.Deadline() {
			if d.Before(start) {
				d = start
			}
			show, stale := f.Flush(s, d, time.UTC)
			for _, v := range stale {
				lines = append(lines, "withdraw "+short(v))
			}
			for _, n := range show {
				sound := ""
				if n.Sound {
					sound = " ♪"
				}
				lines = append(lines, fmt.Sprintf("%s %s | %s | %s%s", d.Sub(start), short(n.ID), n.Title, n.Body, sound))
			}
		}
	}
	for _, e := range events {
		look(start.Add(e.after))
		f.Add([]engine.Event{e.event}, start.Add(e.after))
	}
	look(start.Add(time.Hour))
	return lines
}

func short(id string) string { return strings.TrimSuffix(id, "-0000-0000-0000-000000000000") }

func TestWhatIsTold(t *testing.T) {
	const s = time.Second
	user := true
	for name, test := range map[string]struct {
		set    func(*settings.Settings)
		events []happened
		want   []string
	}{
		"a drop": {nil, []happened{dropped(0, 1)}, []string{
			"2s 01000000 | VPN 1 | The connection dropped, connecting again: the server did not respond",
		}},
		"drop of a VPN that nothing brings back": {nil, []happened{
			notice(0, 1, autoconnect.NoticeDropped, autoconnect.Reason{Key: autoconnect.KeyManual}),
		}, []string{"2s 01000000 | VPN 1 | The connection dropped"}},
		"drop of a VPN that is held": {nil, []happened{
			notice(0, 1, autoconnect.NoticeDropped, autoconnect.Reason{Key: autoconnect.KeyHeldAsked, Cause: silence, Until: autoconnect.Until{Time: start.Add(time.Hour)}}),
		}, []string{"2s 01000000 | VPN 1 | The connection dropped: the server did not respond. Held: you put it on hold, until 10:00"}},
		"drop while paused": {nil, []happened{
			notice(0, 1, autoconnect.NoticeDropped, autoconnect.Reason{Key: autoconnect.KeyPaused, Until: autoconnect.Forever}),
		}, []string{"2s 01000000 | VPN 1 | The connection dropped. Auto Connect is paused, until you connect or resume"}},
		"drop without a network": {nil, []happened{
			notice(0, 1, autoconnect.NoticeDropped, autoconnect.Reason{Key: autoconnect.KeyWaitingOffline}),
		}, []string{"2s 01000000 | VPN 1 | The connection dropped, waiting for a network"}},
		"drop and reconnect within the window are one": {nil, []happened{dropped(0, 1), reconnected(s, 1)}, []string{
			"2s 01000000 | VPN 1 | The connection dropped for a moment and is up again: the server did not respond",
		}},
		"reconnect after the window replaces the drop": {nil, []happened{dropped(0, 1), reconnected(5*s, 1)}, []string{
			"2s 01000000 | VPN 1 | The connection dropped, connecting again: the server did not respond",
			"7s 01000000 | VPN 1 | Connected again",
		}},
		"the window does not grow with each event": {nil, []happened{dropped(0, 1), dropped(3*s/2, 2), dropped(3*s, 3)}, []string{
			"2s several.dropped | 2 VPNs dropped | VPN 1, VPN 2",
			"5s 03000000 | VPN 3 | The connection dropped, connecting again: the server did not respond",
		}},
		"several drops are one, their return replaces it": {nil, []happened{
			dropped(0, 1), dropped(0, 2), dropped(s, 3), reconnected(10*s, 1), reconnected(11*s, 2),
		}, []string{
			"2s several.dropped | 3 VPNs dropped | VPN 1, VPN 2, VPN 3",
			"12s several.dropped | 2 VPNs are connected again | VPN 1, VPN 2",
		}},
		"several short drops": {nil, []happened{dropped(0, 1), dropped(0, 2), reconnected(s, 2), reconnected(s, 1)}, []string{
			"2s several.dropped | 2 VPNs dropped and are connected again | VPN 1, VPN 2",
		}},
		"a notification of several withdraws those of single services": {nil, []happened{dropped(0, 1), reconnected(5*s, 1), reconnected(5*s, 2)}, []string{
			"2s 01000000 | VPN 1 | The connection dropped, connecting again: the server did not respond",
			"withdraw 01000000",
			"7s several.dropped | 2 VPNs are connected again | VPN 1, VPN 2",
		}},
		"different events are notified separately": {nil, []happened{
			dropped(0, 1), notice(0, 2, autoconnect.NoticeNeedsUser, autoconnect.Reason{Key: autoconnect.KeyNeedsAuth}),
		}, []string{
			"2s 01000000 | VPN 1 | The connection dropped, connecting again: the server did not respond",
			"2s 02000000 | VPN 2 | Action needed: the user name or password was rejected",
		}},
		"the last word counts": {nil, []happened{
			dropped(0, 1), notice(s, 1, autoconnect.NoticeNeedsUser, autoconnect.Reason{Key: autoconnect.KeyNeedsPrompt}),
		}, []string{"2s 01000000 | VPN 1 | Action needed: it asks for a password"}},
		"rules that connect and rules that disconnect": {nil, []happened{
			notice(0, 1, autoconnect.NoticeRule, autoconnect.Reason{Key: autoconnect.KeyConnectingRule, Rule: "Café"}),
			notice(0, 2, autoconnect.NoticeRule, autoconnect.Reason{Key: autoconnect.KeyStopRule, Rule: "Home"}),
		}, []string{
			"2s 01000000 | VPN 1 | Connecting because of the rule “Café”",
			"2s 02000000 | VPN 2 | Disconnected by the rule “Home”",
		}},
		"an event switched off": {func(v *settings.Settings) {
			v.Notifications = map[autoconnect.Notice]bool{autoconnect.NoticeDropped: false}
		}, []happened{dropped(0, 1), reconnected(5*s, 1)}, []string{"7s 01000000 | VPN 1 | Connected again"}},
		"a short drop is never notified as a lasting one": {func(v *settings.Settings) {
			v.Notifications = map[autoconnect.Notice]bool{autoconnect.NoticeReconnected: false, autoconnect.NoticeRule: true}
		}, []happened{dropped(0, 1), reconnected(s, 1)}, []string{
			"2s 01000000 | VPN 1 | The connection dropped for a moment and is up again: the server did not respond",
		}},
		"a muted service": {func(v *settings.Settings) { v.MutedServices = []vpn.ID{id(1)} },
			[]happened{dropped(0, 1), dropped(0, 2)}, []string{
				"2s 02000000 | VPN 2 | The connection dropped, connecting again: the server did not respond",
			}},
		"with sound": {func(v *settings.Settings) { v.NotificationSound = true }, []happened{reconnected(0, 1)}, []string{
			"2s 01000000 | VPN 1 | Connected again ♪",
		}},
		"a connection that the user asked for": {nil, []happened{status(0, 1, vpn.Connected, user), reconnected(0, 1)}, nil},
		"a disconnection that the user asked for": {nil, []happened{
			status(0, 1, vpn.Disconnected, user), dropped(0, 1), notice(0, 1, autoconnect.NoticeHeld, autoconnect.Reason{Key: autoconnect.KeyHeldForeign}),
		}, nil},
		"a click after a drop settles it": {nil, []happened{dropped(0, 1), status(s, 1, vpn.Connecting, user)}, nil},
		"a click takes the notification away": {nil, []happened{dropped(0, 1), status(5*s, 1, vpn.Connecting, user)}, []string{
			"2s 01000000 | VPN 1 | The connection dropped, connecting again: the server did not respond",
			"withdraw 01000000",
		}},
		"a click that failed is news": {nil, []happened{
			status(0, 1, vpn.Disconnected, user), notice(0, 1, autoconnect.NoticeGaveUp, autoconnect.Reason{Key: autoconnect.KeyManual, Cause: silence}),
		}, []string{"2s 01000000 | VPN 1 | It did not connect: the server did not respond"}},
		"a rule is news after a click too": {nil, []happened{
			status(0, 1, vpn.Connected, user), notice(time.Minute, 1, autoconnect.NoticeRule, autoconnect.Reason{Key: autoconnect.KeyStopRule, Rule: "Home"}),
		}, []string{"1m2s 01000000 | VPN 1 | Disconnected by the rule “Home”"}},
		"a drop long after a click is news": {nil, []happened{
			status(0, 1, vpn.Connected, user), status(time.Minute, 1, vpn.Disconnected, false), dropped(time.Minute, 1),
		}, []string{"1m2s 01000000 | VPN 1 | The connection dropped, connecting again: the server did not respond"}},
		"a service that is gone": {nil, []happened{
			dropped(0, 1), {5 * s, engine.Event{Kind: engine.EventList, ID: id(1), To: "removed"}},
		}, []string{
			"2s 01000000 | VPN 1 | The connection dropped, connecting again: the server did not respond",
			"withdraw 01000000",
		}},
		"names as they come": {nil, []happened{{0, engine.Event{Kind: engine.EventNotice, ID: id(1), Name: "a\x1b[31m\nb", Notice: autoconnect.NoticeReconnected}},
			{3 * s, engine.Event{Kind: engine.EventNotice, ID: id(1), Notice: autoconnect.NoticeReconnected}},
		}, []string{"2s 01000000 | a [31m b | Connected again", "5s 01000000 | Unnamed VPN (01000000) | Connected again"}},
	} {
		t.Run(name, func(t *testing.T) {
			set := settings.Default()
			if test.set != nil {
				test.set(&set)
			}
			if diff := cmp.Diff(test.want, play(set, test.events...)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestManyServicesAreCounted(t *testing.T) {
	var events []happened
	for n := range byte(40) {
		events = append(events, dropped(time.Duration(n)*time.Millisecond, n+1))
	}
	want := []string{"2s several.dropped | 40 VPNs dropped | VPN 1, VPN 2, VPN 3, VPN 4, VPN 5 and 35 more"}
	if diff := cmp.Diff(want, play(settings.Default(), events...)); diff != "" {
		t.Error(diff)
	}
}

func TestEveryNoticeHasATitleForSeveral(t *testing.T) {
	for _, n := range []autoconnect.Notice{
		autoconnect.NoticeDropped, autoconnect.NoticeReconnected, autoconnect.NoticeGaveUp,
		autoconnect.NoticeNeedsUser, autoconnect.NoticeRule, autoconnect.NoticeHeld,
	} {
		if several[n] == "" {
			t.Errorf("%s has none", n)
		}
	}
}

// Whatever happens, each service is notified about at most once per window, silence
// is kept where it was asked for, and nothing waits forever.
func TestBatcherKeepsItsPromises(t *testing.T) {
	kinds := []autoconnect.Notice{autoconnect.NoticeDropped, autoconnect.NoticeReconnected, autoconnect.NoticeGaveUp, autoconnect.NoticeNeedsUser, autoconnect.NoticeRule, autoconnect.NoticeHeld}
	rapid.Check(t, func(t *rapid.T) {
		set := settings.Default()
		set.MutedServices = []vpn.ID{id(3)}
		off := rapid.SampledFrom(kinds).Draw(t, "off")
		set.Notifications = map[autoconnect.Notice]bool{off: false}
		var f batcher
		now := start
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.IntRange(0, 3000).Draw(t, "ms")) * time.Millisecond)
			n := byte(rapid.IntRange(1, 4).Draw(t, "service"))
			e := notice(0, n, rapid.SampledFrom(kinds).Draw(t, "kind"), autoconnect.Reason{}).event
			switch rapid.IntRange(0, 4).Draw(t, "what") {
			case 0:
				e = status(0, n, vpn.Connected, rapid.Bool().Draw(t, "user")).event
			case 1:
				e = engine.Event{Kind: engine.EventList, ID: id(n), To: "removed"}
			}
			f.Add([]engine.Event{e}, now)
			show, _ := f.Flush(set, now, time.UTC)
			named := 0
			for _, v := range show {
				if v.Kind == off || v.Service == id(3) || strings.Contains(v.Body, "VPN 3") {
					t.Fatalf("%+v was to be silent", v)
				}
				named += max(1, strings.Count(v.Body, "VPN"))
			}
			if named > 4 {
				t.Fatalf("%d services are notified: %+v", named, show)
			}
			if d := f.Deadline(); d.After(now.Add(window)) {
				t.Fatalf("it waits until %s, at %s", d, now)
			}
		}
		f.Flush(set, now.Add(window), time.UTC)
		if d := f.Deadline(); !d.IsZero() {
			t.Fatalf("something waits forever, until %s", d)
		}
	})
}
