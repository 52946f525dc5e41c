package app

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"vpnstatus/internal/autoconnect"
	"vpnstatus/internal/control"
	"vpnstatus/internal/engine"
	"vpnstatus/internal/settings"
	"vpnstatus/internal/vpn"
)

func TestMain(m *testing.M) {
	// The log's library keeps one goroutine per file for as long as the
	// process lives; it sleeps unless the log is rotated.
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("gopkg.in/natefinch/lumberjack%2ev2.(*Logger).millRun"))
}

// patience is how long to wait for what must happen; it costs nothing when all
// is well.
const patience = 30 * time.Second

// quiet returns a headless app's configuration with a home of its own.
func quiet(t *testing.T) Config {
	t.Helper()
	// t.TempDir is too long for a socket on some systems.
	dir, err := os.MkdirTemp("", "vs")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	t.Setenv(settings.HomeVariable, dir)
	return Config{Version: "test", Demo: "quiet", Headless: true}
}

// assemble returns an application with its socket, which is not running yet.
func assemble(t *testing.T, c Config) *application {
	t.Helper()
	l, _, err := listenOrDial(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	a, err := newApplication(c, l, nil)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// launch runs the app and returns its services and the function that ends it.
func launch(t *testing.T, c Config) (Services, func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- Run(ctx, c) }()
	end := func() {
		t.Helper()
		cancel()
		select {
		case err := <-ended:
			if err != nil {
				t.Errorf("the app ended with: %v", err)
			}
			ended <- nil
		case <-time.After(patience):
			t.Fatal("the app did not end")
		}
	}
	t.Cleanup(end)
	for deadline := time.Now().Add(patience); ; {
		s, err := Connect(t.Context(), c)
		if err == nil {
			t.Cleanup(func() { _ = s.Close() }) // it never fails
			return s, end
		}
		if !errors.Is(err, ErrNotRunning) || time.Now().After(deadline) {
			t.Fatal(err)
		}
		time.Sleep(time.Millisecond)
	}
}

// await follows the services until one is as wanted.
func await(t *testing.T, s Services, name string, wanted func(*engine.Service) bool) *engine.Service {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	snapshot, sub, err := s.Follow(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer sub.Close()
	for {
		v, err := snapshot.Find(name)
		if err != nil {
			t.Fatal(err)
		}
		if wanted(v) {
			return v
		}
		select {
		case u, ok := <-sub.C():
			if !ok {
				t.Fatal(sub.Err())
			}
			snapshot = u.Snapshot
		case <-ctx.Done():
			t.Fatalf("%s stays %+v", name, v)
		}
	}
}

func status(want vpn.Status) func(*engine.Service) bool {
	return func(v *engine.Service) bool { return v.Status == want }
}

func TestAppStartsServesAndEndsLeavingNothingBehind(t *testing.T) {
	c := quiet(t)
	c.Speed = 20
	s, end := launch(t, c)
	office := await(t, s, "Office", func(v *engine.Service) bool { return v.Known })
	if err := s.Do(t.Context(), engine.Command{Verb: engine.VerbAuto, ID: office.ID, On: true}); err != nil {
		t.Fatal(err)
	}
	await(t, s, "Office", status(vpn.Connected))
	if _, err := s.Statistics(t.Context(), office.ID); err != nil {
		t.Error(err)
	}
	if x, err := s.Explain(t.Context(), office.ID); err != nil || x.View.State != autoconnect.Satisfied {
		t.Errorf("explanation %+v, %v", x, err)
	}
	end()
	path, err := c.SocketPath()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the socket is still there: %v", err)
	}
	stored, err := readSettings(c)
	if err != nil || !stored.AutoConnect[office.ID] {
		t.Errorf("what was set is not in the file: %+v, %v", stored, err)
	}
}

func TestSecondInstanceIsRefusedWithoutAScreen(t *testing.T) {
	c := quiet(t)
	launch(t, c)
	var running *RunningError
	if err := Run(t.Context(), c); !errors.As(err, &running) || running.PID != os.Getpid() {
		t.Errorf("the second instance ended with: %v", err)
	}
}

func TestOfSixInstancesAtOnceOneRuns(t *testing.T) {
	c := quiet(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	const instances = 6
	ended := make(chan error, instances)
	for range instances {
		go func() { ended <- Run(ctx, c) }()
	}
	for range instances - 1 {
		var running *RunningError
		if err := <-ended; !errors.As(err, &running) || running.PID != os.Getpid() {
			t.Errorf("an instance ended with: %v", err)
		}
	}
	select {
	case err := <-ended:
		t.Fatalf("none runs: %v", err)
	default:
	}
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("the one that ran ended with: %v", err)
	}
}

func TestSecondInstanceWaitsForOneThatIsEnding(t *testing.T) {
	c := quiet(t)
	path, err := c.SocketPath()
	if err != nil {
		t.Fatal(err)
	}
	first, err := control.Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := first.Close(); err != nil { // the socket is gone, the instance is not
		t.Fatal(err)
	}
	time.AfterFunc(50*time.Millisecond, func() {
		if err := first.Release(); err != nil {
			t.Error(err)
		}
	})
	_, end := launch(t, c)
	end()
}

func TestSocketOfAnotherProgramIsLeftAlone(t *testing.T) {
	before := otherTime
	otherTime = 100 * time.Millisecond
	defer func() { otherTime = before }()
	c := quiet(t)
	path, err := c.SocketPath()
	if err != nil {
		t.Fatal(err)
	}
	other, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	go func() {
		for {
			conn, err := other.Accept()
			if err != nil {
				return
			}
			_ = conn.Close() // it speaks no HTTP
		}
	}()
	if err := Run(t.Context(), c); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("the app ended with: %v", err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Errorf("the other program's socket: %v", err)
	}
}

func TestBrokenScenarioEndsTheStart(t *testing.T) {
	c := quiet(t)
	c.Demo = filepath.Join(t.TempDir(), "broken.json")
	if err := os.WriteFile(c.Demo, []byte(`{"services": [{"protocol": 7}]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Run(t.Context(), c); err == nil || !strings.Contains(err.Error(), "broken.json") {
		t.Errorf("the app ended with: %v", err)
	}
}

func TestBrokenSettingsAreAProblemNotAnEnd(t *testing.T) {
	c := quiet(t)
	path, err := c.SettingsPath()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("{broken"), 0o600); err != nil {
		t.Fatal(err)
	}
	s, _ := launch(t, c)
	snapshot, err := s.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(snapshot.Problems, func(p engine.Problem) bool { return p.Key == "settings" }) {
		t.Errorf("problems: %+v", snapshot.Problems)
	}
	var said []string
	for _, k := range Doctor(t.Context(), c).Checks {
		if strings.HasPrefix(k.Name, "settings") {
			said = append(said, k.Detail)
		}
	}
	if len(said) != 1 || !strings.HasSuffix(said[0], "the defaults are in force") {
		t.Errorf("the diagnosis says %q", said)
	}
}

// rememberingScreen keeps what it was given until its context ends.
type rememberingScreen struct {
	stage chan screenDeps
	quit  chan struct{}
}

func (r rememberingScreen) run(ctx context.Context, s screenDeps) error {
	r.stage <- s
	select {
	case <-ctx.Done():
	case <-r.quit:
	}
	return nil
}

func TestScreenIsShownBeforeTheServicesAreKnown(t *testing.T) {
	c := quiet(t)
	a := assemble(t, c)
	// A backend that never answers.
	if err := a.world.close(); err != nil {
		t.Fatal(err)
	}
	a.engine = engine.New(engine.Options{
		Backend: stuck{absent{nil, make(chan struct{})}}, Facts: noFacts{make(chan struct{})}, Settings: a.settings,
	})
	view := rememberingScreen{make(chan screenDeps, 1), make(chan struct{})}
	ended := make(chan error, 1)
	go func() { ended <- a.run(t.Context(), view) }()
	s := <-view.stage
	if s.source.Latest().Loaded {
		t.Error("the list can't have been loaded")
	}

	// The screen is what another instance wants to see.
	client, err := c.Dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := client.Show(t.Context()); err != nil {
		t.Fatal(err)
	}
	<-s.show
	c.AtLogin = true
	if err := handOver(t.Context(), c, view, client); err != nil {
		t.Error(err)
	}
	client.Close()
	select {
	case <-s.show:
		t.Error("a start at log-in shows the first instance")
	default:
	}
	close(view.quit)
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// absent is a backend that can't work.
type absent struct {
	err     error
	changed chan struct{}
}

func (a absent) Configurations(context.Context) ([]vpn.Configuration, error) { return nil, a.err }
func (a absent) Changed() <-chan struct{}                                    { return a.changed }
func (a absent) Open(vpn.ID) (vpn.Session, error)                            { return nil, a.err }
func (a absent) Close() error                                                { return nil }

// stuck is a backend whose list does not arrive before it is given up.
type stuck struct{ absent }

func (stuck) Configurations(ctx context.Context) ([]vpn.Configuration, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

func TestBackendThatCannotWorkIsAProblem(t *testing.T) {
	c := quiet(t)
	a, err := newApplication(c, nil, errors.New("no socket today"))
	if err != nil {
		t.Fatal(err)
	}
	if err := a.world.close(); err != nil {
		t.Fatal(err)
	}
	a.engine = engine.New(engine.Options{
		Backend: absent{errors.New("no VPN sessions"), make(chan struct{})}, Facts: noFacts{make(chan struct{})}, Settings: a.settings, Problems: a.allProblems,
	})
	view := rememberingScreen{make(chan screenDeps, 1), make(chan struct{})}
	ended := make(chan error, 1)
	go func() { ended <- a.run(t.Context(), view) }()
	s := <-view.stage
	want := map[string]string{"backend": "no VPN sessions", "control": "no socket today"}
	sub := s.source.Subscribe(16)
	defer sub.Close()
	for snapshot := s.source.Latest(); len(want) > 0; {
		for _, p := range snapshot.Problems {
			if strings.Contains(p.Text, want[p.Key]) {
				delete(want, p.Key)
			}
		}
		if len(want) == 0 {
			break
		}
		select {
		case u := <-sub.C():
			snapshot = u.Snapshot
		case <-time.After(patience):
			t.Fatalf("not reported: %v in %+v", want, snapshot.Problems)
		}
	}
	close(view.quit)
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestDirectServicesWatchAndDoAsTold(t *testing.T) {
	c := quiet(t)
	c.Speed = 20
	s, err := OpenDirect(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	office := await(t, s, "Office", func(v *engine.Service) bool { return v.Known })
	if s.App() {
		t.Error("these are not the app's")
	}
	if _, err := s.Statistics(t.Context(), office.ID); !errors.Is(err, vpn.ErrNoStatistics) {
		t.Errorf("statistics while down: %v", err)
	}
	if err := s.Do(t.Context(), engine.Command{Verb: engine.VerbConnect, ID: office.ID}); err != nil {
		t.Fatal(err)
	}
	await(t, s, "Office", status(vpn.Connected))
	if info, err := s.Info(t.Context(), office.ID); err != nil || len(info.Details) == 0 {
		t.Errorf("info %+v, %v", info, err)
	}
	if err := s.Do(t.Context(), engine.Command{Verb: engine.VerbDisconnect, ID: office.ID}); err != nil {
		t.Fatal(err)
	}
	await(t, s, "Office", status(vpn.Disconnected))
	if err := s.Do(t.Context(), engine.Command{Verb: engine.VerbPause, Until: autoconnect.Forever}); err == nil {
		t.Error("without the app there is nothing to be paused")
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

func TestDirectServicesConnectNothingByThemselves(t *testing.T) {
	c := quiet(t)
	path, err := c.SettingsPath()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(`{"autoConnect": {"`+vpn.ID{1}.String()+`": true}, "hidden": ["Home"]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	got := watchOnly(c)
	if len(got.AutoConnect) != 0 || len(got.Hidden) != 1 {
		t.Errorf("%+v", got)
	}
}

func TestSpeedOutOfRangeIsRefused(t *testing.T) {
	c := quiet(t)
	for _, speed := range []float64{-1, 1e9} {
		c.Speed = speed
		if err := Run(t.Context(), c); err == nil || !strings.Contains(err.Error(), "speed") {
			t.Errorf("speed %g: %v", speed, err)
		}
	}
}

func TestLogThatCannotBeWrittenIsTold(t *testing.T) {
	for name, plant := range map[string]func(path string) error{
		"its folder is a file": func(path string) error { return os.WriteFile(filepath.Dir(path), nil, 0o600) },
		"it is a folder":       func(path string) error { return os.MkdirAll(path, 0o700) },
		"it is a named pipe": func(path string) error {
			return errors.Join(os.Mkdir(filepath.Dir(path), 0o700), syscall.Mkfifo(path, 0o600))
		},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "home", "log")
			if err := plant(path); err != nil {
				t.Fatal(err)
			}
			var stderr bytes.Buffer
			log, closer, err := openLog(path, &stderr, Config{Headless: true})
			if err == nil {
				t.Error("nothing was reported")
			}
			log.Warn("still here")
			log.Info("not worth it")
			if got := stderr.String(); !strings.Contains(got, "still here") || strings.Contains(got, "not worth it") {
				t.Errorf("on standard error: %q", got)
			}
			if err := closer.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestLogIsForThisUserAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "home", "log")
	log, closer, err := openLog(path, nil, Config{})
	if err != nil {
		t.Fatal(err)
	}
	log.Log(t.Context(), slog.LevelInfo, "hello")
	if err := closer.Close(); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 || info.Size() == 0 {
		t.Errorf("%v, %v", info, err)
	}
}

func TestTheLogIsBounded(t *testing.T) {
	dir := t.TempDir()
	log, closer, err := openLog(filepath.Join(dir, "log"), nil, Config{})
	if err != nil {
		t.Fatal(err)
	}
	const mb = 1 << 20
	line := strings.Repeat("x", 64<<10) // of a client that writes as much as it can
	for range 4 * logMegabytes * mb / len(line) {
		log.Info("command", "origin", line)
	}
	if err := closer.Close(); err != nil {
		t.Fatal(err)
	}
	// Older files are removed in the background.
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(time.Millisecond) {
		files, size := 0, int64(0)
		entries, err := os.ReadDir(dir)
		for _, e := range entries {
			if info, err := e.Info(); err == nil {
				files, size = files+1, size+info.Size()
			}
		}
		if err == nil && files == 2 && size <= 2*logMegabytes*mb {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%d files of %d bytes, %v", files, size, err)
		}
	}
}

func TestAFirstDemonstrationShowsAutoConnectAtWork(t *testing.T) {
	c := quiet(t)
	c.Demo, c.Speed = DefaultScenario, 60
	s, end := launch(t, c)
	office := await(t, s, "Office", func(v *engine.Service) bool { return v.Known })
	if !office.AutoConnect {
		t.Fatal("Auto Connect is off")
	}
	down := await(t, s, "Office", func(v *engine.Service) bool { return v.Policy.State == autoconnect.Backoff })
	if words := down.Policy.Reason.Words(time.Now(), time.UTC); words == "" {
		t.Error("no reason is shown")
	}
	await(t, s, "Office", status(vpn.Connected))
	if err := s.Do(t.Context(), engine.Command{Verb: engine.VerbAuto, ID: office.ID}); err != nil {
		t.Fatal(err)
	}
	end()
	s, _ = launch(t, c)
	if v := await(t, s, "Office", func(v *engine.Service) bool { return v.Known }); v.AutoConnect {
		t.Error("at the second start what the user set is overruled")
	}
}
