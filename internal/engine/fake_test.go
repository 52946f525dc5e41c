package engine

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"

	"vpnstatus/internal/autoconnect"
	"vpnstatus/internal/facts"
	"vpnstatus/internal/settings"
	"vpnstatus/internal/vpn"
)

// fakeBackend is the other side of the engine: it answers as instructed and
// records what it was asked to do.
type fakeBackend struct {
	changed chan struct{}
	probe   error                                     // what a probe of a tunnel says
	ask     func(server string, p vpn.Protocol) error // nil: nothing can be asked
	log     slog.Handler                              // of the engine; nil: the log of the bench

	mu       sync.Mutex
	list     []vpn.Configuration
	loadErr  error
	openErr  error // of every Open
	loads    int
	sessions map[vpn.ID]*fakeSession
	calls    []string   // "start Office", "stop Office"
	first    vpn.Status // of new sessions
	fail     error      // of starts of new sessions
	dead     bool       // new sessions answer nothing
	closed   int
}

func newFake(names ...string) *fakeBackend {
	b := &fakeBackend{changed: make(chan struct{}, 1), sessions: make(map[vpn.ID]*fakeSession), first: vpn.Disconnected}
	for i, n := range names {
		b.list = append(b.list, vpn.Configuration{ID: idOf(i), Name: n, Protocol: vpn.IKEv2, Enabled: true})
	}
	return b
}

// newUp is newFake with services that are connected at first.
func newUp(names ...string) *fakeBackend {
	b := newFake(names...)
	b.first = vpn.Connected
	return b
}

func idOf(i int) vpn.ID { return uuid.UUID{0: 1, 14: byte(i >> 8), 15: byte(i)} }

func (b *fakeBackend) Configurations(context.Context) ([]vpn.Configuration, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.loads++
	return slices.Clone(b.list), b.loadErr
}

func (b *fakeBackend) Changed() <-chan struct{} { return b.changed }
func (b *fakeBackend) Close() error             { return nil }

func (b *fakeBackend) Open(id vpn.ID) (vpn.Session, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.openErr != nil {
		return nil, b.openErr
	}
	name := ""
	for _, c := range b.list {
		if c.ID == id {
			name = c.Name
		}
	}
	s := b.sessions[id]
	if s == nil {
		s = &fakeSession{b: b, name: name, status: b.first, fail: b.fail, dead: b.dead}
		b.sessions[id] = s
	}
	s.events = make(chan vpn.Event, 64)
	return s, nil
}

// edit changes the list and says so.
func (b *fakeBackend) edit(f func([]vpn.Configuration) []vpn.Configuration) {
	b.mu.Lock()
	b.list = f(b.list)
	b.mu.Unlock()
	b.changed <- struct{}{}
}

func (b *fakeBackend) recorded() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.calls)
}

type fakeSession struct {
	b      *fakeBackend
	name   string
	events chan vpn.Event

	// Guarded by b.mu.
	status vpn.Status
	info   vpn.Info
	fail   error // of the next start
	dead   bool  // Status, Info and Statistics answer only when their context ends
	asked  int   // how often Statistics was asked
	gone   bool

	noCounters bool
	onStart    func()
	slow       func() time.Duration // how late Info answers; nil: at once
}

func (s *fakeSession) Start(context.Context, vpn.Options) error {
	s.b.mu.Lock()
	defer s.b.mu.Unlock()
	s.b.calls = append(s.b.calls, "start "+s.name)
	if s.onStart != nil {
		s.onStart()
	}
	if s.fail != nil {
		return s.fail
	}
	if s.status == vpn.Disconnected {
		s.setLocked(vpn.Connecting)
		s.setLocked(vpn.Connected)
	}
	return nil
}

func (s *fakeSession) Stop(context.Context) error {
	s.b.mu.Lock()
	defer s.b.mu.Unlock()
	s.b.calls = append(s.b.calls, "stop "+s.name)
	s.info.Cause = vpn.Cause{Family: vpn.FamilyVPN, Code: vpn.StopUser}
	s.setLocked(vpn.Disconnecting)
	s.setLocked(vpn.Disconnected)
	return nil
}

