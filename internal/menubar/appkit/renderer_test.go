package appkit

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"vpnstatus/internal/engine"
	"vpnstatus/internal/menubar"
	"vpnstatus/internal/settings"
	"vpnstatus/internal/vpn"
	"vpnstatus/test/situation"
)

func TestMain(m *testing.M) { runTests(m) }

// screenTest is a renderer on a drawing, with a main thread that the test can
// hold up.
type screenTest struct {
	*renderer
	source  *situation.Source
	drawing *drawing
	busy    chan struct{} // full: the main thread does not get to it
	queued  atomic.Int32
	most    atomic.Int32
	draws   atomic.Int64
	config  settings.Settings
}

func newScreenTest(services ...*engine.Service) *screenTest {
	t := &screenTest{source: situation.NewSource(situation.Snapshot(services...)), drawing: newDrawing(), config: settings.Default(), busy: make(chan struct{}, 1)}
	t.renderer = &renderer{
		o:    Options{Source: t.source, Settings: func() settings.Settings { return t.config }, Log: slog.New(slog.DiscardHandler)},
		wake: make(chan struct{}, 1),
		menu: &shownMenu{native: t.drawing},
		onMain: func(f func()) {
			t.most.Store(max(t.most.Load(), t.queued.Add(1)))
			go func() {
				t.busy <- struct{}{}
				f()
				t.queued.Add(-1)
				<-t.busy
			}()
		},
		drawn: func() { t.draws.Add(1) },
	}
	return t
}

// start runs the renderer until the test's function ends.
func (st *screenTest) during(t *testing.T, f func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); st.run(ctx) }()
	synctest.Wait()
	f()
	cancel()
	<-done
}

func (st *screenTest) title(at int) string {
	if lines := st.drawing.top.sub; at < len(lines) {
		return lines[at].item.Title
	}
	return ""
}

func office(status vpn.Status) *engine.Service {
	return situation.Service(1, "Office", situation.Status(status))
}

func TestUpdateIsDrawn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newScreenTest(office(vpn.Disconnected))
		st.during(t, func() {
			if got := st.title(0); got != "Connect Office" {
				t.Errorf("first drawing: %q", got)
			}
			st.source.Publish(situation.Snapshot(office(vpn.Connected)))
			time.Sleep(drawEvery)
			synctest.Wait()
			if got := st.title(0); got != "Disconnect Office" {
				t.Errorf("after the update: %q", got)
			}
		})
	})
}

func TestThousandUpdatesWhileTheMainThreadIsBusyAreOneDrawing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newScreenTest(office(vpn.Disconnected))
		st.during(t, func() {
			time.Sleep(time.Second)
			synctest.Wait()
			before := st.draws.Load()
			st.busy <- struct{}{}
			for range 1000 {
				st.source.Publish(situation.Snapshot(office(vpn.Connecting)))
				synctest.Wait()
			}
			st.source.Publish(situation.Snapshot(office(vpn.Connected)))
			synctest.Wait()
			<-st.busy
			time.Sleep(time.Second)
			synctest.Wait()
			if n := st.draws.Load() - before; n < 1 || n > 2 {
				t.Errorf("%d drawings", n)
			}
			if got := st.title(0); got != "Disconnect Office" {
				t.Errorf("the newest state is not shown: %q", got)
			}
			if st.most.Load() != 1 {
				t.Errorf("%d drawings waited for the main thread at once", st.most.Load())
			}
		})
	})
}

func TestFloodIsDrawnTwentyTimesASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newScreenTest(office(vpn.Disconnected))
		st.during(t, func() {
			for range 1000 { // one second
				st.source.Publish(situation.Snapshot(office(vpn.Connected)))
				time.Sleep(time.Millisecond)
			}
			if st.draws.Load() < 15 || st.draws.Load() > 22 {
				t.Errorf("%d drawings in a second", st.draws.Load())
			}
		})
	})
}

func TestClockRunsOnlyWhileTheMenuIsOpen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		since := time.Now().Add(-time.Minute).Round(0)
		up := situation.Service(1, "Office", situation.Status(vpn.Connected))
		up.Info.Since = since
		st := newScreenTest(up)
		st.during(t, func() {
			time.Sleep(time.Minute)
			if st.draws.Load() > 2 {
				t.Errorf("%d drawings in a minute with the menu closed", st.draws.Load())
			}
			before := st.draws.Load()
			st.opened()
			time.Sleep(10*time.Second + 100*time.Millisecond)
			synctest.Wait()
			if n := st.draws.Load() - before; n < 10 || n > 12 {
				t.Errorf("%d drawings in ten seconds with the menu open", n)
			}
			if got := st.title(1); got != "Connected 2:10" && got != "Connected 2:11" {
				t.Errorf("the open menu says %q", got)
			}
			st.closed()
			time.Sleep(time.Second)
			before = st.draws.Load()
			time.Sleep(time.Minute)
			if n := st.draws.Load() - before; n != 0 {
				t.Errorf("%d drawings after the menu was closed", n)
			}
		})
	})
}

