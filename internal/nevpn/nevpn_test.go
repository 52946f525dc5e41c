package nevpn

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"go.uber.org/goleak"

	"vpnstatus/internal/cocoa"
	"vpnstatus/internal/neconfig"
	"vpnstatus/internal/nesession"
	"vpnstatus/internal/vpn"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var (
	ctx    = context.Background()
	office = uuid.MustParse("5CFB1D68-9B0D-4B5A-B5E5-0B4E0E3A1D11")
	home   = uuid.MustParse("0D2A1C1E-7B0F-4B9C-9C43-3C5F5D0F9A22")
)

// bench runs a test in virtual time with a backend on the two fakes.
func bench(t *testing.T, f func(t *testing.T, b *Backend, l *library, m *manager)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		l, m := newLibrary(t), &manager{}
		b := New(Parts{
			Sessions: func() (nesession.API, error) { return l, nil },
			Manager:  func() (neconfig.Manager, error) { return m, nil },
		})
		f(t, b, l, m)
		if err := b.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
		l.close()
		if l.creates != l.releases {
			t.Errorf("%d sessions were created, %d released", l.creates, l.releases)
		}
	})
}

func open(t *testing.T, b *Backend, id vpn.ID) vpn.Session {
	t.Helper()
	s, err := b.Open(id)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// settled waits until a new session has its handler and has asked again.
// It takes their events so far out of the channel.
func settled(sessions ...vpn.Session) {
	time.Sleep(settleTime + 100*time.Millisecond)
	synctest.Wait()
	for _, s := range sessions {
		lastEvents(s)
	}
}

func wantStatus(t *testing.T, s vpn.Session, want vpn.Status) {
	t.Helper()
	got, err := s.Status(ctx)
	if err != nil || got != want {
		t.Errorf("Status = %v, %v, want %v", got, err, want)
	}
}

func wantEvents(t *testing.T, s vpn.Session, want ...string) {
	t.Helper()
	synctest.Wait()
	if got := lastEvents(s); !slices.Equal(got, want) {
		t.Errorf("events = %q, want %q", got, want)
	}
}

func load(t *testing.T, b *Backend) []vpn.Configuration {
	t.Helper()
	list, err := b.Configurations(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestFirstStatusIsAskedBeforeTheHandlerIsSet(t *testing.T) {
	bench(t, func(t *testing.T, b *Backend, l *library, _ *manager) {
		l.set(office, vpn.Connected)
		s := open(t, b, office)
		wantStatus(t, s, vpn.Connected)
		synctest.Wait()
		if got := l.calls(); !slices.Equal(got[:3], []string{"create", "status", "handler"}) {
			t.Errorf("calls = %v", got)
		}
		// From now on the record answers, and it is true.
		wantStatus(t, s, vpn.Connected)
		settled()
		wantEvents(t, s, "Connected")
		l.set(office, vpn.Disconnected)
		wantEvents(t, s, "Disconnected")
	})
}

// The first handler of the process connects the records of all sessions. Those
// whose answer is still under way must not get Disconnected from there.
func TestAHandlerOfOneServiceDoesNotFalsifyTheOthers(t *testing.T) {
	bench(t, func(t *testing.T, b *Backend, l *library, _ *manager) {
		l.set(office, vpn.Connected)
		l.set(home, vpn.Connected)
		first := open(t, b, office)
		time.Sleep(l.trip - time.Millisecond)
		second := open(t, b, home) // its answer comes after the other's handler
		wantStatus(t, first, vpn.Connected)
		synctest.Wait()
		wantStatus(t, second, vpn.Connected)
		settled()
		wantEvents(t, first, "Connected")
		wantEvents(t, second, "Connected")
	})
}

// The daemon takes longer than we wait before the handler is set. Its answer is
// then the only news, since the library notifies everyone but the one that asked.
func TestALateFirstAnswerIsUsed(t *testing.T) {
	for name, c := range map[string]struct {
		truth vpn.Status
		trip  time.Duration
	}{
		"connected":                      {vpn.Connected, callLimit + time.Second},
		"disconnected":                   {vpn.Disconnected, callLimit + time.Second},
		"after the handler's time, too":  {vpn.Connected, callLimit + 2*settleTime},
		"just before it counts as lost":  {vpn.Connected, callLimit + settleTime + lostAfter - time.Second},
		"down, just before it is lost":   {vpn.Disconnected, callLimit + settleTime + lostAfter - time.Second},
		"the daemon answers immediately": {vpn.Connected, 0},
	} {
		t.Run(name, func(t *testing.T) {
			bench(t, func(t *testing.T, b *Backend, l *library, _ *manager) {
				l.trip, l.fetch = c.trip, 10*time.Minute // the answer comes first
				l.set(office, c.truth)
				s := open(t, b, office)
				time.Sleep(callLimit)
				if st, err := s.Status(ctx); c.trip > 2*callLimit && !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("before the answer: %v, %v", st, err)
				}
				time.Sleep(c.trip)
				wantEvents(t, s, c.truth.String())
				wantStatus(t, s, c.truth)
			})
		})
	}
}

func TestALostFirstAnswerIsMadeUpFor(t *testing.T) {
	for name, c := range map[string]struct {
		truth vpn.Status
		after time.Duration // when the status is known
	}{
		"by the library's event, if it differs from the cache": {vpn.Connected, callLimit + time.Second},
		"by asking again, if it does not":                      {vpn.Disconnected, callLimit + settleTime + lostAfter},
	} {
		t.Run(name, func(t *testing.T) {
			bench(t, func(t *testing.T, b *Backend, l *library, _ *manager) {
				l.set(office, c.truth)
				l.lost = true
				s := open(t, b, office)
				synctest.Wait()
				l.change(func() { l.lost = false })
				time.Sleep(c.after - 10*time.Millisecond)
				if st, err := s.Status(expired(t)); err == nil {
					t.Errorf("before that it is given as %v", st)
				}
				wantEvents(t, s)
				time.Sleep(20 * time.Millisecond)
				wantEvents(t, s, c.truth.String())
				wantStatus(t, s, c.truth)
			})
		})
	}
}

// expired is a context that ends in a millisecond: for a question that must not be answered.
func expired(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(ctx, time.Millisecond)
	t.Cleanup(cancel)
	return ctx
}

func TestADaemonThatEndsAndReturnsIsFollowed(t *testing.T) {
	bench(t, func(t *testing.T, b *Backend, l *library, _ *manager) {
		l.set(office, vpn.Connected)
		s := open(t, b, office)
		settled(s)
		l.run(false)
		wantEvents(t, s, "Disconnected")
		wantStatus(t, s, vpn.Disconnected)
		l.set(office, vpn.Connected)
		l.run(true)
		time.Sleep(l.fetch)
		wantEvents(t, s, "Connected")
		later := open(t, b, home) // opened while the process is connected
		wantStatus(t, later, vpn.Disconnected)
	})
}

func TestWithoutTheDaemonEverythingIsDisconnectedAtOnce(t *testing.T) {
	bench(t, func(t *testing.T, b *Backend, l *library, _ *manager) {
		l.run(false)
		before := time.Now()
		wantStatus(t, open(t, b, office), vpn.Disconnected)
		if d := time.Since(before); d > 0 {
			t.Errorf("it took %v", d)
		}
	})
}

func TestAQuietServiceIsNotPolled(t *testing.T) {
	bench(t, func(t *testing.T, b *Backend, l *library, _ *manager) {
		s := open(t, b, office)
		time.Sleep(time.Minute)
		wantEvents(t, s, "Disconnected") // the first status
		if n := len(l.calls()); n > 4 {
			t.Errorf("%d calls in a quiet minute", n)
		}
	})
}

func TestStatusIsAskedForEachEvent(t *testing.T) {
	bench(t, func(t *testing.T, b *Backend, l *library, _ *manager) {
		s := open(t, b, office)
		settled(s)
		for _, st := range []vpn.Status{vpn.Connecting, vpn.Connected, vpn.Connected, vpn.Reasserting, vpn.Status(77)} {
			l.set(office, st)
			wantEvents(t, s, st.String())
		}
	})
}

func TestAProcessedConfigurationIsAChangeOfTheList(t *testing.T) {
	bench(t, func(t *testing.T, b *Backend, l *library, _ *manager) {
		s := open(t, b, office)
		settled(s)
		l.emit(office, nesession.ConfigurationProcessed)
		time.Sleep(changeDelay)
		wantEvents(t, s)
		select {
		case <-b.Changed():
		default:
			t.Error("nothing is announced")
		}
	})
}

func TestAnEventOfUnknownNumberIsIgnored(t *testing.T) {
	bench(t, func(t *testing.T, b *Backend, l *library, _ *manager) {
		s := open(t, b, office)
		settled(s)
		for _, n := range []nesession.Event{0, -1, 4, 99, 1 << 30} {
			l.emit(office, n)
		}
		wantEvents(t, s)
		l.set(office, vpn.Connected)
		wantEvents(t, s, "Connected")
	})
}

func TestEventsAfterCancelAreIgnored(t *testing.T) {
	bench(t, func(t *testing.T, b *Backend, l *library, _ *manager) {
		s := open(t, b, office)
		settled(s)
		if err := errors.Join(s.Close(), s.Close()); err != nil {
			t.Fatal(err)
		}
		l.set(office, vpn.Connected)
		synctest.Wait()
		before := l.calls()
		for _, e := range []nesession.Event{nesession.StatusChanged, nesession.ConfigurationProcessed, 99, nesession.Cancelled, nesession.Cancelled} {
			l.sessions[1].stray(e)
			synctest.Wait()
		}
		if got := l.calls(); !slices.Equal(got, before) {
			t.Errorf("calls = %v, want %v and no more", got, before)
		}
		wantEvents(t, s, "closed")
	})
}

func TestAServiceThatComesBackJoinsWhoeverOpenedItMeanwhile(t *testing.T) {
	bench(t, func(t *testing.T, b *Backend, l *library, m *manager) {
		m.set(record(office, "Office", 5))
		load(t, b)
		first := open(t, b, office)
		m.set()
		load(t, b)
		wantEvents(t, first, "Invalid")
		second := open(t, b, office)
		settled(second)
		m.set(record(office, "Office", 5))
		load(t, b)
		wantEvents(t, first, "Disconnected")
		wantEvents(t, second)
		l.set(office, vpn.Connected)
		wantEvents(t, first, "Connected")
		wantEvents(t, second, "Connected")
	})
}

func TestAfterCloseEverythingSaysClosed(t *testing.T) {
	bench(t, func(t *testing.T, b *Backend, l *library, m *manager) {
		s, late := open(t, b, office), open(t, b, home)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		check := func(s vpn.Session) {
			t.Helper()
			_, status := s.Status(ctx)
			_, info := s.Info(ctx)
			_, statistics := s.Statistics(ctx)
			for i, err := range []error{status, info, statistics, s.Start(ctx, vpn.Options{}), s.Stop(ctx)} {
				if !errors.Is(err, vpn.ErrClosed) {
					t.Errorf("call %d: err = %v, want ErrClosed", i, err)
				}
			}
		}
		check(s)
		load(t, b)
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}
		check(late)
		if err := late.Close(); err != nil {
			t.Errorf("closing a session of a closed backend: %v", err)
		}
		if _, err := b.Open(office); !errors.Is(err, vpn.ErrClosed) {
			t.Errorf("Open: %v", err)
		}
		if _, err := b.Configurations(ctx); !errors.Is(err, vpn.ErrClosed) {
			t.Errorf("Configurations: %v", err)
		}
		if m.closed != 1 {
			t.Errorf("the manager was closed %d times", m.closed)
		}
	})
}

func TestCloseWhileQuestionsArePending(t *testing.T) {
	bench(t, func(t *testing.T, b *Backend, l *library, _ *manager) {
		l.lost, l.silent = true, true
		first, second := open(t, b, office), open(t, b, home)
		errs := make(chan error)
		for _, s := range []vpn.Session{first, second} {
			go func() { _, err := s.Status(ctx); errs <- err }()
			go func() { _, err := s.Info(ctx); errs <- err }()
		}
		synctest.Wait()
		if err := first.Close(); err != nil {
			t.Fatal(err)
		}
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}
		for range 4 {
			if err := <-errs; !errors.Is(err, vpn.ErrClosed) {
				t.Errorf("err = %v, want ErrClosed", err)
			}
		}
	})
}

