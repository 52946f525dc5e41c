package app

import (
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"vpnstatus/internal/control"
	"vpnstatus/internal/doctor"
	"vpnstatus/internal/engine"
	"vpnstatus/internal/settings"
	"vpnstatus/internal/vpn"
)

func TestDirectServicesAreWatched(t *testing.T) {
	c := quiet(t)
	c.Speed = 20
	s, err := OpenDirect(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	seen := errors.New("seen")
	var lines []control.Line
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	err = s.Watch(ctx, []string{"Office"}, func(l control.Line) error {
		lines = append(lines, l)
		switch {
		case l.Type == control.LineService:
			return s.Do(ctx, engine.Command{Verb: engine.VerbConnect, ID: l.Service.ID})
		case l.Event != nil && l.Event.Kind == engine.EventStatus && l.Event.To == vpn.Connected.String():
			return seen
		}
		return nil
	})
	if err != seen {
		t.Fatalf("%v after %+v", err, lines)
	}
	office := lines[0].Service
	if office == nil || office.Name != "Office" {
		t.Fatalf("the first line is %+v", lines[0])
	}
	for _, l := range lines[1:] {
		if l.Event == nil || l.Event.ID != office.ID {
			t.Errorf("a line about something else: %+v", l)
		}
	}

	var none *vpn.NotFoundError
	if err := s.Watch(ctx, []string{"nosuch"}, func(control.Line) error { return nil }); !errors.As(err, &none) {
		t.Errorf("a name that nothing has: %v", err)
	}
	over, end := context.WithCancel(ctx)
	if err := s.Watch(over, nil, func(control.Line) error { end(); return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("a watcher that ends: %v", err)
	}
}

func TestWatchingDirectServicesEndsWithThem(t *testing.T) {
	s, err := OpenDirect(t.Context(), quiet(t))
	if err != nil {
		t.Fatal(err)
	}
	closed := false
	err = s.Watch(t.Context(), nil, func(control.Line) error {
		if !closed {
			closed = true
			return s.Close()
		}
		return nil
	})
	if !errors.Is(err, engine.ErrClosed) {
		t.Errorf("it ended with %v", err)
	}
}

func TestAServiceThatIsGoneHasNoDetails(t *testing.T) {
	s, _ := launch(t, quiet(t))
	var none *vpn.NotFoundError
	if _, err := s.Info(t.Context(), vpn.ID{1}); !errors.As(err, &none) {
		t.Errorf("of the app: %v", err)
	}
	d, err := OpenDirect(t.Context(), quiet(t))
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if _, err := d.Statistics(t.Context(), vpn.ID{1}); err == nil {
		t.Error("the system has statistics of it")
	}
}

func TestDetailsComeFromTheSystemItself(t *testing.T) {
	c := quiet(t)
	a := assemble(t, c)
	// The socket says that it is no simulator, so the command asks its own.
	a.engine = engine.New(engine.Options{Backend: a.world.backend, Facts: a.world.facts, Settings: a.settings})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- a.run(ctx, nil) }()
	defer func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}()
	s, err := Connect(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	office := await(t, s, "Office", func(v *engine.Service) bool { return v.Known })
	if info, err := s.Info(t.Context(), office.ID); err != nil || len(info.Details) == 0 {
		t.Errorf("%+v, %v", info, err)
	}
}

func TestAStartWaitsForTheEndOfAStopButNotForever(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &direct{Engine: engine.New(engine.Options{})}
		connect := engine.Command{Verb: engine.VerbConnect}
		r := &recorder{status: vpn.Disconnecting, events: make(chan vpn.Event)}
		if err := d.request(t.Context(), r, connect); err == nil || !strings.Contains(err.Error(), "still disconnecting") {
			t.Errorf("a stop that does not end: %v", err)
		}
		over, cancel := context.WithCancel(t.Context())
		cancel()
		if err := d.request(over, r, connect); !errors.Is(err, context.Canceled) {
			t.Errorf("a caller that ends: %v", err)
		}
		close(r.events)
		if err := d.request(t.Context(), r, connect); !errors.Is(err, vpn.ErrClosed) {
			t.Errorf("a session that ends: %v", err)
		}
		if len(r.calls) > 0 {
			t.Errorf("it was asked to %q", r.calls)
		}
	})
}

// check returns a check of the diagnosis.
func check(t *testing.T, c Config, name string) doctor.Check {
	t.Helper()
	for _, k := range Doctor(t.Context(), c).Checks {
		if k.Name == name {
			return k
		}
	}
	t.Fatalf("no check is called %q", name)
	return doctor.Check{}
}

func TestDoctorSaysWhyTheFolderCannotBeUsed(t *testing.T) {
	c := quiet(t)
	home := os.Getenv(settings.HomeVariable)
	file := filepath.Join(home, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		home string
		ok   bool
		want string
	}{
		{home, true, home},
		{filepath.Join(home, "not", "yet"), true, "not/yet"},
		{file, false, "is not a directory"},
		{filepath.Join(file, "below"), false, "not a directory"},
	} {
		t.Setenv(settings.HomeVariable, tt.home)
		if k := check(t, c, "folder"); k.OK != tt.ok || !strings.Contains(k.Detail, tt.want) {
			t.Errorf("%s: %+v", tt.home, k)
		}
	}
	left, err := os.ReadDir(home)
	if err != nil || len(left) != 1 {
		t.Errorf("it left %v, %v", left, err)
	}
}

