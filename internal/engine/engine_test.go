package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"vpnstatus/internal/autoconnect"
	"vpnstatus/internal/facts"
	"vpnstatus/internal/settings"
	"vpnstatus/internal/vpn"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestTheListArrivesSortedForPeople(t *testing.T) {
	run(t, newFake("office 10", "Office 9", "école", "Zürich", "amsterdam"), nil, func(x *bench) {
		var names []string
		for _, s := range x.Latest().Services {
			names = append(names, s.Name)
		}
		if want := []string{"amsterdam", "école", "Office 9", "office 10", "Zürich"}; !slices.Equal(names, want) {
			t.Errorf("got %q, want %q", names, want)
		}
	})
}

func TestAServiceIsKnownOnceItsFirstStatusArrived(t *testing.T) {
	b := newFake("Office")
	run(t, b, autoOn(0), func(x *bench) {
		if s := x.service(0); !s.Known || s.Status != vpn.Connected {
			t.Errorf("known %t, %v", s.Known, s.Status)
		}
		x.wantCalls("start Office") // at once
	})
	b = newFake("Office")
	b.dead = true
	run(t, b, autoOn(0), func(x *bench) {
		x.after(10 * time.Second)
		if s := x.service(0); s.Known || s.Policy.Reason.Key != autoconnect.KeyWaitingStatus {
			t.Errorf("without an answer: known %t, %v", s.Known, s.Policy.Reason)
		}
		x.session(0).set(vpn.Disconnected) // the backend has learned it late
		x.after(time.Second)
		if s := x.service(0); !s.Known {
			t.Error("an event does not make it known")
		}
		x.wantCalls("start Office")
	})
}

func TestConnectedSinceSurvivesAReassertion(t *testing.T) {
	run(t, newUp("Office"), nil, func(x *bench) {
		s := x.session(0)
		since := func(d time.Duration) {
			s.b.mu.Lock()
			defer s.b.mu.Unlock()
			s.info.Since = time.Now().Add(-d)
		}
		since(time.Hour)
		s.set(vpn.Connected)
		x.after(time.Minute)
		first := x.service(0).Info.Since
		s.set(vpn.Reasserting)
		x.after(time.Second)
		since(0) // the daemon counts again
		s.set(vpn.Connected)
		x.after(time.Minute)
		if got := x.service(0).Info.Since; !got.Equal(first) {
			t.Errorf("it shows %v, want %v", got, first)
		}
		s.drop(vpn.StopNotResponding)
		x.after(time.Second)
		since(0)
		s.set(vpn.Connected)
		x.after(time.Minute)
		if got := x.service(0).Info.Since; !got.After(first) {
			t.Errorf("after a drop it shows %v", got)
		}
	})
}

func TestAStableSessionThatDropsIsReconnectedAfterAQuarterOfASecond(t *testing.T) {
	run(t, newUp("Office"), autoOn(0), func(x *bench) {
		x.session(0).set(vpn.Connected)
		x.after(2 * time.Minute)
		x.session(0).drop(vpn.StopNotResponding)
		x.after(200 * time.Millisecond)
		x.wantCalls()
		if s := x.service(0); s.Policy.State != autoconnect.Backoff || s.Info.Cause.Code != vpn.StopNotResponding {
			t.Errorf("before the retry: %+v", s.Policy)
		}
		x.after(100 * time.Millisecond)
		x.wantCalls("start Office")
		if s := x.service(0); s.Status != vpn.Connected {
			t.Errorf("after the retry it is %v", s.Status)
		}
		x.stop()
		log := x.log.String()
		if !strings.Contains(log, "to=backoff") || !strings.Contains(log, " next=20") || strings.Contains(log, "next=0001") {
			t.Errorf("the log does not tell when, or tells a time where there is none:\n%s", log)
		}
	})
}