func TestACancelThatIsNotAnsweredStillReleases(t *testing.T) {
	bench(t, func(t *testing.T, b *Backend, l *library, _ *manager) {
		s := open(t, b, office)
		settled()
		l.mu.Lock()
		l.deaf = true
		l.mu.Unlock()
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if l.calls()[len(l.calls())-1] == "release" {
			t.Error("released before the answer could come")
		}
		time.Sleep(cancelLimit)
		synctest.Wait()
		if got := l.calls(); got[len(got)-1] != "release" {
			t.Errorf("calls = %v", got)
		}
		// At the end of everything there is less patience.
		open(t, b, home)
		settled()
		before := time.Now()
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}
		if d := time.Since(before); d > closeLimit {
			t.Errorf("Close took %v", d)
		}
	})
}

func TestASystemThatHangsIsAnErrorWithinTheDeadline(t *testing.T) {
	bench(t, func(t *testing.T, b *Backend, l *library, m *manager) {
		l.lost, l.silent = true, true
		m.held = true
		s := open(t, b, office)
		for _, c := range []struct {
			name  string
			limit time.Duration
			given bool
			call  func(context.Context) error
		}{
			{"status", callLimit, false, func(ctx context.Context) error { _, err := s.Status(ctx); return err }},
			{"info", callLimit, false, func(ctx context.Context) error { _, err := s.Info(ctx); return err }},
			{"statistics", callLimit, false, func(ctx context.Context) error { _, err := s.Statistics(ctx); return err }},
			{"configurations", loadLimit, false, func(ctx context.Context) error { _, err := b.Configurations(ctx); return err }},
			{"status with a deadline of the caller's", time.Minute, true, func(ctx context.Context) error { _, err := s.Status(ctx); return err }},
		} {
			ctx := ctx
			if c.given {
				var cancel context.CancelFunc
				ctx, cancel = context.WithTimeout(ctx, c.limit)
				defer cancel()
			}
			before := time.Now()
			err := c.call(ctx)
			if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "not answered") {
				t.Errorf("%s: err = %v", c.name, err)
			}
			if d := time.Since(before); d != c.limit {
				t.Errorf("%s took %v, want %v", c.name, d, c.limit)
			}
		}
		// The handler is set all the same, and events arrive once it wakes.
		l.change(func() { l.lost, l.silent = false, false })
		l.set(office, vpn.Connected)
		wantEvents(t, s, "Connected")
		wantStatus(t, s, vpn.Connected)
	})
}