func TestAnotherProgramThatAnswersIsNotTheApp(t *testing.T) {
	c := quiet(t)
	path, err := c.SocketPath()
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	other := http.Server{Handler: http.NotFoundHandler()}
	served := make(chan error, 1)
	go func() { served <- other.Serve(l) }()
	defer func() { _ = other.Close(); <-served }() // it returns http.ErrServerClosed
	if k := check(t, c, "app"); k.OK || k.Detail == "" {
		t.Errorf("doctor says %+v", k)
	}
	var occupied *occupiedError
	if err := Run(t.Context(), c); !errors.As(err, &occupied) || !strings.Contains(err.Error(), path) {
		t.Errorf("the app ends with %v", err)
	}
}

func TestProblemsOfAllPartsAreTold(t *testing.T) {
	c := quiet(t)
	path, err := c.SettingsPath()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(`{"retryDelayMax": "soon", "hooks": true}`), 0o600); err != nil {
		t.Fatal(err)
	}
	hook := filepath.Join(filepath.Dir(path), "hooks", "connected.d", "10-x")
	if err := os.MkdirAll(filepath.Dir(hook), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(hook, []byte("#!/bin/sh\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Dir(hook), 0o777); err != nil { // others could put theirs there
		t.Fatal(err)
	}
	s, _ := launch(t, c)
	for _, want := range []string{"settings.retryDelayMax", "hooks"} {
		eventually(t, want+" is told", func() bool {
			return slices.ContainsFunc(s.Latest().Problems, func(p engine.Problem) bool { return p.Key == want && p.Text != "" })
		})
	}
}

func TestASocketThatIsRemovedComesBack(t *testing.T) {
	c := quiet(t)
	a := assemble(t, c)
	defer a.close()
	path, err := c.SocketPath()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	a.restoreSocket()
	if _, err := os.Stat(path); err != nil {
		t.Error(err)
	}
	(&application{}).restoreSocket() // without a socket there is nothing to do
}

func TestAHomeThatIsTooLongForASocketIsRefused(t *testing.T) {
	c := quiet(t)
	t.Setenv(settings.HomeVariable, filepath.Join(os.Getenv(settings.HomeVariable), strings.Repeat("x", 200)))
	const want = "more than the"
	if _, err := Connect(t.Context(), c); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("a command says %v", err)
	}
	if err := Run(t.Context(), c); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("the app ends with %v", err)
	}
	if k := check(t, c, "socket"); k.OK || !strings.Contains(k.Detail, want) {
		t.Errorf("doctor says %+v", k)
	}
}

func TestWithoutAHomeNothingIsOpened(t *testing.T) {
	c := quiet(t)
	for _, name := range []string{settings.HomeVariable, "HOME", "XDG_CONFIG_HOME"} {
		t.Setenv(name, "")
	}
	t.Setenv("XDG_RUNTIME_DIR", t.TempDir())
	if _, err := newApplication(c, nil, nil); err == nil || !strings.Contains(err.Error(), "settings directory") {
		t.Errorf("the app says %v", err)
	}
	if k := check(t, c, "folder"); k.OK {
		t.Errorf("doctor says %+v", k)
	}
	if _, err := TimacImport(); err == nil || errors.Is(err, ErrNothingToImport) {
		t.Errorf("the import says %v", err)
	}
}

func TestSettingsOfTimacAreReadFromTheirFileIfTheSystemCannotBeAsked(t *testing.T) {
	file := filepath.Join(t.TempDir(), settings.TimacDomain+".plist")
	read := func() (settings.Import, error) {
		return timacImport(func() (map[string]any, error) { return nil, errors.New("there are no preferences") }, file)
	}
	if offered(read()) != nil {
		t.Error("something was found where there is nothing")
	}
	if err := os.Mkdir(file, 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := read(); err == nil || errors.Is(err, ErrNothingToImport) {
		t.Errorf("a folder in the place of the file: %v", err)
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte("<plist><dict><key>IgnoredSSIDs</key><string>Home</string></dict></plist>"), 0o600); err != nil {
		t.Fatal(err)
	}
	if i := offered(read()); i == nil || len(i.Taken) != 1 {
		t.Errorf("found %+v", i)
	}
}

func TestASecondInstanceShowsTheFirst(t *testing.T) {
	c := quiet(t)
	_, _ = launch(t, c) // it has no screen
	client, err := c.Dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	var running *RunningError
	view := rememberingScreen{}
	if err := handOver(t.Context(), c, view, client); !errors.As(err, &running) || !strings.Contains(err.Error(), "already running, as process") {
		t.Errorf("the first has no screen: %v", err)
	}
	c.AtLogin = true
	if err := handOver(t.Context(), c, view, client); err != nil {
		t.Errorf("started by the system: %v", err)
	}
}