func TestATunnelThatDoesNotAnswerIsReplaced(t *testing.T) {
	probed := func(s *settings.Settings) {
		autoOn(0)(s)
		s.Probes = map[vpn.ID]autoconnect.Probe{idOf(0): {Target: "https://intranet.example/"}}
	}
	for name, c := range map[string]struct {
		answer   error
		replaced bool
	}{
		"an answer keeps it":                       {nil, false},
		"no answer recycles it":                    {errors.New("no answer"), true},
		"a probe that can't be made tells nothing": {fmt.Errorf("probing: %w", ErrCannotProbe), false},
	} {
		t.Run(name, func(t *testing.T) {
			b := newFake("Office")
			b.probe = c.answer
			run(t, b, probed, func(x *bench) {
				x.session(0).set(vpn.Connected)
				x.after(5 * time.Minute)
				if got := slices.Contains(x.backend.recorded(), "stop Office"); got != c.replaced {
					t.Errorf("the system was asked to %q", x.backend.recorded())
				}
				x.stop()
				if got := strings.Contains(x.log.String(), "the probe can't be made"); got != errors.Is(c.answer, ErrCannotProbe) {
					t.Errorf("the log says:\n%s", &x.log)
				}
			})
		})
	}
}

func TestAManualDisconnectIsRespected(t *testing.T) {
	run(t, newUp("Office"), autoOn(0), func(x *bench) {
		x.session(0).set(vpn.Connected)
		x.after(2 * time.Minute)
		x.do(Command{Verb: VerbDisconnect, ID: idOf(0)})
		x.after(24 * time.Hour)
		x.wantCalls("stop Office")
		if s := x.service(0); s.Policy.State != autoconnect.Held {
			t.Errorf("it is %s, want held", s.Policy.State)
		}
		x.do(Command{Verb: VerbConnect, ID: idOf(0)})
		x.after(time.Second)
		x.wantCalls("stop Office", "start Office")
		if s := x.service(0); s.Policy.State != autoconnect.Satisfied {
			t.Errorf("it is %s after connecting by hand, want satisfied", s.Policy.State)
		}
	})
}

// stubborn is a Store that counts how often it is to keep the state.
type stubborn struct {
	*settings.Store
	kept atomic.Int32
}

func (s *stubborn) KeepState(autoconnect.Stored) { s.kept.Add(1) }

func TestEachMinuteStateIsKeptAgainAndTheTickComes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		keeper := &stubborn{Store: settings.NewMemory(settings.Default())}
		b := newFake("Office")
		b.changed = make(chan struct{}, 1)
		ticks := 0
		e := New(Options{Backend: b, Facts: online(), Settings: keeper, Tick: func() { ticks++ }})
		ctx, cancel := context.WithCancel(context.Background())
		ended := make(chan error, 1)
		go func() { ended <- e.Run(ctx) }()
		time.Sleep(3*safetyTick + time.Second)
		if n := keeper.kept.Load(); n != 3 {
			t.Errorf("it was tried %d times in three minutes", n)
		}
		cancel()
		<-ended
		if ticks != 3 {
			t.Errorf("%d ticks in three minutes", ticks)
		}
	})
}

func TestAHoldSurvivesARelaunch(t *testing.T) {
	b := newFake("Office")
	var kept autoconnect.Stored
	run(t, b, autoOn(0), func(x *bench) {
		x.session(0).set(vpn.Connected)
		x.after(2 * time.Minute)
		x.do(Command{Verb: VerbDisconnect, ID: idOf(0)})
		x.after(time.Second)
		kept = x.settings.State()
	})
	b.calls = nil
	runAgain(t, b, autoOn(0), kept, func(x *bench) {
		x.after(time.Hour)
		x.wantCalls()
		if s := x.service(0); s.Policy.State != autoconnect.Held {
			t.Errorf("it is %s, want held", s.Policy.State)
		}
		x.do(Command{Verb: VerbResume})
		x.after(10 * time.Second)
		x.wantCalls("start Office")
	})
}