func (s *fakeSession) setLocked(st vpn.Status) {
	s.status = st
	select {
	case s.events <- vpn.Event{Status: st}:
	default:
	}
}

// drop ends the connection with a cause.
func (s *fakeSession) drop(code int) {
	s.b.mu.Lock()
	defer s.b.mu.Unlock()
	s.info.Cause = vpn.Cause{Family: vpn.FamilyVPN, Code: code}
	s.setLocked(vpn.Disconnected)
}

// end is drop by way of Disconnecting. It reports whether it was connected.
func (s *fakeSession) end(code int) bool {
	s.b.mu.Lock()
	defer s.b.mu.Unlock()
	if s.status != vpn.Connected {
		return false
	}
	s.info.Cause = vpn.Cause{Family: vpn.FamilyVPN, Code: code}
	s.setLocked(vpn.Disconnecting)
	s.setLocked(vpn.Disconnected)
	return true
}

func (s *fakeSession) set(st vpn.Status) {
	s.b.mu.Lock()
	defer s.b.mu.Unlock()
	s.setLocked(st)
}

// miss changes the status without an event.
func (s *fakeSession) miss(st vpn.Status) {
	s.b.mu.Lock()
	defer s.b.mu.Unlock()
	s.status = st
}

func (s *fakeSession) hang(ctx context.Context) error {
	s.b.mu.Lock()
	dead := s.dead
	s.b.mu.Unlock()
	if dead {
		<-ctx.Done()
		return ctx.Err()
	}
	return nil
}

func (s *fakeSession) Status(ctx context.Context) (vpn.Status, error) {
	if err := s.hang(ctx); err != nil {
		return vpn.Invalid, err
	}
	s.b.mu.Lock()
	defer s.b.mu.Unlock()
	return s.status, nil
}

func (s *fakeSession) Info(ctx context.Context) (vpn.Info, error) {
	if err := s.hang(ctx); err != nil {
		return vpn.Info{}, err
	}
	s.b.mu.Lock()
	slow := s.slow
	s.b.mu.Unlock()
	if slow != nil {
		select {
		case <-time.After(slow()):
		case <-ctx.Done():
			return vpn.Info{}, ctx.Err()
		}
	}
	s.b.mu.Lock()
	defer s.b.mu.Unlock()
	return s.info, nil
}

func (s *fakeSession) Statistics(ctx context.Context) (vpn.Statistics, error) {
	if err := s.hang(ctx); err != nil {
		return vpn.Statistics{}, err
	}
	s.b.mu.Lock()
	defer s.b.mu.Unlock()
	s.asked++
	if s.noCounters {
		return vpn.Statistics{}, vpn.ErrNoStatistics
	}
	return vpn.Statistics{BytesIn: uint64(s.asked)}, nil
}

func (s *fakeSession) Events() <-chan vpn.Event { return s.events }

func (s *fakeSession) Close() error {
	s.b.mu.Lock()
	defer s.b.mu.Unlock()
	s.b.closed++
	s.gone = true
	close(s.events)
	return nil
}

// fakeFacts is a source that is set by hand.
type fakeFacts struct {
	changed chan struct{}
	mu      sync.Mutex
	now     facts.Facts
}

func online() *fakeFacts {
	t := time.Now()
	return &fakeFacts{changed: make(chan struct{}, 1), now: facts.Facts{
		Path:          facts.Known(facts.Satisfied, t),
		Interface:     facts.Known(facts.WiFi, t),
		SSID:          facts.Known("Home", t),
		GatewayMAC:    facts.Known("aa:bb:cc:00:00:01", t),
		SessionActive: facts.Known(true, t),
	}}
}

func (f *fakeFacts) Current() facts.Facts {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.now
}
func (f *fakeFacts) Changed() <-chan struct{} { return f.changed }
func (f *fakeFacts) Close() error             { return nil }
func (f *fakeFacts) set(change func(*facts.Facts)) {
	f.mu.Lock()
	change(&f.now)
	f.mu.Unlock()
	f.changed <- struct{}{}
}