// A library call that never returns holds up the owning goroutine, but no caller.
func TestACallIntoTheLibraryThatHangsIsAnError(t *testing.T) {
	bench(t, func(t *testing.T, b *Backend, l *library, _ *manager) {
		s := open(t, b, office)
		settled()
		l.gate = make(chan struct{})
		for name, err := range map[string]error{"start": s.Start(ctx, vpn.Options{}), "stop": s.Stop(ctx), "close": s.Close()} {
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%s: %v", name, err)
			}
		}
		close(l.gate)
	})
}

// The library's event was lost; whoever asks for the status learns the new one,
// and everyone else is told.
func TestAStatusThatIsFoundByAskingIsAnEvent(t *testing.T) {
	bench(t, func(t *testing.T, b *Backend, l *library, _ *manager) {
		first, second := open(t, b, office), open(t, b, office)
		settled(first, second)
		l.change(func() { l.truth[office], l.records[office].cache = vpn.Connected, vpn.Connected })
		wantStatus(t, first, vpn.Connected)
		wantEvents(t, first, "Connected")
		wantEvents(t, second, "Connected")
		wantStatus(t, first, vpn.Connected)
		wantEvents(t, second)
	})
}

func TestAStormOfEventsAsksAFewTimesAndEndsWithTheTruth(t *testing.T) {
	bench(t, func(t *testing.T, b *Backend, l *library, _ *manager) {
		s := open(t, b, office)
		settled()
		before := len(l.calls())
		l.change(func() { l.delay = func() time.Duration { return time.Millisecond } })
		for range 1000 {
			l.set(office, vpn.Connecting)
		}
		time.Sleep(500 * time.Millisecond)
		l.set(office, vpn.Connected)
		time.Sleep(time.Minute)
		synctest.Wait()
		events := lastEvents(s)
		if events[len(events)-1] != "Connected" || len(events) > eventBuffer {
			t.Errorf("events = %q", events)
		}
		if n := len(l.calls()) - before; n > 10 {
			t.Errorf("%d statuses were asked", n)
		}
	})
}