func TestPauseKeepsADroppedServiceDownUntilResumed(t *testing.T) {
	run(t, newUp("Office"), autoOn(0), func(x *bench) {
		x.session(0).set(vpn.Connected)
		x.after(2 * time.Minute)
		x.do(Command{Verb: VerbPause, Until: autoconnect.Forever})
		if x.Latest().Pause.IsZero() {
			t.Error("the snapshot does not show the pause")
		}
		x.session(0).drop(vpn.StopNotResponding)
		x.after(time.Hour)
		x.wantCalls()
		x.do(Command{Verb: VerbResume})
		x.after(10 * time.Second)
		x.wantCalls("start Office")
	})
}

func TestCommandsThatCannotBe(t *testing.T) {
	b := newFake("Office", "Demand", "Disabled")
	b.list[1].OnDemand = true
	b.list[2].Enabled = false
	run(t, b, nil, func(x *bench) {
		x.after(2 * time.Second)
		for _, c := range []struct {
			name    string
			command Command
			want    func(error) bool
		}{
			{"an unknown service", Command{Verb: VerbConnect, ID: idOf(77)}, func(err error) bool { var e *vpn.NotFoundError; return errors.As(err, &e) }},
			{"auto connect of an on-demand service", Command{Verb: VerbAuto, ID: idOf(1), On: true}, func(err error) bool { return errors.Is(err, ErrOnDemand) }},
			{"connecting a disabled configuration", Command{Verb: VerbConnect, ID: idOf(2)}, func(err error) bool { return err != nil }},
			{"a pause without an end", Command{Verb: VerbPause}, func(err error) bool { return err != nil }},
			{"an unknown verb", Command{Verb: "explode", ID: idOf(0)}, func(err error) bool { return err != nil }},
		} {
			if err := x.Do(context.Background(), c.command); !c.want(err) {
				t.Errorf("%s: %v", c.name, err)
			}
		}
		x.wantCalls()
	})
}

func TestTheListIsFollowedByID(t *testing.T) {
	run(t, newFake("Office", "Home"), nil, func(x *bench) {
		x.session(0).set(vpn.Connected)
		x.after(2 * time.Second)
		sub := x.Subscribe(64)
		defer sub.Close()
		office, home := x.session(0), x.session(1)
		x.backend.edit(func(l []vpn.Configuration) []vpn.Configuration {
			return []vpn.Configuration{
				{ID: idOf(0), Name: "Renamed", Protocol: vpn.IKEv2, Enabled: true},
				{ID: idOf(5), Name: "New", Protocol: vpn.L2TP, Enabled: true},
				{ID: idOf(5), Name: "New again", Protocol: vpn.L2TP, Enabled: true},
			}
		})
		x.after(2 * time.Second)
		if office.gone || !home.gone {
			t.Errorf("session of the renamed service closed: %t; of the removed one: %t", office.gone, home.gone)
		}
		if s := x.service(0); s.Name != "Renamed" || s.Status != vpn.Connected {
			t.Errorf("the renamed service shows %q, %v", s.Name, s.Status)
		}
		if n := len(x.Latest().Services); n != 2 {
			t.Errorf("%d services are shown", n)
		}
		var told []string
		for len(sub.C()) > 0 {
			for _, e := range (<-sub.C()).Events {
				if e.Kind == EventList {
					told = append(told, e.To+" "+e.Name)
				}
			}
		}
		slices.Sort(told)
		if want := []string{"added New", "edited Renamed", "removed Home"}; !slices.Equal(told, want) {
			t.Errorf("watchers received %q, want %q", told, want)
		}
	})
}

