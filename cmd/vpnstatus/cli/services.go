package cli

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"vpnstatus/internal/app"
	"vpnstatus/internal/engine"
)

// access is whether a command needs the running app.
type access bool

const (
	anyAccess access = false // the app, or the system itself
	appOnly   access = true  // holds, pause and Auto Connect belong to the app
)

// session is what a command works on.
type session struct {
	app.Services
	all   *engine.Snapshot
	named []*engine.Service // those that the arguments name; all without arguments
}

// open runs a command on the services of the running app, or else of the system.
// It fails before anything is done if a name doesn't fit.
func (e *env) open(ctx context.Context, need access, names []string, do func(*session) error) error {
	services, err := e.services(ctx, need)
	if err != nil {
		return err
	}
	defer services.Close()
	s := &session{Services: services}
	if s.all, err = services.Snapshot(ctx); err != nil {
		return err
	}
	if s.named, err = find(s.all, names); err != nil {
		return err
	}
	if need == anyAccess && len(names) > 0 {
		if err := statusesKnown(s.named); err != nil {
			return err
		}
	}
	return do(s)
}

// statusesKnown returns an error that names the services whose first status did
// not arrive while Snapshot waited.
func statusesKnown(services []*engine.Service) error {
	var unknown []string
	for _, v := range services {
		if !v.Known {
			unknown = append(unknown, strconv.Quote(v.DisplayName()))
		}
	}
	if len(unknown) == 0 {
		return nil
	}
	return exitf(exitTimeout, "the status of %s is not known yet; try again, or run: vpnstatus doctor", strings.Join(unknown, ", "))
}

func (e *env) services(ctx context.Context, need access) (app.Services, error) {
	if demo := e.app.Demo; demo != "" && demo != app.DefaultScenario && need != appOnly {
		return app.OpenDirect(ctx, e.app) // the scenario asked for, even if the app runs
	}
	s, err := app.Connect(ctx, e.app)
	if need == appOnly || !errors.Is(err, app.ErrNotRunning) {
		return s, needsApp(err)
	}
	s, err = app.OpenDirect(ctx, e.app)
	if errors.Is(err, app.ErrNoSystem) {
		return nil, exitf(exitNotRunning, "VPNStatus is not running; start it first: vpnstatus (or add --demo to use the simulator)")
	}
	return s, err
}

// needsApp is the error of a command that needs the app and could not reach it.
func needsApp(err error) error {
	if errors.Is(err, app.ErrNotRunning) {
		return exitf(exitNotRunning, "VPNStatus is not running; start it first: vpnstatus")
	}
	return err
}

// find returns the services with the names, each once, or all if there are no
// names.
func find(s *engine.Snapshot, names []string) ([]*engine.Service, error) {
	if len(names) == 0 {
		return s.Services, nil
	}
	found := make([]*engine.Service, 0, len(names))
	seen := make(map[*engine.Service]bool)
	for _, n := range names {
		v, err := s.Find(n)
		if err != nil {
			return nil, err
		}
		if !seen[v] {
			seen[v] = true
			found = append(found, v)
		}
	}
	return found, nil
}

// send sends the command to the app, for each service named.
func (e *env) send(ctx context.Context, names []string, c engine.Command) error {
	return e.open(ctx, appOnly, names, func(s *session) error {
		if len(names) == 0 {
			return s.do(ctx, c)
		}
		for _, v := range s.named {
			c.ID = v.ID
			if err := s.do(ctx, c); err != nil {
				return err
			}
		}
		return nil
	})
}

// do sends one command.
func (s *session) do(ctx context.Context, c engine.Command) error {
	c.Origin = "cli"
	return s.Do(ctx, c)
}

// defaultWait is how long --wait without a time waits: macOS itself gives up a
// server that does not answer after about that time.
const defaultWait = 30 * time.Second
