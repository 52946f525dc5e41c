package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"vpnstatus/internal/autoconnect"
	"vpnstatus/internal/facts"
	"vpnstatus/internal/simulator"
	"vpnstatus/internal/vpn"
)

// ErrNoSystem means that this platform has no VPN services that this program
// supports.
var ErrNoSystem = errors.New("on this system there are no VPN services that VPNStatus can use; --demo runs it on a simulator")

// world is the backend and the facts that the engine uses: the system's or the
// simulator's.
type world struct {
	backend   vpn.Backend
	facts     facts.Source
	simulated bool
	suggested []vpn.ID // Auto Connect is turned on for them if there are no settings yet
	probe     func(context.Context, vpn.ID, autoconnect.Probe) error
	ask       func(ctx context.Context, server string, p vpn.Protocol) error
}

func (w *world) close() error { return errors.Join(w.facts.Close(), w.backend.Close()) }

// openWorld opens the simulator or the system without waiting for either. Only a
// scenario can cause an error.
func openWorld(c Config, log *slog.Logger) (*world, error) {
	if c.Simulated() {
		return openSimulator(c)
	}
	return openSystem(log), nil
}

func openSimulator(c Config) (*world, error) {
	scenario, err := loadScenario(c.Demo)
	if err != nil {
		return nil, err
	}
	s, err := simulator.New(scenario, simulator.Options{Speed: c.Speed})
	if err != nil {
		return nil, fmt.Errorf("starting the simulator: %w", err)
	}
	return &world{
		backend:   s,
		facts:     s.Facts(),
		simulated: true,
		suggested: s.Scenario().Suggested(),
		probe:     func(ctx context.Context, _ vpn.ID, p autoconnect.Probe) error { return s.Probe(ctx, p.Target) },
		ask:       func(ctx context.Context, server string, _ vpn.Protocol) error { return s.Ask(ctx, server) },
	}, nil
}

func loadScenario(name string) (simulator.Scenario, error) {
	if name == "" || name == DefaultScenario {
		return simulator.Default(), nil
	}
	return simulator.Load(name)
}