func TestAFailedLoadIsShownAndTriedAgain(t *testing.T) {
	b := newFake("Office")
	b.loadErr = errors.New("the helper did not answer")
	run(t, b, nil, func(x *bench) {
		s := x.Latest()
		if s.Loaded || len(s.Problems) != 1 || s.Problems[0].Key != "backend" {
			t.Fatalf("after the failure: loaded %t, problems %v", s.Loaded, s.Problems)
		}
		x.backend.mu.Lock()
		x.backend.loadErr = nil
		x.backend.mu.Unlock()
		x.after(loadRetryMin + time.Second)
		if s := x.Latest(); !s.Loaded || len(s.Services) != 1 || len(s.Problems) != 0 {
			t.Errorf("after the retry: loaded %t, %d services, problems %v", s.Loaded, len(s.Services), s.Problems)
		}
	})
}

func TestAServiceThatCannotBeOpenedIsAProblemAndTriedAgain(t *testing.T) {
	b := newFake("Office")
	b.openErr = errors.New("no memory")
	run(t, b, autoOn(0), func(x *bench) {
		s := x.Latest()
		if !s.Loaded || len(s.Problems) != 1 || s.Problems[0].Text != `"Office" could not be opened and is tried again: no memory` {
			t.Fatalf("after the failure: loaded %t, problems %v", s.Loaded, s.Problems)
		}
		x.after(10 * time.Minute)
		if n := x.backend.loads; n < 5 || n > 20 {
			t.Errorf("in ten minutes it was tried %d times", n)
		}
		x.backend.mu.Lock()
		x.backend.openErr = nil
		x.backend.mu.Unlock()
		x.after(loadRetryMax + time.Second)
		if s := x.Latest(); len(s.Services) != 1 || len(s.Problems) != 0 {
			t.Errorf("after the retry: %d services, problems %v", len(s.Services), s.Problems)
		}
		x.wantCalls("start Office")
		loads := x.backend.loads
		x.after(time.Hour)
		if x.backend.loads != loads {
			t.Error("it is loaded again and again")
		}
	})
}

func TestStartsAndStopsAreSentOnlyWhereTheyAct(t *testing.T) {
	for _, c := range []struct {
		name     string
		status   vpn.Status
		verb     Verb
		onDemand bool
		want     []string
	}{
		{name: "connect of a disconnected service", status: vpn.Disconnected, verb: VerbConnect, want: []string{"start Office"}},
		{name: "connect of a connecting service", status: vpn.Connecting, verb: VerbConnect},
		{name: "connect of a connected service", status: vpn.Connected, verb: VerbConnect},
		{name: "connect of a reasserting service", status: vpn.Reasserting, verb: VerbConnect},
		{name: "connect of a service going down", status: vpn.Disconnecting, verb: VerbConnect},
		{name: "disconnect of a disconnected service", status: vpn.Disconnected, verb: VerbDisconnect},
		{name: "disconnect of a service going down", status: vpn.Disconnecting, verb: VerbDisconnect},
		{name: "disconnect of a connecting service", status: vpn.Connecting, verb: VerbDisconnect, want: []string{"stop Office"}},
		{name: "disconnect of a connected service", status: vpn.Connected, verb: VerbDisconnect, want: []string{"stop Office"}},
		{name: "toggle of a disconnected service", status: vpn.Disconnected, verb: VerbToggle, want: []string{"start Office"}},
		{name: "toggle of a connecting service", status: vpn.Connecting, verb: VerbToggle, want: []string{"stop Office"}},
		{name: "toggle of a connected service", status: vpn.Connected, verb: VerbToggle, want: []string{"stop Office"}},
		{name: "toggle of a reasserting service", status: vpn.Reasserting, verb: VerbToggle, want: []string{"stop Office"}},
		{name: "disconnect of a service that On Demand would bring up", status: vpn.Disconnected, verb: VerbDisconnect, onDemand: true, want: []string{"stop Office"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newFake("Office")
			b.first = c.status
			b.list[0].OnDemand = c.onDemand
			run(t, b, nil, func(x *bench) {
				x.do(Command{Verb: c.verb, ID: idOf(0)})
				x.after(time.Second)
				x.wantCalls(c.want...)
			})
		})
	}
}