func TestALostAnswerDoesNotSilenceTheSession(t *testing.T) {
	bench(t, func(t *testing.T, b *Backend, l *library, _ *manager) {
		s := open(t, b, office)
		settled(s)
		l.change(func() { l.silent = true })
		for range 30 {
			l.set(office, vpn.Connecting)
		}
		l.set(office, vpn.Connected)
		wantEvents(t, s)
		l.change(func() { l.silent = false })
		time.Sleep(callLimit)
		wantEvents(t, s, "Connected") // without another event
	})
}

func TestASlowReaderLosesTheOldestEvents(t *testing.T) {
	bench(t, func(t *testing.T, b *Backend, l *library, _ *manager) {
		s := open(t, b, office)
		settled()
		for n := range eventBuffer + 10 {
			l.set(office, vpn.Status(100+n))
			synctest.Wait()
		}
		var want []string
		for n := range eventBuffer {
			want = append(want, vpn.Status(110+n).String())
		}
		wantEvents(t, s, want...)
	})
}

func TestInfoIsDecodedAndNoneIsNotAnError(t *testing.T) {
	bench(t, func(t *testing.T, b *Backend, l *library, _ *manager) {
		l.set(office, vpn.Connected)
		l.trees[office] = map[nesession.InfoType]map[string]any{
			nesession.ExtendedStatus: {"VPN": map[string]any{"RemoteAddress": "192.0.2.1", "ConnectTime": int64(3540)}},
			nesession.Statistics:     {"VPN": map[string]any{"BytesIn": int64(12), "BytesOut": int64(34)}},
		}
		s := open(t, b, office)
		got, err := s.Info(ctx)
		if err != nil || got.Remote != "192.0.2.1" || !got.Since.Equal(time.Now().Add(-time.Minute)) {
			t.Errorf("Info = %+v, %v", got, err)
		}
		st, err := s.Statistics(ctx)
		if err != nil || st.BytesIn != 12 || st.BytesOut != 34 {
			t.Errorf("Statistics = %+v, %v", st, err)
		}
		other := open(t, b, home)
		got, err = other.Info(ctx)
		if err != nil || !cmp.Equal(got, vpn.Info{}) {
			t.Errorf("Info without a dictionary = %+v, %v", got, err)
		}
		if _, err := other.Statistics(ctx); !errors.Is(err, vpn.ErrNoStatistics) {
			t.Errorf("Statistics: %v", err)
		}
	})
}