// bench is an engine at work in a bubble of virtual time.
type bench struct {
	*Engine
	t        *testing.T
	backend  *fakeBackend
	facts    *fakeFacts
	settings *settings.Store
	log      bytes.Buffer
	stop     func()
}

// run starts an engine inside the bubble and stops it at the end of f.
func run(t *testing.T, b *fakeBackend, change func(*settings.Settings), f func(x *bench)) {
	t.Helper()
	runAgain(t, b, change, autoconnect.Stored{}, f)
}

// runAgain is run with the state of an earlier run.
func runAgain(t *testing.T, b *fakeBackend, change func(*settings.Settings), state autoconnect.Stored, f func(x *bench)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := settings.Default()
		if change != nil {
			change(&s)
		}
		x := &bench{t: t, backend: b, facts: online(), settings: settings.NewMemory(s)}
		x.settings.KeepState(state)
		b.changed = make(chan struct{}, 1)
		x.Engine = New(Options{Backend: b, Facts: x.facts, Settings: x.settings, Jitter: func() float64 { return 1 },
			Ask: func(_ context.Context, server string, p vpn.Protocol) error {
				if b.ask == nil {
					return ErrCannotProbe
				}
				return b.ask(server, p)
			},
			Probe: func(context.Context, vpn.ID, autoconnect.Probe) error { return b.probe },
			Log:   slog.New(cmp.Or[slog.Handler](b.log, slog.NewTextHandler(&x.log, nil)))})
		ctx, cancel := context.WithCancel(context.Background())
		ended := make(chan error, 1)
		go func() { ended <- x.Run(ctx) }()
		x.stop = sync.OnceFunc(func() {
			cancel()
			if err := <-ended; !errors.Is(err, context.Canceled) {
				t.Errorf("the engine ended with %v", err)
			}
		})
		synctest.Wait()
		f(x)
		x.stop()
	})
}

// after lets time pass, and checks that what is published is what the policy says.
func (x *bench) after(d time.Duration) {
	x.t.Helper()
	time.Sleep(d)
	synctest.Wait()
	if _, err := ask(context.Background(), x.Engine, func(time.Time) (struct{}, error) { return struct{}{}, x.audit() }); err != nil {
		x.t.Error(err)
	}
	synctest.Wait()
}

// jump tells the engine that the wall clock moved.
func (x *bench) jump(gap time.Duration) {
	_, _ = ask(context.Background(), x.Engine, func(now time.Time) (struct{}, error) { // fails only at the end of the engine
		x.jumped(gap, now)
		return struct{}{}, nil
	})
	synctest.Wait()
}

// audit finds services whose published record is out of date.
func (x *bench) audit() error {
	for _, s := range x.order {
		if now := x.policy.View(s.conf.ID); s.published == nil || s.published.Policy != now || s.published.Status != s.status {
			return fmt.Errorf("%s is published as %+v, and is %v, %+v", s.conf.Name, s.published, s.status, now)
		}
	}
	return nil
}

func (x *bench) session(i int) *fakeSession {
	x.backend.mu.Lock()
	defer x.backend.mu.Unlock()
	return x.backend.sessions[idOf(i)]
}

func (x *bench) do(c Command) {
	x.t.Helper()
	if err := x.Do(context.Background(), c); err != nil {
		x.t.Errorf("%s: %v", c.Verb, err)
	}
	synctest.Wait()
}

func (x *bench) service(i int) *Service {
	x.t.Helper()
	s := x.Latest().Service(idOf(i))
	if s == nil {
		x.t.Fatalf("service %d is not in the snapshot", i)
	}
	return s
}

func (x *bench) wantCalls(want ...string) {
	x.t.Helper()
	if got := x.backend.recorded(); !slices.Equal(got, want) {
		x.t.Errorf("the system was asked to %q, want %q", got, want)
	}
}

func autoOn(ids ...int) func(*settings.Settings) {
	return func(s *settings.Settings) {
		s.AutoConnect = make(map[vpn.ID]bool)
		for _, i := range ids {
			s.AutoConnect[idOf(i)] = true
		}
	}
}

var errRefused = fmt.Errorf("refused")