// A request waits for the one before it. What has become pointless meanwhile is
// not sent.
func TestARequestThatHasBecomePointlessIsNotSent(t *testing.T) {
	for _, c := range []struct {
		name      string
		first     vpn.Status
		verb      Verb
		meanwhile func(x *bench)
	}{
		{"a start, connected elsewhere", vpn.Disconnected, VerbConnect, func(x *bench) { x.session(0).set(vpn.Connected) }},
		{"a start, taken back", vpn.Disconnected, VerbConnect, func(x *bench) { x.do(Command{Verb: VerbDisconnect, ID: idOf(0)}) }},
		{"a stop, disconnected elsewhere", vpn.Connected, VerbDisconnect, func(x *bench) { x.session(0).set(vpn.Disconnected) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newFake("Office")
			b.first = c.first
			run(t, b, nil, func(x *bench) {
				s := x.session(0)
				hang := func(on bool) {
					s.b.mu.Lock()
					defer s.b.mu.Unlock()
					s.dead = on
				}
				hang(true)
				x.after(safetyTick) // a question for the status is under way
				x.do(Command{Verb: c.verb, ID: idOf(0)})
				c.meanwhile(x)
				synctest.Wait()
				hang(false)
				x.after(time.Minute)
				x.wantCalls()
			})
		})
	}
}

func TestAnExplanationThatComesTooLateIsDropped(t *testing.T) {
	run(t, newFake("Office"), autoOn(0), func(x *bench) {
		for range 100 {
			ctx, cancel := context.WithCancel(context.Background())
			go cancel()
			got, err := x.Explain(ctx, idOf(0))
			if got.Facts.Asleep = true; err != nil && !errors.Is(err, context.Canceled) { // the race detector watches
				t.Error(err)
			}
		}
	})
}

func TestAServiceThatNeverAnswersHoldsUpNobody(t *testing.T) {
	b := newFake("Dead", "Alive")
	run(t, b, nil, func(x *bench) {
		s := x.session(0)
		s.b.mu.Lock()
		s.dead = true
		s.b.mu.Unlock()
		x.after(2 * safetyTick)
		x.do(Command{Verb: VerbConnect, ID: idOf(1)})
		x.after(time.Second)
		if s := x.service(1); s.Status != vpn.Connected {
			t.Errorf("the other service is %v", s.Status)
		}
	})
}

func TestALostEventIsFoundByTheSafetyTick(t *testing.T) {
	run(t, newFake("Office"), nil, func(x *bench) {
		x.after(2 * time.Second)
		x.session(0).miss(vpn.Connected)
		x.after(safetyTick + time.Second)
		if s := x.service(0); s.Status != vpn.Connected {
			t.Errorf("it shows %v", s.Status)
		}
	})
}

func TestAfterAJumpOfTheClockEachStatusIsReadAtOnce(t *testing.T) {
	run(t, newFake("Office"), nil, func(x *bench) {
		x.after(2 * time.Second)
		x.session(0).miss(vpn.Connected)
		x.jump(time.Hour)
		if s := x.service(0); s.Status != vpn.Connected {
			t.Errorf("it shows %v", s.Status)
		}
	})
}

// The bubble's clock can't be set back. What was planned an hour from now is what
// would be left of it.
func TestAClockThatIsSetBackDelaysNeitherTrafficNorLoads(t *testing.T) {
	b := newUp("Office")
	b.loadErr = errors.New("the helper did not answer")
	run(t, b, nil, func(x *bench) {
		plan := func(change func()) {
			_, _ = ask(context.Background(), x.Engine, func(time.Time) (struct{}, error) { change(); return struct{}{}, nil })
		}
		b.mu.Lock()
		b.loadErr = nil
		b.mu.Unlock()
		plan(func() { x.loadAt = time.Now().Add(time.Hour) })
		x.jump(-time.Hour)
		if !x.Latest().Loaded {
			t.Fatal("the list is not loaded")
		}
		defer x.Attend()()
		synctest.Wait()
		plan(func() { x.trafficAt = time.Now().Add(time.Hour) })
		before := x.session(0).asked
		x.jump(-time.Hour)
		if x.session(0).asked == before {
			t.Error("the traffic is not read")
		}
	})
}