func TestStartsCarryWhatTheProtocolKnows(t *testing.T) {
	bench(t, func(t *testing.T, b *Backend, l *library, m *manager) {
		m.set(record(office, "Office", 5), record(home, "Home", 2))
		load(t, b)
		for _, id := range []vpn.ID{office, home} {
			s := open(t, b, id)
			for _, o := range []vpn.Options{{}, {Password: "p"}} {
				if err := s.Start(ctx, o); err != nil {
					t.Error(err)
				}
			}
			if err := s.Start(ctx, vpn.Options{Password: "\x00"}); err == nil {
				t.Error("a password that C would cut was taken")
			}
			if err := s.Stop(ctx); err != nil {
				t.Error(err)
			}
		}
		want := []map[string]any{
			nil, {"NEVPNConnectionStartOptionPassword": "p"},
			nil, {"PPP": map[string]any{"AuthPassword": "p"}},
		}
		if d := cmp.Diff(want, l.started); d != "" {
			t.Error(d)
		}
	})
}

func TestCloseLetsRequestsLeaveFirst(t *testing.T) {
	for name, c := range map[string]struct {
		use  func(vpn.Session) error
		want []string // the calls after it, in order
	}{
		"nothing asked": {func(vpn.Session) error { return nil }, []string{"cancel", "release"}},
		"start":         {func(s vpn.Session) error { return s.Start(ctx, vpn.Options{}) }, []string{"start", "barrier", "cancel", "release"}},
		"stop":          {func(s vpn.Session) error { return s.Stop(ctx) }, []string{"stop", "barrier", "cancel", "release"}},
	} {
		for how, end := range map[string]func(*Backend, vpn.Session) error{
			"the session": func(_ *Backend, s vpn.Session) error { return s.Close() },
			"everything":  func(b *Backend, _ vpn.Session) error { return b.Close() },
		} {
			t.Run(name+", closing "+how, func(t *testing.T) {
				bench(t, func(t *testing.T, b *Backend, l *library, _ *manager) {
					s := open(t, b, office)
					settled()
					before := len(l.calls())
					if err := errors.Join(c.use(s), end(b, s)); err != nil {
						t.Error(err)
					}
					synctest.Wait()
					if got := l.calls()[before:]; !slices.Equal(got, c.want) {
						t.Errorf("calls = %q, want %q", got, c.want)
					}
				})
			})
		}
	}
}

func TestABarrierThatHangsHoldsUpNobodyForLong(t *testing.T) {
	bench(t, func(t *testing.T, b *Backend, l *library, _ *manager) {
		s, other := open(t, b, office), open(t, b, office)
		settled(s, other)
		if err := s.Start(ctx, vpn.Options{}); err != nil {
			t.Fatal(err)
		}
		l.gate = make(chan struct{})
		defer close(l.gate)
		before, errs := time.Now(), make(chan error)
		go func() { errs <- s.Close() }()
		synctest.Wait()
		wantEvents(t, s, "closed")
		l.set(office, vpn.Connected)
		wantEvents(t, other, "Connected")
		if err := <-errs; !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("err = %v", err)
		}
		if d := time.Since(before); d != flushLimit {
			t.Errorf("Close took %v, want %v", d, flushLimit)
		}
	})
}

func TestListDecidesWhichSessionsAreKept(t *testing.T) {
	bench(t, func(t *testing.T, b *Backend, l *library, m *manager) {
		m.set(record(office, "Office", 5), record(home, "Home", 2))
		load(t, b)
		s, kept := open(t, b, office), open(t, b, home)
		stranger := open(t, b, uuid.New()) // never on the list
		settled(s, kept, stranger)
		before := len(l.calls())

		m.set(record(office, "Office, renamed", 5), record(home, "Home", 2))
		if got := load(t, b); got[0].Name != "Office, renamed" {
			t.Errorf("list = %+v", got)
		}
		if n := len(l.calls()); n != before {
			t.Errorf("an edit touched the sessions: %v", l.calls()[before:])
		}

		m.set(record(home, "Home", 2))
		load(t, b)
		wantEvents(t, s, "Invalid")
		if got := l.calls()[before:]; !slices.Equal(got, []string{"cancel", "release"}) {
			t.Errorf("calls = %v", got)
		}
		wantStatus(t, s, vpn.Invalid)
		if err := s.Start(ctx, vpn.Options{}); !errors.Is(err, ErrGone) {
			t.Errorf("Start: %v", err)
		}
		if err := s.Stop(ctx); err != nil {
			t.Error(err)
		}
		if i, err := s.Info(ctx); err != nil || !cmp.Equal(i, vpn.Info{}) {
			t.Errorf("Info = %+v, %v", i, err)
		}
		if _, err := s.Statistics(ctx); !errors.Is(err, vpn.ErrNoStatistics) {
			t.Errorf("Statistics: %v", err)
		}

		l.set(office, vpn.Connected)
		m.set(record(home, "Home", 2), record(office, "Office", 5))
		load(t, b)
		wantEvents(t, s, "Connected") // it came back, in another generation
		wantStatus(t, s, vpn.Connected)
		wantStatus(t, kept, vpn.Disconnected)
		wantStatus(t, stranger, vpn.Disconnected)
		wantEvents(t, kept)
		wantEvents(t, stranger)
	})
}