func TestTimeInTheMenuBarRunsWithTheMenuClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		up := situation.Service(1, "Office", situation.Status(vpn.Connected))
		up.Info.Since = time.Now().Add(-time.Minute).Round(0)
		st := newScreenTest(up)
		st.config.ShowTimeConnected = true
		st.during(t, func() {
			time.Sleep(5*time.Second + 100*time.Millisecond)
			synctest.Wait()
			if got := st.drawing.bar.Text; got != "1:05" {
				t.Errorf("the menu bar says %q", got)
			}
		})
	})
}

func TestEngineIsAttendedWhileTheMenuIsOpen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newScreenTest(office(vpn.Connected))
		steps := []struct {
			name string
			do   func()
			want int
		}{
			{"opened", st.opened, 1}, {"opened again", st.opened, 1}, {"closed", st.closed, 0}, {"closed again", st.closed, 0}, {"opened a third time", st.opened, 1},
		}
		for _, s := range steps {
			s.do()
			if got := st.source.Attending(); got != s.want {
				t.Errorf("%s: attended %d times, want %d", s.name, got, s.want)
			}
		}
	})
}

func TestLoginItemIsAskedForAtEachOpening(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newScreenTest(office(vpn.Connected))
		var state atomic.Value
		state.Store(menubar.LoginOff)
		st.o.Login = func() menubar.LoginItem { return state.Load().(menubar.LoginItem) }
		st.during(t, func() {
			look := func() menubar.State {
				st.opened()
				time.Sleep(time.Second)
				synctest.Wait()
				defer st.closed()
				for _, l := range st.drawing.top.sub {
					if l.item.ID == "login" {
						return l.item.State
					}
				}
				return "missing"
			}
			if got := look(); got != menubar.StateOff {
				t.Errorf("off is shown as %q", got)
			}
			state.Store(menubar.LoginOn)
			if got := look(); got != menubar.StateOn {
				t.Errorf("on is shown as %q", got)
			}
		})
	})
}

func TestEndOfTheEngineLeavesTheMenu(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newScreenTest(office(vpn.Connected))
		st.during(t, func() {
			st.source.End(engine.ErrClosed)
			time.Sleep(time.Second)
			synctest.Wait()
			if got := st.title(0); got != "Disconnect Office" {
				t.Errorf("%q", got)
			}
		})
	})
}

func TestActionsAreCarriedOut(t *testing.T) {
	no := errors.New("no")
	for name, c := range map[string]struct {
		action         menubar.Action
		fails          error // of the program, or of the engine
		shown          error
		acted, ordered int
	}{
		"an action of the program":            {action: menubar.Action{App: menubar.AppVPNSettings}, acted: 1},
		"an action of the program that fails": {action: menubar.Action{App: menubar.AppLogin}, fails: no, shown: no, acted: 1},
		"a command":                           {action: menubar.Action{Command: engine.Command{Verb: engine.VerbReload}}, ordered: 1},
		"a command that is refused":           {action: menubar.Action{Command: engine.Command{Verb: engine.VerbAuto}}, fails: engine.ErrOnDemand, shown: engine.ErrOnDemand, ordered: 1},
		"a command while the app ends":        {action: menubar.Action{Command: engine.Command{Verb: engine.VerbAuto}}, fails: engine.ErrClosed, ordered: 1},
		"nothing":                             {},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				acted := 0
				src := situation.NewSource(situation.Snapshot())
				src.Fail(c.fails)
				r := &renderer{o: Options{Source: src, Log: slog.New(slog.DiscardHandler), Act: func(_ context.Context, a menubar.Action) error {
					if a != c.action {
						t.Errorf("the program is to do %+v", a)
					}
					acted++
					return c.fails
				}}}
				calls := 0
				r.carryOut(c.action, func(err error) {
					if calls++; !errors.Is(err, c.shown) {
						t.Errorf("%v is shown, want %v", err, c.shown)
					}
				})
				synctest.Wait()
				if calls != 1 || acted != c.acted || len(src.Commands()) != c.ordered {
					t.Errorf("done was called %d times, the program did %d actions, the engine got %+v", calls, acted, src.Commands())
				}
			})
		})
	}
	if got := actionTitle(menubar.AppLogin); got != "Launch at Login Could Not Be Changed" {
		t.Errorf("a failure is headed %q", got)
	}
}