func TestTrafficIsReadOnlyWhileSomebodyLooks(t *testing.T) {
	run(t, newFake("Office"), nil, func(x *bench) {
		x.session(0).set(vpn.Connected)
		x.after(10 * time.Minute)
		if n := x.session(0).asked; n != 0 {
			t.Errorf("nobody looked and traffic was read %d times", n)
		}
		release := x.Attend()
		x.after(10500 * time.Millisecond)
		if n := x.session(0).asked; n != 11 {
			t.Errorf("in ten seconds of looking traffic was read %d times", n)
		}
		if x.service(0).Statistics == nil {
			t.Error("the snapshot has no traffic")
		}
		release()
		release() // once is enough
		x.after(10 * time.Minute)
		if n := x.session(0).asked; n != 11 {
			t.Errorf("after looking away traffic was read %d times more", n-11)
		}
	})
}

func TestNoSnapshotWithoutAChange(t *testing.T) {
	run(t, newFake("Office", "Home"), autoOn(0), func(x *bench) {
		x.session(0).set(vpn.Connected)
		x.after(5 * time.Minute)
		before := x.Latest().Seq
		x.after(6 * time.Hour)
		x.session(0).set(vpn.Connected) // an event that brings nothing new
		x.facts.set(func(*facts.Facts) {})
		x.after(time.Minute)
		if after := x.Latest().Seq; after > before+1 { // details are fetched once per event
			t.Errorf("%d snapshots were made in six quiet hours", after-before)
		}
	})
}

func TestASlowWatcherIsDroppedAndToldSo(t *testing.T) {
	run(t, newFake("Office"), nil, func(x *bench) {
		x.after(2 * time.Second)
		slow, quick := x.Subscribe(2), x.Subscribe(1000)
		defer quick.Close()
		for range 20 {
			x.session(0).set(vpn.Connecting)
			synctest.Wait()
			x.session(0).set(vpn.Connected)
			synctest.Wait()
		}
		for range slow.C() {
		}
		if !errors.Is(slow.Err(), ErrSlow) {
			t.Errorf("the slow watcher's error is %v", slow.Err())
		}
		if quick.Err() != nil {
			t.Errorf("the quick watcher's error is %v", quick.Err())
		}
	})
}

func TestEventsCarryTheDisplayName(t *testing.T) {
	run(t, newFake(""), autoOn(0), func(x *bench) {
		sub := x.Subscribe(64)
		defer sub.Close()
		x.after(time.Minute)
		x.session(0).drop(vpn.StopNotResponding)
		x.after(5 * time.Second)
		x.backend.edit(func(l []vpn.Configuration) []vpn.Configuration { l[0].Server = "vpn.example.com"; return l })
		x.after(time.Second)
		seen := map[EventKind]bool{}
		for len(sub.C()) > 0 {
			for _, e := range (<-sub.C()).Events {
				seen[e.Kind] = true
				if e.Name != "Unnamed VPN (01000000)" {
					t.Errorf("%s event has the name %q", e.Kind, e.Name)
				}
			}
		}
		for _, kind := range []EventKind{EventStatus, EventPolicy, EventNotice, EventList} {
			if !seen[kind] {
				t.Errorf("no %s event", kind)
			}
		}
	})
}

