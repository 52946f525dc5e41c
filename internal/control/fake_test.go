package control

import (
	"context"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"go.uber.org/goleak"

	"vpnstatus/internal/autoconnect"
	"vpnstatus/internal/doctor"
	"vpnstatus/internal/engine"
	"vpnstatus/internal/settings"
	"vpnstatus/internal/vpn"
)

func TestMain(m *testing.M) {
	if path := os.Getenv(serveVariable); path != "" {
		os.Exit(serve(path))
	}
	if path := os.Getenv(callVariable); path != "" {
		os.Exit(call(path))
	}
	goleak.VerifyTestMain(m)
}

// fake is an engine that does nothing but remember.
type fake struct {
	mu        sync.Mutex
	latest    *engine.Snapshot
	subs      map[*engine.Subscription]bool
	commands  []engine.Command
	err       error // of Do and Explain
	attending int
	attended  int // how often Attend was called
	onAttend  func()
	panics    bool
	slow      chan struct{} // Do lasts until it is closed; nil: not
	cut       error         // of the context of a slow Do
}

func newFake(services ...*engine.Service) *fake {
	return &fake{latest: &engine.Snapshot{Seq: 1, Loaded: true, Services: services}, subs: map[*engine.Subscription]bool{}}
}

func (f *fake) Do(ctx context.Context, c engine.Command) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.panics {
		panic("a mistake")
	}
	f.commands = append(f.commands, c)
	if f.slow != nil {
		f.mu.Unlock()
		<-f.slow
		f.mu.Lock()
		f.cut = ctx.Err()
	}
	return f.err
}

func (f *fake) cutOff() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.cut
}

func (f *fake) did() []engine.Command {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.commands)
}

func (f *fake) Latest() *engine.Snapshot {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.latest
}

func (f *fake) Subscribe(buffer int) *engine.Subscription {
	f.mu.Lock()
	defer f.mu.Unlock()
	s := engine.NewSubscription(buffer, func(s *engine.Subscription) {
		f.mu.Lock()
		defer f.mu.Unlock()
		delete(f.subs, s)
	})
	f.subs[s] = true
	return s
}

func (f *fake) attendants() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.attending
}

func (f *fake) Attend() func() {
	f.mu.Lock()
	f.attending++
	f.attended++
	onAttend := f.onAttend
	f.mu.Unlock()
	if onAttend != nil {
		onAttend()
	}
	return sync.OnceFunc(func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.attending--
	})
}

func (f *fake) Explain(_ context.Context, id vpn.ID) (autoconnect.Explanation, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.err != nil {
		return autoconnect.Explanation{}, f.err
	}
	return autoconnect.Explanation{Status: vpn.Connected, Failures: 3, Warnings: []string{"for " + id.String()}}, nil
}

// publish tells all subscribers, as the engine does.
func (f *fake) publish(change func(*engine.Snapshot), events ...engine.Event) {
	f.mu.Lock()
	defer f.mu.Unlock()
	next := *f.latest
	next.Services = slices.Clone(next.Services)
	next.Seq++
	if change != nil {
		change(&next)
	}
	f.latest = &next
	for s := range f.subs {
		if !s.Publish(engine.Update{Events: events, Snapshot: f.latest}) {
			delete(f.subs, s)
		}
	}
}

func (f *fake) end(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for s := range f.subs {
		s.End(err)
	}
	clear(f.subs)
}

var (
	office = uuid.MustParse("00000000-0000-4000-8000-000000000001")
	home   = uuid.MustParse("00000000-0000-4000-8000-000000000002")
	home2  = uuid.MustParse("00000000-0000-4000-8000-000000000003")
	secret = uuid.MustParse("00000000-0000-4000-8000-000000000004")
	slash  = uuid.MustParse("00000000-0000-4000-8000-000000000005")
)

func services() []*engine.Service {
	return []*engine.Service{
		{
			Configuration: vpn.Configuration{ID: office, Name: "Office", Protocol: vpn.IKEv2, Server: "vpn.example.com", Enabled: true},
			Status:        vpn.Connected, Known: true, AutoConnect: true,
			Policy: autoconnect.View{State: autoconnect.Satisfied},
			Info: vpn.Info{
				Since: time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC), Remote: "192.0.2.1", Interface: "ipsec0",
				Addresses: []netip.Addr{netip.MustParseAddr("10.1.2.3")},
			},
		},
		{Configuration: vpn.Configuration{ID: home, Name: "Home", Protocol: vpn.L2TP, Enabled: true}, Status: vpn.Disconnected, Known: true},
		{Configuration: vpn.Configuration{ID: home2, Name: "Home", Protocol: vpn.IPSec, Enabled: true}, Status: vpn.Disconnected, Known: true},
		{Configuration: vpn.Configuration{ID: secret, Name: "Secret", Protocol: "Acme", Enabled: true}, Status: vpn.Disconnected, Known: true, Hidden: true},
		{Configuration: vpn.Configuration{ID: slash, Name: "a/b?c#d %2F 🦊", Protocol: "Acme", Enabled: true}, Status: vpn.Disconnected, Known: true},
	}
}

// socketPath returns a path short enough for a socket, whatever the test is
// called.
func socketPath(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "vpn")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) }) // the system clears it otherwise
	return filepath.Join(dir, "s")
}

// bench is a server on a real socket.
type bench struct {
	engine   *fake
	settings *settings.Store
	path     string
	listener *Listener
	server   *Server
	shown    chan struct{}
	quit     chan struct{}
	stop     func() // ends the server and waits
}

func start(t *testing.T, e *fake) *bench {
	t.Helper()
	b := &bench{
		engine: e, settings: settings.NewMemory(settings.Default()), path: socketPath(t),
		shown: make(chan struct{}, 1), quit: make(chan struct{}, 1),
	}
	l, err := Listen(b.path)
	if err != nil {
		t.Fatal(err)
	}
	b.listener = l
	srv := NewServer(e, b.settings, Options{
		Version: "1.2.3",
		Show:    func() { b.shown <- struct{}{} },
		Quit:    func() { b.quit <- struct{}{} },
		Doctor:  func(context.Context) doctor.Report { return doctor.New("1.2.3", doctor.Bad("folder", "read only")) },
	})
	b.server = srv
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- srv.Serve(ctx, l) }()
	b.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Serve: %v", err)
		}
		if err := l.Release(); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(b.stop)
	return b
}

// watchers returns how many watch.
func (b *bench) watchers() int {
	b.server.hub.mu.Lock()
	defer b.server.hub.mu.Unlock()
	return len(b.server.hub.watchers)
}

func (b *bench) dial(t *testing.T) *Client {
	t.Helper()
	c, err := Dial(t.Context(), b.path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// eventually waits for a condition that another goroutine makes true.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for !holds() {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain: %s", what)
		}
		time.Sleep(time.Millisecond)
	}
}

func within(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}