func TestAVanishedServiceAnswersWhoIsWaiting(t *testing.T) {
	bench(t, func(t *testing.T, b *Backend, l *library, m *manager) {
		m.set(record(office, "Office", 5))
		load(t, b)
		l.lost, l.silent = true, true
		s := open(t, b, office)
		got := make(chan vpn.Status)
		go func() {
			st, err := s.Status(ctx)
			if err != nil {
				t.Error(err)
			}
			got <- st
		}()
		synctest.Wait()
		m.set()
		if list := load(t, b); len(list) != 0 {
			t.Errorf("list = %v", list)
		}
		if st := <-got; st != vpn.Invalid {
			t.Errorf("status = %v", st)
		}
	})
}

func TestSessionsOfOneServiceShareTheLibrarysAndEndApart(t *testing.T) {
	bench(t, func(t *testing.T, b *Backend, l *library, _ *manager) {
		first, second := open(t, b, office), open(t, b, office)
		settled(first, second)
		l.set(office, vpn.Connected)
		wantEvents(t, first, "Connected")
		wantEvents(t, second, "Connected")
		if err := first.Close(); err != nil {
			t.Fatal(err)
		}
		l.set(office, vpn.Disconnected)
		wantEvents(t, first, "closed")
		wantEvents(t, second, "Disconnected")
		if l.creates != 1 || l.releases != 0 {
			t.Errorf("%d creates, %d releases", l.creates, l.releases)
		}
	})
}

func TestClosingALibraryThatHangsIsAnError(t *testing.T) {
	bench(t, func(t *testing.T, b *Backend, l *library, _ *manager) {
		s := open(t, b, office)
		settled()
		l.gate = make(chan struct{})
		started := make(chan error)
		go func() { started <- s.Start(ctx, vpn.Options{}) }()
		synctest.Wait()
		before := time.Now()
		err := b.Close()
		if want := flushLimit + closeLimit + callLimit; err == nil || time.Since(before) != want {
			t.Errorf("after %v: %v, want an error after %v", time.Since(before), err, want)
		}
		if err := <-started; !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the start: %v", err)
		}
		close(l.gate)
	})
}

func TestChangesWithinAMomentAreOne(t *testing.T) {
	bench(t, func(t *testing.T, b *Backend, _ *library, m *manager) {
		load(t, b)
		count := func() (n int) {
			for {
				select {
				case <-b.Changed():
					n++
				default:
					return n
				}
			}
		}
		for range 10 {
			m.watcher()
			time.Sleep(changeDelay / 20)
		}
		if count() != 0 {
			t.Error("announced at once")
		}
		time.Sleep(changeDelay)
		if n := count(); n != 1 {
			t.Errorf("announced %d times", n)
		}
		m.watcher()
		time.Sleep(2 * changeDelay)
		m.watcher()
		time.Sleep(2 * changeDelay)
		if n := count(); n != 1 { // nobody read in between
			t.Errorf("announced %d times", n)
		}
		m.watcher()
		time.Sleep(changeDelay / 2)
		m.watcher() // which the first announces too
		time.Sleep(changeDelay / 2)
		synctest.Wait()
		if n := count(); n != 1 {
			t.Errorf("announced %d times", n)
		}
		time.Sleep(changeDelay)
		synctest.Wait()
		if n := count(); n != 0 {
			t.Errorf("announced %d times more", n)
		}
		m.watcher() // still folding when everything is closed
		synctest.Wait()
	})
}

func TestAnOlderListDoesNotUndoANewerOne(t *testing.T) {
	bench(t, func(t *testing.T, b *Backend, l *library, m *manager) {
		m.set(record(office, "Office", 5))
		load(t, b)
		s := open(t, b, office)
		settled(s)
		m.held = true
		m.set()
		done := make(chan error)
		go func() { _, err := b.Configurations(ctx); done <- err }()
		synctest.Wait()
		m.held = false
		m.set(record(office, "Office", 5))
		load(t, b)
		m.hold[0]()
		if err := <-done; err != nil {
			t.Error(err)
		}
		wantEvents(t, s)
		wantStatus(t, s, vpn.Disconnected)
		if l.releases != 0 {
			t.Error("the session was released")
		}
	})
}