func TestEventsTellWhetherAPersonAskedForThem(t *testing.T) {
	run(t, newFake("Office"), autoOn(0), func(x *bench) {
		x.session(0).set(vpn.Connected)
		x.after(2 * time.Minute)
		sub := x.Subscribe(64)
		defer sub.Close()
		x.session(0).drop(vpn.StopNotResponding)
		x.after(5 * time.Second)
		x.do(Command{Verb: VerbDisconnect, ID: idOf(0)})
		x.after(time.Second)
		var got []string
		for len(sub.C()) > 0 {
			for _, e := range (<-sub.C()).Events {
				if e.Kind == EventStatus {
					got = append(got, fmt.Sprintf("%s %t", e.To, e.ByUser))
				}
			}
		}
		want := []string{"Disconnected false", "Connecting false", "Connected false", "Disconnecting true", "Disconnected true"}
		if !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}

func TestARefusedStartIsCountedAndTriedAgain(t *testing.T) {
	b := newFake("Office")
	b.fail = errRefused
	run(t, b, autoOn(0), func(x *bench) {
		x.after(5 * time.Minute)
		n := len(x.backend.recorded())
		if n < 2 || n > 12 {
			t.Errorf("%d starts in five minutes", n)
		}
	})
}

func TestTrustingThePresentNetworkStopsAutoConnect(t *testing.T) {
	run(t, newUp("Office"), autoOn(0), func(x *bench) {
		x.session(0).set(vpn.Connected)
		x.after(2 * time.Minute)
		x.do(Command{Verb: VerbTrust, On: true})
		if !x.Latest().Trusted {
			t.Error("the network is not shown as trusted")
		}
		if got := x.settings.Current().Trusted; len(got) != 1 || got[0].SSID != "Home" || got[0].GatewayMAC == "" {
			t.Errorf("stored: %+v", got)
		}
		x.session(0).drop(vpn.StopNotResponding)
		x.after(time.Hour)
		x.wantCalls()
		x.do(Command{Verb: VerbTrust, On: false})
		x.after(10 * time.Second)
		if x.Latest().Trusted || len(x.settings.Current().Trusted) != 0 {
			t.Error("the network is still trusted")
		}
		x.wantCalls("start Office")
	})
}

func TestTrustNeedsANetworkThatCanBeToldApart(t *testing.T) {
	run(t, newFake("Office"), nil, func(x *bench) {
		x.facts.set(func(f *facts.Facts) { f.SSID, f.GatewayMAC = facts.Fact[string]{}, facts.Fact[string]{} })
		synctest.Wait()
		if err := x.Do(context.Background(), Command{Verb: VerbTrust, On: true}); !errors.Is(err, autoconnect.ErrOffNetwork) {
			t.Errorf("got %v", err)
		}
	})
}

func TestHiding(t *testing.T) {
	run(t, newFake("Office", "tailscale-1"), func(s *settings.Settings) { s.Hidden = []string{"tailscale*"} }, func(x *bench) {
		if !x.service(1).Hidden || x.service(0).Hidden {
			t.Error("the glob does not hide what it fits")
		}
		x.do(Command{Verb: VerbHide, ID: idOf(0), On: true})
		if !x.service(0).Hidden {
			t.Error("hidden by ID, it is still shown")
		}
		x.do(Command{Verb: VerbHide, ID: idOf(0)})
		if x.service(0).Hidden {
			t.Error("it stays hidden")
		}
		if err := x.Do(context.Background(), Command{Verb: VerbHide, ID: idOf(1)}); err == nil {
			t.Error("unhiding what a glob hides says nothing")
		}
	})
}

func TestSettingsChangedByHandTakeEffectAtOnce(t *testing.T) {
	run(t, newFake("Office"), nil, func(x *bench) {
		x.after(10 * time.Second)
		x.wantCalls()
		if err := x.settings.Update(func(s *settings.Settings) error { autoOn(0)(s); return nil }); err != nil {
			t.Fatal(err)
		}
		x.after(10 * time.Second)
		x.wantCalls("start Office")
	})
}

func TestEachChangeOfSettingsIsAnUpdate(t *testing.T) {
	run(t, newFake("Office"), nil, func(x *bench) {
		sub := x.Subscribe(4)
		defer sub.Close()
		for range 2 {
			if err := x.settings.Set("iconStyle", "color"); err != nil { // in no snapshot
				t.Fatal(err)
			}
			synctest.Wait()
		}
		if n := len(sub.C()); n != 1 {
			t.Errorf("%d updates after one change", n)
		}
	})
}

func TestAServiceIsFoundByTheNameThatIsShown(t *testing.T) {
	s := &Snapshot{Services: []*Service{
		{Configuration: vpn.Configuration{ID: idOf(0), Name: "Old  office"}},
		{Configuration: vpn.Configuration{ID: idOf(1)}},
		{Configuration: vpn.Configuration{ID: idOf(2), Name: "Evil\x1b[31mname"}},
	}}
	for query, want := range map[string]vpn.ID{
		"Old  office": idOf(0), "Old office": idOf(0), "unnamed": idOf(1), "Evil [31mname": idOf(2), idOf(1).String(): idOf(1),
	} {
		if v, err := s.Find(query); err != nil || v.ID != want {
			t.Errorf("%q finds %v, %v", query, v, err)
		}
	}
}

func TestEndingClosesSessionsAndStopsNothing(t *testing.T) {
	b := newUp("Office", "Home")
	run(t, b, autoOn(0), func(x *bench) {
		x.session(0).set(vpn.Connected)
		x.after(2 * time.Second)
		sub := x.Subscribe(4)
		x.stop()
		if b.closed != 2 {
			t.Errorf("%d sessions were closed, want 2", b.closed)
		}
		x.wantCalls()
		for range sub.C() {
		}
		if !errors.Is(sub.Err(), ErrClosed) {
			t.Errorf("watchers got the error %v", sub.Err())
		}
		if err := x.Do(context.Background(), Command{Verb: VerbPause, Until: autoconnect.Forever}); !errors.Is(err, ErrClosed) {
			t.Errorf("a command after the end: %v", err)
		}
		if s := x.Subscribe(1); !errors.Is(s.Err(), ErrClosed) {
			t.Errorf("a subscription after the end: %v", s.Err())
		}
		if _, err := x.Explain(context.Background(), idOf(0)); !errors.Is(err, ErrClosed) {
			t.Errorf("a question after the end: %v", err)
		}
	})
}

func TestExplain(t *testing.T) {
	run(t, newFake("Office"), autoOn(0), func(x *bench) {
		x.session(0).set(vpn.Connected)
		x.after(2 * time.Second)
		got, err := x.Explain(context.Background(), idOf(0))
		if err != nil || got.View.State != autoconnect.Satisfied || got.Status != vpn.Connected {
			t.Errorf("got %+v, %v", got, err)
		}
		var missing *vpn.NotFoundError
		if _, err := x.Explain(context.Background(), idOf(9)); !errors.As(err, &missing) {
			t.Errorf("an unknown service: %v", err)
		}
	})
}

func TestProblemsOfOtherPartsAreShownWhenTheyChange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var text atomic.Value
		text.Store("")
		b := newFake("Office")
		e := New(Options{Backend: b, Facts: online(), Settings: settings.NewMemory(settings.Default()), Problems: func() []Problem {
			if s := text.Load().(string); s != "" {
				return []Problem{{Key: "disk", Text: s}}
			}
			return nil
		}})
		ctx, cancel := context.WithCancel(context.Background())
		var wg sync.WaitGroup
		wg.Go(func() { _ = e.Run(ctx) })
		synctest.Wait()
		for _, want := range []string{"the disk is full", ""} {
			text.Store(want)
			e.ProblemsChanged()
			synctest.Wait()
			if got := e.Latest().Problems; len(got) == 0 != (want == "") || want != "" && got[0].Text != want {
				t.Errorf("shown are %v, want %q", got, want)
			}
		}
		cancel()
		wg.Wait()
	})
}
