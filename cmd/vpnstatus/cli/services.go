package cli

import (
	"context"
	"errors"
	"time"

	"vpnstatus/internal/app"
	"vpnstatus/internal/engine"
)

// open returns the services: of the running app, else of the system itself.
// With policy set only the app will do, since holds, pause and Auto Connect are
// its.
func (e *env) open(ctx context.Context, policy bool) (app.Services, error) {
	if demo := e.app.Demo; demo != "" && demo != app.DefaultScenario && !policy {
		return app.OpenDirect(ctx, e.app) // that scenario, whatever the app is running
	}
	s, err := app.Connect(ctx, e.app)
	if err == nil || !errors.Is(err, app.ErrNotRunning) {
		return s, err
	}
	if policy {
		return nil, &notRunningError{"Auto Connect is its work, so start it first with: vpnstatus"}
	}
	s, err = app.OpenDirect(ctx, e.app)
	if err != nil && errors.Is(err, app.ErrNoSystem) {
		return nil, &notRunningError{"start it with: vpnstatus (or try a command on the simulator with --demo)"}
	}
	return s, err
}

// with runs a command on the services and closes them.
func (e *env) with(ctx context.Context, policy bool, do func(app.Services) error) error {
	s, err := e.open(ctx, policy)
	if err != nil {
		return err
	}
	defer s.Close()
	return do(s)
}

// withSnapshot is with, for commands that begin with what there is.
func (e *env) withSnapshot(ctx context.Context, policy bool, do func(app.Services, *engine.Snapshot) error) error {
	return e.with(ctx, policy, func(s app.Services) error {
		snapshot, err := s.Snapshot(ctx)
		if err != nil {
			return err
		}
		return do(s, snapshot)
	})
}

// withService is withSnapshot, for commands about the one service of that name.
func (e *env) withService(ctx context.Context, policy bool, name string, do func(app.Services, *engine.Snapshot, *engine.Service) error) error {
	return e.withSnapshot(ctx, policy, func(s app.Services, snapshot *engine.Snapshot) error {
		v, err := snapshot.Find(name)
		if err != nil {
			return err
		}
		return do(s, snapshot, v)
	})
}

// find returns the services that the names stand for, or the first error; all
// without names. One that is named twice is returned once.
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

// defaultWait is how long --wait without a time waits: a server that does not
// answer is given up after about that time by macOS itself.
const defaultWait = 30 * time.Second