func TestAListThatFailsKeepsTheSessions(t *testing.T) {
	bench(t, func(t *testing.T, b *Backend, l *library, m *manager) {
		m.set(record(office, "Office", 5))
		load(t, b)
		s := open(t, b, office)
		settled(s)
		m.err = errors.New("the helper did not answer")
		if _, err := b.Configurations(ctx); !errors.Is(err, m.err) {
			t.Errorf("err = %v", err)
		}
		wantEvents(t, s)
		wantStatus(t, s, vpn.Disconnected)
	})
}

func TestMissingFunctionsAreErrorsOfTheCallsThatNeedThem(t *testing.T) {
	for _, missing := range []string{"handler", "info", "start", "stop", "cancel"} {
		t.Run(missing, func(t *testing.T) {
			bench(t, func(t *testing.T, b *Backend, l *library, _ *manager) {
				l.missing = missing
				s := open(t, b, office)
				_, status := s.Status(ctx)
				_, info := s.Info(ctx)
				_, statistics := s.Statistics(ctx)
				for name, err := range map[string]error{
					"status": status, "info": info, "statistics": statistics, "start": s.Start(ctx, vpn.Options{}), "stop": s.Stop(ctx),
				} {
					needs := name == missing || missing == "info" && name == "statistics"
					if needs != errors.Is(err, errMissing) || !needs && err != nil && name != "statistics" {
						t.Errorf("%s: err = %v", name, err)
					}
				}
				settled()
				l.emit(office, nesession.StatusChanged)
				synctest.Wait()
			})
		})
	}
}

// The library was asked too much, for example. A status that is not asked for before
// there is a handler may be a false one.
func TestASessionWhoseFirstQuestionFailsIsMadeAgainByTheNextCall(t *testing.T) {
	bench(t, func(t *testing.T, b *Backend, l *library, _ *manager) {
		l.set(office, vpn.Connected)
		l.missing = "status"
		s := open(t, b, office)
		for name, err := range map[string]error{"status": second(s.Status(ctx)), "details": second(s.Info(ctx)), "start": s.Start(ctx, vpn.Options{})} {
			if !errors.Is(err, errMissing) {
				t.Errorf("%s: err = %v", name, err)
			}
		}
		if calls := l.calls(); slices.Contains(calls, "handler") || slices.Contains(calls, "start") {
			t.Errorf("calls = %v", calls)
		}
		l.change(func() { l.missing = "" })
		wantStatus(t, s, vpn.Connected)
		wantEvents(t, s, "Connected")
		l.set(office, vpn.Disconnected)
		wantEvents(t, s, "Disconnected")
	})
}

func TestWithoutAStatusThereAreNoDetails(t *testing.T) {
	bench(t, func(t *testing.T, b *Backend, l *library, _ *manager) {
		s := open(t, b, office)
		wantStatus(t, s, vpn.Disconnected)
		l.change(func() { l.missing = "status" })
		if i, err := s.Info(ctx); !errors.Is(err, errMissing) {
			t.Errorf("Info = %+v, %v", i, err)
		}
		l.change(func() { l.missing = "" })
	})
}

func second[T any](_ T, err error) error { return err }

func TestWithoutTheLibraryServicesAreListedAndSayWhy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lacks := errors.New("no library")
		m, l := &manager{}, newLibrary(t)
		defer l.close()
		missing := true
		b := New(Parts{
			Sessions: func() (nesession.API, error) {
				if missing {
					return nil, lacks
				}
				return l, nil
			},
			Manager: func() (neconfig.Manager, error) { return m, nil },
		})
		m.set(record(office, "Office", 5))
		if len(load(t, b)) != 1 {
			t.Error("nothing is listed")
		}
		s := open(t, b, office)
		if _, err := s.Status(ctx); !errors.Is(err, lacks) {
			t.Errorf("err = %v", err)
		}
		if err := s.Start(ctx, vpn.Options{}); !errors.Is(err, lacks) {
			t.Errorf("err = %v", err)
		}
		missing = false // as after an error that passed
		wantStatus(t, s, vpn.Disconnected)
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
}

func TestWithoutTheManagerSessionsWork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLibrary(t)
		defer l.close()
		lacks := errors.New("no manager")
		b := New(Parts{
			Sessions: func() (nesession.API, error) { return l, nil },
			Manager:  func() (neconfig.Manager, error) { return nil, lacks },
		})
		if _, err := b.Configurations(ctx); !errors.Is(err, lacks) {
			t.Errorf("err = %v", err)
		}
		wantStatus(t, open(t, b, office), vpn.Disconnected)
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
}

// Making the manager looks the user up, which may hang.
func TestAManagerThatIsMadeLateHoldsUpNobodyAndIsUsedThen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, made, times := &manager{}, make(chan struct{}), 0
		b := New(Parts{Manager: func() (neconfig.Manager, error) { times++; <-made; return m, nil }})
		before := time.Now()
		if _, err := b.Configurations(ctx); !errors.Is(err, context.DeadlineExceeded) || time.Since(before) != loadLimit {
			t.Errorf("after %v: %v", time.Since(before), err)
		}
		loaded := make(chan error)
		go func() { _, err := b.Configurations(ctx); loaded <- err }()
		synctest.Wait()
		close(made)
		if err := <-loaded; err != nil {
			t.Error(err)
		}
		if err := b.Close(); err != nil || times != 1 || m.closed != 1 {
			t.Errorf("Close: %v; the manager was made %d times, closed %d times", err, times, m.closed)
		}
	})
}

func TestClosingDoesNotWaitForTheManager(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, made := &manager{}, make(chan struct{})
		b := New(Parts{Manager: func() (neconfig.Manager, error) { <-made; return m, nil }})
		loaded := make(chan error)
		go func() { _, err := b.Configurations(ctx); loaded <- err }()
		synctest.Wait()
		before := time.Now()
		if err := b.Close(); err != nil || time.Since(before) > 0 {
			t.Errorf("Close: %v after %v", err, time.Since(before))
		}
		if err := <-loaded; !errors.Is(err, vpn.ErrClosed) {
			t.Error(err)
		}
		close(made)
		synctest.Wait()
		if m.closed != 1 {
			t.Errorf("the manager was closed %d times", m.closed)
		}
	})
}

func TestAManagerWithoutNoticesOfChangesStillLoads(t *testing.T) {
	bench(t, func(t *testing.T, b *Backend, _ *library, m *manager) {
		m.noWatch = errMissing
		m.set(record(office, "Office", 5))
		if len(load(t, b)) != 1 {
			t.Error("nothing is listed")
		}
	})
}

func TestTheLogWarnsOfWhatIsWrongAndOfNothingElse(t *testing.T) {
	for name, c := range map[string]struct {
		noWatch error
		missing string
		want    string
	}{
		"nothing is wrong":             {},
		"changes can't be watched":     {noWatch: errors.New("no"), want: "changes of the VPN configurations will not be noticed"},
		"sessions can't be subscribed": {missing: "handler", want: "events can't be subscribed to"},
		"subscriptions can't be ended": {missing: "cancel", want: "subscription can't be cancelled"},
		"sessions can't be given back": {missing: "release", want: "session can't be released"},
		"statistics are not to be had": {missing: "info"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l, m := newLibrary(t), &manager{noWatch: c.noWatch}
				l.missing = c.missing
				var log strings.Builder
				b := New(Parts{
					Sessions: func() (nesession.API, error) { return l, nil },
					Manager:  func() (neconfig.Manager, error) { return m, nil },
					Log:      slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelWarn})),
				})
				m.set(record(office, "Office", 5))
				load(t, b)
				s := open(t, b, office)
				settled(s)
				if err := errors.Join(s.Close(), b.Close()); err != nil {
					t.Error(err)
				}
				l.close()
				if got := log.String(); c.want == "" && got != "" || !strings.Contains(got, c.want) {
					t.Errorf("the log is %q, want %q", got, c.want)
				}
			})
		})
	}
}

func TestALibraryThatEndsASubscriptionByItselfIsReleasedToo(t *testing.T) {
	bench(t, func(t *testing.T, b *Backend, l *library, _ *manager) {
		s := open(t, b, office)
		settled()
		l.emit(office, nesession.Cancelled)
		synctest.Wait()
		l.mu.Lock()
		for _, k := range l.sessions {
			k.handler = nil
		}
		l.mu.Unlock()
		wantStatus(t, s, vpn.Disconnected)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if l.releases != 1 {
			t.Errorf("%d releases", l.releases)
		}
	})
}

func TestTheSystemsBackendNeverFailsToBeMade(t *testing.T) {
	b := System(nil)
	s, err := b.Open(uuid.New())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Status(ctx); err != nil {
		t.Log(err)
	}
	if err := b.Close(); err != nil {
		t.Error(err)
	}
}

func TestWhatTheSystemLacksIsReported(t *testing.T) {
	cocoa.Require(cocoa.Symbol, "VPN details", "vpnstatus_no_such_symbol")
	if got := Lacks(); len(got) != 1 || !strings.Contains(got[0].Error(), "vpnstatus_no_such_symbol") {
		t.Errorf("%v", got)
	}
}
